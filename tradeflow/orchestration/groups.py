"""What each group of assets is, for the page of the weekly job: groups have no description."""

from __future__ import annotations

GROUPS = {
    "bilateral_trade_flows": "UN Comtrade: annual trade of six economies with every partner",
    "us_trade_census": "US Census Bureau: monthly goods trade of the United States",
    "world_macro_indicators": "World Bank: growth, trade and current account by year",
    "open_trade_stats": "Open Trade Statistics: a second reading of Comtrade, to compare with",
    "cn_export_control": "China's Ministry of Commerce: notices, their clauses and states",
    "critical_minerals": "US Geological Survey: production of minerals by economy",
    "cross_layer": "Models that rest on more than one source, and the week before",
    "review": "What persons decided of review items and held answers",
    "search": "Documents in pieces, their vectors and the index",
    "briefing": "Facts, the reports of weeks, months and years, the copy for readers, the site",
}
"""Group → what it holds."""


def groups_markdown() -> str:
    """The groups as a table."""
    lines = [f"| `{name}` | {text} |" for name, text in GROUPS.items()]
    return "\n".join(["| group | holds |", "| --- | --- |", *lines])
