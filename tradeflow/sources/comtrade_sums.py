"""Whether the answers about one reporter, flow and year add up, and the totals they state.

Partners are held against World, chapters against the total, and the partners of each six-digit
code against World's row of that code: a cut, multiplied or mixed answer shows as a sum that
does not fit. Not here: rows of a single answer (`comtrade_records.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import polars as pl

from tradeflow import reference
from tradeflow.answers import Request
from tradeflow.sources.base import Total
from tradeflow.sources.comtrade_records import Columns
from tradeflow.sources.comtrade_requests import (
    HS2,
    HS6_PARTNERS,
    HS6_WORLD,
    TOTAL_PARTNERS,
    TOTAL_WORLD,
    WORLD,
)
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.thresholds import threshold

GROUPS = frozenset({WORLD, "97", "975"})
"""Codes that repeat the trade of others. 490 is a group in Comtrade's reference yet is Taiwan."""

_Values = dict[tuple[str, str], Decimal]
"""(partner, commodity) -> value in USD."""


def audit_flow(parsed: Mapping[Request, pl.DataFrame]) -> None:
    """Hold all answers about one reporter, flow and year against each other.

    Nothing is held against an answer that was not asked for; both totals empty is a year not
    published.

    Raises:
        IncompleteAnswer: sums differ beyond the tolerance, partners are too few, or one of two
            answers that belong together is empty.
        ChangedShape: two parts of one question tell the same key.
    """
    scopes: dict[str, dict[Request, pl.DataFrame]] = defaultdict(dict)
    for request, frame in parsed.items():
        scopes[request.context.get("scope", "")][request] = frame
    totals: _Values = {}
    if TOTAL_PARTNERS in scopes and TOTAL_WORLD in scopes:
        totals = _check_totals(scopes[TOTAL_PARTNERS], scopes[TOTAL_WORLD])
    if HS2 in scopes and totals:
        _check_chapters(scopes[HS2], totals)
    if HS6_PARTNERS in scopes and HS6_WORLD in scopes:
        _check_codes(scopes[HS6_PARTNERS], scopes[HS6_WORLD])


def check_download(request: Request, columns: Columns) -> None:
    """Hold each reporter, flow and year of a download against its own World row.

    Raises:
        IncompleteAnswer: there is none, partners are too few, or they do not add up to it.
    """
    slices: dict[tuple[str | None, ...], dict[str, Decimal]] = defaultdict(dict)
    fields = ("reporterCode", "flowCode", "period", "partnerCode", "primaryValue")
    for *name, partner, value in zip(*(columns[field] for field in fields), strict=True):
        slices[tuple(name)][partner or ""] = Decimal(value or "NaN")
    for slice_name, values in slices.items():
        if WORLD not in values:
            shown = "/".join(map(str, slice_name))
            raise IncompleteAnswer(request, "partnerCode", f"a World row (0) for {shown}", "none")
        _check_partners(request, values, values[WORLD])


def totals_of(frame: pl.DataFrame) -> dict[str, Total]:
    """What one answer says of closed years.

    Goods trade in total as World's value (the partners' sum where World was not asked), chapters
    per partner, six-digit codes together as World's; codes by partner state no total of a year.
    """
    groups: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(dict)
    counts: dict[tuple[str, ...], int] = defaultdict(int)
    names = ("reporterCode", "flowCode", "period", "partnerCode", "cmdCode", "primaryValue")
    rows = list(frame.select(names).iter_rows())
    only_world = {row[3] for row in rows} <= {WORLD}
    key: tuple[str, ...]
    for reporter, flow, year, partner, commodity, value in rows:
        if commodity == "TOTAL":
            key, part = (reporter, flow, year), partner
        elif len(commodity) == 2:
            key, part = (reporter, flow, year, f"HS2 with {partner}"), commodity
        elif only_world:
            key, part = (reporter, flow, year, "HS6"), commodity
        else:
            continue
        groups[key][part] = Decimal(value)
        counts[key] += 1
    return {_total_key(key): Total(_total(values), counts[key]) for key, values in groups.items()}


def _total(values: Mapping[str, Decimal]) -> Decimal:
    if WORLD in values:
        return values[WORLD]
    return sum((value for part, value in values.items() if part not in GROUPS), Decimal(0))


def _total_key(key: tuple[str, ...]) -> str:
    reporter, *rest = key
    return " ".join((_iso3().get(reporter, reporter), *rest))


