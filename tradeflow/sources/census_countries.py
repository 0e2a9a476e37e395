"""Schedule C, the Census Bureau's list of country codes: `code | name | ISO code` in plain text.

The list is fixed in width and framed by rules of dashes, a title and a source line. Codes from
9000 on are areas of the United States. Not here: which economies the briefing follows.
"""

from __future__ import annotations

import re

import polars as pl

from tradeflow.answers import Answer
from tradeflow.sources.base import flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.reading import refuse_empty
from tradeflow.thresholds import threshold

COUNTRY_COLUMNS = ("code", "name", "iso2", "is_reconstructed")

_HEADING = re.compile(r"Code\s*\|\s*Name\s*\|\s*ISO Code\s*")
_RULE = re.compile(r"-+\s*")
_COUNTRY = re.compile(r"(\d{4})\s*\|\s*(\S.*?)\s*\|\s*([A-Z]{2})?\s*")


def read_countries(answer: Answer) -> pl.DataFrame:
    """The list's codes, names and ISO 3166 alpha-2 codes (null where it has none), as sent.

    Raises:
        IncompleteAnswer: no list, the closing rule missing, or too few countries.
        ChangedShape: another heading, a line that is no country, a code twice, another charset.
    """
    request = answer.request
    refuse_empty(answer, "a list of countries")
    try:
        lines = answer.body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ChangedShape(
            request, "charset", "UTF-8", f"byte {error.start} is not UTF-8"
        ) from error
    headings = [place for place, line in enumerate(lines) if _HEADING.fullmatch(line)]
    if len(headings) != 1:
        got = lines[0] if lines else "nothing"
        raise ChangedShape(request, "heading", "Code | Name | ISO Code", got)
    rows: dict[str, tuple[str | None, ...]] = {}
    is_closed = False
    for number, line in enumerate(lines[headings[0] + 1 :], start=headings[0] + 2):
        if _RULE.fullmatch(line):
            if rows:
                is_closed = True
                break
            continue
        match = _COUNTRY.fullmatch(line)
        if match is None:
            raise ChangedShape(request, f"line {number}", "code | name | ISO code", line)
        code, name, iso2 = match.groups()
        if code in rows:
            raise ChangedShape(request, "code", "each code once", f"{code} twice")
        rows[code] = code, name, iso2, flag(answer.marks.covers(partner=code))
    if not is_closed:
        raise IncompleteAnswer(request, "body", "a rule of dashes at the end", "no end of the list")
    least = int(threshold("census_min_countries"))
    if len(rows) < least:
        raise IncompleteAnswer(request, "body", f"at least {least} countries", len(rows))
    return text_frame(COUNTRY_COLUMNS, list(rows.values()))
