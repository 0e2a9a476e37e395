"""The weekly brief's frame."""

from __future__ import annotations

from tradeflow.briefing.frames.frame import Frame
from tradeflow.periods import Period, Week

_KEY_MESSAGES = "## 本週重點"
_WATCH_LIST = "## 六、觀察清單"

_HEADINGS: tuple[str, ...] = (
    _KEY_MESSAGES,
    "## 一、出口重點",
    "### 主要變化",
    "### 數據表格",
    "## 二、進口重點",
    "### 主要變化",
    "### 數據表格",
    "### 對中貿易差額",
    "## 三、美國月度貿易",
    "### 主要變化",
    "### 數據表格",
    "## 四、政策更新",
    "### 本週新增",
    "### 持續追蹤",
    "### 潛在供應鏈影響（推測，建議人工審核）",
    "## 五、市場集中度",
    _WATCH_LIST,
    "## 七、與上週比較",
    "## 八、資料品質與限制",
    "### 待審核項目",
    "### 資料來源間一致性",
    "### 已知限制",
    "### 檢核結果",
    "## 附錄：語意搜尋參考",
    "## 資料來源",
    "## 免責聲明",
)

_COLUMNS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "exports",
        (
            "經濟體",
            "年度",
            "出口額（億美元）",
            "年增率",
            "前三大市場（占比）",
            "前三大占比",
            "HHI",
            "備註",
        ),
    ),
    2: (
        "imports",
        (
            "經濟體",
            "年度",
            "進口額（億美元）",
            "年增率",
            "前三大來源（占比）",
            "HHI",
            "自中國進口占比",
            "備註",
        ),
    ),
    3: ("china-balance", ("經濟體", "年度", "對中出口", "自中進口", "差額", "前一年差額")),
    4: (
        "us-monthly",
        (
            "夥伴",
            "最新月份",
            "出口",
            "進口",
            "差額",
            "進口月增率",
            "進口年增率",
            "出口年增率",
            "紀錄",
        ),
    ),
    5: (
        "us-year-to-date",
        (
            "夥伴",
            "累計期間",
            "累計出口",
            "累計進口",
            "累計差額",
            "累計進口年增率",
            "累計差額年增率",
            "前一年全年進口",
        ),
    ),
    6: ("new-documents", ("公告", "發布日", "生效日", "狀態", "管制內容", "對象", "來源")),
    7: ("tracked-measures", ("公告", "狀態", "下一個日期", "剩餘天數", "內容")),
    8: (
        "supply-chain",
        ("措施", "受影響品項（HS）", "曝險最高經濟體", "中國占比", "規則評等", "依據"),
    ),
    9: (
        "concentration",
        (
            "經濟體",
            "方向",
            "年度",
            "HHI",
            "等級",
            "有效夥伴數",
            "前三大占比",
            "夥伴數",
            "距下一門檻",
            "較前一年",
            "涵蓋率",
        ),
    ),
    10: ("watch-list", ("項目", "指標", "現值", "門檻", "距門檻", "下一個日期", "狀態", "依據")),
    11: ("week-changes", ("項目", "上週", "本週", "變化")),
    12: ("consistency", ("比較", "期間", "甲", "乙", "差異", "判定")),
    13: ("checks", ("檢核", "結果", "說明")),
    14: ("search", ("查詢", "文件", "公告號", "狀態", "文件日期", "分數", "圖層")),
    15: ("sources", ("來源", "涵蓋期間", "版本", "發布時滯", "狀態", "授權")),
}

_NUMERIC = frozenset(
    {
        *("年度", "出口額（億美元）", "進口額（億美元）", "年增率", "前三大占比", "HHI"),
        *("自中國進口占比", "對中出口", "自中進口", "差額", "前一年差額", "出口", "進口"),
        *("進口月增率", "進口年增率", "出口年增率", "累計出口", "累計進口", "累計差額"),
        *("累計進口年增率", "累計差額年增率", "前一年全年進口", "剩餘天數", "有效夥伴數", "夥伴數"),
        *("距下一門檻", "較前一年", "涵蓋率", "現值", "門檻", "距門檻", "發布時滯"),
    }
)


def _name(period: Period) -> str:
    assert isinstance(period, Week)
    return f"{period.year} 年第 {period.number:02d} 週"


WEEKLY = Frame(
    report="trade_briefing",
    name_zh="貿易動態簡報",
    folder="weekly",
    stem="trade-briefing",
    template="weekly.md.j2",
    period_name=_name,
    headings=_HEADINGS,
    columns=_COLUMNS,
    numeric_columns=_NUMERIC,
    key_messages=_KEY_MESSAGES,
    this="本週",
    no_reconstructed=frozenset({_KEY_MESSAGES, _WATCH_LIST}),
    no_reconstructed_prose=frozenset({"## 三、美國月度貿易", "## 四、政策更新"}),
)
