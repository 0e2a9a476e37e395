"""The brief as one self-contained page: the finished Markdown, with its charts drawn in.

The page adds frame, style and drawings, never words about the data. Nothing is loaded from
elsewhere and no script runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tradeflow.briefing.charts.drawing import Drawing, figure
from tradeflow.briefing.figure_marks import marked, spanned, unmarked
from tradeflow.bundled import reports_root

_CAPTION = re.compile(r"(表|圖) (\d+)　")
_REFERENCE = re.compile(r"(表|圖) (\d+)")
_ANCHOR = {"表": "table", "圖": "figure"}


def page(
    markdown: str, record: Mapping[str, Any], drawings: Sequence[Drawing], description: str
) -> str:
    """The HTML page of a brief; every figure is a `span` that names its fact.

    Args:
        markdown: the brief as the gate accepted it.
        record: what `figures.json` keeps of it.
        drawings: its charts; each replaces the paragraph that captions it.
        description: one plain sentence for the page's head.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(marked(markdown, record))
    by_number = {drawing.chart.number: drawing for drawing in drawings}
    contents = _number_headings(tokens)
    body = reader.renderer.render(_dressed(tokens, by_number), reader.options, {})
    title = markdown.split("\n", 1)[0].removeprefix("# ")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=title, description=description, contents=contents, body=spanned(_linked(body))
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(reports_root() / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _number_headings(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    contents: list[tuple[str, str]] = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            anchor = f"section-{len(contents) + 1}"
            token.attrSet("id", anchor)
            contents.append((anchor, unmarked(tokens[index + 1].content)))
    return contents


def _dressed(tokens: Sequence[Token], drawings: Mapping[int, Drawing]) -> list[Token]:
    """Captions get anchors, charts their drawing, tables a frame that scrolls."""
    dressed: list[Token] = []
    label = ""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        caption = (
            _CAPTION.match(following.content)
            if token.type == "paragraph_open" and following
            else None
        )
        if caption and following:
            number = int(caption[2])
            label = unmarked(following.content)
            if caption[1] == "圖" and number in drawings:
                dressed.append(_raw(figure(drawings[number])))
                index += 3
                continue
            token.attrSet("id", f"{_ANCHOR[caption[1]]}-{number}")
            token.attrSet("class", "caption")
        elif token.type == "paragraph_open" and following and following.content[:2] == "註：":
            token.attrSet("class", "note")
        elif token.type == "table_open":
            frame = f'role="region" tabindex="0" aria-label="{escape(label)}"'
            dressed.append(_raw(f'<div class="scroll" {frame}>\n'))
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "td_open" and following and unmarked(following.content).startswith("−"):
            token.attrSet("class", "negative")
        dressed.append(token)
        if token.type == "table_close":
            dressed.append(_raw("</div>\n"))
        index += 1
    return dressed


def _raw(markup: str) -> Token:
    return Token("html_block", "", 0, content=markup)


def _linked(body: str) -> str:
    """Turn the references that close the key messages into links."""

    def link(match: re.Match[str]) -> str:
        return f'<a href="#{_ANCHOR[match[1]]}-{match[2]}">{match[0]}</a>'

    def closing(match: re.Match[str]) -> str:
        return _REFERENCE.sub(link, match[0])

    return re.sub(r"（(?:(?:表|圖) \d+、?)+）(?=</(?:li|p)>)", closing, body)
