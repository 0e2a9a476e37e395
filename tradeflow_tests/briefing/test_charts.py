"""Charts are drawn from facts, say what they show, and do not depend on the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tradeflow.briefing import charts
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.render import Rendered


def test_drawing_twice_gives_the_same_bytes(rendered: Rendered, glossary: Glossary) -> None:
    for chart in rendered.charts:
        assert charts.draw(chart, glossary) == charts.draw(chart, glossary)


def test_the_fonts_of_the_machine_do_not_show_in_the_layout(
    rendered: Rendered, glossary: Glossary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chart in rendered.charts:
        drawn = []
        for font in ("DejaVu Sans Mono", "DejaVu Serif"):
            monkeypatch.setattr(charts, "FONTS", font)
            drawn.append(charts.draw(chart, glossary).svg.replace(font, "font"))
        assert drawn[0] == drawn[1], chart.name


def test_charts_are_numbered_as_they_appear_and_named_by_their_message(rendered: Rendered) -> None:
    for chart in rendered.charts:
        assert f"\n圖 {chart.number}　{chart.title}\n" in rendered.markdown
    assert [chart.number for chart in rendered.charts] == [1, 2, 3, 4]
    places = [rendered.markdown.index(f"\n圖 {number}　") for number in (1, 2, 3, 4)]
    assert places == sorted(places)


def test_a_chart_carries_title_description_and_its_numbers(
    rendered: Rendered, glossary: Glossary
) -> None:
    drawing = charts.draw(rendered.charts[1], glossary)
    assert f'<title id="figure-2-title">{drawing.chart.title}</title>' in drawing.svg
    assert drawing.description and 'role="img"' in drawing.svg
    assert ("台灣", "1,767.3", "1,061.7", "+66.5 %") in drawing.rows


def test_reading_the_package_does_not_load_the_drawing_libraries() -> None:
    code = (
        "import sys, tradeflow.briefing.produce; "
        "sys.exit(any(name in sys.modules for name in ('altair', 'vl_convert')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
