"""Whom a Chinese export control may touch: rated measures, and what Taiwan buys under their codes.

A code is wider than the goods controlled, so every figure is an upper bound and every sentence a
conjecture. A rating that rests on computed imports is not printed, and nothing is ordered by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import host
from tradeflow.briefing.tables import Table, table
from tradeflow.thresholds import threshold

MOST = 12
"""Rows of the table at most."""
_LARGEST = 5
"""Places by imports from China among which the row of a measure is chosen."""
_STANDING = ("in_force", "announced", "suspended", "lapsed_unconfirmed")


@dataclass(frozen=True)
class Exposed:
    """A control that can still bind, with the imports it touches most."""

    measure: Row
    rating: Row
    imports: Row | None
    """Of the largest imports from China under its codes, those with China's largest share."""

    @property
    def is_reconstructed(self) -> bool:
        imports = self.imports
        return self.rating.is_reconstructed or (imports is not None and imports.is_reconstructed)


@dataclass(frozen=True)
class TaiwanStory:
    """Where Taiwan's imports lean most on China, among controls of one state."""

    measure: Row
    imports: Row


@dataclass(frozen=True)
class Exposures:
    """What the section on possible effects says."""

    shown: tuple[Exposed, ...]
    left_out: bool
    """Whether there are more controls than the table holds."""
    in_force: TaiwanStory | None
    suspended: TaiwanStory | None

    @property
    def rests_on_reconstructed(self) -> bool:
        return any(each.is_reconstructed for each in self.shown)


def exposures(marts: Marts) -> Exposures:
    """Read the controls that can still bind, those that matter most first."""
    measures = {row.key: row for row in marts.rows("fct_control_measures", is_live=True)}
    found = [
        Exposed(measures[rating.key], rating, _touched_most(marts, rating))
        for rating in marts.rows("fct_control_severity", is_live=True)
        if rating.key in measures
    ]
    by_rating = all(not each.is_reconstructed for each in found)
    found.sort(key=lambda each: _order(each, by_rating))
    return Exposures(
        shown=tuple(found[:MOST]),
        left_out=len(found) > MOST,
        in_force=_taiwan(marts, measures, "in_force"),
        suspended=_taiwan(marts, measures, "suspended"),
    )


def _order(each: Exposed, by_rating: bool) -> tuple[float, int, str]:
    score = each.rating["score"] if by_rating else None
    state = each.measure["control_status"]
    place = _STANDING.index(state) if state in _STANDING else len(_STANDING)
    return (-(score or 0.0), place, each.measure.key)


def _touched_most(marts: Marts, rating: Row) -> Row | None:
    rows = [
        row
        for row in _latest(marts, rating)
        if row["measure_rank"] is not None and row["measure_rank"] <= _LARGEST
    ]
    return max(rows, key=_leaning, default=None)


def _leaning(row: Row) -> tuple[float, int]:
    return row["china_share_pct"] or 0.0, -row["measure_rank"]


def _latest(marts: Marts, measure: Row) -> list[Row]:
    return marts.rows(
        "fct_control_exposure_yearly",
        notice_key=measure["notice_key"],
        clause_label=measure["clause_label"],
        is_latest=True,
    )


def _taiwan(marts: Marts, measures: dict[str, Row], state: str) -> TaiwanStory | None:
    least = threshold("exposure_story_usd")
    rows = [
        (measure, row)
        for measure in measures.values()
        if measure["control_status"] == state
        for row in _latest(marts, measure)
        if row["reporter_iso3"] == "TWN" and (row["imports_usd"] or 0) >= least
        if row["china_share_pct"] is not None and row["next1_share_pct"] is not None
    ]
    if not rows:
        return None
    measure, row = max(rows, key=lambda pair: (pair[1]["china_share_pct"], pair[1].key))
    return TaiwanStory(measure, row)


def exposure_table(section: Exposures, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 8."""
    return table(8, [_row(each, marts, pen, glossary) for each in section.shown])


def _row(each: Exposed, marts: Marts, pen: Pen, glossary: Glossary) -> Sequence[str]:
    goods = share = glossary.term("cell", "none")
    most, basis = glossary.term("exposure", "no_trade"), ""
    imports = each.imports
    if imports is not None:
        goods = f"{pen.quoted(imports, 'hs6')} {pen.quoted(imports, 'materials_zh')}"
        year = pen.period(f"zh:{imports['year']}")
        most = f"{marts.economies[imports['reporter_iso3']]}，{year}"
        share = pen.fact(imports.fact("china_share_pct"), "share")
        share += glossary.term("mark", "reconstructed") if imports.is_reconstructed else ""
        is_printed = imports["is_printed_in_notice"]
        basis = glossary.term("exposure", "printed" if is_printed else "classified")
    parts = (_page(each.rating, marts, pen, glossary), basis)
    return [
        standing(each.measure, pen, glossary),
        goods,
        most,
        share,
        rating_text(each.rating, pen, glossary),
        "；".join(part for part in parts if part) or glossary.term("cell", "none"),
    ]


def rating_text(rating: Row, pen: Pen, glossary: Glossary) -> str:
    """The level and score by the printed rubric, or why the control is not rated."""
    if rating["score"] is None:
        return glossary.term("exposure", "not_rated").format(
            reason=glossary.term("rating_gap", rating["gap"])
        )
    if rating.is_reconstructed:
        return glossary.term("exposure", "not_rated").format(
            reason=glossary.term("cell", "reconstructed")
        )
    level = pen.coded(rating, "severity", "severity")
    score = pen.fact(rating.fact("score"), "one")
    return glossary.term("exposure", "rated").format(level=level, score=score)


def standing(measure: Row, pen: Pen, glossary: Glossary, content: str = "") -> str:
    """The measure with its state, and the notice that carries it on where that is another.

    Args:
        content: what the measure is about, as it is to stand before the state.
    """
    status = pen.coded(measure, "control_status", "status")
    own = measure["control_notice_key"] == measure["notice_key"]
    carried_on = not own and measure["control_label_zh"] is not None
    later = pen.notice(measure, "control_label_zh") if carried_on else ""
    text = glossary.term("exposure", "carried_on" if carried_on else "standing")
    pending = glossary.term("mark", "pending") if measure["is_unconfirmed"] else ""
    about = glossary.term("exposure", "content").format(content=content) if content else ""
    measured = pen.notice(measure)
    return text.format(measure=measured, content=about, later=later, status=status) + pending


def _page(rating: Row, marts: Marts, pen: Pen, glossary: Glossary) -> str:
    """The page the state was read from, named by the notice it holds."""
    pages = rating["document_urls"]
    if not pages:
        return ""
    held = (notice for notice in marts.rows("dim_notices") if pages[0] in (notice["urls"] or ()))
    notice = next(held, None)
    name = pen.notice(notice) if notice else host(pages[0]) or glossary.term("cell", "link")
    link = pen.link(name, pages[0], f"{rating.fact_id('document_urls')}#0")
    return glossary.term("exposure", "state_read_from").format(page=link)
