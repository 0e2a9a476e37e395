"""Every printed fact of the page names its fact, and nothing else changes."""

from __future__ import annotations

import re

from tradeflow.briefing.figure_marks import facts_of, marked, unmarked
from tradeflow.briefing.html import page
from tradeflow.briefing.render import Rendered

_SPAN = re.compile(r'<span class="figure" data-figure="(\d+)">([^<]*)</span>')


def test_marks_come_off_without_a_trace(rendered: Rendered) -> None:
    assert unmarked(marked(rendered.markdown, rendered.record)) == rendered.markdown


def test_every_printed_fact_is_a_span_that_names_it(rendered: Rendered) -> None:
    html = page(rendered.markdown, rendered.record, [], "")
    names = facts_of(rendered.record)
    found = [(names[int(number)], text) for number, text in _SPAN.findall(html)]
    wholes = [
        (entry["reference"], entry["whole"])
        for entry in rendered.record["numerals"]
        if entry["kind"] == "fact" and entry["part"] == 0
    ]
    words = [(w["reference"], w["text"]) for w in rendered.record["words"] if w["kind"] == "fact"]
    assert sorted(found) == sorted(wholes + words)


def test_spans_change_nothing_a_reader_reads(rendered: Rendered) -> None:
    html = page(rendered.markdown, rendered.record, [], "")
    empty = {**rendered.record, "words": [], "facts": {}}
    empty["numerals"] = [{**n, "kind": "literal"} for n in rendered.record["numerals"]]
    assert _SPAN.sub(r"\2", html) == page(rendered.markdown, empty, [], "")
    assert not re.search("[\ue000-\uf8ff]", html)
