"""A page of the site before it is dressed: its address, its words, its place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


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
    """Properties of its JSON-LD object besides those every page has; `@type` among them. A text
    that begins with `site:` is an address from the site's root."""
    searchable: bool = True
    """Whether the full-text search and the sitemap know it."""
    script: str | None = None
    """Name of the script it runs, at the site's root; every page reads without one. No module, as
    browsers load none from a file opened without a server."""
    feed: tuple[str, str] | None = None
    """Title and path of the Atom feed that goes with it, besides the feed of everything."""
    modified: str | None = None
    """The day its content speaks for, where it has one."""

    @property
    def root(self) -> str:
        """The way from the page to the site's root: `../../`, or empty."""
        return "../" * self.path.count("/")

    @property
    def address(self) -> str:
        """The path as an address, without `index.html`, percent-encoded."""
        return address_of(self.path)


def address_of(path: str) -> str:
    """A path from the site's root as an address writes it."""
    return quote(path.removesuffix("index.html"))
