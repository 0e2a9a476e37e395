"""MOFCOM week after week: what is asked again, and what a page that vanished changes: nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from tradeflow.periods import Week
from tradeflow.policy.store import extract_new_pages
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Mode, Settings
from tradeflow.sources.registry import SOURCES
from tradeflow.world import World

MOFCOM = SOURCES["mofcom"]
W4, W5, W6, W7, W8 = (Week(2026, number) for number in (4, 5, 6, 7, 8))
NOTICE = "/article/zcfg/gnzcfg/zcfggzqd/202510/1171.html"
"""Announcement 61 of 2025, which also stands on the ministry's host."""
NOT_FOUND = "<html><body><p>您访问的页面不存在</p></body></html>"

Rows = list[dict]


@dataclass
class Site(httpx.BaseTransport):
    """The sandbox's two hosts with a test's changes to what they list and to single pages."""

    as_of: date
    asked: list[str] = field(default_factory=list)
    relist: Callable[[Rows], Rows] = list
    pages: dict[str, httpx.Response] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, form = request.url.path, dict(parse_qsl(request.read().decode()))
        self.asked.append(f"column {form['columnID']}/{form['pageNumber']}" if form else path)
        if path in self.pages:
            stated = self.pages[path]
            return httpx.Response(stated.status_code, content=stated.content)
        return self._listed(request, form) if form else self._sandbox(request)

    def _listed(self, request: httpx.Request, form: dict[str, str]) -> httpx.Response:
        rows, page, pages = [], 1, 1
        while page <= pages:
            asked = form | {"pageNumber": str(page)}
            headers = {k: v for k, v in request.headers.items() if not k.startswith("content-")}
            one = self._sandbox(httpx.Request("POST", request.url, data=asked, headers=headers))
            info = json.loads(one.content)["pageInfo"]
            rows, page, pages = [*rows, *info["rows"]], page + 1, info["maxPageNum"]
        rows, size, number = self.relist(rows), info["pageSize"], int(form["pageNumber"])
        stated = {"pageNumber": number, "total": len(rows), "maxPageNum": -(-len(rows) // size)}
        shown = rows[(number - 1) * size : number * size]
        return httpx.Response(200, json={"pageInfo": info | stated | {"rows": shown}})

    def _sandbox(self, request: httpx.Request) -> httpx.Response:
        return SandboxTransport(self.as_of).handle_request(request)


class Weeks:
    """One world in which weeks of MOFCOM are ingested and read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.site = Site(date(2026, 1, 1))
        world.open_transport = self._open  # type: ignore[method-assign]

    def _open(self, as_of: date) -> Site:
        self.site.as_of = as_of
        return self.site

    def ingest(self, week: Week):
        self.site.asked.clear()
        ingested = self.world.ingest.layer_week(MOFCOM, week)
        with self.world.warehouse.connect("read the pages") as con:
            extract_new_pages(con, week.key)
        return ingested

    def registry(self, week: Week) -> list[tuple]:
        """What is known of each page in a week: address, notice, dates, what it does."""
        return self._query(
            "select url, notice_key, issue_date, category, verb, target_key"
            " from policy.documents left join policy.actions using (response_id, row_number)"
            " semi join (from raw.snapshot where week = ?) using (response_id) order by all",
            week,
        )

    def carried(self, week: Week) -> list[str]:
        """What is asked of the answers that are named for review as an earlier week's."""
        select = "select label from raw.snapshot where week = ? and carried_forward order by 1"
        return [label for (label,) in self._query(select, week)]

    def _query(self, sql: str, week: Week) -> list[tuple]:
        with self.world.warehouse.connect("look") as con:
            return con.execute(sql, [week.key]).fetchall()


def weeks_in(home: Path) -> Weeks:
    settings = Settings(_env_file=None, home=home, sources=Mode.SANDBOX)
    return Weeks(World(settings, clock=lambda: datetime(2026, 3, 10, tzinfo=UTC)))


@pytest.fixture
def weeks(settings: Settings) -> Iterator[Weeks]:
    yield weeks_in(settings.home)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    """A world that knows week 6 of an unchanged site; only to be copied."""
    weeks = weeks_in(tmp_path_factory.mktemp("first"))
    weeks.ingest(W6)
    return weeks


@pytest.fixture
def begun(first: Weeks, settings: Settings) -> Iterator[Weeks]:
    """A world of the test's own that knows week 6."""
    shutil.copytree(first.world.settings.home, settings.home, dirs_exist_ok=True)
    yield weeks_in(settings.home)


def retitled(rows: Rows) -> Rows:
    """Announcement 61 is listed under another title, so its page is asked for again."""
    return [r | {"title": "公告2025年第61号"} if r["url"] == NOTICE else r for r in rows]


def unlisted(rows: Rows) -> Rows:
    return [row for row in rows if row["url"] != NOTICE]


def test_a_quiet_week_asks_the_first_pages_alone(first: Weeks, begun: Weeks) -> None:
    assert {"column 15/1", "column 15/2", NOTICE} <= set(first.site.asked)
    begun.ingest(W7)
    assert sorted(begun.site.asked) == [
        "/api-gateway/jpaas-publish-server/front/page/build/unit",
        *(f"column {column}/1" for column in ("1", "13", "14", "15", "2")),
    ]
    assert begun.registry(W7) == begun.registry(W6)
    assert begun.carried(W7) == []


def test_the_first_week_of_a_month_walks_all_listings_and_no_unchanged_page(weeks: Weeks) -> None:
    """Week 5 ends on the first of February."""
    weeks.ingest(W4)
    weeks.ingest(W5)
    assert "column 15/2" in weeks.site.asked
    assert not [path for path in weeks.site.asked if path.endswith(".html")]


def test_a_new_link_starts_a_walk_and_its_page_alone_is_asked(weeks: Weeks) -> None:
    weeks.site.relist = unlisted
    weeks.ingest(W6)
    weeks.site.relist = list
    weeks.ingest(W7)
    assert "column 15/2" in weeks.site.asked
    assert [path for path in weeks.site.asked if path.endswith(".html")] == [NOTICE]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="not found"),
        httpx.Response(200, text=NOT_FOUND),
        httpx.Response(200, text=""),
    ],
    ids=["404", "error text with 200", "nothing"],
)
def test_a_listed_page_that_is_gone_changes_nothing_and_is_named(
    begun: Weeks, answer: httpx.Response
) -> None:
    """A vanished page is not a repeal."""
    begun.site.relist, begun.site.pages = retitled, {NOTICE: answer}
    begun.ingest(W7)
    assert NOTICE in begun.site.asked
    assert begun.registry(W7) == begun.registry(W6)
    assert begun.carried(W7) == [f"page {NOTICE}"]


