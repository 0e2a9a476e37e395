"""What identifies one issue of a report besides its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.periods import Period, Week


@dataclass(frozen=True)
class Review:
    """What a person recorded of a report after reading it."""

    by: str
    on: date
    is_accepted: bool

    @property
    def status(self) -> str:
        return "accepted" if self.is_accepted else "rejected"

    @property
    def text(self) -> str:
        """As the header states it: 林審核，2026-02-16 核可."""
        return f"{self.by}，{self.on.isoformat()} {'核可' if self.is_accepted else '退回'}"


@dataclass(frozen=True)
class Issue:
    """A report's kind and period, the day it speaks for, its version and its review."""

    week: Week
    """The week whose marts and facts it reads."""
    as_of: date
    data_version: str
    """First eight hex digits of the hash of the week's manifests."""
    sandbox: bool = False
    interim: bool = False
    """The period is still running."""
    review: Review | None = None
    """The recorded review of this very text; None if nobody reviewed it."""
    frame: Frame = WEEKLY
    of: Period | None = None
    """The month or year the report is about; None for the week itself."""

    @property
    def period(self) -> Period:
        """What the report is about."""
        return self.of or self.week

    @property
    def title(self) -> str:
        return self.frame.title(self.period)
