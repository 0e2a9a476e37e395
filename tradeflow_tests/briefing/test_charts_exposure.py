"""The exposure matrix prints upper bounds, of one year an economy, and says what is computed."""

from __future__ import annotations

from xml.etree import ElementTree

from tradeflow.briefing.charts.drawing import draw
from tradeflow.briefing.charts_exposure import ExposureMatrix, exposure_matrix
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.render import Chart, render
from tradeflow.periods import Week

from .conftest import Change, Rows
from .month_of_marts import MONTH, month_marts
from .week_of_marts import AS_OF, WEEK

SVG = "{http://www.w3.org/2000/svg}"


def chart_of(glossary: Glossary, change: Change | None = None) -> Chart:
    issue = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, False, None, MONTHLY, MONTH)
    rendered = render(month_marts(change), glossary, issue)
    return next(chart for chart in rendered.charts if chart.name == "exposure_matrix")


def words(chart: Chart, glossary: Glossary) -> list[str]:
    root = ElementTree.fromstring(draw(chart, glossary).svg)
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def compute(rows: Rows) -> None:
    for row in rows["fct_control_exposure_yearly"]:
        row["is_reconstructed"] = True


def test_every_measure_and_economy_has_a_cell(glossary: Glossary) -> None:
    chart = chart_of(glossary)
    said = words(chart, glossary)
    assert {"2025 年第 18 號", "2025 年第 55 號", "2025 年第 58 號"} <= set(said)
    assert {"85.1 %", "69.8 %", "83.6 %", "70.1 %", "41.0 %"} <= set(said)
    assert said.count("無資料") == 4, "three measures, four economies, eight shares known"
    assert "中國占比（上限）" in said and "上限" in chart.title
    assert "南韓 2024 年在 2025 年第 18 號" in chart.title and "85.10 %" in chart.title


def test_computed_shares_say_so_in_title_head_and_table(glossary: Glossary) -> None:
    chart = chart_of(glossary, compute)
    assert "（上限，重建）" in chart.title
    assert words(chart, glossary).count("重建") == 4, "one a column"
    assert {row[-1] for row in draw(chart, glossary).numbers[0].rows} == {"重建"}
    assert "重建" not in chart_of(glossary).title


def test_of_several_codes_the_largest_import_from_china_stands(glossary: Glossary) -> None:
    def add(rows: Rows) -> None:
        row = next(r for r in rows["fct_control_exposure_yearly"] if r["reporter_iso3"] == "TWN")
        rows["fct_control_exposure_yearly"].append(
            row | {"hs6": "280530", "china_share_pct": 99.0, "measure_rank": 40}
        )

    chart = chart_of(glossary, add)
    assert "99.0 %" not in words(chart, glossary)
    assert "280530" not in {row[2] for row in draw(chart, glossary).numbers[0].rows}


def test_an_economy_is_shown_for_one_year(glossary: Glossary) -> None:
    def lag(rows: Rows) -> None:
        for row in rows["fct_control_exposure_yearly"]:
            if row["reporter_iso3"] == "KOR":
                row |= {"year": 2022, "coverage": "2022"}

    chart = chart_of(glossary, lag)
    assert isinstance(chart.data, ExposureMatrix)
    assert {iso3: year for iso3, _, year in chart.data.economies}["KOR"] == 2022
    assert words(chart, glossary).count("2022") == 1


def test_without_imports_there_is_no_matrix() -> None:
    assert exposure_matrix(month_marts(lambda rows: rows["fct_control_measures"].clear())) is None
