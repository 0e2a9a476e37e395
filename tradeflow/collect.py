"""Collecting the answers a layer-week consists of: ask, archive, parse, audit, carry forward.

Here: what happens to each request, in order, and what a failure leads to. Not here: sending
(`sources/transport.py`), tables (`materialise.py`), when a week is asked again (`ingest.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tradeflow.answers import Answer, Request
from tradeflow.sources.base import Parsed, Source
from tradeflow.sources.errors import SourceError
from tradeflow.storage.archive import Archive, Entry, Unanswered


@dataclass(frozen=True)
class Outcome:
    """A request with the answer the week rests on, parsed."""

    entry: Entry
    answer: Answer
    parsed: Parsed
    is_fresh: bool
    """Whether the answer was fetched now, not taken from the archive."""


@dataclass
class Collected:
    """What became of every request of a layer-week."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """By request key."""
    failed: list[tuple[Request, SourceError]] = field(default_factory=list)
    """Requests without a usable answer, now or earlier: the layer-week cannot stand."""
    unanswered: list[Unanswered] = field(default_factory=list)
    """Requests without an answer that the layer-week stands without."""
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    """Answers that came and could not be used, with the reason; archived and quarantined."""


class Collector:
    """Collects one layer-week.

    Args:
        source: what to ask and how to read it.
        archive: where answers are kept before anything reads them.
        fetch: sends a request and archives its answer; raises SourceError.
        kept: this week's answers that are not asked for again, by request key.
        last_good: gives, by request key, the newest answers of this and earlier weeks.
    """

    def __init__(
        self,
        source: Source,
        archive: Archive,
        fetch: Callable[[Request], Entry],
        kept: Mapping[str, Entry],
        last_good: Callable[[], Mapping[str, Entry]],
    ) -> None:
        self._source = source
        self._archive = archive
        self._fetch = fetch
        self._kept = kept
        self._last_good = last_good
        self._collected = Collected()

    def collect(self, requests: Iterable[Request]) -> Collected:
        """Answer every request and every request an answer calls for, then audit the groups."""
        seen: set[str] = set()
        queue = deque((request, False) for request in requests)
        while queue:
            request, is_followed = queue.popleft()
            if request.key in seen:
                continue
            seen.add(request.key)
            outcome = self._outcome(request, is_followed)
            if outcome is not None:
                self._collected.outcomes[request.key] = outcome
                more = self._source.follow(outcome.answer, outcome.parsed)
                queue.extend((one, True) for one in more)
        self._audit_groups()
        return self._collected

    def _outcome(self, request: Request, is_followed: bool) -> Outcome | None:
        archived = self._kept.get(request.key)
        if archived is None and is_followed and self._source.may_fail(request):
            # One page among hundreds: asked for again only when its listing says something new.
            known = self._last_good().get(request.key)
            archived = known if known is not None and known.request == request else None
        stored = None if archived is None else self._read_stored(archived)
        if stored is not None:
            return stored
        try:
            entry = self._fetch(request)
        except SourceError as error:
            return self._carried(request, error)
        try:
            return self._read(entry, is_fresh=True)
        except SourceError as error:
            self._refuse(entry, error)
            return self._carried(request, error)

    def _carried(self, request: Request, error: SourceError) -> Outcome | None:
        """The last good answer to the request, marked; otherwise note that there is none."""
        earlier = self._last_good().get(request.key)
        carried = None if earlier is None else self._read_stored(earlier.carried())
        if carried is not None:
            return carried
        if self._source.may_fail(request):
            self._collected.unanswered.append(
                Unanswered(request, str(error), retry_helps=error.retry_helps)
            )
        else:
            self._collected.failed.append((request, error))
        return None

    def _audit_groups(self) -> None:
        incomplete = {request.group for request, _ in self._collected.failed}
        groups: dict[str, list[Outcome]] = {}
        for outcome in self._collected.outcomes.values():
            groups.setdefault(outcome.entry.request.group, []).append(outcome)
        for group, members in groups.items():
            # A group short of an answer would fail its audit through no fault of the others.
            if not group or group in incomplete or not any(one.is_fresh for one in members):
                continue
            try:
                self._source.audit(group, {one.entry.request: one.parsed for one in members})
            except SourceError as error:
                fresh = [one for one in members if one.is_fresh]
                # An answer equal to the last good one is not what went wrong, unless all are.
                for member in [one for one in fresh if self._is_news(one)] or fresh:
                    self._replace_refused(member, error)

    def _is_news(self, member: Outcome) -> bool:
        earlier = self._last_good().get(member.entry.request.key)
        return earlier is None or earlier.response_id != member.entry.response_id

    def _replace_refused(self, member: Outcome, error: SourceError) -> None:
        request = member.entry.request
        self._refuse(member.entry, error)
        del self._collected.outcomes[request.key]
        carried = self._carried(request, error)
        if carried is not None:
            self._collected.outcomes[request.key] = carried

    def _refuse(self, entry: Entry, error: SourceError) -> None:
        self._archive.quarantine(entry, str(error))
        self._collected.refused.append((entry, str(error)))

    def _read_stored(self, entry: Entry) -> Outcome | None:
        """An archived answer, None when the parser has since become too strict for it."""
        try:
            return self._read(entry, is_fresh=False)
        except SourceError:
            return None

    def _read(self, entry: Entry, *, is_fresh: bool) -> Outcome:
        answer = self._archive.answer(entry)
        return Outcome(entry, answer, self._source.parse(answer), is_fresh)
