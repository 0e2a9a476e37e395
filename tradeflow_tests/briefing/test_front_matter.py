"""What stands above a published report, for a site that Jekyll builds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
import yaml
from pydantic import ValidationError

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.front_matter import (
    DESCRIPTION_LENGTH,
    TITLE_LENGTH,
    FrontMatter,
    body_of,
    description,
    front_matter,
    related_reports,
)
from tradeflow.briefing.issue import Issue, Review
from tradeflow.briefing.render import Rendered

SITE = "https://trade.example/"
ECONOMIES = ["台灣", "美國"]


def read(front: FrontMatter) -> dict[str, object]:
    block = front.yaml()
    assert block.startswith("---\n") and block.endswith("\n---\n")
    loaded: dict[str, object] = yaml.safe_load(block[4:-4])
    return loaded


def test_the_block_has_the_sites_fields_and_leaves_the_order_to_the_site(
    rendered: Rendered, issue: Issue
) -> None:
    fields = read(front_matter(issue, rendered.key_messages, ECONOMIES, SITE))
    told = str(fields.pop("description"))
    assert told.startswith("美國對台灣的逆差已連續兩個月大於對中國")
    assert len(told) <= DESCRIPTION_LENGTH and "表 " not in told
    assert fields == {
        "layout": "default",
        "title": "2026 年第 07 週",
        "parent": "貿易動態簡報",
        "date": "2026-02-15",
        "article_section": "貿易動態簡報",
        "keywords": ["國際貿易", "出口管制", "市場集中度", "美國貿易", "供應鏈", "台灣", "美國"],
        "related_reports": ["weekly/2026-W06", "monthly/2026-01", "monthly/2026-02"],
        "canonical": "https://trade.example/weekly/2026-W07/",
        "data_version": "1a2b3c4d",
        "demonstration": True,
    }


def test_no_review_is_claimed_that_was_not_recorded(rendered: Rendered, issue: Issue) -> None:
    """R08, CHK-REVIEW-CLAIM."""
    unread = read(front_matter(issue, rendered.key_messages, ECONOMIES, SITE))
    assert not {"last_reviewed", "reviewed_by", "review_status"} & unread.keys()
    read_by = replace(issue, review=Review("林審核", date(2026, 2, 16), False))
    fields = read(front_matter(read_by, rendered.key_messages, ECONOMIES, SITE))
    assert fields["last_reviewed"] == "2026-02-16"
    assert (fields["reviewed_by"], fields["review_status"]) == ("林審核", "rejected")


def test_half_a_review_is_refused(rendered: Rendered, issue: Issue) -> None:
    whole = front_matter(issue, rendered.key_messages, ECONOMIES, SITE).model_dump()
    with pytest.raises(ValidationError, match="a day, a name and an outcome"):
        FrontMatter(**{**whole, "reviewed_by": "林審核"})


@pytest.mark.parametrize(
    "hostile",
    [
        "a: b\n---\nowned: true",
        "{{ site.secret }} {% include x %}",
        "\\{\\{ site.secret \\}\\} 說明",
        '- [x]: "quote" #comment & *alias !tag | > %',
        "---",
    ],
)
def test_text_from_outside_stays_one_value_and_opens_no_tag(issue: Issue, hostile: str) -> None:
    """A key message quotes titles of pages; YAML and Liquid must not read them."""
    reviewer = replace(issue, review=Review(hostile, date(2026, 2, 16), True))
    block = front_matter(reviewer, (f"{hostile}。（表 4）",), ECONOMIES, SITE).yaml()
    assert "{{" not in block and "{%" not in block
    assert len(re.findall(r"^---$", block, re.M)) == 2
    fields = yaml.safe_load(block[4:-4])
    assert "owned" not in fields and isinstance(fields["description"], str)
    assert body_of(f"{block}\n# 題\n") == "# 題\n"


def test_a_description_is_whole_sentences_of_key_messages() -> None:
    short, long = "甲" * 60 + "。", "乙" * 120 + "。"
    assert description((f"{short}（表 4、圖 1）", long)) == short
    assert description((short, short)) == short * 2
    cut = description(("丙" * 200,))
    assert len(cut) == DESCRIPTION_LENGTH and cut.endswith("…")
    assert description(()) == ""


def test_a_report_without_key_messages_still_has_a_description(issue: Issue) -> None:
    assert read(front_matter(issue, (), ECONOMIES, SITE))["description"] == (
        "貿易動態簡報，2026 年第 07 週。"
    )


def test_a_title_that_a_site_would_cut_is_refused(issue: Issue) -> None:
    frame = replace(issue.frame, period_name=lambda _: "長" * (TITLE_LENGTH + 1))
    with pytest.raises(BriefError, match="front matter of 2026-W07: title"):
        front_matter(replace(issue, frame=frame), ("甲。",), ECONOMIES, SITE)


def test_related_reports_follow_from_the_period_alone(issue: Issue) -> None:
    """A report made again is the same, whatever else was published meanwhile."""
    assert related_reports(issue) == ["weekly/2026-W06", "monthly/2026-01", "monthly/2026-02"]


def test_a_text_without_front_matter_is_its_own_body() -> None:
    assert body_of("# 題\n\n---\n") == "# 題\n\n---\n"
    with pytest.raises(BriefError, match="without an end"):
        body_of("---\ntitle: x\n")
