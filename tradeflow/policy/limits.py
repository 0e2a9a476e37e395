"""Which pages are too large or too tangled to be a notice, and are refused before any rule runs.

The bounds stand in `dbt_like_sql/thresholds.yml`, far above anything the ministry has published.
Here: the bounds of one page. Not here: what a page says.
"""

from __future__ import annotations

import re

from tradeflow.policy.page import Article
from tradeflow.thresholds import threshold

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)")
_NEVER_OPEN = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
        *("track", "wbr", "p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot"),
        *("option", "colgroup", "body", "html", "head"),
    )
)
"""Elements without content, and those whose end may be left out."""


class PageRefused(ValueError):
    """A page beyond the bounds; the message is the reason to keep with it."""


def check_html(html: str) -> None:
    """Refuse a page by its size and nesting, before it is parsed.

    Raises:
        PageRefused: the page is longer than `policy_page_max_chars` or nests elements deeper
            than `policy_nesting_max` (the parser's time grows with the square of the depth).
    """
    longest = int(threshold("policy_page_max_chars"))
    if len(html) > longest:
        raise PageRefused(f"the page has {len(html)} characters, more than {longest}")
    deepest, depth = int(threshold("policy_nesting_max")), 0
    for tag in _TAG.finditer(html):
        if tag["name"].lower() not in _NEVER_OPEN:
            depth = max(0, depth - 1) if tag["end"] else depth + 1
        if depth > deepest:
            raise PageRefused(f"the page nests elements more than {deepest} deep")


def check_article(article: Article) -> None:
    """Refuse an article by the length of its text and of its lines.

    Raises:
        PageRefused: the text is longer than `policy_text_max_chars`, or one line (the title
            counts as one) longer than `policy_line_max_chars`.
    """
    longest = int(threshold("policy_text_max_chars"))
    if len(article.text) > longest:
        raise PageRefused(f"the text has {len(article.text)} characters, more than {longest}")
    longest = int(threshold("policy_line_max_chars"))
    line = max(map(len, (article.title, *article.lines)))
    if line > longest:
        raise PageRefused(f"one line has {line} characters, more than {longest}")
