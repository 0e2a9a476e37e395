"""The Comtrade layer over weeks: what its list of releases lets it ask, keep, carry and fail."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tradeflow import reference
from tradeflow.answers import Request
from tradeflow.ingest import Ingest, Ingested, LayerWeekFailed
from tradeflow.periods import Week
from tradeflow.settings import Mode, Settings
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse

from .comtrade_given import COMTRADE, body, entries, host_answer, release

W6, W7 = Week(2026, 6), Week(2026, 7)
MAIN = [one.comtrade_code for one in reference.main_partners()]
CODE = reference.controlled_hs6()[0]
PARTNERS = [*MAIN, *(str(code) for code in range(1000, 1000 + 160 - len(MAIN)))]
TRADE = {
    ("0", "TOTAL"): 1600,
    ("0", "85"): 1600,
    ("0", CODE): 20,
    ("156", CODE): 15,
    ("490", CODE): 5,
    **{(partner, "TOTAL"): 10 for partner in PARTNERS},
    **{(partner, "85"): 10 for partner in MAIN},
}
LISTS = {
    "Reporters.json": "reporters",
    "partnerAreas.json": "partners",
    "HS.json": "commodities",
}


class SmallHost(httpx.BaseTransport):
    """UN Comtrade with two reporters' year 2023; everything may be changed between weeks."""

    def __init__(self) -> None:
        self.released = {"842": "2024-06-13T10:13:44", "490": "2024-05-01T00:00:00"}
        self.status = {"lists": 200, "releases": 200, "totals": 200, "commodities": 200}
        self.trade: dict[tuple[str, str], int] = dict(TRADE)
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        *_, folder, name = request.url.path.split("/")
        params = tuple(request.url.params.items())
        asked = dict(params)
        if folder == "reference":
            self.asked.append(name)
            return httpx.Response(self.status["lists"], json={"results": entries(LISTS[name])})
        if "getDA" in request.url.path:
            self.asked.append("releases")
            # The other reporters have released nothing since 2021.
            rows = [
                release(int(code), 2023, lastReleased=self.released[code])
                if code in self.released
                else release(int(code), 2021)
                for code in asked["reporterCode"].split(",")
            ]
            return httpx.Response(self.status["releases"], text=body(rows))
        self.asked.append(asked["reporterCode"])
        text = host_answer(Request("comtrade", "", "", params=params), self.trade)
        text = text.replace('"reporterCode": 842', f'"reporterCode": {asked["reporterCode"]}')
        text = text.replace('"flowCode": "M"', f'"flowCode": "{asked["flowCode"]}"')
        what = "totals" if asked["cmdCode"] == "TOTAL" else "commodities"
        return httpx.Response(self.status[what], text=text)


