"""Running models for a week: what is stored, what is refused, what stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tradeflow.errors import ContractBroken
from tradeflow.storage import sql_staging

from .sql_sample import JOINED, MART, MART_COLUMNS, STAGED, WEEK, Sample

SALES = [("north", "pen", "1.50"), ("north", "ink", "2"), ("south", "pen", "3")]


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    sample = Sample(tmp_path)
    sample.answer("r1", SALES)
    return sample


def test_a_week_goes_from_raw_rows_to_a_mart(sample: Sample) -> None:
    runs = sample.run(as_of=date(2026, 2, 12))
    assert [(run.model, run.rows_before, run.rows_after) for run in runs] == [
        ("stg_shop__sales", 0, 3),
        ("int_sales__summed", 0, 2),
        ("fct_sales", 0, 2),
    ]
    assert sample.rows("select * from marts.fct_sales order by area")[0] == (
        "2026-W07",
        "north",
        Decimal("3.5000"),
        7.0,
        date(2026, 2, 12),
        "2026-W07",
        "observed",
        False,
        ["r1"],
    )


def test_running_twice_leaves_identical_tables(sample: Sample) -> None:
    sample.run()
    first = sample.warehouse.table_hashes()
    runs = sample.run()
    assert sample.warehouse.table_hashes() == first
    assert [run.rows_before for run in runs] == [run.rows_after for run in runs]


def test_each_week_sees_its_own_answers_and_keeps_its_own_rows(sample: Sample) -> None:
    later = WEEK.next()
    sample.answer("r1", SALES, week=later)
    sample.answer("r2", [("east", "pen", "9")], week=later)
    sample.run()
    sample.run(week=later)
    weekly = sample.rows("select week, count(*) from marts.fct_sales group by all order by week")
    assert weekly == [("2026-W07", 2), ("2026-W08", 3)]


def test_the_previous_week_is_read_where_asked(sample: Sample) -> None:
    sample.model(
        "marts/fct_changes",
        "-- Grain.\nselect area, now.amount_usd - before.amount_usd as change_usd"
        " from {{ ref('fct_sales') }} as now"
        " join {{ ref('fct_sales', week='previous') }} as before using (area)",
        [{"name": "area", "type": "VARCHAR"}, {"name": "change_usd", "type": "DECIMAL(25,4)"}],
        ["area"],
    )
    sample.answer("r2", [("north", "pen", "10")], week=WEEK.next())
    sample.run()
    sample.run(week=WEEK.next())
    assert sample.rows("select * from marts.fct_changes") == [
        ("2026-W08", "north", Decimal("6.5000"))
    ]


def sales(good: int, bad: int) -> list[tuple[str | None, str, str]]:
    return [*[("north", "pen", "1")] * good, *[("north", "pen", "many")] * bad]


def test_one_bad_row_of_a_thousand_is_rejected_and_the_others_stand(sample: Sample) -> None:
    """Promise 10: accepted and rejected rows add up to those received."""
    sample.answer("big", sales(good=999, bad=1), week=WEEK.next())
    (run,) = sample.run("stg_shop__sales", week=WEEK.next())
    assert (run.rows_after, run.rejected) == (999, 1)
    accepted = sample.rows("select count(*) from staging.stg_shop__sales where response_id = 'big'")
    rejected = sample.rows("select count(*) from ops.rejects where response_id = 'big'")
    received = sample.rows("select count(*) from raw.shop__sales where response_id = 'big'")
    assert accepted[0][0] + rejected[0][0] == received[0][0] == 1000


def test_an_answer_may_lose_as_many_rows_as_the_share_allows(sample: Sample) -> None:
    sample.answer("big", sales(good=2, bad=3))
    (run,) = sample.run("stg_shop__sales")
    assert run.rejected == 3


def test_an_answer_with_too_many_bad_rows_is_refused_and_the_last_good_staging_stands(
    sample: Sample,
) -> None:
    """Promise 10: beyond the set share nothing of the answer is believed."""
    sample.run()
    before = sample.warehouse.table_hashes()["staging.stg_shop__sales"]
    sample.answer("big", sales(good=399, bad=601))
    with pytest.raises(
        ContractBroken, match=r"CHK-REJECTS \(1 rows\).*at most 60 %.*'big'.*no number"
    ):
        sample.run()
    assert sample.warehouse.table_hashes()["staging.stg_shop__sales"] == before
    assert sample.rows("select * from ops.rejects") == []
    assert sample.rows(
        "select passed, failing_rows from ops.check_results where check_name = 'CHK-REJECTS'"
    ) == [(False, 1)]


def test_rejected_rows_are_kept_apart_with_their_reason(sample: Sample) -> None:
    sample.answer("r2", [("west", "pen", "n/a"), ("west", "ink", "4")])
    run = sample.run("stg_shop__sales")[0]
    assert (run.rows_after, run.rejected) == (4, 1)
    assert sample.rows(
        "select stage, relation, reason, response_id, row_number, value, week from ops.rejects"
    ) == [("stg_shop__sales", "raw.shop__sales", "amount is no number", "r2", 1, "n/a", "2026-W07")]


def test_a_row_that_disappears_in_staging_blocks(sample: Sample) -> None:
    sample.write("staging/shop/stg_shop__sales.sql", STAGED + "where item <> 'ink'")
    with pytest.raises(ContractBroken, match=r"accounting \(1 rows\).*reject_reason"):
        sample.run("stg_shop__sales")


def test_a_row_that_nobody_sent_blocks(sample: Sample) -> None:
    invented = f"{STAGED} union all (select * replace (99 as row_number) from ({STAGED}) limit 1)"
    sample.write("staging/shop/stg_shop__sales.sql", invented)
    with pytest.raises(ContractBroken, match=r"accounting \(1 rows\).*reject_reason"):
        sample.run("stg_shop__sales")


def test_a_row_left_out_on_purpose_needs_only_a_reason(sample: Sample) -> None:
    ignoring = STAGED.replace(
        "amount as reject", "if(item = 'ink', 'no ink', null) as ignore_reason, amount as reject"
    )
    sample.write("staging/shop/stg_shop__sales.sql", ignoring)
    run = sample.run("stg_shop__sales")[0]
    assert (run.rows_after, run.rejected) == (2, 0)


def test_a_row_that_multiplies_blocks_unless_the_contract_says_so(sample: Sample) -> None:
    columns = [
        {"name": "response_id", "type": "VARCHAR"},
        {"name": "row_number", "type": "BIGINT"},
        {"name": "half", "type": "INTEGER"},
    ]
    sql = (
        "-- Grain.\nselect response_id, row_number, unnest([1, 2]) as half"
        " from {{ source('raw', 'shop__sales') }}"
    )
    grain = ["response_id", "row_number", "half"]
    sample.model("staging/shop/stg_shop__sales", sql, columns, grain)
    with pytest.raises(ContractBroken, match="accounting"):
        sample.run("stg_shop__sales")
    sample.model("staging/shop/stg_shop__sales", sql, columns, grain, fan_out=True)
    assert sample.run("stg_shop__sales")[0].rows_after == 6


def test_an_answer_is_staged_once_until_code_or_parse_changes(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = []
    commit = sql_staging.AnswerStore.commit

    def counting(self: sql_staging.AnswerStore, table: str, *more: Any) -> bool:
        pending.append(self._con.execute(f'select count(*) from "{table}"').fetchall()[0][0])
        return commit(self, table, *more)

    monkeypatch.setattr(sql_staging.AnswerStore, "commit", counting)
    sample.run("stg_shop__sales")
    sample.run("stg_shop__sales")
    sample.write(
        "staging/shop/stg_shop__sales.sql", STAGED.replace("area,", "upper(area) as area,")
    )
    sample.run("stg_shop__sales")
    assert sample.rows("select distinct area from staging.stg_shop__sales order by 1") == [
        ("NORTH",),
        ("SOUTH",),
    ]
    sample.answer("r1", SALES[:1], parser_version="2")
    sample.run("stg_shop__sales")
    assert pending == [1, 1, 1]
    assert sample.rows("select count(*) from staging.stg_shop__sales") == [(1,)]


def test_a_changed_shape_recreates_the_table(sample: Sample) -> None:
    sample.run()
    columns = [*MART_COLUMNS, {"name": "item_count", "type": "BIGINT"}]
    sample.mart(
        MART.replace("response_ids\nfrom", "response_ids, 1::bigint as item_count\nfrom"), columns
    )
    sample.run("fct_sales")
    assert sample.rows("select area, item_count from marts.fct_sales order by area") == [
        ("north", 1),
        ("south", 1),
    ]


def test_a_changed_staging_shape_is_staged_anew(sample: Sample) -> None:
    sample.run()
    sample.write(
        "staging/shop/stg_shop__sales.sql", STAGED.replace("as amount_usd", "as amount_twd")
    )
    contract = sample.root / "staging/shop/stg_shop__sales.yml"
    contract.write_text(contract.read_text().replace("amount_usd", "amount_twd"))
    assert sample.run("stg_shop__sales")[0].rows_after == 3
    assert sample.rows("select sum(amount_twd) from staging.stg_shop__sales") == [
        (Decimal("6.5000"),)
    ]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (MART.replace("$as_of as seen_on", "1 as seen_on"), "seen_on: expected DATE, got INTEGER"),
        (MART.replace("$as_of as seen_on,", ""), "seen_on: expected DATE by its contract"),
        (MART.replace("response_ids\n", "response_ids, 1 as x\n"), "x: got INTEGER from its SQL"),
        (MART.replace("area, amount_usd,", "amount_usd, area,"), "another order"),
        (MART.replace("doubled(", "tripled("), "tripled"),
        (MART.replace("select area", "select 'x'::int as y, area"), "Conversion|convert"),
    ],
)
def test_sql_that_differs_from_its_contract_is_refused_and_the_stored_week_stays(
    sample: Sample, sql: str, says: str
) -> None:
    sample.run()
    before = sample.warehouse.table_hashes()
    sample.mart(sql)
    with pytest.raises(ContractBroken, match=f"fct_sales: .*({says})"):
        sample.run("fct_sales")
    assert sample.warehouse.table_hashes() == before


def test_a_failing_error_test_keeps_the_stored_week_and_leaves_its_verdict(
    sample: Sample,
) -> None:
    sample.run()
    before = sample.warehouse.table_hashes()
    sample.mart(
        MART.replace("amount_usd, doubled", "-amount_usd as amount_usd, doubled"),
        tests=[{"expression": "amount_usd >= 0", "id": "CHK-SIGN"}],
    )
    with pytest.raises(ContractBroken, match=r"fct_sales: CHK-SIGN \(2 rows\)"):
        sample.run("fct_sales")
    assert sample.warehouse.table_hashes() == before
    assert sample.rows(
        "select check_name, passed, failing_rows from ops.check_results"
        " where relation = 'marts.fct_sales' order by check_name"
    ) == [("CHK-SIGN", False, 2), ("finite__doubled_usd", True, 0), ("grain", True, 0)]


def test_a_failing_staging_test_keeps_the_stored_answers(sample: Sample) -> None:
    sample.run("stg_shop__sales")
    before = sample.warehouse.table_hashes()
    contract = sample.root / "staging/shop/stg_shop__sales.yml"
    contract.write_text(contract.read_text() + "tests: [{row_count: {max: 3}}]\n")
    sample.answer("r2", [("west", "pen", "4")])
    with pytest.raises(ContractBroken, match="row_count"):
        sample.run("stg_shop__sales")
    after = sample.warehouse.table_hashes()
    assert after["staging.stg_shop__sales"] == before["staging.stg_shop__sales"]


def test_verdicts_of_staging_do_not_depend_on_what_was_staged_before(sample: Sample) -> None:
    contract = sample.root / "staging/shop/stg_shop__sales.yml"
    warning = "tests: [{row_count: {max: 2}, severity: warn}]\n"
    contract.write_text(contract.read_text() + warning)
    first, second = sample.run("stg_shop__sales")[0], sample.run("stg_shop__sales")[0]
    assert first.checks == second.checks
    assert [check.name for check in second.warnings] == ["row_count"]


def test_a_model_whose_upstream_never_ran_says_so(sample: Sample) -> None:
    with pytest.raises(ContractBroken, match=r"int_sales__summed.*Run what it reads first"):
        sample.run("fct_sales")


def test_only_parameters_a_statement_names_are_bound(sample: Sample) -> None:
    sample.write(
        "intermediate/int_sales__summed.sql",
        JOINED.replace("group by", "where $week_start = date '2026-02-09' group by"),
    )
    assert sample.run()[1].rows_after == 2


def test_an_assertion_judges_the_rows_about_to_be_stored(sample: Sample) -> None:
    sample.write(
        "tests/assert_no_area_is_called_south.sql",
        "-- check: CHK-SOUTH, severity: error, after: fct_sales\n-- Failure: a southern area.\n"
        "select area from {{ ref('fct_sales') }} where area = 'south'",
    )
    with pytest.raises(ContractBroken, match=r"CHK-SOUTH.*southern area.*'south'"):
        sample.run()
    assert sample.rows("select passed from ops.check_results where check_name = 'CHK-SOUTH'") == [
        (False,)
    ]


def test_macros_leave_nothing_behind_in_the_database(sample: Sample) -> None:
    sample.run()
    assert sample.rows("select * from duckdb_functions() where function_name = 'doubled'") == []


def test_a_broken_macro_names_its_file(sample: Sample) -> None:
    sample.write("macros/wrong.sql", "create macro wrong(x) as nonsense(x);")
    with pytest.raises(ContractBroken, match=r"macros/wrong\.sql"):
        sample.run()


def test_a_source_that_was_never_asked_gives_no_rows(tmp_path: Path) -> None:
    unasked = Sample(tmp_path / "unasked")
    assert [run.rows_after for run in unasked.run()] == [0, 0, 0]


def test_staging_is_stored_whole_or_not_at_all(sample: Sample) -> None:
    sample.run("stg_shop__sales")
    before = sample.warehouse.table_hashes()["staging.stg_shop__sales"]
    sample.answer("r2", [("west", "pen", "4")])
    sample.rows("alter table ops.ledger rename column relation to away")
    with pytest.raises(duckdb.BinderException):
        sample.run("stg_shop__sales")
    sample.rows("alter table ops.ledger rename column away to relation")
    assert sample.warehouse.table_hashes()["staging.stg_shop__sales"] == before
    assert sample.rows("select count(*) from ops.parsed where response_id = 'r2'") == [(1,)]
    assert sample.run("stg_shop__sales")[0].rows_after == 4


def test_every_replacement_stands_in_the_ledger(sample: Sample) -> None:
    versions = {run.model: run.code_version for run in sample.run()}
    assert sample.rows(
        "select relation, partition_key, rows_before, rows_after, code_version from ops.ledger"
        " where relation in ('staging.stg_shop__sales', 'marts.fct_sales') order by relation"
    ) == [
        ("marts.fct_sales", '{"week": "2026-W07"}', 0, 2, versions["fct_sales"]),
        ("staging.stg_shop__sales", '{"week": "2026-W07"}', 0, 3, versions["stg_shop__sales"]),
    ]
