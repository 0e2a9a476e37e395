"""The archive: every answer as it came, its receipts, and what each layer-week consists of.

Append-only; the database is a cache of it. Here: keeping, finding and verifying answers,
manifests and records. Not here: sending requests, reading answers, or tables.

    answers/<ab>/<response id>.gz                        the body, compressed
    receipts/<ab>/<response id>/<request key>/<id>.json  how it came
    manifests/<layer>/<week>/0001.json                   what a layer-week consists of
    records/<kind>/<week>/0001.json                      what was published, or known by then
    decisions/0001.json                                  what persons decided, in order
    quarantine/<layer>/<request key>/0001.json           answers that were refused, and why
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from tradeflow.answers import Answer, Credential, Receipt, Request
from tradeflow.errors import StorageError
from tradeflow.periods import Week
from tradeflow.storage import leftovers, sealed

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""The ten bytes every body's file begins with: no name, no time, so equal bodies give equal
files and a flipped bit is found in the header too."""

_PAIRS = ("params", "form", "headers", "about")
"""Fields of a request that are ordered name-value pairs."""

_PASSING = ("fetched_at", "attempts", "label")
"""What a receipt says of the occasion rather than of the answer."""


@dataclass(frozen=True)
class Entry:
    """One request of a layer-week and the answer the week rests on."""

    request: Request
    response_id: str
    carried_forward: bool = False
    """Whether the answer is an earlier week's because this week's request failed."""
    receipt_id: str = ""
    """Which receipt of this answer to this request: it may have come with other headers too."""

    def carried(self) -> Entry:
        """The same answer, marked as carried forward."""
        return replace(self, carried_forward=True)


@dataclass(frozen=True)
class Unanswered:
    """A request of a layer-week that the layer stands without."""

    request: Request
    reason: str
    retry_helps: bool


@dataclass(frozen=True)
class Held:
    """An answer of a layer-week that is kept out of it until a person accepts it."""

    entry: Entry
    reason: str

    @property
    def id(self) -> str:
        """Names the answer to its request in reviews, the same in every week: 8 hex digits."""
        request = self.entry.request
        return sealed.digest([request.source, request.key, self.entry.response_id])[:8]


@dataclass(frozen=True)
class Manifest:
    """What one layer-week consists of."""

    layer: str
    week: Week
    as_of: date
    """The last day the requests could know of: the week's Sunday once it was closed."""
    entries: tuple[Entry, ...]
    """Ordered by label and request key."""
    unanswered: tuple[Unanswered, ...] = ()
    """In the same order; the week has no answer to these, and says so."""
    held: tuple[Held, ...] = ()
    """In the same order; an earlier answer stands in for each, among the entries."""
    number: int = 1

    @property
    def carried_forward(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.carried_forward)

    @property
    def speaks_for_whole_week(self) -> bool:
        return self.as_of >= self.week.end

    def is_settled(self, rejected: Collection[str] = ()) -> bool:
        """Whether it speaks for the whole week and asking again could add nothing.

        Args:
            rejected: ids of held answers that a person decided to keep out.
        """
        out_for_good = {one.entry.request.key for one in self.held if one.id in rejected}
        return (
            self.speaks_for_whole_week
            and not any(missing.retry_helps for missing in self.unanswered)
            and all(entry.request.key in out_for_good for entry in self.carried_forward)
        )