def _iso3() -> dict[str, str]:
    return {economy.comtrade_code: economy.iso3 for economy in reference.reporters()}


def _check_totals(
    of_partners: Mapping[Request, pl.DataFrame], of_world: Mapping[Request, pl.DataFrame]
) -> _Values:
    request = next(iter(of_partners))
    values, worlds = _united(of_partners), _united(of_world)
    if not values and not worlds:
        return {}
    if not values or not worlds:
        empty, full = ("partners", "World") if not values else ("World", "partners")
        raise IncompleteAnswer(request, "data", f"rows for {empty}, as for {full}", "no rows")
    world = worlds.get((WORLD, "TOTAL"))
    if world is None:
        raise IncompleteAnswer(request, "partnerCode", "the World row (0)", "none")
    if values.get((WORLD, "TOTAL"), world) != world:
        raise IncompleteAnswer(
            request,
            "primaryValue",
            f"the same World in both answers ({world})",
            values[WORLD, "TOTAL"],
        )
    _check_partners(request, {partner: value for (partner, _), value in values.items()}, world)
    return values | worlds


def _check_partners(request: Request, values: Mapping[str, Decimal], world: Decimal) -> None:
    partners = [value for code, value in values.items() if code not in GROUPS]
    least = int(threshold("comtrade_min_partners"))
    if len(partners) < least:
        raise IncompleteAnswer(request, "data", f"at least {least} partners", len(partners))
    total = sum(partners, Decimal(0))
    if _differs(total, world, "comtrade_partner_sum_tolerance_pct"):
        raise IncompleteAnswer(
            request, "primaryValue", f"partners adding up to World's {world}", total
        )


def _check_chapters(answers: Mapping[Request, pl.DataFrame], totals: _Values) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (partner, _), value in _united(answers).items():
        sums[partner] += value
    for request in answers:
        for partner in dict(request.params)["partnerCode"].split(","):
            total = totals.get((partner, "TOTAL"), Decimal(0))
            if _differs(sums[partner], total, "comtrade_chapter_sum_tolerance_pct"):
                raise IncompleteAnswer(
                    request,
                    "primaryValue",
                    f"chapters with {partner} adding up to its total of {total}",
                    sums[partner],
                )


def _check_codes(
    of_partners: Mapping[Request, pl.DataFrame], of_world: Mapping[Request, pl.DataFrame]
) -> None:
    values = _united(of_partners)
    worlds = {code: value for (_, code), value in _united(of_world).items()}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (partner, code), value in values.items():
        if partner not in GROUPS:
            sums[code] += value
    for code, request in _codes_asked_of_all(of_partners).items():
        world = worlds.get(code, Decimal(0))
        if values.get((WORLD, code), world) != world:
            raise IncompleteAnswer(
                request,
                "primaryValue",
                f"the same World in both answers of {code} ({world})",
                values[WORLD, code],
            )
        if _differs(sums[code], world, "comtrade_partner_sum_tolerance_pct"):
            raise IncompleteAnswer(
                request,
                "primaryValue",
                f"partners of {code} adding up to World's {world}",
                sums[code],
            )


def _codes_asked_of_all(answers: Iterable[Request]) -> dict[str, Request]:
    """Codes of which all partners were answered; not those a missing part leaves short."""
    asked: dict[str, set[str]] = defaultdict(set)
    requests: dict[str, Request] = {}
    everyone = set(reference.comtrade_areas())
    for request in answers:
        params = dict(request.params)
        for code in params["cmdCode"].split(","):
            asked[code] |= (
                set(params["partnerCode"].split(",")) if "partnerCode" in params else everyone
            )
            requests.setdefault(code, request)
    return {code: requests[code] for code, partners in asked.items() if partners >= everyone}


def _united(answers: Mapping[Request, pl.DataFrame]) -> _Values:
    values: _Values = {}
    for request, frame in answers.items():
        rows = frame.select("partnerCode", "cmdCode", "primaryValue").iter_rows()
        for partner, code, value in rows:
            if (partner, code) in values:
                raise ChangedShape(
                    request, "partnerCode", "one row per key", f"{partner}/{code} in two answers"
                )
            values[partner, code] = Decimal(value)
    return values


def _differs(value: Decimal, total: Decimal, tolerance: str) -> bool:
    return abs(value - total) > Decimal(str(threshold(tolerance))) / 100 * abs(total)