def test_a_page_no_longer_listed_changes_nothing_and_is_named(begun: Weeks) -> None:
    """A vanished page is not a repeal, in the first week and in every later one."""
    begun.site.relist = unlisted
    for week in (W7, W8):
        begun.ingest(week)
        assert NOTICE not in begun.site.asked
        assert begun.registry(week) == begun.registry(W6)
        assert begun.carried(week) == [f"page {NOTICE}"]


def test_a_page_that_is_listed_again_is_an_ordinary_one(begun: Weeks) -> None:
    begun.site.relist = unlisted
    begun.ingest(W7)
    begun.site.relist = list
    begun.ingest(W8)
    assert begun.carried(W8) == []
    assert begun.registry(W8) == begun.registry(W6)


def test_a_page_that_was_never_to_be_had_is_a_reject_and_no_failure(weeks: Weeks) -> None:
    weeks.site.pages = {NOTICE: httpx.Response(200, text=NOT_FOUND)}
    assert weeks.ingest(W7).unanswered == 1
    assert not [url for url, *_ in weeks.registry(W7) if url.endswith(NOTICE)]


def test_one_notice_under_several_addresses_is_one_notice(weeks: Weeks) -> None:
    """Announcement 61 stands on both hosts, with the year written 2025 and 2025年."""
    weeks.ingest(W7)
    pages = {url for url, notice, *_ in weeks.registry(W7) if notice == "MOFCOM-公告-2025-61"}
    assert {httpx.URL(url).host for url in pages} == {
        "exportcontrol.mofcom.gov.cn",
        "www.mofcom.gov.cn",
    }


def test_a_listing_that_fails_keeps_the_whole_layer_as_it_was(begun: Weeks) -> None:
    """One column short of links: its pages of before stand, together with their articles."""

    def fewer(rows: Rows) -> Rows:
        return [*rows[:3], rows[2], *rows[4:]]

    begun.site.relist = fewer
    begun.ingest(W7)
    assert begun.registry(W7) == begun.registry(W6)
    assert [label for label in begun.carried(W7) if "page 1" in label]
