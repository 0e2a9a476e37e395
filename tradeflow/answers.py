"""A request, the answer to it, and the receipt that travels with the answer.

Plain values shared by `sources/` (which makes and reads them) and `storage/` (which keeps
them). No I/O here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

RECONSTRUCTED_HEADER = "x-tradeflow-reconstructed"
"""Response header by which the sandbox states which of its values are reconstructed (重建)."""


@dataclass(frozen=True)
class Credential:
    """A key the transport adds when it sends a request; never part of the request's identity."""

    place: Literal["header", "query"]
    name: str
    """Name of the header or query parameter, e.g. `Ocp-Apim-Subscription-Key`."""
    setting: str
    """Attribute of `Settings` that holds the secret, e.g. `comtrade_api_key`."""


@dataclass(frozen=True)
class Request:
    """One question to a source, without secrets."""

    source: str
    """Short name: comtrade, census, worldbank, mofcom …"""
    label: str
    """What is asked, for a person: `exports of 490 in 2024, all partners`."""
    url: str
    method: Literal["GET", "POST"] = "GET"
    params: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    credential: Credential | None = None
    group: str = ""
    """Answers of one group are audited together (partners against World)."""
    about: tuple[tuple[str, str], ...] = ()
    """What the source module needs to know when it parses the answer; part of no URL."""

    @cached_property
    def key(self) -> str:
        """Stable identity: SHA-256 of method, URL, parameters and form, as 64 hex digits."""
        identity = [self.method, self.url, sorted(self.params), sorted(self.form)]
        return hashlib.sha256(json.dumps(identity, ensure_ascii=False).encode()).hexdigest()

    @property
    def context(self) -> dict[str, str]:
        """`about` as a mapping."""
        return dict(self.about)

    def __str__(self) -> str:
        query = "&".join(f"{k}={v}" for k, v in (*self.params, *self.form))
        return f"{self.method} {self.url}{'?' if query else ''}{query}"


@dataclass(frozen=True)
class Exchange:
    """A response as it came, decompressed, with every secret replaced."""

    body: bytes = field(repr=False)
    status: int
    headers: Mapping[str, str]
    attempts: int
    """How often the question was sent, this answer included."""
    mode: Literal["sandbox", "live"]


@dataclass(frozen=True)
class Receipt:
    """How an answer came to us. Append-only beside the stored bytes; holds no secret."""

    response_id: str
    """SHA-256 of the body, 64 hex digits."""
    request_key: str
    source: str
    label: str
    method: str
    url: str
    params: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    status: int
    headers: Mapping[str, str]
    """The response headers that matter, names in lower case."""
    byte_count: int
    fetched_at: datetime
    mode: Literal["sandbox", "live", "import"]
    attempts: int
    source_vintage: str | None = None
    """What the source itself says of its version, where it does."""


@dataclass(frozen=True)
class Marks:
    """Which values of an answer the sandbox declares reconstructed. Real sources send none."""

    everything: bool = False
    periods: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()

    @classmethod
    def read(cls, header: str | None) -> Marks:
        """Read the header's JSON object `{"all": bool, "periods": [...], "partners": [...]}`."""
        if not header:
            return cls()
        stated = json.loads(header)
        return cls(
            everything=bool(stated.get("all")),
            periods=frozenset(stated.get("periods", ())),
            partners=frozenset(stated.get("partners", ())),
        )

    def covers(self, *, period: str = "", partner: str = "") -> bool:
        """Whether the value of a period (`2023-05`, `2024`) and partner code is reconstructed."""
        return self.everything or period in self.periods or partner in self.partners


@dataclass(frozen=True)
class Answer:
    """A response body with the request it answers and its receipt."""

    request: Request
    receipt: Receipt
    body: bytes = field(repr=False)

    @property
    def response_id(self) -> str:
        return self.receipt.response_id

    @property
    def marks(self) -> Marks:
        return Marks.read(self.receipt.headers.get(RECONSTRUCTED_HEADER))
