"""All models of two weeks over a handful of raw rows: what changed, what is counted, same bits."""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from tradeflow.periods import Week
from tradeflow.storage.facts_table import build_facts
from tradeflow_tests.sql.given import trade_flow, us_month, workbook_year
from tradeflow_tests.sql.graph import PROJECT, Graph

BEFORE, WEEK = "2026-W07", "2026-W08"
NOTICE = "MOFCOM-公告-2025-18"


def fill(graph: Graph, seed: int = 0) -> Graph:
    """Raw rows of all six sources; the second week brings a month, a revision and a page.

    Args:
        seed: decides the order in which the rows are stored, nothing else.
    """
    shuffled = random.Random(seed)

    def mixed(rows: list[dict]) -> list[dict]:
        return shuffled.sample(rows, len(rows))

    flows = [
        trade_flow(reporter, flow, year, partner, value)
        for reporter, big in ((490, 156), (842, 484), (156, 842), (392, 156), (410, 156))
        for flow in "XM"
        for year in (2023, 2024)
        for partner, value in ((0, 100), (big, 50 + year % 2), (276, 30), (899, 20 - year % 2))
    ]
    flows += [
        trade_flow(276, flow, 2022, partner, value)
        for flow in "XM"
        for partner, value in ((0, 90), (251, 60), (842, 30))
    ]
    old = [
        row
        for code, base in (("5830", 10), ("5700", 20), ("5880", 30), ("5800", 40), ("4280", 50))
        for year in (2024, 2025)
        for month in range(1, 12)
        for row in us_month(code, f"{year}-{month:02d}", base, base + month + (year - 2024) * 8)
    ]
    revised = [
        {**row, "value_usd": "23500000"}
        if (row["cty_code"], row["year"], row["month"], row["flow"]) == ("5830", "2025", "10", "M")
        else row
        for row in old
    ]
    new = [
        row
        for code in ("5830", "5700", "5880", "5800", "4280")
        for month in ("2024-12", "2025-12")
        for row in us_month(code, month, 11, 60)
    ]
    indicators = [
        {
            "indicator": indicator,
            "iso3": iso3,
            "year": str(year),
            "value": str(value),
            "lastupdated": "2026-01-28",
            "is_reconstructed": "false",
        }
        for indicator, value in (("NY.GDP.MKTP.KD.ZG", 2.5), ("NY.GDP.MKTP.CD", 3e13))
        for iso3 in ("USA", "CHN")
        for year in (2023, 2024)
    ]
    pairs = [
        {
            "endpoint": "yrp" if partner else "yr",
            "year": str(year),
            "reporter_iso3": "e-490",
            "partner_iso3": partner,
            "trade_value_usd_exp": value,
            "trade_value_usd_imp": None,
            "is_reconstructed": "false",
        }
        for year in (2023, 2024)
        for partner, value in ((None, "100"), ("chn", "60"), ("e-899", "40"))
    ]
    tin = [
        {
            "edition": "2026",
            "source": "MCS2026",
            "commodity": "Tin",
            "country": country,
            "type": "Mine production, tin content",
            "unit_meas": "metric tons",
            "measure": "production",
            "year": year,
            "is_estimated": "true",
            "value": value,
            "is_reconstructed": "false",
        }
        for year in ("2024", "2025")
        for country, value in (("China", "69,000"), ("Burma", "W"), ("World total", "300,000"))
    ]
    workbook = [
        workbook_year("0015", 2025, [100] * 11, [90] * 11),
        workbook_year("5830", 2025, [19 + m for m in range(11)], [10] * 11),
    ]
    graph.raw("comtrade", "comtrade__trade_flows", mixed(flows), "flows", [BEFORE, WEEK])
    graph.raw("census", "census__trade_months", mixed(old), "months", [BEFORE])
    graph.raw("census", "census__trade_months", mixed(revised + new), "months-2", [WEEK])
    graph.raw("census", "census__balance_months", mixed(workbook), "workbook", [BEFORE, WEEK])
    graph.raw("worldbank", "worldbank__indicators", mixed(indicators), "wdi", [BEFORE, WEEK])
    graph.raw("ots", "ots__flows", mixed(pairs), "pairs", [BEFORE, WEEK])
    graph.raw("usgs", "usgs__world_production", mixed(tin), "tin", [BEFORE, WEEK])
    graph.policy("documents", mixed([document("notice", NOTICE), document("news", None)]))
    graph.policy("clauses", [clause("notice", NOTICE)])
    graph.policy("actions", [suspension("news", NOTICE)])
    graph.see("mofcom", ["notice"], [BEFORE, WEEK])
    graph.see("mofcom", ["news"], [WEEK])
    graph.run(BEFORE, only_plain=True)
    graph.run(WEEK)
    return graph


