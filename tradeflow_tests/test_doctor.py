"""`tradeflow doctor`: what it finds, that it shows no key, and that it asks only in live."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tradeflow import doctor
from tradeflow.answers import Request
from tradeflow.cli import main
from tradeflow.doctor import Finding, Verdict, examine
from tradeflow.settings import Mode, Settings
from tradeflow.sources.hosts import read_hosts
from tradeflow.thresholds import threshold
from tradeflow.world import World, now

CANARY = "canary-key-3f9a"


@pytest.fixture(autouse=True)
def _own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A temporary folder as the place of work: no `.env` but the test's own."""
    monkeypatch.chdir(tmp_path)


def change(monkeypatch: pytest.MonkeyPatch, **thresholds: float) -> None:
    """Set other numbers than those of thresholds.yml."""
    monkeypatch.setattr(doctor, "threshold", lambda name: thresholds.get(name) or threshold(name))


@pytest.fixture
def reached(settings: Settings, httpserver: HTTPServer, tmp_path: Path) -> Settings:
    """Live settings of which every host is the local server, at a path of its own."""
    addresses = {
        host.setting: httpserver.url_for(f"/{host.setting}") for host in read_hosts().hosts
    }
    return settings.model_copy(
        update={**addresses, "reports": tmp_path / "reports", "requests_per_second": 1000.0}
    )


@pytest.fixture
def sandbox(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"sources": Mode.SANDBOX, "reports": tmp_path / "reports"})


def findings(settings: Settings, subject: str) -> list[Finding]:
    return [finding for finding in examine(settings) if finding.subject == subject]


def one(settings: Settings, subject: str) -> Finding:
    (found,) = findings(settings, subject)
    return found


def test_a_sound_machine_has_nothing_broken_and_the_sandbox_asks_nobody(
    sandbox: Settings, httpserver: HTTPServer
):
    found = list(examine(sandbox))
    assert [f for f in found if f.verdict in (Verdict.BROKEN, Verdict.WARN)] == []
    (hosts,) = [f for f in found if f.subject == "hosts"]
    assert "asks no host" in hosts.said
    assert httpserver.log == []
    assert {f.subject for f in found} == {
        *("settings", "data", "reports", "templates", "models", "fonts", "keys", "database"),
        *("archive", "hosts"),
    }


def test_every_host_of_a_live_run_is_asked_once_and_any_answer_will_do(
    reached: Settings, httpserver: HTTPServer
):
    """A front page that refuses, moves or is missing still shows that the host is there."""
    keyed = reached.model_copy(update={"census_api_key": SecretStr(CANARY)})
    for host, status in zip(
        read_hosts().hosts, (404, 403, 301, 200, 200, 401, 200, 200), strict=True
    ):
        httpserver.expect_request(f"/{host.setting}/").respond_with_data("here", status=status)
    found = findings(keyed, "hosts")
    assert [f.said for f in found if f.verdict is not Verdict.OK] == []
    assert len(httpserver.log) == len(read_hosts().hosts)
    for request, _ in httpserver.log:
        assert CANARY not in f"{request.url} {request.headers}"


def test_a_host_that_fails_breaks_the_run_save_the_optional_one(
    monkeypatch: pytest.MonkeyPatch, reached: Settings, httpserver: HTTPServer
):
    change(monkeypatch, doctor_host_wait_s=3)
    for host in read_hosts().hosts:
        down = host.source in ("ots", "worldbank")
        httpserver.expect_request(f"/{host.setting}/").respond_with_data(
            "", status=502 if down else 200
        )
    by_source = {f.said.partition(":")[0]: f for f in findings(reached, "hosts")}
    assert by_source["ots"].verdict is Verdict.WARN
    assert by_source["worldbank"].verdict is Verdict.BROKEN
    assert "status 502" in by_source["worldbank"].said
    assert by_source["comtrade"].verdict is Verdict.OK


def test_a_host_that_does_not_answer_is_given_up_soon(
    monkeypatch: pytest.MonkeyPatch, reached: Settings
):
    change(monkeypatch, doctor_host_wait_s=2)
    nobody = "http://127.0.0.1:9"
    silent = reached.model_copy(
        update={host.setting: nobody for host in read_hosts().hosts if host.source != "ots"}
    )
    found = [f for f in findings(silent, "hosts") if f.said.startswith("usgs")]
    assert [f.verdict for f in found] == [Verdict.BROKEN]
    assert "no answer (ConnectError)" in found[0].said


