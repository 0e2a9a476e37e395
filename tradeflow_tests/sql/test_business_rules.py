"""Every business rule (`assert_*.sql`) against rows that keep it and rows that break it.

A rule nobody has seen fail may be one that cannot. Rows are written by hand, with the columns a
rule reads and no others. Not here: the rules on the structure of trade, which are judged over a
random world (`test_trade_structure.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb
import pytest

from tradeflow.storage.contracts import run_assertion
from tradeflow_tests.sql.graph import PROJECT
from tradeflow_tests.sql.test_trade_structure import RULES as JUDGED_OVER_A_WORLD

AS_OF = date(2026, 2, 15)
Rows = Mapping[str, tuple[str, str]]
"""Relation → its columns and its rows as SQL."""

_PARTNERS = "reporter_iso3, flow, year, partner_kind, is_partner, value_usd"
_RANKED = "reporter_iso3, flow, year, partner_code, partner_rank, value_usd"
_TOP = "reporter_iso3, flow, year, partner_rank, share_pct"
_MONTH = "census_code, flow, month, value_usd"
_CODES = "reporter_code, flow, year, partner_code, commodity_level, value_usd"
_TOTALS = (
    "commodity_code, partner2_code, transport_code, customs_code, supply_code,"
    " reporter_code, flow, year, partner_code, value_usd"
)
_TOTAL = "('TOTAL', 0, 0, 'C00', '0', 842, 'M', 2024, 0, 100.0)"
_OF_CODE = (
    "reporter_iso3, flow, year, commodity_code, commodity_level, partner_kind, is_partner,"
    " value_usd"
)
_REVISION = (
    "layer, reporter_iso3, partner_iso3, flow, period, value_before, value_after,"
    " is_headline, unit, change_pct"
)
_RELEASED = {
    f"int_{name}": ("released_at, vintage", "(date '2026-02-15', 'dated'), (null, 'observed')")
    for name in (
        "trade_flows__reconciled",
        "us_trade_months__reconciled",
        "macro_indicators__released",
        "pair_flows__ots",
        "mineral_production__released",
    )
} | {"int_pages__released": ("released_on", "(date '2026-02-15')")}
_SEVERITY = (
    "notice_key, clause_label, score, status_weight, china_weight, taiwan_weight, breadth_weight"
)

KEPT: dict[str, Rows] = {
    "a_notice_is_news_once": {
        "fct_new_documents": ("notice_key, url", "('a', 'u'), ('b', 'v'), (null, 'w'), (null, 'x')")
    },
    "actions_reach_known_notices": {
        "int_clause_actions__stated": (
            "notice_key, event, url",
            "('a', 'suspended', 'u'), ('b', 'in_force', 'u')",
        ),
        "dim_notices": ("notice_key", "('a')"),
    },
    "api_and_workbook_agree": {
        "stg_census__trade_months": (
            f"kind, commodity, {_MONTH}",
            "('country', '-', '1', 'M', '2025-11', 1e9), ('country', '85', '1', 'M', '2025-11', 1)",
        ),
        "stg_census__balance_months": (
            f"kind, {_MONTH}",
            "('country', '1', 'M', '2025-11', 1.004e9)",
        ),
        "int_us_trade_months__reconciled": (
            "census_code, flow, month, is_covered",
            "('1', 'M', '2025-11', true)",
        ),
    },
    "bands_of_the_rubric_have_no_holes": {
        "severity_factors": ("factor, min_value, below_value", "('f', 0, 20), ('f', 20, null)"),
        "severity_levels": (
            "scale, min_value, below_value",
            "('producer_share', 60, 70), ('producer_share', 70, 80), ('producer_share', 80, null)",
        ),
        "fct_control_severity": (_SEVERITY, "('a', '', 40.0, 1.0, 0.8, 0.5, 1.0)"),
    },
    "chapter_deficits_add_up": {
        "fct_us_commodity_balances": (
            "partner_iso3, deficit_usd, goods_deficit_usd, exports_usd, imports_usd",
            "('TWN', 60.0, 100.0, 20.0, 80.0), ('TWN', 40.0, 100.0, 10.0, 50.0)",
        )
    },
    "chapters_add_up_to_goods": {
        "int_us_commodity_months__reconciled": (
            _MONTH,
            "('1', 'M', '2025-11', 60), ('1', 'M', '2025-11', 40), ('2', 'M', '2025-11', 1e9)",
        ),
        "int_us_trade_months__reconciled": (
            f"source, {_MONTH}",
            "('api', '1', 'M', '2025-11', 100), ('workbook', '2', 'M', '2025-11', 1.004e9)",
        ),
    },
    "chapters_add_up_to_totals": {
        "int_commodity_flows__reconciled": (
            _CODES,
            "(842, 'M', 2024, 0, 2, 70.0), (842, 'M', 2024, 0, 2, 31.0),"
            " (842, 'M', 2024, 0, 6, 9.0)",
        ),
        "stg_comtrade__trade_flows": (
            _TOTALS,
            f"{_TOTAL}, ('TOTAL', 0, 2100, 'C00', '0', 842, 'M', 2024, 0, 900.0)",
        ),
    },
    "country_codes_are_listed": {
        "int_us_trade_months__reconciled": (
            "census_code, is_listed, month, value_usd",
            "('1', true, '2025-11', 5), ('2', false, '2023-12', 5), ('3', false, '2025-11', 0)",
        )
    },
    "every_exposed_code_counts_once": {
        "fct_exposed_imports_yearly": (
            "reporter_iso3, year, imports_usd",
            "('TWN', 2024, 5), ('TWN', 2024, 7)",
        ),
        "fct_control_measures": (
            "hs6_codes, is_live",
            "(['a', 'b'], true), (['b'], true), (['c'], false)",
        ),
        "int_code_suppliers__ranked": (
            "reporter_iso3, year, commodity_code, imports_usd",
            "('TWN', 2024, 'a', 5), ('TWN', 2024, 'b', 7), ('TWN', 2024, 'c', 100)",
        ),
    },
    "every_indicator_is_shown": {
        "watch_indicators": ("indicator_id", "('A')"),
        "signal_rules": (
            "rule_id, threshold_name, comparator",
            "('R', 'limit', 'ge'), ('S', null, 'exists'), ('T', null, 'none')",
        ),
        "thresholds": ("name", "('limit')"),
        "fct_watch_indicators": ("indicator_id", "('A')"),
    },
    "every_reporter_is_shown": {
        "economies": ("iso3, is_reporter", "('TWN', true), ('VNM', false)"),
        "fct_reporter_flows_yearly": (
            "reporter_iso3, flow, year",
            "('TWN', 'X', 2024), ('TWN', 'M', 2024)",
        ),
    },
    "in_force_has_taken_effect": {
        "fct_clause_status": (
            "notice_key, clause, status",
            "('a', '', 'in_force'), ('b', '', 'suspended')",
        ),
        "int_clause_events__united": (
            "notice_key, clause, event, event_no, event_date",
            "('a', '', 'in_force', 1, date '2025-04-04'),"
            " ('a', '', 'amended', 2, date '2025-11-10'),"
            " ('a', '', 'suspended', 3, date '2026-03-01')",
        ),
    },
    "intervals_are_contiguous": {
        "fct_clause_intervals": (
            "notice_key, clause, valid_from, valid_to",
            "('a', '', date '2025-01-01', date '2025-01-31'), ('a', '', date '2025-02-01', null)",
        )
    },
    "nothing_is_known_before_its_day": _RELEASED,
    "pages_agree_on_starts": {
        "int_clause_starts__stated": (
            "notice_key, clause, earliest_told, latest_told",
            "('a', '', date '2025-12-01', date '2025-12-01'), ('b', '', null, null)",
        )
    },
    "partners_of_a_code_add_up": {
        "int_commodity_flows__reconciled": (
            _OF_CODE,
            "('TWN', 'M', 2024, 'a', 6, 'world', false, 100.0),"
            " ('TWN', 'M', 2024, 'a', 6, 'economy', true, 99.0),"
            " ('TWN', 'M', 2024, 'b', 6, 'world', false, 100.0),"
            " ('TWN', 'M', 2024, '85', 2, 'world', false, 1.0),"
            " ('TWN', 'M', 2024, '85', 2, 'economy', true, 9.0)",
        )
    },
    "ranks_follow_values": {
        "fct_partner_flows_yearly": (
            _RANKED,
            "('USA', 'M', 2024, 484, 1, 9), ('USA', 'M', 2024, 156, 2, 9),"
            " ('USA', 'M', 2024, 842, null, 99)",
        )
    },
    "reference_agrees": {"int_reference_differences__found": ("code", "")},
    "released_indicators_are_shown": {
        "int_macro_indicators__released": (
            "iso3, indicator_code, year, value",
            "('USA', 'T', 2024, 25.38)",
        ),
        "fct_macro_indicators_yearly": (
            "iso3, indicator_code, year, value",
            "('USA', 'T', 2024, 25.38), ('TWN', 'T', 2024, null)",
        ),
    },
    "revisions_stay_small": {
        "fct_revisions": (
            _REVISION,
            "('l', 'TWN', null, 'X', '2024', 1, 1, true, 'USD', 5.0),"
            " ('l', 'TWN', null, 'X', '2024', 1, 1, false, 'USD', 50.0),"
            " ('l', 'TWN', null, 'X', '2024', 1, 1, true, '%', 50.0)",
        )
    },
    "streaks_hold_month_by_month": {
        "fct_us_trade_monthly": (
            "partner_iso3, month, imports_yoy_streak",
            "('CHN', '2025-01', -1), ('CHN', '2025-02', -2), ('CHN', '2025-03', 1),"
            " ('CHN', '2025-05', 7), ('CHN', '2025-06', null)",
        )
    },
    "top_three_add_up": {
        "fct_partner_flows_yearly": (
            _TOP,
            "('CHN', 'X', 2024, 1, 14.76), ('CHN', 'X', 2024, 2, 8.13),"
            " ('CHN', 'X', 2024, 3, 4.45), ('CHN', 'X', 2024, 4, 4.31)",
        ),
        "fct_reporter_flows_yearly": (
            "reporter_iso3, flow, year, top3_share_pct",
            "('CHN', 'X', 2024, 27.34)",
        ),
    },
    "unknown_codes_stay_small": {
        "fct_unknown_codes": (
            "source, reporter_iso3, flow, period, code, share_pct",
            "('c', 'TWN', 'X', '2024', '777', 0.6), ('c', 'TWN', 'M', '2024', '777', 0.6)",
        )
    },
    "world_and_partners_agree": {
        "int_trade_flows__reconciled": (
            _PARTNERS,
            "('DEU', 'X', 2022, 'world', false, 100), ('DEU', 'X', 2022, 'economy', true, 99)",
        )
    },
    "year_to_date_has_its_months": {
        "fct_us_trade_ytd": (
            "partner_iso3, coverage, months, first_month, through_month, imports_usd",
            "('TWN', '2025-01..2025-02', 2, '2025-01', '2025-02', 30)",
        ),
        "int_us_trade_months__reconciled": (
            "partner_iso3, is_covered, flow, month, value_usd",
            "('TWN', true, 'M', '2025-01', 10), ('TWN', true, 'M', '2025-02', 20),"
            " ('TWN', true, 'X', '2025-01', 99), ('TWN', true, 'M', '2025-03', 5)",
        ),
    },
}

BROKEN: list[tuple[str, str, str]] = [
    ("a_notice_is_news_once", "fct_new_documents", "('a', 'u'), ('a', 'v')"),
    ("actions_reach_known_notices", "int_clause_actions__stated", "('b', 'suspended', 'u')"),
    (
        "api_and_workbook_agree",
        "stg_census__balance_months",
        "('country', '1', 'M', '2025-11', 1.006e9)",
    ),
    ("bands_of_the_rubric_have_no_holes", "severity_factors", "('f', 0, 20), ('f', 25, null)"),
    ("bands_of_the_rubric_have_no_holes", "severity_factors", "('f', 0, 20), ('f', 20, 40)"),
    ("bands_of_the_rubric_have_no_holes", "severity_levels", "('producer_share', 65, null)"),
    (
        "bands_of_the_rubric_have_no_holes",
        "fct_control_severity",
        "('a', '', 45.0, 1.0, 0.8, 0.5, 1.0)",
    ),
    (
        "chapter_deficits_add_up",
        "fct_us_commodity_balances",
        "('TWN', 60.0, 100.0, 20.0, 80.0), ('TWN', 39.0, 100.0, 10.0, 50.0)",
    ),
    (
        "chapters_add_up_to_goods",
        "int_us_commodity_months__reconciled",
        "('1', 'M', '2025-11', 99)",
    ),
    (
        "chapters_add_up_to_goods",
        "int_us_commodity_months__reconciled",
        "('2', 'M', '2025-11', 1.01e9)",
    ),
    (
        "chapters_add_up_to_totals",
        "int_commodity_flows__reconciled",
        "(842, 'M', 2024, 0, 2, 103.0)",
    ),
    (
        "chapters_add_up_to_totals",
        "int_commodity_flows__reconciled",
        "(842, 'M', 2024, 392, 2, 3.0)",
    ),
    ("country_codes_are_listed", "int_us_trade_months__reconciled", "('1', false, '2024-01', 5)"),
    ("every_exposed_code_counts_once", "fct_exposed_imports_yearly", "('TWN', 2024, 19)"),
    ("every_exposed_code_counts_once", "fct_exposed_imports_yearly", "('TWN', 2024, 5)"),
    ("every_exposed_code_counts_once", "fct_exposed_imports_yearly", "('USA', 2024, 5)"),
    ("every_indicator_is_shown", "watch_indicators", "('A'), ('B')"),
    ("every_indicator_is_shown", "signal_rules", "('R', 'no such limit', 'ge')"),
    ("every_reporter_is_shown", "fct_reporter_flows_yearly", "('TWN', 'X', 2024)"),
    (
        "in_force_has_taken_effect",
        "int_clause_events__united",
        "('a', '', 'in_force', 1, date '2025-04-04'), ('a', '', 'suspended', 2, date '2026-02-15')",
    ),
    (
        "in_force_has_taken_effect",
        "int_clause_events__united",
        "('a', '', 'in_force', 1, date '2026-02-16')",
    ),
    (
        "intervals_are_contiguous",
        "fct_clause_intervals",
        "('a', '', date '2025-01-01', date '2025-02-01'), ('a', '', date '2025-02-01', null)",
    ),
    (
        "intervals_are_contiguous",
        "fct_clause_intervals",
        "('a', '', date '2025-01-01', date '2025-01-30'), ('a', '', date '2025-02-01', null)",
    ),
    (
        "intervals_are_contiguous",
        "fct_clause_intervals",
        "('a', '', date '2025-01-01', null), ('a', '', date '2025-02-01', null)",
    ),
    (
        "intervals_are_contiguous",
        "fct_clause_intervals",
        "('a', '', date '2025-01-01', date '2025-01-31')",
    ),
    *(
        (
            "nothing_is_known_before_its_day",
            name,
            f"({day})" if columns == "released_on" else f"({day}, 'dated')",
        )
        for name, (columns, _) in _RELEASED.items()
        for day in ("date '2026-02-16'", "cast(null as date)")
    ),
    (
        "pages_agree_on_starts",
        "int_clause_starts__stated",
        "('a', '', date '2025-11-08', date '2025-12-01')",
    ),
    (
        "partners_of_a_code_add_up",
        "int_commodity_flows__reconciled",
        "('TWN', 'M', 2024, 'a', 6, 'world', false, 100.0),"
        " ('TWN', 'M', 2024, 'a', 6, 'economy', true, 97.0)",
    ),
    (
        "partners_of_a_code_add_up",
        "int_commodity_flows__reconciled",
        "('TWN', 'M', 2024, 'a', 6, 'economy', true, 97.0)",
    ),
    (
        "ranks_follow_values",
        "fct_partner_flows_yearly",
        "('USA', 'M', 2024, 156, 1, 9106), ('USA', 'M', 2024, 484, 2, 9900)",
    ),
    ("reference_agrees", "int_reference_differences__found", "('777')"),
    (
        "released_indicators_are_shown",
        "fct_macro_indicators_yearly",
        "('USA', 'T', 2024, null::double)",
    ),
    ("released_indicators_are_shown", "fct_macro_indicators_yearly", "('USA', 'T', 2023, 25.38)"),
    (
        "revisions_stay_small",
        "fct_revisions",
        "('l', 'TWN', null, 'X', '2024', 1, 1, true, 'USD', -5.1)",
    ),
    (
        "streaks_hold_month_by_month",
        "fct_us_trade_monthly",
        "('CHN', '2025-01', -1), ('CHN', '2025-02', -3)",
    ),
    (
        "streaks_hold_month_by_month",
        "fct_us_trade_monthly",
        "('CHN', '2025-01', -2), ('CHN', '2025-02', -1)",
    ),
    (
        "streaks_hold_month_by_month",
        "fct_us_trade_monthly",
        "('CHN', '2025-01', -2), ('CHN', '2025-02', 3)",
    ),
    (
        "top_three_add_up",
        "fct_partner_flows_yearly",
        "('CHN', 'X', 2024, 1, 14.76), ('CHN', 'X', 2024, 2, 8.13), ('CHN', 'X', 2024, 3, 4.53)",
    ),
    (
        "unknown_codes_stay_small",
        "fct_unknown_codes",
        "('c', 'TWN', 'X', '2024', '777', 0.6), ('c', 'TWN', 'X', '2024', '778', 0.6)",
    ),
    (
        "world_and_partners_agree",
        "int_trade_flows__reconciled",
        "('DEU', 'X', 2022, 'world', false, 100), ('DEU', 'X', 2022, 'economy', true, 62)",
    ),
    (
        "world_and_partners_agree",
        "int_trade_flows__reconciled",
        "('DEU', 'X', 2022, 'economy', true, 99)",
    ),
    (
        "world_and_partners_agree",
        "int_trade_flows__reconciled",
        "('DEU', 'X', 2022, 'world', false, 100)",
    ),
    (
        "year_to_date_has_its_months",
        "fct_us_trade_ytd",
        "('TWN', '2024-12..2025-02', 3, '2024-12', '2025-02', 30)",
    ),
    (
        "year_to_date_has_its_months",
        "fct_us_trade_ytd",
        "('TWN', '2025-01..2025-02', 2, '2025-01', '2025-02', 35)",
    ),
]


def passes(con: duckdb.DuckDBPyConnection, name: str, given: Rows) -> bool:
    """Whether the rule holds over rows written as SQL values."""
    (rule,) = [each for each in PROJECT.assertions if each.name == f"assert_{name}"]

    def relation(columns: str, values: str) -> str:
        if not values:
            return f"(select null as {columns} where false)"
        return f"(select * from (values {values}) as given ({columns}))"

    return run_assertion(
        con, PROJECT, rule, {"as_of": AS_OF}, lambda ref: relation(*given[ref.name])
    ).passed


@pytest.mark.parametrize("name", KEPT)
def test_a_rule_lets_rows_pass_that_keep_it(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    assert passes(connection, name, KEPT[name])


@pytest.mark.parametrize(("name", "relation", "values"), BROKEN)
def test_a_rule_names_rows_that_break_it(
    connection: duckdb.DuckDBPyConnection, name: str, relation: str, values: str
) -> None:
    columns, _ = KEPT[name][relation]
    assert not passes(connection, name, {**KEPT[name], relation: (columns, values)})


def test_every_rule_was_seen_to_fail() -> None:
    seen = {f"assert_{name}" for name, _, _ in BROKEN} | {name for name, _ in JUDGED_OVER_A_WORLD}
    assert seen == {each.name for each in PROJECT.assertions}
