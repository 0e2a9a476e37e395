"""Records of pages as table rows, keyed like staging by answer and row.

Here: the columns of the tables of schema policy, and turning a frame of raw pages into them. Not
here: when that happens or where it is written (`store.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import polars as pl

from tradeflow.policy.clauses import Clause
from tradeflow.policy.entities import Entity
from tradeflow.policy.extract import (
    EXTRACTOR_VERSION,
    PageRecord,
    clause_names,
    extract_page,
)
from tradeflow.policy.limits import PageRefused
from tradeflow.script import traditional

_ROW = {"response_id": pl.String, "row_number": pl.Int64}

SCHEMAS: Mapping[str, Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "documents": {
        **_ROW,
        "url": pl.String,
        "host": pl.String,
        "title_zh_hans": pl.String,
        "page_date": pl.Date,
        "folder_month": pl.Date,
        "released_on": pl.Date,
        "notice_key": pl.String,
        "document_type": pl.String,
        "lead_issuer": pl.String,
        "issuers": pl.List(pl.String),
        "year": pl.Int32,
        "number": pl.Int32,
        "issue_date": pl.Date,
        "issue_date_quote": pl.String,
        "category": pl.String,
        "materials": pl.List(pl.String),
        "materials_zh": pl.List(pl.String),
        "target_iso3": pl.List(pl.String),
        "entity_count": pl.Int32,
        "is_extraterritorial": pl.Boolean,
        "is_supplement": pl.Boolean,
        "is_unconfirmed": pl.Boolean,
        "legal_basis": pl.String,
        "extractor_version": pl.String,
        "title_zh_hant": pl.String,
        "list_kind": pl.String,
        "end_uses_zh": pl.List(pl.String),
        "licence_types": pl.List(pl.String),
        "sketch": pl.List(pl.Int64),
        "category_rule": pl.String,
        "key_confidence": pl.String,
    },
    "fields": {
        **_ROW,
        "notice_key": pl.String,
        "field": pl.String,
        "value": pl.String,
        "value_zh": pl.String,
        "quote": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
    },
    "clauses": {
        **_ROW,
        "notice_key": pl.String,
        "clause": pl.String,
        "effective_date": pl.Date,
        "effective_kind": pl.String,
        "quote": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
        "materials_zh": pl.List(pl.String),
        "end_uses_zh": pl.List(pl.String),
    },
    "actions": {
        **_ROW,
        "verb": pl.String,
        "target_key": pl.String,
        "target_clause": pl.String,
        "event_date": pl.Date,
        "until_date": pl.Date,
        "by_notice_key": pl.String,
        "quote": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
    },
    "items": {
        **_ROW,
        "notice_key": pl.String,
        "kind": pl.String,
        "value": pl.String,
        "quote": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
        "clause": pl.String,
        "value_zh": pl.String,
    },
    "entities": {
        **_ROW,
        "notice_key": pl.String,
        "entity_no": pl.Int32,
        "list_kind": pl.String,
        "action": pl.String,
        "name_zh_hans": pl.String,
        "name_zh_hant": pl.String,
        "name_en": pl.String,
        "name_key": pl.String,
        "economy_iso3": pl.String,
        "stated_count": pl.Int32,
        "quote": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
    },
    "links": {
        **_ROW,
        "notice_key": pl.String,
        "relation": pl.String,
        "target_key": pl.String,
        "target_clause": pl.String,
        "quote": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
    },
    "dialogues": {
        **_ROW,
        "question": pl.String,
        "answer": pl.String,
        "rule_id": pl.String,
        "confidence": pl.String,
    },
}
"""Columns of each table of schema policy, in order."""


def extraction_frames(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read every page of a frame.

    Args:
        pages: columns response_id, row_number, url, html, listed_title, listed_date; one row a
            page as `raw.mofcom__pages` stores it.

    Returns:
        One frame for each of `SCHEMAS`, plus `unread` (response_id, row_number, url, reason):
        the pages without an article and those refused. Rows of documents and unread together
        equal the pages.
        `row_number` counts rows within the answer and table, so that it is a key with
        response_id.
    """
    rows: dict[str, list[dict]] = {name: [] for name in (*SCHEMAS, "unread")}
    numbered: Counter[tuple[str, str]] = Counter()
    for page in pages.sort("response_id", "row_number").iter_rows(named=True):
        place = {name: page[name] for name in _ROW}
        try:
            record = extract_page(
                page["url"], page["html"], page["listed_title"] or "", page["listed_date"] or ""
            )
        except PageRefused as refused:
            rows["unread"].append(place | {"url": page["url"], "reason": str(refused)})
            continue
        if record is None:
            rows["unread"].append(
                place | {"url": page["url"], "reason": "the page holds no article"}
            )
            continue
        rows["documents"].append(place | _document(record))
        for name, parts in _parts(record).items():
            for part in parts:
                numbered[name, page["response_id"]] += 1
                number = numbered[name, page["response_id"]]
                rows[name].append(place | {"row_number": number} | part)
    unread = pl.DataFrame(rows.pop("unread"), {**_ROW, "url": pl.String, "reason": pl.String})
    frames = {name: pl.DataFrame(rows[name], schema) for name, schema in SCHEMAS.items()}
    return frames | {"unread": unread}


