"""Schema search: made once a text, a function of the weeks, and safe from any page."""

from __future__ import annotations

from datetime import date

import pytest

from tradeflow.errors import StorageError
from tradeflow.search import sparse, store
from tradeflow.search.corpus import load_corpus
from tradeflow_tests.search.bench import BagOfCharacters, Bench, Text

TUNGSTEN = Text(
    "商务部公告2025年第10号 公布对钨、碲实施出口管制的决定",
    ("一、钨相关物项", "二、碲相关物项", "本公告自公布之日起实施。"),
    released_on=date(2025, 2, 4),
    key="MOFCOM-公告-2025-10",
    materials=("W", "Te"),
)
TOLD = Text("商务部新闻发言人答记者问", ("中方坚决反对单边制裁。",), category="policy_guidance")


def test_a_known_text_is_neither_cut_nor_weighed_again(bench: Bench):
    first = bench.know("2026-W01", TUNGSTEN, TOLD)
    made = bench.weigh()
    again = bench.know("2026-W02", TUNGSTEN, TOLD)
    assert (first.documents, first.new_documents) == (2, 2)
    assert (again.documents, again.new_documents, again.new_chunks) == (2, 0, 0)
    assert made == {"bm25": 2}
    assert bench.weigh() == {"bm25": 0}


def test_a_week_stored_twice_is_the_same(bench: Bench):
    bench.know("2026-W01", TUNGSTEN, TOLD)
    bench.weigh()
    before = bench.tables()
    bench.know("2026-W01", TUNGSTEN, TOLD)
    bench.weigh()
    assert bench.tables() == before


def test_what_no_week_knows_is_dropped(bench: Bench):
    """The tables are a function of the weeks, so a rebuild gives them again (R01)."""
    bench.know("2026-W01", TUNGSTEN, TOLD)
    bench.weigh()
    bench.know("2026-W01", TUNGSTEN)
    bench.weigh()
    assert [row[1] for row in bench.tables()["week_documents"]] == [TUNGSTEN.key]
    assert all(len(rows) == 1 for rows in bench.tables().values())


def test_weeks_stored_in_any_order_give_the_same_tables(tmp_path):
    weeks = {"2026-W01": (TUNGSTEN,), "2026-W02": (TUNGSTEN, TOLD), "2026-W03": (TOLD,)}
    tables = []
    for number, order in enumerate((sorted(weeks), sorted(weeks, reverse=True))):
        bench = Bench(tmp_path / str(number))
        for week in order:
            bench.know(week, *weeks[week])
            bench.weigh()
        tables.append(bench.tables())
    assert tables[0] == tables[1]


def test_a_version_knows_the_weeks_that_knew_it(bench: Bench):
    other = Text(TOLD.title, ("改写的正文。",), url=TOLD.address)
    bench.know("2026-W01", TOLD)
    bench.know("2026-W02", other)
    bench.know("2026-W03", TOLD)
    bench.weigh()
    corpus = load_corpus(bench.con, None)
    assert corpus is not None
    spans = [(piece.chunk.text[:2], piece.known_from, piece.known_until) for piece in corpus.pieces]
    assert sorted(spans, key=lambda each: each[1]) == [
        ("中方", 202601, 202601),
        ("改写", 202602, 202602),
        ("中方", 202603, 999999),
    ]


def test_a_week_that_brings_nothing_new_leaves_the_index_alone(bench: Bench):
    bench.know("2026-W01", TUNGSTEN)
    bench.weigh()
    before = load_corpus(bench.con, None)
    bench.know("2026-W02", TUNGSTEN)
    after = load_corpus(bench.con, None)
    bench.know("2026-W03", TUNGSTEN, TOLD)
    bench.weigh()
    later = load_corpus(bench.con, None)
    assert before is not None and after is not None and later is not None
    assert before.digest == after.digest != later.digest


def test_all_pages_of_a_notice_are_one_document(bench: Bench):
    second = Text(
        "商务部公告2025年第10号（转载）",
        ("对钨、碲相关物项实施出口管制。", "二、碲相关物项"),
        released_on=date(2025, 2, 5),
        key=TUNGSTEN.key,
        materials=("W",),
    )
    counts = bench.know("2026-W01", TUNGSTEN, second)
    assert counts.documents == 1
    rows = bench.con.execute(
        "select chunk_no, url, title from search.chunks order by chunk_no"
    ).fetchall()
    assert [(number, url) for number, url, _ in rows] == [
        (0, TUNGSTEN.address),
        (1, second.address),
    ]
    assert [title for *_, title in rows] == [TUNGSTEN.title, second.title]


