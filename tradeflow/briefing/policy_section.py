"""Section 四: what is new this week, which measures are followed, and their legal state."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table


@dataclass(frozen=True)
class PolicySection:
    """What section 四 says."""

    new: tuple[Row, ...]
    """Rows of `fct_new_documents`, the oldest first."""
    notices: dict[str, Row]
    last_notice: Row | None
    """The newest notice released before the week, for a week without any."""
    tracked: tuple[Row, ...]
    together: tuple[Row, ...]
    """The largest group of measures that one notice suspended to one day (two or more)."""
    soonest: tuple[Row, ...]
    """The measures with the nearest date ahead."""
    unconfirmed: tuple[Row, ...]

    @property
    def new_notices(self) -> tuple[Row, ...]:
        return tuple(row for row in self.new if row["notice_key"] in self.notices)

    @property
    def new_pages(self) -> tuple[Row, ...]:
        return tuple(row for row in self.new if row["notice_key"] not in self.notices)


def policy_section(marts: Marts) -> PolicySection:
    """Read the week's documents and the measures followed at as_of."""
    notices = {row["notice_key"]: row for row in marts.rows("dim_notices")}
    new = sorted(marts.rows("fct_new_documents"), key=lambda row: _document_order(row, notices))
    new_keys = {row["notice_key"] for row in new}
    earlier = [
        n for n in notices.values() if n["notice_key"] not in new_keys and not n["is_foreign"]
    ]
    earlier.sort(key=lambda n: (n["issue_date"] or n["released_on"] or date.min, n["notice_key"]))
    tracked = tuple(sorted(marts.rows("fct_tracked_measures"), key=lambda r: r["sort_order"]))
    dated = [row for row in tracked if row["next_date"] is not None]
    first = min((row["next_date"] for row in dated), default=None)
    return PolicySection(
        new=tuple(new),
        notices=notices,
        last_notice=earlier[-1] if earlier else None,
        tracked=tracked,
        together=_together(tracked),
        soonest=tuple(row for row in dated if row["next_date"] == first),
        unconfirmed=tuple(row for row in tracked if row["is_unconfirmed"]),
    )


def _document_order(row: Row, notices: dict[str, Row]) -> tuple[date, int, int, str]:
    notice = notices.get(row["notice_key"])
    if notice is None:
        return row["released_on"], 9999, 0, row["url"]
    return row["released_on"], notice["year"] or 0, notice["number"] or 0, row["url"]


def _together(tracked: tuple[Row, ...]) -> tuple[Row, ...]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in tracked:
        if row["status"] == "suspended" and row["until_date"] and row["by_notice_key"]:
            groups[row["by_notice_key"]].append(row)
    if not groups:
        return ()
    _, rows = min(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    same_day = len({row["until_date"] for row in rows}) == 1
    return tuple(rows) if len(rows) > 1 and same_day else ()


def status_text(
    row: Row, pen: Pen, glossary: Glossary, status: str = "status", until: str = "until_date"
) -> str:
    """The legal state as the glossary words it: 暫停實施至〈日〉, 執行中, …（待審）.

    Args:
        status, until: the columns that hold the state and the last day of its term.
    """
    if row[status] is None:
        return glossary.term("cell", "no_status")
    text = pen.coded(row, status, "status")
    if row[status] == "suspended" and row.values.get(until) is not None:
        text = glossary.term("pattern", "until").format(status=text, day=pen.day(row, until))
    return text + (glossary.term("mark", "pending") if row.values.get("is_unconfirmed") else "")


def new_documents_table(section: PolicySection, pen: Pen, glossary: Glossary) -> Table:
    """Table 6."""
    none = glossary.term("cell", "none")
    rows = []
    for row in section.new:
        notice = section.notices.get(row["notice_key"])
        name = pen.notice(notice) if notice else pen.converted(row, "title_zh_hans")
        rows.append(
            [
                name,
                pen.day(row, "released_on"),
                pen.day(row, "effective_date") if row["effective_date"] else none,
                _document_status(section, row, pen, glossary),
                pen.quoted(row, "content_zh") if row["content_zh"] else none,
                pen.quoted(row, "targets_zh") if row["targets_zh"] else none,
                pen.link(
                    host(row["url"]) or glossary.term("cell", "link"),
                    row["url"],
                    row.fact_id("url"),
                ),
            ]
        )
    return table(6, rows)


def _document_status(section: PolicySection, row: Row, pen: Pen, glossary: Glossary) -> str:
    if row["status"]:
        return status_text(row, pen, glossary)
    if any(tracked["notice_key"] == row["notice_key"] for tracked in section.tracked):
        return glossary.term("cell", "by_clause").format(table=pen.table(7))
    return glossary.term("cell", "none")


def host(url: str) -> str:
    """The host of an address, for a link's text; empty where it is not a plain name."""
    name = urlsplit(url).hostname or ""
    return name if re.fullmatch(r"[a-z.-]+", name) else ""


def tracked_table(section: PolicySection, pen: Pen, glossary: Glossary) -> Table:
    """Table 7."""
    none = glossary.term("cell", "none")
    rows = []
    for row in section.tracked:
        following = none
        if row["next_date"] is not None:
            event = pen.coded(row, "next_event", "next_event")
            following = f"{pen.day(row, 'next_date')} {event}"
        rows.append(
            [
                pen.notice(row),
                status_text(row, pen, glossary),
                following,
                pen.fact(row.fact("days_left"), "whole") if row["days_left"] is not None else none,
                pen.quoted(row, "content_zh") if row["content_zh"] else none,
            ]
        )
    return table(7, rows)
