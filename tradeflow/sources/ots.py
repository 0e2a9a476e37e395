"""Open Trade Statistics: yearly trade of the six reporters, a second view of Comtrade's records.

The service is a community's and often down; every request may fail and the layer then stands
without rows. Values stay text and a value that is null stays null. Not here: what a flow means
beside Comtrade's (`int_pair_flows__ots`).

Protocol and names of fields: the client of the same project, rOpenSci's `tradestatistics`
(`yr?y=&r=`, `yrp?y=&r=&p=`, `yrc?y=&r=&c=`), and answers recorded with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tradeflow.answers import Answer, Request
from tradeflow.reference import reporters
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, Total, flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, PermanentError
from tradeflow.sources.reading import as_text, read_json

TABLE = "ots__flows"
FIRST_YEAR = 2022
ALL = "all"
"""The service's own word for every partner or every commodity."""

_TAIWAN = "e-490"
"""The service lists no `twn`: Taiwan's trade stands under Comtrade's 490, "Other Asia, nes"."""
_PRODUCT = ("commodity_code", "product_code")
"""Today's name and that of the service's first years."""
_ECHO = {"y": ("year",), "r": ("reporter_iso",), "p": ("partner_iso",), "c": _PRODUCT}
"""Parameter → the fields that must repeat it."""
_VALUES = ("trade_value_usd_exp", "trade_value_usd_imp")
_IGNORED = frozenset({"section_code"})
_NOTHING = "observation"
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


