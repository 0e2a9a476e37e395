"""The sources in use, by their short names, in the order layers are shown."""

from __future__ import annotations

from tradeflow.errors import InputError
from tradeflow.sources.base import Source
from tradeflow.sources.census import Census
from tradeflow.sources.comtrade import Comtrade
from tradeflow.sources.mofcom import Mofcom
from tradeflow.sources.ots import OpenTradeStatistics
from tradeflow.sources.usgs import Usgs
from tradeflow.sources.worldbank import WorldBank

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (Comtrade(), Census(), WorldBank(), OpenTradeStatistics(), Mofcom(), Usgs())
}


def source(name: str) -> Source:
    """The source of that short name.

    Raises:
        InputError: there is none; the message lists those there are.
    """
    try:
        return SOURCES[name]
    except KeyError:
        raise InputError(f"source {name!r} is unknown; known: {', '.join(SOURCES)}") from None
