"""Full-text search of the built pages in the reader's browser, by Pagefind.

Pagefind reads finished HTML and writes an index and its own script beside the site; nothing is
asked of another host. Its extended build segments Chinese. What it reads is a copy in which
every page carries its words in simplified characters too, so that both scripts find it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import lru_cache
from html import escape
from pathlib import Path

from opencc import OpenCC
from selectolax.lexbor import LexborHTMLParser

from tradeflow.errors import StorageError

_MARK = "data-pagefind-body"


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
                target.write_text(_in_both_scripts(html), "utf-8")
        command = [sys.executable, "-m", "pagefind", "--site", folder, "--silent"]
        command += ["--output-path", str(root / "pagefind")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise StorageError(f"{root}: the search index failed: {lines[-1] if lines else 'no word'}")


def _in_both_scripts(html: str) -> str:
    main = LexborHTMLParser(html).css_first(f"[{_MARK}]")
    text = main.text(separator=" ", strip=True) if main is not None else ""
    simplified = escape(_converter().convert(text))
    before, found, after = html.rpartition("</main>")
    return f'{before}<div data-pagefind-weight="0.5">{simplified}</div>{found}{after}'


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")
