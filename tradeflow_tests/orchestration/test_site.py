"""The site follows the reports, once a run; what is built is looked at in `site/test_build.py`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from tradeflow.definitions import build_definitions
from tradeflow.orchestration.reports import PUBLISHED_COPY
from tradeflow.orchestration.site import SITE
from tradeflow.periods import TAIPEI
from tradeflow.settings import Mode, load_settings

NOW = datetime(2026, 2, 16, 7, tzinfo=TAIPEI)


def test_a_range_of_weeks_asks_for_the_site_once(tmp_path: Path) -> None:
    definitions = build_definitions(load_settings(home=tmp_path, sources=Mode.LIVE))
    with dg.DagsterInstance.ephemeral() as instance:
        cursor, asked = None, []
        for minute, made in enumerate([(), ("2026-W05-1", "2026-W06-1", "2026-W07-1"), ()]):
            for partition in made:
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(PUBLISHED_COPY, partition=partition)
                )
            looked = dg.evaluate_automation_conditions(
                definitions,
                instance,
                asset_selection=dg.AssetSelection.assets(SITE),
                cursor=cursor,
                evaluation_time=NOW + timedelta(minutes=minute),
            )
            cursor = looked.cursor
            asked.append(looked.total_requested)
    assert asked == [0, 1, 0]
