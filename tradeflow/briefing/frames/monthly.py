"""The monthly report's frame: what a month means for supply chains."""

from __future__ import annotations

from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.periods import Month, Period

_SUMMARY = "## 執行摘要"
_SIGNALS = "### 重要信號"
_INDICATORS = "### 觀察指標"

_HEADINGS: tuple[str, ...] = (
    _SUMMARY,
    "## 一、關鍵發現",
    "### 數據摘要",
    _SIGNALS,
    "## 二、集中度風險",
    "### 出口市場",
    "### 進口來源",
    "### 商品",
    "### 依賴旗標",
    "## 三、管制影響",
    "### 本月措施",
    "### 曝險矩陣",
    "### 到期與生效日曆",
    "### 綜合評估（推測，建議人工審核）",
    "## 四、多元化",
    "### 替代供應來源",
    "### 總體環境",
    "### 其他經濟體動態",
    _INDICATORS,
    "## 五、方法與限制",
    "### 使用的資料",
    "### 計算方法",
    "### 資料來源間一致性",
    "### 已知限制",
    "### 待審核項目",
    "### 檢核結果",
    "## 附錄：語意搜尋參考",
    "## 資料來源",
    "## 免責聲明",
)

_COLUMNS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("summary", ("指標", "本期", "上期", "三個月平均", "變化", "來源")),
    2: ("export-concentration", WEEKLY.columns[9][1]),
    3: ("taiwan-markets", ("排名", "夥伴", "出口額（億美元）", "占比", "年增率")),
    4: ("import-concentration", WEEKLY.columns[9][1]),
    5: ("china-sources", ("排名", "夥伴", "進口額（億美元）", "占比", "年增率")),
    6: ("products", ("經濟體", "最大出口品項（HS）", "占比", "產品 HHI", "較前一年")),
    7: (
        "dependencies",
        ("經濟體", "HS6", "品名", "進口 HHI", "全球出口 HHI", "進出口比", "三年達標次數"),
    ),
    8: ("measures", ("公告", "發布日", "生效日", "狀態", "物項", "法域外效力")),
    9: (
        "exposure",
        ("措施", "HS6", "經濟體", "進口額", "中國占比", "供應 HHI", "次三大來源"),
    ),
    10: ("calendar", ("日期", "措施", "事件", "剩餘天數")),
    11: (
        "alternatives",
        ("物項", "中國占比（年、口徑）", "次三大產地或來源", "其占比", "資料年"),
    ),
    12: ("macro", ("經濟體", "GDP 成長率", "較前一年", "貿易占 GDP", "經常帳")),
    13: ("indicators", ("指標", "現值", "門檻", "頻率")),
    14: ("consistency", WEEKLY.columns[12][1]),
    15: ("checks", WEEKLY.columns[13][1]),
    16: ("search", WEEKLY.columns[14][1]),
    17: ("sources", WEEKLY.columns[15][1]),
}

_NUMERIC = WEEKLY.numeric_columns | {
    *("本期", "上期", "三個月平均", "變化", "排名", "占比", "產品 HHI", "進口 HHI"),
    *("全球出口 HHI", "進出口比", "三年達標次數", "進口額", "中國占比", "供應 HHI"),
    *("中國占比（年、口徑）", "其占比", "資料年", "GDP 成長率", "貿易占 GDP", "經常帳"),
}


def _name(period: Period) -> str:
    assert isinstance(period, Month)
    return f"{period.year} 年 {period.number} 月"


MONTHLY = Frame(
    report="supply_chain_analysis",
    name_zh="供應鏈分析報告",
    folder="monthly",
    stem="supply-chain-analysis",
    template="monthly.md.j2",
    period_name=_name,
    headings=_HEADINGS,
    columns=_COLUMNS,
    numeric_columns=_NUMERIC,
    key_messages=_SUMMARY,
    this="本期",
    no_reconstructed=frozenset({_SUMMARY, _SIGNALS, _INDICATORS}),
)
