"""Pages to articles."""

from hypothesis import given
from hypothesis import strategies as st

from tradeflow.policy.page import fold, read_article
from tradeflow_tests.policy.pages import article, page


def test_the_title_is_the_article_heading_and_never_the_site_name() -> None:
    assert article("商务部公告2025年第61号", "正文。").title == "商务部公告2025年第61号"
    without_heading = page("甲", "正文。").replace('<h1 class="art-title">甲</h1>', "")
    found = read_article(without_heading)
    assert found is not None and found.title == "甲"


def test_a_page_without_an_article_body_is_none() -> None:
    assert (
        read_article("<html><title>中国出口管制信息网</title><body>系统繁忙</body></html>") is None
    )


def test_the_export_control_site_puts_the_text_in_a_div_of_its_own() -> None:
    script = "<script>var title = '甲';</script>"
    html = f"<html><body><div class='bd'>{script}<p>一、钐。</p></div></body></html>"
    found = read_article(html, "公告2025年第61号", "2025-10-09 00:00:00")
    assert found is not None
    assert (found.title, str(found.page_date)) == ("公告2025年第61号", "2025-10-09")
    assert found.lines == ("一、钐。",)


def test_lines_follow_blocks_breaks_and_table_rows() -> None:
    html = page("甲", "X").replace(
        "<p>X</p>",
        "<div><p>一、<span>金属</span>钐<br/>二、靶材</p><table><tr><td>1C902</td><td>钐</td></tr>"
        "<tr><td>1C903</td><td>钆</td></tr></table><script>var a;</script></div>",
    )
    found = read_article(html)
    assert found is not None
    assert found.lines == ("一、金属钐", "二、靶材", "1C902 钐", "1C903 钆")


@given(
    st.text(
        alphabet="商務部公告２０２５年第６１號（一）〔〕【】，：；關於對釤镓ab 12\u3000\xa0",
        max_size=40,
    )
)
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_meets_full_width_and_traditional_writing() -> None:
    assert fold("商務部公告２０２５年第６１號（稀土）") == "商务部公告2025年第61号(稀土)"


def test_sentences_and_quotes_keep_the_printed_characters() -> None:
    found = article("甲", "决定自２０２５年１１月８日起實施。其他事項另行公告！")
    assert [found.quote(s.start, s.end) for s in found.sentences] == [
        "决定自２０２５年１１月８日起實施。",
        "其他事項另行公告！",
    ]
