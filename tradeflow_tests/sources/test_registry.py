"""Every source keeps the same promises: stable questions, text tables, marked rows."""

from __future__ import annotations

from datetime import date

import pytest

from tradeflow.errors import InputError
from tradeflow.settings import Settings
from tradeflow.sources.base import Source, text_frame
from tradeflow.sources.registry import SOURCES, source

AS_OF = date(2026, 2, 15)


@pytest.mark.parametrize("each", SOURCES.values(), ids=SOURCES.keys())
class TestEverySource:
    def test_the_same_day_asks_the_same_questions(self, each: Source, settings: Settings):
        first, second = (each.requests(AS_OF, settings) for _ in range(2))
        assert first == second
        assert len({request.key for request in first}) == len(first)

    def test_questions_carry_the_sources_name_and_a_label(self, each: Source, settings: Settings):
        for request in each.requests(AS_OF, settings):
            assert request.source == each.name
            assert request.label

    def test_tables_are_named_after_the_source_and_mark_reconstructed_rows(
        self, each: Source, settings: Settings
    ):
        for table, columns in each.tables.items():
            assert table.startswith(f"{each.name}__")
            assert len(set(columns)) == len(columns)
            assert columns[-1].startswith("is_reconstructed")
            assert text_frame(columns, []).columns == list(columns)


def test_an_unknown_source_lists_the_known_ones():
    with pytest.raises(InputError, match="known: comtrade, census, worldbank, ots, mofcom, usgs"):
        source("oecd")
