"""No field of a page is null or wrong against the pages judged by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.policy.category import CATEGORIES
from tradeflow_tests.policy.judged import Score, records, scores


@pytest.fixture(scope="module")
def by_field(shared: Path) -> dict[str, Score]:
    found = scores(shared)
    lines = [
        f"{each.field:<18}{each.judged:>5} judged {each.null} null {each.wrong} wrong"
        for each in found
    ]
    print("\n".join(["", *lines]))  # noqa: T201
    return {each.field: each for each in found}


@pytest.mark.parametrize(
    "field",
    [
        "key",
        "issuers",
        "issue_date",
        "effective",
        "targets",
        "materials",
        "legal_basis",
        "licence_types",
        "licences_barred",
        "end_uses",
        "extraterritorial",
        "list_kind",
        "stated_entities",
        "entities",
        "technology",
        "equipment",
        "category",
    ],
)
def test_no_value_is_null_or_wrong(by_field: dict[str, Score], field: str) -> None:
    score = by_field[field]
    assert score.judged > 0
    assert (score.null, score.wrong) == (0, 0), score.offenders


def test_the_documented_counts_are_these(by_field: dict[str, Score]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    labels = {
        "effective": "dates of effect",
        "targets": "target economies",
        "licences_barred": "licences barred",
        "end_uses": "end uses barred",
        "extraterritorial": "extraterritorial clause",
        "list_kind": "kind of list",
        "stated_entities": "stated number of entities",
        "entities": "names read",
    }
    technology, equipment = by_field["technology"], by_field["equipment"]
    assert f"| technologies, equipment | {technology.judged}, {equipment.judged} | 0 | 0 |" in text
    for field, score in by_field.items():
        if field not in ("technology", "equipment"):
            label = labels.get(field, field.replace("_", " "))
            assert f"| {label} | {score.judged} | {score.null} | {score.wrong} |" in text


def test_every_page_has_a_category_and_every_category_pages(
    by_field: dict[str, Score], shared: Path
) -> None:
    assert by_field["category"].judged == len(records(shared)) == 140
    assert {record.category for record in records(shared)} == set(CATEGORIES)


def test_every_value_has_its_words_its_rule_and_its_confidence(shared: Path) -> None:
    """CHK-QUOTE: the page's date stands outside the text, everything else in it."""
    from tradeflow_tests.policy.site import site_pages

    html = {url: text for url, text, _ in site_pages(shared)}
    for record in records(shared):
        text = record.article.text
        for value in record.fields:
            where = html[record.url] if value.field == "page_date" else text
            assert value.quote and value.quote in where, (record.url, value)
            assert value.rule_id.startswith(value.field.split("_")[0]) or value.field in (
                "issuer",
                "title_zh_hant",
            )
            assert value.confidence in ("high", "medium")
        parts = (*record.clauses, *record.actions, *record.items, *record.entities, *record.links)
        for part in parts:
            assert part.quote and part.quote in text, (record.url, part)
            assert part.rule_id and part.confidence in ("high", "medium")


def test_questions_are_read_with_all_that_answers_them(shared: Path) -> None:
    asked = [record for record in records(shared) if record.identity.document_type == "答记者问"]
    assert len(asked) == 27
    for record in records(shared):
        (*pairs,) = record.dialogues
        assert len(pairs) == (record in asked), record.url
        for pair in pairs:
            assert pair.question in record.article.text and pair.answer in record.article.text
            last = record.article.lines[-1]
            assert last.endswith(pair.answer.splitlines()[-1]) or last == "2025年8月12日"


def test_the_converted_title_stands_beside_the_original(shared: Path) -> None:
    (record,) = [r for r in records(shared) if r.url.endswith("/1098.html")]
    values = {value.field: value for value in record.fields}
    assert values["title"].value == values["title_zh_hant"].quote == record.article.title
    assert values["title_zh_hant"].value.startswith("商務部 海關總署公告2025年第10號 公布對鎢、碲")
