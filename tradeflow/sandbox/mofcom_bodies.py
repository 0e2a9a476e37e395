"""Turns the bundled body texts into the page markup of the two MOFCOM hosts.

Here: the line marks of `data/mofcom_bodies_*.yml` and the HTML around them. Not here: which
page is visible when (`mofcom_world.py`) and the protocol (`mofcom.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path

import yaml

_DATA = Path(__file__).resolve().parent / "data"
_KINDS = ("notices", "announcements", "laws", "domestic", "international")

_INDENTS = ("　　", "&emsp;&emsp;", "&nbsp;&nbsp;&nbsp;&nbsp;", "")
"""The site's editors indent in several ways; a page keeps to one."""

DEMO_NOTE = "示范页面：正文系为演示重新撰写，内容以发布机关公布的文本为准。"


@dataclass(frozen=True)
class Body:
    """One page's text with its line marks, and the spans in it that mislead on purpose."""

    text: str
    decoys: tuple[str, ...]


@cache
def bodies() -> dict[str, Body]:
    """Every bundled body by page id."""
    loaded: dict[str, Body] = {}
    for kind in _KINDS:
        document = (_DATA / f"mofcom_bodies_{kind}.yml").read_text(encoding="utf-8")
        for page_id, entry in yaml.safe_load(document).items():
            loaded[page_id] = Body(entry["text"].strip(), tuple(entry["decoys"]))
    return loaded


def render_body(text: str, style: int) -> str:
    """The HTML inside `div.art-con`.

    Args:
        text: body text; `# ` marks a centred heading, `> ` a right-aligned foot, `| ` a table
            row, anything else a paragraph, linked to a file where it begins with 附件.
        style: any integer; picks the indent and whether digits are wrapped in spans, as pages
            pasted from a word processor have them.
    """
    indent = _INDENTS[style % len(_INDENTS)]
    fragmented = style % 5 == 3
    lines = (line for line in text.splitlines() if line.strip())
    return "\n".join(
        html
        for is_table, run in groupby(lines, key=lambda line: line.startswith("|"))
        for html in (_table(run) if is_table else _paragraphs(run, indent, fragmented))
    )


def _paragraphs(lines: Iterator[str], indent: str, fragmented: bool) -> Iterator[str]:
    for line in lines:
        mark, marked_text = line[:2], line[2:]
        if mark == "# ":
            content = _inline(marked_text, fragmented)
            yield f'<p style="text-align: center;"><strong>{content}</strong></p>'
        elif mark == "> ":
            yield f'<p style="text-align: right;">{_inline(marked_text, fragmented)}</p>'
        elif line.startswith("附件"):
            # Addresses of files in an older spelling of the sites: relative, upper case.
            yield f'<p>{indent}<a href="P0{len(line):03d}.PDF">{_inline(line, fragmented)}</a></p>'
        else:
            yield f"<p>{indent}{_inline(line, fragmented)}</p>"


def _table(lines: Iterator[str]) -> Iterator[str]:
    yield '<table border="1" cellspacing="0"><tbody>'
    for line in lines:
        cells = line.strip().removeprefix("|").removesuffix("|").split("|")
        yield "<tr>" + "".join(f"<td>{escape(cell.strip())}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table>"


def _inline(text: str, fragmented: bool) -> str:
    safe = escape(text, quote=False)
    return re.sub(r"\d+", r'<span lang="EN-US">\g<0></span>', safe) if fragmented else safe


ERROR_PAGE = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>提示信息</title></head>'
    '<body><div class="error-box"><p>{message}</p><p><a href="/">返回首页</a></p></div>'
    "</body></html>\n"
)


def render_article(
    *,
    site_name: str,
    title: str,
    page_date: str,
    source: str,
    charset: str,
    crumbs: str,
    content: str,
    earlier: tuple[str, str] | None,
) -> str:
    """A whole article page.

    Args:
        charset: what the page's own `meta` declares, true or not.
        crumbs: the column's name as the path above the article shows it.
        earlier: path and title of the page linked as 上一篇, None where there is none.
    """
    link = ""
    if earlier is not None:
        path, earlier_title = earlier
        link = f'<div class="art-near">上一篇：<a href="{path}">{escape(earlier_title)}</a></div>\n'
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="{charset}">
<title>{site_name}</title>
<meta name="SiteName" content="{site_name}">
<meta name="ArticleTitle" content="{escape(title)}">
<meta name="PubDate" content="{page_date}">
<meta name="ContentSource" content="{source}">
</head>
<body>
<div class="position">您现在的位置：首页 &gt; {crumbs} &gt; 正文</div>
<div class="art-box">
<h1 class="art-title">{escape(title, quote=False)}</h1>
<div class="art-info"><span>时间：{page_date}</span><span>来源：{source}</span></div>
<div class="art-con">
{content}
</div>
{link}</div>
<div class="footer"><p>{DEMO_NOTE}</p></div>
</body>
</html>
"""
