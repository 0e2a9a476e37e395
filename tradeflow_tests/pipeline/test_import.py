"""Files a user downloads go through the same parse, audit and models as fetched answers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tradeflow.imported import import_into_live
from tradeflow.periods import Week
from tradeflow.pipeline import rebuild_world
from tradeflow.settings import Mode, load_settings
from tradeflow.world import World, now

COMTRADE_CSV = "comtrade/comtradeplus_TradeData_USA_CHN_DEU_2022_TOTAL_all_partners.csv"
WORKBOOK = "census/foreign-trade_balance_country_2023-03.xlsx"
API_MONTHS = "census/api_exports_hs_all_countries_2024-12.reconstructed.json"


@pytest.fixture
def live(tmp_path: Path) -> World:
    return World(load_settings(sources=Mode.LIVE, home=tmp_path / "data", reports=tmp_path))


@pytest.fixture
def rows(live: World) -> Callable[..., list[tuple]]:
    def query(sql: str, *values: object) -> list[tuple]:
        with live.warehouse.connect("look at the outcome of a test") as con:
            return con.execute(sql, list(values)).fetchall()

    return query


def test_the_downloaded_year_2022_gives_the_known_concentration(
    live: World, rows: Callable[..., list[tuple]], shared: Path
) -> None:
    import_into_live(live, "comtrade", shared / "recordings" / COMTRADE_CSV)
    found = {
        (reporter, flow): figures
        for reporter, flow, *figures in rows(
            "select reporter_iso3, flow, round(hhi_partner, 4), round(hhi_partner_incl_self, 4),"
            " partner_count, round(cr3_pct, 4), is_reconstructed"
            " from marts.fct_concentration_yearly where year = 2022"
        )
    }
    assert found["USA", "M"][0] == 775.0934
    assert found["USA", "M"][2:] == [223, 43.9233, False]
    assert (found["USA", "X"][0], found["USA", "X"][2]) == (716.4616, 222)
    assert (found["CHN", "X"][0], found["CHN", "X"][2]) == (494.4369, 218)
    assert (found["CHN", "M"][0], found["CHN", "M"][2]) == (412.7348, 218)
    assert found["CHN", "M"][1] == 396.7023


def test_the_partners_of_the_downloaded_year_add_up_to_world_to_the_dollar(
    live: World, rows: Callable[..., list[tuple]], shared: Path
) -> None:
    import_into_live(live, "comtrade", shared / "recordings" / COMTRADE_CSV)
    gaps = rows(
        "select reporter_iso3, flow,"
        " sum(value_usd) filter (partner_code <> 0) - sum(value_usd) filter (partner_code = 0)"
        " from intermediate.int_trade_flows__reconciled group by all"
    )
    assert len(gaps) == 6
    assert all(abs(gap) < 1 for *_, gap in gaps)


def test_an_import_asks_no_source_and_writes_no_brief(
    live: World, rows: Callable[..., list[tuple]], shared: Path
) -> None:
    imported = import_into_live(live, "comtrade", shared / "recordings" / COMTRADE_CSV)
    assert imported.week == Week.current(now())
    assert rows("select distinct layer from raw.snapshot") == [("comtrade",)]
    assert rows("select distinct mode from raw.answers") == [("import",)]
    assert not live.settings.published_reports.exists()


def test_the_march_2023_workbook_leaves_unpublished_months_out(
    live: World, rows: Callable[..., list[tuple]], shared: Path
) -> None:
    import_into_live(live, "census", shared / "recordings" / WORKBOOK)
    newest = rows("select max(month) from marts.fct_us_trade_monthly")
    assert newest == [("2023-01",)]
    china = rows(
        "select imports_usd, coverage from marts.fct_us_trade_monthly"
        " where partner_iso3 = 'CHN' and month = '2023-01'"
    )
    assert [(round(float(value) / 1e6, 1), coverage) for value, coverage in china] == [
        (38252.9, "2023-01")
    ]


def test_a_saved_answer_of_the_census_api_joins_the_week(
    live: World, rows: Callable[..., list[tuple]], shared: Path
) -> None:
    import_into_live(live, "census", shared / "recordings" / WORKBOOK)
    import_into_live(live, "census", shared / "recordings" / API_MONTHS)
    assert rows("select count(*) from raw.snapshot where layer = 'census'") == [(2,)]
    countries, control = rows(
        "select sum(value_usd::decimal(24, 4)) filter (cty_code between '1000' and '8999'"
        " and cty_code not like '%X%'), any_value(value_usd::decimal(24, 4))"
        " filter (cty_code = '-') from raw.census__trade_months"
    )[0]
    assert countries == control


@pytest.mark.slow
def test_a_rebuild_gives_the_imported_week_again(live: World, shared: Path) -> None:
    import_into_live(live, "comtrade", shared / "recordings" / COMTRADE_CSV)
    import_into_live(live, "census", shared / "recordings" / WORKBOOK)
    before = live.warehouse.table_hashes()
    live.warehouse.path.unlink()
    rebuild_world(live, lambda _line: None)
    assert live.warehouse.table_hashes() == before


def test_a_file_cut_short_is_refused_and_the_week_stands(
    live: World, rows: Callable[..., list[tuple]], shared: Path, tmp_path: Path
) -> None:
    whole = (shared / "recordings" / COMTRADE_CSV).read_bytes()
    import_into_live(live, "comtrade", shared / "recordings" / COMTRADE_CSV)
    before = live.warehouse.table_hashes()
    short = tmp_path / "short.csv"
    short.write_bytes(b"\n".join(whole.split(b"\n")[:-200]) + b"\n")
    with pytest.raises(Exception, match="comtrade"):
        import_into_live(live, "comtrade", short)
    assert live.warehouse.table_hashes() == before
