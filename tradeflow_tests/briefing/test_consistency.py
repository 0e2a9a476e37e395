"""One fact has one value in all reports of one data version (CHK-CROSS-REPORT)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tradeflow.briefing.consistency import contradictions
from tradeflow.briefing.render import Rendered
from tradeflow.errors import GateRefused
from tradeflow.settings import Mode, Settings
from tradeflow.site.build import build_site
from tradeflow.world import World

HHI = "fct_concentration_yearly:TWN|X|2024:hhi_partner"


@pytest.fixture
def weekly(rendered: Rendered) -> dict[str, Any]:
    return copy.deepcopy(rendered.record)


@pytest.fixture
def monthly(weekly: dict[str, Any]) -> dict[str, Any]:
    """A report of another kind that prints the same facts."""
    return {**copy.deepcopy(weekly), "report": "supply_chain_analysis", "period": "2026-02"}


def test_reports_of_the_same_facts_agree(weekly: dict[str, Any], monthly: dict[str, Any]) -> None:
    assert HHI in weekly["facts"]
    assert list(contradictions([weekly, monthly])) == []


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("value", "2522.42"),
        ("coverage", "2023"),
        ("unit", "index"),
        ("vintage", "observed"),
        ("is_reconstructed", False),
    ],
)
def test_a_fact_stated_differently_is_named_with_both_reports(
    weekly: dict[str, Any], monthly: dict[str, Any], part: str, other: object
) -> None:
    """E08, E20, P10: 4.53 % in one report and 4.45 % in another, both of the same year."""
    assert weekly["facts"][HHI][part] != other
    monthly["facts"][HHI][part] = other
    (fault,) = contradictions([weekly, monthly])
    assert fault.startswith(f"{HHI}: {part} is {other!r} in supply_chain_analysis 2026-02, ")
    assert "trade_briefing 2026-W07 (data 1a2b3c4d)" in fault


def test_a_later_data_version_may_revise(weekly: dict[str, Any], monthly: dict[str, Any]) -> None:
    monthly["facts"][HHI]["value"] = "1200"
    monthly["data_version"] = "ffffffff"
    assert list(contradictions([weekly, monthly])) == []


def test_a_site_is_not_built_over_a_contradiction(
    weekly: dict[str, Any], monthly: dict[str, Any], tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "data", reports=tmp_path / "r", sources=Mode.SANDBOX)
    monthly["facts"][HHI]["value"] = "2522.42"
    for folder, stem, record in (
        ("weekly/2026-W07", "2026-W07-trade-briefing", weekly),
        ("monthly/2026-02", "2026-02-supply-chain-analysis", monthly),
    ):
        place = settings.published_reports / folder
        place.mkdir(parents=True)
        (place / f"{stem}.md").write_text("# x\n", "utf-8")
        (place / "figures.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(GateRefused, match="two reports contradict each other"):
        build_site(World(settings))
