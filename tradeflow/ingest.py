"""A layer-week from question to raw tables, and a user's file as an answer of its week.

Here: when a week is asked, asked again, or replayed from the archive. Not here: what becomes
of each request (`collect.py`), tables (`materialise.py`), SQL models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import httpx

from tradeflow.answers import Request
from tradeflow.collect import Collected, Collector
from tradeflow.errors import InputError, StorageError, TradeflowError
from tradeflow.materialise import materialise, note_refused
from tradeflow.periods import Week
from tradeflow.settings import Mode, Settings
from tradeflow.sources.base import Parsed, Source
from tradeflow.sources.errors import SourceError
from tradeflow.sources.imports import read_import
from tradeflow.sources.registry import source as source_named
from tradeflow.sources.transport import Transport
from tradeflow.storage.archive import Archive, Entry, Manifest
from tradeflow.storage.warehouse import Warehouse

_VINTAGE_HEADER = "last-modified"


class LayerWeekFailed(TradeflowError):
    """Requests failed and no earlier answer can stand in; the stored week is untouched."""


@dataclass(frozen=True)
class Ingested:
    """One layer-week as it now stands."""

    row_count: int
    """Raw rows the week consists of in this layer."""
    answers: int
    carried_forward: int
    """How many of the answers are an earlier week's."""
    response_ids: tuple[str, ...]
    """Distinct, sorted."""
    replayed: bool
    """Whether the archive alone answered, without any request."""
    carried_labels: tuple[str, ...] = ()
    """What was asked of the answers carried forward."""
    unanswered: int = 0
    """Requests the layer stands without this week; `ops.rejects` names them."""


