"""The reports' appendix keeps to its own parameters (CHK-SEARCH-PARAMS, R05) and shows a
document once (CHK-SEARCH-DEDUP, R06)."""

from __future__ import annotations

from datetime import date

import pytest

from tradeflow.errors import InputError
from tradeflow.periods import Week
from tradeflow.search.appendix import FIXED, LIMITS, appendix, appendix_questions
from tradeflow.search.service import SearchService
from tradeflow.thresholds import threshold
from tradeflow_tests.search.bench import Bench, Text

WEEK = Week(2025, 41)
"""2025-10-06 to 10-12, in which seven notices and three interviews were published."""


def shown(service: SearchService, kind: str) -> list:
    return [hit for related in appendix(service, WEEK, kind) for hit in related.hits]


@pytest.mark.parametrize("kind", LIMITS)
def test_an_appendix_keeps_to_its_limits(service, kind):
    limits = LIMITS[kind]
    related = appendix(service, WEEK, kind)
    hits = shown(service, kind)
    assert 0 < len(related) <= limits.questions
    assert 0 < len(hits) <= limits.in_all
    assert all(len(each.hits) <= limits.per_question for each in related)
    assert all(hit.relevance >= threshold("appendix_least_relevance") for hit in hits)


def test_an_appendix_shows_no_more_than_all_its_questions_may(bench: Bench):
    subjects = (
        "稀土出口管制",
        "美國貿易逆差",
        "出口市場集中度",
        "半導體出口管制",
        "列入管控名單的實體",
    )
    texts = [
        Text(subject, (f"{subject}之{n}。",), date(2025, 9, 1), url=f"https://x.cn/{place}-{n}")
        for place, subject in enumerate(subjects)
        for n in range(6)
    ]
    bench.know("2025-W41", *texts)
    with bench.serve() as service:
        related = appendix(service, WEEK, "weekly")
    assert [len(each.hits) for each in related] == [2, 2, 2, 2, 2]


@pytest.mark.parametrize("kind", LIMITS)
def test_a_document_is_shown_once(service, kind):
    documents = [hit.document_id for hit in shown(service, kind)]
    assert len(documents) == len(set(documents))


def test_nothing_in_an_appendix_is_younger_than_its_week(service):
    assert all(hit.released_on <= WEEK.end for hit in shown(service, "policy"))


def test_questions_come_from_the_week_and_from_the_fixed_list(service):
    questions = appendix_questions(service, WEEK, "weekly")
    assert questions[:3] == [
        "公布對超硬材料相關物項實施出口管制的決定",
        "公布對部分稀土設備和原輔料相關物項實施出口管制的決定",
        "公布對部分中重稀土相關物項實施出口管制的決定",
    ]
    assert questions[3:] == list(FIXED[:2])


def test_a_quiet_week_asks_the_fixed_list(service):
    assert appendix_questions(service, Week(2026, 20), "media") == list(FIXED[:3])


def test_materials_that_a_title_leaves_out_are_asked_for(bench: Bench):
    notice = Text(
        "商务部公告2025年第99号 关于加强管理的公告",
        ("镓、锗相关物项不得出口。",),
        released_on=date(2025, 10, 9),
        key="MOFCOM-公告-2025-99",
        materials=("Ga", "Ge"),
    )
    bench.know("2025-W41", notice)
    with bench.serve() as service:
        questions = appendix_questions(service, WEEK, "policy")
        related = appendix(service, WEEK, "policy")
    assert questions[:2] == ["關於加強管理的公告", "鎵、鍺的出口管制"]
    # The notice is no answer to questions made from itself.
    assert related[0].hits == related[1].hits == ()


def test_an_appendix_is_the_same_whatever_later_weeks_bring(bench: Bench):
    """A brief made again from the archive must be the one that was published."""
    texts = [
        Text(f"商务部就稀土出口管制答问{n}", (f"稀土管制第{n}次说明。",), date(2025, 10, 6 + n))
        for n in range(4)
    ]
    bench.know("2025-W41", *texts)
    with bench.serve() as service:
        then = appendix(service, WEEK, "weekly")
    late = Text("后来公布的稀土出口管制", ("稀土稀土稀土出口管制。",), date(2025, 10, 7))
    bench.know("2025-W42", *texts, late)
    with bench.serve() as service:
        assert appendix(service, WEEK, "weekly") == then
        assert appendix(service, WEEK.next(), "weekly") != then


def test_an_unknown_kind_of_report_is_refused(service):
    with pytest.raises(InputError, match="kind of report 'daily' is unknown; known: weekly"):
        appendix(service, WEEK, "daily")
