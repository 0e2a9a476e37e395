"""A report from start to end: read, write, check, draw, publish.

The only entry point the pipeline needs; every step is a module of this package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from tradeflow.briefing.charts.drawing import Drawing, draw
from tradeflow.briefing.freshness import Freshness, read_freshness
from tradeflow.briefing.front_matter import FrontMatter, front_matter
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import load_glossary
from tradeflow.briefing.html import page
from tradeflow.briefing.issue import Issue, Review
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.publish import publish
from tradeflow.briefing.related import with_related
from tradeflow.briefing.render import Rendered, render
from tradeflow.briefing.reviewed import reviewed_text, text_version
from tradeflow.briefing.yearly import REPORTERS
from tradeflow.periods import Week
from tradeflow.search.appendix import Related
from tradeflow.settings import Settings


@dataclass(frozen=True)
class Beside:
    """What a report is published with besides the week's marts."""

    related: Sequence[Related] | None = None
    """What the search found for its questions; None without an index."""
    reviews: Mapping[str, Review] = field(default_factory=dict)
    """Recorded reviews by the text they are of."""
    site_url: str = Settings.model_fields["site_url"].default
    """The site's public address, for the canonical link."""


@dataclass(frozen=True)
class Brief:
    """A published report."""

    week: Week
    """The week whose marts it was written from."""
    markdown: str
    """The text, without the front matter of the published file."""
    markdown_path: Path
    html_path: Path
    figures_path: Path
    key_messages: tuple[str, ...]
    """Plain sentences, the most urgent first."""
    freshness: tuple[Freshness, ...]
    review_items: tuple[str, ...]
    """Plain sentences, one an open item."""
    traced_pct: float
    changed: tuple[str, ...]
    """Published files whose bytes changed."""
    drawings: tuple[Drawing, ...] = ()
    """Its charts."""


def produce(
    con: duckdb.DuckDBPyConnection,
    read: Marts,
    issue: Issue,
    out_root: Path,
    beside: Beside | None = None,
) -> Brief:
    """Write, check and publish a report of any kind.

    Args:
        con: a connection to the warehouse; only read.
        read: what the report is written from, as its kind loads it from `con`.
        out_root: folder of the world's reports; a brief goes to `weekly/<week>/` in it, the others
            to `monthly/<month>/` and `yearly/<year>/`.
        beside: what it is published with besides the marts.

    Raises:
        BriefError: the week's marts cannot be told as they stand.
        GateRefused: the text fails the gate; the published files are untouched.
        StorageError: the files cannot be written; the published files are untouched.
    """
    beside = beside or Beside()
    glossary, marts = load_glossary(), with_related(read, beside.related)
    rendered = render(marts, glossary, issue)
    version = text_version(rendered.markdown)
    review = beside.reviews.get(reviewed_text(issue, version))
    if review is not None:
        issue = replace(issue, review=review)
        rendered = render(marts, glossary, issue)
    rendered.record["text_version"] = version
    gate = Gate(marts, glossary, issue)
    gate.check(rendered.markdown, rendered.record)
    gate.check_charts(rendered.charts)
    economies = [marts.economies[each] for each in REPORTERS if each in marts.economies]
    front = front_matter(issue, rendered.key_messages, economies, beside.site_url)
    drawings = [draw(chart, glossary) for chart in rendered.charts]
    name = issue.frame.stem_of(issue.period)
    html = page(rendered.markdown, rendered.record, drawings, front.description)
    files = _files(name, rendered, front, html)
    folder = issue.frame.folder_of(out_root, issue.period)
    changed = publish(folder, files)
    return Brief(
        week=issue.week,
        markdown=rendered.markdown,
        markdown_path=folder / f"{name}.md",
        html_path=folder / f"{name}.html",
        figures_path=folder / "figures.json",
        key_messages=rendered.key_messages,
        freshness=read_freshness(con, issue.week.key),
        review_items=rendered.review_items,
        traced_pct=float(rendered.traced_pct),
        changed=tuple(changed),
        drawings=tuple(drawings),
    )


def _files(name: str, rendered: Rendered, front: FrontMatter, html: str) -> dict[str, bytes]:
    record = json.dumps(rendered.record, ensure_ascii=False, indent=1, sort_keys=True)
    files = {
        f"{name}.md": f"{front.yaml()}\n{rendered.markdown}".encode(),
        f"{name}.html": html.encode(),
        "figures.json": record.encode() + b"\n",
    }
    for table in rendered.tables:
        if table.rows:
            files[f"tables/{table.number:02d}-{table.name}.csv"] = table.csv()
    return files
