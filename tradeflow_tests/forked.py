"""Processes that can be killed: forked from a server that has already imported tradeflow.

A process of its own costs seconds of imports; a fork of the server costs none. Targets are plain
functions of modules, and their arguments can be pickled.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    ["tradeflow.definitions", "tradeflow.orchestration.runs", "tradeflow.search.edge"]
)

KILLED = -9
"""Exit code of a process that SIGKILL ended."""


def start(target: Callable[..., None], *args: Any) -> BaseProcess:
    """A running process that calls `target(*args)` and then ends with exit code 0."""
    child = _SERVER.Process(target=target, args=args)
    child.start()
    return child


def run(target: Callable[..., None], *args: Any) -> int:
    """The exit code of a process that called `target(*args)`."""
    child = start(target, *args)
    child.join()
    return child.exitcode or 0
