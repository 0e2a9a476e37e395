"""One figure as two sources have it: what is judged, what is not and why.

Every comparison that reports state is either a row or counted in one: rows are the newest US year
that both sources have, the newest older one with a verdict, the world totals with a verdict, and
all that differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table

_WORLD = "W00"
_UNJUDGED = "not_comparable"
_PARTNERS = (_WORLD, "TWN", "CHN", "DEU", "JPN", "KOR", "USA")

Group = tuple[str, str, str]
"""Comparison, verdict and reason ('' where there is none)."""


@dataclass(frozen=True)
class Comparisons:
    """What the reports say of two sources."""

    shown: tuple[Row, ...]
    rest: Mapping[Group, int]
    """How many comparisons are not shown, by what they have in common."""
    counts: Mapping[str, int]
    """Verdict → how many of all, shown or not; `judged` for agree and differ together."""

    def number(self, name: str) -> int:
        """The count that a printed reference names: a verdict, `judged`, or a group's parts."""
        parts = name.split("/")
        if len(parts) == 3:
            return self.rest[parts[0], parts[1], parts[2]]
        return self.counts[name]


def comparisons(marts: Marts) -> Comparisons:
    """Choose the rows and count the rest."""
    rows = marts.rows("fct_source_comparisons", is_stated=True)
    census = [row for row in rows if row["comparison"] == "comtrade_census"]
    newest = max((row["year"] for row in census if _has_both(row)), default=0)
    older = [row["year"] for row in census if row["verdict"] != _UNJUDGED and row["year"] < newest]
    years = {newest, max(older, default=newest)}
    shown = [row for row in rows if _is_shown(row, newest, years)]
    rest: dict[Group, int] = {}
    for row in rows:
        if row not in shown:
            group = (row["comparison"], row["verdict"], row["reason"] or "")
            rest[group] = rest.get(group, 0) + 1
    counts = {
        verdict: sum(row["verdict"] == verdict for row in rows)
        for verdict in ("agree", "differ", _UNJUDGED)
    }
    counts["judged"] = counts["agree"] + counts["differ"]
    return Comparisons(tuple(sorted(shown, key=_order)), dict(sorted(rest.items())), counts)


def _has_both(row: Row) -> bool:
    return row["comtrade_usd"] is not None and row["other_usd"] is not None


def _is_shown(row: Row, newest: int, years: set[int]) -> bool:
    if row["verdict"] == "differ":
        return True
    is_judged = row["verdict"] != _UNJUDGED
    if row["comparison"] == "comtrade_census":
        return row["year"] == newest or (is_judged and row["year"] in years)
    return is_judged and row["partner_iso3"] == _WORLD


def _order(row: Row) -> tuple[str, int, str, str, int, str]:
    partner = row["partner_iso3"]
    place = _PARTNERS.index(partner) if partner in _PARTNERS else len(_PARTNERS)
    flow = "0" if row["flow"] == "X" else "1"
    return row["comparison"], -row["year"], row["reporter_iso3"], flow, place, partner


def comparison_table(
    marts: Marts, pen: Pen, glossary: Glossary, number: int = 12, frame: Frame = WEEKLY
) -> Table:
    """The table of comparisons, numbered as the report's frame has it."""
    found = comparisons(marts)
    rows = [_row(row, marts, pen, glossary) for row in found.shown]
    none = glossary.term("cell", "none")
    for (comparison, verdict, reason), _ in found.rest.items():
        name = f"{comparison}/{verdict}/{reason}"
        count = counted(found, pen, name)
        rest = glossary.term("comparison_rest", comparison).format(count=count)
        told = glossary.term("comparison_verdict", verdict)
        rows.append([rest, none, none, none, none, _because(told, reason, None, glossary)])
    return table(number, rows, frame)


def counted(found: Comparisons, pen: Pen, name: str) -> str:
    """Write one of the counts, which the gate counts again."""
    return pen.computed(str(found.number(name)), f"comparisons:{name}")


def _row(row: Row, marts: Marts, pen: Pen, glossary: Glossary) -> Sequence[str]:
    partner = row["partner_iso3"]
    name = glossary.term("comparison", row["comparison"]).format(
        trade=glossary.term("comparison_flow", row["flow"]).format(
            reporter=marts.economies[row["reporter_iso3"]],
            partner=glossary.term("cell", "world")
            if partner == _WORLD
            else marts.economies[partner],
        )
    )
    if row.is_reconstructed:
        name += glossary.term("mark", "reconstructed")
    verdict = pen.coded(row, "verdict", "comparison_verdict")
    if row["verdict"] != _UNJUDGED:
        limit = pen.fact(row.fact("threshold_pct"), "share_plain")
        verdict = glossary.term("pattern", "within").format(verdict=verdict, limit=limit)
    missing = glossary.term("cell", "no_data")
    difference = row.fact("difference_pct")
    return [
        name,
        pen.period(f"zh:{row['year']}"),
        _side(row, "comtrade", pen, glossary),
        _side(row, "other", pen, glossary),
        missing if difference is None else pen.fact(difference, "pct"),
        _because(verdict, row["reason"], row["note"], glossary),
    ]


def _because(verdict: str, reason: str | None, note: str | None, glossary: Glossary) -> str:
    if not reason:
        return verdict
    return f"{verdict}：{glossary.term('comparison_reason', note or reason)}"


def _side(row: Row, side: str, pen: Pen, glossary: Glossary) -> str:
    value = row.fact(f"{side}_usd")
    if value is None:
        return glossary.term("cell", "no_data")
    basis = glossary.term("valuation", row[f"{side}_valuation"])
    return f"{pen.fact(value, 'yi')} 億美元，{basis}"
