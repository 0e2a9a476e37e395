"""Heat tables: concentration by economy and year, exposure by measure and economy.

Every cell prints its figure; the fill only helps to find it. A cell without a figure is hatched
and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.charts.canvas import (
    INK,
    PAPER,
    SEQUENTIAL,
    SIZE,
    SOFT,
    WIDTH,
    Canvas,
    ink_on,
    width_of,
)
from tradeflow.briefing.charts.plan import Numbers, Plan, value, written
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact

_TALL = 28
_HHI_EDGES = (500.0, 1000.0, 1500.0, 2500.0)
_SHARE_EDGES = (20.0, 40.0, 60.0, 80.0)


@dataclass(frozen=True)
class _Cell:
    """One figure of a heat table; without one, why."""

    text: str
    number: float | None = None
    is_reconstructed: bool = False


def concentration_years(chart: data.ConcentrationYears, glossary: Glossary, canvas: Canvas) -> Plan:
    """A block each of exports and imports, economies by years, on one scale."""
    numbers = []
    y = 0.0
    for flow, cells in chart.flows:
        drawn = {
            (economy, str(year)): _hhi(cells.get((economy, year)), chart, (economy, year), glossary)
            for economy in chart.economies
            for year in chart.years
        }
        years = [str(year) for year in chart.years]
        name = glossary.term("chart", f"heat_{flow}")
        canvas.text(0, y + SIZE + 2, name, font_weight="bold")
        y = _blocks(canvas, y + 22, chart.economies, years, drawn, _HHI_EDGES, glossary) + 16
        numbers.append(
            _numbers(name, glossary.term("chart", "economy_only"), years, drawn, glossary)
        )
    _key(canvas, y + 2, "HHI", ("0", *(f"{edge:,.0f}" for edge in _HHI_EDGES)))
    levels = f"1,500 {glossary.term('level', 'moderate')}　2,500 {glossary.term('level', 'high')}"
    canvas.text(WIDTH, y + 14, levels, anchor="end", fill=SOFT)
    canvas.height = y + 44
    return Plan(glossary.term("chart", "concentration_years"), numbers)


def _hhi(
    fact: Fact | None, chart: data.ConcentrationYears, place: tuple[str, int], glossary: Glossary
) -> _Cell:
    if fact is None:
        gap = "other_vintage" if place in chart.left_out else "no_data"
        return _Cell(glossary.term("cell", gap))
    return _Cell(written(fact, "one"), value(fact), fact.is_reconstructed)


def exposure_matrix(chart: data.ExposureMatrix, glossary: Glossary, canvas: Canvas) -> Plan:
    """China's share in what each economy buys under each measure, an upper bound."""
    measures = [row["label_zh"] for row in chart.measures]
    names = {iso3: f"{name} {year}" for iso3, name, year in chart.economies}
    drawn, rows = {}, []
    for measure in chart.measures:
        for iso3, head in names.items():
            row = chart.cells.get((measure.key, iso3))
            cell = _Cell(glossary.term("cell", "no_data"))
            if row is not None:
                share = row.fact("china_share_pct")
                cell = _Cell(written(share, "share_plain"), value(share), row.is_reconstructed)
                mark = glossary.term("cell", "reconstructed") if row.is_reconstructed else ""
                amount = written(row.fact("imports_usd"), "yi")
                rows.append((measure["label_zh"], head, row["hs6"], cell.text, amount, mark))
            drawn[measure["label_zh"], head] = cell
    bottom = _blocks(canvas, 0, measures, list(names.values()), drawn, _SHARE_EDGES, glossary)
    label = glossary.term("chart", "share_axis")
    _key(canvas, bottom + 18, label, ("0", *(f"{edge:.0f}" for edge in _SHARE_EDGES), "100 %"))
    canvas.height = bottom + 60
    columns = [
        glossary.term("chart", key)
        for key in ("measure", "importer", "code", "china_share", "imports_value", "remark")
    ]
    return Plan(glossary.term("chart", "exposure_matrix"), [Numbers(label, columns, rows)])


