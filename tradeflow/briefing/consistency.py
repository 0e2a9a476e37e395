"""One fact, one value: reports made from the same answers may not contradict each other.

Reports of one data version rest on the same stored answers, so whatever fact two of them print must
be equal in both (CHK-CROSS-REPORT). It is not when one was made by older code: it has to be made
again. Not here: whether a report agrees with its own marts (`gate.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_STATED = ("value", "unit", "coverage", "vintage", "is_reconstructed")
"""What a record keeps of a fact besides its answers."""


def contradictions(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Every fact that two reports of one data version state differently.

    Args:
        records: the reports' `figures.json`.
    """
    known: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
    for record in sorted(records, key=_name):
        for fact_id, fact in sorted(record["facts"].items()):
            key = (record["data_version"], fact_id)
            name, before = known.setdefault(key, (_name(record), fact))
            for part in _STATED:
                if before[part] != fact[part]:
                    yield (
                        f"{fact_id}: {part} is {before[part]!r} in {name}, "
                        f"{fact[part]!r} in {_name(record)} (data {record['data_version']})"
                    )


def _name(record: Mapping[str, Any]) -> str:
    return f"{record['report']} {record['period']}"
