"""A live week over real sockets: its tables are the sandbox's, and a bad day costs no truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from tradeflow.ingest import LayerWeekFailed
from tradeflow.orchestration.runs import run_weeks
from tradeflow.periods import Week
from tradeflow.pipeline import bring_up_to_date, ingest_layer
from tradeflow.settings import Mode, load_settings
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.transport import Transport
from tradeflow.world import World
from tradeflow_tests.hosts.compare import rows_of, tables
from tradeflow_tests.hosts.real_hosts import Limits, RealHosts

W06, W07 = Week(2026, 6), Week(2026, 7)
SMALL = [name for name in SOURCES if name != "comtrade"]
"""Layers of some ten to hundred requests; Comtrade's hundreds are left to the slow campaign."""

SAYS_HOW_ANSWERS_CAME = {
    "raw.snapshot",
    "raw.held_answers",
    "intermediate.int_week_answers__listed",
    "intermediate.int_held_answers__listed",
    "marts.fct_layer_coverage",
    "marts.fct_review_items",
    "marts.fct_counts",
    "marts.fct_signals",
    "marts.facts",
}
"""Tables that may differ after a bad day: they name or count what was carried forward and held,
and what rests on it is said with less confidence."""

Make = Callable[[Mode], World]


@pytest.fixture
def hosts() -> Iterator[RealHosts]:
    with RealHosts(W07.end) as listening:
        yield listening


@contextmanager
def pointed_at(hosts: RealHosts, home: Path, *, pauses: bool = False) -> Iterator[Make]:
    """Makes worlds under `home`; live ones ask the hosts on this machine, without pauses."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in hosts.environment.items():
            patched.setenv(name, value)
        patched.setenv("CENSUS_API_KEY", "a-key-of-a-test")
        patched.setenv("TRADEFLOW_REQUESTS_PER_SECOND", "10000")
        patched.setenv("TRADEFLOW_DAILY_CALLS", "10000")
        if not pauses:
            at_once = partial(Transport, sleep=lambda _seconds: None)
            patched.setattr("tradeflow.ingest.Transport", at_once)
        yield lambda mode: World(load_settings(home=home, reports=home / "reports", sources=mode))


@contextmanager
def untouched(home: Path) -> Iterator[World]:
    """A sandbox of its own, whatever the environment says."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("TRADEFLOW_SOURCES", raising=False)
        yield World(load_settings(home=home, reports=home / "reports"))


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small layers of a sandbox in which nothing goes wrong."""
    with untouched(tmp_path_factory.mktemp("sandbox")) as sandbox:
        ingest(sandbox, SMALL)
    return sandbox


def ingest(world: World, layers: Iterable[str], week: Week = W07) -> None:
    for name in layers:
        ingest_layer(world, name, week)


def snapshot(world: World, week: Week) -> dict[tuple[str, str], tuple[str, bool]]:
    """(layer, label) → answer the week rests on, and whether it was carried forward."""
    with world.warehouse.connect("look") as con:
        found = con.execute(
            "select layer, label, response_id, carried_forward from raw.snapshot where week = ?",
            [week.key],
        ).fetchall()
    return {(layer, label): (response, carried) for layer, label, response, carried in found}


def assert_no_faulty_answer_counts(bad: World, good: World) -> None:
    """Every answer of the bad week is the true one, or the week before's and marked so."""
    true, before, found = snapshot(good, W07), snapshot(bad, W06), snapshot(bad, W07)
    assert found.keys() == true.keys()
    for asked, (response, carried) in found.items():
        assert (response, True) == (before[asked][0], carried) or response == true[asked][0], asked


def differing_tables(live: World, sandbox: World, hosts: RealHosts) -> set[str]:
    return {
        table
        for table in tables(sandbox.warehouse)
        if rows_of(live.warehouse, table, hosts.as_real) != rows_of(sandbox.warehouse, table)
    }


def refusals(world: World) -> int:
    with world.warehouse.connect("look") as con:
        row = con.execute("select count(*) from ops.quarantine where week = ?", [W07.key])
        return row.fetchall()[0][0]


def layers_for_review(world: World) -> set[str]:
    """The layers of which a review item names answers carried forward or held."""
    with world.warehouse.connect("look") as con:
        found = con.execute(
            "select subject from marts.fct_review_items"
            " where week = ? and kind in ('carried_forward', 'held_answer')",
            [W07.key],
        ).fetchall()
    return {subject for (subject,) in found}


