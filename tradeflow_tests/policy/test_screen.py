"""A name against the lists: the same, an alias, or merely alike, and never more than that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tradeflow.errors import InputError
from tradeflow.policy.names import name_key
from tradeflow.policy.screen import Alikeness, likeness, newest_week, screen
from tradeflow.thresholds import threshold

WEEK = "2026-W26"
_COLUMNS = (
    "week varchar, listing_id varchar, entity_no integer, name_zh_hans varchar,"
    " name_zh_hant varchar, name_en varchar, list_kind varchar, economy_iso3 varchar,"
    " notice_key varchar, label_zh varchar, listed_on date, status varchar, until_date date,"
    " is_unconfirmed boolean, url varchar"
)
_CONTROL = "control_list"
_UNRELIABLE = "unreliable_entities"
_LISTED = [
    ("护盾人工智能公司", "護盾人工智能公司", None, _UNRELIABLE, "USA", None, None, None),
    ("萨罗尼克科技公司", "薩羅尼克科技公司", None, _UNRELIABLE, "USA", None, None, None),
    (
        *("示例实体甲", "示例實體甲", "Sample Entity 01", _CONTROL, "USA"),
        *("MOFCOM-公告-2025-21", "suspended", date(2026, 11, 10)),
    ),
    (
        *("示例实体甲", "示例實體甲", None, _CONTROL, "JPN"),
        *("MOFCOM-公告-2026-11", "in_force", None),
    ),
    (
        *("乙\u202e电子公司", "乙\u202e電子公司", "=cmd|' /C calc'!A0", _CONTROL, "USA"),
        *("K", "ended", None),
    ),
]


@pytest.fixture
def con(tmp_path: Path):
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.fct_entity_listings ({_COLUMNS})")
        connection.execute("create table marts.dim_notices (week varchar)")
        connection.execute(f"insert into marts.dim_notices values ('{WEEK}'), ('2026-W07')")
        for number, (hans, hant, latin, kind, economy, key, status, until) in enumerate(_LISTED):
            connection.execute(
                "insert into marts.fct_entity_listings values"
                " (?, ?, ?, ?, ?, ?, ?, ?, ?, '公告', '2025-04-04', ?, ?, false, 'http://site')",
                [WEEK, key or f"u{number}", number, hans, hant, latin, kind, economy, key, status,
                 until],
            )  # fmt: skip
        yield connection


@pytest.mark.parametrize("name", ["护盾人工智能公司", "護盾人工智能", "护盾人工智能有限公司 "])
def test_the_same_name_is_found_in_either_script_and_without_its_legal_form(con, name) -> None:
    (match, *_) = screen(con, WEEK, name)
    assert (match.alikeness, match.score) == (Alikeness.SAME_NAME, 100)
    assert match.name_zh_hant == "護盾人工智能公司"


def test_an_alias_says_that_it_is_one(con) -> None:
    (match,) = screen(con, WEEK, "SHIELD AI, INC.", min_score=95)
    assert match.alikeness is Alikeness.ALIAS
    assert name_key(match.matched_name) == "shield ai"


def test_what_is_merely_alike_is_fuzzy_with_its_score(con) -> None:
    (match,) = screen(con, WEEK, "Saronic Technolgy")
    assert match.alikeness is Alikeness.FUZZY
    assert threshold("screen_min_score") <= match.score < 100
    assert match.matched_name == "Saronic Technologies"


def test_each_listing_stands_with_its_notice_economy_and_state(con) -> None:
    found = screen(con, WEEK, "示例实体甲")
    assert [(m.economy_iso3, m.notice_key, m.status, m.until_date) for m in found] == [
        ("USA", "MOFCOM-公告-2025-21", "suspended", date(2026, 11, 10)),
        ("JPN", "MOFCOM-公告-2026-11", "in_force", None),
    ]
    (latin, *_) = screen(con, WEEK, "sample entity 01")
    assert latin.alikeness is Alikeness.SAME_NAME


def test_same_names_come_before_alike_ones(con) -> None:
    found = screen(con, WEEK, "示例实体甲", min_score=0)
    assert len(found) == len(_LISTED)
    assert [match.alikeness for match in found[:2]] == [Alikeness.SAME_NAME] * 2
    assert [match.score for match in found] == sorted((m.score for m in found), reverse=True)


@pytest.mark.parametrize("name", ["甲", "AI", "公司", "Inc.", "无关的名称", "Unrelated Name"])
def test_short_and_unrelated_names_match_nothing(con, name: str) -> None:
    assert screen(con, WEEK, name) == []


def test_lists_of_another_week_are_not_known(con) -> None:
    assert screen(con, "2026-W07", "示例实体甲") == []
    assert newest_week(con) == WEEK


@pytest.mark.parametrize("name", ["", " ,.- ", "\u202e", "甲" * 201])
def test_a_name_without_a_letter_or_of_no_end_is_refused(con, name: str) -> None:
    with pytest.raises(InputError, match="1 to 200"):
        screen(con, WEEK, name)


@pytest.mark.parametrize("name", ["'; drop table marts.dim_notices; --", "{{ x }}", "<b>甲公司"])
def test_a_hostile_name_is_a_name(con, name: str) -> None:
    screen(con, WEEK, name)
    assert newest_week(con) == WEEK


def test_what_is_printed_holds_no_direction_marks(con) -> None:
    (match, *_) = screen(con, WEEK, "乙电子公司")
    assert match.name_zh_hant == "乙電子公司"
    assert "\u202e" not in match.matched_name


def test_before_any_run_there_is_nothing_to_screen(con) -> None:
    con.execute("delete from marts.dim_notices")
    with pytest.raises(InputError, match="tradeflow run"):
        newest_week(con)


@pytest.mark.parametrize(
    ("asked", "listed", "is_shown"),
    [
        ("Shield A.I.", "Shield AI", True),
        ("Saronic Technology", "Saronic Technologies", True),
        ("萨罗尼克技术公司", "萨罗尼克科技公司", True),
        ("Hanhwa Ocean", "Hanwha Ocean", True),
        ("护盾人工智能美国公司", "护盾人工智能公司", True),
        ("Ocean Hanwha", "Hanwha Ocean", True),
        ("Hanwha Ocean USA International", "Hanwha Ocean", True),
        ("示例实体甲", "示例实体乙", False),
        ("Hanwha Systems", "Hanwha Ocean", False),
        ("反无人机雷达公司", "反无人机技术公司", False),
        ("萨博科技公司", "萨罗尼克科技公司", False),
        ("护盾安防公司", "护盾人工智能公司", False),
        ("Palantir Technologies", "Saronic Technologies", False),
    ],
)
def test_the_limit_parts_variants_from_names_of_one_line_of_business(
    asked: str, listed: str, is_shown: bool
) -> None:
    """The evidence for `screen_min_score`."""
    score = likeness(name_key(asked), name_key(listed))
    assert (score >= threshold("screen_min_score")) == is_shown, score
