"""Names as they are printed, and as they are compared."""

import pytest

from tradeflow.policy.names import aliases, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alpha Systems, Inc.", "ＡＬＰＨＡ　ＳＹＳＴＥＭＳ"),
        ("Alpha Systems Co., Ltd.", "alpha-systems"),
        ("護盾人工智能公司", "护盾人工智能有限公司"),
        ("韓華海洋株式會社", "韩华海洋"),
        ("A\u200blpha\u202e", "Alpha"),
        ("Müller GmbH", "MÜLLER"),
    ],
)
def test_script_width_case_marks_and_legal_form_do_not_tell_names_apart(one, other) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Alpha", "Alpha 2"), ("示例实体甲", "示例实体乙"), ("Saronic", "Sonic"), ("公司", "集团")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_that_is_only_a_legal_form_keeps_it() -> None:
    assert name_key("公司") == "公司"
    assert name_key("Inc.") == "inc"


def test_every_alias_leads_to_the_others_of_its_entity() -> None:
    assert "Shield AI" in aliases()[name_key("护盾人工智能公司")]
    assert "护盾人工智能公司" in aliases()[name_key("shield ai inc")]
    assert "Hanwha Ocean" in aliases()[name_key("韓華海洋")]
