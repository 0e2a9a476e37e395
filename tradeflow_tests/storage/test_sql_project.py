"""Reading the project folder: order, refs, versions, the law of the layers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeflow.errors import ContractBroken
from tradeflow.storage.sql_project import Project

from .sql_sample import MART, STAGED, Sample


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return Sample(tmp_path)


def _copy_of_mart(sample: Sample, name: str, sql: str) -> None:
    sample.model(f"marts/{name}", sql, [{"name": "area", "type": "VARCHAR"}], ["area"])


def test_models_come_in_the_order_in_which_they_can_run(sample: Sample) -> None:
    _copy_of_mart(sample, "fct_a", "-- Grain.\nselect area from {{ ref('fct_sales') }}")
    assert list(sample.project.models) == [
        "stg_shop__sales",
        "int_sales__summed",
        "fct_sales",
        "fct_a",
    ]


def test_the_sample_keeps_the_law_of_the_layers(sample: Sample) -> None:
    assert sample.project.lint() == []


@settings(deadline=None, max_examples=25)
@given(edges=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda e: e[0] < e[1])))
def test_no_model_precedes_what_it_reads(
    tmp_path_factory: pytest.TempPathFactory, edges: set[tuple[int, int]]
) -> None:
    sample = Sample(tmp_path_factory.mktemp("order"))
    for number in range(8):
        reads = [low for low, high in edges if high == number]
        refs = " union ".join(f"select area from {{{{ ref('fct_n{r}') }}}}" for r in reads)
        _copy_of_mart(sample, f"fct_n{number}", f"-- Grain.\n{refs or 'select 1'}")
    order = list(sample.project.models)
    for low, high in edges:
        assert order.index(f"fct_n{low}") < order.index(f"fct_n{high}")


def test_models_that_read_each_other_are_refused(sample: Sample) -> None:
    _copy_of_mart(sample, "fct_a", "-- Grain.\nselect area from {{ ref('fct_b') }}")
    _copy_of_mart(sample, "fct_b", "-- Grain.\nselect area from {{ ref('fct_a') }}")
    with pytest.raises(ContractBroken, match="circle"):
        _ = sample.project


def test_looking_back_a_week_is_known_through_other_models_too(sample: Sample) -> None:
    back = "-- Grain.\nselect area from {{ ref('fct_sales', week='previous') }}"
    _copy_of_mart(sample, "fct_changes", back)
    _copy_of_mart(sample, "fct_counts", "-- Grain.\nselect area from {{ ref('fct_changes') }}")
    project = sample.project
    assert [project.reads_previous(n) for n in ("fct_sales", "fct_changes", "fct_counts")] == [
        False,
        True,
        True,
    ]
    assert project.upstream_models("fct_changes") == ()


def test_looking_back_at_a_model_that_looks_back_is_a_breach(sample: Sample) -> None:
    back = "-- Grain.\nselect area from {{ ref('fct_sales', week='previous') }}"
    _copy_of_mart(sample, "fct_changes", back)
    _copy_of_mart(sample, "fct_more", back.replace("fct_sales", "fct_changes"))
    assert any("no end" in breach for breach in sample.project.lint())


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("-- Grain.\nselect area from {{ ref('fct_gone') }}", "fct_gone.*no such model"),
        ("-- Grain.\nselect area from {{ source('raw', 'gone') }}", "gone.*sources.yml"),
        ("-- Grain.\nselect area from {{ ref('fct_sales', week='next') }}", "only week='previous'"),
        ("-- Grain.\n{% if true %}select 1{% endif %}", "no Jinja statements"),
        ("-- Grain.\nselect {{ something }}", "something"),
    ],
)
def test_a_template_that_refers_to_nothing_is_refused(sample: Sample, sql: str, says: str) -> None:
    _copy_of_mart(sample, "fct_a", sql)
    with pytest.raises(ContractBroken, match=says):
        _ = sample.project


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("-- Grain.\nselect area from {{ ref('stg_shop__sales') }}", "must not read staging"),
        ("-- Grain.\nselect area from {{ source('raw', 'shop__sales') }}", "must not read raw"),
        ("select area from {{ ref('fct_sales') }}", "begin with a comment"),
        (
            "-- Grain.\nwith a as (select area from {{ ref('fct_sales') }}),"
            " b as (select * from a) select area from b",
            "CTE b selects",
        ),
    ],
)
def test_a_breach_of_the_law_is_named(sample: Sample, sql: str, says: str) -> None:
    _copy_of_mart(sample, "fct_a", sql)
    assert any(says in breach and "fct_a" in breach for breach in sample.project.lint())


def test_star_may_stand_in_imports_and_final(sample: Sample) -> None:
    sql = (
        "-- Grain.\nwith sales as (select * from {{ ref('fct_sales') }}),"
        " final as (select * from sales) select * from final"
    )
    _copy_of_mart(sample, "fct_a", sql)
    assert sample.project.lint() == []


def test_staging_that_knows_the_week_is_a_breach(sample: Sample) -> None:
    sample.write("staging/shop/stg_shop__sales.sql", STAGED + " where $as_of is not null")
    assert any("cannot know $as_of" in breach for breach in sample.project.lint())


def test_the_version_follows_sql_contract_macros_and_thresholds(sample: Sample) -> None:
    versions = [sample.project.code_version("fct_sales")]
    sample.mart(sql=MART + "\n-- reworded")
    versions.append(sample.project.code_version("fct_sales"))
    sample.mart(sql=MART + "\n-- reworded", description="Another.")
    versions.append(sample.project.code_version("fct_sales"))
    sample.write("macros/more.sql", "create macro halved(x) as x / 2;")
    versions.append(sample.project.code_version("fct_sales"))
    sample.write("thresholds.yml", "sum_pct: {value: 2.0, unit: '%', reason: Rounding.}")
    versions.append(sample.project.code_version("fct_sales"))
    assert len(set(versions)) == 5
    assert versions[-1] == sample.project.code_version("fct_sales")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"grain": ["nowhere"]}, "column nowhere"),
        ({"grain": []}, "grain is empty"),
        ({"layer": "staging"}, "says layer staging"),
        ({"materialized": "per_answer"}, "response_id|materialized"),
        ({"freshness": "daily"}, "freshness"),
        ({"tests": [{"row_cuont": {"min": 1}}]}, "row_cuont"),
    ],
)
def test_a_mistake_in_a_contract_is_named_with_its_file(
    sample: Sample, more: dict, says: str
) -> None:
    sample.mart(**more)
    with pytest.raises(ContractBroken, match=f"fct_sales.yml.*({says})"):
        _ = sample.project


def test_facts_need_the_columns_that_say_what_they_rest_on(sample: Sample) -> None:
    columns = [{"name": "area", "type": "VARCHAR"}, {"name": "n", "type": "INT", "fact": True}]
    sample.mart(columns=columns)
    with pytest.raises(ContractBroken, match="needs the column coverage VARCHAR"):
        _ = sample.project


def test_a_type_unknown_to_the_database_is_refused(sample: Sample) -> None:
    sample.mart(columns=[{"name": "area", "type": "TEXTT"}])
    with pytest.raises(ContractBroken, match="TEXTT"):
        _ = sample.project


def test_a_contract_without_model_and_a_model_without_contract_are_refused(
    sample: Sample,
) -> None:
    stray = sample.write("marts/fct_stray.yml", "model: fct_stray")
    with pytest.raises(ContractBroken, match=r"no model fct_stray\.sql"):
        _ = sample.project
    stray.unlink()
    sample.write("marts/fct_stray.sql", "-- Grain.\nselect 1 as area")
    with pytest.raises(ContractBroken, match=r"fct_stray\.yml is missing"):
        _ = sample.project


def test_an_assertion_must_say_what_it_judges_and_what_a_failure_means(sample: Sample) -> None:
    sample.write("tests/assert_x.sql", "select 1")
    with pytest.raises(ContractBroken, match="begins with"):
        _ = sample.project
    sample.write("tests/assert_x.sql", "-- check: A, severity: warn, after: fct_gone\n-- Why.\n")
    with pytest.raises(ContractBroken, match="fct_gone is no model"):
        _ = sample.project
    sample.write("tests/assert_x.sql", "-- check: A, severity: warn, after: fct_sales\nselect 1")
    with pytest.raises(ContractBroken, match="what a failure means"):
        _ = sample.project


def test_metadata_for_the_interface_is_at_hand(sample: Sample) -> None:
    model = Project.load(sample.root).model("fct_sales")
    assert model.description == "What fct_sales holds."
    assert [c.unit for c in model.contract.columns][:3] == [None, "USD", "USD"]
    assert [ref.relation for ref in model.upstream] == ["intermediate.int_sales__summed"]
    assert [test.name for test in model.tests] == ["grain"]
