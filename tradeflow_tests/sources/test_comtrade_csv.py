"""The site's CSV download: lines of the right length, and a World row in each year."""

from __future__ import annotations

import pytest

from tradeflow.answers import Answer, Request
from tradeflow.sources.comtrade import TABLE
from tradeflow.sources.comtrade_records import FIELDS
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer

from .comtrade_given import COMTRADE, partners, record
from .conftest import answer_to

REQUEST = Request(
    "comtrade", "a download", "https://comtradeplus.un.org/TradeFlow", about=(("kind", "download"),)
)


def download(records: list[dict[str, object]], ending: str = ",") -> Answer:
    """A file as the site writes it: every row ends with one empty field more than the header."""
    lines = [",".join(f'"{row[field]}"' for field in FIELDS) + ending for row in records]
    return answer_to(REQUEST, "\r\n".join([",".join(FIELDS), *lines, ""]))


def test_rows_with_and_without_the_additional_field_read_the_same():
    rows = [*partners(), record("0", 2000)]
    sent, tidied = (COMTRADE.parse(download(rows, ending)).tables[TABLE] for ending in (",", ""))
    assert sent.equals(tidied)
    assert sent.height == 201


@pytest.mark.parametrize("ending", [',"x"', ",,"])
def test_a_row_with_more_fields_is_refused(ending: str):
    with pytest.raises(ChangedShape, match=r"line 2: expected 47 fields, got 4[89]"):
        COMTRADE.parse(download([record("0", 2000)], ending))


def test_an_empty_cell_is_null_and_no_text():
    rows = [row | {"cifvalue": ""} for row in [*partners(), record("0", 2000)]]
    assert COMTRADE.parse(download(rows)).tables[TABLE]["cifvalue"].null_count() == 201


def test_one_file_may_hold_several_years():
    rows = [*partners(), record("0", 2000)]
    before = [row | {"period": "2022"} for row in rows]
    assert COMTRADE.parse(download([*rows, *before])).row_count == 402


def test_a_year_without_its_world_row_is_incomplete():
    with pytest.raises(IncompleteAnswer, match=r"a World row \(0\) for 842/M/2023"):
        COMTRADE.parse(download(partners()))


def test_each_flow_is_held_against_its_own_world():
    rows = [*partners(), record("0", 2000)]
    exports = [row | {"flowCode": "X"} for row in rows]
    exports[-1] = exports[-1] | {"primaryValue": 4000}
    with pytest.raises(IncompleteAnswer, match="adding up to World's 4000"):
        COMTRADE.parse(download([*rows, *exports]))
