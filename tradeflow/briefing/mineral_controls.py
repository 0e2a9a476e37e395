"""Section 二 of the critical-minerals report: events, states by month and items, tables 4 to 6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import status_text
from tradeflow.briefing.tables import Table, table
from tradeflow.periods import Month, Year


@dataclass(frozen=True)
class Event:
    """One event of the timeline with the notices it was done by, as far as there are any."""

    number: int
    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        return self.rows[0]

    @property
    def has_notice(self) -> bool:
        return self.first["notice_key"] != "-"


@dataclass(frozen=True)
class Cell:
    """The states of a notice's clauses on a day of the matrix."""

    day: date
    states: tuple[Row, ...]
    """Intervals that hold that day, one a clause; none before the notice was public."""
    is_expected: bool
    """The day lies behind the data: the state follows from dates announced so far."""

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(row["status"] for row in self.states)


@dataclass(frozen=True)
class Line:
    """A measure of the matrix with a cell a month."""

    notice: Row
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MineralControls:
    """What section 二 says."""

    events: tuple[Event, ...]
    """In order of time."""
    lines: tuple[Line, ...]
    """Measures that are not ended all year, the oldest first."""
    ended: tuple[Row, ...]
    """Events whose notice has ended, with what carries the control on."""
    measures: tuple[Row, ...]
    """Measures on minerals as they stand, by notice and clause."""
    changed: tuple[Row, ...]
    """Intervals that began within the report's year, up to its data."""

    def standing(self, status: str) -> tuple[Row, ...]:
        """A clause of each notice all of whose clauses have one state."""
        return tuple(rows[0] for rows in self._by_notice if {r["status"] for r in rows} == {status})

    @property
    def divided(self) -> tuple[Row, ...]:
        """A clause of each notice whose clauses stand differently."""
        return tuple(rows[0] for rows in self._by_notice if len({r["status"] for r in rows}) > 1)

    @property
    def changed_notices(self) -> tuple[Row, ...]:
        """One interval of each notice whose state changed."""
        return tuple({row["notice_key"]: row for row in self.changed}.values())

    @property
    def ended_notices(self) -> tuple[Row, ...]:
        """Events of ended notices, each notice once."""
        return tuple({row["notice_key"]: row for row in self.ended}.values())

    @property
    def expiring(self) -> tuple[Row, ...]:
        """Of the suspended notices those whose term ends first."""
        waiting = [row for row in self.standing("suspended") if row["until_date"]]
        first = min((row["until_date"] for row in waiting), default=None)
        return tuple(row for row in waiting if row["until_date"] == first)

    @property
    def _by_notice(self) -> list[list[Row]]:
        keys = dict.fromkeys(row["notice_key"] for row in self.measures)
        return [[r for r in self.measures if r["notice_key"] == key] for key in keys]


def mineral_controls(marts: Marts, year: Year, as_of: date) -> MineralControls:
    """Read the events, the states month by month, and how the measures stand."""
    keys = mineral_notices(marts)
    events = tuple(_events(marts))
    notices = sorted(
        (row for row in marts.rows("dim_notices") if row["notice_key"] in keys),
        key=lambda row: (row["issue_date"] or row["released_on"], row["notice_key"]),
    )
    lines = [_line(marts, notice, year, as_of) for notice in notices]
    states = [r for r in marts.rows("fct_clause_status") if r["notice_key"] in keys]
    intervals = [r for r in marts.rows("fct_clause_intervals") if r["notice_key"] in keys]
    return MineralControls(
        events=events,
        lines=tuple(line for line in lines if not _is_over(line)),
        ended=tuple(r for event in events for r in event.rows if r["status"] == "ended"),
        measures=tuple(states),
        changed=tuple(row for row in intervals if year.start <= row["valid_from"] <= as_of),
    )


def mineral_notices(marts: Marts) -> set[str]:
    """Keys of the notices that control minerals or what is made of them.

    Those of the timeline, those whose goods have codes, those that carry such a control on, and
    those that name the same materials; none that only suspends others.
    """
    measures = marts.rows("fct_control_measures")
    keys = {row["notice_key"] for row in measures}
    keys |= {row["control_notice_key"] for row in measures}
    keys |= {row["notice_key"] for row in marts.rows("fct_policy_timeline")}
    notices = marts.rows("dim_notices")
    named = {m for row in notices if row["notice_key"] in keys for m in row["materials_zh"] or ()}
    keys |= {row["notice_key"] for row in notices if named & set(row["materials_zh"] or ())}
    keys -= {row["by_notice_key"] for row in marts.rows("fct_clause_intervals", status="suspended")}
    return keys & {row["notice_key"] for row in notices if not row["is_foreign"]}


def _events(marts: Marts) -> Iterator[Event]:
    rows = marts.rows("fct_policy_timeline")
    for number in sorted({row["event_no"] for row in rows}):
        yield Event(number, tuple(row for row in rows if row["event_no"] == number))


