"""What stands above a published report for a static site: a YAML front matter, and its removal.

The fields are those that Jekyll with just-the-docs and jekyll-seo-tag read. `nav_order` is left to
the site, which alone knows its pages. The gate and `figures.json` know the text below the front
matter only; `body_of` gives it back as they know it.
"""

from __future__ import annotations

import datetime as dt
import re

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tradeflow.briefing.chinese import plain
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.issue import Issue
from tradeflow.periods import Month, Week

TITLE_LENGTH = 60
DESCRIPTION_LENGTH = 155
"""Characters that search engines show of a title and of a description."""
_FENCE = "---\n"
_TABLE_REFERENCE = re.compile(r"（(?:(?:表|圖) \d+、?)+）$")
_ESCAPED = re.compile(r"\\([\\`*_\[\]{}#|~$%])")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_SUBJECTS = ("國際貿易", "出口管制", "市場集中度", "美國貿易", "供應鏈")
_LIQUID = str.maketrans({"{": "｛", "}": "｝"})


class FrontMatter(BaseModel):
    """The front matter of one report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layout: str = "default"
    title: str = Field(min_length=1, max_length=TITLE_LENGTH)
    parent: str
    description: str = Field(min_length=1, max_length=DESCRIPTION_LENGTH)
    date: dt.date
    """The day the report speaks for, so that a report made again is the same."""
    article_section: str
    keywords: list[str] = Field(min_length=1)
    related_reports: list[str]
    """`folder/period` of reports that go with this one; the site links those it has."""
    canonical: str = Field(pattern=r"^https?://\S+/$")
    data_version: str
    demonstration: bool | None = None
    """True where figures come from the demonstration world, else left out."""
    last_reviewed: dt.date | None = None
    reviewed_by: str | None = None
    review_status: str | None = None
    """`accepted` or `rejected`; like the two above only from a recorded review."""

    @model_validator(mode="after")
    def _reviewed_whole_or_not(self) -> FrontMatter:
        stated = {self.last_reviewed is None, self.reviewed_by is None, self.review_status is None}
        if len(stated) > 1:
            raise ValueError("a review has a day, a name and an outcome, or there is none")
        return self

    def yaml(self) -> str:
        """The block with its fences; a value is always one line and never opens a Liquid tag."""
        values = self.model_dump(mode="json", exclude_none=True)
        text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10**6)
        return f"{_FENCE}{text}{_FENCE}"


def front_matter(
    issue: Issue, key_messages: tuple[str, ...], economies: list[str], site_url: str
) -> FrontMatter:
    """The front matter of an issue.

    Args:
        key_messages: as printed, the most urgent first.
        economies: names of the economies it reports on, for its keywords.
        site_url: the site's public address, ending in a slash.

    Raises:
        BriefError: a field is empty or too long for a site.
    """
    frame, period, review = issue.frame, issue.period, issue.review
    title = frame.period_name(period)
    try:
        return FrontMatter(
            title=title,
            parent=frame.name_zh,
            description=description(key_messages) or f"{frame.name_zh}，{title}。",
            date=issue.as_of,
            article_section=frame.name_zh,
            keywords=[*frame.keywords, *_SUBJECTS, *economies],
            related_reports=related_reports(issue),
            canonical=f"{site_url}{frame.folder}/{period.key}/",
            data_version=issue.data_version,
            demonstration=True if issue.sandbox else None,
            last_reviewed=review.on if review else None,
            reviewed_by=_safe(review.by) if review else None,
            review_status=review.status if review else None,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise BriefError(f"front matter of {period}: {place}: {fault['msg']}") from error


def description(key_messages: tuple[str, ...]) -> str:
    """As many whole key messages as fit, without their references to tables."""
    told = ""
    for message in key_messages:
        sentence = _safe(_TABLE_REFERENCE.sub("", message))
        if len(told) + len(sentence) > DESCRIPTION_LENGTH:
            break
        told += sentence
    return told or (_safe(key_messages[0])[: DESCRIPTION_LENGTH - 1] + "…" if key_messages else "")


def related_reports(issue: Issue) -> list[str]:
    """The issue before, and the reports of the other kind about the same time.

    They follow from the period alone, so that a report made again is the same.
    """
    period = issue.period
    near = [f"{issue.frame.folder}/{period.previous().key}"]
    if isinstance(period, Week):
        month = Month.containing(period.end)
        return [*near, *(f"{MONTHLY.folder}/{each.key}" for each in (month.previous(), month))]
    return [*near, f"{WEEKLY.folder}/{issue.week.key}"]


def body_of(published: str) -> str:
    """The text of a published report below its front matter, as the gate accepted it.

    Raises:
        BriefError: the front matter has no end.
    """
    if not published.startswith(_FENCE):
        return published
    _, found, body = published[len(_FENCE) :].partition(f"\n{_FENCE}\n")
    if not found:
        raise BriefError("the published text has a front matter without an end")
    return body


def _safe(text: str) -> str:
    """Text on one line as a reader sees it, without what Liquid would take for a tag."""
    shown = _ESCAPED.sub(r"\1", text)
    for entity, character in _ENTITIES.items():
        shown = shown.replace(entity, character)
    return plain(shown).translate(_LIQUID)
