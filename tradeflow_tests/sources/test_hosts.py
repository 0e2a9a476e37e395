"""The table of hosts: every number with its reason and source, every setting a real one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml
from pydantic import SecretStr

from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings
from tradeflow.sources.hosts import HOSTS_FILE, Hosts, netloc, read_hosts
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.transport import Transport


def test_every_number_states_a_reason_and_a_source():
    stated = yaml.safe_load(HOSTS_FILE.read_text(encoding="utf-8"))
    rows = [stated["default"], *stated["hosts"]]
    entries = [entry for row in rows for entry in row.values() if isinstance(entry, dict)]
    assert len(entries) >= 15
    for entry in entries:
        assert len(entry["reason"].split()) >= 4, entry
        assert entry["source"].strip(), entry


def test_every_row_is_the_host_its_setting_names():
    for row in read_hosts().hosts:
        assert netloc(Settings.model_fields[row.setting].default) == row.host


@pytest.mark.parametrize("name", SOURCES)
def test_every_request_of_a_source_goes_to_a_host_of_its_own_rows(name: str, settings: Settings):
    rows = {row.host for row in read_hosts().hosts if row.source == name}
    keyed = settings.model_copy(
        update={"census_api_key": SecretStr("k" * 32), "comtrade_api_key": SecretStr("k" * 32)}
    )
    for these in (settings, keyed):
        asked = SOURCES[name].requests(date(2026, 2, 15), these)
        assert asked
        assert {netloc(request.url) for request in asked} <= rows


def test_the_published_limits_stand(settings: Settings):
    hosts = Hosts(settings)
    comtrade = hosts.limits("comtrade", "comtradeapi.un.org")
    assert (comtrade.daily_calls(False), comtrade.daily_calls(True)) == (1000, 500)
    census = hosts.limits("census", "api.census.gov")
    assert (census.daily_calls(False), census.daily_calls(True)) == (500, None)
    assert hosts.limits("census", "www.census.gov").daily_calls(False) is None


def test_a_local_server_is_held_to_the_limits_of_the_host_it_stands_for(settings: Settings):
    hosts = Hosts(settings.model_copy(update={"comtrade_url": "http://127.0.0.1:8123"}))
    assert hosts.limits("comtrade", "127.0.0.1:8123") == hosts.limits(
        "comtrade", "comtradeapi.un.org"
    )
    assert hosts.is_configured("127.0.0.1:8123")
    assert not hosts.is_configured("127.0.0.1:8124")
    assert hosts.limits("ots", "127.0.0.1:8123") == read_hosts().default


def test_settings_replace_pace_and_allowance_of_every_host(settings: Settings):
    changed = settings.model_copy(update={"requests_per_second": 50.0, "daily_calls": 9})
    hosts = Hosts(changed)
    for row in (*read_hosts().hosts, None):
        limits = hosts.limits(row.source, row.host) if row else hosts.limits("new", "h")
        assert limits.interval_s == 0.02
        assert (limits.daily_calls(True), limits.daily_calls(False)) == (9, 9)


def test_how_many_requests_may_be_under_way_is_told_per_source(settings: Settings):
    with Transport(settings) as live:
        told = {source: live.concurrency(source) for source in ("comtrade", "ots", "unheard of")}
    assert told == {"comtrade": 2, "ots": 1, "unheard of": 1}
    sandbox = settings.model_copy(update={"sources": Mode.SANDBOX})
    nobody = httpx.MockTransport(lambda _: httpx.Response(200))
    with Transport(sandbox, http=nobody) as transport:
        assert transport.concurrency("comtrade") == 1


def test_a_setting_that_is_no_address_is_named(settings: Settings):
    with pytest.raises(InputError, match="TRADEFLOW_COMTRADE_URL"):
        Hosts(settings.model_copy(update={"comtrade_url": "http://a:b"}))


DEFAULT = yaml.safe_load(HOSTS_FILE.read_text(encoding="utf-8"))["default"]
ROW = {"source": "s", "host": "h", "setting": "comtrade_url"}
ENTRY = {"value": 1, "reason": "a reason", "source": "a source"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "cannot be read"),
        ({"hosts": []}, "expected `default` and `hosts`"),
        ({"default": {}, "hosts": []}, "default: expected exactly"),
        ({"default": DEFAULT, "hosts": [{"source": "s"}]}, "every host needs"),
        ({"default": DEFAULT, "hosts": [{**ROW, "pace": ENTRY}]}, "expected entries among"),
        (
            {"default": DEFAULT, "hosts": [{**ROW, "concurrent": {"value": 1, "reason": "x"}}]},
            "expected exactly value, reason and source",
        ),
        (
            {"default": DEFAULT, "hosts": [{**ROW, "concurrent": {**ENTRY, "value": None}}]},
            "not a number above 0",
        ),
        (
            {"default": DEFAULT, "hosts": [{**ROW, "concurrent": {**ENTRY, "value": True}}]},
            "not a number above 0",
        ),
        (
            {"default": DEFAULT, "hosts": [{**ROW, "concurrent": {**ENTRY, "value": 1.5}}]},
            "not a whole number",
        ),
    ],
)
def test_a_malformed_table_is_refused(content: object, message: str, tmp_path: Path):
    path = tmp_path / "hosts.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    with pytest.raises(InputError, match=message) as caught:
        read_hosts(path)
    assert "\n" not in str(caught.value)
