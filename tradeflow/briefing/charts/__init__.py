"""The reports' charts as inline SVG: one message each, drawn from the same facts as the tables.

`canvas.py` holds the primitives, `lines.py`, `bars.py`, `heat.py`, `policy.py` and `minerals.py`
one family of charts each, `drawing.py` puts a chart and its numbers on a page. Which rows a chart
draws is decided in `charts_data.py`, what may stand side by side in `chart_rules.py`.
"""
