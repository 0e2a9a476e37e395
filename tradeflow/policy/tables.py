"""Records of pages as table rows, keyed like staging by answer and row.

Here: the columns of policy.documents, clauses, actions and items, and turning a frame of raw
pages into them. Not here: when that happens or where it is written (`store.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import polars as pl

from tradeflow.policy.extract import EXTRACTOR_VERSION, PageRecord, extract_page

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
        the pages without an article. Rows of documents and unread together equal the pages.
        `row_number` counts rows within the answer and table, so that it is a key with
        response_id.
    """
    rows: dict[str, list[dict]] = {name: [] for name in (*SCHEMAS, "unread")}
    numbered: Counter[tuple[str, str]] = Counter()
    for page in pages.sort("response_id", "row_number").iter_rows(named=True):
        place = {name: page[name] for name in _ROW}
        record = extract_page(
            page["url"], page["html"], page["listed_title"] or "", page["listed_date"] or ""
        )
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
    }


def _parts(record: PageRecord) -> dict[str, Iterable[dict]]:
    own = {"notice_key": record.identity.key}
    return {
        "clauses": [own | vars(clause) for clause in record.clauses],
        "actions": [
            vars(action) | {"by_notice_key": record.identity.key} for action in record.actions
        ],
        "items": [own | vars(item) for item in record.items],
    }
