"""The report kinds: which composer fills which frame."""

from __future__ import annotations

from tradeflow.briefing.content import Compose
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.monthly import compose_monthly
from tradeflow.briefing.weekly import compose_weekly

KINDS: dict[str, tuple[Frame, Compose]] = {
    WEEKLY.report: (WEEKLY, compose_weekly),
    MONTHLY.report: (MONTHLY, compose_monthly),
}
"""Report name → its frame and its composer."""
