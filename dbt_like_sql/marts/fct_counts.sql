-- Grain: one row per name. Sources: the marts counted.
-- Purpose: counts the briefing writes in words or digits, so that each is a traced figure.
with

measures as (
    select * from {{ ref('fct_tracked_measures') }}
),

documents as (
    select * from {{ ref('fct_new_documents') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

reviews as (
    select * from {{ ref('fct_review_items') }} where is_open
),

watched as (
    select * from {{ ref('fct_watch_items') }}
),

watch_changes as (
    select * from {{ ref('fct_watch_changes') }}
),

changes as (
    select * from {{ ref('fct_week_changes') }}
),

coverages as (
    select * from {{ ref('fct_layer_coverage') }}
),

sharing_a_term as (
    select
        until_date,
        count(*) as value,
        flatten(list(response_ids)) as response_ids
    from measures
    where status = 'suspended' and until_date is not null
    group by until_date
    qualify row_number() over (order by count(*) desc, until_date) = 1
),

suspended_by_one as (
    select
        by_notice_key,
        count(*) as value,
        flatten(list(response_ids)) as response_ids
    from measures
    where status = 'suspended' and by_notice_key is not null
    group by by_notice_key
    qualify row_number() over (order by count(*) desc, by_notice_key) = 1
),

counted as (
    select 'tracked_measures' as name, count(*) as value, flatten(list(response_ids)) as response_ids
    from measures
    union all
    select 'suspended_measures', count(*), flatten(list(response_ids))
    from measures where status = 'suspended'
    union all
    select 'in_force_measures', count(*), flatten(list(response_ids))
    from measures where status = 'in_force'
    union all
    select 'unconfirmed_measures', count(*), flatten(list(response_ids))
    from measures where is_unconfirmed
    union all
    select 'suspended_together', coalesce(sum(value), 0), flatten(flatten(list([response_ids])))
    from sharing_a_term
    union all
    select 'suspended_by_one_notice', coalesce(sum(value), 0), flatten(flatten(list([response_ids])))
    from suspended_by_one
    union all
    select 'new_notices', count(*), flatten(list(response_ids))
    from documents where notice_key is not null
    union all
    select 'new_pages', count(*), flatten(list(response_ids))
    from documents where notice_key is null
    union all
    select 'known_notices', count(*), flatten(list(response_ids))
    from notices where not is_foreign
    union all
    select 'review_items', count(*), flatten(list(response_ids)) from reviews
    union all
    select 'watch_items', count(*), flatten(list(response_ids)) from watched
    union all
    select 'watch_new', count(*), flatten(list(response_ids))
    from watch_changes where state = 'new'
    union all
    select 'watch_resolved', count(*), flatten(list(response_ids))
    from watch_changes where state = 'resolved'
    union all
    select 'changed_items', count(*), flatten(list(response_ids))
    from changes where change <> 'unchanged'
    union all
    select 'unchanged_items', count(*), flatten(list(response_ids))
    from changes where change = 'unchanged'
    union all
    select 'carried_forward_answers', sum(carried_forward), flatten(list(response_ids))
    from coverages where carried_forward > 0
    union all
    select 'rejected_rows', sum(rejected), flatten(list(response_ids))
    from coverages where rejected > 0
),

final as (
    select
        name,
        cast(coalesce(value, 0) as integer) as value,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        list_sort(list_distinct(coalesce(response_ids, []))) as response_ids
    from counted
)

select * from final
