"""The demonstration world's pages as searched: ingested, extracted and stored once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tradeflow.periods import Week
from tradeflow.pipeline import extract_policy, ingest_layer
from tradeflow.search.service import SearchService
from tradeflow.search.store import update_documents, update_sparse_vectors
from tradeflow.settings import Mode, Settings
from tradeflow.world import World
from tradeflow_tests.search.bench import Bench, card_rows

NEWEST = Week(2026, 20)
"""A week that knows every page of the demonstration world."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world with the ministry's pages of a week; its figures are one made-up row a series."""
    home = tmp_path_factory.mktemp("searched")
    world = World(Settings(_env_file=None, home=home, sources=Mode.SANDBOX))
    ingest_layer(world, "mofcom", NEWEST)
    extract_policy(world, NEWEST)
    world.runner.run_many(_models_read(world), NEWEST, NEWEST.end)
    with world.warehouse.connect("store what is searched") as con:
        card_rows(con, NEWEST.key)
        update_documents(con, NEWEST.key, NEWEST.end)
        update_sparse_vectors(con)
    world.warehouse.publish()
    return world


@pytest.fixture(scope="session")
def service(searched: World) -> Iterator[SearchService]:
    with SearchService.of_world(searched) as opened:
        yield opened


def _models_read(world: World) -> list[str]:
    """The models that documents and states are read from, after what they read themselves."""
    wanted = {"int_pages__released", "int_notices__merged", "fct_clause_intervals"}
    for name, model in reversed(world.project.models.items()):
        if name in wanted:
            wanted |= {ref.name for ref in model.upstream if ref.kind == "model"}
    return [name for name in world.project.models if name in wanted]
