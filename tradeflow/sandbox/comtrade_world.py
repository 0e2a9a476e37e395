"""Annual goods trade by reporter, flow, year and partner in the bundled world.

2022 is real (USA, CHN, DEU). 2023 and 2024 (Taiwan as 490, USA, CHN, JPN, KOR) are
reconstructed so that the two years together give the published top twenty, total, CR3, HHI
and number of partners. How a year is told apart from the other:

* trade between the US and CHN, DEU, JPN, KOR or Taiwan, seen from either side, moves as the
  US Census annual totals did (first published 2023 and 2024 values);
* CHN's exports to VNM in 2024 are 161.8 bn USD (China customs);
* the other partners share what is left of the reporter's total, which grows as
  `comtrade_reporters.csv` states (rounded national figures), each deviating by about
  `_DEVIATION` of its two-year sum at most, drawn from a hash of reporter, flow and partner;
  the deviations cancel out over the reporter's partners.

Not here: rows, fields and filters of the API (`comtrade.py`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from tradeflow.sandbox.comtrade_tail import Tail, solve_tail
from tradeflow.sandbox.world_data import release_days, rows

WORLD = "0"
_USA, _CHINA, _VIETNAM = "842", "156", "704"
_CENSUS_CODES = {"156": "5700", "276": "4280", "392": "5880", "410": "5800", "490": "5830"}
_CHINA_TO_VIETNAM_2024 = Decimal(161_800_000_000)
_DEVIATION = 0.015
_CENT = Decimal("0.01")


def is_reconstructed(year: str) -> bool:
    """Whether the year's values are computed here rather than copied from the source."""
    return year != "2022"


def years(as_of: date) -> list[str]:
    """Years public on `as_of`, oldest first."""
    return sorted(year for year, day in release_days("comtrade").items() if day <= as_of)


def reporters(year: str) -> list[str]:
    """Codes of the reporters with data for the year, in numeric order."""
    codes = {row["reporter_code"] for row in rows(_table(year))}
    return sorted(codes, key=int)


@lru_cache(maxsize=64)
def flow_values(reporter: str, flow: str, year: str) -> Mapping[str, Decimal]:
    """Partner code → USD, World (`0`) first and then by partner code; empty when not reported.

    Partners add up to World exactly; in 2022, which is as the source sent it, to a cent.
    """
    if reporter not in reporters(year):
        return {}
    if is_reconstructed(year):
        partners = _split(reporter, flow)[0 if year == "2023" else 1]
        values = {WORLD: sum(partners.values(), Decimal(0)), **partners}
    else:
        values = dict(_real_2022()[reporter, flow])
    return {code: values[code] for code in sorted(values, key=int)}


def _table(year: str) -> str:
    return "comtrade_top20_sums" if is_reconstructed(year) else "comtrade_2022"


@lru_cache(maxsize=1)
def _real_2022() -> Mapping[tuple[str, str], Mapping[str, Decimal]]:
    values: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for row in rows("comtrade_2022"):
        key = row["reporter_code"], row["flow"]
        values[key][row["partner_code"]] = Decimal(row["value_usd"])
    return values


@lru_cache(maxsize=1)
def _published() -> Mapping[tuple[str, str], Mapping[str, Decimal]]:
    """(reporter, flow) → top twenty partners' two-year sums, largest first."""
    values: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for row in rows("comtrade_top20_sums"):
        key = row["reporter_code"], row["flow"]
        values[key][row["partner_code"]] = Decimal(row["value_usd_2023_2024"])
    return values


@lru_cache(maxsize=8)
def _stated(reporter: str) -> Mapping[str, str]:
    return next(row for row in rows("comtrade_reporters") if row["reporter_code"] == reporter)


@lru_cache(maxsize=8)
def export_tail(reporter: str) -> Tail:
    """The tail of the reporter's exports; its imports have no published HHI and follow it."""
    stated = _stated(reporter)
    return solve_tail(
        [float(value) for value in _published()[reporter, "X"].values()],
        int(stated["partner_count"]),
        float(stated["hhi"]),
        float(stated["cr3_pct"]),
    )


