"""The published reports of a world, read back from their folder.

Here: which reports there are, newest first, and each one's parts. A folder that is no report is
left alone; a report that lacks a file is an error, never a gap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.front_matter import body_of
from tradeflow.briefing.kinds import KINDS
from tradeflow.errors import StorageError

_MAIN = '<main id="main" tabindex="-1">\n'


@dataclass(frozen=True)
class Published:
    """One published report."""

    frame: Frame
    key: str
    """Its period: 2026-W07, 2026-02, 2025."""
    folder: Path

    @cached_property
    def record(self) -> dict[str, Any]:
        """What `figures.json` keeps of it."""
        record: dict[str, Any] = json.loads(self._read("figures.json"))
        return record

    @cached_property
    def source(self) -> str:
        """Its Markdown file, front matter and all."""
        return self._read(f"{self.key}-{self.frame.stem}.md")

    @property
    def markdown(self) -> str:
        """Its text, which the positions of `figures.json` count."""
        return body_of(self.source)

    @cached_property
    def main(self) -> str:
        """The HTML inside the page's `main`, figures as spans."""
        html = self._read(f"{self.key}-{self.frame.stem}.html")
        _, found, rest = html.partition(_MAIN)
        if not found:
            raise StorageError(f"{self.folder}: the page has no main part; publish it again")
        return rest.partition("</main>")[0]

    @property
    def title(self) -> str:
        """The report's first heading: 貿易動態簡報 — 2026 年第 07 週."""
        return next(
            line.removeprefix("# ") for line in self.markdown.splitlines() if line[:2] == "# "
        )

    @property
    def year(self) -> str:
        """The year its period falls in: an ISO week's own year."""
        return self.key[:4]

    @property
    def tables(self) -> list[Path]:
        """Its CSV files, in order."""
        return sorted((self.folder / "tables").glob("*.csv"))

    @property
    def path(self) -> str:
        """Where its page lies on the site."""
        return f"{self.frame.folder}/{self.key}/index.html"

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text("utf-8")
        except OSError as error:
            raise StorageError(
                f"{self.folder / name}: the published report lacks it ({error.strerror}); "
                "publish it again"
            ) from error


def library(root: Path) -> dict[str, list[Published]]:
    """Report name → its published issues, newest first; every kind is there.

    Args:
        root: folder of the world's reports.
    """
    return {name: list(_issues(frame, root)) for name, (frame, _) in KINDS.items()}


def _issues(frame: Frame, root: Path) -> Iterator[Published]:
    folder = root / frame.folder
    keys = sorted((path.name for path in folder.glob("[0-9]*") if path.is_dir()), reverse=True)
    for key in keys:
        if (folder / key / f"{key}-{frame.stem}.md").exists():
            yield Published(frame, key, folder / key)
