"""The protocol of MOFCOM's two sandbox hosts: lists, paging, error pages, bytes and clock."""

from __future__ import annotations

import csv
import re
from datetime import date

import httpx
import pytest

from tradeflow.periods import Week
from tradeflow.sandbox import mofcom, mofcom_world
from tradeflow.sandbox.mofcom_world import MINISTRY_HOST, SITE_HOST, pages

LAST_DAY = Week(2026, 26).end
OWN_PAGE = {
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Referer": f"http://{SITE_HOST}/",
    "X-Requested-With": "XMLHttpRequest",
}
LIST_ID = "fc8bdff48fa345a48b651c1285b70b8f"
COLUMN_IDS = ("13", "14", "15", "1", "2")


def get(url: str, as_of: date = LAST_DAY) -> httpx.Response:
    return mofcom.handle(httpx.Request("GET", url), as_of)


def get_page(page: mofcom_world.Page, as_of: date = LAST_DAY) -> httpx.Response:
    return get(f"https://{page.host}{page.path}", as_of)


def column_list(
    column: str, number: str = "1", as_of: date = LAST_DAY, headers: dict[str, str] = OWN_PAGE
) -> httpx.Response:
    url = f"http://{SITE_HOST}{mofcom.COLUMN_LIST_PATH}"
    form = {"pageNumber": number, "columnID": column}
    return mofcom.handle(httpx.Request("POST", url, data=form, headers=headers), as_of)


def listed_paths(as_of: date) -> list[str]:
    """Every path a reader finds by walking all columns page by page."""
    paths = []
    for column in COLUMN_IDS:
        number, last = 1, 1
        while number <= last:
            info = column_list(column, str(number), as_of).json()["pageInfo"]
            last = info["maxPageNum"]
            paths += [row["url"] for row in info["rows"]]
            number += 1
    return paths


def announced(as_of: date = LAST_DAY, **asked: str) -> dict:
    """What the ministry's gateway answers to a question for its list of announcements."""
    url = httpx.URL(f"https://{MINISTRY_HOST}{mofcom.ANNOUNCEMENT_PATH}", params=asked)
    return get(str(url), as_of).json()


def announced_paths(as_of: date) -> list[str]:
    """Every path a reader finds by walking the announcements page by page."""
    paths: list[str] = []
    page, total = 1, 1
    while len(paths) < total:
        html = announced(as_of, pageId=LIST_ID, paramJson=f'{{"pageNo":{page}}}')["data"]["html"]
        paths += re.findall(r'<li><a href="([^"]+)"', html)
        page, total = page + 1, int(re.search(r'count="(\d+)"', html)[1])
    return paths


def test_every_page_of_the_site_is_listed_once_and_served_by_the_last_week():
    site = [page for page in pages() if page.host == SITE_HOST]
    assert len(site) == 128
    assert sorted(listed_paths(LAST_DAY)) == sorted(page.path for page in site)
    assert all('class="art-con"' in get_page(p).content.decode(p.encoding) for p in site)


def test_every_supplement_is_listed_and_served_by_the_ministrys_host_alone():
    ministry = [page for page in pages() if page.host == MINISTRY_HOST]
    assert sorted(announced_paths(LAST_DAY)) == sorted(page.path for page in ministry)
    supplements = [page for page in ministry if page.body.text.startswith("〔补充〕")]
    assert {page.page_id for page in supplements} == {
        "2023-23", "2023-57", "2025-13", "2025-18", "2025-08-12", "2025-70", "2025-72",
    }  # fmt: skip
    for page in supplements:
        assert "为演示重新撰写" in page.body.text
        assert page.released_on == page.page_date
    assert not any("〔补充〕" in page.body.text for page in pages() if page.host == SITE_HOST)


@pytest.mark.parametrize("week", [Week(2025, 1), Week(2025, 41), Week(2026, 7), Week(2026, 18)])
def test_a_week_lists_exactly_the_pages_released_by_its_end(week):
    expected = {page.path for page in pages() if page.released_on <= week.end}
    assert set(listed_paths(week.end)) | set(announced_paths(week.end)) == expected


def test_a_page_is_released_on_the_later_of_its_date_and_its_folders_month():
    late = next(page for page in pages() if page.page_id == "1250")
    assert (late.page_date, late.released_on) == (date(2025, 12, 19), date(2026, 5, 1))
    assert "您访问的页面不存在" in get_page(late, date(2026, 4, 30)).text
    assert "ArticleTitle" in get_page(late, date(2026, 5, 1)).text


def test_no_page_is_new_in_the_week_of_2026_02_09():
    week = Week(2026, 7)
    assert [page for page in pages() if week.start <= page.released_on <= week.end] == []


def test_announcement_70_of_2025_is_visible_from_its_day_of_issue():
    page = next(page for page in pages() if page.page_id == "2025-70")
    assert page.path not in announced_paths(date(2025, 11, 6))
    assert page.path in announced_paths(date(2025, 11, 7))


def test_a_column_is_newest_first_and_a_page_posted_late_keeps_its_own_date():
    rows = column_list("2", as_of=date(2026, 5, 31)).json()["pageInfo"]["rows"]
    days = [row["publishTimeStr"][:10] for row in rows]
    assert days == sorted(days, reverse=True)
    assert {"2026-02-13", "2026-02-11"} <= set(days)


