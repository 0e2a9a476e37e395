"""The wheel carries the SQL project and the templates: it works outside a checkout."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_an_installed_wheel_writes_the_brief_outside_a_checkout(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(wheels), str(CHECKOUT))
    (wheel,) = wheels.glob("tradeflow-*.whl")
    home = tmp_path / "home"
    home.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv"))
    python = tmp_path / "venv" / "bin" / "python"
    packages = Path(
        run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
        *("--target", str(packages), str(wheel)),
    )
    # The dependencies are those of the test's own environment; tradeflow itself must not be.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    where = run(str(python), "-c", "import tradeflow; print(tradeflow.__file__)", cwd=home)
    assert str(packages) in where
    printed = run(str(python), "-m", "tradeflow", "run", "--week", "2026-W07", cwd=home)
    brief = home / "data/reports/sandbox/weekly/2026-W07/2026-W07-trade-briefing.md"
    assert brief.exists()
    assert "2026-W07-trade-briefing.md" in printed.replace("\n", "")


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command, its standard output; the test fails with what it wrote if it fails."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRADEFLOW_", "PYTHON"))
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
