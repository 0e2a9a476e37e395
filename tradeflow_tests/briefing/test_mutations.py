"""No single change to a golden report passes the gate: numerals, headings, claims, directions.

A seeded sample of the many is tried by default; the slow suite tries every numeral, heading, state,
coverage word and direction there is, and more of the words that could be put in anywhere, of which
`make test-mutations` tries all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator

import pytest

from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import render
from tradeflow.errors import GateRefused
from tradeflow.periods import Week

from .month_of_marts import MONTH, month_marts
from .mutations import COVERAGE, STATES, Make, Report
from .week_of_marts import AS_OF, WEEK
from .year_of_marts import YEAR, year_marts

SAMPLE = 60
LARGE_SAMPLE = 300
FAMILIES: dict[str, Callable[[Report], Iterator[Make]]] = {
    "each digit": Report.digits,
    "each heading": Report.headings,
    "each state by every other": lambda report: report.replacements(STATES),
    "each coverage word by every other": lambda report: report.replacements(COVERAGE),
    "each direction": Report.directions,
}
ANYWHERE: dict[str, Callable[[Report], Iterator[Make]]] = {
    "states where none belongs": lambda report: report.insertions(STATES),
    "coverage words where none belongs": lambda report: report.insertions(COVERAGE),
}
SEVERAL = {
    ("weekly", "each digit"): 2000,
    ("weekly", "each heading"): 75,
    ("weekly", "each state by every other"): 100,
    ("weekly", "each coverage word by every other"): 150,
    ("weekly", "each direction"): 20,
    ("yearly", "each digit"): 700,
    ("yearly", "each heading"): 50,
    ("yearly", "each state by every other"): 100,
    # It states no sums of months, runs, records or changes.
    ("yearly", "each coverage word by every other"): 0,
    ("yearly", "each direction"): 0,
}
"""How many mutants a family has at least, so that an empty one does not pass for a clean one."""


@pytest.fixture(scope="module", params=["weekly", "monthly", "yearly"])
def golden(
    request: pytest.FixtureRequest, marts: Marts, glossary: Glossary, issue: Issue
) -> tuple[str, Gate, Report]:
    if request.param == "monthly":
        marts = month_marts()
        week = Week.parse(WEEK)
        issue = Issue(week, AS_OF, issue.data_version, True, True, None, MONTHLY, MONTH)
    elif request.param == "yearly":
        marts = year_marts()
        week = Week.parse(WEEK)
        issue = Issue(week, AS_OF, issue.data_version, True, True, None, MINERALS, YEAR)
    rendered, gate = render(marts, glossary, issue), Gate(marts, glossary, issue)
    gate.check(rendered.markdown, rendered.record)
    return request.param, gate, Report(rendered.markdown, rendered.record)


def survivors(gate: Gate, mutants: Iterable[Make]) -> list[str]:
    found = []
    for make in mutants:
        mutant = make()
        try:
            gate.check(mutant.markdown, mutant.record)
        except GateRefused as refusal:
            assert ", line " in str(refusal)
        else:
            start = max(0, mutant.place - 20)
            near = mutant.markdown[start : mutant.place + 20].replace("\n", "⏎")
            found.append(f"{mutant.what}: …{near}…")
    return found


@pytest.mark.parametrize("family", FAMILIES | ANYWHERE)
def test_a_sample_of_changes_is_refused(golden: tuple[str, Gate, Report], family: str) -> None:
    kind, gate, report = golden
    mutants = list((FAMILIES | ANYWHERE)[family](report))
    assert len(mutants) >= SEVERAL.get((kind, family), 5)
    assert survivors(gate, chosen(mutants, SAMPLE, family)) == []


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_change_is_refused(golden: tuple[str, Gate, Report], family: str) -> None:
    _, gate, report = golden
    assert survivors(gate, FAMILIES[family](report)) == []


@pytest.mark.slow
@pytest.mark.parametrize("family", ANYWHERE)
def test_a_word_put_in_is_refused(golden: tuple[str, Gate, Report], family: str) -> None:
    _, gate, report = golden
    mutants = list(ANYWHERE[family](report))
    assert survivors(gate, chosen(mutants, LARGE_SAMPLE, family)) == []


@pytest.mark.campaign
@pytest.mark.parametrize("family", ANYWHERE)
def test_a_word_put_in_anywhere_is_refused(golden: tuple[str, Gate, Report], family: str) -> None:
    _, gate, report = golden
    assert survivors(gate, ANYWHERE[family](report)) == []


def chosen(mutants: list[Make], many: int, seed: str) -> list[Make]:
    return random.Random(seed).sample(mutants, min(many, len(mutants)))