def test_a_page_beyond_the_last_has_no_rows_and_states_the_same_total():
    first, beyond = (column_list("15", n).json()["pageInfo"] for n in ("1", "9"))
    assert beyond["rows"] == []
    assert (beyond["total"], beyond["maxPageNum"]) == (first["total"], first["maxPageNum"])


@pytest.mark.parametrize("missing", ["Accept-Language", "Referer"])
def test_a_request_not_sent_as_the_sites_own_page_gets_an_error_text_with_status_200(missing):
    headers = {name: value for name, value in OWN_PAGE.items() if name != missing}
    answer = column_list("15", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "请稍后再试" in answer.text


def test_a_request_that_is_not_a_script_gets_question_marks_for_chinese():
    headers = {name: text for name, text in OWN_PAGE.items() if name != "X-Requested-With"}
    titles = [row["title"] for row in column_list("15", headers=headers).json()["pageInfo"]["rows"]]
    assert titles
    assert all("??" in title for title in titles)
    assert not any(re.search("[\u4e00-\u9fff]", title) for title in titles)


@pytest.mark.parametrize("paging", ["", "page 2", "[2]", '{"pageNo":0}', '{"pageNo":"2"}', "{}"])
def test_the_gateway_names_no_list_without_its_id_and_no_page_without_a_number(paging):
    assert announced(paramJson='{"pageNo":1}')["success"] is False
    assert announced(pageId=LIST_ID, paramJson=paging)["success"] is False


def test_a_page_of_announcements_beyond_the_last_is_empty_and_states_the_same_total():
    html = announced(pageId=LIST_ID, paramJson='{"pageNo":9}')["data"]["html"]
    assert "<li>" not in html
    assert f'count="{len(announced_paths(LAST_DAY))}"' in html


@pytest.mark.parametrize("number", ["0", "-1", "x", ""])
def test_a_malformed_page_number_gets_an_error_text(number):
    assert "请稍后再试" in column_list("15", number).text


@pytest.mark.parametrize(
    "url",
    [
        f"http://{SITE_HOST}/article/gndt/209901/1.html",
        f"https://{MINISTRY_HOST}/zwgk/zcfb/art/2099/01/art_1.html",
        f"https://{MINISTRY_HOST}/zwgk/zcfb/art/2025/11/art_0.html",
    ],
)
def test_an_unknown_path_gets_the_not_found_text_with_status_200(url):
    answer = get(url)
    assert answer.status_code == 200
    assert "您访问的页面不存在" in answer.text


def test_the_html_title_is_the_sites_name_and_the_article_title_stands_in_the_page():
    html = get(f"http://{SITE_HOST}/article/zcfg/gnzcfg/zcfggzqd/202601/1206.html").text
    title = "商务部公告2026年第1号 关于加强两用物项对日本出口管制的公告"
    assert "<title>中国出口管制信息网</title>" in html
    assert f'<meta name="ArticleTitle" content="{title}">' in html
    assert '<meta name="PubDate" content="2026-01-06">' in html
    assert f'<h1 class="art-title">{title}</h1>' in html


def test_some_pages_are_not_utf_8_and_some_declare_a_wrong_charset():
    not_utf_8 = [page for page in pages() if page.encoding in ("gbk", "gb18030")]
    assert len(not_utf_8) >= 6
    for page in not_utf_8:
        with pytest.raises(UnicodeDecodeError):
            get_page(page).content.decode("utf-8")
    beyond_gbk = next(page for page in not_utf_8 if page.page_id == "1098")
    with pytest.raises(UnicodeDecodeError):
        get_page(beyond_gbk).content.decode("gbk")
    wrong = [page for page in not_utf_8 if "utf-8" in (page.header_charset, page.meta_charset)]
    assert len(wrong) >= 2
    assert any(p.encoding == "utf-8" and p.header_charset == "gbk" for p in pages())


def test_a_page_is_the_same_bytes_in_every_week_and_after_a_fresh_load():
    before = {page.path: get_page(page, page.released_on).content for page in pages()}
    mofcom_world.pages.cache_clear()
    mofcom_world.bodies.cache_clear()
    assert before == {page.path: get_page(page).content for page in pages()}


def test_the_link_to_the_earlier_page_never_points_to_one_not_yet_released():
    released = {page.path: page.released_on for page in pages()}
    for page in pages():
        link = re.search(r'上一篇：<a href="([^"]+)"', get_page(page).content.decode(page.encoding))
        assert link is None or released[link[1]] <= page.released_on


def test_the_pages_are_those_of_the_fact_table(shared):
    with (shared / "facts" / "mofcom_pages.csv").open(encoding="utf-8", newline="") as file:
        stated = {
            row["url"]: (row["title_as_published_elsewhere"], max(row["page_date"].split(";")))
            for row in csv.DictReader(file)
        }
    served = {
        f"http://{page.host}{page.path}": (page.title, page.page_date.isoformat())
        for page in pages()
        if page.host == SITE_HOST
    }
    assert served == stated