def _blocks(
    canvas: Canvas, y: float, rows: Sequence[str], columns: Sequence[str],
    cells: Mapping[tuple[str, str], _Cell], edges: Sequence[float], glossary: Glossary,
) -> float:  # fmt: skip
    """Paint a table and return where it ends. A column computed throughout says so in its head."""
    mark = glossary.term("cell", "reconstructed")
    left = max(width_of(name) for name in rows) + 8
    wide = min((WIDTH - left) / len(columns), 110.0)
    computed = {name for name in columns if _all_computed(cells, rows, name)}
    two_lines = any(" " in name for name in columns) or bool(computed)
    for place, name in enumerate(columns):
        middle = left + wide * (place + 0.5)
        words = [*name.split(" "), *([mark] if name in computed else [])]
        for line, word in enumerate(words):
            canvas.text(middle, y + SIZE + 1 + 16 * line, word, anchor="middle", fill=SOFT)
    heads = max(len(name.split(" ")) + (name in computed) for name in columns)
    y += 16 * (heads if two_lines else 1) + 6
    for name in rows:
        mixed = any(cells[name, c].is_reconstructed and c not in computed for c in columns)
        tall = _TALL + (14 if mixed else 0)
        canvas.text(left - 8, y + tall / 2 + 5, name, anchor="end")
        for place, column in enumerate(columns):
            cell = cells[name, column]
            x = left + wide * place
            said = mark if cell.is_reconstructed and column not in computed else ""
            _paint(canvas, x, y, wide, tall, cell, said, edges)
        y += tall
    return y


def _all_computed(cells: Mapping[tuple[str, str], _Cell], rows: Sequence[str], column: str) -> bool:
    known = [cells[row, column] for row in rows if cells[row, column].number is not None]
    return bool(known) and all(cell.is_reconstructed for cell in known)


def _paint(
    canvas: Canvas, x: float, y: float, wide: float, tall: float, cell: _Cell, mark: str,
    edges: Sequence[float],
) -> None:  # fmt: skip
    middle = x + wide / 2
    if cell.number is None:
        canvas.box(x, y, wide, tall, fill=canvas.hatch, stroke=PAPER, stroke_width=2)
        room = width_of(cell.text) + 8
        canvas.box(middle - room / 2, y + tall / 2 - 9, room, 18, fill=PAPER)
        canvas.text(middle, y + tall / 2 + 5, cell.text, anchor="middle", fill=SOFT)
        return
    fill = SEQUENTIAL[sum(cell.number >= edge for edge in edges)]
    ink = ink_on(fill)
    canvas.box(x, y, wide, tall, fill=fill, stroke=PAPER, stroke_width=2)
    base = y + tall / 2 + (-3 if mark else 5)
    canvas.text(middle, base, cell.text, anchor="middle", fill=ink)
    if mark:
        canvas.text(middle, base + 15, mark, anchor="middle", fill=ink)


def _key(canvas: Canvas, y: float, label: str, edges: Sequence[str]) -> None:
    """The fills with the figures they start at."""
    start = width_of(label) + 10
    canvas.text(0, y + 12, label, fill=SOFT)
    for place, fill in enumerate(SEQUENTIAL):
        canvas.box(start + 40 * place, y, 40, 14, fill=fill, stroke=INK, stroke_width=0.5)
    for place, edge in enumerate(edges):
        canvas.text(start + 40 * place, y + 30, edge, anchor="middle", fill=SOFT)


def _numbers(
    name: str, first: str, columns: Sequence[str], cells: Mapping[tuple[str, str], _Cell],
    glossary: Glossary,
) -> Numbers:  # fmt: skip
    mark = glossary.term("mark", "reconstructed")
    rows = [
        (
            row,
            *(
                cells[row, c].text + (mark if cells[row, c].is_reconstructed else "")
                for c in columns
            ),
        )
        for row in dict.fromkeys(row for row, _ in cells)
    ]
    return Numbers(name, (first, *columns), rows)
