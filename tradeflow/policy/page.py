"""The article of a page: its title, its dates as printed, its text line by line.

Here: HTML to text, and the folding that lets rules match without moving a character. Not
here: any meaning of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from opencc import OpenCC
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tradeflow.policy.numbers import find_dates

_BODIES = ".art-con, .artCon, #zoom, .TRS_Editor, article"
_PLAIN_BODY = "div.bd"
"""The export-control site's own, a name that other blocks of other pages carry too."""
_TITLES = "h1.art-title, .artTitle, h1"
_INFO = ".art-info, .artInfo"
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "li",
        "ul",
        "ol",
        "table",
        "thead",
        "tbody",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "center",
    ]
)
_CELLS = frozenset(("td", "th"))
_SILENT = frozenset(("script", "style", "noscript", "template"))
UNCONFIRMED = re.compile(r"\[未证实\]")
"""The mark, in folded text, of words that the page itself calls unconfirmed."""
_WRAPPED = re.compile(r"(?<![ \t])[ \t]*+[\r\n][ \t\r\n]*")
"""A line end of the source with its blanks; the look back keeps long runs of blanks linear."""
_SENTENCE = re.compile(r"[^。!?\n]*[^。!?\n\s][^。!?\n]*[。!?]?[”’」』)]?")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
# The full stop and the quotes keep their own shapes: they have no half-width twin.
_BRACKETS = str.maketrans("［］【】〔〕﹝﹞", "[][][][]")


@dataclass(frozen=True)
class Span:
    """A stretch of the article's text, with its place."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Article:
    """What a page shows its reader."""

    title: str
    page_date: date | None
    lines: tuple[str, ...]
    page_date_quote: str | None = None
    """The page's date as it prints it, outside the text, or as its list does."""
    title_rule: str = "title.printed"
    """Where the title comes from: the heading, the page's head (`title.meta`) or the site's
    list (`title.listed`)."""

    @cached_property
    def text(self) -> str:
        """Title and lines, one a line; every quote is a substring of it, character by character."""
        return "\n".join((self.title, *self.lines))

    @cached_property
    def folded(self) -> str:
        """The text for matching: same length, same places (`fold`)."""
        return fold(self.text)

    @property
    def body_start(self) -> int:
        """Where the first line of the body begins in `text`."""
        return len(self.title) + 1

    def quote(self, start: int, end: int) -> str:
        """The words as the page prints them, between two places of `folded`."""
        return self.text[start:end].strip()

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The body's lines, folded, with their places in `text`."""
        found, place = [], self.body_start
        for line in self.lines:
            found.append(Span(self.folded[place : place + len(line)], place))
            place += len(line) + 1
        return tuple(found)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The body's sentences, folded, with their places in `text`."""
        body = self.folded[self.body_start :]
        return tuple(
            Span(match[0], self.body_start + match.start()) for match in _SENTENCE.finditer(body)
        )


def read_article(html: str, listed_title: str = "", listed_date: str = "") -> Article | None:
    """Find the article in a page.

    Args:
        html: the page, decoded.
        listed_title: the title the site's list gives it, used where the page prints none.
        listed_date: the date the list gives, used where the page states none.

    Returns:
        The article, or None where the page holds no article body (an error page). The `title`
        element is never read: on these sites it is the site's name.
    """
    tree = LexborHTMLParser(html)
    body = tree.css_first(_BODIES) or tree.css_first(_PLAIN_BODY)
    lines = tuple(_lines(body)) if body is not None else ()
    if not lines:
        return None
    heading = tree.css_first(_TITLES)
    printed = " ".join(_lines(heading)) if heading is not None else ""
    info_node = tree.css_first(_INFO)
    info = " ".join(_lines(info_node)) if info_node is not None else ""
    titles = (
        (printed, "title.printed"),
        (_meta(tree, "ArticleTitle"), "title.meta"),
        (listed_title.strip(), "title.listed"),
    )
    title, title_rule = next((each for each in titles if each[0]), ("", "title.none"))
    stated = (_meta(tree, "PubDate"), info, listed_date)
    page_date, quote = next(filter(None, map(_first_date, stated)), (None, None))
    return Article(title, page_date, lines, quote, title_rule)


def fold(text: str) -> str:
    """Bring variants of one character to one form without changing the length.

    Full-width letters, digits and brackets become half-width, traditional characters
    simplified, so that one pattern matches them all and its places hold in the original.
    """
    narrow = text.translate(_WIDE).translate(_BRACKETS)
    simplified = _to_simplified().convert(narrow)
    return simplified if len(simplified) == len(narrow) else "".join(map(_simplified, narrow))


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@cache
def _simplified(character: str) -> str:
    converted = _to_simplified().convert(character)
    return converted if len(converted) == 1 else character


def _first_date(text: str) -> tuple[date, str] | None:
    """The first date of a text and the words that state it."""
    dates = find_dates(fold(text or ""))
    return (dates[0].day, text[dates[0].start : dates[0].end]) if dates else None


def _meta(tree: LexborHTMLParser, name: str) -> str:
    node = tree.css_first(f'meta[name="{name}"]')
    return ((node.attributes.get("content") if node is not None else "") or "").strip()


def _lines(node: LexborNode) -> Iterator[str]:
    pieces: list[str] = []
    _collect(node, pieces)
    for line in "".join(pieces).split("\n"):
        stripped = line.strip()
        if stripped:
            yield stripped


def _collect(node: LexborNode, pieces: list[str]) -> None:
    """Texts and edges below a node in order; a page may nest deeper than Python calls itself."""
    open_nodes = [(node.iter(include_text=True), "")]
    while open_nodes:
        children, closing = open_nodes[-1]
        child = next(children, None)
        if child is None:
            pieces.append(closing)
            open_nodes.pop()
        elif child.tag == "-text":
            pieces.append(_WRAPPED.sub(" ", child.text(deep=False) or ""))
        elif child.tag == "br":
            pieces.append("\n")
        elif child.tag in _CELLS:
            open_nodes.append((child.iter(include_text=True), " "))
        elif child.tag not in _SILENT:
            edge = "\n" if child.tag in _BLOCKS else ""
            pieces.append(edge)
            open_nodes.append((child.iter(include_text=True), edge))
