"""World Bank v2: four yearly indicators of five economies.

Taiwan is not covered by the World Bank and is not asked for; it is never another economy's
number and never 0. Values stay text, a year without a value stays null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from tradeflow.answers import Answer, Request
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, PermanentError
from tradeflow.sources.reading import read_json

INDICATORS = ("NY.GDP.MKTP.KD.ZG", "NY.GDP.MKTP.CD", "NE.TRD.GNFS.ZS", "BN.CAB.XOKA.CD")
ECONOMIES = ("CHN", "DEU", "JPN", "KOR", "USA")
FIRST_YEAR = 2018
TABLE = "worldbank__indicators"

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ROW_FIELDS = ("indicator", "country", "countryiso3code", "date", "value")


class WorldBank(Source):
    """`v2/country/A;B/indicator/X`, one call per indicator."""

    name = "worldbank"
    group = "world_macro_indicators"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {
        TABLE: ("indicator", "iso3", "year", "value", "lastupdated", "is_reconstructed")
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """Each indicator for all economies, 2018 to the newest year public at `as_of`."""
        last = newest_to_ask(self.name, as_of)
        economies = ";".join(ECONOMIES)
        return [
            Request(
                source=self.name,
                label=f"{indicator} of {len(ECONOMIES)} economies, {FIRST_YEAR} to {last}",
                url=f"{settings.worldbank_url}/v2/country/{economies}/indicator/{indicator}",
                params=(("format", "json"), ("date", f"{FIRST_YEAR}:{last}"), ("per_page", "1000")),
                group=indicator,
                about=(
                    ("indicator", indicator),
                    ("economies", economies),
                    ("first", str(FIRST_YEAR)),
                    ("last", last),
                ),
            )
            for indicator in INDICATORS
        ]

    def parse(self, answer: Answer) -> Parsed:
        """One row per economy and year, the value as sent (null where the source has none).

        Raises:
            PermanentError: the source's error list, which it sends with status 200.
            IncompleteAnswer: `total` is not the number of rows, more pages than one, or an
                economy or year is missing.
            ChangedShape: other fields than agreed, or rows that were not asked for.
        """
        request = answer.request
        meta, rows = _split(answer)
        _check_paging(request, meta, rows)
        updated = meta.get("lastupdated")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(updated)):
            raise ChangedShape(request, "lastupdated", "a day", updated)
        read = [_row(request, row) for row in rows]
        _check_set(request, read)
        indicator, marks = request.context["indicator"], answer.marks
        return Parsed(
            {
                TABLE: text_frame(
                    self.tables[TABLE],
                    [
                        (
                            indicator,
                            iso3,
                            year,
                            value,
                            updated,
                            flag(marks.covers(period=year, partner=iso3)),
                        )
                        for iso3, year, value in read
                    ],
                )
            }
        )


def _split(answer: Answer) -> tuple[dict[str, Any], list[Any]]:
    request = answer.request
    stated = read_json(answer)
    if not isinstance(stated, list) or not stated or not isinstance(stated[0], dict):
        raise ChangedShape(request, "body", "[meta, rows]", str(stated)[:80])
    if "message" in stated[0]:
        messages = stated[0]["message"]
        first = messages[0] if isinstance(messages, list) and messages else messages
        got = f"{first.get('id')}: {first.get('value')}" if isinstance(first, dict) else first
        raise PermanentError(request, "body", "rows", f"error {got}")
    if len(stated) != 2 or not isinstance(stated[1], list):
        raise IncompleteAnswer(request, "body", "[meta, rows]", f"{len(stated)} parts, no rows")
    return stated[0], stated[1]


def _check_paging(request: Request, meta: dict[str, Any], rows: list[Any]) -> None:
    for field in ("page", "pages", "per_page", "total"):
        if not str(meta.get(field, "")).isdigit():
            raise ChangedShape(request, field, "a number", meta.get(field, "absent"))
    if int(meta["pages"]) != 1 or int(meta["page"]) != 1:
        raise IncompleteAnswer(
            request, "pages", "one page of up to 1000 rows", f"{meta['page']} of {meta['pages']}"
        )
    if int(meta["total"]) != len(rows):
        raise IncompleteAnswer(request, "total", f"{meta['total']} rows", f"{len(rows)} rows")


def _row(request: Request, row: Any) -> tuple[str, str, str | None]:
    for field in _ROW_FIELDS:
        if not isinstance(row, dict) or field not in row:
            raise ChangedShape(request, field, "present", "absent")
    indicator = row["indicator"].get("id") if isinstance(row["indicator"], dict) else None
    if indicator != request.context["indicator"]:
        raise ChangedShape(request, "indicator", request.context["indicator"], indicator)
    value = row["value"]
    if value is not None and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ChangedShape(request, "value", "a number or null", value)
    return str(row["countryiso3code"]), str(row["date"]), value


def _check_set(request: Request, rows: list[tuple[str, str, str | None]]) -> None:
    context = request.context
    economies = set(context["economies"].split(";"))
    years = [str(year) for year in range(int(context["first"]), int(context["last"]) + 1)]
    seen: set[tuple[str, str]] = set()
    for iso3, year, _ in rows:
        if iso3 not in economies:
            raise ChangedShape(request, "countryiso3code", context["economies"], iso3)
        if year not in years:
            raise ChangedShape(request, "date", f"{years[0]} to {years[-1]}", year)
        if (iso3, year) in seen:
            raise ChangedShape(
                request, "date", "one row per economy and year", f"{iso3} {year} twice"
            )
        seen.add((iso3, year))
    # The newest year may not be opened yet; then it is absent for every economy alike.
    opened = [year for year in years if any(seen_year == year for _, seen_year in seen)]
    wanted = years[: max(len(opened), len(years) - 1)]
    missing = [f"{e} {y}" for e in sorted(economies) for y in wanted if (e, y) not in seen]
    if missing:
        raise IncompleteAnswer(
            request,
            "data",
            f"{len(economies)} economies in {len(wanted)} years",
            f"{', '.join(missing[:3])} missing ({len(missing)})",
        )
