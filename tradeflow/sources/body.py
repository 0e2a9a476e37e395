"""Reading a response's body within a bound of bytes and time, and to its very end.

httpx's own reader takes a gzip stream that breaks off for a whole one, and unpacks a piece of
any size at once; both are decided here instead.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

import httpx

from tradeflow.answers import Request
from tradeflow.sources.errors import ChangedShape, TransientError

_STEP = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


class BrokenBody(httpx.RemoteProtocolError):
    """A body that breaks off or cannot be unpacked; worth asking again, like a lost connection."""


def read_body(
    request: Request, response: httpx.Response, most: int, is_late: Callable[[], bool]
) -> bytes:
    """The whole body, unpacked.

    Args:
        most: the bound in bytes, after unpacking.
        is_late: asked at every piece whether the answer has taken too long.

    Raises:
        ChangedShape: more bytes than `most`, or an encoding that was not asked for.
        TransientError: too late.
        BrokenBody: a packed body that ends before its end or is damaged.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise ChangedShape(request, "content-encoding", "gzip or none", encoding)
    # The stream itself: the in-process server's responses count as read, their stream does not.
    stream = response.stream
    if not isinstance(stream, httpx.SyncByteStream):
        raise TypeError("a response without a stream to read")
    pieces: Iterable[bytes] = _unpacked(stream) if "gzip" in encoding else stream
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most:
            raise ChangedShape(request, "body", f"at most {most} bytes", "more")
        if is_late():
            raise TransientError(request, "body", "an answer in time", f"{len(body)} bytes")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The gzip members of a stream one after another (RFC 1952, 2.2), in pieces of `_STEP`."""
    unpacker, begun = zlib.decompressobj(_GZIP), False
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpacker.eof:
                unpacker = zlib.decompressobj(_GZIP)
            begun = True
            try:
                yield unpacker.decompress(rest, _STEP)
            except zlib.error as error:
                raise BrokenBody(f"damaged gzip stream: {error}") from None
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if begun:
        yield unpacker.flush()
        if not unpacker.eof:
            raise BrokenBody("gzip stream breaks off before its end")
