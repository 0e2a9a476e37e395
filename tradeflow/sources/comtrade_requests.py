"""The questions put to UN Comtrade, and how a question too large is cut into smaller ones.

Here: addresses, parameters, batches, the parts of a capped request. Not here: reading answers
(`comtrade_records.py`, `comtrade_reference.py`, `comtrade_releases.py`), or which reporter-years
exist (the source's own list of releases says so).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tradeflow import reference
from tradeflow.answers import Credential, Request
from tradeflow.settings import Settings
from tradeflow.thresholds import threshold

SOURCE = "comtrade"
FIRST_YEAR = 2022
FLOWS = {"X": "exports", "M": "imports"}
SLICE = (("partner2Code", "0"), ("motCode", "0"), ("customsCode", "C00"))
"""Every second partner, transport and procedure together: without these, breakdown rows multiply
a flow."""
WORLD = "0"
CHAPTERS = "AG2"
"""Comtrade's name for all two-digit HS codes in `cmdCode`."""

RELEASES = "releases"
AREA_LISTS = {"reporters": "Reporters", "partners": "partnerAreas"}
"""List in `comtrade__areas` -> its file under `files/v1/app/reference`."""
COMMODITIES = "commodities"
DATA = "data"
DOWNLOAD = "download"
"""What a request is for, in `about` under `kind`; a download is a user's file of totals."""

TOTAL_PARTNERS = "total"
TOTAL_WORLD = "total_world"
HS2 = "chapters"
HS6_PARTNERS = "codes"
HS6_WORLD = "codes_world"
"""What a data request covers, in `about` under `scope`."""
HS6 = (HS6_PARTNERS, HS6_WORLD)
PART = "part"
"""In `about` of a request that is a part of a larger one."""

_KEYED, _PREVIEW = "data/v1/get", "public/v1/preview"
_KEY = Credential("header", "Ocp-Apim-Subscription-Key", "comtrade_api_key")


def releases_request(settings: Settings, last_year: str, as_of: str) -> Request:
    """Which datasets each reporter has released; needs no key.

    Asked for all years at once, so that the question stays the same from year to year and an
    earlier answer can stand in. Source: `public/v1/getDA` as `comtradeapicall` asks it.

    Args:
        last_year: newest year worth asking data for.
        as_of: day (ISO) after which a first release is not known yet.
    """
    reporters = ",".join(economy.comtrade_code for economy in reference.reporters())
    return Request(
        source=SOURCE,
        label=f"datasets released by reporters {reporters}",
        url=f"{settings.comtrade_url}/public/v1/getDA/C/A/HS",
        params=(("reporterCode", reporters),),
        about=(
            ("kind", RELEASES),
            ("access", "preview" if settings.comtrade_api_key is None else "keyed"),
            ("last_year", last_year),
            ("as_of", as_of),
        ),
    )


def reference_requests(settings: Settings) -> list[Request]:
    """The reference files: reporters, partner areas, HS codes."""
    files = {**AREA_LISTS, COMMODITIES: "HS"}
    return [
        Request(
            source=SOURCE,
            label=f"reference list of {kind}",
            url=f"{settings.comtrade_url}/files/v1/app/reference/{file}.json",
            about=(("kind", kind),),
        )
        for kind, file in files.items()
    ]


def data_requests(listing: Request, released: Sequence[tuple[str, str, str]]) -> list[Request]:
    """Everything asked of the reporter-years that the list of releases names.

    All totals come first, then chapters, then codes: where a day's calls run out, what the layer
    cannot stand without has been asked.

    Args:
        listing: the request for that list; says where and whether with a key.
        released: reporter, year and the source's own stamp of the dataset's last release.
    """
    requests = [
        request
        for reporter, year, stamp in released
        for flow in FLOWS
        for request in _Asked(listing, reporter, flow, year, stamp).requests()
    ]
    order = (TOTAL_PARTNERS, TOTAL_WORLD, HS2, HS6_WORLD, HS6_PARTNERS)
    return sorted(requests, key=lambda request: order.index(request.context["scope"]))


