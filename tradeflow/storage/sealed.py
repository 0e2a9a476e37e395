"""Files that are written once, whole or not at all, and checked when they are read.

Here: atomic writing, numbered files that are never overwritten, and JSON sealed by its own
SHA-256. Not here: what the files mean (`archive.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tradeflow.errors import StorageError

PART = ".part"
"""Ending of a file that is still being written, or whose writer was killed."""


def seal(content: Any) -> bytes:
    """JSON of `content` with its digest; equal content gives equal bytes."""
    envelope = {"content": content, "sha256": digest(content)}
    return (json.dumps(envelope, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def digest(content: Any) -> str:
    """SHA-256 of the canonical JSON of `content`, 64 hex digits."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unseal(path: Path) -> Any:
    """Read the content of a sealed file.

    Raises:
        StorageError: the file cannot be read, or is not byte for byte what was written.
    """
    data = read_bytes(path)
    try:
        content = json.loads(data)["content"]
        intact = seal(content) == data
    except (ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        raise StorageError(f"{path} was changed after it was written; restore it from a backup")
    return content


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        StorageError: it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise StorageError(f"{path} is missing; restore it from a backup") from error
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


def write_once(path: Path, data: bytes) -> bool:
    """Write `data` under `path` unless the file is there, durably and never in part.

    Returns:
        Whether this call wrote it; False when the file was there already.

    Raises:
        StorageError: the disk is full or read-only; nothing is left under `path`.
    """
    if path.exists():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=PART, dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            # A link, unlike a rename, cannot replace what another process put there meanwhile.
            os.link(part, path)
        finally:
            part.unlink()
        _sync_folder(path.parent)
    except FileExistsError:
        if path.is_file():
            return False
        raise StorageError(f"cannot write {path}: a file stands where a folder must be") from None
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {error.strerror or error}; what was stored is untouched"
        ) from error
    return True


def append_numbered(folder: Path, content: Any) -> int:
    """Add a sealed file `0001.json`, `0002.json` … unless the newest already says the same.

    Returns:
        The number of the file that holds `content`.
    """
    while True:
        numbers = numbered(folder)
        newest = numbers[-1] if numbers else 0
        if newest and unseal(numbered_path(folder, newest)) == content:
            return newest
        if write_once(numbered_path(folder, newest + 1), seal(content)):
            return newest + 1


def numbered(folder: Path) -> list[int]:
    """Numbers of the sealed files of a folder, ascending; none for a missing folder."""
    if not folder.is_dir():
        return []
    return sorted(int(path.stem) for path in folder.glob("[0-9]*.json"))


def numbered_path(folder: Path, number: int) -> Path:
    """Path of the numbered file."""
    return folder / f"{number:04d}.json"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
