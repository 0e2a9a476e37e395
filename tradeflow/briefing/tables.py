"""A numbered table: its rows as printed, as Markdown and as CSV.

The columns come from the report's frame; which rows there are is decided by its composer.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.pen import strip

_FORMULA = ("=", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Rows of one of a report's tables; cells are marked text."""

    number: int
    rows: tuple[tuple[str, ...], ...]
    frame: Frame = WEEKLY

    def __post_init__(self) -> None:
        width = len(self.columns)
        for row in self.rows:
            if len(row) != width:
                raise BriefError(f"table {self.number} wants {width} cells a row, got {len(row)}")

    @property
    def name(self) -> str:
        """The file name part of the table."""
        return self.frame.columns[self.number][0]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.frame.columns[self.number][1]

    @property
    def head(self) -> str:
        """The Markdown head: column names and alignment."""
        rule = ["---:" if name in self.frame.numeric_columns else "---" for name in self.columns]
        return f"| {' | '.join(self.columns)} |\n|{'|'.join(rule)}|"

    @property
    def body(self) -> str:
        """The Markdown rows."""
        return "\n".join(f"| {' | '.join(row)} |" for row in self.rows)

    def csv(self) -> bytes:
        """The table as a spreadsheet reads it: UTF-8 with a mark, formulas disarmed."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.columns)
        writer.writerows([_cell(text) for text in row] for row in self.rows)
        return out.getvalue().encode("utf-8-sig")


def table(number: int, rows: Sequence[Sequence[str]], frame: Frame = WEEKLY) -> Table:
    """A table from any sequence of rows."""
    return Table(number, tuple(tuple(row) for row in rows), frame)


def renumbered(number: int, other: Table, frame: Frame) -> Table:
    """The rows of one report's table as a table of another."""
    return Table(number, other.rows, frame)


def _cell(marked: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1 \2", strip(marked))
    text = re.sub(r"\\([\\`*_\[\]{}#|~$%])", r"\1", text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    risky = text.startswith(_FORMULA) or (text[:1] in "+-" and not re.match(r"\+[0-9]", text))
    return f"'{text}" if risky else text
