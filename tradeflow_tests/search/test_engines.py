"""Every engine behind the one interface: same answers, whole indexes only, readers undisturbed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from tradeflow.errors import StorageError
from tradeflow.search.client import ALIAS, FolderEngine, ServerEngine
from tradeflow.search.edge import EdgeEngine, _copy_sparsely
from tradeflow.search.index import Engine, Filter, Folders, Point

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")
"""The server's engine indexes fields, of which the client in memory has no use."""

EVERYTHING = Filter(week=202620)
NAMES = ("edge", "folder", "server")


@pytest.fixture(params=NAMES)
def engine(request, tmp_path: Path) -> Iterator[Engine]:
    """The embedded engine, the client on a folder, the server's engine on a client in memory."""
    yield make(request.param, tmp_path)


def make(name: str, root: Path) -> Engine:
    if name == "edge":
        return EdgeEngine(root)
    if name == "folder":
        return FolderEngine(root)
    return ServerEngine(QdrantClient(":memory:"), "memory")


def point(number: int, sparse: dict[int, float], **other) -> Point:
    stated = {
        "id": number,
        "sparse": sparse,
        "dense": None,
        "document": f"d{number}",
        "layer": "cn_export_control",
        "category": "policy_guidance",
        "materials": (),
        "economies": (),
        "released": 20251009,
        "dated": 20251009,
        "known_from": 202501,
        "known_until": 999999,
    }
    return Point(**{**stated, **other})


POINTS = [
    point(0, {1: 1.0, 7: 0.5}, materials=("Sb", "Ga"), released=20240826),
    point(1, {1: 2.0}, economies=("USA",), layer="us_trade_census", dated=20260101),
    point(2, {4294967295: 3.0}, category="enforcement_action"),
    point(3, {1: 1.5}, known_from=202620),
    point(4, {1: 9.0}, known_from=202501, known_until=202610),
]


def found(index, where: Filter = EVERYTHING, vector: dict[int, float] | None = None) -> list:
    return [(each.id, round(each.score, 4)) for each in index.sparse(vector or {1: 2.0}, 10, where)]


def test_points_are_ranked_by_the_dot_product(engine):
    assert engine.build("a", POINTS, None) == 5
    index = engine.open("a")
    assert index.count() == 5
    assert found(index) == [(1, 4.0), (3, 3.0), (0, 2.0)]
    assert found(index, vector={4294967295: 1.0}) == [(2, 3.0)]
    assert index.sparse({}, 10, EVERYTHING) == []
    assert found(index, vector={12345: 1.0}) == []


def test_filters_hold(engine):
    engine.build("a", POINTS, None)
    index = engine.open("a")
    cases = {
        Filter(202620, equal=(("layer", "us_trade_census"),)): [1],
        Filter(202620, equal=(("materials", "Ga"),)): [0],
        Filter(202620, equal=(("economies", "USA"),)): [1],
        Filter(202620, equal=(("category", "enforcement_action"),)): [],
        Filter(202620, released_until=20250101): [0],
        Filter(202610): [4, 1, 0],
        Filter(202620, dated=(20251010, None)): [1],
        Filter(202620, dated=(None, 20251009)): [3, 0],
        Filter(202620, dated=(20251009, 20251009)): [3, 0],
        Filter(202619): [1, 0],
        Filter(202620, documents=frozenset({"d0", "d3"})): [3, 0],
        Filter(202620, documents=frozenset()): [],
    }
    for where, expected in cases.items():
        assert [number for number, _ in found(index, where)] == expected, where


def test_meaning_is_ranked_by_the_cosine(engine):
    points = [point(0, {1: 1.0}, dense=[1.0, 0.0]), point(1, {1: 1.0}, dense=[0.6, 0.8])]
    engine.build("a", points, 2)
    index = engine.open("a")
    ranked = [(each.id, round(each.score, 4)) for each in index.dense([0.0, 2.0], 10, EVERYTHING)]
    assert ranked[0] == (1, 0.8)


def test_engines_agree_on_random_points(tmp_path):
    random = np.random.default_rng(7)
    points = [
        point(
            number,
            {int(term): float(weight) for term, weight in zip(terms, weights, strict=True)},
            released=int(random.integers(20240101, 20261231)),
        )
        for number in range(120)
        for terms in [np.unique(random.zipf(1.4, 40) % 5000)]
        for weights in [random.random(len(terms)).round(3)]
    ]
    rankings = []
    for name in NAMES:
        engine = make(name, tmp_path / name)
        engine.build("a", points, None)
        index = engine.open("a")
        asked = {1: 0.3, 2: 1.1, 3: 0.7, 17: 2.0, 40: 2.4}
        where = Filter(202620, released_until=20260101)
        rankings.append({each.id: each.score for each in index.sparse(asked, 200, where)})
    assert len(rankings[0]) > 50
    assert rankings[1] == pytest.approx(rankings[0], abs=1e-4)
    assert rankings[2] == pytest.approx(rankings[0], abs=1e-4)


def test_an_empty_index_answers_nothing(engine):
    assert engine.build("a", [], None) == 0
    assert found(engine.open("a")) == []