class OpenTradeStatistics(Source):
    """`yr`, `yrp` and `yrc`: totals, all partners and all commodities of a reporter and year."""

    name = "ots"
    group = "open_trade_stats"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {
        TABLE: (
            "endpoint",
            "year",
            "reporter_iso3",
            "partner_iso3",
            "product_code",
            *_VALUES,
            "is_reconstructed",
        )
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """Reporter × year × endpoint, 2022 to the newest year public at `as_of`.

        Partners and commodities are asked as `all`, one call each: a pair at a time would be
        some five hundred calls to a service that struggles with a few.
        """
        years = range(FIRST_YEAR, int(newest_to_ask(self.name, as_of)) + 1)
        return [
            _request(settings, endpoint, reporter.iso3, str(year))
            for reporter in reporters()
            for year in years
            for endpoint in ("yr", "yrp", "yrc")
        ]

    def parse(self, answer: Answer) -> Parsed:
        """One row per reporter, partner or commodity; no rows where the service has none.

        Nothing found comes as one row that repeats the filters and has an `observation` in
        place of values. A value may be null or left out of its row; both are null here.

        Raises:
            PermanentError: the service's error object, its text alone or in a list.
            IncompleteAnswer: an empty list, which says neither values nor nothing found.
            ChangedShape: other fields than agreed, a filter that was not applied, a key twice.
        """
        request = answer.request
        rows = _rows(answer)
        for row in rows:
            _check_echo(request, row)
        if any(_NOTHING in row for row in rows):
            _check_nothing(request, rows)
            rows = []
        present = {field for row in rows for field in row}
        read = [self._row(answer, row, present) for row in rows]
        keys = [row[1:5] for row in read]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            name = "/".join(part for part in twice if part)
            raise ChangedShape(request, "data", "one row per key", f"{name} twice")
        return Parsed({TABLE: text_frame(self.tables[TABLE], read)})

    def leads_on(self, request: Request) -> bool:
        return False

    def may_fail(self, request: Request) -> bool:
        """Always: the layer is optional and says so when it has nothing."""
        return True

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        """Exports (X) and imports (M) of a reporter and year, by endpoint: `USA X 2023 yrp`."""
        found: dict[str, Total] = {}
        for row in parsed.tables[TABLE].to_dicts():
            for flow, field in (("X", _VALUES[0]), ("M", _VALUES[1])):
                if row[field] is not None:
                    reporter = row["reporter_iso3"].upper()
                    key = f"{reporter} {flow} {row['year']} {row['endpoint']}"
                    known = found.get(key, Total(Decimal(0), 0))
                    found[key] = Total(known.value + Decimal(row[field]), known.rows + 1)
        return found

    def _row(
        self, answer: Answer, row: Mapping[str, Any], present: set[str]
    ) -> tuple[str | None, ...]:
        request = answer.request
        endpoint = request.context["endpoint"]
        keys = ["year", "reporter_iso"]
        if endpoint == "yrp":
            keys.append("partner_iso")
        if endpoint == "yrc":
            keys.append(next((name for name in _PRODUCT if name in row), _PRODUCT[0]))
        # R's JSON writer leaves a missing value out of its row; a column nobody has was renamed.
        left_out = present.intersection(_VALUES) if present.intersection(_VALUES, row) else set()
        _check_fields(request, {**dict.fromkeys(left_out), **row}, (*keys, *_VALUES))
        values = [_value(request, field, row.get(field)) for field in _VALUES]
        texts = [_text(request, key, row[key]) for key in keys]
        year, reporter = texts[:2]
        partner = texts[2] if endpoint == "yrp" else None
        product = texts[2] if endpoint == "yrc" else None
        marked = answer.marks.covers(period=year, partner=partner or "")
        return endpoint, year, reporter, partner, product, *values, flag(marked)


def ots_code(iso3: str) -> str:
    """The service's code of an economy: ISO 3166 alpha-3 in lower case, Taiwan as `e-490`."""
    return _TAIWAN if iso3 == "TWN" else iso3.lower()


def _request(settings: Settings, endpoint: str, iso3: str, year: str) -> Request:
    more = {"yr": (), "yrp": (("p", ALL),), "yrc": (("c", ALL),)}[endpoint]
    of_what = {"yr": "total", "yrp": "all partners", "yrc": "all commodities"}[endpoint]
    return Request(
        source="ots",
        label=f"trade of {iso3} in {year}, {of_what}",
        url=f"{settings.ots_url}/{endpoint}",
        params=(("y", year), ("r", ots_code(iso3)), *more),
        about=(("endpoint", endpoint),),
    )


def _rows(answer: Answer) -> list[Mapping[str, Any]]:
    request = answer.request
    stated = read_json(answer)
    if isinstance(stated, dict) and "error" in stated:
        said = stated["error"]
        text = "; ".join(map(str, said)) if isinstance(said, list) else said
        raise PermanentError(request, "body", "rows", f"error {text}")
    if not isinstance(stated, list) or not all(isinstance(row, dict) for row in stated):
        raise ChangedShape(request, "body", "a list of rows", str(stated)[:80])
    if not stated:
        raise IncompleteAnswer(request, "data", "rows, or a row saying there are none", "no rows")
    return stated


def _check_echo(request: Request, row: Mapping[str, Any]) -> None:
    for parameter, asked in request.params:
        names = _ECHO[parameter]
        name = next((name for name in names if name in row), None)
        if name is None:
            raise ChangedShape(request, names[0], "present", f"absent among {', '.join(row)}")
        # Some versions of the service send the year as a number, some as text.
        if asked != ALL and _text(request, name, row[name]) != asked:
            raise ChangedShape(request, name, f"{asked}, as asked", row[name])


def _check_nothing(request: Request, rows: list[Mapping[str, Any]]) -> None:
    if len(rows) > 1 or any(field in rows[0] for field in _VALUES):
        raise ChangedShape(
            request, _NOTHING, "one row without values", f"{len(rows)} rows, values among them"
        )


def _check_fields(request: Request, row: Mapping[str, Any], agreed: tuple[str, ...]) -> None:
    missing = [field for field in agreed if field not in row]
    added = [field for field in row if field not in agreed and field not in _IGNORED]
    if missing or added:
        raise ChangedShape(
            request,
            (missing or added)[0],
            f"the fields {', '.join(agreed)}",
            f"missing: {', '.join(missing) or 'none'}; new: {', '.join(added) or 'none'}",
        )


def _text(request: Request, field: str, value: Any) -> str:
    try:
        text = as_text(value)
    except TypeError as error:
        raise ChangedShape(request, field, "a code", error) from error
    if not text:
        raise ChangedShape(request, field, "a code", value)
    return text


def _value(request: Request, field: str, value: Any) -> str | None:
    if value is None:
        return None
    if not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ChangedShape(request, field, "a number or null", value)
    return value
