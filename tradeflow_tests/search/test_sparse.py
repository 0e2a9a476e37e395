"""BM25: the formula, rarity always, and nothing of the future in a weight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tradeflow.search import sparse
from tradeflow.search.sparse import K1, B, Postings, query_weights, term_id, text_vector
from tradeflow.search.text import read_query, read_text

NOTHING = read_text("")


def postings(*pieces: set[str]) -> Postings:
    terms = [sorted(term_id(each) for each in piece) for piece in pieces]
    offsets = np.cumsum([0, *map(len, terms)])
    return Postings(offsets, np.array([each for piece in terms for each in piece], dtype=np.int64))


def test_a_vector_holds_the_saturated_frequency():
    vector = text_vector(NOTHING, read_text("锑锑锑"), [])
    frequency = 3.0
    norm = K1 * (1 - B + B * frequency / sparse.USUAL_LENGTH)
    assert vector[term_id("#Sb")] == pytest.approx(frequency * (K1 + 1) / (frequency + norm))


def test_saying_it_more_often_counts_ever_less():
    weights = [
        text_vector(NOTHING, read_text("锑" * times), [])[term_id("#Sb")] for times in (1, 2, 3, 30)
    ]
    gains = np.diff(weights)
    assert all(gains > 0)
    assert gains[0] > gains[1]
    assert weights[-1] < K1 + 1


def test_a_title_and_a_mark_count_beside_the_text():
    plain = text_vector(NOTHING, read_text("锑"), [])[term_id("#Sb")]
    titled = text_vector(read_text("锑"), read_text("锑"), [])[term_id("#Sb")]
    marked = text_vector(NOTHING, read_text("锑"), ["#Sb"])[term_id("#Sb")]
    assert plain < marked < titled


def test_rarity_is_bm25s_and_never_negative():
    held = postings({"锑", "管制"}, {"管制"}, {"管制"})
    vector, most = held.query_vector({"锑": 1.0, "管制": 1.0}, None)
    assert vector[term_id("锑")] == pytest.approx(math.log(1 + 2.5 / 1.5))
    assert vector[term_id("管制")] == pytest.approx(math.log(1 + 0.5 / 3.5))
    assert min(vector.values()) > 0
    assert most == pytest.approx(sum(vector.values()) * (K1 + 1))


def test_rarity_is_that_of_the_day_asked_about():
    held = postings({"锑"}, {"锑"}, {"镓"}, {"镓"})
    then = np.array([True, False, True, True])
    now, _ = held.query_vector({"锑": 1.0}, None)
    earlier, _ = held.query_vector({"锑": 1.0}, then)
    assert now[term_id("锑")] == pytest.approx(math.log(1 + 2.5 / 2.5))
    assert earlier[term_id("锑")] == pytest.approx(math.log(1 + 2.5 / 1.5))


def test_a_word_that_no_piece_holds_is_missing_from_every_answer():
    held = postings({"锑"}, {"镓"})
    vector, most = held.query_vector({"锑": 1.0, "never-said": 1.0}, None)
    assert set(vector) == {term_id("锑")}
    assert most > sum(vector.values()) * (K1 + 1)


def test_a_concept_weighs_more_than_a_word_and_what_it_implies_less():
    weights = query_weights(read_query("自衛隊 河流"))
    assert weights["#jp_defence"] == 1.0
    assert weights["河流"] == sparse.WORD
    assert weights["#JPN"] == sparse.IMPLIED


def test_other_weights_are_another_revision(monkeypatch):
    before = sparse.revision()
    monkeypatch.setattr(sparse, "TITLE", 3.0)
    sparse.revision.cache_clear()
    try:
        assert sparse.revision() != before
    finally:
        monkeypatch.undo()
        sparse.revision.cache_clear()
    assert sparse.revision() == before