def test_layers_asked_live_hold_the_rows_of_the_sandbox(
    truth: World, hosts: RealHosts, tmp_path: Path
) -> None:
    """Everything a source sends survives the way through sockets, ports and headers."""
    with pointed_at(hosts, tmp_path) as world:
        live = world(Mode.LIVE)
        ingest(live, SMALL)
    raw = [name for name in tables(truth.warehouse) if name.startswith("raw.")]
    assert len(raw) > 8
    for table in raw:
        found = rows_of(live.warehouse, table, hosts.as_real)
        assert found == rows_of(truth.warehouse, table), table
    with live.warehouse.connect("look") as con:
        assert con.execute("select distinct mode from raw.answers").fetchall() == [("live",)]


def test_a_bad_day_changes_no_small_layer(truth: World, hosts: RealHosts, tmp_path: Path) -> None:
    """A fifth of the answers refused, cut or altered: what stands is true or marked."""
    with pointed_at(hosts, tmp_path) as world:
        live = world(Mode.LIVE)
        ingest(live, SMALL, W06)
        hosts.turn_bad(0.2, seed=1)
        ingest(live, SMALL)
    assert_no_faulty_answer_counts(live, truth)
    assert refusals(live) > 0


@pytest.mark.slow
def test_a_bad_first_day_leaves_whole_layers_or_none(hosts: RealHosts, tmp_path: Path) -> None:
    """With nothing to carry forward a layer fails by name, and stores no part of itself."""
    hosts.turn_bad(0.5, seed=1)
    failed = []
    with pointed_at(hosts, tmp_path / "live") as world:
        live = world(Mode.LIVE)
        for name in SMALL:
            try:
                ingest_layer(live, name, W07)
            except LayerWeekFailed as error:
                failed.append(name)
                assert str(error).startswith(f"{name} 2026-W07: ")
        assert failed
        assert {layer for layer, _ in snapshot(live, W07)} == set(SMALL) - set(failed)


def test_a_host_asked_too_fast_is_waited_for(tmp_path: Path) -> None:
    limits = {"api.worldbank.org": Limits(interval_s=0.3)}
    with RealHosts(W07.end, limits) as hosts, pointed_at(hosts, tmp_path, pauses=True) as world:
        live = world(Mode.LIVE)
        ingest_layer(live, "worldbank", W07)
    assert hosts.refused["api.worldbank.org", 429] > 0
    assert not any(carried for _, carried in snapshot(live, W07).values())


def test_a_host_without_calls_left_is_not_asked_on(tmp_path: Path) -> None:
    limits = {"comtradeapi.un.org": Limits(daily_calls=3)}
    with RealHosts(W07.end, limits) as hosts, pointed_at(hosts, tmp_path) as world:
        live = world(Mode.LIVE)
        with pytest.raises(LayerWeekFailed, match="quota"):
            ingest_layer(live, "comtrade", W07)
    assert hosts.asked["comtradeapi.un.org"] <= 3 + 2
    assert snapshot(live, W07) == {}


@pytest.fixture(scope="module")
def sandbox_run(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A whole run of the week in a sandbox in which nothing goes wrong."""
    with untouched(tmp_path_factory.mktemp("run")) as sandbox:
        return run_weeks(sandbox.settings, W07, W07, Console(quiet=True))


@pytest.mark.slow
def test_a_live_run_has_the_tables_of_a_sandbox_run(
    sandbox_run: World, hosts: RealHosts, tmp_path: Path
) -> None:
    """`tradeflow run --sources live --week 2026-W07` against the hosts on this machine."""
    with pointed_at(hosts, tmp_path) as world:
        live = run_weeks(world(Mode.LIVE).settings, W07, W07, Console(quiet=True))
    assert tables(live.warehouse) == tables(sandbox_run.warehouse)
    assert differing_tables(live, sandbox_run, hosts) == set()
    brief = live.settings.published_reports / "weekly" / "2026-W07"
    assert (brief / "2026-W07-trade-briefing.md").exists()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_a_bad_day_ends_with_the_last_good_tables(
    sandbox_run: World, hosts: RealHosts, tmp_path: Path, seed: int
) -> None:
    """A run of a bad week differs from the true one in what it says of the layers alone."""
    with pointed_at(hosts, tmp_path) as world:
        live = world(Mode.LIVE)
        bring_up_to_date(live, W06)
        hosts.turn_bad(0.2, seed)
        run_weeks(live.settings, W07, W07, Console(quiet=True))
    assert_no_faulty_answer_counts(live, sandbox_run)
    marked = {layer for (layer, _), (_, carried) in snapshot(live, W07).items() if carried}
    assert marked
    assert layers_for_review(live) == {SOURCES[layer].group for layer in marked}
    assert differing_tables(live, sandbox_run, hosts) <= SAYS_HOW_ANSWERS_CAME
