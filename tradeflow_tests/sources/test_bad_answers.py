"""Promise 3 for every source: a bad answer never replaces a good partition.

A layer is answered well once; then, week after week, one of its requests is answered badly in one
way. The partition must rest on the same answers as before, the request must be marked as carried
forward, and the quarantine must hold the bad body with a reason that names source and field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import httpx
import pytest

from tradeflow.answers import Answer, Request
from tradeflow.ingest import Ingest
from tradeflow.periods import Week
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Mode, Settings
from tradeflow.sources.base import Parsed, Source, Total
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse
from tradeflow_tests.sources.spoiling import ADDED, WAYS, Body

AS_OF = date(2026, 2, 8)
NOW = datetime(2027, 6, 1, tzinfo=UTC)
ANOTHER_QUESTION = "answer to another question"

Belongs = Callable[[Request], bool]


@dataclass(frozen=True)
class Case:
    """One kind of answer of one source."""

    keep: Belongs
    """The requests the week is cut down to; those its audits need are among them."""
    target: Belongs
    """The one of them that goes bad."""
    field: str
    number: str
    other: Callable[[httpx.Request], httpx.Request] | None = None
    """A question whose answer comes instead, as if a filter were ignored; None without filter."""
    harmless: Mapping[str, str] = field(default_factory=dict)
    """Ways this answer may go without harm, each with the reason; its rows stay the same."""
    impossible: frozenset[str] = frozenset()
    """Ways this answer cannot go."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What the reason names instead of the field, by way."""

    def names(self, way: str, *, is_json: bool) -> str:
        """What the reason of a changed shape must name."""
        usual = {
            "field added": ADDED,
            "field retyped": self.field if is_json else self.number,
        }
        return self.named.get(way, usual.get(way, self.field)).casefold()


def about(**context: str) -> Belongs:
    """Requests whose `about` says so."""
    return lambda request: all(request.context.get(name) == said for name, said in context.items())


def either(*belongs: Belongs) -> Belongs:
    return lambda request: any(one(request) for one in belongs)


def asked(**params: str) -> Belongs:
    return lambda request: all(
        dict(request.params).get(name) == said for name, said in params.items()
    )


def both(*belongs: Belongs) -> Belongs:
    return lambda request: all(one(request) for one in belongs)


def instead(**params: str) -> Callable[[httpx.Request], httpx.Request]:
    """The same question with other parameters."""

    def other(request: httpx.Request) -> httpx.Request:
        url = request.url
        for name, value in params.items():
            url = url.copy_set_param(name, value)
        return httpx.Request(request.method, url, headers=request.headers)

    return other


def first_page(request: httpx.Request) -> httpx.Request:
    form = re.sub(rb"pageNumber=\d+", b"pageNumber=1", request.content)
    headers = {k: v for k, v in request.headers.items() if k != "content-length"}
    return httpx.Request("POST", request.url, headers=headers, content=form)


RELEASES = about(kind="releases")
FLOW = asked(reporterCode="490", flowCode="X", period="2024", cmdCode="TOTAL")
PAGE_OF_15 = about(kind="column", column="15")
CHAPTERS = about(kind="chapters", flow="X", country="5830")
NOTICE = "1170.html"
ROWLESS = frozenset(("field added", "field retyped", "not a number", "row twice", "half the rows"))

