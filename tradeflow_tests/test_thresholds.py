"""Thresholds: one file, every entry with its unit and its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError
from tradeflow.thresholds import threshold, thresholds


def test_every_entry_of_the_file_states_a_number_a_unit_and_a_reason():
    for name, entry in thresholds(sql_root() / "thresholds.yml").items():
        assert entry.unit.strip(), name
        assert len(entry.reason.split()) >= 4, name


def test_a_threshold_is_read_by_name():
    assert threshold("comtrade_preview_row_cap") == 500.0
    assert threshold("comtrade_min_partners") == 150.0


def test_an_unknown_name_is_named():
    with pytest.raises(InputError, match="no entry 'nothing_like_it'"):
        threshold("nothing_like_it")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 3", "exactly value, unit and reason"),
        ("a: {value: 3, unit: x}", "exactly value, unit and reason"),
        ("a: {value: 3, unit: x, reason: y, note: z}", "exactly value, unit and reason"),
        ("a: {value: many, unit: x, reason: y}", "is not a number"),
        ("a: {value: true, unit: x, reason: y}", "is not a number"),
        ("- a", "expected a mapping"),
        ("a: [", "cannot be read"),
    ],
)
def test_an_entry_without_its_reason_is_refused(text: str, message: str, tmp_path: Path):
    path = tmp_path / "thresholds.yml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        thresholds(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        thresholds(tmp_path / "none.yml")