class Ingest:
    """Brings layers of one world to what their sources had published by the end of a week.

    Args:
        clock: the instant that decides which weeks are closed, timezone-aware.
        open_transport: what carries requests as of a day; None for the network.
    """

    def __init__(
        self,
        settings: Settings,
        archive: Archive,
        warehouse: Warehouse,
        clock: Callable[[], datetime],
        open_transport: Callable[[date], httpx.BaseTransport | None],
    ) -> None:
        self._settings = settings
        self._archive = archive
        self._warehouse = warehouse
        self._clock = clock
        self._open_transport = open_transport

    def layer_week(self, source: Source, week: Week) -> Ingested:
        """Bring one layer-week to its answers and make its raw rows and snapshot.

        A closed week whose every request was answered is replayed from the archive and never
        fetched again; of one with answers carried forward only those are asked again; a
        running week is fetched again.

        Raises:
            LayerWeekFailed: requests failed with no earlier answer to carry forward.
            StorageError: replay finds no manifest, or archive or warehouse fail.
            InputError: the week has not begun, or the world cannot answer for it.
            The stored partition is untouched in each case.
        """
        now = self._clock()
        as_of = week.as_of(now)
        manifest = self._archive.manifest(source.name, week)
        if self._settings.sources is Mode.REPLAY:
            if manifest is None:
                raise StorageError(
                    f"{source.name} {week}: the archive {self._archive.root} has no answers of "
                    "this week; fetch it once with --sources live"
                )
            return self._stored(source, manifest, replayed=True)
        if manifest is not None and week.is_closed(now) and manifest.is_settled:
            return self._stored(source, manifest, replayed=True)
        collected = self._collect(source, week, as_of, manifest)
        note_refused(self._warehouse, source.name, week.key, collected.refused)
        _require_complete(source.name, week, collected)
        manifest = self._archive.append_manifest(
            source.name,
            week,
            as_of,
            (outcome.entry for outcome in collected.outcomes.values()),
            collected.unanswered,
        )
        parsed = {key: outcome.parsed for key, outcome in collected.outcomes.items()}
        return self._stored(source, manifest, replayed=False, parsed=parsed)

    def import_file(self, source_name: str, path: Path, week: Week) -> Ingested:
        """Take a file a user downloaded as an answer of the running week of live.

        It joins what the week already consists of; no request is made.

        Args:
            source_name: comtrade or census.
            week: the week of the import.

        Raises:
            InputError: the file is not of that source, or the world is not live.
            SourceError: the file is short, shifted or of another shape; it is quarantined and
                the stored week is untouched.
        """
        if self._settings.sources.world != Mode.LIVE.world:
            raise InputError("a file can be imported into live only: use --sources live")
        now = self._clock()
        source = source_named(source_name)
        request, body = read_import(source_name, path)
        entry = self._archive.keep(
            request, body, status=200, headers={}, mode="import", attempts=0, fetched_at=now
        )
        try:
            parsed = source.parse(self._archive.answer(entry))
            if request.group:
                source.audit(request.group, {request: parsed})
        except SourceError as error:
            self._archive.quarantine(entry, str(error))
            note_refused(self._warehouse, source_name, week.key, [(entry, str(error))])
            raise
        before = self._archive.manifest(source_name, week)
        others = [e for e in before.entries if e.request.key != request.key] if before else []
        manifest = self._archive.append_manifest(
            source_name,
            week,
            week.as_of(now),
            [*others, entry],
            before.unanswered if before else (),
        )
        return self._stored(source, manifest, replayed=False, parsed={request.key: parsed})

    def _collect(
        self, source: Source, week: Week, as_of: date, manifest: Manifest | None
    ) -> Collected:
        kept = self._kept(manifest)
        known: dict[str, Entry] = {}

        def last_good() -> Mapping[str, Entry]:
            if not known:
                known.update(self._last_good(source.name, week))
            return known

        with Transport(self._settings, http=self._open_transport(as_of)) as transport:

            def fetch(request: Request) -> Entry:
                exchange = transport.send(request)
                return self._archive.keep(
                    request,
                    exchange.body,
                    status=exchange.status,
                    headers=exchange.headers,
                    mode=exchange.mode,
                    attempts=exchange.attempts,
                    fetched_at=self._clock(),
                    source_vintage=exchange.headers.get(_VINTAGE_HEADER),
                )

            collector = Collector(source, self._archive, fetch, kept, last_good)
            imported = [entry.request for entry in kept.values() if self._is_import(entry)]
            return collector.collect([*source.requests(as_of, self._settings), *imported])

    def _kept(self, manifest: Manifest | None) -> dict[str, Entry]:
        """Answers of this very week that are not asked for again."""
        if manifest is None:
            return {}
        speaks_for_whole_week = manifest.as_of >= manifest.week.end
        return {
            entry.request.key: entry
            for entry in manifest.entries
            if not entry.carried_forward and (speaks_for_whole_week or self._is_import(entry))
        }

    def _is_import(self, entry: Entry) -> bool:
        return self._archive.receipt(entry).mode == "import"

    def _last_good(self, layer: str, week: Week) -> dict[str, Entry]:
        """The newest answer to each request in manifests of this and earlier weeks."""
        found: dict[str, Entry] = {}
        for earlier in reversed(self._archive.weeks(layer)):
            manifest = self._archive.manifest(layer, earlier) if earlier <= week else None
            for entry in manifest.entries if manifest else ():
                found.setdefault(entry.request.key, entry)
        return found

    def _stored(
        self,
        source: Source,
        manifest: Manifest,
        *,
        replayed: bool,
        parsed: Mapping[str, Parsed] | None = None,
    ) -> Ingested:
        row_count = materialise(self._archive, self._warehouse, source, manifest, parsed)
        carried = manifest.carried_forward
        return Ingested(
            row_count=row_count,
            answers=len(manifest.entries),
            carried_forward=len(carried),
            response_ids=tuple(sorted({entry.response_id for entry in manifest.entries})),
            replayed=replayed,
            carried_labels=tuple(entry.request.label for entry in carried),
            unanswered=len(manifest.unanswered),
        )


def _require_complete(layer: str, week: Week, collected: Collected) -> None:
    if not collected.failed:
        return
    _, first = collected.failed[0]
    asked = len(collected.failed) + len(collected.outcomes) + len(collected.unanswered)
    raise LayerWeekFailed(
        f"{layer} {week}: {len(collected.failed)} of {asked} requests failed and no earlier "
        f"answer can stand in, the stored week is untouched; the first: {first}"
    ) from first
