-- check: CHK-CROSS-REPORT, severity: error, after: fct_trade_relations_yearly
-- A failure means that the exports of two economies are more alike from one side than from the other:
-- the two rows do not rest on the same figures.
with

relations as (
    select * from {{ ref('fct_trade_relations_yearly') }}
)

select
    here.reporter_iso3,
    here.partner_iso3,
    here.year,
    here.export_similarity,
    there.export_similarity as similarity_from_there
from relations as here
inner join relations as there
    on there.reporter_iso3 = here.partner_iso3
    and there.partner_iso3 = here.reporter_iso3
    and there.year = here.year
where abs(coalesce(here.export_similarity, -1) - coalesce(there.export_similarity, -1)) > 0.000001
