"""Table 1 of the monthly report: which figures a month is summed up in, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.history import Compared
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table


@dataclass(frozen=True)
class Figure:
    """One line of the summary."""

    key: str
    """Its name in the glossary, group `month_figure`."""
    model: str
    column: str
    where: tuple[tuple[str, object], ...]
    layer: str
    """The layer it comes from, for the column of sources."""
    form: str
    change: Literal["pct", "points"]
    change_form: str

    @property
    def is_rate(self) -> bool:
        """A rate of change, of which no mean is taken."""
        return self.column.endswith("_yoy_pct")

    def row(self, marts: Marts) -> Row | None:
        """The row of the marts that holds it, or None."""
        return marts.one(self.model, **dict(self.where))

    def fact(self, marts: Marts) -> Fact | None:
        """The figure in the marts of whatever week, or None."""
        row = self.row(marts)
        return None if row is None else row.fact(self.column)


def _us(partner: str, column: str) -> Figure:
    where = (("partner_iso3", partner), ("is_latest", True))
    return Figure(
        f"us_{column.removesuffix('_usd')}_{partner}",
        "fct_us_trade_monthly",
        column,
        where,
        "us_trade_census",
        "yi",
        "pct",
        "pct",
    )


def _us_rate(partner: str) -> Figure:
    where = (("partner_iso3", partner), ("is_latest", True))
    return Figure(
        f"us_imports_yoy_{partner}",
        "fct_us_trade_monthly",
        "imports_yoy_pct",
        where,
        "us_trade_census",
        "pct",
        "points",
        "ppt_rate",
    )


def _yearly(key: str, model: str, column: str, reporter: str, flow: str, form: str) -> Figure:
    where = (("reporter_iso3", reporter), ("flow", flow), ("is_latest", True))
    change_form = "ppt" if form == "share" else "one_signed"
    return Figure(key, model, column, where, "bilateral_trade_flows", form, "points", change_form)


def _count(name: str) -> Figure:
    where = (("name", name),)
    return Figure(
        name,
        "fct_counts",
        "value",
        where,
        "cn_export_control",
        "whole",
        "points",
        "whole_signed",
    )


FIGURES: tuple[Figure, ...] = (
    _us("TWN", "imports_usd"),
    _us_rate("TWN"),
    _us("CHN", "imports_usd"),
    _us_rate("CHN"),
    _us("TWN", "deficit_usd"),
    _us("CHN", "deficit_usd"),
    _yearly("twn_exports_hhi", "fct_concentration_yearly", "hhi_partner", "TWN", "X", "one"),
    _yearly("twn_exports_top3", "fct_reporter_flows_yearly", "top3_share_pct", "TWN", "X", "share"),
    _yearly("chn_imports_hhi", "fct_concentration_yearly", "hhi_partner", "CHN", "M", "one"),
    _yearly(
        "twn_imports_china", "fct_reporter_flows_yearly", "china_share_pct", "TWN", "M", "share"
    ),
    _count("tracked_measures"),
    _count("suspended_measures"),
    _count("in_force_measures"),
)
"""The figures, in the order of the table."""


def summary_table(
    marts: Marts, comparisons: Mapping[str, Compared], pen: Pen, glossary: Glossary
) -> Table:
    """Table 1."""
    rows = []
    for figure in FIGURES:
        compared = comparisons.get(figure.key)
        if compared is None:
            continue
        rows.append(
            [
                _name(figure, compared, pen, glossary),
                pen.fact(compared.current, figure.form),
                _previous(figure, compared, pen, glossary),
                _mean(figure, compared, pen, glossary),
                _change(figure, compared, pen, glossary),
                _source(marts, figure, pen),
            ]
        )
    return table(1, rows, MONTHLY)


def _name(figure: Figure, compared: Compared, pen: Pen, glossary: Glossary) -> str:
    name = glossary.term("month_figure", figure.key)
    if figure.layer != "cn_export_control":
        name += f"，{pen.period(f'zh:{compared.current.coverage}')}"
    computed = any(fact.is_reconstructed for fact in (compared.current, *compared.facts))
    return name + (glossary.term("mark", "reconstructed") if computed else "")


def _previous(figure: Figure, compared: Compared, pen: Pen, glossary: Glossary) -> str:
    if compared.previous is None:
        return glossary.term("cell", "no_history")
    text = pen.fact(compared.previous, figure.form)
    if compared.previous_period is not None:
        text += f"（{pen.fact(compared.previous_period, 'month')}）"
    return text


def _mean(figure: Figure, compared: Compared, pen: Pen, glossary: Glossary) -> str:
    if figure.is_rate:
        return glossary.term("cell", "not_applicable")
    if compared.mean is None:
        return glossary.term("cell", "no_history")
    return pen.fact(compared.mean, figure.form)


def lacks_history(comparisons: Mapping[str, Compared]) -> bool:
    """Whether a cell of table 1 says that there is no history."""
    return any(
        compared.previous is None or (compared.mean is None and not figure.is_rate)
        for figure in FIGURES
        if (compared := comparisons.get(figure.key)) is not None
    )


def _change(figure: Figure, compared: Compared, pen: Pen, glossary: Glossary) -> str:
    if compared.previous is None:
        return glossary.term("cell", "not_comparable")
    if compared.is_unchanged:
        is_count = figure.layer == "cn_export_control"
        return glossary.term("cell", "unchanged_count" if is_count else "unchanged_figure")
    if compared.change is None:
        return glossary.term("cell", "not_comparable")
    return pen.fact(compared.change, figure.change_form)


def _source(marts: Marts, figure: Figure, pen: Pen) -> str:
    layer = marts.one("fct_layer_coverage", layer=figure.layer)
    return "" if layer is None else pen.quoted(layer, "source_name_zh")
