"""Sections 六 and 七: the watch list, and what changed since the week before."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table

_LONGEST_NAME = 20
"""Longer subjects are titles of pages and stand between title marks."""
_CHANGE_ORDER = ("status_changed", "new", "revised", "up", "down")


def subject_name(marts: Marts, pen: Pen, row: Row, column: str = "subject") -> str:
    """What a row speaks of: an economy, a notice with its clause, a source, or the text itself."""
    subject = str(row[column])
    head, _, rest = subject.partition("|")
    tracked = marts.row(f"fct_tracked_measures:{subject}")
    if tracked is not None:
        return pen.notice(tracked)
    notice = marts.one("dim_notices", notice_key=head)
    if notice is not None:
        return pen.notice(notice) + ("" if re.search(r"[0-9]", rest) else pen.clause(row, column))
    if head in marts.economies:
        return marts.economies[head]
    layer = marts.one("fct_layer_coverage", layer=head)
    if layer is not None:
        return pen.quoted(layer, "source_name_zh")
    name = pen.unregistered(row, column)
    return f"〈{name}〉" if len(subject) > _LONGEST_NAME else name


def field_name(glossary: Glossary, pen: Pen, row: Row) -> str:
    """The field or event a review item is about, or its text where that is no code."""
    if glossary.has("field", str(row["text_value"])):
        return pen.coded(row, "text_value", "field")
    return pen.quoted(row, "text_value")


def notice_of(row: Row) -> str:
    """The key of the notice that a row speaks of, itself or one of its clauses."""
    return str(row["subject"]).partition("|")[0]


def measure_of(marts: Marts, row: Row) -> Row | None:
    """The measure followed that a row speaks of, else its notice, else None."""
    return marts.row(f"fct_tracked_measures:{row['subject']}") or marts.one(
        "dim_notices", notice_key=notice_of(row)
    )


def review_words(marts: Marts, glossary: Glossary, pen: Pen) -> dict[str, Any]:
    """What the template of review items calls."""
    return {
        "subject": partial(subject_name, marts, pen),
        "field": partial(field_name, glossary, pen),
        "measure_of": partial(measure_of, marts),
        "revised_period": lambda row: pen.period(f"zh:{str(row['subject']).partition('|')[2]}"),
        "revised_measure": partial(_revised_measure, glossary, pen),
    }


def _revised_measure(glossary: Glossary, pen: Pen, row: Row) -> str:
    if glossary.has("revised_measure", str(row["text_value"])):
        return pen.coded(row, "text_value", "revised_measure")
    return pen.quoted(row, "text_value")


def pending_mark(marts: Marts, glossary: Glossary, row: Row) -> str:
    """（待審） where the state of the row's measure rests on an unconfirmed page."""
    tracked = marts.row(f"fct_tracked_measures:{row['subject']}")
    unconfirmed = tracked is not None and tracked["is_unconfirmed"]
    return glossary.term("mark", "pending") if unconfirmed else ""


