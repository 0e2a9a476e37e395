"""The economies and Census areas, from code lists, stated exceptions and CLDR's names.

The inputs under `data/`: `comtrade_areas.csv` (codes, ISO letters, validity and group mark as
UN Comtrade's own reference lists them; areas that only occur as partners have no dates),
`schedule_c.csv` (country codes of the US Census Bureau) and `comtrade_specials.csv` (where a
code means something else than the reference says, each with its reason). Names are those of
Unicode CLDR in English and Traditional Chinese as used in Taiwan, through Babel, except where
the seed `economy_name_overrides.csv` states another with its reason.

Not here: which economies are reported (`target_economies.csv`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from babel import Locale

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError

Row = dict[str, str]

ECONOMY_COLUMNS = (
    "comtrade_code",
    "iso3",
    "census_code",
    "name_en",
    "name_zh_tw",
    "kind",
    "is_reporter",
    "m49",
    "iso2",
    "valid_from",
    "valid_to",
)
CENSUS_COLUMNS = ("census_code", "iso3", "name_en", "name_zh_tw")

_WORLD = "001"
"""The world among CLDR's territories."""


@dataclass(frozen=True)
class Inputs:
    """The lists the tables are made from, as rows of their files."""

    comtrade_areas: list[Row]
    comtrade_specials: list[Row]
    schedule_c: list[Row]
    name_overrides: list[Row]
    targets: list[Row]


def read_inputs() -> Inputs:
    """The project's own lists."""
    return Inputs(
        comtrade_areas=sorted(_data("comtrade_areas"), key=lambda row: int(row["code"])),
        comtrade_specials=_data("comtrade_specials"),
        schedule_c=sorted(_data("schedule_c"), key=lambda row: row["census_code"]),
        name_overrides=_seed("economy_name_overrides"),
        targets=_seed("target_economies"),
    )


def economies(inputs: Inputs) -> list[Row]:
    """One row per Comtrade code, by code; columns as `ECONOMY_COLUMNS`.

    `m49` is the three-digit number of the UN's M49 list, empty where the code is no present
    country or area of it; `iso2` only where CLDR knows it. An expired code keeps the ISO letters
    its reference gives, so ISO3 is unique only among rows without `valid_to`.

    Raises:
        InputError: an area has no name, two current economies share an ISO3 code, or an
            exception is stated for a code that is not listed.
    """
    specials = {row["code"]: row for row in inputs.comtrade_specials}
    overrides = {row["comtrade_code"]: row for row in inputs.name_overrides}
    reporters = {row["iso3"] for row in inputs.targets if row["role"] == "reporter"}
    areas = inputs.comtrade_areas
    for name, stated in (("comtrade_specials", specials), ("economy_name_overrides", overrides)):
        if unknown := stated.keys() - {area["code"] for area in areas}:
            raise InputError(f"{name}: codes {sorted(unknown)} are not in comtrade_areas")
    census = _census_codes(inputs.schedule_c, areas, specials)
    rows = []
    for area in areas:
        code = area["code"]
        special = specials.get(code, {})
        iso3 = special.get("iso3") or area["iso3"]
        iso2 = special.get("iso2") or area["iso2"]
        kind = special.get("kind") or ("group" if area["is_group"] == "true" else "economy")
        name_en, name_zh = _names(code, iso2 or _WORLD * (kind == "world"), overrides.get(code))
        is_current = kind == "economy" and not area["valid_to"]
        in_m49 = is_current or (kind == "economy" and code not in overrides)
        rows.append(
            {
                "comtrade_code": code,
                "iso3": iso3,
                "census_code": census.get(code, ""),
                "name_en": name_en,
                "name_zh_tw": name_zh,
                "kind": kind,
                "is_reporter": "true" if is_current and iso3 in reporters else "false",
                "m49": special.get("m49") or (code.zfill(3) if in_m49 else ""),
                "iso2": iso2 if iso2 in Locale.parse("en").territories else "",
                "valid_from": area["valid_from"],
                "valid_to": area["valid_to"],
            }
        )
    _refuse_shared_iso3(rows)
    return rows


def census_areas(inputs: Inputs) -> list[Row]:
    """One row per Schedule C code, by code; columns as `CENSUS_COLUMNS`.

    Wider than the economies: Schedule C also counts areas that Comtrade counts in elsewhere
    (Monaco, Liechtenstein, Svalbard) or not at all (Kosovo). Part of an area has no ISO3.

    Raises:
        InputError: an area has no name.
    """
    by_iso3 = {row["iso3"]: row for row in economies(inputs) if row["census_code"]}
    rows = []
    for area in inputs.schedule_c:
        named = by_iso3.get(area["iso3"])
        if named is not None:
            name_en, name_zh = named["name_en"], named["name_zh_tw"]
        elif area["iso2"]:
            name_en, name_zh = _names(area["census_code"], area["iso2"], None)
        else:
            name_en, name_zh = area["name"], area["name_zh_tw"]
        if not (name_en and name_zh):
            raise InputError(f"schedule_c: {area['census_code']} has no name")
        rows.append(
            {
                "census_code": area["census_code"],
                "iso3": area["iso3"],
                "name_en": name_en,
                "name_zh_tw": name_zh,
            }
        )
    return rows


def as_csv(rows: Iterable[Row], columns: tuple[str, ...]) -> str:
    """The rows as the text of a seed file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def tables() -> dict[Path, str]:
    """Every generated seed: its path and the text it should have.

    Raises:
        InputError: as `economies` and `census_areas`.
    """
    seeds, inputs = sql_root() / "seeds", read_inputs()
    return {
        seeds / "economies.csv": as_csv(economies(inputs), ECONOMY_COLUMNS),
        seeds / "census_areas.csv": as_csv(census_areas(inputs), CENSUS_COLUMNS),
    }


def _census_codes(
    schedule_c: list[Row], areas: list[Row], specials: Mapping[str, Row]
) -> dict[str, str]:
    """Comtrade code → Census code: by ISO3, to the current area before an expired one."""
    by_iso3 = {row["iso3"]: row["census_code"] for row in schedule_c if row["iso3"]}
    found: dict[str, tuple[str, str]] = {}
    for area in areas:
        iso3 = specials.get(area["code"], {}).get("iso3") or area["iso3"]
        if iso3 in by_iso3:
            held = found.get(iso3)
            if held is None or (held[1] and not area["valid_to"]):
                found[iso3] = (area["code"], area["valid_to"])
    return {code: by_iso3[iso3] for iso3, (code, _) in found.items()}


def _names(code: str, territory: str, override: Row | None) -> tuple[str, str]:
    """English and Chinese name: the override's where it states one, else CLDR's."""
    english = Locale.parse("en").territories.get(territory, "")
    chinese = Locale.parse("zh_Hant_TW").territories.get(territory, "")
    if override is not None:
        english = override["name_en"] or english
        chinese = override["name_zh_tw"] or chinese
    if not (english and chinese):
        raise InputError(
            f"area {code} ({territory or 'no ISO code'}) has no name in CLDR: state one"
        )
    return english, chinese


def _refuse_shared_iso3(rows: list[Row]) -> None:
    holders: dict[str, str] = {}
    for row in rows:
        if row["kind"] != "economy" or row["valid_to"]:
            continue
        if (other := holders.setdefault(row["iso3"], row["comtrade_code"])) != row["comtrade_code"]:
            raise InputError(f"{row['iso3']} stands for both {other} and {row['comtrade_code']}")


def _data(name: str) -> list[Row]:
    with (files("tradeflow.identity") / "data" / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _seed(name: str) -> list[Row]:
    with (sql_root() / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
