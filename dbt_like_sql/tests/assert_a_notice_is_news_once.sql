-- check: CHK-DUP-URL, severity: error, after: fct_new_documents
-- A failure means that one notice stands twice among the week's news because it has two addresses.
with

documents as (
    select * from {{ ref('fct_new_documents') }} where notice_key is not null
)

select notice_key, count(*) as row_count
from documents
group by notice_key
having count(*) > 1
