"""What a site is made from, as one hash: a site that would come out the same is not built again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tradeflow.bundled import docs_root, reports_root
from tradeflow.site.library import Published
from tradeflow.site.view import View

_PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint(view: View, url: str) -> str:
    """SHA-256 over reports, rows, receipts, templates, documents and code, as 64 hex digits."""
    digest = hashlib.sha256()
    for part in (
        *_code(),
        *_reports(view.issues),
        *_rows(view),
        repr(sorted(view.receipts.items())).encode(),
        f"{url} {view.is_demonstration} {view.as_of}".encode(),
    ):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _code() -> Iterator[bytes]:
    folders = ((_PACKAGE, "*.py"), (reports_root() / "templates", "*"), (docs_root(), "*.md"))
    for folder, pattern in folders:
        for path in sorted(folder.rglob(pattern)):
            if path.is_file():
                yield path.read_bytes()
    yield (reports_root() / "glossary.yml").read_bytes()


def _reports(issues: Mapping[str, list[Published]]) -> Iterator[bytes]:
    for listed in issues.values():
        for issue in listed:
            for path in sorted(issue.folder.rglob("*")):
                if path.is_file():
                    yield path.relative_to(issue.folder.parent).as_posix().encode()
                    yield path.read_bytes()


def _rows(view: View) -> Iterator[bytes]:
    relations = [file.model.relation for file in view.files]
    for relation in (*relations, "marts.facts", "ops.check_results"):
        told = view.con.execute(
            f"select count(*), sum(hash(row)) from {relation} as row where week = ?",
            [view.marts.week],
        ).fetchall()
        yield f"{relation} {told}".encode()
