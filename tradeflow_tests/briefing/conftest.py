"""The hand-filled week, read once: its marts, its brief, and a way to change its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from tradeflow.briefing.glossary import Glossary, load_glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts, load_marts
from tradeflow.briefing.render import Rendered, render
from tradeflow.periods import Week

from .week_of_marts import AS_OF, WEEK, build

Rows = dict[str, list[dict[str, Any]]]
Change = Callable[[Rows], None]


@pytest.fixture(scope="session")
def glossary() -> Glossary:
    return load_glossary()


@pytest.fixture(scope="session")
def issue() -> Issue:
    return Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", sandbox=True)


@pytest.fixture(scope="session")
def marts() -> Marts:
    with duckdb.connect() as con:
        return load_marts(build(con), WEEK)


@pytest.fixture(scope="session")
def rendered(marts: Marts, glossary: Glossary, issue: Issue) -> Rendered:
    return render(marts, glossary, issue)


@pytest.fixture(scope="session")
def changed() -> Callable[[Change], Marts]:
    """The week's marts after an edit of its rows."""

    def make(change: Change) -> Marts:
        with duckdb.connect() as con:
            return load_marts(build(con, change), WEEK)

    return make


@pytest.fixture(scope="session")
def brief_of(
    changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> Callable[[Change], str]:
    """The brief's text after an edit of the week's rows; the gate has accepted it."""
    from tradeflow.briefing.gate import Gate

    def make(change: Change) -> str:
        marts = changed(change)
        rendered = render(marts, glossary, issue)
        Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)
        return rendered.markdown

    return make
