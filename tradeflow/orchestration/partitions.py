"""The partitions, each with the reason it exists."""

from __future__ import annotations

import dagster as dg

from tradeflow.periods import TAIPEI, Week

FIRST_WEEK = Week(2025, 1)
"""First week that can be back-filled: the release calendar begins in 2024."""

weeks = dg.WeeklyPartitionsDefinition(
    start_date=FIRST_WEEK.partition_key,
    fmt="%G-W%V-%u",
    day_offset=1,
    timezone=str(TAIPEI),
)
"""ISO weeks, Monday to Sunday in Taipei: what was known at the end of each of them."""


def weeks_of(context: dg.AssetExecutionContext) -> list[Week]:
    """The weeks of the run, one or a back-filled range, oldest first."""
    return sorted(Week.parse(key) for key in context.partition_keys)
