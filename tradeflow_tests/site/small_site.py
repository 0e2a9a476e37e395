"""A small published world for the site's tests: two weeks' briefs, a month's report, receipts.

The reports are the hand-filled ones of the briefing tests, gate and all; the week before is a
copy under its own period. What the site reads beyond the reports' marts is added by contract.
"""

# ruff: noqa: E501  (rows read best as rows)

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tradeflow.answers import Request
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import grain_text, load_marts
from tradeflow.briefing.month_marts import load_month
from tradeflow.briefing.produce import Beside, produce
from tradeflow.periods import Month, Week
from tradeflow.settings import Settings
from tradeflow.world import World
from tradeflow_tests.briefing import month_of_marts, week_of_marts
from tradeflow_tests.briefing.week_of_marts import AS_OF, WEEK
from tradeflow_tests.sql.graph import PROJECT

from .copies import copy_issue

URL = "https://example.org/trade/"
BEFORE = "2026-W06"
MONTH = Month(2026, 2)
NOTICE = "MOFCOM-公告-2025-61"
HOSTILE = '</script><script>alert(1)</script> {{ 7 | times: 6 }} "><img src=x onerror=alert(1)>'
_HOSTILE_NOTICE = "MOFCOM-公告-2025-55"


def _more(answer: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of the marts that only the site reads, resting on one answer."""
    ids = [answer]
    by = "MOFCOM-公告-2025-70"
    url = "http://exportcontrol.mofcom.gov.cn/article/zcfg/1.html"
    said = "暂停实施2025年10月9日公布的公告，涉及稀土和镓。"
    states = (
        ("announced", date(2025, 10, 9), date(2025, 11, 6), None),
        ("suspended", date(2025, 11, 7), date(2026, 11, 10), by),
        ("lapsed_unconfirmed", date(2026, 11, 11), None, by),
    )
    people = (("control_list", "TWN", "台灣某公司", "in_force"), ("control_list", "USA", HOSTILE, "suspended"),
              ("unreliable_entities", "USA", "某公司", None))  # fmt: skip
    listing = {
        "listing_id": NOTICE,
        "name_key": "x",
        "label_zh": "2025 年第 61 號",
        "listed_on": date(2025, 10, 9),
        "read_count": 1,
        "quote": said,
        "rule_id": "list",
        "is_unconfirmed": False,
        "url": url,
    }
    return {
        "fct_clause_intervals": [
            {"notice_key": NOTICE, "clause": "", "valid_from": since, "valid_to": until, "status": status, "by_notice_key": who, "is_unconfirmed": status.startswith("lapsed"), "url": url, "response_ids": ids}
            for status, since, until, who in states
        ],
        "fct_clause_events": [
            {"notice_key": NOTICE, "clause": "", "event_no": 1, "event": "suspended", "event_date": date(2025, 11, 7), "until_date": date(2026, 11, 10), "by_notice_key": by, "quote": said, "rule_id": "suspends", "is_unconfirmed": False, "url": url, "response_ids": ids}
        ],
        "fct_notice_links": [
            {"from_id": by, "relation": "suspended", "to_notice_key": NOTICE, "to_clause": "", "from_notice_key": by, "from_url": url, "released_on": date(2025, 11, 7), "is_known": True, "quote": said, "rule_id": "suspends", "is_unconfirmed": False, "response_ids": ids}
        ],
        "fct_entity_listings": [
            listing | {"entity_no": number, "entity_id": f"x{number}", "list_kind": kind, "economy_iso3": iso3, "name_zh_hans": name, "name_zh_hant": name, "notice_key": NOTICE if status else None, "status": status, "response_ids": ids}
            for number, (kind, iso3, name, status) in enumerate(people, 1)
        ],
        "fct_entity_counts": [
            {"list_kind": kind, "economy_iso3": iso3, "entity_count": 1, "in_force_count": int(status == "in_force"), "halted_count": int(status == "suspended"), "ended_count": 0, "not_followed_count": int(status is None), "response_ids": ids}
            for kind, iso3, _, status in people
        ],
        "fct_exposed_imports_yearly": [
            {"reporter_iso3": "TWN", "year": 2024, "control_status": "suspended", "bound": "upper", "code_count": 3, "imports_usd": 4.2e8, "from_china_usd": 2.1e8, "total_imports_usd": 3.9e11, "share_pct": 0.11, "from_china_share_pct": 0.05, "is_latest": True, "is_reconstructed": True, "response_ids": ids}
        ],
    }  # fmt: skip


def _change(rows: dict[str, list[dict[str, Any]]]) -> None:
    month_of_marts.extend(rows)
    answer = week_of_marts.response_id("census")
    for row in (row for table in rows.values() for row in table):
        row["response_ids"] = row.get("response_ids") or [answer]
    for row in rows["dim_notices"]:
        if row["notice_key"] == _HOSTILE_NOTICE:
            row["title_zh_hans"] = HOSTILE
    for row in rows["fct_tracked_measures"]:
        if row["notice_key"] == _HOSTILE_NOTICE:
            row["content_zh"] = HOSTILE


@contextmanager
def _named_answers() -> Iterator[set[str]]:
    """The names behind the stand-in hashes of the fixture rows, as they are asked for."""
    names: set[str] = set()
    plain = week_of_marts.response_id

    def noting(name: str) -> str:
        names.add(name)
        return plain(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(week_of_marts, "response_id", noting)
        patch.setattr(month_of_marts, "response_id", noting)
        yield names


def publish_small_world(home: Path) -> World:
    """A world under `home` with three published reports and no site yet."""
    world = World(Settings(_env_file=None, home=home, reports=home / "reports", site_url=URL))
    world.home.mkdir(parents=True)
    with _named_answers() as names, duckdb.connect(world.warehouse.published_path) as con:
        week_of_marts.build(con, _change, month_of_marts.MONTH_DDL)
        _complete(con)
        for model, rows in _more(week_of_marts.response_id("mofcom page")).items():
            _add(con, model, rows)
        week, root, beside = (
            Week.parse(WEEK),
            world.settings.published_reports,
            Beside(site_url=URL),
        )
        brief = Issue(week, AS_OF, "1a2b3c4d", sandbox=True)
        produce(con, load_marts(con, WEEK), brief, root, beside)
        monthly = replace(brief, frame=MONTHLY, of=MONTH)
        produce(con, load_month(con, MONTH, week, ()), monthly, root, beside)
    for name in names:
        _keep(world, name)
    weekly = world.settings.published_reports / "weekly"
    copy_issue(weekly / WEEK, weekly / BEFORE, Week.parse(BEFORE).end)
    return world


def _keep(world: World, name: str) -> None:
    world.archive.keep(
        Request("comtrade", name, f"https://example.org/{name.replace(' ', '/')}"),
        name.encode(),
        status=200,
        headers={},
        mode="sandbox",
        attempts=1,
        fetched_at=datetime(2026, 2, 15, 4, tzinfo=UTC),
    )


def _complete(con: duckdb.DuckDBPyConnection) -> None:
    """Give every mart the columns of its contract that the fixture rows do without."""
    for model in PROJECT.models.values():
        if model.layer == "marts":
            con.execute(f"create table if not exists {model.relation} (week VARCHAR)")
            for name, kind in model.stored_columns.items():
                con.execute(
                    f'alter table {model.relation} add column if not exists "{name}" {kind}'
                )


def _add(con: duckdb.DuckDBPyConnection, model: str, rows: Iterable[dict[str, Any]]) -> None:
    contract = PROJECT.model(model).contract
    con.execute(f"delete from marts.{model}")
    con.execute("delete from marts.facts where model = ?", [model])
    stored = {name for name, *_ in con.execute(f"describe marts.{model}").fetchall()}
    for row in rows:
        tail = {
            "week": WEEK,
            "coverage": "2026-02-15",
            "vintage": "observed",
            "is_reconstructed": False,
        }
        full = {name: value for name, value in (tail | row).items() if name in stored}
        names = ", ".join(f'"{name}"' for name in full)
        marks = ", ".join("?" for _ in full)
        con.execute(f"insert into marts.{model} ({names}) values ({marks})", list(full.values()))
        key = "|".join(grain_text(row.get(name)) for name in contract.grain)
        for column in contract.columns:
            value = row.get(column.name)
            if column.fact and column.name not in contract.grain and value is not None:
                number = isinstance(value, (int, float))
                con.execute(
                    "insert into marts.facts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [WEEK, f"{model}:{key}:{column.name}", model, key, column.name, column.unit or "",
                     float(value) if number else None, str(value) if number else None, None if number else str(value),
                     "2026-02-15", "observed", bool(row.get("is_reconstructed")), row["response_ids"]],
                )  # fmt: skip
