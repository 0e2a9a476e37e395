"""Charts are drawn from facts, say what they show, and can be read by everyone, everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.chart_rules import figures_of
from tradeflow.briefing.charts import canvas
from tradeflow.briefing.charts.canvas import axis, contrast, ink_on, width_of
from tradeflow.briefing.charts.drawing import Drawing, draw, figure
from tradeflow.briefing.chinese import FACT_FORMATS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.render import Chart, Rendered, render
from tradeflow.bundled import reports_root
from tradeflow.periods import Week

from .conftest import Change, Rows
from .month_of_marts import MONTH, month_marts
from .week_of_marts import AS_OF, WEEK

Changed = Callable[[Change], Marts]
SVG = "{http://www.w3.org/2000/svg}"
PHONE = 350
"""Pixels a chart is wide on a phone of 390: the page keeps 20 on either side."""
KINDS = (
    "deficits",
    "year_to_date",
    "partners",
    "timeline",
    "policy_series",
    "concentration",
    "concentration_years",
    "exposure_matrix",
)


@pytest.fixture(scope="module")
def charts(rendered: Rendered, glossary: Glossary) -> dict[str, Chart]:
    """One chart of every kind: the brief's, and what only the monthly report has."""
    from tradeflow.briefing.frames.monthly import MONTHLY

    issue = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, False, None, MONTHLY, MONTH)
    monthly = render(month_marts(), glossary, issue)
    return {chart.name: chart for chart in (*monthly.charts, *rendered.charts)}


@pytest.fixture(params=KINDS)
def drawing(
    request: pytest.FixtureRequest, charts: dict[str, Chart], glossary: Glossary
) -> Drawing:
    return draw(charts[request.param], glossary)


def texts(drawing: Drawing) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(drawing.svg).iter(f"{SVG}text"))


def words(drawing: Drawing) -> list[str]:
    return [element.text or "" for element in texts(drawing)]


def test_drawing_twice_gives_the_same_bytes(charts: dict[str, Chart], glossary: Glossary) -> None:
    assert set(charts) == set(KINDS)
    for chart in charts.values():
        assert draw(chart, glossary) == draw(chart, glossary)


def test_charts_are_numbered_as_they_appear_and_named_by_their_message(rendered: Rendered) -> None:
    for chart in rendered.charts:
        assert f"\n圖 {chart.number}　{chart.title}\n" in rendered.markdown
    assert [chart.number for chart in rendered.charts] == list(range(1, 8))
    places = [rendered.markdown.index(f"\n圖 {number}　") for number in range(1, 8)]
    assert places == sorted(places)