def _line(marts: Marts, notice: Row, year: Year, as_of: date) -> Line:
    intervals = marts.rows("fct_clause_intervals", notice_key=notice["notice_key"])
    cells = []
    for number in range(1, 13):
        month = Month(year.year, number)
        day = as_of if month.start <= as_of <= month.end else month.end
        holding = [r for r in intervals if _holds(r, day)]
        cells.append(Cell(day, tuple(holding), day > as_of))
    return Line(notice, tuple(cells))


def _holds(interval: Row, day: date) -> bool:
    last = interval["valid_to"]
    return bool(interval["valid_from"] <= day and (last is None or day <= last))


def _is_over(line: Line) -> bool:
    """Whether nothing of the measure is left in any month, or none knew of it."""
    return all(cell.statuses <= {"ended"} for cell in line.cells)


def timeline_table(found: MineralControls, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 4."""
    none = glossary.term("cell", "none")
    rows = []
    for event in found.events:
        first = event.first
        labels = "、".join(
            pen.notice(r, "notice_label_zh") for r in event.rows if r["notice_label_zh"]
        )
        action = pen.quoted(first, "action_zh")
        rows.append(
            [
                event_day(first, pen),
                pen.quoted(first, "trigger_zh") if first["trigger_zh"] else none,
                f"{action}（{labels}）" if labels else action,
                _materials(event, marts, pen) or none,
                _event_state(event, marts, pen, glossary),
            ]
        )
    return table(4, rows, MINERALS)


def event_day(row: Row, pen: Pen) -> str:
    """The day of an event, or its month, year or decade where no day is known."""
    form = {"day": "day", "decade": "decade"}.get(row["date_precision"])
    if form is not None:
        return pen.fact(row.fact("date_text"), form)
    return pen.period(f"zh:{row['date_text']}")


def _materials(event: Event, marts: Marts, pen: Pen) -> str:
    notices = (marts.one("dim_notices", notice_key=row["notice_key"]) for row in event.rows)
    return "、".join(
        pen.quoted(notice, "content_zh") for notice in notices if notice and notice["content_zh"]
    )


def _event_state(event: Event, marts: Marts, pen: Pen, glossary: Glossary) -> str:
    states = {(row["status"], row["until_date"]) for row in event.rows}
    if len(states) > 1:
        return glossary.term("cell", "notices_differ")
    return notice_state(event.first, marts, pen, glossary)


def notice_state(row: Row, marts: Marts, pen: Pen, glossary: Glossary) -> str:
    """How an event's notice stands, and what carries an ended control on."""
    if not glossary.has("status", row["status"]):
        return glossary.term("event_state", row["status"])
    text = status_text(row, pen, glossary)
    notice = marts.one("dim_notices", notice_key=row["notice_key"])
    is_marked = bool(row.values.get("is_unconfirmed"))
    if notice is not None and notice["is_unconfirmed"] and not is_marked:
        text += glossary.term("mark", "pending")
    if row["successor_label_zh"] is None:
        return text
    later = pen.notice(row, "successor_label_zh")
    carried = marts.rows("fct_control_measures", notice_key=row["notice_key"])
    if len({each["control_status"] for each in carried}) != 1:
        return text + glossary.term("pattern", "carried_by").format(later=later)
    status = status_text(carried[0], pen, glossary, "control_status")
    return text + glossary.term("pattern", "carried_by_as").format(later=later, status=status)


def state_table(found: MineralControls, pen: Pen, glossary: Glossary) -> Table:
    """Table 5."""
    rows = []
    for line in found.lines:
        known = next((c for c in reversed(line.cells) if not c.is_expected), None)
        cells = (_state(cell, known, pen, glossary) for cell in line.cells)
        rows.append([pen.notice(line.notice), *cells])
    return table(5, rows, MINERALS)


def _state(cell: Cell, known: Cell | None, pen: Pen, glossary: Glossary) -> str:
    if cell.is_expected and known is not None and cell.statuses == known.statuses:
        return glossary.term("cell", "not_yet")
    if not cell.states:
        return glossary.term("cell", "none")
    if len(cell.statuses) > 1:
        text = glossary.term("cell", "clauses_differ")
    else:
        text = pen.coded(cell.states[0], "status", "status")
    return glossary.term("pattern", "expected").format(state=text) if cell.is_expected else text


def item_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 6: an entry of a notice a row, its codes together."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in marts.rows("fct_controlled_items"):
        groups.setdefault((row["notice_key"], row["material_zh"]), []).append(row)
    order = sorted(groups, key=lambda key: (groups[key][0]["issue_date"] or date.min, *key))
    rows = []
    for key in order:
        entry = groups[key]
        codes = range(len(entry[0]["item_codes"]))
        rows.append(
            [
                pen.notice(entry[0]),
                pen.quoted(entry[0], "material_zh"),
                "、".join(pen.item(entry[0], "item_codes", number) for number in codes)
                or glossary.term("cell", "none"),
                "、".join(pen.quoted(row, "hs6") for row in entry),
                glossary.term("item_basis", _basis(entry)),
            ]
        )
    return table(6, rows, MINERALS)


def _basis(entry: list[Row]) -> str:
    printed = {row["is_printed_in_notice"] for row in entry}
    return {(True,): "printed", (False,): "classified"}.get(tuple(printed), "partly")
