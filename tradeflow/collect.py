"""Collecting the answers a layer-week consists of: ask, archive, parse, audit, carry forward.

Here: what happens to each request, in order, and what a failure leads to. Not here: sending
(`sources/transport.py`), tables (`materialise.py`), when a week is asked again (`ingest.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from tradeflow.answers import Request
from tradeflow.parsed_answers import ParsedAnswers
from tradeflow.plausible import require_plausible
from tradeflow.sources.base import Parsed, Source
from tradeflow.sources.errors import Implausible, SourceError, TooManyRows
from tradeflow.storage.archive import Archive, Entry, Held, Unanswered
from tradeflow.thresholds import threshold


@dataclass(frozen=True)
class Refusal:
    """A request that brought no answer; what came instead is archived where anything came."""

    error: SourceError
    entry: Entry | None


@dataclass(frozen=True)
class Asking:
    """How requests are sent."""

    fetch: Callable[[Request], Entry | Refusal]
    """Sends one and archives what came; called from several threads."""
    workers: int = 1
    """How many may be under way at once."""
    stop: Callable[[], None] = lambda: None
    """Ends the waits of those under way, when the week is given up."""


@dataclass(frozen=True)
class Earlier:
    """The newest answer an archived week rests on."""

    entry: Entry
    weeks_back: int
    """How many archived weeks ago; 0 is the newest."""


@dataclass(frozen=True)
class Known:
    """What the archive knows when a week is asked; mappings are by request key."""

    kept: Mapping[str, Entry] = field(default_factory=dict)
    """This week's answers that are not asked for again."""
    last_good: Callable[[], Mapping[str, Earlier]] = dict
    """Gives the newest answers of this and earlier weeks."""
    held: Mapping[str, Held] = field(default_factory=dict)
    """This week's held answers."""
    accepted: Collection[str] = ()
    """Ids of held answers a person admitted."""
    is_stored: Callable[[Entry], bool] = lambda _: False
    """Whether the raw tables hold what this parser reads in an answer."""


@dataclass(frozen=True)
class Outcome:
    """A request with the answer the week rests on."""

    entry: Entry
    following: tuple[Request, ...]
    """What else the answer calls for."""
    is_fresh: bool
    """Whether the answer is new to this week's audit, not one an archived week rested on."""
    read: Callable[[], Parsed] = field(repr=False)
    """Gives what the source's parser reads in the answer."""


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
    held: list[Held] = field(default_factory=list)
    """Answers that came and wait for a person; an earlier answer stands in for each."""


@dataclass(frozen=True)
class _Split:
    whole: Request
    parts: tuple[Request, ...]


