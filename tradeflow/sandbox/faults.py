"""What real hosts do on bad days, laid over any transport: refusals, cut and altered answers.

Which answer is faulty, and how, follows from a seed, the request and how often it was sent, so
that a run with faults can be repeated. Here: the faults. Not here: what becomes of a faulty
answer (`collect.py`), retries (`sources/transport.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tradeflow.errors import InputError

Ask = Callable[[httpx.Request], httpx.Response]

_DATES = "Thu, 01 Jan 2026 00:00:00 GMT"
_BUSY = "<html><head><title>502 Bad Gateway</title></head><body><h1>{}</h1></body></html>"
_VALUE = re.compile(r"value|_VAL_|_usd|^[IE][A-Z]{3}$", re.IGNORECASE)
_OTHER_CHARSETS = {"utf-8": "iso-8859-1", "gbk": "utf-8"}


@dataclass
class FaultyTransport(httpx.BaseTransport):
    """Passes requests on and makes a share of the answers faulty.

    Args:
        inner: what answers.
        share: how many of the answers are faulty, 0 to 1.
        seed: another seed makes other answers faulty.
        kinds: names of the faults to choose from; all by default. One that cannot be laid over
            an answer (half the rows of a page) gives way to the next.

    Raises:
        InputError: no share, or no such fault.
    """

    inner: httpx.BaseTransport
    share: float
    seed: int | str = 0
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise InputError(
                f"the share of faulty answers is {self.share}; it lies between 0 and 1"
            )
        unknown = [kind for kind in self.kinds if kind not in FAULTS]
        if unknown:
            raise InputError(f"fault {unknown[0]!r} is unknown; known: {', '.join(FAULTS)}")
        self._sent: Counter[str] = Counter()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail as a network does.

        Raises:
            httpx.TransportError: a time-out or a connection that broke, when it is their turn.
        """
        request.read()
        question = _identity(request)
        self._sent[question] += 1
        draw = _draw(f"{self.seed} {question} {self._sent[question]}")
        if draw[0] >= self.share:
            return self.inner.handle_request(request)
        kinds = self.kinds or tuple(FAULTS)
        first = draw[1] % len(kinds)
        for kind in (*kinds[first:], *kinds[:first]):
            faulty = FAULTS[kind](request, self.inner.handle_request)
            if faulty is not None:
                return faulty
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


def _identity(request: httpx.Request) -> str:
    """Method, address and form, without keys: a key must not decide which answers are faulty."""
    query = [pair for pair in request.url.params.multi_items() if pair[0] != "key"]
    return json.dumps([request.method, request.url.host, request.url.path, query]) + (
        request.content.decode("utf-8", "replace")
    )


def _draw(text: str) -> tuple[float, int]:
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56, int.from_bytes(digest[8:16], "big")


