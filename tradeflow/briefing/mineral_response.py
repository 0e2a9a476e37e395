"""Sections 五 and 六 of the critical-minerals report and its corrections, tables 10, 11 and 13."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.mineral_controls import mineral_notices
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table

RULES = (
    "SIG-CONTROLLED-PRODUCER",
    "SIG-TOP-PRODUCER",
    "WATCH-EXPIRY",
    "SIG-EXTRATERRITORIAL",
)
"""Rules of the signal table that call for something, in the order of the advice."""
_SHOWN = 8
"""Triggers of a rule that are printed."""


def strategy_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 10."""
    unstated, none = glossary.term("cell", "not_stated"), glossary.term("cell", "none")
    rows = []
    for row in sorted(marts.rows("fct_economy_strategies"), key=lambda r: r["strategy_no"]):
        metric = pen.quoted(row, "measure_zh")
        if row["metric_zh"]:
            metric += f"：{pen.quoted(row, 'metric_zh')}"
        rows.append(
            [
                pen.quoted(row, "economies_zh"),
                pen.quoted(row, "instrument_zh"),
                pen.period(f"iso:{row['year']}") if row["year"] else unstated,
                metric,
                _target(row, pen, glossary) if row["value"] is not None else none,
            ]
        )
    return table(10, rows, MINERALS)


def _target(row: Row, pen: Pen, glossary: Glossary) -> str:
    if row["unit"] == "%":
        return pen.fact(row.fact("value"), "whole_pct")
    return f"{pen.fact(row.fact('value'), 'whole')} {glossary.term('unit', row['unit'])}"


@dataclass(frozen=True)
class Advice:
    """A rule that was met, with what met it, the gravest first."""

    rule: str
    rows: tuple[Row, ...]

    @property
    def shown(self) -> tuple[Row, ...]:
        return self.rows[:_SHOWN]


@dataclass(frozen=True)
class AdviceFound:
    """The rules that were met, and whether one could not be assessed."""

    met: tuple[Advice, ...]
    not_assessed: bool


def advice(marts: Marts) -> AdviceFound:
    """Read which rules are met on minerals, on figures that were published."""
    found = [Advice(rule, tuple(_triggers(marts, rule))) for rule in RULES]
    gaps = marts.rows("fct_signals", rule_id="SIG-CONTROL", assessment="not_assessed")
    return AdviceFound(tuple(each for each in found if each.rows), bool(gaps))


def _triggers(marts: Marts, rule: str) -> Iterator[Row]:
    rows = marts.rows("fct_signals", rule_id=rule, assessment="met")
    kept = [row for row in rows if not row.is_reconstructed]
    if rule in {"WATCH-EXPIRY", "SIG-EXTRATERRITORIAL"}:
        keys = mineral_notices(marts)
        kept = [row for row in kept if row["item_key"].partition("|")[0] in keys]
        kept.sort(key=lambda r: (r["value"] if r["value"] is not None else 0, r["item_key"]))
    else:
        kept.sort(key=lambda r: (-(r["value"] or 0), r["item_key"]))
    yield from kept


def advice_table(found: AdviceFound, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 11."""
    rows = []
    for each in found.met:
        condition = pen.quoted(each.rows[0], "name_zh")
        rows.append(
            [
                condition,
                _trigger_text(each, marts, pen, glossary),
                glossary.term("advice", each.rule),
                glossary.term("cell", "review_advised"),
            ]
        )
    return table(11, rows, MINERALS)


def _trigger_text(each: Advice, marts: Marts, pen: Pen, glossary: Glossary) -> str:
    told = "、".join(_trigger(row, marts, pen, glossary) for row in each.shown)
    if len(each.rows) > len(each.shown):
        told += glossary.term("pattern", "and_more")
    return told


def _trigger(row: Row, marts: Marts, pen: Pen, glossary: Glossary) -> str:
    key = row["item_key"].partition("|")[0]
    notice = marts.one("dim_notices", notice_key=key)
    name = pen.notice(notice) if notice else pen.quoted(row, "subject")
    if row["value"] is None:
        return name
    value = (
        f"{pen.fact(row.fact('value'), 'whole')} {glossary.term('unit', 'days')}"
        if row["unit"] == "days"
        else pen.fact(row.fact("value"), "share")
    )
    return glossary.term("pattern", "valued").format(name=name, value=value)


def correction_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 13."""
    rows = []
    for row in sorted(marts.rows("fct_corrections"), key=lambda r: r["correction_id"]):
        place = glossary.term("correction_place", row["table_key"])
        rows.append(
            [
                f"{place}：{pen.quoted(row, 'printed')}",
                pen.quoted(row, "corrected"),
                pen.quoted(row, "reason_zh") + glossary.term("correction_state", row["state"]),
            ]
        )
    return table(13, rows, MINERALS)
