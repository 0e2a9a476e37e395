"""Asking: one result a document, filters, days, and questions nobody should ask."""

from __future__ import annotations

from datetime import date

import pytest

from tradeflow.errors import InputError, StorageError
from tradeflow.periods import Week
from tradeflow.search.service import RRF_K, SearchService
from tradeflow_tests.search.bench import BagOfCharacters, Bench, Text

OLD = Text(
    "商务部公告2023年第57号 关于公布技术目录的公告",
    ("目录列明稀土提炼技术。",),
    released_on=date(2023, 12, 21),
    key="MOFCOM-公告-2023-57",
)
NEW = Text(
    "商务部公告2025年第57号 公布对钬实施出口管制的决定",
    ("一、钬相关物项：1C909.a 金属钬。", "二、向美国军事用户出口，不予许可。"),
    released_on=date(2025, 10, 9),
    key="MOFCOM-公告-2025-57",
    materials=("Ho",),
    targets=("USA",),
)
SUSPENDS = Text(
    "商务部公告2025年第70号 公布暂停实施公告2025年第57号的决定",
    ("决定自即日起至2026年11月10日，暂停实施商务部公告2025年第57号。",),
    released_on=date(2025, 11, 7),
    key="MOFCOM-公告-2025-70",
    category="regulation_update",
)
NEWS = Text(
    "商务部新闻发言人就日将我企业列单答记者问",
    ("中方坚决反对，稀土出口管制另有公告。",),
    released_on=date(2025, 9, 30),
    category="policy_guidance",
)
INTERVALS = (
    ("2026-W01", NEW.key, "1", date(2025, 11, 8), "in_force", None),
    ("2026-W01", NEW.key, "2", date(2025, 10, 9), "announced", date(2025, 11, 6)),
    ("2026-W01", NEW.key, "2", date(2025, 11, 7), "suspended", date(2026, 11, 10)),
    ("2026-W01", OLD.key, "", date(2023, 12, 21), "in_force", None),
)


@pytest.fixture
def service(bench: Bench):
    bench.insert("marts.fct_clause_intervals", *INTERVALS)
    bench.know("2026-W01", OLD, NEW, SUSPENDS, NEWS)
    with bench.serve() as opened:
        yield opened


def ids(hits) -> list[str]:
    return [hit.document_id for hit in hits]


def test_a_document_is_found_once_at_its_best_piece(bench: Bench):
    filler = [f"第{n}条　{'一般规定，' * 60}" for n in "一二三四五"]
    law = Text("条例", (*filler, "第六条　六面顶压机设备未经许可不得出口，六面顶压机另行公布。"))
    bench.know("2026-W01", law, NEWS)
    with bench.serve() as service:
        hits = service.search("六面顶压机")
        of_many_pieces = service.search("一般规定")
    assert ids(hits) == ids(of_many_pieces) == [law.address]
    assert hits[0].clause == "六"
    marked = [hits[0].text[start:end] for start, end in hits[0].highlights]
    assert marked == ["六面", "压机", "六面", "压机"]


def test_ranks_scores_and_relevance(service: SearchService):
    hits = service.search("钬 实施出口管制的公告")
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].document_id == NEW.key
    assert [hit.score for hit in hits] == [1 / (RRF_K + rank) for rank in (1, 2, 3)]
    assert all(0 < hit.relevance <= 1 for hit in hits)
    assert hits[0].relevance == max(hit.relevance for hit in hits)


def test_a_notice_named_without_its_year_is_the_newest_of_that_number(service: SearchService):
    assert ids(service.search("公告57号"))[0] == NEW.key
    assert ids(service.search("第57號公告", as_of=date(2024, 6, 1)))[0] == OLD.key
    assert ids(service.search("公告2023年第57号"))[0] == OLD.key


def test_a_notice_is_found_by_its_number_before_those_that_name_it(service: SearchService):
    assert ids(service.search("商务部公告2025年第57号"))[0] == NEW.key
    assert ids(service.search("公告2025年第70号"))[0] == SUSPENDS.key


def test_equal_answers_are_newest_first(bench: Bench):
    pages = [
        Text(f"甲{n}", ("答问",), released_on=date(2025, 1, n), url=f"https://x.cn/{n}")
        for n in (3, 9, 6)
    ]
    texts = [Text("答问", text.lines, text.released_on, url=text.url) for text in pages]
    bench.know("2026-W01", *texts)
    with bench.serve() as service:
        assert ids(service.search("答问")) == ["https://x.cn/9", "https://x.cn/6", "https://x.cn/3"]


def test_only_what_was_public_on_the_day_is_found(service: SearchService):
    assert SUSPENDS.key in ids(service.search("暂停实施"))
    assert SUSPENDS.key not in ids(service.search("暂停实施", as_of=date(2025, 11, 6)))
    assert SUSPENDS.key in ids(service.search("暂停实施", as_of=date(2025, 11, 7)))
    assert SUSPENDS.key in ids(service.search("暂停实施", as_of=Week(2025, 45)))


def test_states_are_those_of_the_day(service: SearchService):
    def states(day: date | None) -> dict[str, str]:
        return dict(service.search("公告2025年第57号", k=1, as_of=day)[0].states)

    assert states(None) == {"1": "in_force", "2": "suspended"}
    assert states(date(2025, 10, 20)) == {"2": "announced"}
    assert states(date(2026, 11, 11)) == {"1": "in_force"}


