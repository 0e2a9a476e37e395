"""The critical-minerals report's frame: who supplies them, what is controlled, whom it reaches."""

from __future__ import annotations

from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.mineral_rules import mineral_faults
from tradeflow.periods import Period, Year

_SUMMARY = "## 摘要"
_ADVICE = "## 六、建議（規則觸發）"

_HEADINGS: tuple[str, ...] = (
    _SUMMARY,
    "## 一、全球供應現況",
    "### 主要產國",
    "### 集中度分級",
    "### 稀土分類",
    "## 二、中國出口管制",
    "### 時間線",
    "### 現行狀態矩陣",
    "### 管制對應品項",
    "## 三、對全球的影響",
    "## 四、對台灣的影響",
    "### 直接進口",
    "### 產業鏈對照",
    "## 五、主要經濟體策略",
    _ADVICE,
    "## 方法、更正與限制",
    "### 更正表",
    "## 資料來源",
    "## 免責聲明",
)

MONTH_COLUMNS = (
    *("一月", "二月", "三月", "四月", "五月", "六月"),
    *("七月", "八月", "九月", "十月", "十一月", "十二月"),
)
"""Columns of the matrix of states, one a month of the report's year."""

_COLUMNS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "producers",
        (
            *("主要生產國", "礦產（符號）", "階段", "產量（公噸）", "全球產量（公噸）", "占比"),
            *("HHI 或其上下界", "主要用途"),
        ),
    ),
    2: ("bands", ("首位產地占比", "礦種數", "礦產", "其中首位產地為中國者")),
    3: ("rare-earths", ("類別（USGS／中國）", "元素（符號）", "主要用途", "管制公告", "狀態")),
    4: ("timeline", ("日期", "觸發事件", "措施", "物項", "現狀")),
    5: ("states", ("措施", *MONTH_COLUMNS)),
    6: ("controlled-items", ("公告", "物項", "項目編碼", "HS6", "依據")),
    7: (
        "exposure",
        (
            *("經濟體", "年度", "管制狀態", "品項數", "進口額（億美元）", "占全部進口"),
            *("自中國進口占全部進口", "備註"),
        ),
    ),
    8: ("taiwan-imports", ("HS6", "品名", "進口額", "中國占比", "HHI", "次三大來源")),
    9: ("industries", ("物料", "HS6", "產業", "依據")),
    10: ("strategies", ("經濟體", "工具", "年", "指標", "值")),
    11: ("advice", ("條件", "觸發值", "建議", "建議人工審核")),
    12: ("checks", WEEKLY.columns[13][1]),
    13: ("corrections", ("原文", "更正", "依據")),
    14: ("sources", WEEKLY.columns[15][1]),
}

_NUMERIC = WEEKLY.numeric_columns | {
    *("產量（公噸）", "全球產量（公噸）", "占比", "HHI 或其上下界", "礦種數", "品項數"),
    *("占全部進口", "自中國進口占全部進口", "進口額", "中國占比", "年", "值"),
}


def _name(period: Period) -> str:
    assert isinstance(period, Year)
    return f"{period.year} 年"


MINERALS = Frame(
    report="critical_minerals_report",
    name_zh="關鍵礦物與出口管制",
    folder="yearly",
    stem="critical-minerals-report",
    template="minerals.md.j2",
    period_name=_name,
    headings=_HEADINGS,
    columns=_COLUMNS,
    numeric_columns=_NUMERIC,
    key_messages=_SUMMARY,
    this="本期",
    keywords=("關鍵礦物", "稀土"),
    review_items="**待審核項目**",
    rules=mineral_faults,
    no_reconstructed=frozenset({_SUMMARY, _ADVICE}),
)
