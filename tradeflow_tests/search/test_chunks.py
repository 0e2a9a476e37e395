"""Pieces: nothing lost, nothing too long, cut where a clause begins."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tradeflow.search.chunks import LONGEST, SHORTEST, Chunk, chunks, clause_at

LINES = st.lists(
    st.text(alphabet="一二三四五、第条（）(). 。；稀土管制a1", max_size=900), max_size=12
)


@given(LINES)
@settings(max_examples=80, deadline=None)
def test_every_character_is_in_exactly_one_piece_and_no_piece_is_too_long(lines):
    found = list(chunks(lines))
    assert "".join("".join(lines).split()) == "".join(
        "".join(piece.text for piece in found).split()
    )
    assert all(0 < len(piece.text) <= LONGEST for piece in found)


def test_a_piece_ends_before_a_clause_once_it_is_long_enough():
    lines = [f"第{n}条　{'规' * 150}" for n in "一二三四五六"]
    found = list(chunks(lines))
    assert [piece.clause for piece in found] == ["一", "四"]
    assert all(piece.text.startswith("第") for piece in found)
    assert all(len(piece.text) >= SHORTEST for piece in found)


def test_a_short_notice_is_one_piece():
    assert [each.clause for each in chunks(["依据", "一、甲", "二、乙"])] == [""]


def test_a_line_longer_than_a_piece_is_cut_after_a_sentence():
    sentence = "甲" * 249 + "。"
    assert [len(each.text) for each in chunks([sentence * 5])] == [500, 500, 250]


def test_a_line_without_any_sentence_is_cut_all_the_same():
    assert [len(each.text) for each in chunks(["甲" * 1500])] == [600, 600, 300]


def test_the_clause_of_a_place_is_the_one_begun_last():
    chunk = Chunk("一", "续文\n二、钆\n（一）金属\n（二）氧化物\n三、铽")
    assert clause_at(chunk, 0) == "一"
    assert clause_at(chunk, chunk.text.index("二、")) == "二"
    assert clause_at(chunk, chunk.text.index("氧化物")) == "二(二)"
    assert clause_at(chunk, chunk.text.index("铽")) == "三"
