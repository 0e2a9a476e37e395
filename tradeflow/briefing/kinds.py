"""The report kinds: which composer fills which frame, and which is of a week, month or year."""

from __future__ import annotations

from tradeflow.briefing.content import Compose
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.monthly import compose_monthly
from tradeflow.briefing.weekly import compose_weekly
from tradeflow.errors import InputError
from tradeflow.periods import Month, Period, Week

KINDS: dict[str, tuple[Frame, Compose]] = {
    WEEKLY.report: (WEEKLY, compose_weekly),
    MONTHLY.report: (MONTHLY, compose_monthly),
}
"""Report name → its frame and its composer."""

_OF: dict[type, Frame] = {Week: WEEKLY, Month: MONTHLY}


def frame_of(period: Period) -> Frame:
    """The frame of the report about a period.

    Raises:
        InputError: no report is about such a period.
    """
    frame = _OF.get(type(period))
    if frame is None:
        raise InputError(f"no report is about a period such as {period}")
    return frame
