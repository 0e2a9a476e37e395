"""One process at a time, by a lock of the operating system: a killed process lets go of it.

Not here: the warehouse's lock, which says who holds it and what for (`warehouse.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from tradeflow.errors import StorageError, WarehouseBusy


@contextmanager
def alone(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock file for the block; its folder is made where it is missing.

    Raises:
        WarehouseBusy: another process held it for longer than `timeout_s` seconds.
        StorageError: the file cannot be made.
    """
    lock = filelock.FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=timeout_s)
    except filelock.Timeout as error:
        raise WarehouseBusy(
            f"another process holds {path}; waited {timeout_s:g} s; try again when it is done"
        ) from error
    except OSError as error:
        raise StorageError(f"cannot lock {path}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