CASES: dict[str, dict[str, Case]] = {
    "comtrade": {
        "flows": Case(
            either(RELEASES, FLOW), both(FLOW, about(scope="total")), "partnerCode", "primaryValue",
            other=instead(flowCode="M"),
        ),
        "world": Case(
            either(RELEASES, FLOW), both(FLOW, about(scope="total_world")),
            "partnerCode", "primaryValue", other=instead(period="2023"),
            impossible=frozenset(("half the rows",)),
        ),
        "releases": Case(
            RELEASES, RELEASES, "lastReleased", "reporterCode",
            other=instead(reporterCode="36"),
        ),
        "reporters": Case(about(kind="reporters"), about(kind="reporters"), "text", "id"),
        "partners": Case(about(kind="partners"), about(kind="partners"), "text", "id"),
        "commodities": Case(
            about(kind="commodities"), about(kind="commodities"), "parent", "aggrLevel"
        ),
    },
    "census": {
        "months": Case(
            about(kind="totals", flow="X"), about(kind="totals", flow="X"),
            "CTY_NAME", "ALL_VAL_MO", other=instead(time="from 2021-01 to 2021-12"),
        ),
        "chapters": Case(
            either(about(kind="totals", flow="X"), CHAPTERS), CHAPTERS,
            "E_COMMODITY", "ALL_VAL_MO", other=instead(CTY_CODE="5880"),
        ),
        "workbook": Case(
            about(kind="workbook"), about(kind="workbook"), "CTYNAME", "IJAN",
            impossible=frozenset(("another charset",)),
        ),
        "countries": Case(
            about(kind="countries"), about(kind="countries"), "Name", "Code",
            named={"field added": "heading", "field retyped": "line"},
        ),
    },
    "worldbank": {
        "indicator": Case(
            about(indicator="NY.GDP.MKTP.CD"), about(indicator="NY.GDP.MKTP.CD"),
            "countryiso3code", "value", other=instead(date="2015:2019"),
        ),
    },
    "ots": {
        "partners": Case(
            asked(y="2024", r="usa", p="all"), asked(y="2024", r="usa", p="all"),
            "partner_iso", "trade_value_usd_exp", other=instead(r="jpn"),
        ),
    },
    "mofcom": {
        "listing": Case(
            PAGE_OF_15, both(PAGE_OF_15, about(page="2")), "publishTimeStr", "total",
            other=first_page,
            harmless={"field added": "the site's records have more fields than are read"},
        ),
        "announcements": Case(
            about(kind="announcements"), about(kind="announcements"), "html", "code",
            harmless={
                "field added": "the gateway's envelope has more fields than are read",
                "not a number": "no number of the envelope is read",
            },
            impossible=frozenset(("row twice", "half the rows")),
        ),
        "page": Case(
            either(PAGE_OF_15, lambda r: r.url.endswith(NOTICE)), lambda r: r.url.endswith(NOTICE),
            "art-con", "", impossible=ROWLESS,
        ),
    },
    "usgs": {
        "edition": Case(
            about(kind="edition"), about(kind="edition"), "COUNTRY", "PROD_EST_ 2024",
            other=instead(name="MCS2024_World_Data.csv"),
            named={"field retyped": "production of 2024"},
        ),
        "catalogue": Case(
            about(kind="catalogue"), about(kind="catalogue"), "title", "total",
            harmless={
                "field added": "the catalogue's items have more fields than are read",
                "row twice": "an edition listed twice is asked for once",
                "half the rows": "an edition not listed is asked for when it is listed again",
            },
        ),
    },
}  # fmt: skip


class Only(Source):
    """A source cut down to some of its requests, none of which stands from week to week."""

    def __init__(self, inner: Source, keep: Belongs) -> None:
        self._inner, self._keep = inner, keep
        self.name, self.group, self.tables = inner.name, inner.group, inner.tables
        self.parser_version = inner.parser_version

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        return list(filter(self._keep, self._inner.requests(AS_OF, settings)))

    def parse(self, answer: Answer) -> Parsed:
        return self._inner.parse(answer)

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        return list(filter(self._keep, self._inner.follow(answer, parsed)))

    def audit(self, group: str, parsed: Mapping[Request, Parsed]) -> None:
        self._inner.audit(group, parsed)

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        return self._inner.totals(parsed)

    def may_fail(self, request: Request) -> bool:
        return self._inner.may_fail(request)


@dataclass
class Spoiled(httpx.BaseTransport):
    """The sandbox on one day, with the answers to one request replaced."""

    request: Request | None = None
    answer: httpx.Response | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.answer is None or not self._is_target(request):
            return SandboxTransport(AS_OF).handle_request(request)
        return httpx.Response(
            self.answer.status_code, headers=self.answer.headers, content=self.answer.content
        )

    def _is_target(self, request: httpx.Request) -> bool:
        target = self.request
        assert target is not None
        asked = {k: v for k, v in request.url.params.multi_items() if k != "key"}
        form = httpx.Request("POST", target.url, data=dict(target.form)).content
        return (
            str(request.url.copy_with(query=None)) == target.url
            and asked == dict(target.params)
            and (not target.form or request.read() == form)
        )


