"""Building the site: gather pages, dress them, add downloads and feeds, search them, swap.

The site is built beside the old one and takes its place whole or not at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tradeflow.briefing.consistency import contradictions
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.glossary import load_glossary
from tradeflow.briefing.kinds import KINDS
from tradeflow.briefing.publish import swap
from tradeflow.bundled import reports_root
from tradeflow.errors import GateRefused, StorageError
from tradeflow.site.feeds import atom, index_json, sitemap
from tradeflow.site.library import Published, library
from tradeflow.site.page import Page
from tradeflow.site.receipts import receipt_pages
from tradeflow.site.report_pages import kind_page, report_pages
from tradeflow.site.search import index_pages
from tradeflow.site.shell import NAME, Shell
from tradeflow.site.view import View, open_view
from tradeflow.site.world_pages import world_pages
from tradeflow.world import World


@dataclass(frozen=True)
class Built:
    """A finished site."""

    folder: Path
    pages: int
    byte_count: int

    @property
    def home(self) -> Path:
        return self.folder / "index.html"


def build_site(world: World, report: Callable[[str], None] = lambda _: None) -> Built:
    """Build the site of a world from what it has published.

    Args:
        report: called with a line of progress before each step.

    Raises:
        StorageError: nothing was published yet, or a file cannot be written; the site built
            before is untouched.
        GateRefused: two reports state one fact differently; the site built before is untouched.
    """
    folder = world.settings.site_folder
    issues = library(world.settings.published_reports)
    if not any(issues.values()):
        raise StorageError(
            f"{world.settings.published_reports} holds no report yet; run `tradeflow run` first"
        )
    for fault in contradictions(each.record for listed in issues.values() for each in listed):
        raise GateRefused(f"two reports contradict each other, {fault}; make the older one again")
    staged, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    shutil.rmtree(staged, ignore_errors=True)
    with open_view(world, issues) as view:
        report("pages")
        pages = list(_pages(world, view))
        shell = Shell(world.settings.site_url, view.is_demonstration)
        for page in pages:
            _write(staged / page.path, shell.dress(page))
    report("downloads and feeds")
    everything = [issue for listed in issues.values() for issue in listed]
    for issue in everything:
        _downloads(staged / issue.path, issue)
    _feeds(staged, world.settings.site_url, issues, pages)
    for name in ("site.css", "site.js"):
        shutil.copy2(reports_root() / "templates" / "site" / name, staged / name)
    report("search index")
    index_pages(staged)
    swap(folder, staged, old)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Built(folder, len(pages), sum(path.stat().st_size for path in files))


def _pages(world: World, view: View) -> Iterable[Page]:
    glossary = load_glossary()
    yield from world_pages(view)
    for name, (frame, _) in KINDS.items():
        yield kind_page(frame.name_zh, frame.folder, view.issues[name])
        yield from report_pages(view.issues[name], glossary, set(view.receipts))
    yield from receipt_pages(view.receipts)


def _downloads(page: Path, issue: Published) -> None:
    folder = page.parent
    for name in (f"{issue.key}-{issue.frame.stem}.md", "figures.json"):
        _write(folder / name, (issue.folder / name).read_bytes())
    for table in issue.tables:
        target = folder / "tables" / table.name
        _write(target, table.read_bytes())
        pl.read_csv(table, infer_schema=False).write_parquet(target.with_suffix(".parquet"))


def _feeds(root: Path, url: str, issues: dict[str, list[Published]], pages: list[Page]) -> None:
    everything = [issue for listed in issues.values() for issue in listed]
    _write(root / "feed.xml", atom(url, "feed.xml", NAME, everything))
    for name, listed in issues.items():
        frame: Frame = KINDS[name][0]
        path = f"{frame.folder}/feed.xml"
        _write(root / path, atom(url, path, frame.name_zh, listed))
    _write(root / "sitemap.xml", sitemap(url, pages))
    _write(root / "index.json", index_json(url, everything))


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"{path}: the site could not be written ({error.strerror}); the site built before "
            "is untouched"
        ) from error
