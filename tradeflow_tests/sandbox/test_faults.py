"""Faults laid over the sandbox: the stated share, repeatable, each kind as real hosts show it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import httpx
import pytest

from tradeflow.cli import main
from tradeflow.errors import InputError
from tradeflow.sandbox.faults import FAULTS, FaultyTransport
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Mode, Settings
from tradeflow.world import World
from tradeflow_tests.sandbox.asking import EXPORTS, PREVIEW, TOTAL_SLICE, WORKBOOK

AS_OF = date(2026, 2, 15)
FLOW = PREVIEW, {"reporterCode": "842", "flowCode": "X", "period": "2022", **TOTAL_SLICE}
MONTHS = (
    EXPORTS,
    {
        "get": "CTY_CODE,CTY_NAME,ALL_VAL_MO,SUMMARY_LVL",
        "time": "from 2025-01 to 2025-03",
        "key": "sandbox",
    },
)
GDP = (
    "https://api.worldbank.org/v2/country/CHN;USA/indicator/NY.GDP.MKTP.CD",
    {"format": "json", "date": "2018:2024", "per_page": "1000"},
)
PAGE = ("http://exportcontrol.mofcom.gov.cn/article/zcfg/gnzcfg/zcfggzqd/202601/1206.html", {})
SHEET = WORKBOOK, {}
QUESTIONS = {"flow": FLOW, "months": MONTHS, "gdp": GDP, "page": PAGE, "sheet": SHEET}
BROKEN = {"time_out": httpx.ReadTimeout, "reset": httpx.ReadError}


def ask(kind: str, question: tuple[str, dict]) -> httpx.Response:
    """The answer to a question with one fault laid over it for certain."""
    faulty = FaultyTransport(SandboxTransport(AS_OF), 1, kinds=(kind,))
    with httpx.Client(transport=faulty) as client:
        return client.get(question[0], params=question[1])


def clean(question: tuple[str, dict]) -> httpx.Response:
    with httpx.Client(transport=SandboxTransport(AS_OF)) as client:
        return client.get(question[0], params=question[1])


def shown(transport: httpx.BaseTransport, count: int = 400) -> list[str]:
    """What each of many questions brings: the body, or the name of the network's failure."""
    found = []
    with httpx.Client(transport=transport) as client:
        for number in range(count):
            try:
                answer = client.get("http://figures.example/", params={"n": number})
                found.append(f"{answer.status_code} {answer.text}")
            except httpx.TransportError as error:
                found.append(type(error).__name__)
    return found


def echo() -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(200, text=f"good {request.url}"))


def test_the_stated_share_of_answers_is_faulty() -> None:
    bad = [text for text in shown(FaultyTransport(echo(), 0.2)) if not text.startswith("200 good")]
    assert 55 <= len(bad) <= 105
    assert shown(FaultyTransport(echo(), 0.0)) == shown(echo())


