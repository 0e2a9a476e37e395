"""The newest answer to each request in the manifests of a layer up to a week.

A back-fill asks for it once a week, and every week sees one manifest more: what has been read is
kept, so that a manifest is read once a process and not once for every later week.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tradeflow.collect import Earlier
from tradeflow.periods import Week
from tradeflow.storage.archive import Archive, Entry


@dataclass
class _Read:
    manifests: list[tuple[Week, int]] = field(default_factory=list)
    """Week and number of the manifests that `newest` rests on, oldest first."""
    newest: dict[str, tuple[Entry, int]] = field(default_factory=dict)
    """Request key → newest entry and the place of its manifest; in order of those."""


class LastGood:
    """What earlier weeks of one archive rest on."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._read: dict[str, _Read] = {}

    def until(self, layer: str, week: Week) -> dict[str, Earlier]:
        """The newest answer to each request in manifests of this and earlier weeks.

        Returns:
            By request key, those of the newest manifest first.

        Raises:
            StorageError: a manifest was changed after it was written.
        """
        manifests = [
            (earlier, self._archive.manifest_numbers(layer, earlier)[-1])
            for earlier in self._archive.weeks(layer)
            if earlier <= week
        ]
        read = self._read.get(layer)
        if read is None or manifests[: len(read.manifests)] != read.manifests:
            read = _Read()
        for earlier, number in manifests[len(read.manifests) :]:
            self._add(read, layer, earlier, number)
        self._read[layer] = read
        last = len(manifests) - 1
        by_age = sorted(read.newest.items(), key=lambda found: -found[1][1])
        return {key: Earlier(entry, last - place) for key, (entry, place) in by_age}

    def _add(self, read: _Read, layer: str, week: Week, number: int) -> None:
        manifest = self._archive.manifest(layer, week, number)
        place = len(read.manifests)
        for entry in manifest.entries if manifest else ():
            read.newest.pop(entry.request.key, None)
            read.newest[entry.request.key] = entry, place
        read.manifests.append((week, number))
