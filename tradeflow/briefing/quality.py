"""Section 八 and the sources: review items, limits, checks, where the data come from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Check, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.us_trade import PARTNERS

FULLY_ITEMISED_PCT = 98
"""Below this share of the World row the partners do not add up to the total."""


@dataclass(frozen=True)
class CheckFamily:
    """All contract tests that guard the same thing."""

    name: str
    rules: int
    failed_rules: int
    failing_rows: int
    blocks: bool
    """Whether a failed rule of the family stops publication."""


def check_families(checks: Sequence[Check], glossary: Glossary) -> list[CheckFamily]:
    """Group check results by what they guard, in the glossary's order."""
    families = {name: _family(name, glossary) for name in {check.name for check in checks}}
    groups: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        groups[families[check.name]].append(check)
    return [
        CheckFamily(
            name=name,
            rules=len(members),
            failed_rules=sum(not check.passed for check in members),
            failing_rows=sum(check.failing_rows for check in members if not check.passed),
            blocks=any(check.severity == "error" for check in members),
        )
        for name in glossary.group("check_name")
        if (members := groups.get(name))
    ]


def _family(check: str, glossary: Glossary) -> str:
    for name, pattern in glossary.group("check_pattern").items():
        if re.search(pattern, check):
            return name
    return "other"


def check_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 13."""
    rows = []
    for family in check_families(marts.checks, glossary):
        total = pen.computed(f"{family.rules:,}", f"checks:{family.name}:rules")
        if family.failed_rules:
            failed = pen.computed(f"{family.failed_rules:,}", f"checks:{family.name}:failed_rules")
            failing = pen.computed(f"{family.failing_rows:,}", f"checks:{family.name}:failing_rows")
            result = glossary.term("check_result", "failed").format(rules=failed, rows=failing)
        else:
            result = glossary.term("check_result", "passed").format(rules=total)
        rows.append(
            [
                glossary.term("check_name", family.name),
                result,
                glossary.term("check_meaning", family.name),
            ]
        )
    return table(13, rows)


@dataclass(frozen=True)
class YearGap:
    """A year of US trade whose published months are not its annual total."""

    year: int
    reason: str
    months: tuple[str, ...]
    """Months without a published value."""
    imports: tuple[Row, ...]
    exports: tuple[Row, ...]
    """Rows of the partners concerned, in the order in which they are always named."""


@dataclass(frozen=True)
class LayerLimits:
    """What the layers lack, read off their coverage."""

    late: tuple[Row, ...]
    silent: tuple[Row, ...]
    """Layers without any answer."""
    carried: tuple[Row, ...]
    rejected: tuple[Row, ...]


@dataclass(frozen=True)
class Limits(LayerLimits):
    """What limits the brief, read off the marts."""

    calendar_dated: bool
    reconstructed: bool
    not_itemised: tuple[Row, ...]
    old_reporters: tuple[Row, ...]
    """Reporters whose latest year is earlier than that of the others."""
    year_gaps: tuple[YearGap, ...]


def layer_limits(marts: Marts) -> LayerLimits:
    """Collect what the layers lack this week."""
    layers = marts.rows("fct_layer_coverage")
    return LayerLimits(
        late=tuple(row for row in layers if row["state"] == "late"),
        silent=tuple(row for row in layers if row["state"] == "no_answer"),
        carried=tuple(row for row in layers if row["carried_forward"]),
        rejected=tuple(row for row in layers if row["rejected"]),
    )


def limits(marts: Marts) -> Limits:
    """Collect the limits in force this week."""
    latest = marts.rows("fct_reporter_flows_yearly", is_latest=True)
    newest = max((row["year"] for row in latest), default=0)
    return Limits(
        **vars(layer_limits(marts)),
        calendar_dated=any(
            row["vintage"] == "calendar_dated"
            for row in marts.rows("fct_us_trade_monthly", is_latest=True)
        ),
        reconstructed=any(row.is_reconstructed for row in latest),
        not_itemised=tuple(
            row
            for row in latest
            if row["itemised_share_pct"] is not None
            and row["itemised_share_pct"] < FULLY_ITEMISED_PCT
        ),
        old_reporters=tuple(row for row in latest if row["flow"] == "X" and row["year"] < newest),
        year_gaps=tuple(_year_gaps(marts)),
    )


def _year_gaps(marts: Marts) -> Iterator[YearGap]:
    groups: dict[tuple[int, str, tuple[str, ...]], list[Row]] = defaultdict(list)
    rows = marts.rows("fct_us_trade_gaps", is_stated=True)
    for row in sorted(rows, key=lambda row: PARTNERS.index(row["partner_iso3"])):
        groups[row["year"], row["reason"], tuple(row["lacking_months"])].append(row)
    for (year, reason, months), members in sorted(groups.items()):
        imports, exports = (
            tuple(row for row in members if row["flow"] == flow) for flow in ("M", "X")
        )
        yield YearGap(year, reason, months, imports, exports)


def source_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 15."""
    none = glossary.term("cell", "none")
    rows = []
    for row in sorted(marts.rows("fct_layer_coverage"), key=lambda r: r["sort_order"]):
        state = pen.coded(row, "state", "layer_state")
        if row["carried_forward"]:
            state += glossary.term("pattern", "carried").format(
                count=pen.fact(row.fact("carried_forward"), "whole")
            )
        version = none
        if row["newest_released_on"]:
            version = glossary.term("pattern", "released").format(
                day=pen.day(row, "newest_released_on")
            )
        rows.append(
            [
                pen.link(pen.quoted(row, "source_name_zh"), row["url"], row.fact_id("url")),
                _span(row, pen, glossary),
                version,
                f"{pen.fact(row.fact('lag_days'), 'whole')} 天"
                if row["lag_days"] is not None
                else none,
                state,
                pen.quoted(row, "licence") if row["licence"] else none,
            ]
        )
    return table(15, rows)


def _span(row: Row, pen: Pen, glossary: Glossary) -> str:
    first, last = row["first_period"], row["last_period"]
    if not first or not last:
        return glossary.term("cell", "none")
    span = pen.period(f"iso:{first}")
    if last != first:
        span = glossary.term("pattern", "span").format(first=span, last=pen.period(f"iso:{last}"))
    return span + (glossary.term("mark", "newest_reconstructed") if row.is_reconstructed else "")
