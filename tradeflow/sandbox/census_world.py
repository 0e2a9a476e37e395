"""US goods trade by country and month in the bundled world, with the vintages it went through.

Real: the five partners' months of `census_months.csv` and their annual totals. Reconstructed:

* months of a year whose total is known but which have no value of that total's vintage (all of
  2021–2023 but 2023-09; 2024-02, -04, -08 and -12 once the June 2026 revision is out): they
  share what the known months leave of the total in proportion to the month's own first value,
  else to the same month of 2024, in steps of 0.1 million, the last month taking the remainder;
* one country `REST`, the rest of the world: a twelfth of 2022's US trade with everyone but the
  five (Comtrade), growing by `_REST_GROWTH` a year;
* World and every group: sums of the above. Countries add up to World exactly.

Not here: how the API or the workbook spell it (`census.py`, `census_workbook.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.world_data import release_days, rows, visible_from

REST = "7999"
"""Country code of the rest of the world; the real host leaves this code unused."""
PARTNERS = {"5700": "156", "4280": "276", "5880": "392", "5800": "410", "5830": "490"}
"""Census country code → Comtrade code of the five partners with real values."""
EAST_ASIA = ("5700", "5880", "5800", "5830")
"""Those of the five that both hosts count to Asia and the Pacific rim."""

_FIRST_YEAR = 2021
_PATTERN_YEAR = "2024"
_REST_GROWTH = Decimal("0.01")
_TENTH = Decimal("0.1")
_MONTHS = [f"{number:02d}" for number in range(1, 13)]


class Trade(NamedTuple):
    """One country's trade with the US in one month, million USD to one decimal."""

    exports: Decimal
    imports: Decimal


class World(NamedTuple):
    """All that was public on a day."""

    months: tuple[str, ...]
    """`2021-01`… to the newest public month."""
    countries: Mapping[str, Mapping[str, Trade]]
    """Country code → month → trade; the codes are `PARTNERS` and `REST`."""
    reconstructed_months: tuple[str, ...]
    """Months whose partner values are computed here."""
    years: Mapping[str, Mapping[str, Trade]]
    """Country code → complete year → its total as the annual table of the day has it."""

    def total(self, month: str, codes: Iterable[str]) -> Trade:
        """Trade of several countries together."""
        chosen = [self.countries[code][month] for code in codes]
        return Trade(
            sum((trade.exports for trade in chosen), Decimal(0)),
            sum((trade.imports for trade in chosen), Decimal(0)),
        )

    def year_total(self, year: str, codes: Iterable[str]) -> Trade:
        """A year's trade of several countries: the annual table's, or the months so far."""
        chosen = [self._year(code, year) for code in codes]
        return Trade(
            sum((trade.exports for trade in chosen), Decimal(0)),
            sum((trade.imports for trade in chosen), Decimal(0)),
        )

    def _year(self, code: str, year: str) -> Trade:
        if year in self.years[code]:
            return self.years[code][year]
        months = [trade for month, trade in self.countries[code].items() if month[:4] == year]
        return Trade(
            sum((trade.exports for trade in months), Decimal(0)),
            sum((trade.imports for trade in months), Decimal(0)),
        )


def first_published(code: str, month: str) -> Trade:
    """A partner's month as it was first published."""
    return _first(month, _monthly(code))


def world(as_of: date) -> World:
    """What Census had published by `as_of`."""
    public = tuple(day for day in _change_days() if day <= as_of)
    return _world(public[-1] if public else date.min)


@lru_cache(maxsize=1)
def _change_days() -> tuple[date, ...]:
    """Every day on which something new or revised became public, in order."""
    seen = {date.fromisoformat(row["first_seen"]) for row in rows("census_months")}
    return tuple(sorted(seen | set(release_days("census").values())))


@lru_cache(maxsize=64)
def _world(as_of: date) -> World:
    released = [month for month, day in release_days("census").items() if day <= as_of]
    newest = max(released, default=f"{int(_PATTERN_YEAR) - 1}-12")
    months = tuple(
        f"{year}-{month}"
        for year in range(_FIRST_YEAR, int(newest[:4]) + 1)
        for month in _MONTHS
        if f"{year}-{month}" <= newest
    )
    countries: dict[str, Mapping[str, Trade]] = {}
    filled: set[str] = set()
    for code in PARTNERS:
        values, computed = _partner(code, as_of)
        countries[code] = {month: values[month] for month in months}
        filled |= computed
    countries[REST] = {month: _rest(month) for month in months}
    years = {code: _annual_table(code, as_of) for code in PARTNERS} | {REST: {}}
    return World(months, countries, tuple(month for month in months if month in filled), years)


