"""Section 四 of the monthly report: the economies' setting and the indicators, tables 12 and 13."""

from __future__ import annotations

from dataclasses import dataclass

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.yearly import REPORTERS

GROWTH = "NY.GDP.MKTP.KD.ZG"
TRADE = "NE.TRD.GNFS.ZS"
ACCOUNT = "BN.CAB.XOKA.CD"
_FORMS = {
    "%": ("pct", ""),
    "limit": ("pct_abs", ""),
    "share": ("share", ""),
    "days": ("whole", " 天"),
    "months": ("whole", " 個月"),
    "USD": ("yi", " 億美元"),
    "HHI points": ("one", ""),
    "points": ("one", " 分"),
}
"""Unit → form and what follows the number."""


@dataclass(frozen=True)
class Setting:
    """An economy's newest World Bank figures; None where there are none."""

    name: str
    growth: Row | None
    trade: Row | None
    account: Row | None

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for row in (self.growth, self.trade, self.account) if row is not None)

    @property
    def year(self) -> int | None:
        """The newest year among them."""
        return max((int(row["year"]) for row in self.rows), default=None)

    @property
    def is_reconstructed(self) -> bool:
        return any(row.is_reconstructed for row in self.rows)


@dataclass(frozen=True)
class World:
    """The setting of every reporter, and what stands out."""

    settings: tuple[Setting, ...]
    not_covered: tuple[str, ...]
    """Economies the source has nothing of."""

    @property
    def compared(self) -> tuple[Setting, ...]:
        """Economies with growth of the newest year, the fastest first."""
        known = [s for s in self.settings if s.growth is not None]
        newest = max((s.growth["year"] for s in known if s.growth), default=None)
        same = [s for s in known if s.growth and s.growth["year"] == newest]
        return tuple(sorted(same, key=lambda s: (-_growth(s), s.name)))

    @property
    def shrinking(self) -> tuple[Setting, ...]:
        return tuple(s for s in self.compared if _growth(s) < 0)


def _growth(setting: Setting) -> float:
    assert setting.growth is not None
    return float(setting.growth["value"])


def world(marts: Marts) -> World:
    """Read the newest value of each indicator."""
    settings, absent = [], []
    for iso3 in REPORTERS:
        name = marts.economies[iso3]
        setting = Setting(name, *(_latest(marts, iso3, code) for code in (GROWTH, TRADE, ACCOUNT)))
        if setting.rows:
            settings.append(setting)
        elif marts.rows("fct_macro_indicators_yearly", iso3=iso3):
            absent.append(name)
    return World(tuple(settings), tuple(absent))


def _latest(marts: Marts, iso3: str, code: str) -> Row | None:
    row = marts.one("fct_macro_indicators_yearly", iso3=iso3, indicator_code=code, is_latest=True)
    return row if row is not None and row["value"] is not None else None


def macro_table(found: World, pen: Pen, glossary: Glossary) -> Table:
    """Table 12; economies the source does not cover are named last."""
    missing = glossary.term("cell", "no_data")
    rows = []
    for setting in found.settings:
        mark = glossary.term("mark", "reconstructed") if setting.is_reconstructed else ""
        change = setting.growth.fact("change_ppt") if setting.growth else None
        rows.append(
            [
                f"{setting.name}，{pen.period(f'zh:{setting.year}')}{mark}",
                _value(setting, setting.growth, "pct", pen, missing),
                pen.fact(change, "ppt_rate") if change else missing,
                _value(setting, setting.trade, "share", pen, missing),
                _value(setting, setting.account, "yi", pen, missing),
            ]
        )
    rows += [[name, *[missing] * 4] for name in found.not_covered]
    return table(12, rows, MONTHLY)


def _value(setting: Setting, row: Row | None, form: str, pen: Pen, missing: str) -> str:
    if row is None:
        return missing
    if row["year"] == setting.year:
        return pen.fact(row.fact("value"), form)
    year = pen.period(f"iso:{row['year']}")
    return f"{pen.fact(row.fact('value'), form)}（{year}）"


def indicator_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 13."""
    rows = []
    for row in sorted(marts.rows("fct_watch_indicators"), key=lambda r: r["sort_order"]):
        rows.append(
            [
                pen.quoted(row, "name_zh"),
                _present(marts, row, pen, glossary),
                _limit(marts, row, pen, glossary),
                glossary.term("frequency", row["frequency"]),
            ]
        )
    return table(13, rows, MONTHLY)


def _present(marts: Marts, row: Row, pen: Pen, glossary: Glossary) -> str:
    if row["assessment"] in {"no_source", "no_item"}:
        return glossary.term("indicator_gap", row["assessment"])
    if row["assessment"] == "not_assessed":
        return glossary.term("indicator_gap", row["assessment_gap"])
    if row["value"] is not None:
        value = _with_unit(row.fact("value"), _kind(marts, row), pen)
        dated = row["frequency"] in {"month", "year"}
        return f"{value}（{pen.period('zh:' + row['coverage'])}）" if dated else value
    for group in ("status", "event_state"):
        if row["text_value"] is not None and glossary.has(group, row["text_value"]):
            return pen.coded(row, "text_value", group)
    return glossary.term("indicator_gap", "no_item")


def _limit(marts: Marts, row: Row, pen: Pen, glossary: Glossary) -> str:
    pattern = glossary.term("comparator", row["comparator"])
    if row["threshold"] is None:
        return pattern.format(limit="")
    kind = _kind(marts, row)
    if kind == "%" and row["threshold"] >= 0:
        kind = "limit"
    return pattern.format(limit=_with_unit(row.fact("threshold"), kind, pen))


def _kind(marts: Marts, row: Row) -> str:
    """What decides how the indicator's number is written."""
    signal = marts.one("fct_signals", rule_id=row["rule_id"], item_key=row["item_key"])
    is_share = signal is not None and "share" in signal["metric"]
    return "share" if is_share else str(row["unit"])


def _with_unit(fact: Fact | None, kind: str, pen: Pen) -> str:
    if kind not in _FORMS:
        raise BriefError(f"an indicator in unit {kind!r} cannot be printed")
    form, suffix = _FORMS[kind]
    return pen.fact(fact, form) + suffix
