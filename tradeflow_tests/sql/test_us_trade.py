"""The US monthly series against published figures, and against brute-force streaks and records."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tradeflow_tests.sql.given import us_month, us_months_known_by, workbook_year
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
MONTHLY = [
    "stg_census__trade_months",
    "stg_census__balance_months",
    "stg_census__countries",
    "int_releases__passed",
    "int_us_trade_months__reconciled",
    "fct_us_trade_monthly",
    "fct_us_trade_ytd",
    "fct_us_deficit_comparisons",
]


@pytest.fixture(scope="module")
def published(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The five partners' months as they could be seen on 2026-02-15."""
    graph = Graph(tmp_path_factory.mktemp("us"))
    rows = us_months_known_by(date(2026, 2, 15), shared / "facts")
    graph.raw("census", "census__trade_months", rows, "api", [WEEK])
    graph.run_only(MONTHLY, WEEK)
    return graph


def in_hundred_millions(value: Decimal) -> float:
    return float((value / 10**8).quantize(Decimal("0.1"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("partner", "exports", "imports", "balance", "mom", "yoy", "exports_yoy", "record"),
    [
        ("TWN", 52.7, 202.6, -149.9, -9.0, 118.4, 43.6, ("highest", None)),
        ("CHN", 70.1, 209.5, -139.4, -12.3, -44.5, -44.4, (None, None)),
        ("DEU", 68.2, 134.9, -66.7, 11.6, 4.6, 6.4, (None, None)),
        ("JPN", 70.4, 118.2, -47.7, -1.5, -2.2, 6.7, (None, None)),
        ("KOR", 54.4, 87.3, -32.8, -4.1, -14.0, 5.8, (None, "lowest")),
    ],
)
def test_newest_month_of_each_partner(
    published: Graph,
    partner: str,
    exports: float,
    imports: float,
    balance: float,
    mom: float,
    yoy: float,
    exports_yoy: float,
    record: tuple[str | None, str | None],
) -> None:
    (row,) = published.rows(
        f"select * from marts.fct_us_trade_monthly where partner_iso3 = '{partner}' and is_latest"
    )
    assert row["month"] == "2025-11"
    assert in_hundred_millions(row["exports_usd"]) == exports
    assert in_hundred_millions(row["imports_usd"]) == imports
    assert in_hundred_millions(row["balance_usd"]) == balance
    assert round(row["imports_mom_pct"], 1) == mom
    assert round(row["imports_yoy_pct"], 1) == yoy
    assert round(row["exports_yoy_pct"], 1) == exports_yoy
    assert (row["exports_extreme"], row["imports_extreme"]) == record
    assert (row["run_start"], row["run_months"]) == ("2024-01", 23)


@pytest.mark.parametrize(
    ("partner", "exports", "imports", "balance", "yoy", "balance_yoy"),
    [
        ("CHN", 979.2, 2872.8, -1893.6, -28.4, -29.9),
        ("TWN", 498.7, 1767.3, -1268.6, 66.5, 88.7),
        ("DEU", 758.8, 1408.3, -649.5, -4.0, -14.7),
        ("JPN", 757.4, 1337.7, -580.3, -1.6, -8.5),
        ("KOR", 629.1, 1133.8, -504.7, -5.9, -16.1),
    ],
)
def test_eleven_months_are_compared_with_eleven_months(
    published: Graph,
    partner: str,
    exports: float,
    imports: float,
    balance: float,
    yoy: float,
    balance_yoy: float,
) -> None:
    """E01–E03, CHK-PERIOD-MATCH: −28.4 and +66.5 percent, not −34.5 and +52."""
    (row,) = published.rows(
        f"select * from marts.fct_us_trade_ytd where partner_iso3 = '{partner}' and is_latest"
    )
    assert (row["coverage"], row["months"], row["is_full_year"]) == ("2025-01..2025-11", 11, False)
    assert in_hundred_millions(row["exports_usd"]) == exports
    assert in_hundred_millions(row["imports_usd"]) == imports
    assert in_hundred_millions(row["balance_usd"]) == balance
    assert round(row["imports_yoy_pct"], 1) == yoy
    assert round(row["balance_yoy_pct"], 1) == balance_yoy


def test_taiwan_passed_its_whole_previous_year_in_eleven_months(published: Graph) -> None:
    (row,) = published.rows(
        "select * from marts.fct_us_trade_ytd where partner_iso3 = 'TWN' and is_latest"
    )
    assert in_hundred_millions(row["prior_year_imports_usd"]) == 1162.6
    assert row["exceeds_prior_year_imports"]


def test_imports_from_china_fell_for_the_tenth_month_in_a_row(published: Graph) -> None:
    (row,) = published.rows(
        "select * from marts.fct_us_trade_monthly where partner_iso3 = 'CHN' and is_latest"
    )
    assert row["imports_yoy_streak"] == -10


def test_deficit_with_taiwan_exceeded_that_with_china_for_two_months(published: Graph) -> None:
    (row,) = published.rows(
        "select * from marts.fct_us_deficit_comparisons"
        " where partner_iso3 = 'TWN' and other_iso3 = 'CHN'"
    )
    assert (row["streak_months"], row["since_month"]) == (2, "2025-10")


def test_the_stray_month_of_2023_is_in_no_run(published: Graph) -> None:
    starts = published.rows("select distinct run_start from marts.fct_us_trade_monthly")
    assert {row["run_start"] for row in starts} == {"2023-09", "2024-01"}


several_series = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 9)), min_size=14, max_size=34),
    min_size=5,
    max_size=5,
)
CODES = ("5830", "5700", "5880", "5800", "4280")