def test_what_a_later_week_learned_is_not_known_before(bench: Bench):
    rewritten = Text(NEWS.title, ("改写之后提到锑。",), NEWS.released_on, url=NEWS.address)
    bench.know("2025-W45", NEWS)
    bench.know("2026-W01", rewritten, SUSPENDS)
    with bench.serve() as service:
        assert ids(service.search("锑")) == [NEWS.address]
        assert service.search("锑", as_of=Week(2025, 45)) == []
        assert ids(service.search("坚决反对", as_of=Week(2025, 50))) == [NEWS.address]
        assert service.search("坚决反对") == []
        # Before the first stored week its knowledge is cut to what was public.
        assert service.search("坚决反对", as_of=date(2025, 9, 29)) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"category": "policy_guidance"}, {NEWS.address}),
        ({"layer": "cn_export_control"}, {OLD.key, NEW.key, NEWS.address}),
        ({"material": "Ho"}, {NEW.key}),
        ({"material": "鈥"}, {NEW.key}),
        ({"material": "rare earth"}, {NEW.key}),
        ({"economy": "JPN"}, {NEWS.address}),
        ({"economy": "美國"}, {NEW.key}),
        ({"status": "suspended"}, {NEW.key}),
        ({"status": "in_force"}, {OLD.key, NEW.key}),
        ({"status": "ended"}, set()),
        ({"status": "announced", "as_of": date(2025, 10, 20)}, {NEW.key}),
        ({"material": "Sb"}, set()),
        ({"since": date(2025, 9, 30)}, {NEW.key, NEWS.address}),
        ({"since": date(2025, 10, 9)}, {NEW.key}),
        ({"until": date(2025, 9, 30)}, {OLD.key, NEWS.address}),
        ({"since": date(2025, 9, 30), "until": date(2025, 9, 30)}, {NEWS.address}),
        ({"since": date(2025, 9, 30), "as_of": date(2025, 10, 8)}, {NEWS.address}),
    ],
)
def test_filters(service: SearchService, filters, expected):
    assert set(ids(service.search("稀土 管制 钬", **filters))) - {SUSPENDS.key} == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "  "}, "the question is empty"),
        ({"text": "锑" * 1001}, "the question has 1001 characters; at most 1000"),
        ({"text": "锑", "k": 0}, "k must be at least 1"),
        ({"text": "锑", "status": "alive"}, "status 'alive' is unknown; known: announced"),
        ({"text": "锑", "layer": "x"}, "layer 'x' is unknown; known: cn_export_control"),
        ({"text": "锑", "category": "x"}, "category 'x' is unknown"),
        ({"text": "锑", "economy": "Atlantis"}, "economy 'Atlantis' is neither"),
        (
            {"text": "锑", "since": date(2025, 2, 2), "until": date(2025, 2, 1)},
            "no day lies from 2025-02-02 to 2025-02-01",
        ),
    ],
)
def test_questions_that_make_no_sense_are_refused(service: SearchService, arguments, message):
    with pytest.raises(InputError, match=message):
        service.search(**arguments)


@pytest.mark.parametrize("text", ["\u202e", "的", "？！", "zzz qqq", "{{ x }}", "<b>", "%00"])
def test_questions_without_an_answer_have_none(service: SearchService, text: str):
    assert service.search(text) == []


def test_more_documents_than_the_first_look_holds_are_found(bench: Bench):
    texts = [
        Text(
            f"页{n}", tuple(f"锑 {n} {i} {'甲' * 450}" for i in range(12)), url=f"https://x.cn/{n}"
        )
        for n in range(12)
    ]
    bench.know("2026-W01", *texts)
    with bench.serve() as service:
        assert len(service.search("锑", k=12)) == 12


def test_words_and_meaning_are_fused_by_rank(bench: Bench):
    bench.know("2026-W01", OLD, NEW, NEWS)
    model = BagOfCharacters()
    with bench.serve(model) as service:
        hits = service.search("坚决反对")
    # One document says it; the others are reached by meaning alone.
    assert ids(hits)[0] == NEWS.address
    assert hits[0].score == pytest.approx(2 / (RRF_K + 1))
    assert {hit.document_id for hit in hits[1:]} == {OLD.key, NEW.key}
    assert [hit.score for hit in hits[1:]] == [1 / (RRF_K + 2), 1 / (RRF_K + 3)]
    assert [hit.relevance for hit in hits[1:]] == [0.0, 0.0]


def test_a_missing_index_is_made_when_it_is_asked_for(bench: Bench):
    bench.know("2026-W01", NEW)
    with bench.serve():
        pass
    for folder in bench.engine.folders.root.iterdir():
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        folder.rmdir()
    with SearchService.of(bench.con, bench.engine) as service:
        assert ids(service.search("钬")) == [NEW.key]


def test_nothing_to_search_is_said(bench: Bench):
    with pytest.raises(StorageError, match="nothing to search yet; run `tradeflow run` first"):
        SearchService.of(bench.con, bench.engine)


def test_an_excerpt_keeps_to_its_width_and_begins_with_a_sentence(service: SearchService):
    hit = service.search("美国军事用户", k=1)[0]
    excerpt, highlights = hit.excerpt(20)
    assert len(excerpt) <= 20
    assert excerpt.startswith("二、向美国军事用户出口")
    assert "美国军事用户" in "".join(excerpt[start:end] for start, end in highlights)
