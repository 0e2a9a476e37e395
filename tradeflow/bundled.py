"""Where the SQL project, the templates and the glossary lie.

In a checkout they are the top-level folders; an installed wheel carries copies of them.
"""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
_INSTALLED = Path(__file__).resolve().parent / "_bundled"


def checkout_root() -> Path | None:
    """The source checkout this package runs from, or None for an installed wheel."""
    return None if _INSTALLED.is_dir() else _CHECKOUT


def sql_root() -> Path:
    """The folder `dbt_like_sql/`."""
    return _root() / "dbt_like_sql"


def reports_root() -> Path:
    """The folder `reports/` with `templates/` and `glossary.yml`."""
    return _root() / "reports"


def docs_root() -> Path:
    """The folder `docs/`; a wheel carries the parts of it that the site shows."""
    return _root() / "docs"


def indicators_page() -> str | None:
    """The text of `docs/indicators.md`, or None where the documents are not at hand."""
    path = docs_root() / "indicators.md"
    return path.read_text("utf-8") if path.exists() else None


def source_page(name: str) -> str | None:
    """The text of `docs/sources/<name>.md`, or None where the documents are not at hand."""
    path = docs_root() / "sources" / f"{name}.md"
    return path.read_text("utf-8") if path.exists() else None


def _root() -> Path:
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
