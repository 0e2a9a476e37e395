"""What can go wrong between the facts and the page.

`GateRefused` (a finished text is not fit to print) is in `tradeflow.errors`.
"""

from __future__ import annotations

from tradeflow.errors import TradeflowError


class BriefError(TradeflowError):
    """A brief cannot be composed from the week's marts as they stand."""
