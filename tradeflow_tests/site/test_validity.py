"""What other programs read: HTML by the W3C's checker, the Markdown files by Jekyll."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from liquid import Environment

from .conftest import Site
from .small_site import URL

CHECKOUT = Path(__file__).resolve().parents[2]
CHECKER = CHECKOUT / ".venv" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.mark.slow
def test_the_nu_html_checker_finds_no_error(site: Site) -> None:
    java = shutil.which("java")
    if java is None or not CHECKER.exists():
        pytest.skip("needs java and `npm install --prefix .venv vnu-jar` (.ci/run does it)")
    pages = [str(site.root / path) for path in sorted(site.pages)]
    command = [java, "-Xss4m", "-jar", str(CHECKER), "--errors-only", "--format", "gnu", *pages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr.splitlines()[:20], done.returncode) == ([], 0)


def _sources(site: Site) -> list[Path]:
    found = sorted(site.root.glob("*ly/*/*.md"))
    assert len(found) == 3
    return found


def test_front_matter_is_yaml_with_what_jekyll_reads(site: Site) -> None:
    for path in _sources(site):
        _, block, _ = path.read_text("utf-8").split("---\n", 2)
        told = yaml.safe_load(block)
        assert told["layout"] == "default" and told["title"] and told["description"]
        assert isinstance(dt.date.fromisoformat(told["date"]), dt.date)
        assert told["canonical"] == f"{URL}{path.parent.relative_to(site.root).as_posix()}/"


def test_liquid_finds_nothing_to_do_in_a_report(site: Site) -> None:
    for path in _sources(site):
        source = path.read_text("utf-8")
        assert "times: 6" in source or "weekly" not in str(path)
        assert Environment().from_string(source).render() == source
