"""A site is built again exactly when something it is made from has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from tradeflow.site.fingerprint import fingerprint
from tradeflow.site.library import library
from tradeflow.site.view import open_view
from tradeflow.world import World

from .conftest import Site
from .small_site import URL, WEEK


def _stamp(world: World, reports: Path, url: str = URL) -> str:
    with open_view(world, library(reports)) as view:
        return fingerprint(view, url)


def test_the_same_world_has_the_same_stamp_and_another_address_has_not(site: Site) -> None:
    reports = site.world.settings.published_reports
    assert _stamp(site.world, reports) == _stamp(site.world, reports)
    assert _stamp(site.world, reports) != _stamp(site.world, reports, "https://example.org/")


def test_any_file_of_a_report_changes_the_stamp(site: Site, tmp_path: Path) -> None:
    reports = site.world.settings.published_reports
    copied = tmp_path / "reports"
    shutil.copytree(reports, copied, ignore=shutil.ignore_patterns("site"))
    assert _stamp(site.world, copied) == _stamp(site.world, reports)
    table = next((copied / "weekly" / WEEK / "tables").glob("*.csv"))
    table.write_bytes(table.read_bytes() + b"\n")
    assert _stamp(site.world, copied) != _stamp(site.world, reports)
