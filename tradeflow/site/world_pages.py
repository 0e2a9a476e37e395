"""The pages that are about the data, not about one issue: the list of what there is."""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.site.data_pages import data_pages
from tradeflow.site.economy_pages import economy_pages
from tradeflow.site.entity_pages import entity_pages
from tradeflow.site.faq_page import faq_page
from tradeflow.site.home_page import home_page
from tradeflow.site.method_pages import method_page
from tradeflow.site.notice_pages import notice_pages
from tradeflow.site.page import Page
from tradeflow.site.search_page import search_page
from tradeflow.site.source_pages import source_pages
from tradeflow.site.view import View


def world_pages(view: View) -> Iterator[Page]:
    """Every such page."""
    yield home_page(view)
    yield from source_pages(view)
    yield from notice_pages(view)
    yield from entity_pages(view)
    yield from economy_pages(view)
    yield from data_pages(view)
    yield method_page(view)
    yield faq_page()
    yield search_page()