@lru_cache(maxsize=16)
def two_year_sums(reporter: str, flow: str) -> Mapping[str, Decimal]:
    """Partner code → USD of 2023 and 2024 together: the published twenty, then the tail."""
    published = _published()[reporter, flow]
    size = int(_stated(reporter)["partner_count"]) - len(published)
    last = float(list(published.values())[-1])
    tail = [
        Decimal(repr(last * share)).quantize(_CENT) for share in export_tail(reporter).shares(size)
    ]
    return {**published, **dict(zip(_tail_partners(reporter, flow, size), tail, strict=True))}


def _tail_partners(reporter: str, flow: str, size: int) -> list[str]:
    """Partners of the tail by their size in 2022: the reporter's own list, then everyone's."""
    everyone: dict[str, Decimal] = defaultdict(Decimal)
    for (_, other_flow), values in _real_2022().items():
        if other_flow == flow:
            for code, value in values.items():
                everyone[code] += value
    own = _real_2022().get((reporter, flow), {})
    taken = {WORLD, reporter, *_published()[reporter, flow]}
    ranked = [
        *sorted(own, key=lambda code: (-own[code], int(code))),
        *sorted(everyone, key=lambda code: (-everyone[code], int(code))),
    ]
    return [code for code in dict.fromkeys(ranked) if code not in taken][:size]


@lru_cache(maxsize=16)
def _split(reporter: str, flow: str) -> tuple[Mapping[str, Decimal], Mapping[str, Decimal]]:
    """The two-year sums as (2023, 2024); 2024 in cents, 2023 the exact remainder."""
    sums = two_year_sums(reporter, flow)
    fixed: dict[str, Decimal] = {}
    for partner, value in sums.items():
        share = _us_census_share(reporter, flow, partner)
        if share is not None:
            fixed[partner] = (value * share).quantize(_CENT)
    if (reporter, flow) == (_CHINA, "X"):
        fixed[_VIETNAM] = _CHINA_TO_VIETNAM_2024

    growth = _stated(reporter)["exports_growth_pct" if flow == "X" else "imports_growth_pct"]
    factor = 1 + Decimal(growth) / 100
    total = sum(sums.values(), Decimal(0))
    left = total * factor / (1 + factor) - sum(fixed.values(), Decimal(0))
    free = {
        partner: _deviation(reporter, flow, partner) for partner in sums if partner not in fixed
    }
    free_total = sum((sums[partner] for partner in free), Decimal(0))
    drift = sum((sums[partner] * free[partner] for partner in free), Decimal(0))
    base = (left - drift) / free_total
    second = fixed | {
        partner: (sums[partner] * (base + deviation)).quantize(_CENT)
        for partner, deviation in free.items()
    }
    return {partner: value - second[partner] for partner, value in sums.items()}, second


def _us_census_share(reporter: str, flow: str, partner: str) -> Decimal | None:
    """2024's share of a two-year flow between the US and a partner Census totals cover."""
    if reporter == _USA:
        other, column = partner, "exports_musd" if flow == "X" else "imports_musd"
    elif partner == _USA:
        other, column = reporter, "imports_musd" if flow == "X" else "exports_musd"
    else:
        return None
    if other not in _CENSUS_CODES:
        return None
    first: dict[str, Mapping[str, str]] = {}
    for row in sorted(rows("census_years"), key=lambda row: row["first_seen"]):
        if row["census_code"] == _CENSUS_CODES[other]:
            first.setdefault(row["year"], row)
    before, after = Decimal(first["2023"][column]), Decimal(first["2024"][column])
    return after / (before + after)


def _deviation(reporter: str, flow: str, partner: str) -> Decimal:
    digest = hashlib.sha256(f"{reporter}|{flow}|{partner}".encode()).digest()
    unit = int.from_bytes(digest[:4], "big") / 0xFFFFFFFF
    return Decimal(repr(round((2 * unit - 1) * _DEVIATION, 9)))