def parts_of(request: Request) -> list[Request]:
    """Two requests that together answer a capped one; empty when it cannot be cut.

    HS6 is cut by codes first, everything else by partners; all partners are those of Comtrade's
    reference, so a partner the reference does not know shows as a sum below World's.
    """
    if request.context.get("kind") != DATA:
        return []
    asked = dict(request.params)
    codes = asked["cmdCode"].split(",")
    if len(codes) > 1:
        return [_narrowed(request, "cmdCode", half) for half in _halves(codes)]
    if "partnerCode" in asked:
        partners = asked["partnerCode"].split(",")
    else:
        partners = list(reference.comtrade_areas())
    if len(partners) < 2:
        return []
    return [_narrowed(request, "partnerCode", half) for half in _halves(partners)]


class _Asked:
    """One reporter, flow and year under one release."""

    def __init__(
        self, listing: Request, reporter: str, flow: str, year: str, released: str
    ) -> None:
        self._keyed = listing.context["access"] == "keyed"
        base = listing.url.removesuffix("/public/v1/getDA/C/A/HS")
        self._url = f"{base}/{_KEYED if self._keyed else _PREVIEW}/C/A/HS"
        self._slice = (reporter, flow, year)
        self._released = released

    def requests(self) -> Iterator[Request]:
        """Totals, chapters with the main partners, controlled codes; in batches without a key.

        Of imports of a code every supplier is asked, of exports the world alone: who sells is what
        supply depends on, and the buyers of a code would double the questions.
        """
        yield self.request(TOTAL_PARTNERS, ("TOTAL",), ())
        yield self.request(TOTAL_WORLD, ("TOTAL",), (WORLD,))
        partners = [WORLD, *(economy.comtrade_code for economy in reference.main_partners())]
        for batch in self._batches(partners, "comtrade_hs2_partners_per_preview"):
            yield self.request(HS2, (CHAPTERS,), batch)
        codes = reference.controlled_hs6()
        yield self.request(HS6_WORLD, codes, (WORLD,))
        if self._slice[1] == "M":
            for batch in self._batches(codes, "comtrade_hs6_per_preview"):
                yield self.request(HS6_PARTNERS, batch, ())

    def _batches(self, values: Sequence[str], limit: str) -> list[tuple[str, ...]]:
        size = len(values) if self._keyed else int(threshold(limit))
        return [tuple(values[start : start + size]) for start in range(0, len(values), size)]

    def request(self, scope: str, commodities: Sequence[str], partners: Sequence[str]) -> Request:
        """A data request; no partners means all of them, World among them."""
        reporter, flow, year = self._slice
        what = "" if scope.startswith(TOTAL_PARTNERS) else f"{_shown(commodities)} with "
        whom = "World" if partners == (WORLD,) else _shown(partners) or "all partners"
        return Request(
            source=SOURCE,
            label=f"{FLOWS[flow]} of {reporter} ({_name(reporter)}) in {year}, {what}{whom}",
            url=self._url,
            params=(
                ("reporterCode", reporter),
                ("flowCode", flow),
                ("period", year),
                *((("partnerCode", ",".join(partners)),) if partners else ()),
                ("cmdCode", ",".join(commodities)),
                *SLICE,
                ("includeDesc", "true"),
            ),
            credential=_KEY if self._keyed else None,
            group=f"{reporter}-{flow}-{year}{'-HS6' if scope in HS6 else ''}",
            about=(("kind", DATA), ("scope", scope), ("released", self._released)),
        )


def _narrowed(request: Request, name: str, values: Sequence[str]) -> Request:
    """The request for some of its values only."""
    others = tuple(pair for pair in request.params if pair[0] != name)
    label = request.label.split(" [")[0]
    return replace(
        request,
        label=f"{label} [{name} {values[0]}…{values[-1]}, {len(values)} of them]",
        params=(*others[:3], (name, ",".join(values)), *others[3:]),
        about=(*(pair for pair in request.about if pair[0] != PART), (PART, "true")),
    )


def _halves(values: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    middle = (len(values) + 1) // 2
    return values[:middle], values[middle:]


def _shown(values: Sequence[str]) -> str:
    if len(values) > 6:
        return f"{len(values)} codes"
    return ", ".join(values).replace(CHAPTERS, "HS chapters")


def _name(reporter: str) -> str:
    names = {economy.comtrade_code: economy.name_en for economy in reference.reporters()}
    return names.get(reporter, "unknown")
