"""Every tolerance and limit, read from `dbt_like_sql/thresholds.yml`.

The numbers live in that one file, each with its unit and reason; nothing is defined here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError


@dataclass(frozen=True)
class Threshold:
    """One entry: its number, what the number counts, and why it is this one."""

    value: float
    unit: str
    reason: str


def threshold(name: str) -> float:
    """The value of the threshold `name`, in the unit its entry states.

    Raises:
        InputError: no such entry.
    """
    entries = thresholds(sql_root() / "thresholds.yml")
    if name not in entries:
        raise InputError(f"dbt_like_sql/thresholds.yml has no entry {name!r}")
    return entries[name].value


@cache
def thresholds(path: Path) -> dict[str, Threshold]:
    """Every entry of the file at `path`.

    Raises:
        InputError: the file cannot be read, or an entry lacks its value, unit or reason.
    """
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(stated, dict):
        raise InputError(f"{path}: expected a mapping of names to entries")
    return {name: _entry(path, name, fields) for name, fields in stated.items()}


def _entry(path: Path, name: str, fields: object) -> Threshold:
    if not isinstance(fields, dict) or set(fields) != {"value", "unit", "reason"}:
        raise InputError(f"{path}: {name}: expected exactly value, unit and reason")
    value = fields["value"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{path}: {name}: value {value!r} is not a number")
    return Threshold(float(value), str(fields["unit"]), str(fields["reason"]))
