"""JSON-LD of every page: one block, parts by id, the properties search engines ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tradeflow.site.page import Page
from tradeflow.site.structured import structured

from .conftest import Site
from .small_site import HOSTILE, URL, WEEK

REQUIRED = {
    "Article": {
        "headline", "datePublished", "dateModified", "author", "publisher", "isPartOf",
        "inLanguage", "isAccessibleForFree", "mainEntityOfPage",
    },
    "Dataset": {"name", "description", "license", "creator", "url"},
    "FAQPage": {"mainEntity"},
    "CollectionPage": {"name"},
    "DataCatalog": {"dataset"},
    "WebPage": {"name"},
    "SearchResultsPage": {"name"},
}  # fmt: skip


def _graph(site: Site, path: str) -> list[dict[str, Any]]:
    (block,) = site.pages[path].css('script[type="application/ld+json"]')
    document = json.loads(block.text())
    assert document["@context"] == "https://schema.org"
    return document["@graph"]


def test_every_page_has_one_block_with_what_its_type_requires(site: Site) -> None:
    seen = set()
    for path in site.pages:
        page, website, publisher, *rest = _graph(site, path)
        assert REQUIRED[page["@type"]] <= set(page), path
        assert website["@type"] == "WebSite" and website["potentialAction"]["target"].startswith(
            URL
        )
        assert (publisher["@type"], publisher["name"]) == ("Organization", "tradeflow")
        assert page["isPartOf"] == {"@id": website["@id"]}
        assert page["publisher"] == {"@id": publisher["@id"]}
        assert page["@id"].startswith(URL) and page["@id"].endswith("#page")
        seen.add(page["@type"])
        if path != "index.html":
            (breadcrumb,) = rest
            assert breadcrumb["@type"] == "BreadcrumbList"
            steps = breadcrumb["itemListElement"]
            assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
            assert steps[0]["item"] == URL and steps[-1]["item"] == page["url"]
            assert len(steps) == 1 + len(site.pages[path].css("nav.trail li")[1:] or [0])
    assert seen == {*REQUIRED}


def test_no_person_is_named_and_the_software_is_the_author(site: Site) -> None:
    for path in site.pages:
        assert '"Person"' not in json.dumps(_graph(site, path))
    article = _graph(site, f"weekly/{WEEK}/index.html")[0]
    assert article["author"] == {"@id": f"{URL}#publisher"}
    assert len(site.pages[f"weekly/{WEEK}/index.html"].css("nav.trail li")) == 3


def test_a_mart_states_its_files_and_units(site: Site) -> None:
    mart = _graph(site, "data/fct_concentration_yearly.html")[0]
    forms = {each["encodingFormat"]: each["contentUrl"] for each in mart["distribution"]}
    assert forms["text/csv"] == f"{URL}data/fct_concentration_yearly.csv"
    assert mart["license"] == f"{URL}sources/"
    units = {each["name"]: each.get("unitText") for each in mart["variableMeasured"]}
    assert units["hhi_partner"] == "HHI points"
    assert 50 <= len(mart["description"]) <= 5000


def test_questions_told_to_search_engines_are_few_and_answered(site: Site) -> None:
    asked = _graph(site, "faq/index.html")[0]["mainEntity"]
    assert 3 <= len(asked) <= 5
    assert all(one["acceptedAnswer"]["text"] for one in asked)
    shown = site.pages["faq/index.html"].css_first("main").text()
    assert all(one["name"] in shown and one["acceptedAnswer"]["text"] in shown for one in asked)


@pytest.mark.parametrize("text", [HOSTILE, "站：site:x", '"}]'])
def test_text_from_outside_stays_text(text: str) -> None:
    page = Page("x/index.html", text, text, "", structured={"@type": "WebPage", "about": text})
    document = structured(page, URL)
    assert document["@graph"][0]["about"] == text
    assert json.loads(json.dumps(document))["@graph"][0]["name"] == text
