"""Data cards: one short text a layer, category and economy, saying which figures there are.

Here: the cards' words and the newest figures they name, from the marts of a week. A card leads a
reader to a series; the reports, not the cards, are where figures are proved. Not here: how
cards are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb

from tradeflow.search.documents import Document
from tradeflow.search.glossary import glossary

_CONCENTRATION = """
select reporter_iso3 as iso3, flow, year, hhi_partner, cr3_pct, level_1500_2500,
    min(year) over (partition by reporter_iso3, flow) as first_year, is_reconstructed
from marts.fct_concentration_yearly
where week = $week
qualify row_number() over (partition by reporter_iso3, flow order by year desc) = 1
order by reporter_iso3, flow desc
"""

_PARTNERS = """
with newest as (
    select * from marts.fct_partner_flows_yearly
    where week = $week and partner_kind = 'economy' and not is_self_partner
    qualify year = max(year) over (partition by reporter_iso3, flow)
)
select reporter_iso3 as iso3, flow, year,
    string_agg(partner_name_zh, '、' order by partner_rank, partner_code)
        filter (where partner_rank <= 10) as partners,
    bool_or(is_reconstructed) as is_reconstructed
from newest
group by reporter_iso3, flow, year
order by reporter_iso3, flow desc
"""

_US_MONTHS = """
select partner_iso3 as iso3, month, min(month) over (partition by partner_iso3) as first_month,
    deficit_usd, is_reconstructed
from marts.fct_us_trade_monthly
where week = $week
qualify row_number() over (partition by partner_iso3 order by month desc) = 1
order by partner_iso3
"""

_MACRO = """
select iso3, min(year) as first_year, max(year) as year, bool_and(is_reconstructed)
    as is_reconstructed
from marts.fct_macro_indicators_yearly
where week = $week
group by iso3
order by iso3
"""

_MINERALS = """
select minerals.mineral_code, minerals.symbol, minerals.mineral_name_zh, minerals.year,
    string_agg(coalesce(economies.name_zh_tw, minerals.economy_iso3), '、'
        order by minerals.value desc nulls last, minerals.economy_iso3) as producers,
    max(minerals.released_at) as released_on,
    bool_or(minerals.is_reconstructed) as is_reconstructed
from intermediate.int_mineral_production__released as minerals
inner join seeds.economies as economies
    on economies.iso3 = minerals.economy_iso3 and economies.valid_to is null
