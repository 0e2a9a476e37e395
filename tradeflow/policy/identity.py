"""Which notice a page is, who issued it and when.

The title's leading number wins, then the number line above the body; a number inside a
sentence is never the page's own. Here: the page's own number, issuers, type and issue date.
Not here: numbers of other notices (`actions.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tradeflow.policy.keys import ISSUER, ISSUERS, TYPE, Reference, find_references, issuer_names
from tradeflow.policy.numbers import DATE, find_dates, only_date
from tradeflow.policy.page import Article, Span

_ABOUT_A_NOTICE = re.compile(r"解读|答记者问|问答|解答|应询|应答|发言人|说明会|负责人就|图解|评论")
_LABEL = re.compile(r"\[(?P<name>[^\[\]]{2,8})\]\s*(?P<value>[^\[\]]*)")
_NUMBER_LABELS = ("发布文号", "文号", "发文字号")
_DATE_LABELS = ("发布日期", "发文日期", "成文日期", "签发日期", "公布日期")
_ISSUER_LABELS = ("发布单位", "发文机关", "发布机关")
_LABEL_NAMES = "|".join((*_NUMBER_LABELS, *_DATE_LABELS, *_ISSUER_LABELS))
_COLON_LABEL = re.compile(rf"(?P<name>{_LABEL_NAMES})\s*:\s*(?P<value>\S.*)")
_OPENING = re.compile(r"^(?:为|根据|依据|依照|按照|经|现|鉴于|第一[条章]|一、|\(一\)|问[:]|各)")
_HEAD_LINES = 14
_DECREE_HISTORY = re.compile(
    rf"\((?:[^()]*?(?P<date>{DATE})\s*)?(?:中华人民共和国)?国务院令\s*第\s*\d+\s*号\s*"
    r"(?:公布|发布)[^()]*\)"
)
_PROMULGATES = re.compile(r"现予(?:公布|发布)")
_PERSON = (
    r"(?:总理|部长|署长|局长|主任|主席)[::\s]*[\u4e00-\u9fff·]{1,4}(?:\s*[\u4e00-\u9fff]{1,3})?"
)
# Possessive: a line of a thousand names that fails must fail at once.
_SIGNED = re.compile(rf"(?:{ISSUER}|{_PERSON}|\({ISSUERS}代章\)|[\s、,和及与])++")
_SIGNED_AND_DATED = re.compile(rf"(?P<who>(?:{ISSUER}|{_PERSON}|[\s、,和及与])++)(?P<when>{DATE})")
_ISSUER_LINE = re.compile(rf"(?:{ISSUER}|{TYPE}|[\s、])+")
_TITLE_ISSUERS = re.compile(rf"^(?P<issuers>{ISSUERS})\s*(?=关于|公布|发布|{TYPE}|通告|通知)")


@dataclass(frozen=True)
class Identity:
    """The notice a page is. `key` is None for pages that are no numbered notice."""

    key: str | None
    document_type: str
    issuers: tuple[str, ...]
    year: int | None
    number: int | None
    issue_date: date | None
    issue_date_quote: str | None
    key_quote: str | None = None
    key_rule: str | None = None
    """`key.<title|label|head|line|decree>`, ending in `.site_issuer` where no issuer is named and
    the site's own ministry is meant, in `.differs` where the line above the body has another
    number."""
    issuers_rule: str | None = None
    """`issuers.<number|label|title|head|signature>`."""
    issue_date_rule: str | None = None
    """`issue_date.<label|signature|history|promulgation|last_line>`."""


def identify(article: Article) -> Identity:
    """Read a page's own number, issuers and issue date.

    Returns:
        The identity; each part is None (or empty) where the page does not state it. The page's
        date is never taken for the issue date.
    """
    head = _head(article)
    title = article.folded[: len(article.title)]
    found = _own_number(article, title, head) if not _ABOUT_A_NOTICE.search(title) else None
    own = found.reference if found is not None else None
    dated = _issue_date(article, head)
    day, quote = (dated.day, dated.quote) if dated is not None else (None, None)
    named = [(own.issuers, "issuers.number")] if own is not None and own.issuer_stated else []
    named += [*_issuers_in_head(article, head)]
    named += [(dated.signers, "issuers.signature")] if dated is not None else []
    issuers, issuers_rule = next((each for each in named if each[0]), ((), None))
    if own is not None and not own.issuer_stated and issuers:
        own = _reissued(own, issuers)
    key_rule = found.rule if found is not None else None
    if own is not None and not issuers:
        key_rule = f"{key_rule}.site_issuer"
    return Identity(
        key=own.key if own is not None else None,
        document_type=own.document_type if own is not None else _type_by_title(article),
        issuers=issuers,
        year=own.year or (day.year if day is not None else None) if own is not None else None,
        number=own.number if own is not None else None,
        issue_date=day,
        issue_date_quote=quote,
        key_quote=found.quote if found is not None else None,
        key_rule=key_rule,
        issuers_rule=issuers_rule,
        issue_date_rule=dated.rule if dated is not None else None,
    )


@dataclass(frozen=True)
class _Found:
    """The page's own number with the words and the rule that give it."""

    reference: Reference
    quote: str
    rule: str