def _annual_table(code: str, as_of: date) -> Mapping[str, Trade]:
    """Year → total of the newest vintage public on `as_of`; the first one before any was."""
    return {year: totals[_newest(totals, as_of)] for year, totals in _yearly(code).items()}


def _newest(vintages: Mapping[date, Trade], as_of: date) -> date:
    return max((day for day in vintages if day <= as_of), default=min(vintages))


def _partner(code: str, as_of: date) -> tuple[Mapping[str, Trade], set[str]]:
    """One partner's months on `as_of`, and which of them are computed."""
    vintages = _monthly(code)
    values: dict[str, Trade] = {}
    for month, known in vintages.items():
        public = [vintage for vintage in known if _public(month, known, vintage, as_of)]
        if public:
            values[month] = known[max(public)]
    computed: set[str] = set()
    for year, totals in _yearly(code).items():
        vintage = _newest(totals, as_of)
        kept = [m for m in vintages if m[:4] == year and vintage in vintages[m]]
        kept = kept or [m for m in vintages if m[:4] == year]
        missing = [f"{year}-{n}" for n in _MONTHS if f"{year}-{n}" not in kept]
        if missing:
            values |= _filled(missing, kept, totals[vintage], values, vintages)
            computed |= set(missing)
    return values, computed


def _public(month: str, known: Mapping[date, Trade], vintage: date, as_of: date) -> bool:
    if month[:4] < _PATTERN_YEAR:
        return True
    day = visible_from("census", month, vintage) if vintage == min(known) else vintage
    return day <= as_of


def _filled(
    missing: list[str],
    kept: list[str],
    total: Trade,
    values: Mapping[str, Trade],
    vintages: Mapping[str, Mapping[date, Trade]],
) -> dict[str, Trade]:
    """Spread what the kept months leave of the year's total over the missing ones."""
    flows: list[list[Decimal]] = []
    for flow in range(2):
        left = total[flow] - sum((values[month][flow] for month in kept), Decimal(0))
        weights = [_first(month, vintages)[flow] for month in missing]
        unit = left / sum(weights, Decimal(0))
        parts = [(weight * unit).quantize(_TENTH) for weight in weights]
        parts[-1] += left - sum(parts, Decimal(0))
        flows.append(parts)
    return {month: Trade(*pair) for month, *pair in zip(missing, *flows, strict=True)}


def _first(month: str, vintages: Mapping[str, Mapping[date, Trade]]) -> Trade:
    known = vintages.get(month) or vintages[f"{_PATTERN_YEAR}{month[4:]}"]
    return known[min(known)]


def _rest(month: str) -> Trade:
    years = int(month[:4]) - 2022 + (Decimal(month[5:]) - Decimal("6.5")) / 12
    growth = (1 + _REST_GROWTH) ** years
    return Trade(*((base / 12 * growth).quantize(_TENTH) for base in _rest_2022()))


@lru_cache(maxsize=1)
def _rest_2022() -> Trade:
    def rest(flow: str) -> Decimal:
        values = comtrade_world.flow_values("842", flow, "2022")
        five = sum((values[code] for code in PARTNERS.values()), Decimal(0))
        return (values[comtrade_world.WORLD] - five) / 1_000_000

    return Trade(rest("X"), rest("M"))


@lru_cache(maxsize=8)
def _monthly(code: str) -> Mapping[str, Mapping[date, Trade]]:
    """Month → day first seen → value."""
    return _vintages("census_months", "month", code)


@lru_cache(maxsize=8)
def _yearly(code: str) -> Mapping[str, Mapping[date, Trade]]:
    """Year → day first seen → annual total."""
    return _vintages("census_years", "year", code)


def _vintages(table: str, period: str, code: str) -> Mapping[str, Mapping[date, Trade]]:
    vintages: dict[str, dict[date, Trade]] = {}
    for row in rows(table):
        if row["census_code"] == code:
            trade = Trade(Decimal(row["exports_musd"]), Decimal(row["imports_musd"]))
            vintages.setdefault(row[period], {})[date.fromisoformat(row["first_seen"])] = trade
    return vintages
