"""The site's own drawings: what lies where, and that labels keep apart."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree as Xml

from tradeflow.site.drawings import Interval, concentration, timeline

NAMES = {"in_force": "執行中", "suspended": "暫停實施"}
TODAY = date(2026, 2, 15)


def test_states_lie_in_the_order_of_time_and_an_open_one_runs_to_the_edge() -> None:
    states = [
        Interval("in_force", date(2025, 1, 1), date(2025, 6, 30)),
        Interval("suspended", date(2025, 7, 1), None),
    ]
    drawn = Xml.fromstring(timeline([("第<一>款", states)], TODAY, NAMES))
    bars = drawn.findall(".//rect")
    first, second = ({k: bar.attrib[k] for k in ("x", "width")} for bar in bars)
    assert float(first["x"]) + float(first["width"]) == float(second["x"])
    assert float(second["x"]) + float(second["width"]) == 720
    assert bars[0].findtext("title") == "第<一>款：執行中，2025-01-01 起至 2025-06-30"
    assert bars[1].findtext("title") == "第<一>款：暫停實施，2025-07-01 起"


def test_higher_concentration_lies_higher_and_labels_keep_apart() -> None:
    svg = concentration(
        {"出口": [(2023, 460.0), (2024, 458.0)], "進口": [(2023, 470.0), (2024, 459.0)]},
        [(1000.0, "低標"), (2500.0, "高標")],
    )
    drawn = Xml.fromstring(svg)
    heights = [float(dot.attrib["cy"]) for dot in drawn.findall(".//circle")]
    assert heights[2] < heights[0]
    labels = sorted(
        float(node.attrib["y"])
        for node in drawn.findall(".//text")
        if node.attrib["class"] == "series"
    )
    assert labels[1] - labels[0] >= 15
    assert re.findall(r">(低標|高標)<", svg) == ["低標", "高標"]
