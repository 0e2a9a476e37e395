"""Comtrade's answers about one reporter, flow and year held against each other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tradeflow import reference
from tradeflow.answers import Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed
from tradeflow.sources.comtrade import TABLE
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer

from .comtrade_given import COMTRADE, data_requests, parse, partners, record, scope

Records = list[dict[str, object]]
CODE, OTHER = reference.controlled_hs6()[:2]


def audit(settings: Settings, **answers: Records) -> None:
    """Audit US exports of 2023 with those records by scope; other scopes are not asked."""
    asked = data_requests(settings)
    parsed = {}
    for name, records in answers.items():
        request = scope(asked, name)[0]
        parsed[request] = parse(request, records)
    COMTRADE.audit("842-M-2023", parsed)


class TestPartnersAgainstWorld:
    """CHK-COVERAGE-RATIO and CHK-PARTNERS."""

    def test_equal_sums_pass(self, settings: Settings):
        audit(settings, total=partners(), total_world=[record("0", 2000)])

    def test_a_world_row_and_groups_among_the_partners_are_not_summed(self, settings: Settings):
        groups = [record("0", 2000), record("97", 500), record("975", 300)]
        audit(settings, total=[*partners(), *groups], total_world=[record("0", 2000)])

    def test_two_answers_of_different_vintages_are_incomplete(self, settings: Settings):
        with pytest.raises(IncompleteAnswer, match="the same World in both answers"):
            audit(
                settings,
                total=[*partners(), record("0", 2000)],
                total_world=[record("0", 2001)],
            )

    def test_taiwan_as_a_partner_counts_although_the_reference_calls_it_a_group(
        self, settings: Settings
    ):
        audit(settings, total=[*partners(), record("490", 500)], total_world=[record("0", 2500)])

    def test_missing_trade_is_incomplete(self, settings: Settings):
        with pytest.raises(IncompleteAnswer, match="adding up to World's 2500"):
            audit(settings, total=partners(), total_world=[record("0", 2500)])

    def test_multiplied_trade_is_incomplete(self, settings: Settings):
        with pytest.raises(IncompleteAnswer, match="primaryValue"):
            audit(settings, total=partners(value=49), total_world=[record("0", 2000)])

    def test_few_partners_are_incomplete_even_when_they_add_up(self, settings: Settings):
        """E14: Germany with 62 partners was printed as a trait of its trade."""
        with pytest.raises(IncompleteAnswer, match="at least 150 partners, got 62"):
            audit(settings, total=partners(62), total_world=[record("0", 620)])

    def test_a_year_no_list_speaks_of_may_be_empty_in_both_answers(self):
        COMTRADE.audit("842-M-1901", by_hand(total={}, total_world={}))

    def test_one_empty_answer_is_incomplete(self):
        world, some = {("0", "TOTAL"): 1}, {("36", "TOTAL"): 1}
        with pytest.raises(IncompleteAnswer, match="rows for partners, as for World"):
            COMTRADE.audit("842-M-1901", by_hand(total={}, total_world=world))
        with pytest.raises(IncompleteAnswer, match="rows for World, as for partners"):
            COMTRADE.audit("842-M-1901", by_hand(total=some, total_world={}))

    def test_the_world_row_must_be_in_worlds_answer(self):
        with pytest.raises(IncompleteAnswer, match=r"the World row \(0\)"):
            some = {("36", "TOTAL"): 1}
            COMTRADE.audit("842-M-1901", by_hand(total=some, total_world=some))


class TestChaptersAgainstTotal:
    def totals(self, china: int) -> dict[str, Records]:
        return {
            "total": [*partners(199), record("156", china)],
            "total_world": [record("0", 1990 + china)],
        }

    def chapters(self, world: int, china: int) -> Records:
        half = {"0": (world - 1000, 1000), "156": (china - 5, 5)}
        return [
            record(partner, value, cmdCode=chapter)
            for partner, values in half.items()
            for chapter, value in zip(("85", "99"), values, strict=True)
        ]

    def test_equal_sums_pass(self, settings: Settings):
        audit(settings, **self.totals(10), chapters=self.chapters(2000, 10))

    def test_a_lost_chapter_of_world_is_incomplete(self, settings: Settings):
        with pytest.raises(IncompleteAnswer, match="chapters with 0 adding up to its total"):
            audit(settings, **self.totals(10), chapters=self.chapters(2000, 10)[1:])

    def test_a_lost_chapter_of_a_main_partner_is_incomplete(self, settings: Settings):
        rows = [row for row in self.chapters(2000, 10) if row["primaryValue"] != 5] + [
            record("156", 4, cmdCode="99")
        ]
        with pytest.raises(IncompleteAnswer, match="chapters with 156"):
            audit(settings, **self.totals(10), chapters=rows)

    def test_chapters_beside_more_detail_are_multiplied_trade(self, settings: Settings):
        rows = [*self.chapters(2000, 10), record("0", 900, cmdCode="84")]
        with pytest.raises(IncompleteAnswer, match="got 2900"):
            audit(settings, **self.totals(10), chapters=rows)

    def test_chapters_of_a_partner_without_any_total_are_refused(self, settings: Settings):
        rows = [*self.chapters(2000, 10), record("392", 1, cmdCode="85")]
        with pytest.raises(IncompleteAnswer, match="chapters with 392"):
            audit(settings, **self.totals(10), chapters=rows)

    def test_what_is_withheld_of_chapters_may_be_small(self, settings: Settings):
        rows = [*self.chapters(2000 - 39, 10)]
        audit(settings, **self.totals(10), chapters=rows)
        with pytest.raises(IncompleteAnswer, match="chapters with 0"):
            audit(settings, **self.totals(10), chapters=self.chapters(2000 - 41, 10))


class TestCodesAgainstWorld:
    def test_equal_sums_pass_code_by_code(self, settings: Settings):
        audit(
            settings,
            codes=[
                record("36", 6, cmdCode=CODE),
                record("490", 4, cmdCode=CODE),
                record("0", 10, cmdCode=CODE),
                record("97", 3, cmdCode=CODE),
            ],
            codes_world=[record("0", 10, cmdCode=CODE)],
        )

    def test_a_code_without_trade_has_no_rows(self, settings: Settings):
        audit(settings, codes=[], codes_world=world())

    def test_a_code_whose_partners_are_cut_is_incomplete(self, settings: Settings):
        with pytest.raises(IncompleteAnswer, match=f"partners of {CODE} adding up to World's 10"):
            audit(
                settings,
                codes=[record("36", 6, cmdCode=CODE), record("36", 5, cmdCode=OTHER)],
                codes_world=[record("0", 10, cmdCode=CODE), record("0", 5, cmdCode=OTHER)],
            )

    def test_a_code_of_which_only_world_or_only_partners_came_is_incomplete(
        self, settings: Settings
    ):
        with pytest.raises(IncompleteAnswer, match=f"partners of {CODE}"):
            audit(settings, codes=[], codes_world=[record("0", 10, cmdCode=CODE)])
        with pytest.raises(IncompleteAnswer, match=f"partners of {CODE}"):
            audit(settings, codes=[record("36", 6, cmdCode=CODE)], codes_world=world())

    def test_world_of_another_vintage_is_incomplete(self, settings: Settings):
        with pytest.raises(IncompleteAnswer, match=f"the same World in both answers of {CODE}"):
            audit(
                settings,
                codes=[record("36", 1000, cmdCode=CODE), record("0", 1000, cmdCode=CODE)],
                codes_world=[record("0", 1001, cmdCode=CODE)],
            )


def test_a_code_whose_parts_are_not_all_there_is_not_judged(settings: Settings):
    """A part without an answer is named; the others are not refused for its lack."""
    world_request = scope(data_requests(settings), "codes_world")[0]
    of_one_code = scope(data_requests(settings), "codes")[0]
    while "," in dict(of_one_code.params)["cmdCode"]:
        of_one_code = COMTRADE.split(of_one_code)[0]
    first, second = COMTRADE.split(of_one_code)
    parsed = {
        world_request: parse(world_request, [record("0", 10, cmdCode=CODE)]),
        first: parse(first, [record("36", 6, cmdCode=CODE)]),
    }
    COMTRADE.audit("842-M-2023-HS6", parsed)
    parsed[second] = parse(second, [record("490", 3, cmdCode=CODE)])
    with pytest.raises(IncompleteAnswer, match=f"partners of {CODE}"):
        COMTRADE.audit("842-M-2023-HS6", parsed)


def test_parts_of_one_question_that_tell_a_key_twice_are_refused(settings: Settings):
    whole = scope(data_requests(settings), "total")[0]
    world = scope(data_requests(settings), "total_world")[0]
    first, second = COMTRADE.split(whole)
    rows = Parsed({TABLE: pl.DataFrame([row_of("36", "TOTAL", 5)])})
    with pytest.raises(ChangedShape, match="36/TOTAL in two answers"):
        COMTRADE.audit("g", {first: rows, second: rows, world: parse(world, [record("0", 5)])})


def test_a_group_without_the_answer_to_compare_with_is_not_judged(settings: Settings):
    """A download or a lone answer has nothing beside it."""
    audit(settings, total=partners(3))
    audit(settings, chapters=[record("0", 1, cmdCode="85")])
    audit(settings, codes=[record("36", 6, cmdCode=CODE)])


@given(
    count=st.integers(min_value=150, max_value=200),
    value=st.integers(min_value=1, max_value=10**12),
    basis_points=st.integers(min_value=9_500, max_value=10_500)
    | st.sampled_from([9_799, 9_801, 10_199, 10_201]),
)
def test_the_audit_agrees_with_a_plain_ratio(count: int, value: int, basis_points: int):
    """Property: refused exactly when partners leave 98…102 % of World."""
    assume(basis_points not in (9_800, 10_200))
    values = [value + n for n in range(count)]
    world = Decimal(sum(values)) * 10_000 / basis_points
    parsed = by_hand(
        total={(str(1000 + n), "TOTAL"): one for n, one in enumerate(values)},
        total_world={("0", "TOTAL"): world},
    )
    if 9_800 < basis_points < 10_200:
        COMTRADE.audit("842-M-2023", parsed)
    else:
        with pytest.raises(IncompleteAnswer):
            COMTRADE.audit("842-M-2023", parsed)


def world() -> Records:
    """World's answer with one code that no batch of the test asks for."""
    return [record("0", 10, cmdCode=reference.controlled_hs6()[-1])]


def row_of(partner: str, code: str, value: object) -> dict[str, str]:
    return {"partnerCode": partner, "cmdCode": code, "primaryValue": str(value)}


def by_hand(**scopes: Mapping[tuple[str, str], object]) -> dict[Request, Parsed]:
    """Parsed answers of requests no list of releases called for."""
    columns = ("partnerCode", "cmdCode", "primaryValue")
    return {
        Request("comtrade", name, f"https://x/{name}", about=(("scope", name),)): Parsed(
            {
                TABLE: pl.DataFrame(
                    [row_of(*key, value) for key, value in values.items()],
                    schema=dict.fromkeys(columns, pl.Utf8),
                )
            }
        )
        for name, values in scopes.items()
    }
