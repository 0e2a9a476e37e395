"""Section 三 of the monthly report: measures, exposure and calendar, tables 8 to 11."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tradeflow.briefing.exposure import standing
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.month_marts import MonthMarts
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import status_text
from tradeflow.briefing.tables import Table, table

LARGEST = 2
"""Rows of table 9 a measure has by imports from China, besides Taiwan's own."""
ALTERNATIVES = 8
"""Taiwan's imports table 11 holds at most; the minerals are all listed."""
SHORT = 20
"""Characters up to which a notice's content stands beside its number in a table."""
MOSTLY_CHINA_PCT = 50
"""From this share of China on, other sources are listed."""


@dataclass(frozen=True)
class Changed:
    """A measure whose state is not what it was a month ago."""

    row: Row
    was: str


@dataclass(frozen=True)
class Controls:
    """What section 三 says."""

    notices: tuple[Row, ...]
    """Chinese notices that became public within the report's span, the oldest first."""
    foreign: tuple[Row, ...]
    """Foreign measures that did."""
    last_notice: Row | None
    changed: tuple[Changed, ...]
    can_compare: bool
    """Whether the states of a month ago are known."""
    calendar: tuple[Row, ...]
    exposed: tuple[Row, ...]
    ratings: tuple[Row, ...]
    """Rated measures, the highest score first; none that rests on reconstructed imports."""
    unrated: bool
    """Whether measures go without a rating because their imports are reconstructed."""
    extraterritorial: tuple[Row, ...]
    targeted: tuple[Row, ...]
    """Measures in force or suspended that aim at an economy."""

    @property
    def soonest(self) -> tuple[Row, ...]:
        """The calendar's rows of its first day."""
        return tuple(r for r in self.calendar if r["event_date"] == self.calendar[0]["event_date"])

    @property
    def leaning(self) -> Row | None:
        """Of Taiwan's imports that are shown, those with China's largest share."""
        own = [row for row in self.exposed if row["reporter_iso3"] == "TWN"]
        return max(own, key=lambda r: (r["china_share_pct"] or 0, r["hs6"]), default=None)

    @property
    def top_rated(self) -> tuple[Row, ...]:
        """The measures of the highest level reached."""
        return tuple(r for r in self.ratings if r["severity"] == self.ratings[0]["severity"])

    @property
    def later(self) -> tuple[Row, ...]:
        """The calendar's rows of its second day."""
        rest = [r for r in self.calendar if r not in self.soonest]
        return tuple(r for r in rest if r["event_date"] == rest[0]["event_date"])


def controls(marts: MonthMarts) -> Controls:
    """Read the month's notices, the states at its end, and what they reach."""
    notices = marts.rows("dim_notices")
    fresh = sorted(
        (row for row in notices if row["released_on"] >= marts.since),
        key=lambda row: (row["released_on"], row["notice_key"]),
    )
    older = [r for r in notices if r not in fresh and not r["is_foreign"] and r["issue_date"]]
    calendar = sorted(marts.rows("fct_expiry_calendar"), key=_calendar_order)
    rated = [r for r in marts.rows("fct_control_severity", is_live=True) if r["severity"]]
    tracked = {row["notice_key"] for row in marts.rows("fct_tracked_measures")}
    return Controls(
        notices=tuple(row for row in fresh if not row["is_foreign"]),
        foreign=tuple(row for row in fresh if row["is_foreign"]),
        last_notice=max(older, key=lambda r: (r["issue_date"], r["notice_key"]), default=None),
        changed=tuple(_changed(marts)),
        can_compare=marts.before is not None,
        calendar=tuple(row for row in calendar if _stands_for_clauses(marts, row)),
        exposed=tuple(_exposed(marts)),
        ratings=tuple(
            sorted(
                (row for row in rated if not row.is_reconstructed),
                key=lambda r: (-r["score"], r["notice_key"]),
            )
        ),
        unrated=any(row.is_reconstructed for row in rated),
        extraterritorial=tuple(
            r for r in notices if r["is_extraterritorial"] and r["notice_key"] in tracked
        ),
        targeted=tuple(r for r in notices if r["target_iso3"] and r["notice_key"] in tracked),
    )


def _calendar_order(row: Row) -> tuple[date, str, str, str]:
    return row["event_date"], row["notice_key"], row["clause"], row["event"]


def _same_day(marts: Marts, row: Row) -> list[Row]:
    """The calendar's rows of one notice to which the same happens on the same day."""
    rows = marts.rows(
        "fct_expiry_calendar",
        notice_key=row["notice_key"],
        event=row["event"],
        event_date=row["event_date"],
    )
    return sorted(rows, key=_calendar_order)


