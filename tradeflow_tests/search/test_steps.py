"""The steps of searching beside another process that has just stored its week's documents."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tradeflow.periods import Week
from tradeflow.search.corpus import load_corpus
from tradeflow.search_steps import index_search, store_search_documents
from tradeflow.settings import Settings
from tradeflow.world import World
from tradeflow_tests.search.bench import BagOfCharacters, Bench, Text

W07 = Week(2026, 7)
TUNGSTEN = Text(
    "商务部公告2025年第10号 公布对钨、碲实施出口管制的决定",
    ("一、钨相关物项", "本公告自公布之日起实施。"),
    released_on=date(2025, 2, 4),
    key="MOFCOM-公告-2025-10",
)


@pytest.fixture
def world(settings: Settings) -> World:
    """A world whose warehouse another process has just left, a week's documents in it."""
    world = World(settings)
    world.home.mkdir(parents=True)
    with duckdb.connect(world.warehouse.path) as con:
        Bench(Path(settings.home), con).know(W07.key, TUNGSTEN)
    return world


def test_documents_are_stored_with_what_searching_them_takes(world: World) -> None:
    store_search_documents(world, W07)
    with world.warehouse.connect("look") as con:
        corpus = load_corpus(con, None)
    assert corpus is not None and len(corpus.pieces) == 1


def test_pieces_another_process_has_not_read_yet_are_read_for_the_index(world: World) -> None:
    world.__dict__["embedder"] = BagOfCharacters()
    store_search_documents(world, W07)
    digest, points = index_search(world)
    assert points == 1 and world.search_engine.has(digest)