def watch_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 10: what is on the list, then what left it."""
    states = {(r["rule_id"], r["item_key"]): r for r in marts.rows("fct_watch_changes")}
    items = [row for row in marts.rows("fct_watch_items") if not row.is_reconstructed]
    items.sort(key=lambda r: (str(r["next_date"] or "9999"), r["rule_id"], r["item_key"]))
    none = glossary.term("cell", "none")
    rows = []
    for row in items:
        form, suffix = _form(row["unit"])
        change = states.pop((row["rule_id"], row["item_key"]), None)
        rows.append(
            [
                _prefixed(subject_name(marts, pen, row), row, glossary),
                glossary.term("watch_metric", row["metric"]),
                pen.fact(row.fact("value"), form) + suffix,
                pen.fact(row.fact("threshold"), form.replace("pct", "pct_abs")) + suffix,
                pen.fact(row.fact("distance"), _distance_form(form))
                + _distance_suffix(row["unit"]),
                pen.day(row, "next_date") if row["next_date"] else none,
                pen.coded(change, "state", "watch_state")
                if change
                else glossary.term("watch_state", "new"),
                glossary.term("watch_rule", row["rule_id"]).format(
                    table=_basis(pen, glossary, row)
                ),
            ]
        )
    for (rule, _), change in sorted(states.items()):
        if change["state"] == "resolved":
            subject = subject_name(marts, pen, change, "item_key")
            word = pen.coded(change, "state", "watch_state")
            basis = glossary.term("watch_rule", rule).format(table=_basis(pen, glossary, change))
            metric = glossary.term("watch_rule_metric", rule)
            gone = glossary.term("cell", "left_list")
            rows.append([subject, metric, gone, none, none, none, word, basis])
    return table(10, rows)


def _prefixed(name: str, row: Row, glossary: Glossary) -> str:
    if glossary.has("watch_subject", row["rule_id"]):
        return glossary.term("watch_subject", row["rule_id"]).format(name=name)
    return name


def _basis(pen: Pen, glossary: Glossary, row: Row) -> str:
    return pen.table(int(glossary.term("watch_table", row["rule_id"])))


def _form(unit: str | None) -> tuple[str, str]:
    if unit == "days":
        return "whole", " 天"
    if unit == "%":
        return "pct", ""
    if unit == "USD":
        return "yi", " 億美元"
    raise BriefError(f"a watch item in unit {unit!r} cannot be printed")


def _distance_form(form: str) -> str:
    return {"pct": "one_abs", "yi": "yi_abs"}.get(form, "whole_abs")


def _distance_suffix(unit: str | None) -> str:
    return {"%": " 個百分點", "days": " 天"}.get(unit or "", " 億美元")


def changes_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 11: changed items, then one row for all unchanged ones."""
    rows = []
    for row in changed_items(marts):
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        rows.append(
            [
                _item_name(marts, pen, glossary, row) + mark,
                _side(row, "previous", pen, glossary),
                _side(row, "current", pen, glossary) + _pending(marts, glossary, row),
                pen.coded(row, "change", _changes(row)),
            ]
        )
    unchanged = marts.count("unchanged_items")
    if rows and unchanged is not None and unchanged.number > 0:
        none = glossary.term("cell", "none")
        sentence = glossary.term("pattern", "unchanged").format(count=pen.fact(unchanged, "whole"))
        rows.append([sentence, none, none, glossary.term("change", "unchanged")])
    return table(11, rows)


def changed_items(marts: Marts) -> list[Row]:
    """The items that changed, legal states first."""
    rows = [row for row in marts.rows("fct_week_changes") if row["change"] != "unchanged"]
    return sorted(rows, key=lambda r: (_CHANGE_ORDER.index(r["change"]), r["area"], r["item_key"]))


def _item_name(marts: Marts, pen: Pen, glossary: Glossary, row: Row) -> str:
    pattern = glossary.term("item", f"{row['area']}.{row['metric']}")
    parts = str(row["subject"]).split("|")[1:]
    return pattern.format(
        subject=subject_name(marts, pen, row),
        flow=glossary.term("flow", parts[0]) if len(parts) > 1 else "",
        period=pen.period(f"zh:{parts[-1]}") if row["area"] != "policy" and parts else "",
    )


def _changes(row: Row) -> str:
    """The glossary's group of words for how an item changed: a date that moves is no revision."""
    return "date_change" if row["metric"] == "until_date" else "change"


def _pending(marts: Marts, glossary: Glossary, row: Row) -> str:
    return pending_mark(marts, glossary, row) if row["area"] == "policy" else ""


def _side(row: Row, side: str, pen: Pen, glossary: Glossary) -> str:
    value: Fact | None = row.fact(f"value_{side}")
    if value is not None:
        form = glossary.term("metric_form", row["metric"])
        return pen.fact(value, form) + glossary.terms["metric_unit"].get(row["metric"], "")
    text = row[f"text_{side}"]
    if text is None:
        unknown = row["change"] == "new" and row["area"] != "policy"
        return glossary.term("cell", "not_yet_out" if unknown else "absent")
    if glossary.has("status", text):
        return pen.coded(row, f"text_{side}", "status")
    return pen.quoted(row, f"text_{side}")