def _rate_limit_seconds(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(429, headers={"retry-after": "1"}, text="Rate limit is exceeded.")


def _rate_limit_date(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(429, headers={"retry-after": _DATES}, text="Too many requests.")


def _server_error(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(500, html=_BUSY.format("Internal Server Error"))


def _bad_gateway(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(502, html=_BUSY.format("Bad Gateway"))


def _time_out(request: httpx.Request, ask: Ask) -> httpx.Response:
    raise httpx.ReadTimeout("The read operation timed out", request=request)


def _reset(request: httpx.Request, ask: Ask) -> httpx.Response:
    raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)


def _key_page(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(401, html=_BUSY.format("Access denied: invalid subscription key"))


def _page_instead(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(200, html=_BUSY.format("The site is being maintained"))


def _nothing(request: httpx.Request, ask: Ask) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "application/json"}, content=b"")


def _truncated(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    answer = ask(request)
    half = answer.content[: len(answer.content) // 2]
    return _again(answer, half) if half else None


def _wrong_charset(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    answer = ask(request)
    stated = answer.headers.get("content-type", "")
    kind, _, charset = stated.partition("charset=")
    if not charset:
        return None
    answer.headers["content-type"] = (
        f"{kind}charset={_OTHER_CHARSETS.get(charset.strip().lower(), 'gbk')}"
    )
    return answer


def _filter_ignored(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    """The answer to another question: another flow, other years, the first page."""
    url, form = request.url, request.content.decode("utf-8", "replace")
    asked = dict(url.params.multi_items())
    if "flowCode" in asked:
        url = url.copy_set_param("flowCode", "M" if asked["flowCode"] == "X" else "X")
    elif "from" in asked.get("time", ""):
        url = url.copy_set_param("time", "from 2021-01 to 2021-12")
    elif ":" in asked.get("date", ""):
        url = url.copy_set_param("date", "2018:2019")
    elif "pageNumber=" in form:
        form = re.sub(r"pageNumber=\d+", "pageNumber=1", form)
    elif "y" in asked and asked["y"].isdigit():
        url = url.copy_set_param("y", str(int(asked["y"]) - 1))
    if (url, form) == (request.url, request.content.decode("utf-8", "replace")):
        return None
    headers = {name: text for name, text in request.headers.items() if name != "content-length"}
    return ask(httpx.Request(request.method, url, headers=headers, content=form.encode()))


def _half_rows(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    def halve(rows: list[Any]) -> None:
        del rows[max(1, len(rows) // 2) :]

    return _with_rows(ask(request), halve)


def _duplicated_row(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    return _with_rows(ask(request), lambda rows: rows.append(rows[-1]))


def _not_a_number(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    return _with_values(ask(request), lambda _: float("nan"), only_first=True)


def _doubled_values(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    def double(value: Any) -> Any:
        return str(int(value) * 2) if isinstance(value, str) else value * 2

    return _with_values(ask(request), double, only_first=False)


def _renamed_field(request: httpx.Request, ask: Ask) -> httpx.Response | None:
    """JSON with one field under another name; a page whose article has another class."""
    answer = ask(request)
    if b'class="art-con"' in answer.content:
        return _again(answer, answer.content.replace(b'class="art-con"', b'class="article-text"'))
    stated = _json(answer)
    found = next(_row_lists(stated), None)
    if found is not None and isinstance(found[0], list):
        found[0][-1] = f"{found[0][-1]}_NEW"
    elif found is not None:
        for row in found:
            name = next(iter(row))
            row[f"{name}New"] = row.pop(name)
    elif isinstance(stated, dict) and stated:
        name = list(stated)[-1]
        stated[f"{name}New"] = stated.pop(name)
    else:
        return None
    return _again(answer, json.dumps(stated, ensure_ascii=False).encode())


FAULTS: dict[str, Callable[[httpx.Request, Ask], httpx.Response | None]] = {
    "rate_limit_seconds": _rate_limit_seconds,
    "rate_limit_date": _rate_limit_date,
    "server_error": _server_error,
    "bad_gateway": _bad_gateway,
    "time_out": _time_out,
    "reset": _reset,
    "key_page": _key_page,
    "page_instead": _page_instead,
    "nothing": _nothing,
    "truncated": _truncated,
    "wrong_charset": _wrong_charset,
    "filter_ignored": _filter_ignored,
    "half_rows": _half_rows,
    "duplicated_row": _duplicated_row,
    "not_a_number": _not_a_number,
    "doubled_values": _doubled_values,
    "renamed_field": _renamed_field,
}
"""Name → what it makes of a request; None where it cannot be laid over the answer."""


def _with_rows(
    answer: httpx.Response, change: Callable[[list[Any]], None]
) -> httpx.Response | None:
    """The answer with its longest list of rows changed, and every count of them with it."""
    stated = _json(answer)
    found = next(_row_lists(stated), None)
    if found is None or len(found) < 2:
        return None
    before = len(found)
    change(found)
    _recount(stated, before, len(found))
    return _again(answer, json.dumps(stated, ensure_ascii=False).encode())


def _with_values(
    answer: httpx.Response, change: Callable[[Any], Any], *, only_first: bool
) -> httpx.Response | None:
    stated = _json(answer)
    found = next(_row_lists(stated), None)
    places = list(_values(found)) if found is not None else []
    if not places:
        return None
    for row, place in places[: 1 if only_first else None]:
        row[place] = change(row[place])
    return _again(answer, json.dumps(stated, ensure_ascii=False).encode())


def _json(answer: httpx.Response) -> Any:
    with suppress(ValueError):
        return json.loads(answer.content)
    return None


def _row_lists(stated: Any) -> Iterator[list[Any]]:
    """Lists of records or of lists within a JSON value, the longest first."""

    def walk(node: Any) -> Iterator[list[Any]]:
        if isinstance(node, list):
            kinds = {type(member) for member in node}
            if kinds == {dict} or (kinds == {list} and len(node) > 1):
                yield node
        children = node.values() if isinstance(node, dict) else node
        for child in children if isinstance(node, dict | list) else ():
            yield from walk(child)

    return iter(sorted(walk(stated), key=len, reverse=True))


def _values(rows: list[Any]) -> Iterator[tuple[Any, Any]]:
    """(row, place) of every number that is a value, not a code or a year."""
    if isinstance(rows[0], list):
        places = [i for i, name in enumerate(rows[0]) if _VALUE.search(str(name))]
        yield from ((row, i) for row in rows[1:] for i in places if str(row[i]).isdigit())
        return
    for row in rows:
        for name, value in row.items():
            if _VALUE.search(name) and isinstance(value, int | float):
                yield row, name


def _recount(stated: Any, before: int, after: int) -> None:
    if isinstance(stated, dict):
        for name, value in stated.items():
            if name in ("count", "total") and value == before:
                stated[name] = after
    for child in stated.values() if isinstance(stated, dict) else stated:
        if isinstance(child, dict | list):
            _recount(child, before, after)


def _again(answer: httpx.Response, content: bytes) -> httpx.Response:
    """The same answer with another body."""
    kept = [pair for pair in answer.headers.multi_items() if pair[0] != "content-length"]
    return httpx.Response(answer.status_code, headers=kept, content=content)
