"""What a report kind hands to the renderer: tables, charts, and what its templates call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tradeflow.briefing.charts_data import ChartData
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table


@dataclass(frozen=True)
class Content:
    """The contents of one report, cells already written with its pen."""

    tables: tuple[Table, ...]
    """Every table of the frame, those without rows too."""
    charts: Mapping[str, ChartData]
    """Chart name → the rows it draws, in order of appearance."""
    context: Mapping[str, Any]
    """What the kind's own templates call, besides what every report has."""


Compose = Callable[[Marts, Glossary, Issue, Pen], Content]
