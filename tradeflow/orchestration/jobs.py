"""The weekly job and its schedule."""

from __future__ import annotations

import dagster as dg

WEEKLY_JOB = "weekly"

weekly_job = dg.define_asset_job(
    WEEKLY_JOB,
    selection=dg.AssetSelection.all(),
    description="One week from the sources to the brief.",
)

weekly_schedule = dg.build_schedule_from_partitioned_job(
    weekly_job,
    name="weekly_brief",
    hour_of_day=6,
    minute_of_hour=30,
    description="Mondays at 06:30 in Taipei, for the week that closed at midnight.",
)
"""Partitioned jobs are scheduled for closed partitions only."""
