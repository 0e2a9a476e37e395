"""Killed at any moment, run again: the same tables, reports and archive as in peace.

The name of a test holds its seed, and a failure names the moments that led to it.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tradeflow.search.service import SearchService
from tradeflow_tests import forked
from tradeflow_tests.pipeline.crashes import Moment, Place, assert_as_in_peace, run_week

BEFORE, WEEK = "2026-W07", "2026-W08"
LONGEST_DELAY_S = 0.4
KILLS_BEFORE_PEACE = 5
"""How many processes die in a row over the same week before one is left in peace."""


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A world with one week, in which the next one will be run."""
    root = tmp_path_factory.mktemp("warm")
    assert forked.run(run_week, root, BEFORE) == 0
    return Place(root)


@pytest.fixture(scope="module")
def quiet(warm: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same world after a run of the next week that nobody disturbed."""
    place = warm.copy_to(tmp_path_factory.mktemp("quiet") / "world")
    assert forked.run(run_week, place.root, WEEK, None, place.root / "began.json") == 0
    return place


def killed_and_run_again(
    warm: Place, quiet: Place, root: Path, kills: int, seed: int
) -> list[Moment]:
    chance = random.Random(seed)
    began: dict[str, int] = json.loads((quiet.root / "began.json").read_text(encoding="utf-8"))
    died: list[Moment] = []
    while len(died) < kills:
        place = warm.copy_to(root)
        for _ in range(min(KILLS_BEFORE_PEACE, kills - len(died))):
            stage = chance.choice(sorted(began))
            delay_s = max(0.0, chance.uniform(-LONGEST_DELAY_S, LONGEST_DELAY_S))
            moment = Moment(stage, chance.randint(1, began[stage]), delay_s)
            code = forked.run(run_week, place.root, WEEK, moment)
            # A run on what others left may have less to do and end before its moment.
            assert code in (0, forked.KILLED), (seed, moment, code)
            if code == forked.KILLED:
                died.append(moment)
        place.age()
        assert forked.run(run_week, place.root, WEEK) == 0, (seed, died)
        try:
            assert_as_in_peace(place, quiet)
        except AssertionError as error:
            error.add_note(f"seed {seed}, the last of {died[-KILLS_BEFORE_PEACE:]}")
            raise
    return died


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20260216])
def test_twenty_kills_at_random_moments_leave_no_trace(
    warm: Place, quiet: Place, tmp_path: Path, seed: int
) -> None:
    died = killed_and_run_again(warm, quiet, tmp_path / "world", kills=20, seed=seed)
    assert len({moment.stage for moment in died}) >= 8


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(20))
def test_two_hundred_kills_at_random_moments_leave_no_trace(
    warm: Place, quiet: Place, tmp_path: Path, seed: int
) -> None:
    killed_and_run_again(warm, quiet, tmp_path / "world", kills=10, seed=seed)


@pytest.mark.slow
def test_readers_beside_a_run_see_the_old_state_or_the_new_and_wait_for_nobody(
    warm: Place, tmp_path: Path
) -> None:
    place = warm.copy_to(tmp_path / "world")
    seen: set[tuple[str, ...]] = set()
    running = forked.start(run_week, place.root, WEEK)
    while running.is_alive():
        with place.world.warehouse.reader() as con:
            weeks = con.execute("select distinct week from marts.facts order by 1").fetchall()
            documents = con.execute("select count(*) from search.week_documents").fetchall()
        assert documents > [(0,)]
        seen.add(tuple(week for (week,) in weeks))
        with SearchService.of_world(place.world) as service:
            assert service.search("稀土", k=1)
        running.join(timeout=0.5)
    assert running.exitcode == 0
    assert seen <= {(BEFORE,), (BEFORE, WEEK)} and (BEFORE,) in seen
    with place.world.warehouse.reader() as con:
        (last,) = con.execute("select max(week) from marts.facts").fetchall()
    assert last == (WEEK,)
