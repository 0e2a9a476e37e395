-- Grain: one row per figure. Source: article_figures.
-- Purpose: other figures the article on critical minerals cites, each with its attribution. One that is
-- contradicted, undated or of no named source is kept and not printed; one that an event after the week
-- made known is left out.
with

figures as (
    select * from {{ ref('article_figures') }}
),

final as (
    select
        figure_key,
        topic_zh,
        figure_zh,
        coalesce(corrected_value, value) as value,
        value as printed_value,
        unit,
        year,
        attributed_to,
        state,
        note_zh,
        state in ('cited', 'not_in_force') and attributed_to is not null and year is not null
            as is_printable,
        coalesce(cast(year as varchar), 'undated') as coverage,
        'cited' as vintage,
        false as is_reconstructed,
        cast([] as varchar[]) as response_ids
    from figures
    where coalesce(known_on <= $as_of, true)
)

select * from final
