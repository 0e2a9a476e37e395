"""The files of deploy/ are well-formed and agree with each other and with the settings.

Whether an engine builds and runs them is not tested: none is needed for the suite.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from tradeflow.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OURS = ("code", "webserver", "daemon")


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{done.returncode}: {done.stdout}{done.stderr}"


def test_the_dockerfile_passes_hadolint() -> None:
    assert run(BIN / "hadolint", DEPLOY / "Dockerfile") == ""


def test_the_compose_file_is_one_by_the_compose_specification() -> None:
    tool = BIN / "check-jsonschema"
    schema = ("--builtin-schema", "vendor.compose-spec")
    assert run(tool, *schema, DEPLOY / "compose.yaml") == ""


def test_what_the_image_is_made_of_exists_and_is_not_ignored() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    ignored = [line for line in lines if not line.startswith("#")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    paths = [path for line in copied for path in line.split()]
    assert len(paths) >= 8
    for path in paths:
        assert (ROOT / path).exists(), path
        assert path.rstrip("/") not in ignored
    assert {".env", "data", "reports/published"} <= set(ignored)


@pytest.mark.parametrize("name", OURS)
def test_services_name_settings_that_exist_and_commands_that_are_installed(name: str) -> None:
    service = COMPOSE["services"][name]
    ours = {field.upper() for field in Settings.model_fields}
    for variable in service["environment"]:
        assert variable.removeprefix("TRADEFLOW_") in ours or variable.startswith("DAGSTER_")
    assert (BIN / service["command"][0]).exists()
    for other, how in service["depends_on"].items():
        assert other in COMPOSE["services"]
        needs_health = how["condition"] == "service_healthy"
        assert needs_health == ("healthcheck" in COMPOSE["services"][other])


def test_volumes_are_declared_and_lie_where_the_image_keeps_its_data() -> None:
    for name in OURS:
        for volume in COMPOSE["services"][name]["volumes"]:
            source, target = volume.split(":")[:2]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists()
            assert target.startswith("/srv/tradeflow/")
    assert re.search(r"DAGSTER_HOME=(\S+)", DOCKERFILE)[1] + "/dagster.yaml" in {
        volume.split(":")[1] for volume in COMPOSE["services"]["code"]["volumes"]
    }


def test_the_workspace_leads_to_the_service_that_serves_the_assets() -> None:
    workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"))
    server = workspace["load_from"][0]["grpc_server"]
    command = COMPOSE["services"][server["host"]]["command"]
    assert command[command.index("--port") + 1] == str(server["port"])
    assert command[command.index("--module-name") + 1] == "tradeflow.definitions"


def test_dagster_accepts_the_instance_and_it_is_the_compose_files(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "dagster.yaml", tmp_path)
    config, _ = dagster_instance_config(str(tmp_path))
    assert config["concurrency"]["pools"]["granularity"] == "run"
    # Without the driver SQLAlchemy 2.1 takes psycopg 3, which dagster-postgres cannot speak.
    assert config["storage"]["postgres"]["postgres_db"]["scheme"] == "postgresql+psycopg2"
    named = re.findall(r"env: (\w+)", (DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    assert len(named) == 4
    for name in OURS:
        assert set(named) <= COMPOSE["services"][name]["environment"].keys()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_units(unit: Path, tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd-analyze on this machine")
    text = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=/opt/tradeflow/.venv/bin/(\S+)", text, re.M)
    assert command is not None and (BIN / command[1]).exists()
    # The checkout of the unit is not on this machine; its commands are, elsewhere.
    here = tmp_path / unit.name
    here.write_text(text.replace("/opt/tradeflow/.venv/bin", str(BIN)), encoding="utf-8")
    assert run(tool, "verify", here) == ""