def test_the_same_seed_makes_the_same_answers_faulty_and_another_seed_others() -> None:
    first, again, other = (shown(FaultyTransport(echo(), 0.3, seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_question_asked_again_draws_anew() -> None:
    """Retries help where the fault passes, as on real hosts."""
    faulty = FaultyTransport(echo(), 0.5)
    with httpx.Client(transport=faulty) as client:
        statuses = []
        for _ in range(40):
            try:
                statuses.append(client.get("http://figures.example/").text.startswith("good"))
            except httpx.TransportError:
                statuses.append(False)
    assert len(set(statuses)) == 2


def test_a_key_does_not_decide_which_answers_are_faulty() -> None:
    def statuses(key: str) -> list[int | str]:
        with httpx.Client(transport=FaultyTransport(echo(), 0.5, kinds=("bad_gateway",))) as client:
            return [
                client.get("http://figures.example/", params={"n": n, "key": key}).status_code
                for n in range(50)
            ]

    assert statuses("one") == statuses("another")


ROW_FAULTS = {"half_rows", "duplicated_row", "not_a_number", "doubled_values"}
GIVES_WAY = {
    "page": {"filter_ignored", *ROW_FAULTS},
    "sheet": {"wrong_charset", "filter_ignored", "renamed_field", *ROW_FAULTS},
}
"""Faults that cannot be laid over an answer: one without charset, filter or rows."""


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_alters_an_answer_or_gives_way(kind: str, name: str) -> None:
    question = QUESTIONS[name]
    if kind in BROKEN:
        with pytest.raises(BROKEN[kind]):
            ask(kind, question)
        return

    def look(answer: httpx.Response) -> tuple:
        return answer.status_code, answer.headers.get("content-type"), answer.content

    assert (look(ask(kind, question)) == look(clean(question))) is (kind in GIVES_WAY.get(name, ()))


def test_refusals_look_as_hosts_send_them() -> None:
    assert ask("rate_limit_seconds", FLOW).headers["retry-after"].isdigit()
    assert "GMT" in ask("rate_limit_date", FLOW).headers["retry-after"]
    assert ask("bad_gateway", FLOW).headers["content-type"].startswith("text/html")
    assert ask("key_page", FLOW).status_code == 401
    assert ask("nothing", FLOW).content == b""
    page = ask("page_instead", FLOW)
    assert (page.status_code, page.text[:6]) == (200, "<html>")


def test_altered_rows_state_a_count_that_fits_them() -> None:
    """So only what the rows say can give them away."""
    good = clean(FLOW).json()
    half, twice = ask("half_rows", FLOW).json(), ask("duplicated_row", FLOW).json()
    assert half["count"] == len(half["data"]) < good["count"] / 2 + 1
    assert twice["count"] == len(twice["data"]) == good["count"] + 1
    assert twice["data"][-1] == twice["data"][-2]


def test_doubled_values_fit_each_other() -> None:
    def total(answer: httpx.Response) -> tuple[int, int]:
        rows = answer.json()[1:]
        world = sum(int(row[2]) for row in rows if row[0] == "-")
        return world, len(rows)

    good, doubled = total(clean(MONTHS)), total(ask("doubled_values", MONTHS))
    assert doubled == (good[0] * 2, good[1])


def test_a_field_is_renamed_in_every_row() -> None:
    good, bad = clean(FLOW).json()["data"], ask("renamed_field", FLOW).json()["data"]
    (lost,) = set(good[0]) - set(bad[0])
    assert {tuple(sorted(row)) for row in bad} == {tuple(sorted({*good[0], f"{lost}New"} - {lost}))}
    assert b'class="art-con"' not in ask("renamed_field", PAGE).content


def test_a_number_becomes_none_that_json_knows() -> None:
    text = ask("not_a_number", FLOW).text
    assert "NaN" in text
    assert json.loads(text)["count"] == clean(FLOW).json()["count"]


def test_another_question_is_answered_where_a_filter_is_ignored() -> None:
    assert {row["flowCode"] for row in ask("filter_ignored", FLOW).json()["data"]} == {"M"}
    assert ask("filter_ignored", MONTHS).json() != clean(MONTHS).json()
    assert ask("filter_ignored", GDP).json() != clean(GDP).json()


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        FaultyTransport(echo(), share)


def test_an_unknown_fault_is_named() -> None:
    with pytest.raises(InputError, match=r"'earthquake'.*time_out"):
        FaultyTransport(echo(), 0.1, kinds=("earthquake",))


def test_a_world_lays_faults_over_the_sandbox_when_the_setting_says_so(settings: Settings) -> None:
    def world(**changes: object) -> World:
        return World(settings.model_copy(update={"sources": Mode.SANDBOX, **changes}))

    assert isinstance(world().open_transport(AS_OF), SandboxTransport)
    faulty = world(faults=0.2, faults_seed=3).open_transport(AS_OF)
    assert isinstance(faulty, FaultyTransport)
    assert (faulty.share, faulty.seed) == (0.2, "3 2026-02-15")


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.REPLAY])
def test_faults_outside_the_sandbox_are_refused(settings: Settings, mode: Mode) -> None:
    with pytest.raises(InputError, match="sandbox alone"):
        World(
            settings.model_copy(update={"sources": mode, "faults": 0.2}),
            clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
        )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--sources", "live", "--faults", "0.2"], "sandbox"), (["--faults", "2"], "FAULTS")],
)
def test_the_command_refuses_faults_it_cannot_make(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(settings.home)
    monkeypatch.setattr("sys.argv", ["tradeflow", "run", "--week", "2026-W07", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert said in capsys.readouterr().err