@dataclass(frozen=True)
class _Dated:
    """The issue date with the words and the rule that give it, and who signs with it."""

    day: date
    quote: str
    rule: str
    signers: tuple[str, ...] = ()


def _own_number(article: Article, title: str, head: tuple[Span, ...]) -> _Found | None:
    leading = _leading_reference(title)
    in_head = _own_in_head(article, head)
    if leading is not None:
        numbered = leading.document_type, leading.year, leading.number
        other = in_head.reference if in_head is not None else leading
        agrees = numbered == (other.document_type, other.year, other.number)
        rule = "key.title" if agrees else "key.title.differs"
        return _Found(leading, article.quote(leading.start, leading.end), rule)
    return in_head or _own_decree(article, head)


def _head(article: Article) -> tuple[Span, ...]:
    """The lines above the body: issuer, number and date lines, up to the first sentence."""
    lines = []
    for span in article.spans[:_HEAD_LINES]:
        if _OPENING.match(span.text) and not _LABEL.match(span.text):
            break
        lines.append(span)
        if re.search(r"[。;]$", span.text) and not span.text.startswith("("):
            break
    return tuple(lines)


def _leading_reference(line: str) -> Reference | None:
    """The one number a line starts with; an enumeration is about notices, not one of them."""
    lead = re.match(r"\s*(?:\[[^\[\]]{1,6}\]\s*)*", line)
    start = lead.end() if lead is not None else 0
    found = [r for r in find_references(line) if r.start == start]
    if len(found) != 1 or re.match(r"\s*[、和及与]\s*(?:第|\d|商务部)", line[found[0].end :]):
        return None
    rest = line[found[0].end :]
    return found[0] if not rest or re.match(r"[\s:(关公发对实]", rest) else None


def _own_in_head(article: Article, head: tuple[Span, ...]) -> _Found | None:
    for label, value in _labels(head):
        if label in _NUMBER_LABELS:
            found = find_references(value)
            if len(found) == 1:
                start = article.folded.index(value, article.body_start)
                return _Found(found[0], article.quote(start, start + len(value)), "key.label")
    lines = [span.text for span in head]
    for first in range(len(lines)):
        for last in range(first + 1, min(first + 4, len(lines)) + 1):
            joined = " ".join(lines[first:last]).strip("() ")
            found = [r for r in find_references(joined) if r.start == 0 and r.end == len(joined)]
            if len(found) == 1 and found[0].issuer_stated:
                quote = article.quote(head[first].start, head[last - 1].end)
                return _Found(found[0], quote, "key.head")
    for span in head:
        stripped = span.text.strip("() ")
        found = find_references(stripped) or find_references(f"公告{stripped}")
        spans_all = len(found) == 1 and found[0].end - found[0].start >= len(stripped)
        if spans_all and found[0].year is not None:
            return _Found(found[0], article.quote(span.start, span.end), "key.line")
    return None


def _own_decree(article: Article, head: tuple[Span, ...]) -> _Found | None:
    """The decree that a regulation's bracketed history says published it, if it names just one."""
    for span in head:
        if not _DECREE_HISTORY.fullmatch(span.text.strip()):
            continue
        found = find_references(span.text)
        if len(found) == 1 and not re.search(r"修订|修改|废止", span.text):
            place = span.start + found[0].start
            quote = article.quote(place, span.start + found[0].end)
            return _Found(found[0], quote, "key.decree")
    return None


