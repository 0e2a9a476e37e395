-- Codes of Open Trade Statistics: ISO 3166 alpha-3 in lower case, and `e-490` for an area that
-- Comtrade knows by number alone. An area the seed does not know keeps the service's own sign.
create or replace macro iso3_of_ots(code) as
    case
        when lower(code) like 'e-%' then coalesce(
            (
                select min(known.iso3)
                from seeds.economies as known
                where 'e-' || cast(known.comtrade_code as varchar) = lower(code)
            ),
            upper(code)
        )
        else nullif(upper(trim(code)), '')
    end;
