"""Strict reading of an answer's bytes: JSON with numbers as sent, pages in the right charset.

Here: what any source needs before it looks at fields. Every failure is a typed `SourceError`.
Not here: what a field means.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from tradeflow.answers import Answer, Request
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer


def read_json(answer: Answer) -> Any:
    """The JSON value of an answer; numbers stay the text they were sent as.

    Raises:
        IncompleteAnswer: no body, or the JSON breaks off.
        ChangedShape: a page, another charset than UTF-8, or NaN/Infinity instead of JSON.
    """
    refuse_empty(answer, "JSON")
    if answer.body.lstrip()[:1] == b"<":
        raise ChangedShape(answer.request, "body", "JSON", f"a page: {_excerpt(answer.body)}")
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ChangedShape(
            answer.request, "charset", "UTF-8", f"byte {error.start} is not UTF-8"
        ) from error

    def refuse_constant(name: str) -> NoReturn:
        raise ChangedShape(answer.request, "body", "JSON numbers", name)

    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise IncompleteAnswer(
            answer.request,
            "body",
            "complete JSON",
            f"{error.msg} at character {error.pos} of {len(text)}",
        ) from error
    except RecursionError as error:
        raise ChangedShape(answer.request, "body", "flat JSON", "endless nesting") from error


def read_page(answer: Answer) -> tuple[str, str]:
    """The text of an HTML page and the charset its bytes prove: UTF-8 first, then GB18030.

    Headers and meta tags are not believed: the ministry's sites state the wrong one.

    Raises:
        IncompleteAnswer: no body, or the page breaks off before its end tag.
        ChangedShape: neither charset fits, or the page carries replacement characters.
    """
    refuse_empty(answer, "an HTML page")
    if b"</html>" not in answer.body.lower():
        raise IncompleteAnswer(
            answer.request, "body", "a page up to </html>", f"{len(answer.body)} bytes without it"
        )
    text, charset = _decode(answer)
    if "\ufffd" in text:
        raise ChangedShape(
            answer.request, "charset", "readable text", "replacement characters U+FFFD"
        )
    return text, charset


def refuse_empty(answer: Answer, expected: str) -> None:
    """Raise IncompleteAnswer when the answer has no body (status 204 among others)."""
    if not answer.body.strip():
        raise IncompleteAnswer(
            answer.request, "body", expected, f"nothing (status {answer.receipt.status})"
        )


def field_text(request: Request, field: str, value: Any) -> str | None:
    """`as_text` of one field's value.

    Raises:
        ChangedShape: it is a list or an object; the field is named.
    """
    try:
        return as_text(value)
    except TypeError as error:
        raise ChangedShape(request, field, "one value", error) from error


def as_text(value: Any) -> str | None:
    """A scalar of `read_json` as a raw table stores it; null stays null, never 0 or ''."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise TypeError(f"{type(value).__name__} is not a scalar")


def _decode(answer: Answer) -> tuple[str, str]:
    try:
        return answer.body.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        damaged_at = error.start
    # GB18030 accepts nearly any byte pair, so a UTF-8 page with one damaged byte would come out
    # as fluent nonsense. In a true GB18030 page almost no character is valid UTF-8.
    beyond_ascii = sum(byte > 0x7F for byte in answer.body)
    if answer.body.decode("utf-8", "replace").count("\ufffd") * 4 < beyond_ascii:
        raise ChangedShape(answer.request, "charset", "UTF-8", f"byte {damaged_at} is damaged")
    try:
        return answer.body.decode("gb18030"), "gb18030"
    except UnicodeDecodeError as error:
        raise ChangedShape(
            answer.request, "charset", "UTF-8 or GB18030", f"byte {error.start} fits neither"
        ) from error


def _excerpt(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace")
