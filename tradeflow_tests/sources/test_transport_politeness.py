"""Pace, daily quota and breaker: kept over restarts, shared by processes (promises 7 and 8)."""

from __future__ import annotations

import multiprocessing
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from tradeflow.answers import Request
from tradeflow.errors import InputError, StorageError
from tradeflow.settings import Settings
from tradeflow.sources.allowance import Allowance, Breaker, Place, UsedUp
from tradeflow.sources.errors import KeyRejected, PermanentError, QuotaExceeded, TransientError
from tradeflow.sources.hosts import Limits
from tradeflow.sources.transport import Transport, host_states, ledger_path
from tradeflow.thresholds import threshold
from tradeflow_tests.sources.transport_bench import (
    KEYS,
    NOON,
    Clock,
    local,
    opened,
    question,
    served,
    together,
)

REST_S = 900.0
LIMITS = Limits(
    requests_per_second=1,
    concurrent=2,
    daily_calls_without_key=3,
    daily_calls_with_key=None,
    breaker_failures=3,
    breaker_rest_s=REST_S,
)
PLACE = Place("comtrade", "h", False, LIMITS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(settings: Settings, httpserver: HTTPServer) -> Settings:
    return local(settings, httpserver)


@pytest.fixture
def live(here: Settings, clock: Clock) -> Iterator[Transport]:
    with opened(here, clock) as transport:
        yield transport


class TestPace:
    def test_calls_to_one_host_keep_their_distance(
        self, httpserver: HTTPServer, live: Transport, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        for _ in range(3):
            live.send(question(httpserver))
        assert clock.slept == [2.0, 2.0]

    def test_the_distance_outlives_the_process(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        for _ in range(2):
            with opened(here, clock) as live:
                live.send(question(httpserver))
        assert clock.slept == [2.0]

    def test_each_host_of_a_source_has_its_own_pace(self, settings: Settings, clock: Clock):
        mock = httpx.MockTransport(lambda _: httpx.Response(200, content=b"ok"))
        with opened(settings, clock, http=mock) as live:
            live.send(Request("census", "a", "https://api.census.gov/x"))
            live.send(Request("census", "b", "https://www.census.gov/x"))
            assert clock.slept == []

    def test_a_retry_takes_its_turn_and_its_call_like_any_other(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=503)
        slow = here.model_copy(update={"requests_per_second": 0.05})
        with opened(slow, clock) as live:
            with pytest.raises(TransientError):
                live.send(question(httpserver))
            assert live.state()[0].calls_today == served(httpserver) == 5
        assert clock.now == pytest.approx(4 * 20)

    def test_a_host_that_asks_for_patience_is_left_alone_by_every_process(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_oneshot_request("/q").respond_with_data(
            "slow down", status=429, headers={"Retry-After": "40"}
        )
        httpserver.expect_request("/q").respond_with_data(b"ok")
        beside = Clock()

        def ask_beside(*_: object) -> None:
            if not beside.slept:
                with opened(here, beside) as other:
                    other.send(question(httpserver))

        with opened(here, clock, on_wait=ask_beside) as live:
            live.send(question(httpserver))
        assert beside.slept == [40.0]

    def test_threads_share_the_pace_and_the_bound_of_requests_under_way(
        self, httpserver: HTTPServer, here: Settings
    ):
        under_way, most = 0, 0
        lock = threading.Lock()

        class Counting(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                nonlocal under_way, most
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                time.sleep(0.1)
                with lock:
                    under_way -= 1
                return httpx.Response(200, content=b"ok")

        fast = here.model_copy(update={"requests_per_second": 1e6})
        with Transport(fast, http=Counting()) as live:
            together(12, lambda _: live.send(question(httpserver)))
            assert live.concurrency("comtrade") == 2
            assert live.state()[0].calls_today == 12
        assert most == 2

    def test_a_turn_given_by_a_clock_that_ran_ahead_does_not_stop_the_world(
        self, httpserver: HTTPServer, here: Settings
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        ahead, right = Clock(NOON + timedelta(days=400)), Clock()
        for clock in (ahead, right):
            with opened(here, clock) as live:
                live.send(question(httpserver))
        assert right.slept == []


def _take_calls(path: Path, count: int) -> list[float]:
    hundred_a_second = replace(LIMITS.unlimited(), requests_per_second=100.0)
    place = Place("comtrade", "h", False, hundred_a_second)
    now = NOON.timestamp()
    with Allowance(path) as ledger:
        turns = [ledger.take_call(place, now) for _ in range(count)]
    return [round(turn, 4) for turn in turns if not isinstance(turn, UsedUp)]


class TestProcesses:
    def test_processes_share_one_count_and_never_one_turn(self, tmp_path: Path):
        path = tmp_path / "world" / "transport.sqlite"
        with multiprocessing.get_context("spawn").Pool(4) as pool:
            given = pool.starmap(_take_calls, [(path, 25)] * 4)
        turns = sorted(turn for turns in given for turn in turns)
        assert turns == [pytest.approx(number / 100, abs=1e-3) for number in range(100)]
        with Allowance(path) as ledger:
            assert ledger.state(PLACE, NOON.timestamp()).calls_today == 100


class TestQuota:
    @pytest.fixture
    def three(self, here: Settings) -> Settings:
        return here.model_copy(update={"daily_calls": 3})

    def test_an_exhausted_quota_is_refused_before_sending_and_names_its_renewal(
        self, httpserver: HTTPServer, three: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        with opened(three, clock) as live:
            for _ in range(3):
                live.send(question(httpserver))
            with pytest.raises(QuotaExceeded) as caught:
                live.send(question(httpserver))
        assert served(httpserver) == 3
        said = str(caught.value)
        assert f"at most 3 calls a day to localhost:{httpserver.port} without a key" in said
        assert "3 made; renewed 2026-11-22 00:00 UTC" in said
        assert caught.value.exchange is None

    def test_the_count_survives_a_restart_and_is_renewed_at_midnight_utc(
        self, httpserver: HTTPServer, three: Settings
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        evening = Clock(datetime(2026, 11, 21, 23, 59, 40, tzinfo=UTC))
        for _ in range(3):
            with opened(three, evening) as live:
                live.send(question(httpserver))
        with opened(three, evening) as live, pytest.raises(QuotaExceeded):
            live.send(question(httpserver))
        evening.sleep(30)
        with opened(three, evening) as live:
            live.send(question(httpserver))
            assert live.state()[0].calls_today == 1
        assert served(httpserver) == 4

    def test_a_quota_used_up_between_attempts_ends_them(
        self, httpserver: HTTPServer, three: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=503)
        with opened(three, clock) as live:
            with pytest.raises(QuotaExceeded, match="3 made"):
                live.send(question(httpserver))
            assert live.state()[0].failures == 0
        assert served(httpserver) == 3

    def test_calls_with_and_without_a_key_are_counted_apart(
        self, httpserver: HTTPServer, three: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        keyed = three.model_copy(update={"comtrade_api_key": SecretStr("k" * 32)})
        with opened(keyed, clock) as live:
            for _ in range(3):
                live.send(question(httpserver))
            live.send(question(httpserver, credential=KEYS["header"]))
            counts = [(state.keyed, state.calls_today) for state in live.state()]
        assert counts == [(False, 3), (True, 1)]

    def test_a_request_without_its_key_is_not_counted(
        self, httpserver: HTTPServer, live: Transport
    ):
        with pytest.raises(InputError):
            live.send(question(httpserver, credential=KEYS["header"]))
        assert live.state() == []

    @pytest.mark.parametrize(
        ("body", "until"),
        [
            ("Out of call volume quota. Quota will be replenished in 05:10:22.", "17:10"),
            ("Out of call volume quota. Quota will be replenished in 0.25 days.", "18:00"),
            ("Out of call volume quota.", "00:00"),
            ("Out of call volume quota. Quota will be replenished in 900.5 days.", "12:00"),
        ],
    )
    def test_the_sources_word_on_its_quota_outlives_the_process(
        self, body: str, until: str, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data(body, status=403)
        with opened(here, clock) as live, pytest.raises(QuotaExceeded) as first:
            live.send(question(httpserver))
        assert first.value.exchange is not None
        with opened(here, clock) as live, pytest.raises(QuotaExceeded, match=f"{until} UTC"):
            live.send(question(httpserver))
        assert served(httpserver) == 1
        clock.sleep(24 * 3600)
        with opened(here, clock) as live, pytest.raises(QuotaExceeded):
            live.send(question(httpserver))
        assert served(httpserver) == 2

    def test_the_published_allowances_hold_without_any_setting(
        self, settings: Settings, clock: Clock
    ):
        mock = httpx.MockTransport(lambda _: httpx.Response(200, content=b"ok"))
        with opened(settings, clock, http=mock) as live:
            for host in ("https://comtradeapi.un.org", "https://api.census.gov"):
                source = "comtrade" if "comtrade" in host else "census"
                live.send(Request(source, "x", f"{host}/x"))
            found = {(one.host, one.keyed): one.daily_calls for one in live.state()}
        assert found == {("comtradeapi.un.org", False): 1000, ("api.census.gov", False): 500}

    def test_old_days_are_forgotten(self, tmp_path: Path):
        path = tmp_path / "transport.sqlite"
        with Allowance(path) as ledger:
            for days in (0, 1, 40):
                ledger.take_call(PLACE, NOON.timestamp() + days * 86400)
        with sqlite3.connect(path) as con:
            assert con.execute("select day from calls").fetchall() == [("2026-12-31",)]


class TestBreaker:
    def fail(self, live: Transport, server: HTTPServer, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(TransientError, match="500: down"):
                live.send(question(server))

    def test_it_opens_after_n_failed_requests_in_a_row(
        self, httpserver: HTTPServer, live: Transport
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        self.fail(live, httpserver, 2)
        assert live.state()[0].breaker is Breaker.CLOSED
        self.fail(live, httpserver)
        before = served(httpserver)
        with pytest.raises(TransientError, match=r"3 failed requests in a row; asked again from"):
            live.send(question(httpserver))
        assert served(httpserver) == before
        state = live.state()[0]
        assert (state.breaker, state.failures) == (Breaker.OPEN, 3)
        assert state.asked_again_at is not None

    def test_an_answer_in_between_clears_the_failures(
        self, httpserver: HTTPServer, live: Transport
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        httpserver.expect_request("/fine").respond_with_data(b"ok")
        self.fail(live, httpserver, 2)
        live.send(question(httpserver, "/fine"))
        self.fail(live, httpserver, 2)
        assert live.state()[0].breaker is Breaker.CLOSED

    @pytest.mark.parametrize("status", [302, 400, 404, 403])
    def test_a_refusal_is_an_answer(self, status: int, httpserver: HTTPServer, live: Transport):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        httpserver.expect_request("/no").respond_with_data("no", status=status)
        self.fail(live, httpserver, 2)
        with pytest.raises(PermanentError):
            live.send(question(httpserver, "/no"))
        self.fail(live, httpserver, 2)
        assert live.state()[0].breaker is Breaker.CLOSED

    def test_it_half_opens_once_after_its_rest_also_in_another_process(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        with opened(here, clock) as live:
            self.fail(live, httpserver, 3)
        with opened(here, clock) as live, pytest.raises(TransientError, match="asked again from"):
            live.send(question(httpserver))
        before = served(httpserver)
        clock.sleep(REST_S)
        with opened(here, clock) as live:
            assert host_states(here, clock.wall)[0].breaker is Breaker.HALF_OPEN
            self.fail(live, httpserver)
            assert served(httpserver) == before + 5
            with pytest.raises(TransientError, match="4 failed requests in a row; asked again"):
                live.send(question(httpserver))
            assert served(httpserver) == before + 5

    def test_it_closes_on_success(self, httpserver: HTTPServer, live: Transport, clock: Clock):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        self.fail(live, httpserver, 3)
        httpserver.clear()
        httpserver.expect_request("/q").respond_with_data(b"ok")
        clock.sleep(REST_S)
        live.send(question(httpserver))
        state = live.state()[0]
        assert (state.breaker, state.failures) == (Breaker.CLOSED, 0)

    @pytest.mark.parametrize("end", [KeyboardInterrupt(), QuotaExceeded])
    def test_a_trying_request_that_ends_without_a_word_on_the_host_lets_another_try(
        self, end: object, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        calls = 0

        def answer(_: httpx.Request) -> httpx.Response:
            nonlocal calls
            calls += 1
            if calls == 16 and isinstance(end, BaseException):
                raise end
            return httpx.Response(500 if calls <= 15 else 200, content=b"down")

        few = (
            here if isinstance(end, BaseException) else here.model_copy(update={"daily_calls": 15})
        )
        with opened(few, clock, http=httpx.MockTransport(answer)) as live:
            self.fail(live, httpserver, 3)
            clock.sleep(REST_S)
            with pytest.raises(type(end) if isinstance(end, BaseException) else QuotaExceeded):
                live.send(question(httpserver))
        with opened(here, clock, http=httpx.MockTransport(answer)) as live:
            assert live.send(question(httpserver)).status == 200

    def test_half_open_lets_one_request_through_at_a_time(self, tmp_path: Path):
        now = NOON.timestamp()
        with Allowance(tmp_path / "a.sqlite") as ledger, Allowance(tmp_path / "a.sqlite") as other:
            for _ in range(3):
                ledger.failed(PLACE, now)
            later = now + REST_S
            assert ledger.admit(PLACE, later) is None
            refused = other.admit(PLACE, later + 1)
            assert refused is not None
            assert refused.asked_again_at is None
            ledger.released(PLACE)
            assert other.admit(PLACE, later + 2) is None
            refused = ledger.admit(PLACE, later + 3)
            assert refused is not None

    def test_a_trying_request_that_died_does_not_keep_it_open_for_ever(self, tmp_path: Path):
        now = NOON.timestamp()
        with Allowance(tmp_path / "a.sqlite") as ledger:
            for _ in range(3):
                ledger.failed(PLACE, now)
            assert ledger.admit(PLACE, now + REST_S) is None
            assert ledger.admit(PLACE, now + 2 * REST_S - 1) is not None
            assert ledger.admit(PLACE, now + 2 * REST_S) is None

    def test_an_opening_dated_by_a_clock_that_ran_ahead_does_not_last(self, tmp_path: Path):
        now = NOON.timestamp()
        with Allowance(tmp_path / "a.sqlite") as ledger:
            for _ in range(3):
                ledger.failed(PLACE, now + 400 * 86400)
            assert ledger.admit(PLACE, now) is None

    def test_a_rejected_key_is_not_asked_about_again_but_a_new_process_may(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data("no", status=401)
        for asked_by_now in (1, 2):
            with opened(here, clock) as live:
                for _ in range(3):
                    with pytest.raises(KeyRejected):
                        live.send(question(httpserver))
            assert served(httpserver) == asked_by_now

    def test_threads_that_fail_together_open_it_once(self, httpserver: HTTPServer, here: Settings):
        asked = 0

        def down(_: httpx.Request) -> httpx.Response:
            nonlocal asked
            asked += 1
            return httpx.Response(500, content=b"down")

        clock = Clock()
        failed: list[TransientError] = []

        def ask(_: int) -> None:
            try:
                live.send(question(httpserver))
            except TransientError as error:
                failed.append(error)

        with opened(here, clock, http=httpx.MockTransport(down)) as live:
            together(8, ask)
            state = live.state()[0]
        assert len(failed) == 8
        assert state.breaker is Breaker.OPEN
        assert 15 <= asked <= 8 * 5
        assert state.calls_today == asked


class TestLedger:
    def test_a_person_can_read_how_every_host_stands(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        assert host_states(here, clock.wall) == []
        httpserver.expect_request("/q").respond_with_data(b"ok")
        with opened(here, clock) as live:
            live.send(question(httpserver))
            stated = live.state()
        assert host_states(here, clock.wall) == stated
        assert stated[0].calls_today == 1
        assert stated[0].daily_calls == 1000
        assert str(stated[0].renewed_at) == "2026-11-22 00:00:00+00:00"

    def test_the_state_reads_as_one_line(
        self, httpserver: HTTPServer, here: Settings, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        with opened(here.model_copy(update={"daily_calls": 15}), clock) as live:
            for _ in range(3):
                with pytest.raises(TransientError):
                    live.send(question(httpserver))
            assert re.fullmatch(
                rf"localhost:{httpserver.port} without a key: 15 calls today, 15 allowed, renewed "
                r"11-22 00:00 UTC, used up; breaker open until 12:1\d UTC",
                str(live.state()[0]),
            )

    def test_no_file_is_made_before_something_is_asked(self, here: Settings, clock: Clock):
        with opened(here, clock):
            pass
        assert not ledger_path(here).exists()

    @pytest.mark.parametrize("damage", ["not a database", "a folder", "locked"])
    def test_a_ledger_that_cannot_be_kept_stops_the_request_and_says_so(
        self,
        damage: str,
        httpserver: HTTPServer,
        here: Settings,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ):
        path = ledger_path(here)
        path.parent.mkdir(parents=True)
        if damage == "not a database":
            path.write_bytes(b"x" * 5000)
        elif damage == "a folder":
            path.mkdir()
        else:
            monkeypatch.setattr(
                "tradeflow.sources.allowance.threshold",
                lambda name: 0.1 if name == "transport_ledger_wait_s" else threshold(name),
            )
            holder = sqlite3.connect(path, isolation_level=None)
            holder.execute("begin exclusive")
        with opened(here, clock) as live, pytest.raises(StorageError) as caught:
            live.send(question(httpserver))
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert httpserver.log == []
        if damage == "locked":
            holder.close()
