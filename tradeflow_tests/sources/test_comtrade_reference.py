"""Comtrade's reference lists: one cut short is refused also where nothing earlier is known."""

from __future__ import annotations

import json
from datetime import date

import httpx
import pytest

from tradeflow.answers import Request
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Settings
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.registry import SOURCES
from tradeflow_tests.sources.conftest import answer_to

COMTRADE = SOURCES["comtrade"]
AS_OF = date(2026, 2, 15)


def reference(kind: str, settings: Settings) -> tuple[Request, dict]:
    request = next(
        one for one in COMTRADE.requests(AS_OF, settings) if one.context.get("kind") == kind
    )
    with httpx.Client(transport=SandboxTransport(AS_OF)) as client:
        return request, json.loads(client.get(request.url).content.decode("utf-8-sig"))


@pytest.mark.parametrize(
    ("kind", "things"), [("reporters", "areas"), ("partners", "areas"), ("commodities", "chapters")]
)
def test_half_a_list_is_refused(kind: str, things: str, settings: Settings) -> None:
    request, stated = reference(kind, settings)
    assert COMTRADE.parse(answer_to(request, json.dumps(stated))).row_count
    stated["results"] = stated["results"][: len(stated["results"]) // 2]
    with pytest.raises(IncompleteAnswer, match=f"at least .* {things}"):
        COMTRADE.parse(answer_to(request, json.dumps(stated)))


@pytest.mark.parametrize("kind", ["reporters", "partners", "commodities"])
def test_a_field_of_another_type_is_named(kind: str, settings: Settings) -> None:
    request, stated = reference(kind, settings)
    stated["results"][0]["text"] = ["World"]
    with pytest.raises(ChangedShape) as caught:
        COMTRADE.parse(answer_to(request, json.dumps(stated)))
    assert caught.value.field == "text"
