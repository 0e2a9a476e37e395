"""The sandbox speaks the sources' protocols: every question of a week is answered and holds."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import date

import pytest

from tradeflow.answers import Request
from tradeflow.releases import newest
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Mode, Settings
from tradeflow.sources.base import Parsed
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.transport import Transport

from .conftest import as_answer

DAYS = [
    date(2025, 1, 5),
    pytest.param(date(2025, 3, 9), marks=pytest.mark.slow),
    date(2026, 2, 15),
    pytest.param(date(2026, 6, 28), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("as_of", DAYS)
@pytest.mark.parametrize("name", SOURCES)
def test_every_answer_of_a_week_parses_and_adds_up(name: str, as_of: date, settings: Settings):
    settings = Settings(
        _env_file=None, home=settings.home, sources=Mode.SANDBOX, census_api_key="sandbox"
    )
    source = SOURCES[name]
    groups: dict[str, dict[Request, Parsed]] = defaultdict(dict)
    asked: set[str] = set()
    queue = deque(source.requests(as_of, settings))
    with Transport(settings, http=SandboxTransport(as_of)) as transport:
        while queue:
            request = queue.popleft()
            if request.key in asked:
                continue
            asked.add(request.key)
            answer = as_answer(request, transport.send(request))
            parsed = source.parse(answer)
            groups[request.group][request] = parsed
            queue.extend(source.follow(answer, parsed))
    for group, answers in groups.items():
        source.audit(group, answers)
    filled = _tables_with_rows(groups.values())
    # Before its first edition the minerals layer has a catalogue and no rows.
    has_rows = name != "usgs" or newest("usgs", as_of) is not None
    assert filled == (set(source.tables) if has_rows else set())


def _tables_with_rows(groups: Iterable[dict[Request, Parsed]]) -> set[str]:
    return {
        table
        for answers in groups
        for parsed in answers.values()
        for table, frame in parsed.tables.items()
        if not frame.is_empty()
    }
