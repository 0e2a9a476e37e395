"""The small site, built once, and its pages read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from tradeflow.site.build import Built, build_site
from tradeflow.world import World

from .small_site import publish_small_world


@dataclass(frozen=True)
class Site:
    """A built site and its pages by path."""

    world: World
    built: Built
    pages: dict[str, LexborHTMLParser]

    @property
    def root(self) -> Path:
        return self.built.folder

    def text(self, path: str) -> str:
        return (self.root / path).read_text("utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = publish_small_world(tmp_path_factory.mktemp("small") / "home")
    built = build_site(world)
    pages = {
        path.relative_to(built.folder).as_posix(): LexborHTMLParser(path.read_text("utf-8"))
        for path in built.folder.rglob("*.html")
        if "pagefind" not in path.parts
    }
    return Site(world, built, pages)
