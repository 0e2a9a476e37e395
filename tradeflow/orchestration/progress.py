"""Hands the end of each step of an in-process run to whoever shows progress."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

TERMINAL = "terminal"
"""Key of the logger that a run in this process names instead of Dagster's console logger."""

_listeners: list[Callable[[str], None]] = []


@contextmanager
def listening(on_step: Callable[[str], None]) -> Iterator[None]:
    """Call `on_step` with the name of every step that succeeds, within the block."""
    _listeners.append(on_step)
    try:
        yield
    finally:
        _listeners.remove(on_step)


class _StepHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is not None and event.is_step_success:
            for listener in _listeners:
                listener(event.step_key)


@dg.logger(description="Each finished step to the progress bar, nothing to the terminal.")
def terminal(_context: dg.InitLoggerContext) -> logging.Logger:
    """Stands in for Dagster's console logger, which prints every event."""
    logger = logging.getLogger("tradeflow.run")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(_StepHandler())
    return logger