class Bench:
    """A world in which one kind of answer was good once."""

    def __init__(self, name: str, case: Case, home: Path) -> None:
        settings = Settings(
            _env_file=None, home=home, sources=Mode.SANDBOX, census_api_key="sandbox"
        )
        self.source, self.case = Only(SOURCES[name], case.keep), case
        self.archive = Archive(home / "archive")
        self.warehouse = Warehouse(home / "warehouse.duckdb", 20)
        self.server = Spoiled()
        self.ingest = Ingest(
            settings, self.archive, self.warehouse, lambda: NOW, lambda _as_of: self.server
        )
        self._weeks = _weeks()
        self.newest = self.next_week()
        manifest = self.archive.manifest(name, self.newest)
        assert manifest is not None
        entries = [entry for entry in manifest.entries if case.target(entry.request)]
        assert len(entries) == 1, [entry.request.label for entry in entries]
        self.target = entries[0].request
        self.good = self.archive.answer(entries[0])

    def next_week(self, answer: httpx.Response | None = None) -> Week:
        """Ingest one more week, with `answer` in place of the target's."""
        week = next(self._weeks)
        self.server.request, self.server.answer = getattr(self, "target", None), answer
        self.ingest.layer_week(self.source, week)
        self.newest = week
        return week

    def spoilt(self, way: str) -> bytes | None:
        return WAYS[way](Body(self.good.body, self.case.field, self.case.number))

    def elsewhere(self) -> httpx.Response:
        """The good answer to another question."""
        assert self.case.other is not None
        asked = httpx.Request(
            self.target.method,
            self.target.url,
            params=self.target.params or None,
            data=dict(self.target.form) or None,
            headers=dict(self.target.headers),
        )
        asked.read()
        sent = self.case.other(asked)
        if self.target.credential is not None:
            sent.url = sent.url.copy_set_param(self.target.credential.name, "sandbox")
        return SandboxTransport(AS_OF).handle_request(sent)

    def partition(self, week: Week) -> list[tuple]:
        return self.query(
            "select label, response_id from raw.snapshot where week = ? order by all", week.key
        )

    def rows(self, week: Week) -> list[tuple]:
        found: list[tuple] = []
        for table in self.source.tables:
            found += self.query(
                f"select * exclude (response_id) from raw.{table} where response_id in"
                " (select response_id from raw.snapshot where week = ?) order by all",
                week.key,
            )
        return found

    def query(self, sql: str, *values: str) -> list[tuple]:
        with self.warehouse.connect("look") as con:
            return con.execute(sql, list(values)).fetchall()


def _weeks() -> Iterator[Week]:
    week = Week.containing(AS_OF)
    while True:
        yield week
        week = week.next()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Bench]:
    """`bench(source, case)`, made once."""

    @cache
    def made(name: str, case: str) -> Bench:
        return Bench(name, CASES[name][case], tmp_path_factory.mktemp(f"{name}-{case}"))

    return made


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_its_row_in_the_matrix(name: str) -> None:
    assert CASES.get(name), f"source {name} has no entry in CASES"


EVERY = [
    pytest.param(name, case, way, id=f"{name}-{case}-{way}")
    for name in SOURCES
    for case, stated in CASES.get(name, {}).items()
    for way in [*WAYS, *([ANOTHER_QUESTION] if stated.other else [])]
    if way not in stated.impossible
]


@pytest.mark.parametrize(("name", "case", "way"), EVERY)
def test_a_bad_answer_never_replaces_a_good_partition(
    bench: Callable[[str, str], Bench], name: str, case: str, way: str
) -> None:
    one = bench(name, case)
    if way == ANOTHER_QUESTION:
        bad = one.elsewhere()
    else:
        body = one.spoilt(way)
        assert body is not None, f"{case} cannot go bad in the way {way!r}: state it as impossible"
        kind = one.good.receipt.headers.get("content-type", "")
        status = 204 if way == "no content" else 200
        bad = httpx.Response(status, headers={"content-type": kind}, content=body)
    assert bad.content != one.good.body
    before, week = one.newest, one.next_week(bad)
    if way in one.case.harmless:
        assert one.rows(week) == one.rows(before)
        return
    assert one.partition(week) == one.partition(before)
    carried = one.query(
        "select label from raw.snapshot where week = ? and carried_forward", week.key
    )
    assert (one.target.label,) in carried
    refused = [
        (entry, reason)
        for entry, reason in one.archive.quarantined(name)
        if one.archive.body(entry.response_id) == bad.content
        and entry.request.key == one.target.key
    ]
    assert refused
    reason = refused[-1][1]
    assert reason.startswith(f"{name}: ")
    assert "\n" not in reason
    noted = one.query("select reason from ops.quarantine where week = ?", week.key)
    assert (reason,) in noted
    if way.startswith("field "):
        assert (
            one.case.names(way, is_json=Body(one.good.body, "", "").kind == "json")
            in reason.casefold()
        )


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name in SOURCES for case in CASES.get(name, {})]
)
def test_a_wrong_charset_in_the_header_does_no_harm(
    bench: Callable[[str, str], Bench], name: str, case: str
) -> None:
    """Promise 18: the bytes decide."""
    one = bench(name, case)
    headers = {"content-type": "text/html; charset=gb2312"}
    before = one.newest
    week = one.next_week(httpx.Response(200, headers=headers, content=one.good.body))
    assert one.rows(week) == one.rows(before)
    assert (
        one.query("select * from raw.snapshot where week = ? and carried_forward", week.key) == []
    )
