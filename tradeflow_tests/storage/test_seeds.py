"""Seeds: typed, held to their contract, loaded once per content."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tradeflow.errors import ContractBroken
from tradeflow.storage.seeds import load_seeds

from .sql_sample import Sample

_DECLARED = """
seeds:
  areas:
    description: Areas.
    grain: [code]
    columns:
      - {name: code, type: INTEGER, description: Code}
      - {name: name, type: VARCHAR, description: Name}
      - {name: since, type: DATE, description: Since}
      - {name: is_open, type: BOOLEAN, description: Open}
"""
_ROWS = 'code,name,since,is_open\n1,"north, upper",2025-01-31,true\n2,,,false\n'


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    sample = Sample(tmp_path)
    sample.write("seeds.yml", _DECLARED)
    sample.write("seeds/areas.csv", _ROWS)
    return sample


def load(sample: Sample) -> list[str]:
    with sample.warehouse.connect("seeds") as con:
        return load_seeds(con, sample.project)


def test_values_have_the_declared_types_and_empty_is_null(sample: Sample) -> None:
    load(sample)
    assert sample.rows("select * from seeds.areas order by code") == [
        (1, "north, upper", date(2025, 1, 31), True),
        (2, None, None, False),
    ]


def test_a_seed_is_loaded_again_only_when_its_content_changes(sample: Sample) -> None:
    assert load(sample) == ["areas", "thresholds"]
    assert load(sample) == []
    sample.write("seeds/areas.csv", _ROWS + "3,south,,\n")
    assert load(sample) == ["areas"]
    assert sample.rows("select count(*) from seeds.areas") == [(3,)]


def test_thresholds_are_readable_as_a_seed(sample: Sample) -> None:
    load(sample)
    stated = sample.rows("select * from seeds.thresholds where name = 'sum_pct'")
    assert stated == [("sum_pct", 1.0, "%", "Rounding.")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("code,name,is_open,since\n", "columns in the file are"),
        ("code,name,since,is_open\nx,,,\n", "seed areas"),
        ("code,name,since,is_open\n1,,2025-02-30,\n", "seed areas"),
        ("code,name,since,is_open\n1,a,,,x\n", "seed areas"),
        ("code,name,since,is_open\n1,a,,\n1,b,,\n", "areas: grain"),
        ("code,name,since,is_open\n,a,,\n", "areas: grain"),
    ],
)
def test_a_seed_that_breaks_its_contract_leaves_the_stored_one(
    sample: Sample, text: str, says: str
) -> None:
    load(sample)
    sample.write("seeds/areas.csv", text)
    with pytest.raises(ContractBroken, match=says):
        load(sample)
    assert sample.rows("select count(*) from seeds.areas") == [(2,)]


def test_a_list_without_declaration_and_the_reverse_are_refused(sample: Sample) -> None:
    stray = sample.write("seeds/stray.csv", "a\n1\n")
    with pytest.raises(ContractBroken, match=r"stray lacks its entry in seeds\.yml"):
        _ = sample.project
    stray.unlink()
    (sample.root / "seeds/areas.csv").unlink()
    with pytest.raises(ContractBroken, match=r"areas lacks its file areas\.csv"):
        _ = sample.project
