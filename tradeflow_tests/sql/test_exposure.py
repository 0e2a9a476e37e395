"""Exposure to export controls and signals, against a second calculation in plain Python.

Here: one small world of imports and notices, the oracles over the same rows, and what signals rest
on. Not here: single rules and bands, which the models' unit tests as data hold.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tradeflow.bundled import sql_root
from tradeflow.periods import Week
from tradeflow.storage.facts_table import build_facts
from tradeflow_tests.sql.given import trade_flow, us_month
from tradeflow_tests.sql.graph import PROJECT, Graph

BEFORE, WEEK = "2026-W06", "2026-W07"
REPORTERS = {490: "TWN", 842: "USA", 392: "JPN", 156: "CHN"}
SUPPLIERS = (156, 276, 392, 410, 699, 842)
NAMES = {156: "CHN", 276: "DEU", 392: "JPN", 410: "KOR", 699: "IND", 842: "USA"}
IN_FORCE, REPLACED, SUCCESSOR, SUSPENDED = (
    "MOFCOM-公告-2025-18",
    "MOFCOM-公告-2023-23",
    "MOFCOM-公告-2024-51",
    "MOFCOM-公告-2025-57",
)
STATES = {IN_FORCE: "in_force", REPLACED: "in_force", SUSPENDED: "suspended"}


def mapping() -> dict[str, set[str]]:
    """Codes each control of this world reaches, read from the reviewed list."""
    codes: dict[str, set[str]] = defaultdict(set)
    with (sql_root() / "seeds" / "control_hs_mapping.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["notice_key"] in STATES:
                codes[row["notice_key"]].add(row["hs6"])
    return codes


Imports = Mapping[tuple[str, int, str], Mapping[str, int]]


def imports(seed: int) -> Imports:
    """Reporter, year and code → supplier → value; some codes are not imported at all."""
    draw = random.Random(seed)
    every = sorted(set().union(*mapping().values()))
    return {
        (reporter, year, code): {
            NAMES[supplier]: draw.randint(1, 10_000)
            for supplier in SUPPLIERS
            if NAMES[supplier] != reporter and draw.random() < 0.7
        }
        for reporter in REPORTERS.values()
        for year in (2023, 2024)
        for code in every
        if draw.random() < 0.9
    }


def comtrade_rows(world: Imports) -> Iterable[dict[str, str | None]]:
    codes = {name: code for code, name in {**NAMES, 490: "TWN"}.items()}
    totals: dict[tuple[str, int, str], int] = defaultdict(int)
    for (reporter, year, code), suppliers in world.items():
        if not suppliers:
            continue
        yield trade_flow(codes[reporter], "M", year, 0, sum(suppliers.values()), cmdCode=code)
        for supplier, value in suppliers.items():
            yield trade_flow(codes[reporter], "M", year, codes[supplier], value, cmdCode=code)
            totals[reporter, year, supplier] += value
    for reporter in REPORTERS.values():
        for year in (2023, 2024):
            whole = 0
            for supplier in NAMES.values():
                value = totals[reporter, year, supplier]
                if value:
                    whole += value
                    yield trade_flow(codes[reporter], "M", year, codes[supplier], value)
            yield trade_flow(codes[reporter], "M", year, 0, whole)


def notice(key: str, day: date) -> dict[str, Any]:
    issuer, kind, year, number = key.split("-")
    return {
        "response_id": key,
        "row_number": 1,
        "url": f"http://site/{key}",
        "host": "site",
        "title_zh_hans": key,
        "page_date": day,
        "released_on": day,
        "notice_key": key,
        "document_type": kind,
        "lead_issuer": issuer,
        "issuers": [issuer],
        "year": int(year),
        "number": int(number),
        "issue_date": day,
        "category": "controlled_item_change",
        "is_extraterritorial": key == SUSPENDED,
    }


def start(key: str, day: date) -> dict[str, Any]:
    return {
        "response_id": key,
        "row_number": 1,
        "notice_key": key,
        "clause": "",
        "effective_date": day,
        "effective_kind": "stated",
        "quote": "自公布之日起实施",
        "rule_id": "rule",
        "confidence": "high",
    }


def action(key: str, verb: str, day: date, by: str, until: date | None = None) -> dict[str, Any]:
    return {
        "response_id": by,
        "row_number": 1,
        "verb": verb,
        "target_key": key,
        "target_clause": "",
        "event_date": day,
        "until_date": until,
        "by_notice_key": by,
        "quote": "words",
        "rule_id": "rule",
        "confidence": "high",
    }


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow)])
def world(request: pytest.FixtureRequest) -> Imports:
    return imports(request.param)


@pytest.fixture(scope="module")
def graph(world: Imports, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    graph = Graph(tmp_path_factory.mktemp("exposure"))
    graph.raw("comtrade", "comtrade__trade_flows", list(comtrade_rows(world)), "c", [BEFORE, WEEK])
    months = [
        row
        for year in (2024, 2025)
        for number in range(1, 12)
        for row in us_month("5700", f"{year}-{number:02d}", 100 + number, 300 + number)
    ]
    graph.raw("census", "census__trade_months", months, "u", [BEFORE, WEEK])
    days = {
        REPLACED: date(2023, 8, 1),
        SUCCESSOR: date(2024, 12, 1),
        IN_FORCE: date(2025, 4, 4),
        SUSPENDED: date(2025, 10, 9),
        "MOFCOM-公告-2025-70": date(2025, 11, 7),
    }
    graph.policy("documents", [notice(key, day) for key, day in days.items()])
    graph.policy("clauses", [start(key, day) for key, day in days.items()])
    by = "MOFCOM-公告-2025-70"
    graph.policy(
        "actions",
        [
            action(REPLACED, "replaced", date(2024, 12, 1), SUCCESSOR),
            action(SUSPENDED, "suspended", date(2025, 11, 7), by, date(2026, 11, 10)),
        ],
    )
    graph.see("mofcom", sorted(days), [BEFORE, WEEK])
    graph.run(BEFORE, only_plain=True)
    graph.run(WEEK)
    return graph


def share(part: int, whole: int) -> float:
    return 100 * part / whole


def test_a_replaced_control_goes_on_under_its_successor(graph: Graph) -> None:
    """CHK-STATUS: gallium did not become free when its notice was replaced."""
    rows = graph.rows(
        "select notice_key, status, control_notice_key, control_status"
        f" from marts.fct_control_measures where week = '{WEEK}'"
    )
    assert {row["notice_key"]: row["control_status"] for row in rows} == STATES
    (old,) = [row for row in rows if row["notice_key"] == REPLACED]
    assert (old["status"], old["control_notice_key"]) == ("ended", SUCCESSOR)


def test_exposure_equals_a_second_calculation(graph: Graph, world: Imports) -> None:
    rows = graph.rows(f"select * from marts.fct_control_exposure_yearly where week = '{WEEK}'")
    expected = {
        (key, code, reporter, year)
        for key, codes in mapping().items()
        for code in codes
        for reporter in ("TWN", "USA", "JPN")
        for year in (2023, 2024)
    }
    assert {
        (row["notice_key"], row["hs6"], row["reporter_iso3"], row["year"]) for row in rows
    } == expected
    assert len(rows) == len(expected)
    for row in rows:
        suppliers = world.get((row["reporter_iso3"], row["year"], row["hs6"])) or {}
        if not suppliers:
            assert row["gap"] == "no_trade_stated" and row["imports_usd"] is None
            continue
        whole = sum(suppliers.values())
        others = sorted((value for name, value in suppliers.items() if name != "CHN"), reverse=True)
        assert row["bound"] == "upper"
        assert row["imports_usd"] == whole
        assert row["china_share_pct"] == pytest.approx(share(suppliers.get("CHN", 0), whole))
        assert row["hhi_supplier"] == pytest.approx(
            sum(share(value, whole) ** 2 for value in suppliers.values())
        )
        for place in range(3):
            found = row[f"next{place + 1}_share_pct"]
            if place < len(others):
                assert found == pytest.approx(share(others[place], whole))
                assert suppliers[row[f"next{place + 1}_iso3"]] == others[place]
            else:
                assert found is None


def test_exposed_imports_count_a_code_once_under_the_strictest_state(
    graph: Graph, world: Imports
) -> None:
    """CHK-SHARE: two controls share codes, and the one in force takes them."""
    codes = mapping()
    strict = codes[IN_FORCE] | codes[REPLACED]
    assert codes[SUSPENDED] & strict, "the world must hold a code under two controls"
    wanted = {"in_force": strict, "suspended": codes[SUSPENDED] - strict}
    for row in graph.rows(f"select * from marts.fct_exposed_imports_yearly where week = '{WEEK}'"):
        reporter, year = row["reporter_iso3"], row["year"]
        under = [
            world.get((reporter, year, code), {}) for code in wanted.get(row["control_status"], ())
        ]
        whole = sum(
            sum(suppliers.values())
            for (who, when, _), suppliers in world.items()
            if (who, when) == (reporter, year)
        )
        assert row["code_count"] == sum(1 for suppliers in under if suppliers)
        assert row["imports_usd"] == sum(sum(suppliers.values()) for suppliers in under)
        assert row["from_china_usd"] == sum(suppliers.get("CHN", 0) for suppliers in under)
        assert row["share_pct"] == pytest.approx(share(int(row["imports_usd"]), whole))


def test_severity_follows_the_printed_rubric(graph: Graph, world: Imports) -> None:
    """CHK-RUBRIC: read from the seeds and multiplied by hand."""
    bands = read_seed("severity_factors")
    levels = [row for row in read_seed("severity_levels") if row["scale"] == "control_score"]

    def banded(rows: list[dict[str, str]], value: float, answer: str) -> str:
        (found,) = [
            row[answer]
            for row in rows
            if float(row["min_value"]) <= value
            and (not row["below_value"] or value < float(row["below_value"]))
        ]
        return found

    def weight(factor: str, value: float) -> float:
        return float(banded([row for row in bands if row["factor"] == factor], value, "weight"))

    state_weights = {row["band"]: float(row["weight"]) for row in bands if not row["min_value"]}
    for row in graph.rows(f"select * from marts.fct_control_severity where week = '{WEEK}'"):
        codes = mapping()[row["notice_key"]]
        taiwan, covered = [], []
        for code in sorted(codes):
            each = [world.get((who, 2024, code)) or {} for who in ("TWN", "USA", "JPN")]
            whole = sum(sum(suppliers.values()) for suppliers in each)
            if whole:
                covered.append(share(sum(s.get("CHN", 0) for s in each), whole))
            if each[0]:
                taiwan.append(share(each[0].get("CHN", 0), sum(each[0].values())))
        score = (
            100
            * state_weights[STATES[row["notice_key"]]]
            * weight("china_share", median(covered))
            * weight("taiwan_exposure", median(taiwan))
            * weight("breadth", len(codes))
        )
        assert row["china_share_pct"] == pytest.approx(median(covered))
        assert row["taiwan_share_pct"] == pytest.approx(median(taiwan))
        assert row["score"] == pytest.approx(score)
        assert row["severity"] == banded(levels, round(score, 6), "severity")


def test_every_signal_rests_on_facts_and_pages_that_exist(graph: Graph) -> None:
    """CHK-TRACE."""
    build_facts(graph.warehouse, PROJECT, Week.parse(WEEK))
    assert (
        graph.rows(
            "select named.rule_id, named.fact_id from ("
            "  select rule_id, unnest(fact_ids) as fact_id from marts.fct_signals"
            f"  where week = '{WEEK}'"
            f") as named anti join (select fact_id from marts.facts where week = '{WEEK}')"
            " as stored using (fact_id)"
        )
        == []
    )
    assert (
        graph.rows(
            "select named.url from ("
            f"  select unnest(document_urls) as url from marts.fct_signals where week = '{WEEK}'"
            ") as named anti join policy.documents using (url)"
        )
        == []
    )


def test_ratings_become_signals_where_no_figure_is_computed(graph: Graph) -> None:
    rows = graph.rows(
        "select item_key, value, severity, is_speculative, assessment from marts.fct_signals"
        f" where week = '{WEEK}' and rule_id = 'SIG-CONTROL'"
    )
    ratings = {
        f"{row['notice_key']}|": (row["score"], row["severity"])
        for row in graph.rows(f"select * from marts.fct_control_severity where week = '{WEEK}'")
    }
    assert {row["item_key"]: (row["value"], row["severity"]) for row in rows} == ratings
    assert all(row["is_speculative"] and row["assessment"] == "met" for row in rows)


def test_computed_imports_give_no_rating_signal(world: Imports, tmp_path: Path) -> None:
    """CHK-RECONSTRUCTED: the same figures, said to be computed, are listed and not assessed."""
    graph = Graph(tmp_path)
    rows = [row | {"is_reconstructed": "true"} for row in comtrade_rows(world)]
    graph.raw("comtrade", "comtrade__trade_flows", rows, "c", [WEEK])
    graph.policy("documents", [notice(IN_FORCE, date(2025, 4, 4))])
    graph.policy("clauses", [start(IN_FORCE, date(2025, 4, 4))])
    graph.see("mofcom", [IN_FORCE], [WEEK])
    graph.run(WEEK, only_plain=True)
    signals = graph.rows(
        "select rule_id, value, text_value, severity, assessment_gap, fact_ids"
        " from marts.fct_signals where assessment = 'not_assessed'"
    )
    assert {"SIG-CONTROL", "SIG-TOP3", "SIG-PARTNER", "SIG-HHI-LEVEL"} <= {
        row["rule_id"] for row in signals
    }
    assert all(
        (row["value"], row["text_value"], row["severity"], row["fact_ids"])
        == (None, None, None, [])
        and row["assessment_gap"] == "reconstructed"
        for row in signals
    )


def test_every_indicator_is_shown_and_those_without_source_say_so(graph: Graph) -> None:
    rows = {
        row["indicator_id"]: row
        for row in graph.rows(f"select * from marts.fct_watch_indicators where week = '{WEEK}'")
    }
    assert set(rows) == {row["indicator_id"] for row in read_seed("watch_indicators")}
    without = {name for name, row in rows.items() if row["assessment"] == "no_source"}
    assert without == {
        "PRICE-GA-GE",
        "PRICE-NDPR",
        "LICENCES",
        "TWN-CHIPS",
        "DUAL-USE-LICENCES",
    }
    assert all(rows[name]["value"] is None for name in without)
    assert rows["US-CHN-EXPORTS"]["value"] == pytest.approx(100 * (111 - 110) / 110)


def test_of_two_equal_weeks_only_the_date_that_came_near_is_new(graph: Graph) -> None:
    """The term ends 275 days after the first week and 268 after the second; the limit is 270."""
    changes = graph.rows(
        "select rule_id, item_key, state from marts.fct_signal_changes"
        f" where week = '{WEEK}' and state <> 'continuing'"
    )
    assert changes == [{"rule_id": "WATCH-EXPIRY", "item_key": f"{SUSPENDED}|", "state": "new"}]


def read_seed(name: str) -> list[dict[str, str]]:
    with (sql_root() / "seeds" / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
