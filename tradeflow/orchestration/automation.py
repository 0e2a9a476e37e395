"""Conditions under which a closed week flows by itself, asset by asset.

The other way to the same end is the schedule `weekly_brief`, which runs the whole job: use one of
the two. Conditions also carry a correction onward: raw tables of the newest closed week that are
made again bring everything after them up to date, and nothing else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dagster as dg

from tradeflow.orchestration.jobs import WEEKLY_ASSETS
from tradeflow.orchestration.partitions import weeks
from tradeflow.periods import TAIPEI
from tradeflow.settings import Mode

_TWO_WEEKS = timedelta(weeks=2)
"""The running week and the one that closed before it."""


def by_itself(spec: dg.AssetSpec, mode: Mode) -> dg.AssetSpec:
    """A weekly asset with its condition; other assets as they are."""
    if spec.partitions_def != weeks:
        return spec
    return spec.replace_attributes(automation_condition=_condition(bool(list(spec.deps)), mode))


def _condition(has_deps: bool, mode: Mode) -> dg.AutomationCondition[Any]:
    is_due: dg.AutomationCondition[Any] = (
        dg.AutomationCondition.any_deps_updated()
        if has_deps
        else dg.AutomationCondition.cron_tick_passed("30 6 * * 1", str(TAIPEI))
    )
    return (
        _closed_week(mode)
        & is_due.since_last_handled()
        & ~dg.AutomationCondition.any_deps_missing()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & ~dg.AutomationCondition.in_progress()
    )


def _closed_week(mode: Mode) -> dg.AutomationCondition[Any]:
    newest: dg.AutomationCondition[Any] = dg.AutomationCondition.in_latest_time_window()
    if mode is Mode.SANDBOX:
        # Its weeks end with the world, and the last of them has closed.
        return newest
    return dg.AutomationCondition.in_latest_time_window(_TWO_WEEKS) & ~newest


new_week = dg.AutomationConditionSensorDefinition(
    name="new_week",
    target=WEEKLY_ASSETS,
    minimum_interval_seconds=300,
    description="Makes the week that closed on Mondays at 06:30 in Taipei, and what rests on raw "
    "tables of it that are made again. Turn on this or the schedule weekly_brief, not both.",
)
