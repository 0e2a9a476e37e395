-- Grain: one row per rule and item. Sources: fct_concentration_yearly, fct_partner_flows_yearly,
-- fct_reporter_flows_yearly, fct_control_severity, fct_control_exposure_yearly.
-- Purpose: what the rules on yearly trade look at, before any limit: concentration and its change, single
-- partners, reporters behind, ratings of controls, batteries.
with

ratings as (
    select * from {{ ref('fct_control_severity') }} where is_live
),

exposures as (
    select * from {{ ref('fct_control_exposure_yearly') }}
),

concentrations as (
    select * from {{ ref('fct_concentration_yearly') }} where is_latest
),

partners as (
    select * from {{ ref('fct_partner_flows_yearly') }} where is_latest and not is_self_partner
),

reporters as (
    select * from {{ ref('fct_reporter_flows_yearly') }} where is_latest
),

levels_before as (
    select
        reporter_iso3,
        flow,
        year,
        hhi_partner,
        level_1500_2500,
        coverage,
        vintage,
        is_reconstructed,
        response_ids,
        concentration_level(hhi_prior, threshold('hhi_2010_moderate'), threshold('hhi_2010_high'))
            as level_prior
    from concentrations
),

level_changes as (
    select
        'SIG-HHI-LEVEL' as rule_id,
        reporter_iso3 || '|' || flow as item_key,
        reporter_iso3 as subject,
        hhi_partner as value,
        level_prior || '>' || level_1500_2500 as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [
            fact_id_of(
                'fct_concentration_yearly',
                [reporter_iso3, flow, cast(year as varchar)],
                'hhi_partner'
            ),
            fact_id_of(
                'fct_concentration_yearly',
                [reporter_iso3, flow, cast(year as varchar)],
                'hhi_prior'
            )
        ] as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from levels_before
    where is_reconstructed or level_prior <> level_1500_2500
),

concentration_moves as (
    select
        unnest(['SIG-HHI-CHANGE', 'SIG-TOP3']) as rule_id,
        reporter_iso3 || '|' || flow as item_key,
        reporter_iso3 as subject,
        unnest([hhi_change, cr3_pct]) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        unnest([
            [
                fact_id_of(
                    'fct_concentration_yearly',
                    [reporter_iso3, flow, cast(year as varchar)],
                    'hhi_change'
                )
            ],
            [
                fact_id_of(
                    'fct_concentration_yearly',
                    [reporter_iso3, flow, cast(year as varchar)],
                    'cr3_pct'
                )
            ]
        ]) as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from concentrations
),

-- Of computed years the largest partner stands for all, as none of them is assessed.
single_partners as (
    select
        'SIG-PARTNER' as rule_id,
        reporter_iso3 || '|' || flow || '|' || coalesce(partner_iso3, cast(partner_code as varchar))
            as item_key,
        reporter_iso3 as subject,
        share_pct as value,
        partner_name_zh as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [
            fact_id_of(
                'fct_partner_flows_yearly',
                [reporter_iso3, flow, cast(year as varchar), cast(partner_code as varchar)],
                'share_pct'
            )
        ] as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from partners
    where not is_reconstructed or partner_rank = 1
),

two_partners as (
    select
        'SIG-TWO-PARTNERS' as rule_id,
        reporter_iso3 as item_key,
        reporter_iso3 as subject,
        sum(share_pct order by partner_code) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        min(coverage) as coverage,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_computed,
        list_sort(list(
            fact_id_of(
                'fct_partner_flows_yearly',
                [reporter_iso3, flow, cast(year as varchar), cast(partner_code as varchar)],
                'share_pct'
            )
        )) as fact_ids,
        cast([] as varchar[]) as document_urls,
        united_ids(response_ids) as response_ids
    from partners
    where flow = 'X' and partner_iso3 in ('USA', 'CHN')
    group by reporter_iso3
    having count(*) = 2
),

taiwan_to_china as (
    select
        'SIG-TWN-TO-CHN' as rule_id,
        reporter_iso3 as item_key,
        reporter_iso3 as subject,
        share_pct as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [
            fact_id_of(
                'fct_partner_flows_yearly',
                [reporter_iso3, flow, cast(year as varchar), cast(partner_code as varchar)],
                'share_pct'
            )
        ] as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from partners
    where flow = 'X' and reporter_iso3 = 'TWN' and partner_iso3 = 'CHN'
),

-- That a year is missing is known even where the figures of the others are computed.
gaps as (
    select
        'SIG-GAP' as rule_id,
        reporter_iso3 || '|' || flow as item_key,
        reporter_iso3 as subject,
        cast(max(year) over () - year as double) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        false as is_computed,
        [
            fact_id_of(
                'fct_reporter_flows_yearly', [reporter_iso3, flow, cast(year as varchar)], 'year'
            )
        ]
            as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from reporters
),

rated as (
    select
        'SIG-CONTROL' as rule_id,
        notice_key || '|' || clause_label as item_key,
        notice_key || '|' || clause_label as subject,
        score as value,
        control_status as text_value,
        cast(null as date) as next_date,
        is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [
            fact_id_of('fct_control_measures', [notice_key, clause_label], 'control_status'),
            fact_id_of('fct_control_severity', [notice_key, clause_label], 'score')
        ] as fact_ids,
        document_urls,
        response_ids
    from ratings
    where score is not null
),

batteries as (
    select
        'SIG-BATTERY' as rule_id,
        reporter_iso3 as item_key,
        reporter_iso3 as subject,
        china_share_pct as value,
        control_status as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [
            fact_id_of(
                'fct_control_exposure_yearly',
                [notice_key, clause_label, hs6, reporter_iso3, cast(year as varchar)],
                'china_share_pct'
            )
        ] as fact_ids,
        document_urls,
        response_ids
    from exposures
    where hs6 = '850760' and reporter_iso3 = 'TWN' and is_latest and china_share_pct is not null
    qualify row_number() over (
        order by standing_rank(control_status), notice_key, clause_label
    ) = 1
),

united as (
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from level_changes
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from concentration_moves
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from single_partners
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from two_partners
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from taiwan_to_china
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from gaps
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from rated
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from batteries
),

final as (
    select
        rule_id,
        item_key,
        subject,
        value,
        text_value,
        next_date,
        is_unconfirmed,
        is_computed,
        fact_ids,
        document_urls,
        coverage,
        vintage,
        response_ids
    from united
)

select * from final