class Layer:
    """The layer in an empty world, asked week by week."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.host = SmallHost()
        self.archive = Archive(folder / "archive")
        # With a key the questions are few and large.
        settings = settings.model_copy(
            update={"sources": Mode.SANDBOX, "comtrade_api_key": SecretStr("sandbox-key")}
        )
        self._ingest = Ingest(
            settings,
            self.archive,
            Warehouse(folder / "warehouse.duckdb"),
            lambda: datetime(2026, 6, 1, tzinfo=UTC),
            lambda _: self.host,
        )

    def ingest(self, week: Week) -> Ingested:
        self.host.asked.clear()
        return self._ingest.layer_week(COMTRADE, week)

    def trade(self, week: Week) -> dict[str, str]:
        """Stored answer by question, of the data alone."""
        manifest = self.archive.manifest("comtrade", week)
        assert manifest is not None
        return {one.request.key: one.response_id for one in manifest.entries if one.request.group}


@pytest.fixture
def layer(settings: Settings, tmp_path: Path) -> Layer:
    return Layer(settings, tmp_path)


def test_a_week_is_the_lists_and_everything_they_call_for(layer: Layer):
    first = layer.ingest(W6)
    # Two reporters, five questions on imports and four on exports; the lists themselves.
    assert (first.answers, first.carried_forward) == (4 + 2 * (5 + 4), 0)
    assert layer.host.asked.count("842") == layer.host.asked.count("490") == 9


def test_an_unchanged_dataset_is_not_asked_again(layer: Layer):
    layer.ingest(W6)
    again = layer.ingest(W7)
    assert layer.host.asked.count("842") == layer.host.asked.count("490") == 0
    assert (again.answers, again.carried_forward) == (22, 0)
    assert layer.trade(W7) == layer.trade(W6)


def test_a_new_release_is_asked_for_that_reporter_alone(layer: Layer):
    layer.ingest(W6)
    layer.host.released["842"] = "2026-02-10T00:00:00"
    layer.host.trade = {key: value + (key[0] == "0") for key, value in TRADE.items()}
    layer.ingest(W7)
    assert layer.host.asked.count("842") == 9
    assert layer.host.asked.count("490") == 0


def test_without_the_list_the_data_stand_as_they_were_last_asked(layer: Layer):
    layer.ingest(W6)
    layer.host.status["releases"] = 404
    week = layer.ingest(W7)
    assert week.carried_forward == 1
    assert layer.host.asked.count("842") == 0
    assert layer.trade(W7) == layer.trade(W6)


def test_without_the_list_and_without_an_earlier_one_the_layer_fails_by_its_error(layer: Layer):
    layer.host.status["releases"] = 404
    with pytest.raises(LayerWeekFailed, match=r"datasets released by reporters .*status.*404"):
        layer.ingest(W6)
    assert layer.archive.manifest("comtrade", W6) is None


def test_a_release_that_does_not_add_up_leaves_the_last_one_standing(layer: Layer):
    """Promise 3: totals, chapters and codes of one reporter, flow and year move together."""
    layer.ingest(W6)
    layer.host.released["842"] = "2026-02-10T00:00:00"
    layer.host.trade[("0", "85")] = 1540
    week = layer.ingest(W7)
    assert week.carried_forward > 0
    assert layer.trade(W7) == layer.trade(W6)


def test_a_release_that_moves_a_closed_year_is_held_for_a_person(layer: Layer):
    """CHK-REVISION."""
    layer.ingest(W6)
    layer.host.released["842"] = "2026-02-10T00:00:00"
    layer.host.trade = {key: value * 2 for key, value in TRADE.items()}
    reasons = " ".join(held.reason for held in layer.ingest(W7).held)
    assert "total of USA X 2023: expected 1600 within" in reasons
    assert "total of USA M 2023: expected 1600 within" in reasons
    assert layer.trade(W7) == layer.trade(W6)


def test_a_year_no_longer_listed_is_no_longer_asked(layer: Layer):
    """The check CHK-RELEASES names it."""
    layer.ingest(W6)
    del layer.host.released["490"]
    assert layer.ingest(W7).answers == 13


def test_where_a_days_calls_run_out_the_totals_stand_and_the_rest_is_asked_later(layer: Layer):
    """A first fetch may take more calls than a day has."""
    layer.host.status["commodities"] = 403
    first = layer.ingest(W6)
    assert (first.answers, first.unanswered) == (4 + 2 * 2 * 2, 2 * (3 + 2))
    layer.host.status["commodities"] = 200
    second = layer.ingest(W6)
    assert (second.answers, second.unanswered) == (22, 0)
    assert layer.host.asked.count("842") == 5


def test_the_layer_stands_without_its_reference_lists(layer: Layer):
    layer.host.status["lists"] = 404
    week = layer.ingest(W6)
    assert (week.answers, week.unanswered) == (19, 3)


def test_without_totals_the_layer_fails(layer: Layer):
    layer.host.status["totals"] = 404
    with pytest.raises(LayerWeekFailed, match="all partners: status"):
        layer.ingest(W6)


def test_codes_that_do_not_add_up_leave_the_totals_alone(layer: Layer):
    layer.host.trade["156", CODE] = 1
    week = layer.ingest(W6)
    # World and partners of the codes of two reporters, imports alone.
    assert (week.answers, week.unanswered) == (22 - 4, 4)
    layer.host.trade["156", CODE] = 15
    assert layer.ingest(W7).answers == 22