where minerals.week = $week and minerals.row_kind = 'economy' and minerals.measure = 'production'
group by minerals.mineral_code, minerals.symbol, minerals.mineral_name_zh, minerals.year
qualify minerals.year = max(minerals.year) over (partition by minerals.mineral_code)
order by minerals.mineral_code
"""

_NAMES = """
select iso3, any_value(name_zh_tw), any_value(name_en) from seeds.economies
where iso3 is not null and valid_to is null
group by iso3
"""
_RELEASES = "select layer, newest_released_on from marts.fct_layer_coverage where week = $week"
_LEVELS = {"low": "低集中度", "moderate": "中度集中", "high": "高集中度"}
_HHI = (
    "HHI（赫芬達爾－赫希曼指數）是各夥伴占比的平方和，衡量貿易集中於少數經濟體的程度，"
    "也就是供應鏈集中度的風險；數值愈高，愈依賴少數夥伴。"
)
_COMTRADE = "資料：聯合國商品貿易統計（UN Comtrade）"


def data_cards(con: duckdb.DuckDBPyConnection, week_key: str, as_of: date) -> Iterator[Document]:
    """The cards of every series the week's marts hold.

    Args:
        as_of: the last day the week may know of, for series without a known day of release.
    """
    made = _Cards(con, week_key, as_of)
    yield from made.concentration()
    yield from made.partners()
    yield from made.us_trade()
    yield from made.macro()
    yield from made.minerals()


class _Cards:
    def __init__(self, con: duckdb.DuckDBPyConnection, week_key: str, as_of: date) -> None:
        self.con = con
        self.week = week_key
        self.as_of = as_of
        self.names = {iso3: (zh, en) for iso3, zh, en in con.execute(_NAMES).fetchall()}
        self.released = dict(con.execute(_RELEASES, {"week": week_key}).fetchall())

    def concentration(self) -> Iterator[Document]:
        for row in self._rows(_CONCENTRATION):
            zh, en = self._names_of(row["iso3"])
            is_export = row["flow"] == "X"
            what = "出口市場集中度" if is_export else "進口來源集中度"
            level = _LEVELS[row["level_1500_2500"]]
            text = (
                f"{zh}（{en}）的{what}：{row['year']} 年 HHI {row['hhi_partner']:,.0f}，{level}；"
                f"前三大夥伴占 {row['cr3_pct']:.1f}%。{_HHI}"
                f"{_COMTRADE}，{_span(row['first_year'], row['year'])}。"
            )
            category = "export_concentration" if is_export else "import_concentration"
            yield self._card("bilateral_trade_flows", category, row, f"{zh}的{what}（HHI）", text)

    def partners(self) -> Iterator[Document]:
        for row in self._rows(_PARTNERS):
            zh, en = self._names_of(row["iso3"])
            is_export = row["flow"] == "X"
            what = "出口夥伴" if is_export else "進口夥伴"
            word = "出口市場" if is_export else "進口來源"
            text = (
                f"{zh}（{en}）{row['year']} 年的{word}，依金額：{row['partners']}。"
                f"各貿易夥伴的金額、占比、排名與年增率。{_COMTRADE}。"
            )
            category = "export_partners" if is_export else "import_partners"
            yield self._card("bilateral_trade_flows", category, row, f"{zh}的主要{what}", text)

    def us_trade(self) -> Iterator[Document]:
        usa, _ = self._names_of("USA")
        for row in self._rows(_US_MONTHS):
            zh, en = self._names_of(row["iso3"])
            balance = "逆差" if row["deficit_usd"] > 0 else "順差"
            text = (
                f"{usa}與{zh}（{en}）的每月貿易：{usa}對{zh}出口、自{zh}進口與貿易逆差，"
                f"{_span(row['first_month'], row['month'])}；最新一個月{usa}為{balance}。"
                "資料：美國普查局（US Census Bureau）。"
            )
            title = f"{usa}與{zh}的每月貿易：出口、進口、逆差"
            yield self._card("us_trade_census", "monthly_trade", row, title, text)

    def macro(self) -> Iterator[Document]:
        for row in self._rows(_MACRO):
            zh, en = self._names_of(row["iso3"])
            text = (
                f"{zh}（{en}）的總體經濟指標：國內生產毛額（GDP）、經濟成長率、經常帳餘額、"
                f"貿易占國內生產毛額的比率，{_span(row['first_year'], row['year'])}。"
                "資料：世界銀行（World Bank）。"
            )
            title = f"{zh}的總體經濟：GDP、成長率、經常帳、貿易依存度"
            yield self._card("world_macro_indicators", "macro", row, title, text)

    def minerals(self) -> Iterator[Document]:
        for row in self._rows(_MINERALS):
            name = row["mineral_name_zh"]
            text = (
                f"{name}（{row['symbol']}）{row['year']} 年的世界產量，依產量：{row['producers']}。"
                "關鍵礦產各生產國的產量與占世界的比率。資料：美國地質調查所（USGS）。"
            )
            yield self._card(
                "critical_minerals", "production", row, f"{name}的世界產量與生產國", text
            )

    def _card(
        self, layer: str, category: str, row: dict[str, Any], title: str, text: str
    ) -> Document:
        subject = row.get("iso3") or row["mineral_code"]
        released = row.get("released_on") or self.released.get(layer) or self.as_of
        subject_zh = row.get("mineral_name_zh")
        material = glossary().concept_of(subject_zh) if subject_zh else None
        return Document(
            id=f"card:{layer}/{category}/{subject}",
            layer=layer,
            category=category,
            title=title,
            url=None,
            notice_key=None,
            document_type=None,
            year=None,
            number=None,
            issue_date=None,
            page_date=None,
            released_on=released,
            materials=(material,) if material else (),
            economies=(row["iso3"],) if "iso3" in row else (),
            is_unconfirmed=False,
            is_reconstructed=row["is_reconstructed"],
            text=text,
        )

    def _names_of(self, iso3: str) -> tuple[str, str]:
        return self.names.get(iso3, (iso3, iso3))

    def _rows(self, query: str) -> Iterator[dict[str, Any]]:
        cursor = self.con.execute(query, {"week": self.week})
        names = [column[0] for column in cursor.description or ()]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


def _span(first: object, last: object) -> str:
    return str(last) if first == last else f"{first} 至 {last}"
