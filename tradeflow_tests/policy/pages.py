"""Pages in the form of the ministry's sites, for tests; texts are made up for each case."""

from __future__ import annotations

from html import escape

from tradeflow.policy.page import Article, read_article

SITE = "http://exportcontrol.mofcom.gov.cn/article/zcfg/gnzcfg/zcfggzqd/202510/1.html"
NEWS = "http://exportcontrol.mofcom.gov.cn/article/gndt/202510/2.html"


def page(title: str, *lines: str, page_date: str = "2025-10-09") -> str:
    """HTML of an article page with one paragraph a line."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return (
        "<html><head><title>中国出口管制信息网</title>"
        f'<meta name="ArticleTitle" content="{escape(title)}">'
        f'<meta name="PubDate" content="{page_date}"></head>'
        f'<body><h1 class="art-title">{escape(title)}</h1>'
        f'<div class="art-info">来源：商务部 {page_date}</div>'
        f'<div class="art-con">{paragraphs}</div></body></html>'
    )


def article(title: str, *lines: str, page_date: str = "2025-10-09") -> Article:
    """The article of such a page."""
    found = read_article(page(title, *lines, page_date=page_date))
    assert found is not None
    return found
