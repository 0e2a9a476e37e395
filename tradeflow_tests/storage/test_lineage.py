"""Column lineage as read off the SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.errors import ContractBroken
from tradeflow.storage.lineage import column_lineage

from .sql_sample import Sample


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample(tmp_path)


def _mart(sample: Sample, sql: str, *columns: str) -> dict[str, list[tuple[str, str]]]:
    declared = [{"name": name, "type": "VARCHAR"} for name in columns]
    sample.model("marts/fct_a", f"-- Grain.\n{sql}", declared, [columns[0]])
    return column_lineage(sample.project, "fct_a")


def test_columns_lead_to_the_models_they_come_from(sample: Sample) -> None:
    found = column_lineage(sample.project, "fct_sales")
    assert found["doubled_usd"] == [("int_sales__summed", "amount_usd")]
    assert found["seen_on"] == []


def test_staging_leads_to_the_raw_table(sample: Sample) -> None:
    found = column_lineage(sample.project, "stg_shop__sales")
    assert found["amount_usd"] == [("raw.shop__sales", "amount")]
    assert found["response_id"] == [("raw.shop__sales", "response_id")]


def test_imports_joins_and_unions_are_followed(sample: Sample) -> None:
    found = _mart(
        sample,
        "with now as (select * from {{ ref('fct_sales') }}),"
        " before as (select * from {{ ref('int_sales__summed') }}),"
        " final as (select now.area, now.amount_usd - before.amount_usd as change"
        " from now join before using (area)"
        " union all select vintage, doubled_usd from now)"
        " select * from final",
        "area",
        "change",
    )
    assert found["change"] == [
        ("fct_sales", "amount_usd"),
        ("fct_sales", "doubled_usd"),
        ("int_sales__summed", "amount_usd"),
    ]
    assert ("fct_sales", "vintage") in found["area"]


def test_columns_turned_into_rows_are_followed(sample: Sample) -> None:
    found = _mart(
        sample,
        "with sent as (select * from {{ ref('fct_sales') }}),"
        " long as (unpivot sent on amount_usd, doubled_usd into name measure value amount)"
        " select area, measure, amount from long",
        "area",
        "measure",
        "amount",
    )
    assert found == {
        "area": [("fct_sales", "area")],
        "measure": [],
        "amount": [("fct_sales", "amount_usd"), ("fct_sales", "doubled_usd")],
    }


def test_spelling_of_source_columns_is_kept(sample: Sample) -> None:
    sample.write(
        "sources.yml",
        "sources: {raw: {shop__sales: {description: Sales., columns: [areaCode, item, amount]}}}",
    )
    text = (sample.root / "staging/shop/stg_shop__sales.sql").read_text()
    sample.write("staging/shop/stg_shop__sales.sql", text.replace("area,", "areaCode as area,"))
    found = column_lineage(sample.project, "stg_shop__sales")
    assert found["area"] == [("raw.shop__sales", "areaCode")]


def test_sql_that_cannot_be_read_names_the_model(sample: Sample) -> None:
    with pytest.raises(ContractBroken, match="lineage of fct_a"):
        _mart(sample, "select area frm (", "area")
