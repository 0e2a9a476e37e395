"""Weeks made from the same are computed once, and only those."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.periods import Week
from tradeflow.storage.sql_inputs import Inputs
from tradeflow.storage.sql_runner import Runner, Weeks
from tradeflow.storage.warehouse import transaction

from .sql_sample import JOINED, STAGED, WEEK, Sample

SALES = [("north", "pen", "1.50"), ("north", "ink", "2"), ("south", "pen", "3")]
SUM = "int_sales__summed"
RANGE = [WEEK, WEEK.next(), WEEK.next().next()]


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    sample = Sample(tmp_path)
    for week in RANGE:
        sample.answer("r1", SALES, week)
    return sample


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The models and weeks that were computed, not copied."""
    found: list[tuple[str, str]] = []
    for name in ("_run_per_week", "_run_per_answer"):
        run = getattr(Weeks, name)

        def counting(self, model, week, *more, run=run):
            found.append((model.name, week.key))
            return run(self, model, week, *more)

        monkeypatch.setattr(Weeks, name, counting)
    return found


def _range(sample: Sample, weeks: list[Week] = RANGE) -> None:
    runner = Runner(sample.warehouse, sample.project)
    with sample.warehouse.connect("run a range") as con:
        running = runner.over(con, {week: week.end for week in weeks})
        for name in sample.project.models:
            assert [run.week for run in running.run(name)] == [week.key for week in weeks]


def test_weeks_with_equal_answers_are_computed_once(
    sample: Sample, computed: list[tuple[str, str]]
) -> None:
    _range(sample)
    assert [week for model, week in computed if model == SUM] == ["2026-W07"]
    assert [week for model, week in computed if model == "fct_sales"] == [w.key for w in RANGE]


def test_a_range_leaves_the_tables_and_verdicts_that_weeks_made_alone_leave(
    sample: Sample, tmp_path: Path
) -> None:
    sample.answer("r2", [("east", "pen", "9")], RANGE[1])
    _range(sample)
    other = Sample(tmp_path / "alone")
    for week in RANGE:
        other.answer("r1", SALES, week)
    other.answer("r2", [("east", "pen", "9")], RANGE[1])
    for week in reversed(RANGE):
        with other.warehouse.connect("forget what the others were made from") as con:
            con.execute("delete from ops.made_from")
        other.run(week=week)
    assert sample.warehouse.table_hashes() == other.warehouse.table_hashes()
    verdicts = "select * from ops.check_results order by all"
    assert sample.rows(verdicts) == other.rows(verdicts)


def test_a_second_run_computes_nothing(sample: Sample, computed: list[tuple[str, str]]) -> None:
    _range(sample)
    computed.clear()
    _range(sample)
    assert not computed


def test_another_answer_code_seed_or_assertion_computes_anew(
    sample: Sample, computed: list[tuple[str, str]]
) -> None:
    _range(sample)
    changes = {
        "another answer": lambda: sample.answer("r2", [("east", "pen", "9")], RANGE[-1]),
        "the answer read anew": lambda: sample.answer("r1", SALES[:2], parser_version="2"),
        "code before it": lambda: sample.write(
            "staging/shop/stg_shop__sales.sql", STAGED.replace("area,", "upper(area) as area,")
        ),
        "its code": lambda: sample.write(f"intermediate/{SUM}.sql", JOINED + "-- again\n"),
        "a threshold": lambda: sample.write(
            "thresholds.yml",
            "rejected_rows_max_pct: {value: 50, unit: '%', reason: Fewer.}\n",
        ),
        "an assertion": lambda: sample.write(
            "tests/assert_sales_are_positive.sql",
            f"-- check: CHK-SALES, severity: error, after: {SUM}\n-- A sale brings money.\n"
            f"select * from {{{{ ref('{SUM}') }}}} where amount_usd < 0\n",
        ),
    }
    for name, change in changes.items():
        change()
        computed.clear()
        _range(sample, RANGE[-1:])
        assert (SUM, RANGE[-1].key) in computed, name


def test_rows_that_come_back_are_not_taken_for_the_rows_of_older_code(
    sample: Sample, computed: list[tuple[str, str]]
) -> None:
    """Made anew for one week, an answer's staged rows are no longer what another week had."""
    _range(sample)
    changed = STAGED.replace("area,", "upper(area) as area,")
    sample.write("staging/shop/stg_shop__sales.sql", changed)
    _range(sample, RANGE[:1])
    sample.write("staging/shop/stg_shop__sales.sql", STAGED)
    computed.clear()
    _range(sample, RANGE[1:2])
    assert ("stg_shop__sales", RANGE[1].key) in computed
    areas = "select distinct area from staging.stg_shop__sales order by 1"
    assert sample.rows(areas) == [("north",), ("south",)]


def test_a_failed_warning_is_found_again_with_its_rows(sample: Sample) -> None:
    sample.write(
        "tests/assert_no_area_is_south.sql",
        f"-- check: CHK-SOUTH, severity: warn, after: {SUM}\n-- South is shut.\n"
        f"select * from {{{{ ref('{SUM}') }}}} where area = 'south'\n",
    )
    for week in RANGE[:2]:
        (found,) = sample.run("stg_shop__sales", SUM, week=week)[1].warnings
        assert found.sample[0]["area"] == "south"


def test_a_copy_that_fails_leaves_what_stood(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    _range(sample, RANGE[:1])
    before = sample.warehouse.table_hashes()

    def failing(self, *_more):
        raise ArithmeticError

    monkeypatch.setattr(Inputs, "note", failing)
    with pytest.raises(ArithmeticError), sample.warehouse.connect("copy") as con:
        running = Runner(sample.warehouse, sample.project).over(con, {RANGE[1]: RANGE[1].end})
        list(running.run(SUM))
    assert sample.warehouse.table_hashes() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.0::double", "-0.0::double"), ("null::varchar[]", "[]::varchar[]"), ("null", "''")],
)
def test_values_that_print_otherwise_are_told_apart(sample: Sample, one: str, other: str) -> None:
    with sample.warehouse.connect("tell apart") as con, transaction(con):
        inputs = Inputs(con, sample.project)
        found = set()
        for value in (one, other):
            con.execute(f"create or replace temp table told as select 'w' as week, {value} as v")
            found.add(inputs.content("told"))
        assert len(found) == 2
