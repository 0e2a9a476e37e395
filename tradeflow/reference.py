"""Which economies, commodity codes and elements tradeflow is about, read from the seeds.

Here: the reporters, their main partners, the controlled HS6 codes and the elements, from the
CSV files the SQL models join, so that no module keeps a list of codes of its own. Not here: how the
tables of identities are made (`identity/`), or what a source does with a code.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError

_HS6 = re.compile(r"\d{6}")
# fmt: off
_ECONOMY = (
    "comtrade_code", "iso2", "iso3", "census_code", "name_en", "name_zh_tw", "kind", "valid_to",
)
_ELEMENT = (
    "symbol", "atomic_number", "name_en", "name_zh_tw", "name_zh_cn", "other_names", "class",
    "class_usgs", "class_china", "is_watched",
)
# fmt: on


@dataclass(frozen=True)
class Economy:
    """An economy under the codes of each source; `iso2` is '' where it has none.

    `comtrade_code` is UN Comtrade's, without leading zeros (Taiwan is 490, the USA 842);
    `census_code` is Schedule C of the US Census Bureau, None for the USA itself.
    """

    comtrade_code: str
    iso3: str
    census_code: str | None
    name_en: str
    name_zh_tw: str
    iso2: str


@dataclass(frozen=True)
class Element:
    """A chemical element under its symbol, with its names in both scripts.

    `class_usgs` and `class_china` are set for rare earths alone: the US Geological Survey counts
    lanthanum to gadolinium as light, terbium to lutetium and yttrium as heavy, scandium as
    neither; China's use is light (lanthanum to promethium) or medium and heavy (the rest).
    `is_watched` marks the elements looked for in notices.
    """

    symbol: str
    atomic_number: int
    name_en: str
    name_zh_tw: str
    name_zh_cn: str
    other_names: tuple[str, ...]
    family: str
    class_usgs: str | None
    class_china: str | None
    is_watched: bool

    @property
    def chinese_names(self) -> tuple[str, ...]:
        """Every name a mainland text may use, the usual one first."""
        return (self.name_zh_cn, *self.other_names)


@cache
def reporters() -> tuple[Economy, ...]:
    """The six economies whose trade is reported, in the order every table lists them.

    Raises:
        InputError: a seed is missing or malformed, or names an unknown economy.
    """
    return _with_role("reporter")


@cache
def main_partners() -> tuple[Economy, ...]:
    """The six reporters, then the partners that matter to them most.

    Raises:
        InputError: as `reporters`.
    """
    return (*reporters(), *_with_role("main_partner"))


@cache
def us_partners() -> tuple[Economy, ...]:
    """The partners of the United States whose monthly trade is followed, in printed order.

    Raises:
        InputError: as `reporters`.
    """
    return _with_role("us_partner")


@cache
def macro_economies() -> tuple[Economy, ...]:
    """The economies asked of the World Bank, which does not cover Taiwan.

    Raises:
        InputError: as `reporters`.
    """
    return _with_role("macro_economy")


@cache
def comtrade_areas() -> tuple[str, ...]:
    """Every partner code of UN Comtrade's reference, in numeric order; the world and groups too.

    Raises:
        InputError: the seed is missing.
    """
    rows = _seed("economies", "comtrade_code")
    return tuple(sorted((row["comtrade_code"] for row in rows), key=int))


@cache
def controlled_hs6() -> tuple[str, ...]:
    """Every six-digit HS code that a Chinese export control reaches, sorted.

    A code is wider than the material under control: what it shows is an upper bound.

    Raises:
        InputError: the seed is missing, or a code is not six digits.
    """
    codes = {row["hs6"] for row in _seed("control_hs_mapping", "hs6")}
    for code in codes:
        if not _HS6.fullmatch(code):
            raise InputError(f"seed control_hs_mapping: hs6 must be six digits, got {code!r}")
    return tuple(sorted(codes))


@cache
def elements() -> tuple[Element, ...]:
    """The chemical elements tradeflow speaks of, by atomic number.

    Raises:
        InputError: the seed is missing or malformed.
    """
    return tuple(
        Element(
            row["symbol"],
            int(row["atomic_number"]),
            row["name_en"],
            row["name_zh_tw"],
            row["name_zh_cn"],
            tuple(filter(None, row["other_names"].split("|"))),
            row["class"],
            row["class_usgs"] or None,
            row["class_china"] or None,
            row["is_watched"] == "true",
        )
        for row in _seed("elements", *_ELEMENT)
    )


@cache
def all_economies() -> tuple[Economy, ...]:
    """Every economy with an ISO alpha-3 code, by that code; areas and groups are left out.

    Raises:
        InputError: the seed is missing.
    """
    return tuple(each for _, each in sorted(_economies().items()))


def _with_role(role: str) -> tuple[Economy, ...]:
    known = _economies()
    targets = _seed("target_economies", "iso3", "role", "sort_order")
    rows = [row for row in targets if row["role"] == role]
    rows.sort(key=lambda row: int(row["sort_order"]))
    for row in rows:
        if row["iso3"] not in known:
            raise InputError(f"seed target_economies: iso3 {row['iso3']!r} is not in economies")
    return tuple(known[row["iso3"]] for row in rows)


@cache
def _economies() -> dict[str, Economy]:
    """Economies by ISO alpha-3; areas and groups are left out."""
    return {
        row["iso3"]: Economy(
            row["comtrade_code"],
            row["iso3"],
            row["census_code"] or None,
            row["name_en"],
            row["name_zh_tw"],
            row["iso2"],
        )
        for row in _seed("economies", *_ECONOMY)
        if row["kind"] == "economy" and not row["valid_to"]
    }


def _seed(name: str, *columns: str) -> list[dict[str, str]]:
    """The rows of a seed that has these columns, and may have others."""
    path = sql_root() / "seeds" / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if not rows:
        raise InputError(f"{path}: has no rows")
    if lacking := [column for column in columns if column not in rows[0]]:
        raise InputError(f"{path}: lacks the columns {', '.join(lacking)}")
    return rows
