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
ARTICLE_YEAR = 2024
"""The year of production the article's first table is of."""
_SHOWN = 8
"""Triggers of a rule that are printed."""


def strategies(marts: Marts) -> list[Row]:
    """Instruments of the economies, in the order of the list; Taiwan's are the article's advice."""
    rows = [r for r in marts.rows("fct_economy_strategies") if r["economy_iso3"] != "TWN"]
    return sorted(rows, key=lambda row: row["strategy_no"])


def article_advice(marts: Marts) -> list[Row]:
    """What the article advises Taiwan's companies."""
    rows = marts.rows("fct_economy_strategies", economy_iso3="TWN")
    return sorted(rows, key=lambda row: row["strategy_no"])


def strategy_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 10."""
    unstated, none = glossary.term("cell", "not_stated"), glossary.term("cell", "none")
    rows = []
    for row in strategies(marts):
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
        return pen.fact(row.fact("value"), "stated_pct")
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
        printed = pen.as_printed(row, "printed")
        rows.append(
            [
                f"{_place(row, marts, pen, glossary)}：{printed}",
                pen.as_printed(row, "corrected"),
                pen.quoted(row, "reason_zh") + glossary.term("correction_state", row["state"]),
            ]
        )
    return table(13, rows, MINERALS)


def _place(row: Row, marts: Marts, pen: Pen, glossary: Glossary) -> str:
    """Where the article prints what is corrected: the table, and which line of it."""
    place = glossary.term("correction_place", row["table_key"])
    line = ""
    if row["table_key"] == "production":
        mineral = marts.one(
            "fct_mineral_production_yearly", mineral_code=row["item_key"], year=ARTICLE_YEAR
        )
        if mineral is not None and mineral["top_name_zh"]:
            line = pen.quoted(mineral, "top_name_zh")
            if mineral["is_latest"] and mineral["top_production_t"] is not None:
                tonnes = pen.fact(mineral.fact("top_production_t"), "whole")
                mark = glossary.term("mark", "reconstructed") if mineral.is_reconstructed else ""
                line += f"，{pen.period(f'zh:{ARTICLE_YEAR}')} {tonnes} 公噸{mark}"
    elif row["table_key"] == "rare_earths":
        line = pen.quoted(row, "item_key")
    elif row["table_key"] == "timeline":
        notice = marts.one("dim_notices", notice_key=row["item_key"])
        line = pen.notice(notice) if notice else pen.unregistered(row, "item_key")
    return f"{place}（{line}）" if line else place


@dataclass(frozen=True)
class Cited:
    """Figures the article takes from elsewhere."""

    groups: tuple[tuple[str, tuple[Row, ...]], ...]
    """Source the article names → its figures with a year, the oldest first."""
    never_in_force: tuple[Row, ...]
    """Measures announced and never in force."""
    left_out: tuple[tuple[str, tuple[tuple[str, tuple[Row, ...]], ...]], ...]
    """Why not → subject → figures without year or source, or contradicted."""
    shares_left_out: tuple[Row, ...]
    """Shares that other publications state without year, measure or source, and that differ."""


def cited(marts: Marts) -> Cited:
    """Read which of the article's figures may be printed, by the source it names."""
    figures = marts.rows("fct_article_figures")
    printable = [r for r in figures if r["is_printable"] and r["state"] == "cited"]
    sources = sorted({row["attributed_to"] for row in printable})
    shares = marts.rows("fct_material_shares")
    return Cited(
        groups=tuple(
            (name, tuple(sorted((r for r in printable if r["attributed_to"] == name), key=_dated)))
            for name in sources
        ),
        never_in_force=tuple(r for r in figures if r["state"] == "not_in_force"),
        left_out=_grouped([r for r in figures if not r["is_printable"]]),
        shares_left_out=tuple(
            row for row in shares if not row["is_printable"] and row["conflicting_keys"]
        ),
    )


def _grouped(
    figures: list[Row],
) -> tuple[tuple[str, tuple[tuple[str, tuple[Row, ...]], ...]], ...]:
    return tuple(
        (
            state,
            tuple(
                (topic, tuple(r for r in figures if (r["state"], r["topic_zh"]) == (state, topic)))
                for topic in dict.fromkeys(r["topic_zh"] for r in figures if r["state"] == state)
            ),
        )
        for state in sorted({row["state"] for row in figures})
    )


def _dated(row: Row) -> tuple[str, str, int]:
    return row["topic_zh"], row["figure_zh"], row["year"]


def cited_value(row: Row, pen: Pen, glossary: Glossary) -> str:
    """A cited figure with its unit, in as many decimals as it is stated."""
    value = row.fact("value")
    if row["unit"] == "%":
        return pen.fact(value, "stated_pct")
    if row["unit"] == "USD":
        return pen.fact(value, "money")
    return f"{pen.fact(value, 'stated')} {glossary.term('unit', row['unit'])}"
