-- What a row of yearly goods trade is: the only definitions in the project.

-- Whether a row is the total over second partners, transports, customs procedures and modes of
-- supply; every other row is a part of one that is.
create or replace macro is_total_slice(partner2_code, transport_code, customs_code, supply_code) as
    partner2_code = 0
    and transport_code = 0
    and customs_code = 'C00'
    and coalesce(supply_code, '0') = '0';

-- The basis a value is on, where the answer lets it be seen.
create or replace macro valuation_of(value_usd, value_cif_usd, value_fob_usd) as
    case
        when value_usd = value_cif_usd then 'CIF'
        when value_usd = value_fob_usd then 'FOB'
        else 'unstated'
    end;

-- Whether a row stands for a partner with trade; an unknown code does, the world and groups do not.
create or replace macro is_trading_partner(partner_kind, value_usd) as
    partner_kind not in ('world', 'group') and value_usd > 0;

-- Whether a self-partner is left out of ranking and concentration: returned goods are no supplier,
-- and Taiwan (490) cannot export to itself.
create or replace macro is_uncounted_self(flow, reporter_code, partner_code) as
    partner_code = reporter_code and (flow = 'M' or reporter_code = 490);
