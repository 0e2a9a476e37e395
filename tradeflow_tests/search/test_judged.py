"""What the search is worth on the judged queries, and that both scripts are one language."""

from __future__ import annotations

import pytest
from opencc import OpenCC

from tradeflow.search.fold import folded
from tradeflow.search.service import SearchService
from tradeflow.world import World
from tradeflow_tests.pipeline.conftest import run_in
from tradeflow_tests.search.conftest import NEWEST
from tradeflow_tests.search.judged import (
    Judged,
    judged_queries,
    outside_rankings,
    overlap,
    score,
)

FLOOR_NDCG, FLOOR_RECALL, FLOOR_OVERLAP = 0.93, 0.97, 0.7
FLOOR_LATER_NDCG, FLOOR_LATER_RECALL = 0.84, 0.87
"""Below the tuning half's figures in docs/search.md by what an unrelated change may move."""

RECORDED_NDCG, RECORDED_RECALL = 0.924, 0.920
"""The test half's figures in docs/search.md."""


@pytest.fixture(scope="module")
def tuning(searched: World) -> list[Judged]:
    with searched.warehouse.reader() as con:
        return judged_queries(con, "tuning")


def ranking(service: SearchService, query: str, k: int = 10) -> list[str]:
    return [hit.document_id for hit in service.search(query, k=k)]


def test_the_tuning_half_is_answered_as_recorded(service, tuning):
    scores = score(tuning, lambda query: ranking(service, query))
    assert scores.questions == 53
    assert scores.ndcg_10 >= FLOOR_NDCG, str(scores)
    assert scores.recall_5 >= FLOOR_RECALL, str(scores)


@pytest.mark.parametrize("part", ["tuning", "later", "test"])
def test_both_scripts_of_a_query_have_the_same_first_five(service, searched, part):
    """Of every judged query; those of the test half are named by number, not shown or scored."""
    simplified, traditional = OpenCC("t2s"), OpenCC("s2t")
    with searched.warehouse.reader() as con:
        queries = judged_queries(con, part)
    unlike = []
    for query in queries:
        asked = ranking(service, query.query, 5)
        forms = (simplified.convert(query.query), traditional.convert(query.query))
        unlike += [query.id for form in forms if ranking(service, form, 5) != asked]
    assert len(queries) > 50 and unlike == []


def test_the_questions_asked_later_are_answered_as_recorded(service, searched):
    with searched.warehouse.reader() as con:
        queries = judged_queries(con, "later")
    scores = score(queries, lambda query: ranking(service, query))
    assert scores.questions == 113
    assert scores.ndcg_10 >= FLOOR_LATER_NDCG, str(scores)
    assert scores.recall_5 >= FLOOR_LATER_RECALL, str(scores)


def test_both_scripts_of_every_title_find_the_same_and_the_page_itself_first(service):
    traditional = OpenCC("s2tw")
    titles = {each.title: each.id for each in service.documents() if each.url}
    unlike, lost = [], []
    for title, document in titles.items():
        found = ranking(service, title, 5)
        if ranking(service, traditional.convert(title), 5) != found:
            unlike.append(title)
        if document not in found:
            lost.append(title)
    assert unlike == []
    assert lost == []


def test_figures_of_the_tuning_half_do_not_rest_on_titles(service, searched, tuning):
    """At least half of the questions share no pair of characters with their answers' titles."""
    titles = {each.id: folded(each.title) for each in service.documents()}
    apart = 0
    for query in tuning:
        pairs = {query.query[i : i + 2] for i in range(len(query.query) - 1)}
        asked = {folded(pair) for pair in pairs if pair.strip() == pair}
        apart += not any(pair in titles[each] for each in query.grades for pair in asked)
    assert apart >= len(tuning) // 2


def test_most_of_what_an_outside_model_finds_is_found(service, searched):
    with searched.warehouse.reader() as con:
        rankings = outside_rankings(con)
    assert len(rankings) == 9
    assert overlap(rankings, lambda query: ranking(service, query)) >= FLOOR_OVERLAP


@pytest.mark.slow
def test_the_test_half_is_answered_as_recorded(tmp_path):
    """Scored once a release, on a whole week's real figures; never tuned on.

    Both stand over their aims of 0.80 and 0.90 (docs/search.md).
    """
    ran = run_in(tmp_path, NEWEST, NEWEST)
    with ran.world.warehouse.reader() as con:
        queries = judged_queries(con, "test")
    with SearchService.of_world(ran.world) as opened:
        scores = score(queries, lambda query: ranking(opened, query))
    assert scores.questions == 53
    assert scores.ndcg_10 >= RECORDED_NDCG - 0.01, str(scores)
    assert scores.recall_5 >= RECORDED_RECALL - 0.01, str(scores)