def months_from(count: int) -> list[str]:
    return [f"{2023 + index // 12}-{index % 12 + 1:02d}" for index in range(count)]


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(several_series)
def test_streaks_and_records_agree_with_counting_by_hand(
    tmp_path_factory: pytest.TempPathFactory, several: list[list[int | None]]
) -> None:
    series = dict(zip(CODES, several, strict=True))
    rows = [
        row
        for code, imports in series.items()
        for month, value in zip(months_from(len(imports)), imports, strict=True)
        if value is not None
        for row in us_month(code, month, 10 - value, value)
    ]
    graph = Graph(tmp_path_factory.mktemp("series"))
    graph.raw("census", "census__trade_months", rows, "api", [WEEK])
    graph.run_only(MONTHLY[:6], WEEK)
    got = {
        (row["census_code"], row["month"]): row
        for row in graph.rows("select * from marts.fct_us_trade_monthly")
    }
    for code, imports in series.items():
        for index, month in enumerate(months_from(len(imports))):
            if imports[index] is None:
                assert (code, month) not in got
                continue
            row, run = got[code, month], run_by_hand(imports, index)
            exports = [None if value is None else 10 - value for value in imports]
            assert row["imports_yoy_streak"] == streak_by_hand(imports, index)
            assert row["exports_yoy_streak"] == streak_by_hand(exports, index)
            assert row["run_months"] == len(run)
            assert row["imports_extreme"] == extreme_by_hand(run)


def streak_by_hand(values: list[int | None], index: int) -> int | None:
    def sign(at: int) -> int | None:
        if at < 12 or values[at] is None or values[at - 12] is None:
            return None
        now, then = values[at], values[at - 12]
        return (now > then) - (now < then)

    own = sign(index)
    if own is None:
        return None
    length = 0
    while index - length >= 0 and sign(index - length) == own:
        length += 1
    return own * length


def run_by_hand(values: list[int | None], index: int) -> list[int]:
    run: list[int] = []
    while index >= 0 and values[index] is not None:
        run.insert(0, values[index])
        index -= 1
    return run


def extreme_by_hand(run: list[int]) -> str | None:
    if len(run) < 12:
        return None
    if all(run[-1] > value for value in run[:-1]):
        return "highest"
    return "lowest" if all(run[-1] < value for value in run[:-1]) else None


def test_months_of_the_workbook_continue_the_api_and_zeros_ahead_are_no_months(
    tmp_path: Path,
) -> None:
    graph = Graph(tmp_path)
    graph.raw("census", "census__trade_months", us_month("5830", "2025-02", 5, 9), "api", [WEEK])
    graph.raw(
        "census",
        "census__balance_months",
        [
            workbook_year("0015", 2025, [100, 100], [50, 50]),
            workbook_year("5830", 2025, [8, 9], [4, 5]),
        ],
        "workbook",
        [WEEK],
    )
    graph.run_only(MONTHLY[:6], WEEK)
    rows = graph.rows(
        "select month, source, imports_usd from marts.fct_us_trade_monthly order by 1"
    )
    assert [(row["month"], row["source"], int(row["imports_usd"])) for row in rows] == [
        ("2025-01", "workbook", 8_000_000),
        ("2025-02", "api", 9_000_000),
    ]


def test_a_month_released_after_the_week_is_not_seen(tmp_path: Path) -> None:
    """2025-12 was published on 2026-02-19, four days after the week's end."""
    graph = Graph(tmp_path)
    rows = us_month("5830", "2025-11", 5, 9) + us_month("5830", "2025-12", 5, 9)
    graph.raw("census", "census__trade_months", rows, "api", [WEEK, "2026-W08"])
    graph.run_only(MONTHLY[:6], WEEK)
    graph.run_only(MONTHLY[:6], "2026-W08")
    newest = graph.rows(
        "select week, month from marts.fct_us_trade_monthly where is_latest order by 1"
    )
    assert [(row["week"], row["month"]) for row in newest] == [
        (WEEK, "2025-11"),
        ("2026-W08", "2025-12"),
    ]
