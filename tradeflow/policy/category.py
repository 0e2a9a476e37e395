"""The one category of a page, by rules in order of priority; the first that applies decides.

Here: titles to one of five categories. Not here: the site's own columns, or what others
called a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CATEGORIES = (
    "regulation_update",
    "controlled_item_change",
    "enforcement_action",
    "policy_guidance",
    "international_cooperation",
)

_STATUS_NOTE = r"(?:[\[(][^\])]*[\])])?$"

_RULES = tuple(
    (name, rule, re.compile("|".join(words)))
    for name, rule, words in (
        # The text of a law or regulation, whatever it is about.
        (
            "regulation_update",
            "text",
            (
                rf"^(?:实施)?《?中华人民共和国[^就]*?(?:法|条例)》?(?:的规定)?{_STATUS_NOTE}",
                rf"^[^就]{{2,16}}(?:条例|管理办法|实施细则){_STATUS_NOTE}",
            ),
        ),
        # What the ministry says about a measure explains it, and is not the measure.
        (
            "policy_guidance",
            "spokesman",
            (r"答记者问|应询|发言人|商务部回应|^商务部:|发表声明",),
        ),
        (
            "international_cooperation",
            "several_states",
            (
                r"对话|磋商|会议|会见|会谈|研讨会|工作组|交流活动|备忘录|Seminar",
                r"联合国|安理会|安全理事会|瓦森纳|核供应国集团|澳大利亚集团",
                r"导弹及其技术控制|禁化武|禁止化学武器|国际原子能",
            ),
        ),
        (
            "enforcement_action",
            "list_or_penalty",
            (
                r"管控名单|关注名单|不可靠实体清单|实体清单|反制|制裁",
                r"处罚|罚款|重罚|和解协议|违规|违反",
            ),
        ),
        ("policy_guidance", "manual", (r"指南|手册|年度报告|许可证颁发|意见征询",)),
        (
            "controlled_item_change",
            "control",
            (
                r"实施(?:出口)?管制|出口管制(?:措施|物项)|对[^,。]{1,8}出口管制",
                r"管制清单|管制目录|许可证管理目录|限制出口技术目录|指定的货物|管理令",
                r"列为[^,。]{1,12}管理|出口控制|管制措施",
                r"(?:修订|修改|调整|更新|收紧|扩大|新增)[^,。]{0,24}(?:清单|管制(?!法)|物资|出口(?!管制法))",
            ),
        ),
        # A notice that halts or revives other notices changes what is under control.
        (
            "controlled_item_change",
            "acts_on_notice",
            (r"(?:暂停|中止|恢复|停止|终止)(?:实施|执行)[^,。]*公告",),
        ),
        ("policy_guidance", "practice", (r"许可|优化|通告|提醒|征求意见|问答|解读|程序|草案",)),
        (
            "regulation_update",
            "legislation",
            # A government or parliament that passes something makes law of it.
            (r"法$|法案|法生效|《[^》]*法》|公告|决定|令|通过[^,。]{0,12}决议",),
        ),
    )
)
_LEAD = re.compile(r"\s*(?:\[[^\[\]]{1,6}\]\s*)+")


@dataclass(frozen=True)
class Classified:
    """A page's category, the rule that decided and where its words stand in the title."""

    category: str
    rule_id: str
    start: int
    end: int
    is_sure: bool
    """False for pages that no rule knows."""


def classify(folded_title: str) -> Classified:
    """Exactly one of `CATEGORIES` for a page, with the reason.

    Args:
        folded_title: the article's title, folded (`page.fold`).

    Returns:
        The outcome of the first rule that applies; pages that no rule knows are guidance.
    """
    lead = _LEAD.match(folded_title)
    start = lead.end() if lead is not None else 0
    title = folded_title[start:].strip()
    start += len(folded_title[start:]) - len(folded_title[start:].lstrip())
    for name, rule, words in _RULES:
        match = words.search(title)
        if match is not None:
            place = start + match.start(), start + match.end()
            return Classified(name, f"category.{rule}", *place, is_sure=True)
    return Classified("policy_guidance", "category.none", start, len(folded_title), is_sure=False)


def category(folded_title: str) -> str:
    """The category alone; see `classify`."""
    return classify(folded_title).category
