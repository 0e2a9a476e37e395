"""A layer-week from question to raw tables, and a user's file as an answer of its week.

Here: when a week is asked, asked again, or replayed from the archive. Not here: what becomes
of each request (`collect.py`), tables (`materialise.py`), SQL models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path

import httpx

from tradeflow.answers import Request
from tradeflow.collect import Asking, Collected, Collector, Known, Refusal
from tradeflow.errors import InputError, StorageError, TradeflowError
from tradeflow.last_good import LastGood
from tradeflow.materialise import materialise, note_refused
from tradeflow.parsed_answers import ParsedAnswers
from tradeflow.periods import Week
from tradeflow.review import Verdict, decided_ids
from tradeflow.settings import Mode, Settings
from tradeflow.sources.base import Parsed, Source
from tradeflow.sources.errors import SourceError
from tradeflow.sources.imports import read_import
from tradeflow.sources.registry import source as source_named
from tradeflow.sources.transport import Exchange, Transport
from tradeflow.storage.archive import Archive, Entry, Held, Manifest
from tradeflow.storage.raw_rows import parsed_readings, reading_of
from tradeflow.storage.warehouse import Warehouse

_VINTAGE_HEADER = "last-modified"


class LayerWeekFailed(TradeflowError):
    """Requests failed and no earlier answer can stand in; the stored week is untouched."""


@dataclass(frozen=True)
class Ingested:
    """One layer-week as it now stands."""

    table_rows: Mapping[str, int]
    """Raw table → the rows the week consists of in it."""
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
    held: tuple[Held, ...] = ()
    """Answers that wait for a person, or that one keeps out; earlier answers stand in."""
    asked: tuple[tuple[str, str], ...] = ()
    """What was asked, in words, and the id of the answer the week rests on."""

    @property
    def row_count(self) -> int:
        """Raw rows the week consists of in this layer."""
        return sum(self.table_rows.values())


def silent(_line: str) -> None:
    """Takes a line of progress nobody asked for."""


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
        self._answers = ParsedAnswers(archive)
        self._last_good = LastGood(archive)
        self._readings: dict[str, set[tuple[str, str]]] = {}

    def layer_week(
        self, source: Source, week: Week, report: Callable[[str], None] = silent
    ) -> Ingested:
        """Bring one layer-week to its answers and make its raw rows and snapshot.

        A closed week whose every request was answered is replayed from the archive and never
        fetched again; of one with answers carried forward only those are asked again; a
        running week is fetched again. Held answers a person accepted meanwhile are used.

        Args:
            report: called with lines of progress while answers are fetched.

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
        rejected = decided_ids(self._archive, Verdict.REJECT)
        if manifest is not None and week.is_closed(now) and manifest.is_settled(rejected):
            return self._stored(source, manifest, replayed=True)
        collected = self._collect(source, week, as_of, manifest, report)
        note_refused(self._warehouse, source.name, week.key, collected.refused)
        _require_complete(source.name, week, collected)
        manifest = self._archive.append_manifest(
            source.name,
            week,
            as_of,
            (outcome.entry for outcome in collected.outcomes.values()),
            collected.unanswered,
            collected.held,
        )
        readers = {key: outcome.read for key, outcome in collected.outcomes.items()}
        return self._stored(source, manifest, replayed=False, readers=readers)

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
            [one for one in before.held if one.entry.request.key != request.key] if before else (),
        )
        readers = {request.key: lambda: parsed}
        return self._stored(source, manifest, replayed=False, readers=readers)

    def ask(self, source: Source, requests: Sequence[Request], as_of: date) -> list[Parsed]:
        """Ask questions outside any week: answers are archived and belong to no manifest.

        Raises:
            SourceError: a question was refused, or its answer cannot be read.
            InputError: replay, which has no network.
        """
        with Transport(self._settings, http=self._open_transport(as_of)) as transport:
            kept = [self._keep(request, transport.send(request)) for request in requests]
        return [source.parse(self._archive.answer(entry)) for entry in kept]

    def _collect(
        self,
        source: Source,
        week: Week,
        as_of: date,
        manifest: Manifest | None,
        report: Callable[[str], None],
    ) -> Collected:
        known = Known(
            kept=self._kept(manifest),
            last_good=cache(lambda: self._last_good.until(source.name, week)),
            held={one.entry.request.key: one for one in manifest.held} if manifest else {},
            accepted=decided_ids(self._archive, Verdict.ACCEPT),
            is_stored=partial(self._is_stored, self._stored_readings(source)),
        )

        def on_wait(host: str, seconds: float, reason: str) -> None:
            report(f"{source.name}: waiting {seconds:.0f} s for {host}: {reason}")

        with Transport(
            self._settings, http=self._open_transport(as_of), on_wait=on_wait
        ) as transport:

            def fetch(request: Request) -> Entry | Refusal:
                try:
                    return self._keep(request, transport.send(request))
                except SourceError as error:
                    came = error.exchange
                    return Refusal(error, None if came is None else self._keep(request, came))

            collector = Collector(
                source,
                self._archive,
                self._answers,
                Asking(fetch, transport.concurrency(source.name), transport.stop),
                known,
                report,
            )
            imported = [entry.request for entry in known.kept.values() if self._is_import(entry)]
            return collector.collect([*source.requests(as_of, self._settings), *imported])

    def _stored_readings(self, source: Source) -> set[tuple[str, str]]:
        """What the raw tables hold of a source, as last seen; `materialise` looks again."""
        if source.name not in self._readings:
            with self._warehouse.connect(f"see what is read of {source.name}") as con:
                self._readings[source.name] = parsed_readings(con, source.parser_version)
        return self._readings[source.name]

    def _is_stored(self, readings: set[tuple[str, str]], entry: Entry) -> bool:
        reading = reading_of(entry.request, self._archive.receipt(entry))
        return (entry.response_id, reading) in readings

    def _keep(self, request: Request, exchange: Exchange) -> Entry:
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

    def _kept(self, manifest: Manifest | None) -> dict[str, Entry]:
        """Answers of this very week that are not asked for again."""
        if manifest is None:
            return {}
        rejected = decided_ids(self._archive, Verdict.REJECT)
        out_for_good = {one.entry.request.key for one in manifest.held if one.id in rejected}
        return {
            entry.request.key: entry
            for entry in manifest.entries
            if (not entry.carried_forward or entry.request.key in out_for_good)
            and (manifest.speaks_for_whole_week or self._is_import(entry))
        }

    def _is_import(self, entry: Entry) -> bool:
        return self._archive.receipt(entry).mode == "import"

    def _stored(
        self,
        source: Source,
        manifest: Manifest,
        *,
        replayed: bool,
        readers: Mapping[str, Callable[[], Parsed]] | None = None,
    ) -> Ingested:
        known = self._stored_readings(source)
        table_rows = materialise(self._archive, self._warehouse, source, manifest, readers, known)
        carried = manifest.carried_forward
        return Ingested(
            table_rows=table_rows,
            answers=len(manifest.entries),
            carried_forward=len(carried),
            response_ids=tuple(sorted({entry.response_id for entry in manifest.entries})),
            replayed=replayed,
            carried_labels=tuple(entry.request.label for entry in carried),
            unanswered=len(manifest.unanswered),
            held=manifest.held,
            asked=tuple((entry.request.label, entry.response_id) for entry in manifest.entries),
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