def _concerns_all_clauses(marts: Marts, row: Row) -> bool:
    clauses = {r["clause"] for r in marts.rows("fct_clause_status", notice_key=row["notice_key"])}
    return len(clauses) > 1 and clauses <= {r["clause"] for r in _same_day(marts, row)}


def _stands_for_clauses(marts: Marts, row: Row) -> bool:
    """Whether a row is listed: clauses that share a day are one row where they are all of them."""
    return not _concerns_all_clauses(marts, row) or row.key == _same_day(marts, row)[0].key


def due_name(marts: Marts, row: Row, pen: Pen) -> str:
    """What a row of the calendar concerns: the notice, or those of its clauses it is about."""
    notice = marts.one("dim_notices", notice_key=row["notice_key"])
    whole = notice is not None and _concerns_all_clauses(marts, row)
    return pen.notice(notice) if notice is not None and whole else pen.notice(row)


def _changed(marts: MonthMarts) -> list[Changed]:
    if marts.before is None:
        return []
    was = {row.key: row["status"] for row in marts.before.rows("fct_tracked_measures")}
    return [
        Changed(row, was[row.key])
        for row in sorted(marts.rows("fct_tracked_measures"), key=lambda r: r["sort_order"])
        if row.key in was and was[row.key] != row["status"]
    ]


def _exposed(marts: Marts) -> list[Row]:
    """Of each measure the largest imports from China, and what Taiwan buys there most of."""
    rows = [
        row
        for row in marts.rows("fct_control_exposure_yearly", is_latest=True, is_live=True)
        if row["measure_rank"] is not None
    ]
    rows.sort(key=lambda r: (r["notice_key"], r["clause_label"], r["measure_rank"]))
    chosen: list[Row] = []
    for key in dict.fromkeys((r["notice_key"], r["clause_label"]) for r in rows):
        own = [r for r in rows if (r["notice_key"], r["clause_label"]) == key]
        home = [r for r in own if r["reporter_iso3"] == "TWN"]
        home = sorted(home, key=lambda r: (-(r["china_share_pct"] or 0), r["hs6"]))[:1]
        chosen += [r for r in own if r in own[:LARGEST] or r in home]
    return chosen


