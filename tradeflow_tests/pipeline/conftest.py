"""One week run once through the real job, for every test that looks at the outcome."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from tradeflow.orchestration.runs import run_weeks
from tradeflow.periods import Week
from tradeflow.settings import Settings, load_settings
from tradeflow.world import World

W07 = Week.parse("2026-W07")


@dataclass(frozen=True)
class Ran:
    """A home in which weeks have been run."""

    settings: Settings

    @property
    def world(self) -> World:
        return World(self.settings)

    @property
    def brief(self) -> Path:
        return self.settings.published_reports / "weekly" / "2026-W07"

    @property
    def markdown(self) -> str:
        return (self.brief / "2026-W07-trade-briefing.md").read_text(encoding="utf-8")

    def report_files(self, week: Week = W07) -> dict[str, bytes]:
        """Every file of a week's brief, by its path within the week's folder."""
        folder = self.settings.published_reports / "weekly" / week.key
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def run_in(home: Path, first: Week, last: Week) -> Ran:
    """Run weeks of the sandbox in a home of their own."""
    settings = load_settings(home=home / "data", reports=home / "reports")
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("TRADEFLOW_SOURCES", raising=False)
        run_weeks(settings, first, last, Console(quiet=True))
    return Ran(settings)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """2026-W07, run once in an empty home."""
    yield run_in(tmp_path_factory.mktemp("w07"), W07, W07)
