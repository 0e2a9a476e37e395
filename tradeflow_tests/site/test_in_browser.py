"""The site in a real browser: search, a figure's source, phone width, accessibility by axe-core."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tradeflow.site.serve import serving

from .conftest import Site
from .small_site import NOTICE, WEEK

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
KINDS = (
    *("", f"weekly/{WEEK}/", "weekly/", "monthly/2026-02/", "notices/", f"notices/{NOTICE}.html"),
    *("entities/", "entities/control-list.html", "economies/", "economies/TWN.html", "status/"),
    *("sources/", "sources/comtrade.html", "method/", "data/", "faq/", "search/"),
    "data/fct_concentration_yearly.html",
)
"""One address of each kind of page."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        # The sandbox of Chromium needs namespaces that containers and root do not have.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    with serving(site.root, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when a script fails or another host is asked."""
    context = browser.new_context(viewport=DESKTOP, locale="zh-TW")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:"))
            else faults.append(f"asked {asked.url}")
        ),
    )
    yield page
    context.close()
    assert faults == []


def test_home_leads_to_the_newest_report(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("h1 a").click()
    expect(page.locator("h1")).to_contain_text("貿易動態簡報")
    page.locator('a[rel="prev"]').click()
    expect(page).to_have_url(re.compile("2026-W06"))


@pytest.mark.parametrize(
    ("query", "page_found"),
    [
        ("稀土", f"notices/{NOTICE}.html"),
        ("暂停实施", f"notices/{NOTICE}.html"),
        ("暫停實施", f"notices/{NOTICE}.html"),
        ("镓", f"notices/{NOTICE}.html"),
        ("鎵", f"notices/{NOTICE}.html"),
        ("台灣某公司", "entities/control-list.html"),
        ("台湾某公司", "entities/control-list.html"),
        ("HHI", "method/"),
    ],
)
def test_the_search_finds_words_in_both_scripts(
    page: Page, address: str, query: str, page_found: str
) -> None:
    page.goto(f"{address}search/")
    page.locator("#query").fill(query)
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text(re.compile(r"找到 \d+ 頁"))
    links = page.locator("#results a").evaluate_all("nodes => nodes.map(node => node.href)")
    assert any(page_found in unquote(link) for link in links), links
    assert f"q={query}" in unquote(page.url)


def test_what_both_scripts_write_alike_is_shown_in_the_readers(page: Page, address: str) -> None:
    page.goto(f"{address}search/?q=稀土")
    expect(page.locator("#found")).to_have_text(re.compile(r"找到 \d+ 頁"))
    told = "".join(page.locator("#results .note").all_inner_texts())
    assert "稀土設備" in told and "稀土设备" not in told


def test_a_search_without_a_hit_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}search/?q=不存在的詞語")
    expect(page.locator("#found")).to_contain_text("沒有頁面提到")


@pytest.mark.parametrize("kind", ["", f"weekly/{WEEK}/", "monthly/2026-02/", "economies/TWN.html"])
def test_a_click_on_a_figure_leads_to_the_stored_answer(
    page: Page, address: str, kind: str
) -> None:
    page.goto(f"{address}{kind}")
    page.locator("button.figure").first.click()
    note = page.locator("[popover]:popover-open")
    expect(note).to_be_visible()
    for word in ("值", "涵蓋", "發布日", "模型", "來源答覆"):
        expect(note.locator("dt", has_text=word).first).to_be_visible()
    note.locator('a[href*="receipts/"]').first.click()
    expect(page.locator("h1")).to_contain_text("來源答覆")
    expect(page.locator("main")).to_contain_text("SHA-256")


def test_the_registry_is_narrowed_by_state_and_economy(page: Page, address: str) -> None:
    page.goto(f"{address}notices/")
    rows = page.locator("#notices tbody tr:visible")
    every = rows.count()
    page.locator('select[name="state"]').select_option("suspended")
    assert 0 < rows.count() < every
    assert {row.get_attribute("data-state") for row in rows.all()} == {"suspended"}
    expect(page.locator("#shown")).to_have_text(f"{rows.count()}／{every} 則")
    page.locator('select[name="state"]').select_option("")
    assert rows.count() == every


def test_opened_as_a_file_the_registry_narrows_and_the_search_says_what_it_needs(
    page: Page, site: Site
) -> None:
    page.goto((site.root / "notices" / "index.html").as_uri())
    expect(page.locator("#filter")).to_be_visible()
    page.goto((site.root / "search" / "index.html").as_uri())
    expect(page.locator("#without")).to_contain_text("tradeflow site serve")


def test_without_scripts_the_registry_and_the_figures_still_read(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}notices/")
    assert page.locator("#notices tbody tr:visible").count() >= 10
    assert not page.locator("#filter").is_visible()
    page.goto(f"{address}search/")
    expect(page.locator("main")).to_contain_text("搜尋需要啟用 JavaScript")
    page.goto(f"{address}weekly/{WEEK}/")
    page.locator("button.figure").first.click()
    expect(page.locator("[popover]").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, address: str, kind: str) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{address}{kind}")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(browser: Browser, address: str, kind: str, scheme: str) -> None:
    page = browser.new_page(viewport=DESKTOP, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{address}{kind}")
    found = Axe().run(page).response["violations"]
    page.close()
    assert [
        f"{one['impact']} {one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        for node in one["nodes"][:3]
    ] == []
