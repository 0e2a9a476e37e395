"""Facts: one row per printable figure, exact, replaced as a whole."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeflow.errors import ContractBroken
from tradeflow.storage.facts_table import FACT_TABLE, build_facts

from .sql_sample import MART, MART_COLUMNS, WEEK, Sample

_FACT = "select {} from marts.facts where fact_id = '{}'"


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    sample = Sample(tmp_path)
    sample.answer("r1", [("north", "pen", "0.1"), ("south", "pen", "3")])
    sample.answer("r2", [("north", "ink", "123456789012345678.9")])
    sample.run()
    return sample


def test_a_number_is_kept_exactly_with_what_it_rests_on(sample: Sample) -> None:
    build_facts(sample.warehouse, sample.project, WEEK)
    (row,) = sample.rows("select * from marts.facts where fact_id = 'fct_sales:north:amount_usd'")
    assert dict(zip(FACT_TABLE, row, strict=True)) == {
        "week": "2026-W07",
        "fact_id": "fct_sales:north:amount_usd",
        "model": "fct_sales",
        "grain_key": "north",
        "column_name": "amount_usd",
        "unit": "USD",
        "value": 123456789012345679.0,
        "value_exact": "123456789012345679.0000",
        "value_text": None,
        "coverage": "2026-W07",
        "vintage": "observed",
        "is_reconstructed": False,
        "response_ids": ["r1", "r2"],
    }


def test_a_day_is_kept_as_text(sample: Sample) -> None:
    build_facts(sample.warehouse, sample.project, WEEK)
    columns = "value, value_exact, value_text, unit"
    assert sample.rows(_FACT.format(columns, "fct_sales:south:seen_on")) == [
        (None, None, "2026-02-15", None)
    ]


def test_building_twice_gives_identical_facts(sample: Sample) -> None:
    (first,) = build_facts(sample.warehouse, sample.project, WEEK)
    hashes = sample.warehouse.table_hashes()
    (second,) = build_facts(sample.warehouse, sample.project, WEEK)
    assert sample.warehouse.table_hashes() == hashes
    assert (first.before, first.after, second.before, second.after) == (0, 6, 6, 6)


def test_weeks_do_not_touch_each_other(sample: Sample) -> None:
    build_facts(sample.warehouse, sample.project, WEEK)
    sample.run(week=WEEK.next())
    assert build_facts(sample.warehouse, sample.project, WEEK.next())[0].after == 0
    assert sample.rows("select count(*) from marts.facts") == [(6,)]


def test_a_null_is_no_fact(sample: Sample) -> None:
    sample.mart(MART.replace("amount_usd, doubled", "null::decimal(24,4) as amount_usd, doubled"))
    sample.run("fct_sales")
    build_facts(sample.warehouse, sample.project, WEEK)
    assert sample.rows("select distinct column_name from marts.facts order by 1") == [
        ("doubled_usd",),
        ("seen_on",),
    ]


def test_rows_a_contract_leaves_out_are_stored_but_no_facts(sample: Sample) -> None:
    sample.mart(facts_where="area = 'south'")
    sample.run("fct_sales")
    build_facts(sample.warehouse, sample.project, WEEK)
    assert sample.rows("select distinct grain_key from marts.facts") == [("south",)]
    assert sample.rows("select count(*) from marts.fct_sales") == [(2,)]


def test_a_condition_that_cannot_run_is_named_with_its_remedy(sample: Sample) -> None:
    build_facts(sample.warehouse, sample.project, WEEK)
    sample.mart(facts_where="nowhere > 1")
    with pytest.raises(ContractBroken, match=r"facts of fct_sales.*nowhere.*mend facts_where"):
        build_facts(sample.warehouse, sample.project, WEEK)
    assert sample.rows("select count(*) from marts.facts") == [(6,)]


def test_a_unit_can_differ_by_row(sample: Sample) -> None:
    columns = [dict(column) for column in MART_COLUMNS]
    columns[1] = {"name": "amount_usd", "type": "DECIMAL(24,4)", "unit_from": "area", "fact": True}
    sample.mart(columns=columns)
    sample.run("fct_sales")
    build_facts(sample.warehouse, sample.project, WEEK)
    assert sample.rows(_FACT.format("unit", "fct_sales:south:amount_usd")) == [("south",)]


def test_facts_of_a_mart_that_never_ran_are_refused(tmp_path: Path) -> None:
    sample = Sample(tmp_path)
    with pytest.raises(ContractBroken, match=r"facts of fct_sales.*Run the model first"):
        build_facts(sample.warehouse, sample.project, WEEK)


def test_two_rows_under_one_identity_are_refused_and_the_stored_facts_stay(
    sample: Sample,
) -> None:
    build_facts(sample.warehouse, sample.project, WEEK)
    sql = MART.replace(
        "select area,", "select unnest(['a|b', 'a']) as area, unnest(['c', 'b|c']) as part,"
    ).replace("from {{", "from (select * from {{")
    columns = [MART_COLUMNS[0], {"name": "part", "type": "VARCHAR"}, *MART_COLUMNS[1:]]
    sample.mart(sql.rstrip() + " order by area limit 1)", columns, grain=["area", "part"])
    sample.run("fct_sales")
    with pytest.raises(ContractBroken, match=r"fact fct_sales:a\|b\|c:\w+ stands for several"):
        build_facts(sample.warehouse, sample.project, WEEK)
    assert sample.rows("select count(*) from marts.facts") == [(6,)]


@settings(deadline=None, max_examples=25)
@given(amount=st.decimals(min_value=-(10**15), max_value=10**15, places=4))
def test_exact_text_reads_back_as_the_amount(
    tmp_path_factory: pytest.TempPathFactory, amount: Decimal
) -> None:
    sample = _one_sample(tmp_path_factory)
    with sample.warehouse.connect("set") as con:
        con.execute("update marts.fct_sales set amount_usd = ? where area = 'north'", [amount])
    build_facts(sample.warehouse, sample.project, WEEK)
    ((exact,),) = sample.rows(_FACT.format("value_exact", "fct_sales:north:amount_usd"))
    assert Decimal(exact) == amount


_SAMPLES: list[Sample] = []


def _one_sample(factory: pytest.TempPathFactory) -> Sample:
    if not _SAMPLES:
        sample = Sample(factory.mktemp("facts"))
        sample.answer("r1", [("north", "pen", "1")])
        sample.run()
        _SAMPLES.append(sample)
    return _SAMPLES[0]


def test_weeks_made_together_have_the_facts_of_weeks_made_alone(sample: Sample) -> None:
    weeks = [WEEK, WEEK.next()]
    sample.answer("r2", [("east", "pen", "9")], week=WEEK.next())
    sample.run(week=WEEK.next())
    together = build_facts(sample.warehouse, sample.project, *weeks)
    found = sample.rows("select * from marts.facts order by all")
    alone = [build_facts(sample.warehouse, sample.project, week)[0] for week in weeks]
    assert sample.rows("select * from marts.facts order by all") == found
    assert [each.after for each in together] == [each.after for each in alone]