def test_a_chart_is_named_and_described_for_screen_readers(drawing: Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and title.text == drawing.chart.title
    assert description is not None and description.text == drawing.description
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_the_table_below_holds_exactly_the_figures_drawn(drawing: Drawing) -> None:
    facts = [each.fact for each in figures_of(drawing.chart.data) if each.fact.exact is not None]
    cells = {cell for numbers in drawing.numbers for row in numbers.rows for cell in row}
    figures = {
        re.sub("（重建）$", "", cell)
        for cell in cells
        if re.fullmatch(r"[−+]?[0-9][0-9,]*(\.[0-9]+)?( %)?(（重建）)?", cell)
    }
    codes = {row["hs6"] for row in getattr(drawing.chart.data, "cells", {}).values()}
    assert facts and figures
    for fact in facts:
        assert _forms(fact) & figures, fact.fact_id
    assert figures - codes <= set().union(*(_forms(fact) for fact in facts))
    assert "<table>" in figure(drawing) and 'scope="col"' in figure(drawing)


def _forms(fact: Fact) -> set[str]:
    return {FACT_FORMATS[form](fact) for form in ("yi", "pct", "one", "whole", "share_plain")}


def test_text_is_legible_on_a_phone(drawing: Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    width = float(root.get("viewBox", "").split()[2])
    sizes = {float(element.get("font-size", root.get("font-size"))) for element in texts(drawing)}
    assert min(sizes) * PHONE / width >= 11
    for name in ("page.css", "site/site.css"):
        rules = (reports_root() / "templates" / name).read_text("utf-8")
        drawn = re.search(r"\.drawing svg \{([^}]*)\}", rules)
        assert drawn is not None and "min-width" not in drawn[1]


def test_no_text_leaves_the_drawing(drawing: Drawing) -> None:
    _, _, width, height = map(float, _box(drawing).split())
    for element in texts(drawing):
        wide = width_of(element.text or "") * 0.95
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        start = (
            x - wide * {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
        )
        assert start >= -1 and start + wide <= width + 1, element.text
        assert 0 < y <= height, element.text


def _box(drawing: Drawing) -> str:
    return ElementTree.fromstring(drawing.svg).get("viewBox", "")


def test_long_series_and_many_rows_stay_within_the_drawing(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    def lengthen(rows: Rows) -> None:
        row = rows["fct_control_measures"][0]
        rows["fct_control_measures"] += [
            row | {"clause_label": "第一款第三項", "label_zh": f"{row['label_zh']}第一款第三項"}
        ]
        for interval in list(rows["fct_clause_intervals"]):
            if interval["notice_key"] == row["notice_key"]:
                rows["fct_clause_intervals"].append(
                    interval | {"clause": "1(3)", "clause_label": "第一款第三項"}
                )

    rendered = render(changed(lengthen), glossary, issue)
    chart = next(chart for chart in rendered.charts if chart.name == "policy_series")
    drawing = draw(chart, glossary)
    assert "2025 年第 18 號第一款第三項" in words(drawing)
    test_no_text_leaves_the_drawing(drawing)


def test_nothing_is_loaded_from_elsewhere(drawing: Drawing) -> None:
    told = drawing.svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in told and "<script" not in told and "font-family" not in told
    assert "<style" not in told and "href" not in told


def test_two_drawings_of_one_page_share_no_id(charts: dict[str, Chart], glossary: Glossary) -> None:
    svgs = [draw(chart, glossary, f"drawing-{name}").svg for name, chart in charts.items()]
    ids = [found for svg in svgs for found in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))
    for svg in svgs:
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_colours_keep_their_contrast() -> None:
    for fill in canvas.SEQUENTIAL:
        assert contrast(ink_on(fill), fill) >= 4.5
    for ink in (canvas.INK, canvas.SOFT, canvas.STRONG, canvas.SECOND):
        assert contrast(ink, canvas.PAPER) >= 4.5
    steps = [contrast(fill, canvas.PAPER) for fill in canvas.SEQUENTIAL]
    assert all(later / earlier > 1.2 for earlier, later in pairwise(steps)), "grey steps"


def test_the_two_colours_stay_apart_without_red_or_green() -> None:
    """Viénot's matrices of 1999 for vision without red and without green cones."""
    without = {
        "red": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
        "green": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    }
    for matrix in without.values():
        seen = []
        for colour in (canvas.STRONG, canvas.SECOND):
            rgb = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
            seen.append([sum(w * c for w, c in zip(row, rgb, strict=True)) for row in matrix])
        apart = sum((one - other) ** 2 for one, other in zip(*seen, strict=True)) ** 0.5
        assert apart > 0.15


def test_lines_differ_by_more_than_colour(charts: dict[str, Chart], glossary: Glossary) -> None:
    for name in ("deficits", "partners"):
        root = ElementTree.fromstring(draw(charts[name], glossary).svg)
        lines = [each for each in root.iter(f"{SVG}polyline") if each.get("stroke")]
        dashed = {each.get("stroke-dasharray") for each in lines}
        assert len(dashed) > 1 and None in dashed
    root = ElementTree.fromstring(draw(charts["year_to_date"], glossary).svg)
    assert {dot.get("fill") for dot in root.iter(f"{SVG}circle")} == {canvas.STRONG, canvas.PAPER}


def test_an_axis_starts_at_zero_and_ends_just_past_the_largest() -> None:
    assert axis([4012.0, 1200.0], 4).ticks == (0, 1000, 2000, 3000, 4000)
    assert 4012 < axis([4012.0], 4).high < 4500
    assert axis([-30.0, 90.0], 4).low <= -30
    assert axis([0.0]).ticks[0] == 0


def test_small_multiples_share_one_scale(charts: dict[str, Chart], glossary: Glossary) -> None:
    """The heights of the last points are to each other as the figures are."""
    chart = charts["partners"]
    assert isinstance(chart.data, data.Partners)
    root = ElementTree.fromstring(draw(chart, glossary).svg)
    imports = [p for p in root.iter(f"{SVG}polyline") if p.get("stroke") == canvas.STRONG]
    assert len(imports) == len(chart.data.series) == 5
    ratios = []
    for line, (_, rows) in zip(imports, chart.data.series, strict=True):
        points = [tuple(map(float, p.split(","))) for p in (line.get("points") or "").split()]
        fall = points[0][1] - points[-1][1]
        ratios.append((fall, float(rows[-1]["imports_usd"] - rows[0]["imports_usd"]) / 1e8))
    steep = max(ratios, key=lambda pair: abs(pair[1]))
    for drawn, grown in ratios:
        assert drawn == pytest.approx(grown * steep[0] / steep[1], abs=0.2)
    deficits = [rows[-1]["deficit_usd"] for _, rows in chart.data.series]
    assert deficits == sorted(deficits, reverse=True)


def test_bars_and_dots_are_sorted(charts: dict[str, Chart], glossary: Glossary) -> None:
    rows = draw(charts["year_to_date"], glossary).numbers[0].rows
    amounts = [float(row[1].replace(",", "")) for row in rows]
    assert amounts == sorted(amounts, reverse=True) and len(amounts) > 2
    indices = [float(row[1].replace(",", "")) for row in _rows(charts, "concentration", glossary)]
    assert indices == sorted(indices, reverse=True)
    days = [float(row[2]) for row in _rows(charts, "timeline", glossary)]
    assert days == sorted(days)


def _rows(charts: dict[str, Chart], name: str, glossary: Glossary) -> list[list[str]]:
    return [list(row) for row in draw(charts[name], glossary).numbers[0].rows]


def test_thresholds_are_named_lines(charts: dict[str, Chart], glossary: Glossary) -> None:
    drawing = draw(charts["concentration"], glossary)
    said = words(drawing)
    assert [word for word in said if word in ("低", "中", "高")] == ["低", "中", "高"]
    assert {"1500", "2500", "中 1000", "高 1800"} <= set(said)
    places = {word.text: float(word.get("x", "0")) for word in texts(drawing)}
    lines = {
        float(line.get("x1", "0"))
        for line in ElementTree.fromstring(drawing.svg).iter(f"{SVG}line")
    }
    assert {places[name] for name in ("1500", "2500", "中 1000", "高 1800")} <= lines
    assert places["低"] < places["1500"] < places["中"] < places["2500"] < places["高"]


def heat(marts: Marts, glossary: Glossary, issue: Issue) -> tuple[Chart, Drawing]:
    rendered = render(marts, glossary, issue)
    chart = next(chart for chart in rendered.charts if chart.name == "concentration_years")
    return chart, draw(chart, glossary)


def test_a_heat_table_prints_every_figure_and_hatches_what_is_missing(
    marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    chart, drawing = heat(marts, glossary, issue)
    said = words(drawing)
    assert {"1,204.6", "858.2", "443.8", "462.3"} <= set(said)
    assert said.count("無資料") == 12, "six economies, two years, two flows, one of two known"
    assert "url(#" in drawing.svg and "低集中度（含重建值）" in chart.title
    assert said.count("重建") == 2, "the year that is computed throughout says so in its head"


def test_a_computed_figure_among_published_ones_says_so_in_its_cell(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    def publish(rows: Rows) -> None:
        for row in rows["fct_concentration_yearly"]:
            if row["reporter_iso3"] in ("USA", "CHN"):
                row["is_reconstructed"] = False

    _, drawing = heat(changed(publish), glossary, issue)
    assert words(drawing).count("重建") == 6
    cells = {row[0]: row[-1] for row in drawing.numbers[0].rows}
    assert cells["台灣"] == "1,204.6（重建）" and cells["美國"] == "720.2"


def test_a_title_names_who_is_not_at_the_lowest_level(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    def concentrate(rows: Rows) -> None:
        row = rows["fct_concentration_yearly"][0]
        row |= {"hhi_partner": 1720.0, "level_1500_2500": "moderate"}

    chart, drawing = heat(changed(concentrate), glossary, issue)
    assert chart.title.startswith("台灣在圖示年度中曾高於低集中度")
    assert "1,720.0" in words(drawing)


def test_a_figure_of_another_vintage_is_left_out_and_said(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    """E25: one vintage a year; the report is published all the same."""
    from tradeflow.briefing.gate import Gate

    def mix(rows: Rows) -> None:
        for row in rows["fct_concentration_yearly"]:
            if row["reporter_iso3"] == "KOR":
                row["vintage"] = "observed"

    marts = changed(mix)
    rendered = render(marts, glossary, issue)
    Gate(marts, glossary, issue).check_charts(rendered.charts)
    _, drawing = heat(marts, glossary, issue)
    assert "版本不同" in words(drawing) and "912.4" not in words(drawing)
    bars = next(chart for chart in rendered.charts if chart.name == "concentration")
    assert isinstance(bars.data, data.Concentration)
    assert "南韓" not in [entry.name for entry in bars.data.entries]


def test_a_surplus_is_called_one(changed: Changed, glossary: Glossary, issue: Issue) -> None:
    def turn(rows: Rows) -> None:
        for row in rows["fct_us_trade_monthly"]:
            if row["partner_iso3"] == "DEU" and row["is_latest"]:
                row |= {"deficit_usd": -row["deficit_usd"], "balance_usd": -row["balance_usd"]}

    rendered = render(changed(turn), glossary, issue)
    chart = next(chart for chart in rendered.charts if chart.name == "partners")
    assert chart.title.endswith("對德國為順差")
    assert any(word.startswith("順差 ") for word in words(draw(chart, glossary)))


def test_outside_text_cannot_leave_its_place(charts: dict[str, Chart], glossary: Glossary) -> None:
    chart = charts["timeline"]
    assert isinstance(chart.data, data.Timeline)
    first: Row = chart.data.rows[0]
    hostile = replace(first, values={**first.values, "label_zh": "<script>&\"'"})
    altered = replace(chart, title="<b>", data=replace(chart.data, rows=(hostile,)))
    drawing = draw(altered, glossary)
    assert "<script" not in drawing.svg and "<b>" not in figure(drawing)
    assert "<script>&\"'" in words(drawing)


def test_a_name_without_a_number_makes_a_figure_of_a_page(
    charts: dict[str, Chart], glossary: Glossary
) -> None:
    chart = replace(charts["concentration"], number=0, title="出口市場集中度")
    drawing = draw(chart, glossary, "hhi")
    assert '<figure id="hhi">\n<figcaption>出口市場集中度</figcaption>' in figure(drawing)
    assert 'aria-labelledby="hhi-title hhi-description"' in drawing.svg