def test_a_document_carries_what_it_is_about_and_what_that_belongs_to(bench: Bench):
    dysprosium = Text(
        "对镝实施出口管制，涉日企业关注",
        ("镝相关物项",),
        key="MOFCOM-公告-2025-18",
        materials=("Dy",),
        targets=("USA",),
    )
    bench.know("2026-W01", dysprosium)
    materials, economies = bench.con.execute(
        "select materials, economies from search.documents"
    ).fetchall()[0]
    assert materials == ["Dy", "medium_heavy_rare_earth", "rare_earth"]
    assert economies == ["JPN", "USA"]


def test_another_glossary_weighs_every_text_anew(bench: Bench, monkeypatch):
    bench.know("2026-W01", TUNGSTEN)
    bench.weigh()
    monkeypatch.setattr(sparse, "TITLE", 5.0)
    sparse.revision.cache_clear()
    try:
        counts = bench.know("2026-W01", TUNGSTEN)
        assert counts.new_documents == 1
        assert bench.weigh() == {"bm25": 1}
        assert len(bench.tables()["vectors"]) == 1
    finally:
        monkeypatch.undo()
        sparse.revision.cache_clear()


def test_dense_vectors_are_kept_by_model_and_made_once(bench: Bench):
    model = BagOfCharacters()
    bench.know("2026-W01", TUNGSTEN)
    assert bench.weigh(model) == {"bm25": 1, model.model: 1}
    assert bench.weigh(model) == {"bm25": 0, model.model: 0}
    rows = bench.con.execute(
        "select model, revision, indices is null, len(weights) from search.vectors order by model"
    ).fetchall()
    assert rows[0] == (model.model, "1", True, 64)


def test_an_overlong_document_is_searched_to_a_limit_and_named(bench: Bench, monkeypatch):
    """A page of ten megabytes cannot fill the index; what is not searched is said."""
    monkeypatch.setattr(store, "threshold", lambda name: 5)
    long = Text("清单", tuple(f"第{n}项　{'名' * 590}" for n in range(50)), url="https://x.cn/long")
    counts = bench.know("2026-W01", long)
    assert (counts.new_chunks, counts.cut) == (5, 1)
    rejects = bench.con.execute("select stage, relation, value from ops.rejects").fetchall()
    assert rejects == [("search", "search.chunks", "https://x.cn/long")]


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert('x')</script>稀土",
        "{% include '/etc/passwd' %}{{ config }}稀土",
        "=cmd|' /C calc'!A0 稀土",
        "\u202e\u200b稀土\u2066\ufeff",
        "稀土'); drop table search.documents; --",
        "实体" * 10_000 + "稀土",
    ],
)
def test_hostile_pages_are_text(bench: Bench, line: str):
    bench.know("2026-W01", Text("标题", (line,)), TUNGSTEN)
    with bench.serve() as service:
        hits = service.search("稀土")
    assert [hit.title for hit in hits][:1] == ["标题"]
    stored = bench.con.execute("select count(*) from search.documents").fetchall()
    assert stored == [(2,)]


def test_nothing_stored_is_no_corpus(tmp_path):
    assert load_corpus(Bench(tmp_path).con, None) is None


def test_vectors_of_another_version_are_not_searched_as_if_they_were_none(bench, monkeypatch):
    """Guard of `corpus._require_all`: an upgrade must not answer every question with nothing."""
    bench.know("2026-W01", TUNGSTEN)
    bench.weigh()
    monkeypatch.setattr(sparse, "TITLE", 5.0)
    sparse.revision.cache_clear()
    try:
        with pytest.raises(StorageError, match=r"1 of 1 stored pieces have no vector of this vers"):
            load_corpus(bench.con, None)
    finally:
        monkeypatch.undo()
        sparse.revision.cache_clear()


def test_a_model_configured_after_the_last_run_is_said(bench):
    bench.know("2026-W01", TUNGSTEN)
    bench.weigh()
    with pytest.raises(StorageError, match="no vector of TRADEFLOW_EMBEDDING_MODEL bag-of-char"):
        load_corpus(bench.con, BagOfCharacters())
