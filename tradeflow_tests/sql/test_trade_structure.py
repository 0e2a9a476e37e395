"""Marts on the structure of trade over a random world, each against plain Python.

Also here: each business rule of theirs against rows that break it. Not here: the formulas alone
(`test_relation_formulas.py`), single cases as data (`dbt_like_sql/tests/unit`).
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tradeflow.errors import ContractBroken
from tradeflow.storage.contracts import run_assertion
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_macros import load_macros
from tradeflow.storage.sql_project import Ref
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import PROJECT, Graph

WEEK = "2026-W07"
MODELS = [
    "stg_comtrade__trade_flows",
    "int_releases__passed",
    "int_trade_flows__reconciled",
    "int_commodity_flows__reconciled",
    "int_chapter_shares__computed",
    "fct_commodity_structure_yearly",
    "fct_product_concentration_yearly",
    "fct_revealed_advantage_yearly",
    "fct_mirror_gaps_yearly",
    "fct_intra_industry_yearly",
    "fct_trade_relations_yearly",
    "fct_dependency_flags_yearly",
]
ISO3 = {842: "USA", 156: "CHN", 392: "JPN", 490: "TWN", 276: "DEU", 410: "KOR"}
PARTNERS = [*ISO3, 344, 704]
CHAPTERS = ["01", "27", "84", "85", "87"]
HS6 = ["280530", "284690", "811292", "850511"]

Flow = tuple[int, str, int]
"""Reporter, X or M, year."""


@dataclass
class RandomWorld:
    """Values by reporter, flow, year, partner and code; absent where nothing was traded."""

    graph: Graph
    values: dict[tuple[int, str, int, int, str], int]

    def of(self, flow: Flow, partner: int | None, codes: list[str]) -> dict[str, int]:
        """What one flow has by code with a partner, or with all of them."""
        found: dict[str, int] = defaultdict(int)
        for (reporter, way, year, other, code), value in self.values.items():
            if (reporter, way, year) == flow and code in codes and partner in (None, other):
                found[code] += value
        return dict(found)

    def total(self, flow: Flow, partner: int | None = None) -> int:
        """All goods of one flow."""
        return sum(self.of(flow, partner, CHAPTERS).values())

    def flows(self, way: str) -> list[Flow]:
        """The flows of one direction that were answered."""
        return sorted({key[:3] for key in self.values if key[1] == way})

    def rows(self, mart: str) -> list[dict[str, Any]]:
        found = self.graph.rows(f"select * from marts.{mart}")
        assert found
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> RandomWorld:
    """Four reporters over three years and Germany in the first; gaps are frequent."""
    dice = random.Random(20260207)
    values = {}
    for reporter in (842, 156, 392, 490, 276):
        for year in (2022, 2023, 2024):
            if reporter == 276 and year > 2022:
                continue
            for way in "XM":
                for partner in PARTNERS:
                    if partner == reporter and (way, reporter) != ("M", 156):
                        continue
                    for code in CHAPTERS + HS6:
                        likely = 0.5 if code in HS6 and way == "X" else 0.8
                        if dice.random() < likely:
                            big = 40 if (reporter, code) == (156, "811292") else 1
                            value = int(dice.paretovariate(0.8) * 1000) * big
                            values[reporter, way, year, partner, code] = value
    graph = Graph(tmp_path_factory.mktemp("random_world"))
    made = RandomWorld(graph, values)
    rows = []
    for flow in sorted({key[:3] for key in values}):
        reporter, way, year = flow
        for other in (None, *PARTNERS):
            coded = made.of(flow, other, CHAPTERS + HS6)
            whole = made.total(flow, other)
            named = coded | ({"TOTAL": whole} if whole else {})
            for code, value in named.items():
                rows.append(trade_flow(reporter, way, year, other or 0, value, cmdCode=code))
    dice.shuffle(rows)
    graph.raw("comtrade", "comtrade__trade_flows", rows, "a", [WEEK])
    graph.run_only(MODELS, WEEK)
    return made


def test_structure_is_the_chapters_sorted_with_contributions_to_growth(world: RandomWorld) -> None:
    by_flow = defaultdict(list)
    for row in world.rows("fct_commodity_structure_yearly"):
        by_flow[row["reporter_code"], row["flow"], row["year"]].append(row)
    assert sorted(by_flow) == sorted(world.flows("X") + world.flows("M"))
    for flow, rows in by_flow.items():
        now = world.of(flow, None, CHAPTERS)
        before = world.of((*flow[:2], flow[2] - 1), None, CHAPTERS)
        expected = sorted(now | {code: now.get(code, 0) for code in before})
        expected.sort(key=lambda code: -now.get(code, 0))
        rows.sort(key=lambda row: row["commodity_rank"])
        assert [row["commodity_code"] for row in rows] == expected
        for row in rows:
            value = now.get(row["commodity_code"], 0)
            assert row["value_usd"] == value
            assert row["share_pct"] == pytest.approx(100 * value / sum(now.values()))
            assert (row["contribution_ppt"] is None) == (not before)
        if before:
            growth = 100 * (sum(now.values()) / sum(before.values()) - 1)
            assert sum(row["contribution_ppt"] for row in rows) == pytest.approx(growth)


def test_product_concentration_is_the_sum_of_squared_shares(world: RandomWorld) -> None:
    for row in world.rows("fct_product_concentration_yearly"):
        flow = row["reporter_code"], row["flow"], row["year"]
        chapters = world.of(flow, None, CHAPTERS)
        whole = sum(chapters.values())
        expected = sum((100 * value / whole) ** 2 for value in chapters.values())
        assert row["hhi_product"] == pytest.approx(expected)
        assert row["largest_chapter"] == max(chapters, key=lambda code: chapters[code])
        before = world.of((*flow[:2], flow[2] - 1), None, CHAPTERS)
        if before:
            past = sum((100 * v / sum(before.values())) ** 2 for v in before.values())
            assert row["hhi_change"] == pytest.approx(expected - past)
        else:
            assert (row["hhi_change"], row["comparison_gap"]) == (None, "no_prior_year")


def test_revealed_advantage_is_a_share_over_the_covered_worlds(world: RandomWorld) -> None:
    for row in world.rows("fct_revealed_advantage_yearly"):
        covered = [flow for flow in world.flows("X") if flow[2] == row["year"]]
        code = row["commodity_code"]
        sold = world.of((row["reporter_code"], "X", row["year"]), None, CHAPTERS)
        everyone = [world.of(flow, None, CHAPTERS) for flow in covered]
        world_share = sum(each.get(code, 0) for each in everyone) / sum(
            sum(each.values()) for each in everyone
        )
        assert row["rca"] == pytest.approx(sold[code] / sum(sold.values()) / world_share)
        assert row["world_reporters"].split() == sorted(ISO3[flow[0]] for flow in covered)


def test_mirror_gap_is_what_the_importer_says_less_what_the_exporter_says(
    world: RandomWorld,
) -> None:
    seen = set()
    for row in world.rows("fct_mirror_gaps_yearly"):
        exporter, importer, year = row["exporter_code"], row["importer_code"], row["year"]
        sold = world.total((exporter, "X", year), importer) or None
        bought = world.total((importer, "M", year), exporter) or None
        assert (row["exports_usd"], row["mirror_imports_usd"]) == (sold, bought)
        if sold and bought:
            assert row["gap_usd"] == bought - sold
            assert row["gap_pct"] == pytest.approx(100 * (bought - sold) / sold)
            assert row["valuation_basis"] == "cif_over_fob"
        seen.add((exporter, importer, year))
    expected = {
        (reporter, partner, year) if way == "X" else (partner, reporter, year)
        for reporter, way, year, partner, code in world.values
        if code in CHAPTERS and partner in ISO3 and partner != reporter
    }
    assert seen == expected


def test_intra_industry_trade_is_grubel_and_lloyds_index(world: RandomWorld) -> None:
    for row in world.rows("fct_intra_industry_yearly"):
        sold, bought = (
            world.of(
                (row["reporter_code"], way, row["year"]), row["partner_code"] or None, CHAPTERS
            )
            for way in "XM"
        )
        both = sum(sold.values()) + sum(bought.values())
        common = sum(2 * min(sold.get(code, 0), bought.get(code, 0)) for code in CHAPTERS)
        assert row["gl_index"] == pytest.approx(common / both)
        assert row["partner_code"] != row["reporter_code"]
        assert row["two_way_chapter_count"] == len(set(sold) & set(bought))


def test_relations_are_intensity_michaelys_and_finger_and_kreinins_indices(
    world: RandomWorld,
) -> None:
    for row in world.rows("fct_trade_relations_yearly"):
        reporter, partner, year = row["reporter_code"], row["partner_code"], row["year"]
        others = [f for f in world.flows("X") if f[2] == year and f[0] != partner]
        assert row["world_reporters"].split() == sorted(ISO3[flow[0]] for flow in others)
        share = world.total((reporter, "X", year), partner) / world.total((reporter, "X", year))
        everyone = sum(world.total(f, partner) for f in others) / sum(map(world.total, others))
        assert len(others) >= 3
        assert row["trade_intensity"] == pytest.approx(share / everyone)
        mine = shares_of(world.of((reporter, "X", year), None, CHAPTERS))
        for column, way in (("complementarity", "M"), ("export_similarity", "X")):
            theirs = shares_of(world.of((partner, way, year), None, CHAPTERS))
            if theirs:
                apart = sum(abs(mine.get(c, 0) - theirs.get(c, 0)) for c in CHAPTERS)
                assert row[column] == pytest.approx(100 - apart / 2)
            else:
                assert (row[column], row["structure_gap"]) == (None, "no_chapters")


def shares_of(chapters: dict[str, int]) -> dict[str, float]:
    return {code: 100 * value / sum(chapters.values()) for code, value in chapters.items()}


def hhi_of(values: list[int]) -> float:
    return sum((100 * value / sum(values)) ** 2 for value in values)


def test_dependency_is_three_conditions_in_two_of_three_years(world: RandomWorld) -> None:
    def is_flagged(reporter: int, year: int, code: str) -> bool | None:
        """One year's verdict; False without imports, None where it cannot be said."""
        suppliers = [
            world.values.get((reporter, "M", year, partner, code), 0)
            for partner in PARTNERS
            if partner != reporter
        ]
        bought = world.of((reporter, "M", year), None, [code]).get(code, 0)
        if not bought:
            return False
        sold = world.of((reporter, "X", year), None, [code]).get(code, 0)
        exporters = [
            value
            for flow in world.flows("X")
            if flow[2] == year and (value := world.of(flow, None, [code]).get(code, 0))
        ]
        importer_side = hhi_of(suppliers) > 4000 and bought > sold
        if not importer_side:
            return False
        return hhi_of(exporters) > 4000 if exporters else None

    reported = set(world.flows("M"))
    flagged, decided = set(), set()
    for row in world.rows("fct_dependency_flags_yearly"):
        reporter, year, code = row["reporter_code"], row["year"], row["commodity_code"]
        known_years = [y for y in (year - 2, year - 1, year) if (reporter, "M", y) in reported]
        verdicts = [is_flagged(reporter, y, code) for y in known_years]
        assert row["is_flagged"] == verdicts[-1]
        met, unknown = verdicts.count(True), 3 - len(verdicts) + verdicts.count(None)
        expected = True if met >= 2 else (False if met + unknown < 2 else None)
        assert row["is_dependent"] == expected
        flagged.add(row["is_flagged"])
        decided.add(expected)
    assert flagged >= {True, False} and decided == {True, False, None}


