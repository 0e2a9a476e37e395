"""Spoils a good answer in the ways answers go bad; each returns other bytes of the same kind.

One function a way, for JSON, HTML, CSV, ruled text and workbooks alike; None where a format
cannot go bad in that way (a page has no rows). Shared by the tests of all sources; the sandbox's
own faults (`tradeflow.sandbox.faults`) are written apart from these.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl

ADDED = "novelty"
"""Name of the field that `field_added` adds."""


@dataclass(frozen=True)
class Body:
    """A good body, and which of its fields are to go bad."""

    content: bytes
    field: str
    """A field every row has; for a page the class of the article's element."""
    number: str
    """A field with numbers."""

    @property
    def kind(self) -> str:
        start = self.content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
        if self.content[:2] == b"PK":
            return "sheet"
        if start in (b"{", b"["):
            return "json"
        if start == b"<":
            return "page"
        return "ruled" if b"|" in self.content[:400] else "csv"


def truncated(body: Body) -> bytes:
    return body.content[: len(body.content) * 9 // 10]


def half(body: Body) -> bytes:
    return body.content[: len(body.content) // 2]


def another_charset(body: Body) -> bytes | None:
    """UTF-16, which no host announces."""
    if body.kind == "sheet":
        return None
    return _text(body.content).encode("utf-16")


def field_added(body: Body) -> bytes | None:
    return _with_field(body, _add)


def field_removed(body: Body) -> bytes | None:
    return _with_field(body, _remove)


def field_renamed(body: Body) -> bytes | None:
    return _with_field(body, _rename)


def field_retyped(body: Body) -> bytes | None:
    """A list where there was a value; in text formats a word where there was a number."""
    if body.kind == "json":
        return _edit_json(body, _nest)
    if body.kind == "page":
        return None
    return _set_cells(body, "many", once=False)


def not_a_number(body: Body) -> bytes | None:
    if body.kind == "page":
        return None
    if body.kind != "json":
        return _set_cells(body, "NaN", once=True)
    stated = json.loads(body.content.decode("utf-8-sig"))
    for holder, place in _places(stated, body.number):
        holder[place] = float("nan")
        return json.dumps(stated).encode()
    raise AssertionError(f"the answer has no field {body.number}")


def row_twice(body: Body) -> bytes | None:
    """The last row once more, and every count with it."""
    if body.kind == "page":
        return None
    if body.kind == "sheet":
        book = openpyxl.load_workbook(io.BytesIO(body.content))
        rows = list(book.worksheets[0].values)
        book.worksheets[0].append(rows[-1])
        return _saved(book)
    if body.kind != "json":
        lines = body.content.splitlines(keepends=True)
        rows = [n for n, line in enumerate(lines) if re.match(rb"\d{4} +\||MCS", line)]
        return b"".join([*lines[: rows[-1]], lines[rows[-1]], *lines[rows[-1] :]])
    return _recounted(body, lambda rows: rows.append(rows[-1]))


def half_rows(body: Body) -> bytes | None:
    """Half the rows, with a count that fits them."""
    if body.kind == "page":
        return None
    if body.kind == "sheet":
        book = openpyxl.load_workbook(io.BytesIO(body.content))
        sheet = book.worksheets[0]
        sheet.delete_rows(sheet.max_row // 2, sheet.max_row)
        return _saved(book)
    if body.kind != "json":
        lines = body.content.splitlines(keepends=True)
        return b"".join([*lines[: len(lines) // 2], *lines[-3:]])

    def halve(rows: list[Any]) -> None:
        del rows[max(1, len(rows) // 2) :]

    return _recounted(body, halve)


def _with_field(body: Body, change: Callable[[Any, Any], None]) -> bytes | None:
    if body.kind == "json":
        return _edit_json(body, change)
    if body.kind == "page":
        if change is _add:
            return None
        named = f'class="{body.field}"'.encode()
        assert named in body.content
        other = b"" if change is _remove else f'class="{body.field}-new"'.encode()
        return body.content.replace(named, other)
    table = _table(body)
    header = table[_header(table, body.field)]
    place, width = header.index(body.field), len(header)
    for row in table if change is not _rename else [header]:
        if change is _add and len(row) == width:
            row.append(ADDED if row is header else "x")
        elif change is not _add and len(row) > place:
            change(row, place)
    return _written(body, table)


def _set_cells(body: Body, text: str, *, once: bool) -> bytes:
    table = _table(body)
    start = _header(table, body.number)
    place = table[start].index(body.number)
    filled = [r for r in table[start + 1 :] if len(r) > place and re.match(r"\d", str(r[place]))]
    assert filled, f"the answer has no numbers in {body.number}"
    for row in filled[: 1 if once else None]:
        row[place] = text
    return _written(body, table)


def _header(table: list[list[Any]], name: str) -> int:
    return next(number for number, row in enumerate(table) if name in row)


def _table(body: Body) -> list[list[Any]]:
    if body.kind == "sheet":
        book = openpyxl.load_workbook(io.BytesIO(body.content))
        return [list(row) for row in book.worksheets[0].values]
    text = _text(body.content)
    if body.kind == "csv":
        return list(csv.reader(io.StringIO(text)))
    return [[cell.strip() for cell in line.split("|")] for line in text.split("\n")]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _written(body: Body, table: list[list[Any]]) -> bytes:
    if body.kind == "sheet":
        book = openpyxl.Workbook()
        for row in table:
            book.worksheets[0].append(row)
        return _saved(book)
    if body.kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerows(table)
        return text.getvalue().encode()
    return "\n".join(" | ".join(map(str, row)) for row in table).encode()


def _saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _edit_json(body: Body, change: Callable[[Any, Any], None]) -> bytes:
    stated = json.loads(body.content.decode("utf-8-sig"))
    places = list(_places(stated, body.field))
    assert places, f"the answer has no field {body.field}"
    for holder, place in places:
        change(holder, place)
    for header in _headers(stated, body.field):
        if change is _add:
            header.append(ADDED)
        else:
            (_remove if change is _remove else _rename)(header, header.index(body.field))
    return json.dumps(stated, ensure_ascii=False).encode()


def _places(stated: Any, name: str) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of every value of a field: in records, or in rows under a header of names."""
    if isinstance(stated, dict):
        if name in stated:
            yield stated, name
        for child in list(stated.values()):
            yield from _places(child, name)
    elif isinstance(stated, list):
        if stated and isinstance(stated[0], list) and name in stated[0]:
            yield from ((row, stated[0].index(name)) for row in stated[1:])
        else:
            for child in stated:
                yield from _places(child, name)


def _headers(stated: Any, name: str) -> Iterator[list[Any]]:
    if isinstance(stated, list) and stated and isinstance(stated[0], list) and name in stated[0]:
        yield stated[0]


def _add(holder: Any, place: Any) -> None:
    if isinstance(holder, dict):
        holder[ADDED] = "x"
    else:
        holder.append("x")


def _remove(holder: Any, place: Any) -> None:
    del holder[place]


def _rename(holder: Any, place: Any) -> None:
    if isinstance(holder, dict):
        holder[f"{place}New"] = holder.pop(place)
    elif isinstance(holder[place], str) and not holder[place][:1].isdigit():
        holder[place] = f"{holder[place]}New"


def _nest(holder: Any, place: Any) -> None:
    holder[place] = [holder[place]]


def _recounted(body: Body, change: Callable[[list[Any]], None]) -> bytes | None:
    stated = json.loads(body.content.decode("utf-8-sig"))
    rows = max(_row_lists(stated), key=len, default=None)
    if rows is None:
        return None
    before = len(rows)
    change(rows)
    if len(rows) == before:
        return None
    _recount(stated, before, len(rows))
    return json.dumps(stated, ensure_ascii=False).encode()


def _row_lists(stated: Any) -> Iterator[list[Any]]:
    if isinstance(stated, list):
        if {type(member) for member in stated} in ({dict}, {list}):
            yield stated
        for child in stated:
            yield from _row_lists(child)
    elif isinstance(stated, dict):
        for child in stated.values():
            yield from _row_lists(child)


def _recount(stated: Any, before: int, after: int) -> None:
    if isinstance(stated, dict):
        for name in ("count", "total"):
            if str(stated.get(name)) == str(before):
                stated[name] = after
    for child in stated.values() if isinstance(stated, dict) else stated:
        if isinstance(child, dict | list):
            _recount(child, before, after)


WAYS: dict[str, Callable[[Body], bytes | None]] = {
    "empty": lambda body: b"",
    "no content": lambda body: b"",
    "a page with 200": lambda body: (
        b"<html><body><p>The site is being maintained.</p></body></html>"
    ),
    "truncated": truncated,
    "half": half,
    "another charset": another_charset,
    "field added": field_added,
    "field removed": field_removed,
    "field renamed": field_renamed,
    "field retyped": field_retyped,
    "not a number": not_a_number,
    "row twice": row_twice,
    "half the rows": half_rows,
}
"""Name of a way → the function; `no content` comes with status 204."""