def measure_table(found: Controls, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 8."""
    none = glossary.term("cell", "none")
    rows = []
    for notice in found.notices:
        reach = notice["is_extraterritorial"]
        start = _start(marts, notice)
        rows.append(
            [
                pen.notice(notice),
                pen.day(notice, "released_on"),
                pen.day(start, "event_date") if start else none,
                notice_status(marts, notice, pen, glossary),
                pen.quoted(notice, "content_zh") if notice["content_zh"] else none,
                none if reach is None else glossary.term("yes_no", str(reach).lower()),
            ]
        )
    return table(8, rows, MONTHLY)


def _start(marts: Marts, notice: Row) -> Row | None:
    """The event from which the first of the notice's clauses holds."""
    events = marts.rows("fct_clause_events", notice_key=notice["notice_key"], event="in_force")
    return min(events, key=lambda r: (r["event_date"], r["clause"], r["event_no"]), default=None)


def notice_status(marts: Marts, notice: Row, pen: Pen, glossary: Glossary) -> str:
    """The state all clauses share, or that they differ."""
    states = marts.rows("fct_clause_status", notice_key=notice["notice_key"])
    if not states:
        return glossary.term("cell", "no_status")
    if len({(row["status"], row["until_date"]) for row in states}) > 1:
        return glossary.term("cell", "clauses_differ")
    return status_text(states[0], pen, glossary)


def exposure_table(found: Controls, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 9."""
    missing = glossary.term("cell", "no_data")
    rows = []
    for row in found.exposed:
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        year = pen.period(f"zh:{row['year']}")
        hhi = row.fact("hhi_supplier")
        rows.append(
            [
                _named(marts, row, pen, glossary),
                code_and_name(marts, row, "hs6", pen),
                f"{marts.economies[row['reporter_iso3']]}，{year}{mark}",
                pen.fact(row.fact("imports_usd"), "yi"),
                pen.fact(row.fact("china_share_pct"), "share"),
                pen.fact(hhi, "one") if hhi else missing,
                others(row, pen, glossary),
            ]
        )
    return table(9, rows, MONTHLY)


def _named(marts: Marts, row: Row, pen: Pen, glossary: Glossary) -> str:
    """A measure with what it is about, where that is short, and how it stands."""
    measure = marts.one(
        "fct_control_measures", notice_key=row["notice_key"], clause_label=row["clause_label"]
    )
    notice = marts.one("dim_notices", notice_key=row["notice_key"])
    if measure is None:
        return pen.unregistered(row, "notice_key")
    content = None if notice is None else notice["content_zh"]
    is_short = notice is not None and content is not None and len(content) <= SHORT
    about = pen.quoted(notice, "content_zh") if notice is not None and is_short else ""
    return standing(measure, pen, glossary, about)


def code_and_name(marts: Marts, row: Row, column: str, pen: Pen) -> str:
    """A commodity code with its name, where the table of codes has one."""
    commodity = marts.one("dim_commodities", commodity_code=row[column])
    code = pen.quoted(row, column)
    return code if commodity is None else f"{code} {pen.quoted(commodity, 'name_zh_tw')}"


def others(row: Row, pen: Pen, glossary: Glossary) -> str:
    """The names of the three largest suppliers besides China."""
    names = [
        pen.quoted(row, f"next{place}_name_zh")
        for place in (1, 2, 3)
        if row[f"next{place}_name_zh"]
    ]
    return "、".join(names) or glossary.term("cell", "absent")


def calendar_table(found: Controls, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 10."""
    rows = []
    for row in found.calendar:
        pending = glossary.term("mark", "pending") if row["is_unconfirmed"] else ""
        rows.append(
            [
                pen.day(row, "event_date"),
                due_name(marts, row, pen) + pending,
                pen.coded(row, "event", "next_event"),
                pen.fact(row.fact("days_left"), "whole"),
            ]
        )
    return table(10, rows, MONTHLY)


@dataclass(frozen=True)
class Alternatives:
    """Where else the controlled goods come from that Taiwan buys from China."""

    minerals: tuple[Row, ...]
    """Minerals of which China produces most, the largest share first."""
    rows: tuple[Row, ...]
    """Taiwan's imports."""
    left_out: bool
    """Whether there are more imports than the table holds."""


def alternatives(marts: Marts) -> Alternatives:
    """Minerals and Taiwan's controlled codes of which China has most, the largest first."""
    minerals = [
        row
        for row in marts.rows("fct_mineral_production_yearly", is_latest=True, top_iso3="CHN")
        if row["top_share_pct"] is not None and row["top_share_pct"] >= MOSTLY_CHINA_PCT
    ]
    minerals.sort(key=lambda r: (-r["top_share_pct"], r["mineral_code"]))
    rows = [
        row
        for row in marts.rows(
            "fct_control_exposure_yearly", reporter_iso3="TWN", is_latest=True, is_live=True
        )
        if row["china_share_pct"] is not None and row["china_share_pct"] >= MOSTLY_CHINA_PCT
    ]
    rows.sort(key=lambda r: (-r["imports_usd"], r["hs6"], r["notice_key"], r["clause_label"]))
    first = {row["hs6"]: row for row in reversed(rows)}
    kept = [row for row in rows if first[row["hs6"]] is row]
    return Alternatives(tuple(minerals), tuple(kept[:ALTERNATIVES]), len(kept) > ALTERNATIVES)


def alternative_table(found: Alternatives, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 11: minerals by production, then Taiwan's imports."""
    rows = [_mineral(marts, row, pen, glossary) for row in found.minerals]
    for row in found.rows:
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        basis = glossary.term("pattern", "import_basis").format(
            share=pen.fact(row.fact("china_share_pct"), "share"),
            year=pen.period(f"zh:{row['year']}"),
        )
        shares = "、".join(
            pen.fact(row.fact(f"next{place}_share_pct"), "share")
            for place in (1, 2, 3)
            if row[f"next{place}_name_zh"]
        )
        rows.append(
            [
                code_and_name(marts, row, "hs6", pen),
                basis + mark,
                others(row, pen, glossary),
                shares or glossary.term("cell", "none"),
                pen.period(f"iso:{row['year']}"),
            ]
        )
    return table(11, rows, MONTHLY)


def _mineral(marts: Marts, row: Row, pen: Pen, glossary: Glossary) -> list[str]:
    mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
    others_of = sorted(
        (
            each
            for each in marts.rows(
                "fct_mineral_producers_yearly", mineral_code=row["mineral_code"], year=row["year"]
            )
            if each["economy_iso3"] != "CHN" and each["share_pct"] is not None
        ),
        key=lambda each: each["producer_rank"],
    )[:3]
    basis = glossary.term("pattern", "production_basis").format(
        share=pen.fact(row.fact("top_share_pct"), "share"), year=pen.period(f"zh:{row['year']}")
    )
    names = "、".join(pen.quoted(each, "producer_name_zh") for each in others_of)
    shares = "、".join(pen.fact(each.fact("share_pct"), "share") for each in others_of)
    return [
        pen.quoted(row, "mineral_name_zh"),
        basis + mark,
        names or glossary.term("cell", "not_listed"),
        shares or glossary.term("cell", "none"),
        pen.period(f"iso:{row['year']}"),
    ]