class Collector:
    """Collects one layer-week.

    Args:
        source: what to ask and how to read it.
        archive: where answers are kept before anything reads them.
        answers: reads them back.
        asking: how requests are sent.
        known: what the archive knows of this week and the weeks before it.
        report: called with a line of progress.
    """

    def __init__(
        self,
        source: Source,
        archive: Archive,
        answers: ParsedAnswers,
        asking: Asking,
        known: Known,
        report: Callable[[str], None],
    ) -> None:
        self._source = source
        self._archive = archive
        self._answers = answers
        self._asking = asking
        self._known = known
        self._report = report
        self._collected = Collected()
        self._seen: set[str] = set()
        self._splits: list[_Split] = []
        self._depth: dict[str, int] = {}
        self._asked = 0
        self._to_ask = 0

    def collect(self, requests: Iterable[Request]) -> Collected:
        """Answer every request and every request an answer calls for, then audit the groups.

        Requests go out in waves: those given, then those their answers call for, and so on.
        Whatever order the answers of a wave come in, they are handled in the order asked.
        """
        wave = list(requests)
        while wave:
            wave = self._answer(wave)
        self._keep_vanished()
        self._give_up_incomplete_splits()
        self._audit_groups()
        self._give_up_incomplete_splits()
        return self._collected

    def _answer(self, wave: list[Request]) -> list[Request]:
        """Answer the requests not seen before; returns the next wave."""
        calls_for: dict[str, list[Request]] = {}
        to_ask: list[Request] = []
        for request in wave:
            if request.key in self._seen:
                continue
            self._seen.add(request.key)
            following = calls_for[request.key] = []
            stored = self._stored(request)
            if stored is not None:
                self._take([stored], following)
            elif self._is_known_split(request):
                self._split(request, self._parts(request), following)
            else:
                to_ask.append(request)
        self._to_ask += len(to_ask)
        with closing(self._fetch_all(to_ask)) as answers:
            for fetched, request in zip(answers, to_ask, strict=True):
                self._receive(request, fetched, calls_for[request.key])
        return [one for following in calls_for.values() for one in following]

    def _fetch_all(self, requests: list[Request]) -> Generator[Entry | Refusal]:
        """What sending each brought, in the order of `requests`."""
        workers = min(self._asking.workers, len(requests))
        if workers <= 1:
            for request in requests:
                self._note_asked()
                yield self._asking.fetch(request)
            return
        pool = ThreadPoolExecutor(workers, thread_name_prefix=f"ask-{self._source.name}")
        try:
            for future in [pool.submit(self._asking.fetch, request) for request in requests]:
                self._note_asked()
                yield future.result()
        except BaseException:
            self._asking.stop()
            raise
        finally:
            # Reached early when the week is given up: what is not under way is not sent.
            pool.shutdown(cancel_futures=True)

    def _note_asked(self) -> None:
        self._asked += 1
        self._report(f"{self._source.name}: asked {self._asked} of {self._to_ask}")

    def _stored(self, request: Request) -> Outcome | None:
        """The archived answer that makes asking unnecessary."""
        held = self._known.held.get(request.key)
        if held is not None and held.id in self._known.accepted:
            accepted = self._read_stored(held.entry, is_fresh=True)
            if accepted is not None:
                return accepted
        kept = self._known.kept.get(request.key)
        if kept is None and self._source.stands(request):
            earlier = self._known.last_good().get(request.key)
            if earlier is not None and _stands(earlier.entry, request):
                kept = earlier.entry
        outcome = None if kept is None else self._read_stored(kept)
        if outcome is not None and held is not None:
            self._collected.held.append(held)
        return outcome

    def _take(self, outcomes: Iterable[Outcome], following: list[Request]) -> None:
        for outcome in outcomes:
            self._collected.outcomes[outcome.entry.request.key] = outcome
            following.extend(outcome.following)

    def _receive(
        self, request: Request, fetched: Entry | Refusal, following: list[Request]
    ) -> None:
        if isinstance(fetched, Refusal):
            if fetched.entry is not None:
                self._refuse(fetched.entry, fetched.error)
            self._take(self._carried(request, fetched.error), following)
            return
        try:
            outcome = self._read(fetched, is_fresh=True)
            self._require_plausible(outcome)
        except SourceError as error:
            parts = self._parts(request) if isinstance(error, TooManyRows) else ()
            if parts:
                self._split(request, parts, following)
                return
            self._refuse(fetched, error)
            if isinstance(error, Implausible):
                self._collected.held.append(Held(fetched, str(error)))
            self._take(self._carried(request, error), following)
        else:
            self._take([outcome], following)

    def _require_plausible(self, outcome: Outcome) -> None:
        earlier = self._known.last_good().get(outcome.entry.request.key)
        if earlier is None or earlier.entry.response_id == outcome.entry.response_id:
            return
        if Held(outcome.entry, "").id in self._known.accepted:
            return
        before = self._read_stored(earlier.entry)
        if before is not None:
            require_plausible(
                outcome.entry.request,
                self._source.totals(before.read()),
                self._source.totals(outcome.read()),
            )

    def _parts(self, request: Request) -> tuple[Request, ...]:
        """What replaces a request whose answer is capped; none where it cannot be split."""
        if self._depth.get(request.key, 0) >= threshold("request_split_depth"):
            return ()
        parts = tuple(self._source.split(request))
        return () if any(part.key == request.key for part in parts) else parts

    def _split(self, whole: Request, parts: tuple[Request, ...], following: list[Request]) -> None:
        self._splits.append(_Split(whole, parts))
        for part in parts:
            self._depth[part.key] = self._depth.get(whole.key, 0) + 1
        following.extend(parts)

    def _is_known_split(self, request: Request) -> bool:
        """Whether this week rests on parts of the request already: it is not asked as a whole."""
        if not self._known.kept:
            return False
        parts = self._source.split(request)
        smaller = [one for part in parts for one in self._source.split(part)]
        return any(part.key in self._known.kept for part in [*parts, *smaller])

    def _carried(self, request: Request, error: SourceError) -> list[Outcome]:
        """The last good answer to the request, marked; otherwise note that there is none."""
        carried = self._earlier(request)
        if not carried and self._source.may_fail(request):
            self._collected.unanswered.append(
                Unanswered(request, str(error), retry_helps=error.retry_helps)
            )
        elif not carried:
            self._collected.failed.append((request, error))
        return [outcome for outcome, _ in carried]

    def _earlier(self, request: Request, depth: int = 0) -> list[tuple[Outcome, int]]:
        """The newest good answer, as a whole or in parts, with its age; empty without any."""
        found = self._known.last_good().get(request.key)
        outcome = None if found is None else self._read_stored(found.entry.carried())
        whole = [] if outcome is None or found is None else [(outcome, found.weeks_back)]
        in_parts: list[tuple[Outcome, int]] = []
        for part in self._source.split(request) if depth < threshold("request_split_depth") else ():
            part_of_it = self._earlier(part, depth + 1)
            if not part_of_it:
                return whole
            in_parts += part_of_it
        if not whole or not in_parts:
            return whole or in_parts
        return min(whole, in_parts, key=lambda found: max(age for _, age in found))

    def _keep_vanished(self) -> None:
        """Carry forward the pages that nothing lists any more: what they said is not unsaid.

        Pages are the requests the layer stands without, answered once for all (`may_fail` and
        `stands`) and audited with no others; they are not asked again, and as carried forward
        they are named for review. An answer of a group is no page: beside the answers that took
        its place it would tell the same figures twice.
        """
        answered = [one.entry.request for one in self._collected.outcomes.values()]
        if not any(map(self._is_page, answered)):
            return
        for key, earlier in self._known.last_good().items():
            if key not in self._seen and self._is_page(earlier.entry.request):
                outcome = self._read_stored(earlier.entry.carried())
                if outcome is not None:
                    self._collected.outcomes[key] = outcome

    def _is_page(self, request: Request) -> bool:
        is_alone = not request.group
        return is_alone and self._source.may_fail(request) and self._source.stands(request)

    def _give_up_incomplete_splits(self) -> None:
        """Where a part has no answer, let an earlier answer to the whole stand in for all parts."""
        for split in reversed(self._splits):
            parts = {part.key for part in self._leaves(split)}
            lacking = [error for one, error in self._collected.failed if one.key in parts]
            if not lacking and all(
                missing.request.key not in parts for missing in self._collected.unanswered
            ):
                continue
            earlier = self._known.last_good().get(split.whole.key)
            whole = None if earlier is None else self._read_stored(earlier.entry.carried())
            if whole is None:
                continue
            collected = self._collected
            for key in parts:
                collected.outcomes.pop(key, None)
            collected.failed = [one for one in collected.failed if one[0].key not in parts]
            collected.unanswered = [
                one for one in collected.unanswered if one.request.key not in parts
            ]
            collected.held = [one for one in collected.held if one.entry.request.key not in parts]
            collected.outcomes[split.whole.key] = whole

    def _leaves(self, split: _Split) -> Iterator[Request]:
        nested = {one.whole.key: one for one in self._splits}
        for part in split.parts:
            yield part
            if part.key in nested:
                yield from self._leaves(nested[part.key])

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
                self._source.audit(group, {one.entry.request: one.read() for one in members})
            except SourceError as error:
                fresh = [one for one in members if one.is_fresh]
                # An answer equal to the last good one is not what went wrong, unless all are.
                for member in [one for one in fresh if self._is_news(one)] or fresh:
                    self._replace_refused(member, error)

    def _is_news(self, member: Outcome) -> bool:
        earlier = self._known.last_good().get(member.entry.request.key)
        return earlier is None or earlier.entry.response_id != member.entry.response_id

    def _replace_refused(self, member: Outcome, error: SourceError) -> None:
        request = member.entry.request
        self._refuse(member.entry, error)
        del self._collected.outcomes[request.key]
        self._take(self._carried(request, error), [])

    def _refuse(self, entry: Entry, error: SourceError) -> None:
        self._archive.quarantine(entry, str(error))
        self._collected.refused.append((entry, str(error)))

    def _read_stored(self, entry: Entry, *, is_fresh: bool = False) -> Outcome | None:
        """An archived answer, None when the parser has since become too strict for it.

        One whose rows this parser has stored, and that leads to nothing else, is not read again.
        """
        if not self._source.leads_on(entry.request) and self._known.is_stored(entry):
            return Outcome(entry, (), is_fresh, lambda: self._answers.read(self._source, entry)[1])
        try:
            return self._read(entry, is_fresh=is_fresh)
        except SourceError:
            return None

    def _read(self, entry: Entry, *, is_fresh: bool) -> Outcome:
        answer, parsed = self._answers.read(self._source, entry)
        following = tuple(self._source.follow(answer, parsed))
        return Outcome(entry, following, is_fresh, lambda: parsed)


def _stands(earlier: Entry, request: Request) -> bool:
    """Whether an answer was given to this very question, not carried over a failure of it."""
    return earlier.request == request and not earlier.carried_forward
