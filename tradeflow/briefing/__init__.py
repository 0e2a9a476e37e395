"""From one week's marts and facts to the published brief: text, tables, charts, gate, trace.

Nothing here computes a figure; figures come from `marts.facts` and are only chosen, formatted
and recorded. Wording lives in `reports/templates` and `reports/glossary.yml`.
"""
