"""What is fixed in a report of one kind, whatever its facts.

The renderer fills a frame, the gate compares against it; neither may add to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tradeflow.briefing.marts import Marts
from tradeflow.periods import Period


@dataclass(frozen=True)
class Frame:
    """The frame of one report kind."""

    report: str
    """Name of the report and of its asset: `trade_briefing`."""
    name_zh: str
    """What a reader calls it: 貿易動態簡報."""
    folder: str
    """Folder of the published reports: `weekly`."""
    stem: str
    """End of the file names: `trade-briefing`."""
    template: str
    period_name: Callable[[Period], str]
    """The period as the title writes it: 2026 年第 07 週."""
    headings: tuple[str, ...]
    """Every heading below the title, in order."""
    columns: Mapping[int, tuple[str, tuple[str, ...]]]
    """Table number → file name part and columns, in order."""
    numeric_columns: frozenset[str]
    """Columns set flush right."""
    key_messages: str
    """The heading whose numbered sentences are the report's key messages."""
    this: str
    """What the report calls its own period: 本週."""
    keywords: tuple[str, ...] = ()
    """Subjects of the kind, for those who search the site."""
    review_items: str = "### 待審核項目"
    """The line whose list holds the report's review items."""
    rules: Callable[[Marts], Iterator[str]] | None = None
    """Every fault of the rows that no report of the kind may be written from."""
    no_reconstructed: frozenset[str] = field(default_factory=frozenset)
    """Headings under which no reconstructed figure may stand at all."""
    no_reconstructed_prose: frozenset[str] = field(default_factory=frozenset)
    """Headings whose sentences, not tables, may not state one."""

    def title(self, period: Period) -> str:
        """The first heading of a report."""
        return f"# {self.name_zh} — {self.period_name(period)}"

    def folder_of(self, reports: Path, period: Period) -> Path:
        """Where the files of a report are published."""
        return reports / self.folder / period.key

    def stem_of(self, period: Period) -> str:
        """The name of the report's Markdown and HTML files without their endings."""
        return f"{period.key}-{self.stem}"
