"""World Bank v2: four yearly indicators of the economies it covers.

Taiwan is not covered by the World Bank and is not asked for; it is never another economy's
number and never 0. Values stay text, a year without a value stays null.

The range of years asked has a fixed end far ahead: the source answers with the years it has
opened. An end that moved with the calendar would make each year's questions new ones, and
the answers of the year before could not stand in for them. Which years must be there is
decided by the release calendar when the answer is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tradeflow.answers import Answer, Request
from tradeflow.reference import macro_economies
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, Total, flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, PermanentError
from tradeflow.sources.reading import read_json

_GDP = "NY.GDP.MKTP.CD"
INDICATORS = ("NY.GDP.MKTP.KD.ZG", _GDP, "NE.TRD.GNFS.ZS", "BN.CAB.XOKA.CD")
FIRST_YEAR = 2018
FINAL_YEAR = 2035
"""End of the range asked; raising it makes every question a new one."""
TABLE = "worldbank__indicators"

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ROW_FIELDS = ("indicator", "country", "countryiso3code", "date", "value")
_UNREAD_FIELDS = frozenset(("unit", "obs_status", "decimal"))


class WorldBank(Source):
    """`v2/country/A;B/indicator/X`, one call per indicator."""

    name = "worldbank"
    group = "world_macro_indicators"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {
        TABLE: ("indicator", "iso3", "year", "value", "lastupdated", "is_reconstructed")
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """Each indicator for all economies, from 2018; the same questions every week."""
        last = newest_to_ask(self.name, as_of)
        economies = ";".join(sorted(economy.iso3 for economy in macro_economies()))
        return [
            Request(
                source=self.name,
                label=f"{indicator} of {len(macro_economies())} economies from {FIRST_YEAR}",
                url=f"{settings.worldbank_url}/v2/country/{economies}/indicator/{indicator}",
                params=(
                    ("format", "json"),
                    ("date", f"{FIRST_YEAR}:{FINAL_YEAR}"),
                    ("per_page", "1000"),
                ),
                group=indicator,
                about=(
                    ("indicator", indicator),
                    ("economies", economies),
                    ("first", str(FIRST_YEAR)),
                    ("last", last),
                    ("final", str(FINAL_YEAR)),
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

    def leads_on(self, request: Request) -> bool:
        return False

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        """What an answer comes to, so that one of another scale is held.

        GDP by economy and year: `USA NY.GDP.MKTP.CD 2024`. The other indicators are rates and
        balances around 0, which an ordinary revision moves by more than any percentage of
        themselves; of these the sizes of all values together: `BN.CAB.XOKA.CD, 35 values to
        2024`. Another set of values is another key.
        """
        valued = [row for row in parsed.tables[TABLE].to_dicts() if row["value"] is not None]
        if not valued:
            return {}
        indicator = valued[0]["indicator"]
        if indicator == _GDP:
            return {
                f"{row['iso3']} {_GDP} {row['year']}": Total(Decimal(row["value"]), 1)
                for row in valued
            }
        newest = max(row["year"] for row in valued)
        size = sum((abs(Decimal(row["value"])) for row in valued), Decimal(0))
        key = f"{indicator}, {len(valued)} values to {newest}"
        return {key: Total(size, len(valued))}


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
    for field in row.keys() - _UNREAD_FIELDS - set(_ROW_FIELDS):
        raise ChangedShape(request, field, "the agreed fields", "a new one")
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
    first, last = int(context["first"]), int(context["last"])
    final = int(context.get("final", last))
    years = [str(year) for year in range(first, final + 1)]
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
    # The newest year may not be opened yet; then it is absent for every economy alike. Years
    # after it may be opened early, without values; a year is there for all or for none.
    newest_opened = max((int(year) for _, year in seen), default=first)
    wanted = [str(year) for year in range(first, max(newest_opened, last - 1) + 1)]
    missing = [f"{e} {y}" for e in sorted(economies) for y in wanted if (e, y) not in seen]
    if missing:
        raise IncompleteAnswer(
            request,
            "data",
            f"{len(economies)} economies in {len(wanted)} years",
            f"{', '.join(missing[:3])} missing ({len(missing)})",
        )
