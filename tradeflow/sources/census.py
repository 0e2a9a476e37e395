"""US Census: monthly US goods trade with every country, and the five partners' chapters.

Here: what is asked. The keyed API gives dollars: all countries with a control total (`-`), and
HS chapters of the partners the briefing follows; the keyless workbook gives the same months in
million dollars; Schedule C names the country codes. Not here: how each is read
(`census_api.py`, `census_workbook.py`, `census_countries.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from tradeflow.answers import Answer, Credential, Request
from tradeflow.errors import InputError
from tradeflow.reference import us_partners
from tradeflow.releases import newest
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, Total
from tradeflow.sources.census_api import (
    API_COLUMNS,
    API_FLOWS,
    COMMODITY_COLUMNS,
    CONTROL,
    GOODS,
    read_chapters,
    read_totals,
    written_totals,
)
from tradeflow.sources.census_countries import COUNTRY_COLUMNS, read_countries
from tradeflow.sources.census_workbook import COLUMNS as WORKBOOK_COLUMNS
from tradeflow.sources.census_workbook import MONTHS, WORLD, read_workbook

FIRST_MONTH = "2024-01"

API_TABLE = "census__trade_months"
WORKBOOK_TABLE = "census__balance_months"
COUNTRY_TABLE = "census__countries"

_PATHS = {"X": "exports", "M": "imports"}
_KEY_SETTING = "census_api_key"
_WORKBOOK_LETTERS = {"X": "E", "M": "I"}


class Census(Source):
    """`timeseries/intltrade/{exports,imports}/hs`, the balance workbook, the list of countries.

    Totals are asked first. Their answer calls for the chapters, with the totals these must add
    up to written into the question: chapters are judged by themselves, and asked again only
    when a total has changed or a month is new.
    """

    name = "census"
    group = "us_trade_census"
    parser_version = "2"
    tables: Mapping[str, tuple[str, ...]] = {
        API_TABLE: API_COLUMNS,
        WORKBOOK_TABLE: (*WORKBOOK_COLUMNS, "is_reconstructed_months"),
        COUNTRY_TABLE: COUNTRY_COLUMNS,
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """The workbook, the country list, and one open-ended API call per flow.

        The API call names no last month, so it stays the same question when a month is added;
        the month it must reach, by the release calendar, is in `about`. It names no commodity
        either: that is the total. Without a key it is asked all the same, without one: the
        source's refusal then says what the week lacks.

        Raises:
            InputError: nothing was public by `as_of`.
        """
        last = newest(self.name, as_of)
        if last is None:
            raise InputError(f"the release calendar has nothing of census public by {as_of}")
        return [
            workbook_request(settings.census_site_url),
            _countries_request(settings.census_site_url),
            *(_totals_request(settings, flow, last) for flow in API_FLOWS),
        ]

    def parse(self, answer: Answer) -> Parsed:
        """Rows as sent.

        Raises:
            IncompleteAnswer: no rows, a month missing, no control total, countries that do not
                add up to it, or chapters that do not add up to their partner's total.
            ChangedShape: other columns, values that are no integers, a key twice, rows that
                were not asked for.
            KeyRejected: the refusal of a missing or wrong key, whatever its status says.
        """
        match answer.request.context.get("kind"):
            case "workbook":
                return Parsed({WORKBOOK_TABLE: read_workbook(answer, self.tables[WORKBOOK_TABLE])})
            case "countries":
                return Parsed({COUNTRY_TABLE: read_countries(answer)})
            case "chapters":
                return Parsed({API_TABLE: read_chapters(answer)})
            case _:
                return Parsed({API_TABLE: read_totals(answer)})

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        """The chapters of the partners and of all countries, once their totals are known."""
        if answer.request.context.get("kind") != "totals":
            return []
        months = parsed.tables[API_TABLE]
        codes = [partner.census_code for partner in us_partners() if partner.census_code]
        return [
            _chapters_request(answer.request, code, months.filter(pl.col("cty_code") == code))
            for code in (*codes, CONTROL)
        ]

    def leads_on(self, request: Request) -> bool:
        return request.context.get("kind") == "totals"

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        """Sum and rows of each closed year: the world's and the followed partners', by flow.

        Keys read `5700 X 2024`, chapters `5700 X 2024 HS2`; `-` is the world, whose rows count
        the countries' rows too. Other countries are small enough to be revised by any share.
        """
        found: dict[str, Total] = {}
        for table, frame in parsed.tables.items():
            if table == API_TABLE:
                found |= _api_totals(frame)
            elif table == WORKBOOK_TABLE:
                found |= _workbook_totals(frame)
        return found

    def may_fail(self, request: Request) -> bool:
        """Everything but the workbook: without key or API the layer stands on the workbook."""
        return request.context.get("kind") != "workbook"

    def stands(self, request: Request) -> bool:
        """Chapters stand as long as no total they must add up to has changed."""
        return request.context.get("kind") == "chapters"


def workbook_request(site_url: str) -> Request:
    """The question the balance workbook answers, fetched or handed over as a file."""
    return Request(
        source="census",
        label="balance workbook of all countries (country.xlsx)",
        url=f"{site_url}/foreign-trade/balance/country.xlsx",
        group="workbook",
        about=(("kind", "workbook"),),
    )


def _countries_request(site_url: str) -> Request:
    return Request(
        source="census",
        label="Schedule C, the list of country codes (country.txt)",
        url=f"{site_url}/foreign-trade/schedules/c/country.txt",
        group="countries",
        about=(("kind", "countries"),),
    )


def _totals_request(settings: Settings, flow: str, last: str) -> Request:
    keyed = settings.census_api_key is not None
    return Request(
        source="census",
        label=f"US {_PATHS[flow]} by country from {FIRST_MONTH}, and through it their chapters"
        + ("" if keyed else f", asked without {_KEY_SETTING.upper()}"),
        url=f"{settings.census_api_url}/data/timeseries/intltrade/{_PATHS[flow]}/hs",
        params=(
            ("get", f"CTY_CODE,CTY_NAME,{API_FLOWS[flow]},SUMMARY_LVL"),
            ("time", f"from {FIRST_MONTH}"),
        ),
        credential=Credential("query", "key", _KEY_SETTING) if keyed else None,
        group=f"totals-{flow}",
        about=(("kind", "totals"), ("flow", flow), ("first", FIRST_MONTH), ("last", last)),
    )


def _chapters_request(totals: Request, code: str, months: pl.DataFrame) -> Request:
    flow = totals.context["flow"]
    whom = "all countries" if code == CONTROL else f"country {code}"
    return Request(
        source="census",
        label=f"US {_PATHS[flow]} of HS chapters, {whom}, from {FIRST_MONTH}",
        url=totals.url,
        params=(
            ("get", f"CTY_NAME,{COMMODITY_COLUMNS[flow]},{API_FLOWS[flow]}"),
            ("time", f"from {FIRST_MONTH}"),
            ("COMM_LVL", "HS2"),
            ("CTY_CODE", code),
        ),
        credential=totals.credential,
        group=f"chapters-{flow}-{code}",
        about=(
            ("kind", "chapters"),
            ("flow", flow),
            ("country", code),
            ("totals", written_totals(months)),
        ),
    )


def _followed() -> set[str]:
    return {CONTROL, *(p.census_code for p in us_partners() if p.census_code)}


def _api_totals(frame: pl.DataFrame) -> dict[str, Total]:
    world_rows = frame.filter(pl.col("commodity") == GOODS).group_by("flow", "year").len()
    rows_of = {(flow, year): count for flow, year, count in world_rows.iter_rows()}
    found: dict[str, Total] = {}
    sums: dict[tuple[str, str, str, bool], list[tuple[str, Decimal]]] = {}
    wanted = frame.filter(pl.col("cty_code").is_in(sorted(_followed())))
    for code, flow, year, month, commodity, value in wanted.select(
        "cty_code", "flow", "year", "month", "commodity", "value_usd"
    ).iter_rows():
        key = code, flow, year, commodity != GOODS
        sums.setdefault(key, []).append((month, Decimal(value)))
    for (code, flow, year, is_chapters), cells in sums.items():
        if len({month for month, _ in cells}) < len(MONTHS):
            continue
        rows = rows_of[flow, year] if code == CONTROL and not is_chapters else len(cells)
        suffix = " HS2" if is_chapters else ""
        found[f"{code} {flow} {year}{suffix}"] = Total(_sum(v for _, v in cells), rows)
    return found


def _workbook_totals(frame: pl.DataFrame) -> dict[str, Total]:
    found: dict[str, Total] = {}
    world = {
        row["year"]: row for row in frame.filter(pl.col("CTY_CODE") == WORLD).iter_rows(named=True)
    }
    counts = dict(frame.group_by("year").len().iter_rows())
    codes = {WORLD, *_followed()}
    for row in frame.filter(pl.col("CTY_CODE").is_in(sorted(codes))).iter_rows(named=True):
        year, is_world = row["year"], row["CTY_CODE"] == WORLD
        for flow, letter in _WORKBOOK_LETTERS.items():
            if year not in world or Decimal(world[year][f"{letter}DEC"]) == 0:
                continue
            value = _sum(Decimal(row[f"{letter}{month}"]) for month in MONTHS)
            code = CONTROL if is_world else row["CTY_CODE"]
            found[f"{code} {flow} {year}"] = Total(value, counts[year] if is_world else 1)
    return found


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))
