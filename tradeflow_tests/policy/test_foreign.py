"""Foreign measures of the reviewed list, as spokesmen's pages report them."""

from datetime import date

import pytest

from tradeflow.policy.foreign import read_foreign_actions
from tradeflow_tests.policy.pages import article


def told(title: str, *lines: str, page_date: str = "2025-11-12") -> list[tuple]:
    found = article(title, *lines, page_date=page_date)
    read = read_foreign_actions(found)
    assert all(each.quote in found.text for each in read)
    return [(a.verb, a.target_key, a.event_date, a.until_date, a.confidence) for a in read]


def test_the_announcement_takes_the_day_it_is_dated_to() -> None:
    assert told(
        "商务部新闻发言人就美商务部发布出口管制穿透性规则事答记者问",
        "答：9月29日，美国商务部发布出口管制50%穿透性规则，性质恶劣。",
        page_date="2025-09-30",
    ) == [("announced_foreign", "US-BIS-50PCT", date(2025, 9, 29), None, "medium")]


@pytest.mark.parametrize(
    "line",
    [
        "答：美方公布，自2025年11月10日至2026年11月9日，暂停实施出口管制50%穿透性规则。",
        "答：美国商务部宣布，穿透性规则自2025年11月10日起暂停实施，至2026年11月9日。",
    ],
)
def test_the_suspension_has_both_its_days(line: str) -> None:
    assert told("商务部新闻发言人答记者问", line) == [
        ("suspended", "US-BIS-50PCT", date(2025, 11, 10), date(2026, 11, 9), "high")
    ]


def test_the_rule_may_be_named_in_the_sentence_before() -> None:
    assert told(
        "商务部新闻发言人就美方暂停实施出口管制穿透性规则答记者问",
        "答：近日，美方公布，自2025年11月10日至2026年11月9日，暂停实施上述规则。",
    ) == [("suspended", "US-BIS-50PCT", date(2025, 11, 10), date(2026, 11, 9), "high")]


@pytest.mark.parametrize(
    "line",
    [
        "问：美方是否自2025年11月10日起暂停穿透性规则？",
        "答：中方敦促美方自2025年11月10日起取消穿透性规则。",
        "答：美方宣布自2025年11月10日起暂停对港口费的措施一年。",
        "答：一年暂停期之后，美方如何对待穿透性规则，双方将继续讨论。",
    ],
)
def test_wishes_questions_and_other_measures_are_left_out(line: str) -> None:
    assert told("商务部新闻发言人答记者问", line) == []
