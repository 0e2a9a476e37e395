"""Putting a finished brief where readers find it: all of its files or none.

The files are staged beside the folder and the folders are swapped. A file whose bytes have
not changed keeps its time stamp, so that a re-run touches nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tradeflow.errors import StorageError


def publish(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Make `folder` hold exactly `files`.

    Args:
        files: path inside the folder → content.

    Returns:
        The paths whose bytes changed, sorted; empty if the folder was already so.

    Raises:
        StorageError: the files could not be written; the folder is as it was before.
    """
    staged, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    try:
        _recover(folder, old)
        present = _contents(folder)
        changed = sorted(name for name, content in files.items() if present.get(name) != content)
        if not changed and present.keys() == files.keys():
            return []
        _stage(staged, folder, files, set(changed))
        swap(folder, staged, old)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise StorageError(
            f"{folder}: the brief could not be published ({error.strerror or error}); "
            "the files published before are untouched"
        ) from error
    return changed


def _recover(folder: Path, old: Path) -> None:
    # A process killed between the two renames leaves only the old folder, under its other name.
    if old.exists() and not folder.exists():
        old.rename(folder)
    elif old.exists():
        shutil.rmtree(old)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _stage(staged: Path, folder: Path, files: Mapping[str, bytes], changed: set[str]) -> None:
    shutil.rmtree(staged, ignore_errors=True)
    for name, content in sorted(files.items()):
        target = staged / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name not in changed:
            shutil.copy2(folder / name, target)
            continue
        with target.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())


def swap(folder: Path, staged: Path, old: Path) -> None:
    """Put a staged folder in the place of another, or leave the other where it was."""
    _recover(folder, old)
    if folder.exists():
        folder.rename(old)
    try:
        staged.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
