"""Building the site: gather pages, dress them, add downloads and feeds, search them, swap.

The site is built beside the old one and takes its place whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path

import polars as pl

from tradeflow.briefing.consistency import contradictions
from tradeflow.briefing.glossary import load_glossary
from tradeflow.briefing.kinds import KINDS
from tradeflow.briefing.publish import swap
from tradeflow.bundled import reports_root
from tradeflow.errors import GateRefused, StorageError
from tradeflow.site.data_files import write_data
from tradeflow.site.feeds import atom, index_json, robots, sitemap
from tradeflow.site.fingerprint import fingerprint
from tradeflow.site.library import Published, library
from tradeflow.site.not_found import not_found_page
from tradeflow.site.page import Page
from tradeflow.site.receipts import receipt_pages
from tradeflow.site.report_pages import kind_page, report_pages
from tradeflow.site.search import index_pages
from tradeflow.site.shell import Shell
from tradeflow.site.structured import NAME
from tradeflow.site.view import View, open_view
from tradeflow.site.world_pages import world_pages
from tradeflow.storage.locks import alone
from tradeflow.world import World

_STATIC = ("site.css", "search.js", "registry.js")
_STAMP = "built.json"


@dataclass(frozen=True)
class Built:
    """A finished site."""

    folder: Path
    pages: int
    byte_count: int
    is_new: bool
    """False where the site that stood there is the one that would have been built."""
    changed: int
    """How many files are new, or other than those of the site before."""

    @property
    def home(self) -> Path:
        return self.folder / "index.html"


def build_site(world: World, report: Callable[[str], None] = lambda _: None) -> Built:
    """Build the site of a world from what it has published, unless it stands there already.

    Args:
        report: called with a line of progress before each step.

    Raises:
        WarehouseBusy: another process has been building it for too long.
        StorageError: nothing was published yet, or a file cannot be written; the site built
            before is untouched.
        GateRefused: two reports state one fact differently; the site built before is untouched.
    """
    settings = world.settings
    folder = settings.site_folder
    with alone(folder.with_name(f".{folder.name}.lock"), settings.lock_timeout_s):
        return _build(world, folder, settings.site_url, report)


def is_current(world: World) -> bool:
    """Whether the site that stands is the one that would be built now.

    Raises:
        StorageError: nothing was published yet.
    """
    settings = world.settings
    issues = _published(world)
    with open_view(world, issues) as view:
        stamp = fingerprint(view, settings.site_url)
    return _standing(settings.site_folder, stamp) is not None


def _published(world: World) -> dict[str, list[Published]]:
    issues = library(world.settings.published_reports)
    if not any(issues.values()):
        raise StorageError(
            f"{world.settings.published_reports} holds no report yet; run `tradeflow run` first"
        )
    return issues


def _build(world: World, folder: Path, url: str, report: Callable[[str], None]) -> Built:
    issues = _published(world)
    for fault in contradictions(each.record for listed in issues.values() for each in listed):
        raise GateRefused(f"two reports contradict each other, {fault}; make the older one again")
    report("what there is")
    with open_view(world, issues) as view:
        stamp = fingerprint(view, url)
        standing = _standing(folder, stamp)
        if standing is not None:
            return standing
        staged = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(staged, ignore_errors=True)
        report("pages")
        pages = list(_pages(view, url))
        shell = Shell(url, view.is_demonstration)
        for page in pages:
            _write(staged / page.path, shell.dress(page))
        report("downloads and feeds")
        write_data(view.con, view.files, view.marts.week, staged / "data")
    for issue in _every(issues):
        _downloads(staged / issue.path, issue)
    _feeds(staged, url, issues, pages)
    for name in _STATIC:
        shutil.copy2(reports_root() / "templates" / "site" / name, staged / name)
    report("search index")
    index_pages(staged)
    size = sum(path.stat().st_size for path in staged.rglob("*") if path.is_file())
    told = {"fingerprint": stamp, "pages": len(pages), "bytes": size}
    _write(staged / _STAMP, json.dumps(told).encode())
    changed = _changed(folder, staged)
    swap(folder, staged, folder.with_name(f".{folder.name}.old"))
    return Built(folder, len(pages), size, True, changed)


def _changed(before: Path, after: Path) -> int:
    """How many files of a folder another one has not, or not with the same bytes."""
    files = (path.relative_to(after) for path in after.rglob("*") if path.is_file())
    return sum(
        not (before / file).is_file() or not cmp(before / file, after / file, shallow=False)
        for file in files
    )


def _standing(folder: Path, stamp: str) -> Built | None:
    try:
        told = json.loads((folder / _STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if told.get("fingerprint") != stamp:
        return None
    return Built(folder, told["pages"], told["bytes"], False, 0)


def _pages(view: View, url: str) -> Iterable[Page]:
    glossary = load_glossary()
    yield from world_pages(view)
    for name, (frame, _) in KINDS.items():
        yield kind_page(frame, view.issues[name])
        yield from report_pages(view.issues[name], glossary, set(view.receipts))
    yield from receipt_pages(view.receipts)
    yield not_found_page(url)


def _every(issues: dict[str, list[Published]]) -> list[Published]:
    return [issue for listed in issues.values() for issue in listed]


def _downloads(page: Path, issue: Published) -> None:
    folder = page.parent
    for name in (f"{issue.key}-{issue.frame.stem}.md", "figures.json"):
        _write(folder / name, (issue.folder / name).read_bytes())
    for table in issue.tables:
        target = folder / "tables" / table.name
        _write(target, table.read_bytes())
        pl.read_csv(table, infer_schema=False).write_parquet(target.with_suffix(".parquet"))


def _feeds(root: Path, url: str, issues: dict[str, list[Published]], pages: list[Page]) -> None:
    everything = _every(issues)
    _write(root / "feed.xml", atom(url, "feed.xml", NAME, everything))
    for name, listed in issues.items():
        frame = KINDS[name][0]
        path = f"{frame.folder}/feed.xml"
        _write(root / path, atom(url, path, frame.name_zh, listed))
    _write(root / "sitemap.xml", sitemap(url, pages))
    _write(root / "index.json", index_json(url, everything))
    _write(root / "robots.txt", robots(url))


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"{path}: the site could not be written ({error.strerror}); the site built before "
            "is untouched"
        ) from error