def test_an_index_that_does_not_count_right_is_not_swapped_in(tmp_path):
    """Guard of `Folders.swap_in`."""
    folders = Folders(tmp_path)
    folders.swap_in("good", lambda folder: 3, 3)
    with pytest.raises(StorageError, match="expected 5 points, counted 4"):
        folders.swap_in("bad", lambda folder: 4, 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good"]


def test_an_index_that_fails_half_way_leaves_nothing(tmp_path):
    def broken(folder: Path) -> int:
        (folder / "part").write_text("x")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left on device"):
        Folders(tmp_path).swap_in("a", broken, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_draft_of_a_killed_process_is_swept_and_a_living_ones_is_not(tmp_path):
    for name, age_s in ((".building-killed", 7200), (".building-alive", 60)):
        draft = tmp_path / name
        draft.mkdir()
        (draft / "segment").write_bytes(b"half")
        os.utime(draft, (time.time() - age_s,) * 2)
    Folders(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".building-alive"]


def test_a_server_index_that_does_not_count_right_stays_nameless(tmp_path):
    client = QdrantClient(":memory:")
    engine = ServerEngine(client, "memory")
    engine.build("a", POINTS, None)
    doubled = [POINTS[0], POINTS[0]]
    with pytest.raises(StorageError, match="expected 2 points, counted 1"):
        engine.build("b", doubled, None)
    assert engine.has("a") and not engine.has("b")
    assert len(client.get_collections().collections) == 1


def test_a_server_that_does_not_answer_is_named():
    engine = ServerEngine.at("https://127.0.0.1:9", "canary-key")
    with pytest.raises(
        StorageError, match=r"Qdrant at https://127\.0\.0\.1:9 \(QDRANT_URL\)"
    ) as caught:
        engine.build("a", POINTS, None)
    assert "canary-key" not in str(caught.value)


def test_a_servers_alias_moves_to_the_newest_index_and_old_ones_go():
    client = QdrantClient(":memory:")
    engine = ServerEngine(client, "memory")
    for digest in ("a", "b", "c"):
        engine.build(digest, POINTS, None)
    aliases = {each.alias_name: each.collection_name for each in client.get_aliases().aliases}
    assert aliases[ALIAS] == aliases["tradeflow-c"]
    assert engine.has("b") and not engine.has("a")


def test_a_reader_goes_on_while_its_index_is_swapped_and_thrown_away(engine):
    engine.build("a", POINTS, None)
    reader = engine.open("a")
    before = found(reader)
    engine.build("b", POINTS[:1], None)
    assert found(reader) == before
    assert found(engine.open("b")) == [(0, 2.0)]
    if not isinstance(engine, ServerEngine):
        for digest in ("c", "d"):
            engine.build(digest, POINTS[:2], None)
        assert not engine.has("a")
        assert found(reader) == before
    reader.close()


def test_only_the_newest_indexes_are_kept(tmp_path):
    engine = EdgeEngine(tmp_path)
    for digest in ("a", "b", "c"):
        engine.build(digest, POINTS, None)
    assert len(list(tmp_path.iterdir())) == 2
    assert engine.has("c")


def test_an_index_that_stands_already_is_left_alone(tmp_path):
    engine = EdgeEngine(tmp_path)
    engine.build("a", POINTS, None)
    marked = engine.folders.path("a") / "mark"
    marked.write_text("x")
    engine.build("a", POINTS, None)
    assert marked.exists()


def test_any_number_of_processes_read_the_embedded_engines_index_and_none_changes_it(tmp_path):
    engine = EdgeEngine(tmp_path)
    engine.build("a", POINTS, None)
    folder = engine.folders.path("a")

    def content() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = content()
    first, second = engine.open("a"), engine.open("a")
    program = (
        "from pathlib import Path; from tradeflow.search.edge import EdgeEngine; "
        f"print(EdgeEngine(Path({str(tmp_path)!r})).open('a').count())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == "5"
    assert found(first) == found(second)
    for index in (first, second, second):
        index.close()
    assert content() == before


def test_an_openers_copy_takes_no_more_room_than_the_index(tmp_path):
    """A shard reserves 100 MB and fills one; a copy that wrote the rest would take it on disk."""
    engine = EdgeEngine(tmp_path)
    engine.build("a", POINTS, None)
    copy = tmp_path / "copy"
    shutil.copytree(engine.folders.path("a"), copy, copy_function=_copy_sparsely)

    def files(folder: Path) -> dict[str, bytes]:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}

    assert files(copy) == files(engine.folders.path("a"))
    taken = sum(path.stat().st_blocks * 512 for path in copy.rglob("*"))
    assert taken < 4_000_000


def test_a_second_opener_of_the_clients_folder_is_told_so(tmp_path):
    engine = FolderEngine(tmp_path)
    engine.build("a", POINTS, None)
    first = engine.open("a")
    with pytest.raises(StorageError, match=r"is open elsewhere.*QDRANT_URL"):
        engine.open("a")
    first.close()
    assert engine.open("a").count() == 5


def test_a_damaged_index_is_named(tmp_path):
    engine = EdgeEngine(tmp_path)
    (tmp_path / "a").mkdir(parents=True)
    (tmp_path / "a" / "edge_config.json").write_text("no json")
    with pytest.raises(StorageError, match="cannot be opened"):
        engine.open("a")


@pytest.mark.parametrize("name", ["edge", "folder", "server"])
def test_an_index_that_is_not_there_is_named(name, tmp_path):
    with pytest.raises(StorageError, match="absent"):
        make(name, tmp_path).open("absent")
