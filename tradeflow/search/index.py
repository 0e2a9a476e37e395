"""The vector index behind one small interface: points in, ranked point ids out.

Here: what a point, a filter and an engine are, and keeping an index on disk: built beside,
counted, swapped in under a name that says what it holds. Everything in it can be made again
from schema search of the warehouse. Not here: the engines (`edge.py`, `client.py`), texts.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tradeflow.errors import StorageError
from tradeflow.storage import leftovers

SPARSE, DENSE = "text", "meaning"
"""Names of a point's two vectors."""
NUMBERS = ("known_from", "known_until", "released", "dated")
WORDS = ("document", "layer", "category", "materials", "economies")
"""What points are filtered by; engines index it, which makes a filtered query ten times faster."""
_DRAFT = ".building-"
KEPT_INDEXES = 2
"""Indexes left standing after a swap: the new one, and the one readers may still open."""


@dataclass(frozen=True)
class Point:
    """A piece of a document's version: its vectors, and what it can be filtered by."""

    id: int
    sparse: Mapping[int, float]
    dense: Sequence[float] | None
    document: str
    layer: str
    category: str
    materials: tuple[str, ...]
    economies: tuple[str, ...]
    released: int
    """Day of release as 20251009."""
    dated: int
    """Day of issue, else of the page, else of release, as 20251009."""
    known_from: int
    known_until: int
    """First and last week that knew this version, as 202607."""

    @property
    def payload(self) -> dict[str, object]:
        """The filterable part, by name."""
        return {
            "document": self.document,
            "layer": self.layer,
            "category": self.category,
            "materials": list(self.materials),
            "economies": list(self.economies),
            "released": self.released,
            "dated": self.dated,
            "known_from": self.known_from,
            "known_until": self.known_until,
        }


@dataclass(frozen=True)
class Filter:
    """Which points may be found; None and empty mean any."""

    week: int
    """Versions that this week knew, as 202607."""
    released_until: int | None = None
    """Last day of release, as 20251009."""
    dated: tuple[int | None, int | None] = (None, None)
    """First and last day of the document's own date."""
    equal: tuple[tuple[str, str], ...] = ()
    """Payload names and the value each must have, or hold."""
    documents: frozenset[str] | None = None

    @property
    def bounds(self) -> list[tuple[str, int | None, int | None]]:
        """Name, least and greatest value of each number."""
        return [
            ("known_from", None, self.week),
            ("known_until", self.week, None),
            *([("released", None, self.released_until)] if self.released_until else []),
            *([("dated", *self.dated)] if self.dated != (None, None) else []),
        ]


@dataclass(frozen=True)
class Found:
    """A point and how it scored: the dot product (sparse) or the cosine (dense)."""

    id: int
    score: float


class Index(Protocol):
    """An open index; searches only."""

    def sparse(self, vector: Mapping[int, float], limit: int, where: Filter) -> list[Found]:
        """The points of the greatest dot product, best first."""

    def dense(self, vector: Sequence[float], limit: int, where: Filter) -> list[Found]:
        """The points of the greatest cosine, best first."""

    def count(self) -> int:
        """How many points it holds."""

    def close(self) -> None:
        """Give back what it holds; harmless to call twice."""


class Engine(Protocol):
    """Makes and opens indexes named by what they hold."""

    name: str

    def has(self, digest: str) -> bool:
        """Whether an index of this content stands."""

    def build(self, digest: str, points: Iterable[Point], dense_size: int | None) -> int:
        """Make the index beside the others, count it, and swap it in.

        Returns:
            How many points it holds.

        Raises:
            StorageError: it could not be made whole; what stood still stands.
        """

    def open(self, digest: str) -> Index:
        """Open an index that stands.

        Raises:
            StorageError: it does not stand, or is held by another process.
        """


def batches(points: Sequence[Point], size: int) -> Iterator[Sequence[Point]]:
    """The points in stretches of at most `size`."""
    return (points[place : place + size] for place in range(0, len(points), size))


class Folders:
    """Indexes as folders `<root>/<digest>`, for engines that work on files.

    Drafts that killed processes left are swept when an engine begins its work, as an index that
    stands already is not made again.

    Args:
        root: the folder of all of one engine's indexes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        leftovers.sweep(root.glob(f"{_DRAFT}*"))

    def path(self, digest: str) -> Path:
        """Where the index of this content stands, or would."""
        return self.root / digest

    def swap_in(self, digest: str, make: Callable[[Path], int], expected: int) -> int:
        """Let `make` fill an empty folder, then give it its name, whole or not at all.

        Args:
            make: fills the folder and returns how many points it then counts.
            expected: how many points it must hold.

        Raises:
            StorageError: the folder holds another number of points, or cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self.root))
        except OSError as error:
            raise StorageError(f"cannot write {self.root}: {error.strerror or error}") from error
        try:
            counted = make(draft)
            if counted != expected:
                raise StorageError(
                    f"search index in {self.root}: expected {expected} points, counted {counted}; "
                    "the index before it still stands"
                )
            if not self.path(digest).exists():
                # Another process may have finished the same index meanwhile: equal content.
                with contextlib.suppress(FileExistsError):
                    draft.replace(self.path(digest))
        except OSError as error:
            raise StorageError(f"search index in {self.root}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        self._forget_old(digest)
        return counted

    def _forget_old(self, digest: str) -> None:
        others = [
            folder
            for folder in self.root.iterdir()
            if folder.is_dir() and not folder.name.startswith(".") and folder.name != digest
        ]
        others.sort(key=lambda folder: (folder.stat().st_mtime, folder.name), reverse=True)
        for folder in others[KEPT_INDEXES - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)
