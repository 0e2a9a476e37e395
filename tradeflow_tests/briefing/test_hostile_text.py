"""Titles and names from outside are printed as text, whatever they contain."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.html import page
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Rendered, render
from tradeflow.briefing.tables import table

NAUGHTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ site.secret }}{% include x %}",
    "[點我](javascript:alert(1))",
    "| a | b |\n|---|---|",
    "# 本週重點\n## 假標題",
    "`code` *粗* __底__ ~~刪~~ $x$",
    "\u202e倒\u200b寫\u0000\ue001\U000f0001",
    '=HYPERLINK("http://evil","x")',
    "全年執行中 生效 連續 創新高 1,234.5 %",
    "圖 9 與 表 99",
    "&lt;b&gt; &#60; &amp;",
]


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module", params=range(len(NAUGHTY)))
def hostile(
    request: pytest.FixtureRequest,
    changed: Callable[..., Marts],
    glossary: Glossary,
    issue: Issue,
) -> Rendered:
    from tradeflow.briefing.gate import Gate

    text = NAUGHTY[request.param]

    def poison(rows: dict[str, list[dict[str, Any]]]) -> None:
        for row in rows["fct_tracked_measures"]:
            row |= {"content_zh": text}
        for row in rows["dim_notices"]:
            row |= {"title_zh_hans": text, "content_zh": text}
        for row in rows["fct_partner_flows_yearly"]:
            row |= {"partner_name_zh": text}
        for row in rows["fct_layer_coverage"]:
            row |= {"source_name_zh": text, "url": "javascript:alert(1)"}
        rows["fct_new_documents"].append(
            {
                "url": "javascript:alert(1)//2",
                "title_zh_hans": text,
                "released_on": issue.as_of,
                "host": "evil",
                "content_zh": text,
                "targets_zh": text,
                "is_unconfirmed": False,
            }
        )

    marts = changed(poison)
    rendered = render(marts, glossary, issue)
    Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)
    return rendered


def test_hostile_text_adds_no_tag_no_link_and_no_heading(
    hostile: Rendered, rendered: Rendered
) -> None:
    ours, theirs = Tags(), Tags()
    ours.feed(page(rendered.markdown, rendered.record, [], "x"))
    theirs.feed(page(hostile.markdown, hostile.record, [], "x"))
    allowed = {tag for tag, _ in ours.found}
    assert {tag for tag, _ in theirs.found} <= allowed
    for _, attributes in theirs.found:
        assert not any(name.startswith("on") for name in attributes)
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data"))
    assert "{{" not in hostile.markdown and "{%" not in hostile.markdown


def test_a_cell_never_becomes_a_formula() -> None:
    cells = ["=1+1", "@x", "-cmd", "+cmd", "+118.4 %", "−9.0 %"]
    data = table(10, [[*cells, "a", "b"]]).csv()
    row = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1]
    assert row[:6] == ["'=1+1", "'@x", "'-cmd", "'+cmd", "+118.4 %", "−9.0 %"]
