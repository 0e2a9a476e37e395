"""A value read from a page, with the words that give it and the rule that read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One value of one field of a page."""

    field: str
    value: str
    quote: str
    """The page's own words, character for character."""
    rule_id: str
    confidence: str
    """`high`; `medium` where the page leaves room for doubt."""
    value_zh: str = ""
    """The value as written in Taiwan, where it has a name; else empty."""
