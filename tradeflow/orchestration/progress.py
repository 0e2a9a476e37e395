"""Hands each asset made by an in-process run to whoever shows progress."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

TERMINAL = "terminal"
"""Key of the logger that a run in this process names instead of Dagster's console logger."""

_listeners: list[Callable[[str], None]] = []


@contextmanager
def listening(on_asset: Callable[[str], None]) -> Iterator[None]:
    """Call `on_asset` with the name of every asset materialised within the block."""
    _listeners.append(on_asset)
    try:
        yield
    finally:
        _listeners.remove(on_asset)


class _AssetHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is not None and event.is_step_materialization:
            for listener in _listeners:
                listener(event.asset_key.to_user_string())


@dg.logger(config_schema={})
def terminal(_context: dg.InitLoggerContext) -> logging.Logger:
    """Stands in for Dagster's console logger, which prints every event."""
    logger = logging.getLogger("tradeflow.run")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(_AssetHandler())
    return logger
