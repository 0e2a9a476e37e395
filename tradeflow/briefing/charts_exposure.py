"""What the exposure matrix shows: for a measure and an economy, China's share of one code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.yearly import REPORTERS


@dataclass(frozen=True)
class ExposureMatrix:
    """China's share in the imports of each economy under each measure; upper bounds."""

    measures: tuple[Row, ...]
    economies: tuple[tuple[str, str, int], ...]
    """ISO3, name and the year its imports are of."""
    cells: Mapping[tuple[str, str], Row]
    """Key of the measure and ISO3 → the code of which the economy buys most from China."""
    highest: Row
    """The cell of the largest share, with its measure and economy."""
    highest_measure: Row
    highest_economy: str

    @property
    def reconstructed(self) -> bool:
        return any(row.is_reconstructed for row in self.cells.values())


def exposure_matrix(marts: Marts) -> ExposureMatrix | None:
    """The matrix of the controls that can still bind, or None where no import is known."""
    ranked = [
        row
        for row in marts.rows("fct_control_exposure_yearly", is_latest=True, is_live=True)
        if row["measure_rank"] is not None and row["china_share_pct"] is not None
    ]
    measures = [
        measure
        for measure in marts.rows("fct_control_measures", is_live=True)
        if any(_is_of(row, measure) for row in ranked)
    ]
    years = {row["reporter_iso3"]: row["year"] for row in ranked}
    economies = tuple(
        (iso3, marts.economies[iso3], years[iso3]) for iso3 in REPORTERS if iso3 in years
    )
    cells: dict[tuple[str, str], Row] = {}
    for measure in measures:
        for iso3, _, year in economies:
            own = [
                row
                for row in ranked
                if _is_of(row, measure) and (row["reporter_iso3"], row["year"]) == (iso3, year)
            ]
            if own:
                cells[measure.key, iso3] = min(own, key=lambda row: row["measure_rank"])
    if len(measures) < 2 or not cells:
        return None
    highest = max(cells.values(), key=lambda row: (row["china_share_pct"], row.key))
    of = next(measure for measure in measures if _is_of(highest, measure))
    name = marts.economies[highest["reporter_iso3"]]
    return ExposureMatrix(tuple(measures), economies, cells, highest, of, name)


def _is_of(row: Row, measure: Row) -> bool:
    return (row["notice_key"], row["clause_label"]) == (
        measure["notice_key"],
        measure["clause_label"],
    )
