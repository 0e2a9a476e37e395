"""Is this name on a list? A name held against every listed one, with how alike they are.

A name that is the same after folding script, width, case and legal form is `same_name`; one that
a reviewed list gives as another name of a listed entity is `alias`; everything else is `fuzzy`: two
names that look alike, and no claim that they are one entity. Here: the comparison. Not here: who is
listed (`dbt_like_sql/marts/fct_entity_listings.sql`), printing (`screen_cli.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import duckdb
from rapidfuzz import fuzz

from tradeflow.errors import InputError
from tradeflow.policy.names import aliases, name_key, printable
from tradeflow.script import traditional
from tradeflow.thresholds import threshold

LONGEST_NAME = 200
_PART_WEIGHT = 0.9
"""What a listed name that is only a part of the asked one, or holds it, counts for."""
_PART_LETTERS = {True: 4, False: 7}
"""Letters that a part must have to count: Chinese characters say more each than Latin letters."""
_LISTINGS = """
select name_zh_hans, name_zh_hant, name_en, list_kind, economy_iso3, notice_key, label_zh,
    listed_on, status, until_date, is_unconfirmed, url
from marts.fct_entity_listings
where week = $week
order by listing_id, entity_no
"""


class Alikeness(StrEnum):
    """In what way an asked name meets a listed one."""

    SAME_NAME = "same_name"
    ALIAS = "alias"
    FUZZY = "fuzzy"


@dataclass(frozen=True)
class Match:
    """A listing whose name is, or looks like, the asked one."""

    alikeness: Alikeness
    score: float
    """0 to 100; 100 for the same name and for aliases."""
    matched_name: str
    """The listed name or alias that the asked one was compared with."""
    name_zh_hant: str
    name_en: str | None
    list_kind: str
    economy_iso3: str | None
    notice_key: str | None
    label_zh: str
    listed_on: date
    status: str | None
    """State of the listing at the week's end; None where no notice number can be followed."""
    until_date: date | None
    is_unconfirmed: bool
    url: str


def newest_week(con: duckdb.DuckDBPyConnection) -> str:
    """The last week whose lists are known.

    Raises:
        InputError: no week has been run.
    """
    found = con.execute("select max(week) from marts.dim_notices").fetchall()[0][0]
    if found is None:
        raise InputError("no week has been run, so no list is known; `tradeflow run` makes one")
    return str(found)


def screen(
    con: duckdb.DuckDBPyConnection, week: str, name: str, *, min_score: float | None = None
) -> list[Match]:
    """Hold a name against every name listed by the end of a week.

    Args:
        con: the warehouse or its published copy.
        week: `2026-W07`; lists and states are those known by its end.
        name: in Chinese of either script or in Latin letters.
        min_score: what a fuzzy likeness needs, 0 to 100; default `screen_min_score`.

    Returns:
        One match a listing, the surest first: same names, aliases, then by score; ties in order of
        the notices. An empty list says that no name is alike, not that a transaction is allowed.

    Raises:
        InputError: the name holds no letter, or is longer than 200 characters.
    """
    asked = name_key(name)
    if not asked or len(name) > LONGEST_NAME:
        raise InputError(f"a name has 1 to {LONGEST_NAME} characters with a letter among them")
    least = threshold("screen_min_score") if min_score is None else min_score
    cursor = con.execute(_LISTINGS, {"week": week})
    columns = [column[0] for column in cursor.description]
    found = []
    for values in cursor.fetchall():
        row = dict(zip(columns, values, strict=True))
        best = max(_compared(asked, row), key=lambda each: (_rank(each[0]), each[1]))
        if best[0] is not Alikeness.FUZZY or best[1] >= least:
            found.append(_match(best, row))
    return sorted(found, key=lambda match: (-_rank(match.alikeness), -match.score))


def _rank(alikeness: Alikeness) -> int:
    return {Alikeness.SAME_NAME: 2, Alikeness.ALIAS: 1, Alikeness.FUZZY: 0}[alikeness]


def _compared(asked: str, row: dict[str, Any]) -> Iterator[tuple[Alikeness, float, str]]:
    """How the asked name meets each name of a listing: its own and its aliases."""
    own = [each for each in (row["name_zh_hans"], row["name_en"]) if each]
    others = [alias for each in own for alias in aliases().get(name_key(each), ())]
    for names, same in ((own, Alikeness.SAME_NAME), (others, Alikeness.ALIAS)):
        for each in names:
            key = name_key(each)
            if key == asked:
                yield same, 100.0, each
            else:
                yield Alikeness.FUZZY, likeness(asked, key), each


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 100, both as `name_key` writes them.

    The best of: letters in order; words in any order; and, at nine tenths, the shorter name as a
    part of the longer (`rapidfuzz.fuzz.ratio`, `token_sort_ratio`, `partial_ratio`).
    """
    scores = [fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)]
    shorter = min(one, other, key=len)
    if len(shorter) >= _PART_LETTERS[not shorter.isascii()]:
        scores.append(_PART_WEIGHT * fuzz.partial_ratio(one, other))
    return max(scores)


def _match(best: tuple[Alikeness, float, str], row: dict[str, Any]) -> Match:
    alikeness, score, matched_name = best
    return Match(
        alikeness=alikeness,
        score=score,
        matched_name=printable(matched_name),
        name_zh_hant=printable(row["name_zh_hant"]),
        name_en=printable(row["name_en"]) if row["name_en"] else None,
        list_kind=row["list_kind"],
        economy_iso3=row["economy_iso3"],
        notice_key=row["notice_key"],
        label_zh=traditional(printable(row["label_zh"])),
        listed_on=row["listed_on"],
        status=row["status"],
        until_date=row["until_date"],
        is_unconfirmed=row["is_unconfirmed"],
        url=row["url"],
    )
