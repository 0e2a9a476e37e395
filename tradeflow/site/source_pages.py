"""How fresh each layer is, and where the data come from under which terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

from tradeflow.briefing.marts import Row
from tradeflow.bundled import source_page
from tradeflow.site.figures import FigureBook
from tradeflow.site.method_pages import with_scrolling_tables
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View
from tradeflow.thresholds import threshold

_TRAIL = (("來源與授權", "sources/index.html"),)


@dataclass(frozen=True)
class Terms:
    """Under which terms a source's data may be used and passed on."""

    use: str
    passing_on: str


TERMS = {
    "comtrade": Terms(
        "聯合國的資料，供內部使用；引用須註明 UN Comtrade。",
        "整批轉發須經聯合國統計司同意；分析所得的數字可隨報告刊出。本站不提供逐夥伴的明細檔。",
    ),
    "census": Terms(
        "美國政府著作，在美國不受著作權保護；註明來源。",
        "可自由轉發；使用 API 的產品須註明未經普查局背書或認證。",
    ),
    "worldbank": Terms(
        "創用 CC 姓名標示 4.0（CC BY 4.0）；註明世界銀行與指標名稱。",
        "可轉發，須姓名標示；個別指標若依據第三方資料，另有其條款。",
    ),
    "ots": Terms(
        "創用 CC 姓名標示—非商業性 4.0（CC BY-NC 4.0）。",
        "僅限非商業用途；資料衍生自 UN Comtrade，轉發時其條款同樣適用。",
    ),
    "mofcom": Terms(
        "法律、法規與官方決定在中國不受著作權保護（著作權法第五條）；新聞稿與版面可能受保護。",
        "本站引題名與短句並附網址；不轉載整頁。",
    ),
    "usgs": Terms(
        "美國政府著作，屬公眾領域；引用版次與 DOI。",
        "可自由轉發。",
    ),
}
"""Short name of each source → its terms, after `docs/sources/`."""


def source_pages(view: View) -> Iterator[Page]:
    """The status page, the page of sources and licences, and one for each source."""
    layers = sorted(view.marts.rows("fct_layer_coverage"), key=lambda row: row["sort_order"])
    described = {row["source"]: source_page(row["source"]) for row in layers}
    for name, path, title, description in (
        ("status", "status/index.html", "資料狀態", "每個資料層的最新期間、下一期與是否逾期。"),
        ("sources", "sources/index.html", "來源與授權", "資料來源、涵蓋期間、版本與授權條款。"),
    ):
        book = FigureBook(view.glossary, "../", set(view.receipts))
        body = (
            environment()
            .get_template(f"{name}.html.j2")
            .render(
                layers=layers,
                health=view.health,
                grace=int(threshold("layer_late_after_days")),
                terms=TERMS,
                described=described,
                as_of=view.as_of,
                checks=view.marts.checks,
                term=view.glossary.term,
                figure=book.fact,
            )
        )
        yield Page(path, title, description, body + book.notes(), modified=view.as_of)
    for row in layers:
        text = described[row["source"]]
        if text is not None:
            yield _source_page(row, text)


def _source_page(row: Row, text: str) -> Page:
    source, name = row["source"], row["source_name_zh"]
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    template = environment().get_template("source.html.j2")
    _, _, below_title = text.partition("\n")
    html = with_scrolling_tables(reader.render(below_title))
    return Page(
        path=f"sources/{source}.html",
        title=name,
        description=f"{name}：取用方式、限制、授權與已知的陷阱。",
        body=template.render(row=row, terms=TERMS[source], text=html),
        trail=_TRAIL,
        structured={
            "@type": "WebPage",
            "about": {"@type": "Organization", "name": name, "url": row["url"]},
        },
    )