class Archive:
    """The archive of one world under `root`. Safe to share between processes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(
        self,
        request: Request,
        body: bytes,
        *,
        status: int,
        headers: Mapping[str, str],
        mode: Literal["sandbox", "live", "import"],
        attempts: int,
        fetched_at: datetime,
        source_vintage: str | None = None,
    ) -> Entry:
        """Store an answer before anything reads it.

        An answer that came before to the same request in the same way keeps its receipt, so
        asking again every week adds nothing.

        Returns:
            The entry that names it; `answer(entry)` reads it back.

        Raises:
            StorageError: it cannot be written; nothing stored is touched.
        """
        response_id = hashlib.sha256(body).hexdigest()
        path = self._body_path(response_id)
        if not path.exists():
            sealed.write_once(path, _compress(body))
        receipt = {
            "response_id": response_id,
            "request_key": request.key,
            "source": request.source,
            "label": request.label,
            "method": request.method,
            "url": request.url,
            "params": [list(pair) for pair in request.params],
            "form": [list(pair) for pair in request.form],
            "status": status,
            "headers": dict(headers),
            "byte_count": len(body),
            "fetched_at": fetched_at.isoformat(),
            "mode": mode,
            "attempts": attempts,
            "source_vintage": source_vintage,
        }
        # Named by what it says of the answer: which receipts came earlier must not show in a
        # manifest, so that a week made alone equals the same week in a back-fill.
        stable = {name: value for name, value in receipt.items() if name not in _PASSING}
        entry = Entry(request, response_id, receipt_id=sealed.digest(stable)[:16])
        sealed.write_once(self._receipt_path(entry), sealed.seal(receipt))
        return entry

    def body(self, response_id: str) -> bytes:
        """The body of an answer, verified.

        Raises:
            StorageError: the file is missing or is not what was stored; it is named.
        """
        path = self._body_path(response_id)
        stored = sealed.read_bytes(path)
        try:
            body = gzip.decompress(stored)
        except (OSError, EOFError, zlib.error):
            body = None
        if (
            body is None
            or not stored.startswith(_GZIP_HEADER)
            or hashlib.sha256(body).hexdigest() != response_id
        ):
            raise StorageError(f"{path} was changed after it was written; restore it from a backup")
        return body

    def answer(self, entry: Entry) -> Answer:
        """The answer an entry names, as it came.

        Raises:
            StorageError: its body or receipt is missing or was changed; the file is named.
        """
        return Answer(entry.request, self.receipt(entry), self.body(entry.response_id))

    def receipt(self, entry: Entry) -> Receipt:
        """How the answer an entry names came."""
        return _receipt(sealed.unseal(self._receipt_path(entry)))

    def receipts(self, response_id: str) -> list[Receipt]:
        """Every way this answer came, by request key."""
        folder = self.root / "receipts" / response_id[:2] / response_id
        paths = sorted(folder.glob("*/*.json"))
        return [_receipt(sealed.unseal(path)) for path in paths]

    def append_manifest(
        self,
        layer: str,
        week: Week,
        as_of: date,
        entries: Iterable[Entry],
        unanswered: Iterable[Unanswered] = (),
        held: Iterable[Held] = (),
    ) -> Manifest:
        """Record what a layer-week consists of; the newest manifest counts.

        Equal content adds no file. Manifests hold no clock time, so the same week made twice
        has the same bytes.
        """
        ordered = tuple(sorted(entries, key=_by_request))
        missing = tuple(sorted(unanswered, key=_by_request))
        waiting = tuple(sorted(held, key=lambda one: _by_request(one.entry)))
        content = {
            "layer": layer,
            "week": week.key,
            "as_of": as_of.isoformat(),
            "answers": [_entry_content(entry) for entry in ordered],
            "unanswered": [
                {
                    "request": _request_content(one.request),
                    "reason": one.reason,
                    "retry_helps": one.retry_helps,
                }
                for one in missing
            ],
            "held": [
                {"answer": _entry_content(one.entry), "reason": one.reason} for one in waiting
            ],
        }
        number = sealed.append_numbered(self._manifests(layer, week), content)
        return Manifest(layer, week, as_of, ordered, missing, waiting, number)

    def manifest(self, layer: str, week: Week, number: int | None = None) -> Manifest | None:
        """The newest manifest of a layer-week, or the one of that number; None without any."""
        numbers = sealed.numbered(self._manifests(layer, week))
        if not numbers:
            return None
        number = numbers[-1] if number is None else number
        content = sealed.unseal(sealed.numbered_path(self._manifests(layer, week), number))
        return Manifest(
            layer=content["layer"],
            week=Week.parse(content["week"]),
            as_of=date.fromisoformat(content["as_of"]),
            entries=tuple(_entry(stated) for stated in content["answers"]),
            unanswered=tuple(
                Unanswered(_request(stated["request"]), stated["reason"], stated["retry_helps"])
                for stated in content["unanswered"]
            ),
            # Manifests written before answers were held say nothing of them.
            held=tuple(
                Held(_entry(stated["answer"]), stated["reason"])
                for stated in content.get("held", ())
            ),
            number=number,
        )

    def manifest_numbers(self, layer: str, week: Week) -> list[int]:
        """Numbers of all manifests of a layer-week, ascending."""
        return sealed.numbered(self._manifests(layer, week))

    def weeks(self, layer: str) -> list[Week]:
        """Weeks of which the layer has a manifest, ascending."""
        return _weeks(self.root / "manifests" / layer)

    def layers(self) -> list[str]:
        """Layers of which any week has a manifest, by name."""
        return sorted(path.name for path in (self.root / "manifests").glob("*") if path.is_dir())

    def data_version(self, week: Week) -> str:
        """SHA-256 over the newest manifest of every layer of the week, 64 hex digits.

        Two reports of a week with equal versions rest on the same answers.
        """
        stated = []
        for layer in self.layers():
            folder = self._manifests(layer, week)
            if numbers := sealed.numbered(folder):
                content = sealed.unseal(sealed.numbered_path(folder, numbers[-1]))
                stated.append([layer, sealed.digest(content)])
        return sealed.digest(stated)

    def append_record(self, kind: str, week: Week, content: Mapping[str, Any]) -> int:
        """Record what was published or known of a week; equal content adds none.

        Args:
            content: JSON values; no clock time where the week must stay reproducible.

        Returns:
            The number of the record.
        """
        return sealed.append_numbered(self.root / "records" / kind / week.key, dict(content))

    def record(self, kind: str, week: Week) -> dict[str, Any] | None:
        """The newest record of that kind and week, None without any."""
        folder = self.root / "records" / kind / week.key
        numbers = sealed.numbered(folder)
        return sealed.unseal(sealed.numbered_path(folder, numbers[-1])) if numbers else None

    def recorded_weeks(self, kind: str) -> list[Week]:
        """Weeks that have a record of that kind, ascending."""
        return _weeks(self.root / "records" / kind)

    def append_decision(self, content: Mapping[str, Any]) -> int:
        """Record what a person decided; nothing ever replaces it, a later one may overrule it.

        Args:
            content: JSON values; what they mean is `review.py`'s.

        Returns:
            Its number; decisions are numbered from 1 in the order they were taken.
        """
        return sealed.append_numbered(self.root / "decisions", dict(content))

    def decisions(self) -> list[dict[str, Any]]:
        """All decisions in the order they were taken."""
        folder = self.root / "decisions"
        return [sealed.unseal(sealed.numbered_path(folder, n)) for n in sealed.numbered(folder)]

    def quarantine(self, entry: Entry, reason: str) -> None:
        """Record that an archived answer was refused, and why."""
        folder = self.root / "quarantine" / entry.request.source / entry.request.key
        content = {"answer": _entry_content(entry), "reason": reason}
        known = [sealed.unseal(sealed.numbered_path(folder, n)) for n in sealed.numbered(folder)]
        if content not in known:
            sealed.append_numbered(folder, content)

    def quarantined(self, layer: str) -> list[tuple[Entry, str]]:
        """Refused answers of a layer with their reasons, by request key and number."""
        paths = sorted((self.root / "quarantine" / layer).glob("*/[0-9]*.json"))
        contents = [sealed.unseal(path) for path in paths]
        return [(_entry(content["answer"]), content["reason"]) for content in contents]

    def sweep(self) -> int:
        """Remove what killed processes left half-written; how many files went."""
        return leftovers.sweep(self.root.rglob(f".*{sealed.PART}"))

    def damage(self) -> Iterator[str]:
        """Read every file of the archive and say, in one line each, which are not intact."""
        for path in sorted(self.root.rglob("*")):
            try:
                if path.suffix == ".gz":
                    self.body(path.stem)
                elif path.suffix == ".json":
                    sealed.unseal(path)
            except StorageError as error:
                yield str(error)

    def _body_path(self, response_id: str) -> Path:
        return self.root / "answers" / response_id[:2] / f"{response_id}.gz"

    def _receipt_path(self, entry: Entry) -> Path:
        folder = self.root / "receipts" / entry.response_id[:2] / entry.response_id
        return folder / entry.request.key / f"{entry.receipt_id}.json"

    def _manifests(self, layer: str, week: Week) -> Path:
        return self.root / "manifests" / layer / week.key


def _weeks(folder: Path) -> list[Week]:
    return sorted(Week.parse(path.name) for path in folder.glob("*-W*"))


def _compress(body: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(body)
    return buffer.getvalue()


def _by_request(stated: Entry | Unanswered) -> tuple[str, str]:
    return stated.request.label, stated.request.key


def _entry_content(entry: Entry) -> dict[str, Any]:
    return {
        "request": _request_content(entry.request),
        "response_id": entry.response_id,
        "receipt_id": entry.receipt_id,
        "carried_forward": entry.carried_forward,
    }


def _entry(content: Mapping[str, Any]) -> Entry:
    return Entry(**{**content, "request": _request(content["request"])})


def _request_content(request: Request) -> dict[str, Any]:
    content = asdict(request)
    for name in _PAIRS:
        content[name] = [list(pair) for pair in content[name]]
    return content


def _request(content: Mapping[str, Any]) -> Request:
    stated = dict(content)
    for name in _PAIRS:
        stated[name] = _pairs(stated[name])
    if stated["credential"] is not None:
        stated["credential"] = Credential(**stated["credential"])
    return Request(**stated)


def _receipt(content: Mapping[str, Any]) -> Receipt:
    stated = {
        **content,
        "params": _pairs(content["params"]),
        "form": _pairs(content["form"]),
        "fetched_at": datetime.fromisoformat(content["fetched_at"]),
    }
    return Receipt(**stated)


def _pairs(lists: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in lists)
