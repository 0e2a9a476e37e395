"""What identifies one issue of the brief besides its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tradeflow.periods import Week


@dataclass(frozen=True)
class Issue:
    """A brief's week, the day it speaks for, its version and its review."""

    week: Week
    as_of: date
    data_version: str
    """First eight hex digits of the hash of the week's manifests."""
    sandbox: bool = False
    interim: bool = False
    """The week is still running."""
    review: str | None = None
    """Who reviewed it and when, from a recorded review; None if nobody did."""
