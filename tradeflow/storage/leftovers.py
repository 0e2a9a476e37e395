"""What killed processes leave behind: drafts under names that nobody reads."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

STALE_S = 3600.0
"""Age of a draft, in seconds, that no living process can still be writing."""


def sweep(drafts: Iterable[Path]) -> int:
    """Remove the files and folders that have not changed for an hour; how many went."""
    oldest = time.time() - STALE_S
    swept = 0
    for draft in drafts:
        try:
            if draft.lstat().st_mtime >= oldest:
                continue
            if draft.is_dir():
                shutil.rmtree(draft)
            else:
                draft.unlink()
            swept += 1
        except FileNotFoundError:
            continue  # another process swept it
    return swept