RULES = [
    (
        "assert_chapter_ranks_follow_values",
        "case commodity_rank when 1 then 2 when 2 then 1 else commodity_rank end as commodity_rank",
    ),
    ("assert_chapter_shares_add_up", "share_pct * 1.01 as share_pct"),
    ("assert_chapter_shares_add_up", "contribution_ppt / 2 as contribution_ppt"),
    ("assert_chapter_labels_are_the_tables", "'積體電路' as commodity_name_zh"),
    ("assert_first_three_chapters_add_up", "cr3_pct - 0.1 as cr3_pct"),
    ("assert_advantages_average_to_one", "rca * 1.1 as rca"),
    ("assert_world_shares_lie_among_the_reporters", "100.0 as world_share_pct"),
    ("assert_world_shares_lie_among_the_reporters", "0.0 as world_share_pct"),
    (
        "assert_likeness_is_mutual",
        "case when reporter_iso3 = 'USA' then 1.0 else export_similarity end as export_similarity",
    ),
    (
        "assert_mirror_sides_are_as_reported",
        "exports_usd as mirror_imports_usd, mirror_imports_usd as exports_usd",
    ),
    ("assert_dependency_rests_on_its_flags", "true as is_dependent"),
    ("assert_dependency_rests_on_its_flags", "true as is_flagged"),
    ("assert_dependency_rests_on_its_flags", "3 as years_assessed"),
]


