"""The errors a user can act on, named by what mends them.

Each message stands on one line and names the thing, the source where there is one, and the
remedy; the command line prints it without a traceback. Source errors are in
`sources/errors.py`.
"""

from __future__ import annotations


class TradeflowError(Exception):
    """Anything tradeflow reports in one line instead of a traceback."""


class InputError(TradeflowError):
    """What the user typed, configured or handed over cannot be used as it is."""


class StorageError(TradeflowError):
    """The archive or the warehouse cannot be read or written; what was stored is untouched."""


class WarehouseBusy(StorageError):
    """Another process holds the warehouse and did not let go within the bounded wait."""


class ContractBroken(TradeflowError):
    """A model's rows break its contract; the stored partition is untouched."""


class GateRefused(TradeflowError):
    """A rendered report fails the publication gate; nothing was published."""
