"""Full-text search of the built pages in the reader's browser, by Pagefind.

Pagefind reads finished HTML and writes an index and its own script beside the site; nothing is
asked of another host. What it reads is a copy of each page in which every Chinese character is a
word of its own, and which carries its words in the other script too: the page's script asks
for the characters of a query in their order, so that any run of characters is found, in either
script, wherever a segmenter would have cut it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from functools import lru_cache
from html import escape
from pathlib import Path

from opencc import OpenCC
from selectolax.lexbor import LexborHTMLParser

from tradeflow.errors import StorageError
from tradeflow.script import traditional

_MARK = "data-pagefind-body"
_LEFT_OUT = "[popover], details, svg, script, style"
"""Parts that would be found everywhere and mean nothing: notes of figures, tables of charts."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_AROUND_HAN = re.compile(f"(?<=[{_HAN}])(?=\\S)|(?<=\\S)(?=[{_HAN}])")
_TAG = re.compile(r"(<[^>]*>)")


def index_pages(root: Path) -> None:
    """Index every page with a `data-pagefind-body` under `root` into `root/pagefind`.

    Raises:
        StorageError: the indexer failed; its last line is named.
    """
    with tempfile.TemporaryDirectory(prefix="tradeflow-index-") as folder:
        copy = Path(folder)
        for page in sorted(root.rglob("*.html")):
            html = page.read_text("utf-8")
            if _MARK in html:
                target = copy / page.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(as_indexed(html), "utf-8")
        command = [sys.executable, "-m", "pagefind", "--site", folder, "--silent"]
        command += ["--output-path", str(root / "pagefind")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise StorageError(f"{root}: the search index failed: {lines[-1] if lines else 'no word'}")


def as_indexed(html: str) -> str:
    """The copy of a page that is indexed: title and main part, in both scripts."""
    page = LexborHTMLParser(html)
    main, title = page.css_first(f"[{_MARK}]"), page.css_first("title")
    if main is None or title is None:
        raise StorageError("a page to be indexed has no title or no main part")
    for part in main.css(_LEFT_OUT):
        part.decompose()
    other = [_converter().convert(main.text(separator=" ", strip=True))]
    other += [
        traditional(part.text(separator=" ", strip=True)) for part in main.css('[lang="zh-Hans"]')
    ]
    told = "".join(
        piece if piece.startswith("<") else spaced(piece) for piece in _TAG.split(main.html or "")
    ).rpartition("</main>")[0]
    name = escape(title.text(strip=True), quote=True)
    return (
        f'<!DOCTYPE html><html lang="zh-Hant-TW"><head><title>{name}</title>'
        f'<meta data-pagefind-meta="title[content]" content="{name}"></head><body>{told}'
        f'<div data-pagefind-weight="0.5">{escape(spaced(" ".join(other)))}</div>'
        "</main></body></html>"
    )


def spaced(text: str) -> str:
    """Text whose Chinese characters stand apart from each other and from what is around them."""
    return _AROUND_HAN.sub(" ", text)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")