@pytest.mark.parametrize(("name", "spoilt"), RULES)
def test_each_rule_names_rows_that_break_it(world: RandomWorld, name: str, spoilt: str) -> None:
    (rule,) = [each for each in PROJECT.assertions if each.name == name]

    def relation_of(ref: Ref) -> str:
        changes = f"replace ({spoilt})" if ref.name == rule.after else ""
        return f"(select * {changes} from {ref.relation})"

    with world.graph.warehouse.connect("judge spoilt rows") as con:
        load_seeds(con, PROJECT)
        load_macros(con, PROJECT)
        assert not run_assertion(con, PROJECT, rule, {}, relation_of).passed
        assert run_assertion(con, PROJECT, rule, {}, lambda ref: ref.relation).passed


def test_chapters_far_from_the_total_have_no_shares(tmp_path: Path) -> None:
    """CHK-COVERAGE-RATIO: a total of another release than its chapters stops the structure."""
    graph = Graph(tmp_path)
    graph.raw(
        "comtrade",
        "comtrade__trade_flows",
        [
            trade_flow(842, "X", 2024, 0, 100),
            trade_flow(842, "X", 2024, 156, 100),
            trade_flow(842, "X", 2024, 0, 99, cmdCode="84"),
        ],
        "a",
        [WEEK],
    )
    graph.run_only(MODELS[:5], WEEK)
    with graph.warehouse.connect("lower the chapter") as con:
        con.execute(
            "update intermediate.int_commodity_flows__reconciled set value_usd = 90"
            " where commodity_code = '84'"
        )
        # Rows changed by hand are not noticed: what was made from them would stand.
        con.execute("delete from ops.made_from")
    with pytest.raises(ContractBroken, match="CHK-COVERAGE-RATIO"):
        graph.run_only(MODELS[4:5], WEEK)
