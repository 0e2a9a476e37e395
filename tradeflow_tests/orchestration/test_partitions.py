"""Weeks, months and years as Dagster counts them, as far as each world can answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.definitions import build_definitions
from tradeflow.orchestration.partitions import months, partition_key, weeks, years
from tradeflow.orchestration.periodic import PERIODIC
from tradeflow.periods import TAIPEI, Month, Week, Year
from tradeflow.settings import Mode, load_settings

JANUARY_2027 = datetime(2027, 1, 13, 12, tzinfo=TAIPEI)


def keys_at(definition: dg.PartitionsDefinition, instant: datetime) -> list[str]:
    with dg.partition_loading_context(effective_dt=instant):
        return list(definition.get_partition_keys())


def test_weeks_are_iso_weeks_with_week_53_and_end_with_the_running_one() -> None:
    keys = keys_at(weeks, JANUARY_2027)
    assert keys[0] == "2025-W01-1"
    assert keys[-4:] == ["2026-W52-1", "2026-W53-1", "2027-W01-1", "2027-W02-1"]
    assert "2025-W53-1" not in keys
    assert [Week.parse(key).partition_key for key in keys] == keys


def test_months_and_years_end_with_the_running_one() -> None:
    assert keys_at(months, JANUARY_2027)[-2:] == ["2026-12", "2027-01"]
    assert keys_at(years, JANUARY_2027) == ["2025", "2026", "2027"]
    assert partition_key(Month(2026, 2)) == "2026-02" and partition_key(Year(2026)) == "2026"


@pytest.mark.parametrize(
    ("mode", "last"), [(Mode.SANDBOX, "2026-W26-1"), (Mode.LIVE, "2027-W02-1")]
)
def test_a_world_offers_the_weeks_it_can_answer_for(tmp_path: Path, mode: Mode, last: str) -> None:
    graph = build_definitions(load_settings(home=tmp_path, sources=mode)).resolve_asset_graph()
    brief = graph.get(dg.AssetKey(["reports", "trade_briefing"])).partitions_def
    assert brief is not None
    assert keys_at(brief, JANUARY_2027)[-1] == last


def test_a_straddling_week_stands_behind_both_its_months(tmp_path: Path) -> None:
    """W05 of 2026 runs to Sunday, 1 February: January's last closed week is W04."""
    graph = build_definitions(load_settings(home=tmp_path)).resolve_asset_graph()
    report = graph.get(PERIODIC[Month].key)
    mapping = graph.get_partition_mapping(report.key, dg.AssetKey(["marts", "facts"]))
    for month, expected in (("2026-01", "2026-W05-1"), ("2026-02", "2026-W05-1")):
        upstream = mapping.get_upstream_mapped_partitions_result_for_partitions(
            downstream_partitions_subset=months.subset_with_partition_keys([month]),
            downstream_partitions_def=months,
            upstream_partitions_def=weeks,
        ).partitions_subset
        assert expected in upstream.get_partition_keys()
    assert Month(2026, 1).last_week(JANUARY_2027) == Week(2026, 4)
