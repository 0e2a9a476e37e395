"""Reads the one data frame of an `.rdata` file (gzip, XDR, version 3) whose columns are text.

Format: R Internals, "Serialization Formats". Only what such a file holds is understood.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

_SYMBOL, _PAIRLIST, _STRING, _INTEGER, _TEXT, _LIST = 1, 2, 9, 13, 16, 19
_NOTHING, _REFERENCE = 254, 255


def read_data_frame(path: Path) -> dict[str, list[str]]:
    """Column name → values, in the file's order."""
    reader = _Reader(gzip.decompress(path.read_bytes()))
    ((_, frame),) = reader.whole()
    columns, attributes = frame
    return dict(zip(dict(attributes)["names"], columns, strict=True))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._symbols: list[str] = []

    def whole(self) -> Any:
        assert self._take(7) == b"RDX3\nX\n"
        assert self._number() == 3
        self._number()
        self._number()
        self._take(self._number())
        return self._item()

    def _item(self) -> Any:
        flags = self._number()
        kind, has_attributes, has_tag = flags & 0xFF, flags & 0x200, flags & 0x400
        if kind == _NOTHING:
            return []
        if kind == _REFERENCE:
            return self._symbols[(flags >> 8) - 1]
        if kind == _SYMBOL:
            self._symbols.append(self._item())
            return self._symbols[-1]
        if kind == _PAIRLIST:
            if has_attributes:
                self._item()
            tag = self._item() if has_tag else None
            return [(tag, self._item()), *self._item()]
        if kind == _STRING:
            length = self._number()
            return None if length == -1 else self._take(length).decode()
        assert kind in (_INTEGER, _TEXT, _LIST), f"R type {kind} is not understood"
        count = self._number()
        values = [self._number() if kind == _INTEGER else self._item() for _ in range(count)]
        if kind == _LIST:
            return values, self._item() if has_attributes else []
        if has_attributes:
            self._item()
        return values

    def _number(self) -> int:
        return struct.unpack(">i", self._take(4))[0]

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]
