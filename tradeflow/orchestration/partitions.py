"""The partitions, each with the reason it exists."""

from __future__ import annotations

import dagster as dg

from tradeflow.periods import TAIPEI, Month, Period, Week, Year
from tradeflow.settings import Mode

FIRST_WEEK = Week(2025, 1)
"""First week that can be back-filled: the release calendar begins in 2024."""
FIRST_MONTH = Month(2025, 1)
"""First month with a week that can be back-filled."""
FIRST_YEAR = Year(2025)
"""First year with a week that can be back-filled."""


def _weeks(after: Week | None = None) -> dg.WeeklyPartitionsDefinition:
    return dg.WeeklyPartitionsDefinition(
        start_date=FIRST_WEEK.partition_key,
        end_date=after.partition_key if after else None,
        fmt="%G-W%V-%u",
        day_offset=1,
        timezone=str(TAIPEI),
        end_offset=1,
    )


def _months(after: Month | None = None) -> dg.MonthlyPartitionsDefinition:
    return dg.MonthlyPartitionsDefinition(
        start_date=FIRST_MONTH.key,
        end_date=after.key if after else None,
        fmt="%Y-%m",
        timezone=str(TAIPEI),
        end_offset=1,
    )


def _years(after: Year | None = None) -> dg.TimeWindowPartitionsDefinition:
    return dg.TimeWindowPartitionsDefinition(
        start=FIRST_YEAR.key,
        end=after.key if after else None,
        fmt="%Y",
        cron_schedule="0 0 1 1 *",
        timezone=str(TAIPEI),
        end_offset=1,
    )


weeks = _weeks()
"""ISO weeks, Monday to Sunday in Taipei: what was known at the end of each of them.

The running one is the last, for a release that should not wait until Monday and for a file
imported today; what is written of it is marked 期中版, and no schedule asks for it.
"""

months = _months()
"""Calendar months: each report reads the last week that had closed within its month."""

years = _years()
"""Calendar years: each report reads the last week that had closed within its year."""


def as_far_as_the_world(spec: dg.AssetSpec, mode: Mode) -> dg.AssetSpec:
    """The asset with the partitions that its world can answer for.

    The sandbox's world ends with a week; a back-fill of all that is missing must end there too.
    """
    if mode is not Mode.SANDBOX or spec.partitions_def is None:
        return spec
    from tradeflow.sandbox.server import LAST_WEEK

    last_month, last_year = Month.containing(LAST_WEEK.end), Year.containing(LAST_WEEK.end)
    within: dict[dg.PartitionsDefinition | None, dg.PartitionsDefinition] = {
        weeks: _weeks(LAST_WEEK.next()),
        months: _months(last_month.next()),
        years: _years(last_year.next()),
    }
    return spec.replace_attributes(partitions_def=within[spec.partitions_def])


def partition_key(period: Period) -> str:
    """The period as its partitions definition writes it."""
    return period.partition_key if isinstance(period, Week) else period.key


def weeks_of(context: dg.AssetExecutionContext) -> list[Week]:
    """The weeks of the run, one or a back-filled range, oldest first."""
    return sorted(Week.parse(key) for key in context.partition_keys)


def months_of(context: dg.AssetExecutionContext) -> list[Month]:
    """The months of the run, one or a back-filled range, oldest first."""
    return sorted(Month.parse(key) for key in context.partition_keys)


def years_of(context: dg.AssetExecutionContext) -> list[Year]:
    """The years of the run, one or a back-filled range, oldest first."""
    return sorted(Year.parse(key) for key in context.partition_keys)