def document(response_id: str, notice_key: str | None) -> dict:
    day = date(2025, 4, 4) if notice_key else date(2026, 2, 18)
    return {
        "response_id": response_id,
        "row_number": 1,
        "url": f"http://site/{response_id}",
        "host": "site",
        "title_zh_hans": response_id,
        "page_date": day,
        "released_on": day,
        "notice_key": notice_key,
        "document_type": "公告",
        "lead_issuer": "商务部",
        "issuers": ["商务部"],
        "year": 2025 if notice_key else None,
        "number": 18 if notice_key else None,
        "issue_date": day if notice_key else None,
        "category": "controlled_item_change",
        "materials_zh": ["釤", "釓"],
        "target_iso3": [],
        "is_supplement": False,
        "is_unconfirmed": False,
    }


def clause(response_id: str, notice_key: str) -> dict:
    return {
        "response_id": response_id,
        "row_number": 0,
        "notice_key": notice_key,
        "clause": "",
        "effective_date": date(2025, 4, 4),
        "effective_kind": "on_publication",
        "quote": "自发布之日起正式实施",
        "rule_id": "r",
        "confidence": "high",
    }


def suspension(response_id: str, notice_key: str) -> dict:
    return {
        "response_id": response_id,
        "row_number": 0,
        "verb": "suspended",
        "target_key": notice_key,
        "target_clause": "",
        "event_date": date(2026, 2, 18),
        "until_date": date(2026, 8, 18),
        "quote": "暂停实施",
        "rule_id": "r",
        "confidence": "medium",
    }


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return fill(Graph(tmp_path_factory.mktemp("whole")))


def test_every_model_has_run_for_the_week(graph: Graph) -> None:
    stored = graph.rows(
        "select schema_name || '.' || table_name as relation from duckdb_tables()"
        " where schema_name in ('staging', 'intermediate', 'marts')"
    )
    assert {row["relation"] for row in stored} >= {
        model.relation for model in PROJECT.models.values()
    }


def test_the_week_changes_are_the_new_month_the_revision_and_the_suspension(graph: Graph) -> None:
    changed = graph.rows(
        "select item_key, change from marts.fct_week_changes"
        f" where week = '{WEEK}' and change <> 'unchanged' and subject not similar to '.*2025-12'"
        " order by 1"
    )
    assert changed == [
        {"item_key": f"policy|status|{NOTICE}|", "change": "status_changed"},
        {"item_key": "us_trade|revised_months|TWN", "change": "revised"},
    ]
    (new,) = graph.rows(
        "select count(*) as months from marts.fct_week_changes where change = 'new'"
        " and subject similar to '.*2025-12'"
    )
    assert new["months"] == 10


def test_counts_agree_with_the_rows_they_count(graph: Graph) -> None:
    counts = {
        row["name"]: row["value"]
        for row in graph.rows(f"select name, value from marts.fct_counts where week = '{WEEK}'")
    }
    for name, sql in {
        "tracked_measures": "marts.fct_tracked_measures where true",
        "review_items": "marts.fct_review_items where true",
        "watch_items": "marts.fct_watch_items where true",
        "unchanged_items": "marts.fct_week_changes where change = 'unchanged'",
        "new_pages": "marts.fct_new_documents where notice_key is null",
    }.items():
        (found,) = graph.rows(f"select count(*) as n from {sql} and week = '{WEEK}'")
        assert counts[name] == found["n"], name
    assert counts["suspended_together"] == 1 and counts["new_notices"] == 0


