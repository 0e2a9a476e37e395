"""The brief's text: templates filled with the week's facts, and the record of every numeral.

Here: the template environment and what templates may call. Not here: which facts are chosen
(section modules), whether the result may be printed (`gate.py`), where it goes (`publish.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from functools import cache, partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from tradeflow.briefing import chinese, skeleton
from tradeflow.briefing.charts_data import ChartData, charts_of
from tradeflow.briefing.concentration import concentration_story, concentration_table
from tradeflow.briefing.followup import (
    changes_table,
    pending_mark,
    subject_name,
    watch_table,
)
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.key_messages import brief_contents, key_messages
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import SPACING, Pen, Settled, as_json, strip
from tradeflow.briefing.policy_section import (
    new_documents_table,
    policy_section,
    status_text,
    tracked_table,
)
from tradeflow.briefing.quality import check_table, limits, source_table
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.us_trade import monthly_table, us_section, ytd_table
from tradeflow.briefing.yearly import balance_table, china_balances, flow_section, flow_table
from tradeflow.bundled import reports_root


@dataclass(frozen=True)
class Chart:
    """One chart of the brief: its number, its message, and the rows it draws."""

    number: int
    name: str
    title: str
    data: ChartData = field(repr=False)


@dataclass(frozen=True)
class Rendered:
    """The finished text with its record, tables and charts."""

    markdown: str
    record: dict[str, Any]
    """What `figures.json` keeps."""
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]
    key_messages: tuple[str, ...]
    review_items: tuple[str, ...]
    traced_pct: Decimal


def render(marts: Marts, glossary: Glossary, issue: Issue) -> Rendered:
    """Write the brief.

    The share of traced numerals stands in the text it is measured on, so the text is written
    once with a full share and once more if the measured one differs.

    Raises:
        BriefError: a numeral was written past the pen, or a fact or term is missing.
    """
    first = _Draft(marts, glossary, issue, Decimal(100))
    measured = share_traced(as_json(first.settled)["numerals"], marts)
    draft = first if measured == 100 else _Draft(marts, glossary, issue, measured)
    return draft.rendered()


def share_text(share: Decimal) -> str:
    """A share that never claims more than was measured: 100 %, 99.4 %."""
    floor = share.quantize(Decimal("0.1"), rounding=ROUND_FLOOR)
    return f"{floor.normalize():f} %"


def share_traced(numerals: Sequence[Mapping[str, Any]], marts: Marts) -> Decimal:
    """Numerals that lead to an archived answer, in per cent of all that state something.

    Args:
        numerals: entries of `figures.json`.

    Table numbers, list markers and fixed wording state nothing about the world and are left out
    of both sides. A fact counts as traced when it names the answers it came from.
    """
    stating = [n for n in numerals if n["kind"] not in {"table_number", "literal", "computed"}]
    if not stating:
        return Decimal(100)
    traced = {name for name, fact in marts.facts.items() if fact.response_ids}
    untraced = sum(n["kind"] == "fact" and n["reference"] not in traced for n in stating)
    return Decimal(100) * (len(stating) - untraced) / len(stating)


def origins_of(settled: Settled, marts: Marts) -> dict[str, Any]:
    """What every reference of the text rests on: facts with their answers, and quoted rows."""
    references = sorted(
        {numeral.reference for numeral in settled.numerals}
        | {word.reference for word in settled.words}
    )
    facts = {name: marts.facts[name] for name in references if name in marts.facts}
    quoted = {name.partition("#")[0].rpartition(":")[0] for name in references if name not in facts}
    return {
        "facts": {
            name: {
                "value": fact.text if fact.exact is None else f"{fact.exact:f}",
                "unit": fact.unit,
                "coverage": fact.coverage,
                "vintage": fact.vintage,
                "is_reconstructed": fact.is_reconstructed,
                "response_ids": list(fact.response_ids),
            }
            for name, fact in facts.items()
        },
        "rows": {
            name: list(row.values.get("response_ids") or ())
            for name in sorted(quoted)
            if (row := marts.row(name)) is not None
        },
    }


class _Draft:
    """One pass over the templates."""

    def __init__(self, marts: Marts, glossary: Glossary, issue: Issue, traced: Decimal) -> None:
        self.marts, self.glossary, self.issue, self.traced = marts, glossary, issue, traced
        self.pen = Pen(glossary)
        self.us = us_section(marts)
        self.policy = policy_section(marts)
        self.chart_data = charts_of(marts, self.us, self.policy)
        self.messages = key_messages(marts, self.us, self.policy, issue.week.start)
        self.titles: dict[str, str] = {}
        self.tables = self._tables()
        marked = _environment().get_template("weekly.md.j2").render(self._context())
        self.settled = self.pen.settle(_tidy(marked))

    def rendered(self) -> Rendered:
        text = self.settled.text
        messages = tuple(re.findall(r"^\d+\. (.+)$", _section(text, skeleton.KEY_MESSAGES), re.M))
        items = tuple(re.findall(r"^- (.+)$", _section(text, "### 待審核項目"), re.M))
        record = {
            "report": "trade_briefing",
            "week": self.issue.week.key,
            "as_of": self.issue.as_of.isoformat(),
            "data_version": self.issue.data_version,
            "traced": share_text(self.traced),
            "key_messages": list(messages),
            "review_items": list(items),
            **as_json(self.settled),
            **origins_of(self.settled, self.marts),
        }
        return Rendered(
            markdown=text,
            record=record,
            tables=tuple(self.tables[number] for number in sorted(self.tables)),
            charts=tuple(
                Chart(number, name, self.titles[name], self.chart_data[name])
                for number, name in enumerate(self.chart_data, 1)
            ),
            key_messages=messages,
            review_items=items,
            traced_pct=self.traced,
        )

    def _tables(self) -> dict[int, Table]:
        marts, pen, glossary = self.marts, self.pen, self.glossary
        made = [
            flow_table(marts, pen, glossary, "X"),
            flow_table(marts, pen, glossary, "M"),
            balance_table(marts, pen, glossary),
            monthly_table(self.us, pen, glossary),
            ytd_table(self.us, pen, glossary),
            new_documents_table(self.policy, pen, glossary),
            tracked_table(self.policy, pen, glossary),
            table(8, ()),
            concentration_table(marts, pen, glossary),
            watch_table(marts, pen, glossary),
            changes_table(marts, pen, glossary),
            table(12, ()),
            check_table(marts, pen, glossary),
            table(14, ()),
            source_table(marts, pen, glossary),
        ]
        return {each.number: each for each in made}

    def _context(self) -> dict[str, Any]:
        marts, pen, issue = self.marts, self.pen, self.issue
        key = issue.week.key
        title = skeleton.title(issue.week).removeprefix("# ")
        head, _, period = title.partition(" — ")
        return {
            "pen": pen,
            "title": f"# {head} — {pen.mark(period, 'date', f'week:{key}:name')}",
            "start": pen.known_day(issue.week.start, f"week:{key}:start"),
            "end": pen.known_day(issue.week.end, f"week:{key}:end"),
            "as_of": pen.known_day(issue.as_of, "as_of"),
            "version": pen.mark(issue.data_version, "hash", "data_version"),
            "review": None
            if issue.review is None
            else pen.mark(chinese.inert(issue.review), "title", "review"),
            "traced": pen.computed(share_text(self.traced), "traced"),
            "interim": issue.interim,
            "sandbox": issue.sandbox,
            "tables": self.tables,
            "messages": self.messages,
            "exports": flow_section(marts, "X"),
            "imports": flow_section(marts, "M"),
            "balances": china_balances(marts),
            "us": self.us,
            "us_note": self._us_note(),
            "policy": self.policy,
            "concentration": concentration_story(marts),
            "limits": limits(marts),
            "review_rows": marts.rows("fct_review_items"),
            "has_previous": bool(marts.rows("fct_week_changes")),
            "count": marts.count,
            "brief_contents": brief_contents,
            "count_of": self._count_of,
            "is_converted": lambda title: chinese.title_subject(title) != title,
            "posted_late": self._posted_late,
            "economy": lambda iso3: marts.economies[iso3],
            "subject": partial(subject_name, marts, pen),
            "pending": partial(pending_mark, marts, self.glossary),
            "status": lambda row: status_text(row, pen, self.glossary),
            "field": self._field,
            "year_before_span": self._year_before_span,
            "chart_number": self._chart_number,
            "chart_data": self.chart_data.__getitem__,
            "chart_title": self._chart_title,
        }

    def _posted_late(self, rows: Sequence[Row]) -> bool:
        """Whether a notice posted this week was issued before it."""
        dates = [self.policy.notices[row["notice_key"]]["issue_date"] for row in rows]
        return any(day is not None and day < self.issue.week.start for day in dates)

    def _us_note(self) -> str:
        kind = "dated" if self.us.calendar_dated else "plain"
        return self.glossary.term("us_note", kind)

    def _count_of(self, name: str, expected: int) -> Fact | None:
        fact = self.marts.count(name)
        return fact if fact is not None and fact.number == expected else None

    def _field(self, row: Row) -> str:
        name = str(row["text_value"])
        if self.glossary.has("field", name):
            return self.glossary.term("field", name)
        return self.pen.quoted(row, "text_value")

    def _year_before_span(self, ytd: Row) -> str:
        first, last = (
            f"{int(month[:4]) - 1}{month[4:]}"
            for month in (ytd["first_month"], ytd["through_month"])
        )
        return self.pen.period(f"zh:{first}" if first == last else f"zh:{first}..{last}")

    def _chart_number(self, name: str) -> int:
        return list(self.chart_data).index(name) + 1 if name in self.chart_data else 0

    def _chart_title(self, name: str, marked: str) -> str:
        self.titles[name] = strip(marked)
        return marked


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(reports_root() / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {form: _filter(form) for form in chinese.FACT_FORMATS}
    return environment


def _filter(form: str) -> Callable[[Context, Fact | None], str]:
    @pass_context
    def write(context: Context, fact: Fact | None) -> str:
        return context["pen"].fact(fact, form)

    return write


def _tidy(marked: str) -> str:
    """One blank line between blocks, a space between Chinese and digits, one newline at the end."""
    spaced = SPACING.sub(" ", marked)
    lines = [line.rstrip() for line in spaced.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def _section(text: str, heading: str) -> str:
    after = text.partition(f"\n{heading}\n")[2]
    return re.split(r"^#{1,6} ", after, maxsplit=1, flags=re.M)[0]