def test_a_slow_host_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, reached: Settings, httpserver: HTTPServer
):
    change(monkeypatch, doctor_host_wait_s=2, doctor_answer_wait_s=0.2)

    def slow(_: object) -> Response:
        time.sleep(0.6)
        return Response("late")

    for host in read_hosts().hosts:
        httpserver.expect_request(f"/{host.setting}/").respond_with_handler(slow)
    found = findings(reached, "hosts")
    assert {f.verdict for f in found} == {Verdict.BROKEN, Verdict.WARN}
    assert all("ReadTimeout" in f.said for f in found)


def test_the_census_api_is_not_asked_without_its_key(reached: Settings, httpserver: HTTPServer):
    for host in read_hosts().hosts:
        httpserver.expect_request(f"/{host.setting}/").respond_with_data("here")
    findings(reached, "hosts")
    assert "/census_api_url/" not in [request.path for request, _ in httpserver.log]


def test_keys_are_named_but_never_shown_and_a_missing_one_has_a_price(
    reached: Settings, httpserver: HTTPServer
):
    """Promise 15."""
    httpserver.expect_request("").respond_with_data("here")
    without = findings(reached, "keys")
    assert [f.verdict for f in without] == [Verdict.NOTE, Verdict.NOTE]
    assert "500 rows" in without[0].said and "no US figures by commodity" in without[1].said
    keys = {"comtrade_api_key": SecretStr(CANARY), "census_api_key": SecretStr(CANARY)}
    found = list(examine(reached.model_copy(update=keys)))
    assert [f.verdict for f in found if f.subject == "keys"] == [Verdict.OK, Verdict.OK]
    assert CANARY not in "".join(f.said for f in found)


def test_a_variable_that_is_no_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, sandbox: Settings, tmp_path: Path
):
    monkeypatch.setenv("TRADEFLOW_HOEM", "somewhere")
    (tmp_path / ".env").write_text("TRADEFLOW_SOURCE=live\nOTHER=1\n", encoding="utf-8")
    warned = [f.said for f in findings(sandbox, "settings") if f.verdict is Verdict.WARN]
    assert [said.split()[0] for said in warned] == ["TRADEFLOW_HOEM", "TRADEFLOW_SOURCE"]


def test_a_folder_that_cannot_be_written_is_broken(sandbox: Settings, tmp_path: Path):
    home = tmp_path / "home"
    home.write_text("a file where the folder should be", encoding="utf-8")
    blocked = sandbox.model_copy(update={"home": home})
    assert [f.verdict for f in findings(blocked, "data")] == [Verdict.BROKEN]


def test_too_little_space_is_broken(monkeypatch: pytest.MonkeyPatch, sandbox: Settings):
    change(monkeypatch, disk_free_usual_mb=1e12)
    assert [f.verdict for f in findings(sandbox, "data")] == [Verdict.OK, Verdict.WARN]
    change(monkeypatch, disk_free_least_mb=1e12)
    assert [f.verdict for f in findings(sandbox, "data")] == [Verdict.OK, Verdict.BROKEN]


def test_a_damaged_answer_and_a_damaged_database_are_named(sandbox: Settings):
    """Promise 5."""
    world = World(sandbox)
    with world.warehouse.connect("make it"):
        pass
    entry = world.archive.keep(
        Request(source="comtrade", label="a question", url="https://example.org/"),
        b"an answer",
        status=200,
        headers={},
        mode="sandbox",
        attempts=1,
        fetched_at=now(),
    )
    assert one(sandbox, "database").verdict is Verdict.OK
    assert one(sandbox, "archive").verdict is Verdict.OK
    (body,) = world.archive.root.glob(f"answers/*/{entry.response_id}.gz")
    body.chmod(0o644)
    body.write_bytes(body.read_bytes()[:-1] + b"?")
    damaged = one(sandbox, "archive")
    assert damaged.verdict is Verdict.BROKEN and entry.response_id in damaged.said
    world.warehouse.path.write_bytes(b"no database at all" * 1000)
    broken = one(sandbox, "database")
    assert broken.verdict is Verdict.BROKEN and "tradeflow rebuild" in broken.said


def test_a_damaged_copy_for_readers_is_broken(sandbox: Settings):
    world = World(sandbox)
    with world.warehouse.connect("make it"):
        pass
    world.warehouse.publish()
    world.warehouse.published_path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(duckdb.Error), world.warehouse.reader():
        pass
    assert one(sandbox, "database").verdict is Verdict.BROKEN


def test_the_command_fails_exactly_when_something_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setenv("TRADEFLOW_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TRADEFLOW_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("TRADEFLOW_SOURCES", "sandbox")
    monkeypatch.setattr("sys.argv", ["tradeflow", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (None, 0)
    assert "broken" not in capsys.readouterr().out
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert "broken  data" in said.out
    assert said.err.count("\n") == 1
