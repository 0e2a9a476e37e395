"""A page of the site before it is dressed: its address, its words, its place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Page:
    """One HTML page."""

    path: str
    """From the site's root: `weekly/2026-W07/index.html`."""
    title: str
    description: str
    body: str
    """HTML inside `main`."""
    trail: tuple[tuple[str, str], ...] = ()
    """(name, path) of the pages above it, the home page left out."""
    structured: Mapping[str, Any] = field(default_factory=dict)
    """Properties of its JSON-LD object besides those every page has; `@type` among them."""
    searchable: bool = True
    """Whether the full-text search finds it."""

    @property
    def root(self) -> str:
        """The way from the page to the site's root: `../../`, or empty."""
        return "../" * self.path.count("/")

    @property
    def address(self) -> str:
        """The path as links write it: without `index.html`."""
        return self.path.removesuffix("index.html")
