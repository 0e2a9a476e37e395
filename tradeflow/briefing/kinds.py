"""The report kinds: which composer fills which frame, and which is of a week, month or year."""

from __future__ import annotations

from tradeflow.briefing.content import Compose
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.minerals import compose_minerals
from tradeflow.briefing.monthly import compose_monthly
from tradeflow.briefing.weekly import compose_weekly
from tradeflow.periods import Month, Period, Week, Year

KINDS: dict[str, tuple[Frame, Compose]] = {
    WEEKLY.report: (WEEKLY, compose_weekly),
    MONTHLY.report: (MONTHLY, compose_monthly),
    MINERALS.report: (MINERALS, compose_minerals),
}
"""Report name → its frame and its composer."""

REPORT_OF: dict[type[Period], Frame] = {Week: WEEKLY, Month: MONTHLY, Year: MINERALS}
"""Kind of period → the frame of the report about one."""


def frame_of(period: Period) -> Frame:
    """The frame of the report about a period."""
    return REPORT_OF[type(period)]
