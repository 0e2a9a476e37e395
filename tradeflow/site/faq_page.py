"""Questions and answers, from `reports/templates/site/faq.yml`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tradeflow.bundled import reports_root
from tradeflow.site.page import Page
from tradeflow.site.shell import environment


def groups() -> list[dict[str, Any]]:
    """The groups of the page, each with its questions."""
    path = reports_root() / "templates" / "site" / "faq.yml"
    read: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return read


def faq_page() -> Page:
    """The page; the questions marked so are told to search engines too."""
    asked = groups()
    return Page(
        path="faq/index.html",
        title="常見問題",
        description="數字的來源、重建值、集中度的算法、引用與授權、報告如何產生。",
        body=environment().get_template("faq.html.j2").render(groups=asked),
        structured={"@type": "FAQPage", "mainEntity": list(_stated(asked))},
    )


def _stated(asked: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for group in asked:
        for entry in group["entries"]:
            if entry.get("schema"):
                yield {
                    "@type": "Question",
                    "name": entry["question"],
                    "acceptedAnswer": {"@type": "Answer", "text": entry["answer"]},
                }
