"""Hands each asset made by an in-process run, and each line of progress within one, to listeners.

Here: who listens while a run in this process lasts. Not here: how progress is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg

TERMINAL = "terminal"
"""Key of the logger that a run in this process names instead of Dagster's console logger."""


@dataclass(frozen=True)
class _Listener:
    on_asset: Callable[[str], None]
    on_note: Callable[[str], None]


_listeners: list[_Listener] = []


@contextmanager
def listening(on_asset: Callable[[str], None], on_note: Callable[[str], None]) -> Iterator[None]:
    """Within the block, hear of every asset materialised and every line of progress noted.

    Args:
        on_asset: called with the asset's name.
        on_note: called with the line, from whichever thread notes it.
    """
    listener = _Listener(on_asset, on_note)
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def note(line: str) -> None:
    """Say how far a long step is: `comtrade: asked 12 of 60`."""
    for listener in list(_listeners):
        listener.on_note(line)


class _AssetHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is not None and event.is_step_materialization:
            for listener in list(_listeners):
                listener.on_asset(event.asset_key.to_user_string())
        elif event is None and record.levelno >= logging.WARNING:
            # What the code below Dagster warns of: whom a step waits for.
            note(meta.get("orig_message", record.getMessage()))


@dg.logger(config_schema={})
def terminal(_context: dg.InitLoggerContext) -> logging.Logger:
    """Stands in for Dagster's console logger, which prints every event."""
    logger = logging.getLogger("tradeflow.run")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(_AssetHandler())
    return logger