def _labels(head: tuple[Span, ...]) -> list[tuple[str, str]]:
    found = []
    for span in head:
        for match in (*_LABEL.finditer(span.text), *_COLON_LABEL.finditer(span.text)):
            found.append((match["name"].strip(), match["value"].strip()))
    return found


def _issuers_in_head(
    article: Article, head: tuple[Span, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The bodies that each place above the text names, with the rule, the surest first."""
    for label, value in _labels(head):
        if label in _ISSUER_LABELS:
            yield issuer_names(value), "issuers.label"
    match = _TITLE_ISSUERS.match(article.folded[: len(article.title)])
    if match is not None:
        yield issuer_names(match["issuers"]), "issuers.title"
    names: list[str] = []
    for span in head:
        if _ISSUER_LINE.fullmatch(span.text):
            names.extend(issuer_names(span.text))
    yield tuple(dict.fromkeys(names)), "issuers.head"


def _issue_date(article: Article, head: tuple[Span, ...]) -> _Dated | None:
    for span in head:
        for match in (*_LABEL.finditer(span.text), *_COLON_LABEL.finditer(span.text)):
            dates = find_dates(match["value"]) if match["name"].strip() in _DATE_LABELS else []
            if dates and dates[0].year_stated:
                place = span.start + match.start("value")
                quote = article.quote(place, place + dates[0].end)
                return _Dated(dates[0].day, quote, "issue_date.label")
    signed = _signature(article)
    if signed is not None:
        return signed
    for span in head:
        history = _DECREE_HISTORY.fullmatch(span.text.strip())
        if history is not None and history["date"] and len(find_references(span.text)) == 1:
            day = only_date(history["date"])
            start = span.start + span.text.index(history["date"])
            if day is not None:
                quote = article.quote(start, start + len(history["date"]))
                return _Dated(day, quote, "issue_date.history")
    for before, span in pairwise(article.spans):
        # A decree dates itself between the words that promulgate it and its first article.
        day = only_date(span.text)
        if day is not None and (before in head or _PROMULGATES.search(before.text)):
            return _Dated(day, article.quote(span.start, span.end), "issue_date.promulgation")
    last = article.spans[-1]
    day = only_date(last.text)
    if day is not None and _type_by_title(article) in ("公告", "通知", "通告", "决定"):
        return _Dated(day, article.quote(last.start, last.end), "issue_date.last_line")
    return None


def _signature(article: Article) -> _Dated | None:
    """The first block of issuer lines closed by a date; an annex may carry older ones below."""
    lines = article.spans
    for place, span in enumerate(lines):
        whole = _SIGNED_AND_DATED.fullmatch(span.text.strip())
        if whole is not None and only_date(whole["when"]) is not None:
            day = only_date(whole["when"])
            start = article.folded.index(whole["when"], span.start)
            if day is not None:
                quote = article.quote(start, start + len(whole["when"]))
                return _Dated(day, quote, "issue_date.signature", issuer_names(whole["who"]))
        day = only_date(span.text)
        if day is None or place == 0:
            continue
        above: list[str] = []
        for earlier in reversed(lines[:place]):
            if not _SIGNED.fullmatch(earlier.text):
                break
            above.insert(0, earlier.text)
        if above:
            quote = article.quote(span.start, span.end)
            return _Dated(day, quote, "issue_date.signature", issuer_names(" ".join(above)))
    return None


def _reissued(own: Reference, issuers: tuple[str, ...]) -> Reference:
    """The page's number with the lead issuer its head or signature names."""
    found = find_references(f"{issuers[0]}{own.document_type}{own.year}年第{own.number}号")
    return found[0]


_TYPES = (
    ("答记者问", r"答记者问|应询|发言人|商务部回应|商务部:"),
    ("法律", r"^中华人民共和国.*法(?:[\[(].*[\])])?$"),
    ("行政法规", r"条例(?:[\[(].*[\])])?$|的规定$"),
    ("公告", r"公告$|公告[\[(]"),
    ("决定", r"的决定$"),
    ("通知", r"通知$"),
    ("通告", r"通告"),
)


def _type_by_title(article: Article) -> str:
    title = article.folded[: len(article.title)].strip()
    return next((name for name, pattern in _TYPES if re.search(pattern, title)), "新闻")
