"""What a host may still be asked stands in the metadata of its layer (promise 8)."""

from __future__ import annotations

import httpx

from tradeflow.answers import Request
from tradeflow.orchestration.raw import hosts_of
from tradeflow.settings import Settings
from tradeflow.sources.transport import Transport
from tradeflow.world import World


def test_the_metadata_of_a_layer_states_its_hosts_calls_and_breaker(settings: Settings) -> None:
    world = World(settings)
    assert hosts_of(world, "census") == []
    answering = httpx.MockTransport(lambda _: httpx.Response(200, content=b"ok"))
    with Transport(settings, http=answering, sleep=lambda _: None) as live:
        live.send(Request("census", "x", "https://api.census.gov/x"))
        live.send(Request("ots", "x", "https://api.tradestatistics.io/x"))
    (line,) = hosts_of(world, "census")
    assert line.startswith("api.census.gov without a key: 1 calls today, 500 allowed, renewed ")
    assert line.endswith("; breaker closed")
