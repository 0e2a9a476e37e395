"""A report's text: templates filled with facts, and the record of every numeral.

Here: the template environment and what all templates may call. Not here: what a kind of report
holds (its composer, `kinds.py`), whether the result may be printed (`gate.py`), where it goes
(`publish.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from tradeflow.briefing import chinese
from tradeflow.briefing.charts_data import ChartData
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.kinds import KINDS
from tradeflow.briefing.marts import Fact, Marts
from tradeflow.briefing.pen import SPACING, Pen, Settled, as_json, strip
from tradeflow.briefing.tables import Table
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

    Table numbers, list markers, search scores and fixed wording state nothing about the world and
    are left out of both sides, and so are the limits of rules. A fact counts as traced when it
    names the answers it came from.
    """
    stating = [
        n
        for n in numerals
        if n["kind"] not in {"table_number", "literal", "computed", "score"}
        and not n["reference"].endswith(":threshold")
    ]
    if not stating:
        return Decimal(100)
    untraced = sum(n["kind"] == "fact" and not _is_traced(n["reference"], marts) for n in stating)
    return Decimal(100) * (len(stating) - untraced) / len(stating)


def _is_traced(reference: str, marts: Marts) -> bool:
    fact = marts.facts.get(reference)
    return fact is not None and bool(fact.response_ids)


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
        compose = KINDS[issue.frame.report][1]
        self.content = compose(marts, glossary, issue, self.pen)
        self.tables = {each.number: each for each in self.content.tables}
        self.titles: dict[str, str] = {}
        template = _environment().get_template(issue.frame.template)
        self.settled = self.pen.settle(_tidy(template.render(self._context())))

    def rendered(self) -> Rendered:
        text, issue = self.settled.text, self.issue
        told = _section(text, issue.frame.key_messages)
        messages = tuple(re.findall(r"^\d+\. (.+)$", told, re.M))
        items = tuple(re.findall(r"^- (.+)$", _section(text, issue.frame.review_items), re.M))
        record = {
            "report": issue.frame.report,
            "period": issue.period.key,
            "week": issue.week.key,
            "as_of": issue.as_of.isoformat(),
            "data_version": issue.data_version,
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
                Chart(number, name, self.titles[name], self.content.charts[name])
                for number, name in enumerate(self.content.charts, 1)
            ),
            key_messages=messages,
            review_items=items,
            traced_pct=self.traced,
        )

    def _context(self) -> dict[str, Any]:
        pen, issue = self.pen, self.issue
        reference = f"issue:{issue.period.key}"
        period = pen.mark(issue.frame.period_name(issue.period), "date", f"{reference}:name")
        return {
            "pen": pen,
            "title": f"# {issue.frame.name_zh} — {period}",
            "start": pen.known_day(issue.period.start, f"{reference}:start"),
            "end": pen.known_day(issue.period.end, f"{reference}:end"),
            "as_of": pen.known_day(issue.as_of, "as_of"),
            "version": pen.mark(issue.data_version, "hash", "data_version"),
            "review": None
            if issue.review is None
            else pen.mark(chinese.inert(issue.review.text), "title", "review"),
            "traced": pen.computed(share_text(self.traced), "traced"),
            "interim": issue.interim,
            "this": issue.frame.this,
            "sandbox": issue.sandbox,
            "tables": self.tables,
            "count": self.marts.count,
            "economy": lambda iso3: self.marts.economies[iso3],
            "chart_number": self._chart_number,
            "chart_data": self.content.charts.__getitem__,
            "chart_title": self._chart_title,
            **self.content.context,
        }

    def _chart_number(self, name: str) -> int:
        charts = list(self.content.charts)
        return charts.index(name) + 1 if name in charts else 0

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