def _document(record: PageRecord) -> dict:
    identity = record.identity
    return {
        "url": record.url,
        "host": record.host,
        "title_zh_hans": record.article.title,
        "page_date": record.article.page_date,
        "folder_month": record.folder_month,
        "released_on": record.released_on,
        "notice_key": identity.key,
        "document_type": identity.document_type,
        "lead_issuer": identity.issuers[0] if identity.issuers else None,
        "issuers": list(identity.issuers),
        "year": identity.year,
        "number": identity.number,
        "issue_date": identity.issue_date,
        "issue_date_quote": identity.issue_date_quote,
        "category": record.category,
        "materials": list(record.materials),
        "materials_zh": list(record.materials_zh),
        "target_iso3": list(record.target_iso3),
        "entity_count": record.entity_count,
        "is_extraterritorial": record.is_extraterritorial,
        "is_supplement": record.is_supplement,
        "is_unconfirmed": record.is_unconfirmed,
        "legal_basis": record.legal_basis,
        "extractor_version": EXTRACTOR_VERSION,
        "title_zh_hant": record.title_zh_hant,
        "list_kind": next(iter(record.values("list_kind")), None),
        "end_uses_zh": list(record.end_uses_zh),
        "licence_types": list(record.values("licence_type")),
        "sketch": list(record.sketch),
        "category_rule": record.value("category").rule_id,
        "key_confidence": record.value("key").confidence if identity.key is not None else None,
    }


def _parts(record: PageRecord) -> dict[str, Iterable[dict]]:
    own = {"notice_key": record.identity.key}
    return {
        "fields": [own | vars(value) for value in record.fields],
        "clauses": [own | _clause(clause) for clause in record.clauses],
        "actions": [
            vars(action) | {"by_notice_key": record.identity.key} for action in record.actions
        ],
        "items": [own | vars(item) for item in record.items],
        "entities": [own | _entity(entity) for entity in record.entities],
        "links": [own | vars(link) for link in record.links],
        "dialogues": [vars(dialogue) for dialogue in record.dialogues],
    }


def _clause(clause: Clause) -> dict:
    materials_zh, end_uses_zh = clause_names(clause)
    kept = {name: value for name, value in vars(clause).items() if name in SCHEMAS["clauses"]}
    return kept | {"materials_zh": list(materials_zh), "end_uses_zh": list(end_uses_zh)}


def _entity(entity: Entity) -> dict:
    return vars(entity) | {"name_zh_hant": traditional(entity.name_zh_hans)}