def test_review_items_name_the_uncertain_state_the_large_revision_and_the_late_reporter(
    graph: Graph,
) -> None:
    items = graph.rows(
        f"select kind, subject, text_value from marts.fct_review_items where week = '{WEEK}'"
    )
    assert {tuple(row.values()) for row in items} == {
        ("unconfirmed", f"{NOTICE}|", None),
        ("large_revision", "TWN|2025-10", "us_trade_census.imports_usd"),
        ("reporter_not_published", "DEU", "2023、2024"),
    }


def test_layers_say_how_far_they_reach_and_what_comes_next(graph: Graph) -> None:
    rows = {
        (row["week"], row["source"]): row
        for row in graph.rows("select * from marts.fct_layer_coverage")
    }
    census = rows[BEFORE, "census"]
    assert (census["last_period"], census["expected_next_period"]) == ("2025-11", "2025-12")
    assert census["expected_next_date"] == date(2026, 2, 19)
    assert rows[WEEK, "census"]["expected_next_date"] == date(2026, 3, 12)
    assert rows[WEEK, "comtrade"]["expected_next_date"] == date(2026, 7, 1)
    assert {row["state"] for row in rows.values()} == {"current"}


def test_a_carried_answer_is_a_warning_and_a_review_item(tmp_path: Path) -> None:
    graph = Graph(tmp_path)
    graph.see("worldbank", ["old"], [WEEK], carried_forward=True)
    runs = graph.run(WEEK)
    warned = {check.id for run in runs for check in run.warnings}
    (item,) = graph.rows("select * from marts.fct_review_items where kind = 'carried_forward'")
    assert "CHK-CARRIED" in warned
    assert (item["subject"], item["text_value"]) == ("world_macro_indicators", "question old")


def test_every_printed_figure_rests_on_answers(graph: Graph) -> None:
    """Limits apart, which rest on thresholds.yml, and what a reviewed list cites and says so."""
    build_facts(graph.warehouse, PROJECT, Week.parse(WEEK))
    bare = graph.rows(
        f"select fact_id from marts.facts where week = '{WEEK}' and len(response_ids) = 0"
        " and value is distinct from 0 and column_name <> 'threshold' and vintage <> 'cited'"
    )
    assert bare == []


def test_only_models_over_cited_lists_call_a_figure_cited(graph: Graph) -> None:
    """A figure of a source must not be excused from its answers by its vintage."""
    build_facts(graph.warehouse, PROJECT, Week.parse(WEEK))
    lists = [
        "article_figures",
        "corrections",
        "economy_strategies",
        "material_shares",
        "policy_timeline",
    ]
    models = graph.rows("select distinct model from marts.facts where vintage = 'cited'")
    assert models
    for row in models:
        read = {ref.name for ref in PROJECT.model(row["model"]).upstream}
        assert read & set(lists), row["model"]


def test_equal_rows_in_another_order_give_equal_bits(graph: Graph, tmp_path: Path) -> None:
    """Staging keeps the place of a row in its answer; everything made of it must not."""
    other = fill(Graph(tmp_path), seed=1)

    def derived(which: Graph) -> dict[str, str]:
        hashes = which.warehouse.table_hashes()
        return {
            name: digest
            for name, digest in hashes.items()
            if name.startswith(("intermediate.", "marts.")) and name != "marts.facts"
        }

    assert derived(other) == derived(graph)


def test_a_second_run_changes_nothing(graph: Graph, tmp_path: Path) -> None:
    again = Graph(tmp_path)
    shutil.copy(graph.warehouse.path, again.warehouse.path)
    first = again.warehouse.table_hashes()
    again.run(BEFORE, only_plain=True)
    again.run(WEEK)
    assert again.warehouse.table_hashes() == first
