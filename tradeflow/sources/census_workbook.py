"""The balance workbook `country.xlsx`: one row per country and year, twelve months each way.

Million dollars, since 1985. A month still to come is 0 in World's row; every other 0 is trade
of nothing. Which months those are is staging's question; here the sheet is read as sent.
"""

from __future__ import annotations

import fastexcel
import polars as pl

from tradeflow.answers import Answer
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.reading import refuse_empty
from tradeflow.thresholds import threshold

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
VALUES = tuple(f"{flow}{period}" for flow in "IE" for period in (*MONTHS, "YR"))
"""Imports then exports, January to December and the year."""
COLUMNS = ("year", "CTY_CODE", "CTYNAME", *VALUES)

WORLD = "0015"
"""World, not seasonally adjusted. 0004 is the adjusted one."""
_FIRST_ADDITIVE_YEAR = 1992
"""Before, the workbook lacks countries that World contains."""


def read_workbook(answer: Answer, columns: tuple[str, ...]) -> pl.DataFrame:
    """The sheet's rows under `columns` (the sheet's, then `is_reconstructed_months`), all text.

    `is_reconstructed_months` lists the months the sandbox marks, as `2024-01,2024-02`, and the
    year itself where it marks the annual sum too.

    Raises:
        IncompleteAnswer: no workbook, World missing in a year, or countries that do not add up
            to it.
        ChangedShape: other columns, cells that are no numbers, a country and year twice.
    """
    refuse_empty(answer, "a workbook")
    sheet = _sheet(answer)
    _check_cells(answer, sheet)
    _check_world(answer, sheet)
    marked = [
        _marked_months(answer, year, code)
        for year, code in sheet.select("year", "CTY_CODE").iter_rows()
    ]
    return sheet.with_columns(pl.Series(columns[-1], marked, pl.Utf8))


def _sheet(answer: Answer) -> pl.DataFrame:
    request = answer.request
    if not answer.body.startswith(b"PK"):
        raise ChangedShape(request, "body", "an .xlsx workbook", answer.body[:40].decode("latin-1"))
    try:
        sheet = fastexcel.read_excel(answer.body).load_sheet(0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise IncompleteAnswer(request, "body", "a readable workbook", error) from error
    if tuple(sheet.columns) != COLUMNS:
        odd = next(
            (c for c in (*sheet.columns, *COLUMNS) if (c in COLUMNS) != (c in sheet.columns)),
            "order of columns",
        )
        raise ChangedShape(
            request, odd, f"the {len(COLUMNS)} agreed columns", f"{len(sheet.columns)} others"
        )
    if sheet.is_empty():
        raise IncompleteAnswer(request, "sheet", "rows", "none")
    return sheet


def _check_cells(answer: Answer, sheet: pl.DataFrame) -> None:
    patterns = {"year": r"^\d{4}$", "CTY_CODE": r"^\d{4}$", "CTYNAME": r"\S"}
    patterns |= dict.fromkeys(VALUES, r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$")
    for column, pattern in patterns.items():
        odd = sheet.filter(~pl.col(column).str.contains(pattern).fill_null(False))
        if not odd.is_empty():
            expected = "a number" if column in VALUES else "a code or a name"
            raise ChangedShape(answer.request, column, expected, repr(odd[column][0]))
    twice = sheet.filter(pl.struct("year", "CTY_CODE").is_duplicated())
    if not twice.is_empty():
        raise ChangedShape(
            answer.request,
            "CTY_CODE",
            "one row per country and year",
            f"{twice['CTY_CODE'][0]} {twice['year'][0]} twice",
        )


def _check_world(answer: Answer, sheet: pl.DataFrame) -> None:
    numbers = sheet.filter(pl.col("year").cast(pl.Int32) >= _FIRST_ADDITIVE_YEAR).with_columns(
        pl.col(VALUES).cast(pl.Float64)
    )
    countries = (
        numbers.filter(pl.col("CTY_CODE").is_between(pl.lit("1000"), pl.lit("8999")))
        .group_by("year")
        .agg(pl.col(VALUES).sum())
    )
    world = numbers.filter(pl.col("CTY_CODE") == WORLD)
    without = set(numbers["year"]) - set(world["year"])
    if without or world.is_empty():
        raise IncompleteAnswer(
            answer.request, "CTY_CODE", f"World ({WORLD}) in every year", sorted(without) or "none"
        )
    share = threshold("census_workbook_sum_tolerance_pct") / 100
    both = world.join(countries, on="year", how="left", suffix="_sum").sort("year")
    for row in both.iter_rows(named=True):
        for column in VALUES:
            total, parts = row[column], row[f"{column}_sum"] or 0.0
            if abs(parts - total) > share * abs(total):
                raise IncompleteAnswer(
                    answer.request,
                    f"{column} of {row['year']}",
                    f"countries adding up to World's {total}",
                    round(parts, 6),
                )


def _marked_months(answer: Answer, year: str, code: str) -> str:
    marks = answer.marks
    periods = (year, *(f"{year}-{number:02d}" for number in range(1, 13)))
    return ",".join(period for period in periods if marks.covers(period=period, partner=code))
