"""A warehouse with just the tables that search reads, filled by hand; and a model for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tradeflow.periods import Week
from tradeflow.search.corpus import load_corpus
from tradeflow.search.dense import Embedder
from tradeflow.search.edge import EdgeEngine
from tradeflow.search.service import SearchService, build_index
from tradeflow.search.store import (
    Counts,
    store_meaning,
    texts_without_meaning,
    update_documents,
    update_sparse_vectors,
)
from tradeflow.storage.tables import ensure_fixed_tables
from tradeflow_tests.policy.pages import page

MINISTRY = "https://www.mofcom.gov.cn/zwgk/zcfb/art"

_TABLES = (
    """create table raw.mofcom__pages (url varchar, html varchar, listed_title varchar,
        listed_date varchar, response_id varchar, row_number bigint)""",
    """create table intermediate.int_pages__released (week varchar, url varchar,
        response_id varchar, row_number bigint, title_zh_hans varchar, page_date date,
        released_on date, notice_key varchar, document_type varchar, year integer, number integer,
        issue_date date, category varchar, materials varchar[], target_iso3 varchar[],
        is_unconfirmed boolean)""",
    """create table intermediate.int_notices__merged (week varchar, notice_key varchar,
        title_zh_hans varchar, url varchar, category varchar, issue_date date, released_on date,
        first_page_date date, target_iso3 varchar[], is_unconfirmed boolean)""",
    """create table marts.fct_clause_intervals (week varchar, notice_key varchar, clause varchar,
        valid_from date, status varchar, valid_to date)""",
)
_CARD_TABLES = (
    """create table if not exists marts.fct_concentration_yearly (week varchar,
        reporter_iso3 varchar, flow varchar, year integer, hhi_partner double, cr3_pct double,
        level_1500_2500 varchar, is_reconstructed boolean)""",
    """create table if not exists marts.fct_partner_flows_yearly (week varchar,
        reporter_iso3 varchar, flow varchar, year integer, partner_code integer,
        partner_name_zh varchar, partner_kind varchar, partner_rank integer,
        is_self_partner boolean, is_reconstructed boolean)""",
    """create table if not exists marts.fct_us_trade_monthly (week varchar, partner_iso3 varchar,
        month varchar, deficit_usd decimal(24, 4), is_reconstructed boolean)""",
    """create table if not exists marts.fct_macro_indicators_yearly (week varchar, iso3 varchar,
        year integer, is_reconstructed boolean)""",
    """create table if not exists marts.fct_layer_coverage (week varchar, layer varchar,
        newest_released_on date)""",
    """create table if not exists intermediate.int_mineral_production__released (week varchar,
        mineral_code varchar, economy_iso3 varchar, measure varchar, year integer, symbol varchar,
        mineral_name_zh varchar, row_kind varchar, value decimal(24, 6), released_at date,
        is_reconstructed boolean)""",
)


@dataclass(frozen=True)
class Text:
    """A page of the bench: a notice where it has a key."""

    title: str
    lines: tuple[str, ...]
    released_on: date = date(2025, 10, 9)
    key: str | None = None
    category: str = "controlled_item_change"
    materials: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    url: str = ""

    @property
    def address(self) -> str:
        return self.url or f"{MINISTRY}/{hashlib.sha256(self.title.encode()).hexdigest()[:8]}.html"


@dataclass
class Bench:
    """The warehouse, and an engine in a folder of its own."""

    root: Path
    con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def __post_init__(self) -> None:
        ensure_fixed_tables(self.con)
        for statement in (*_TABLES, *_CARD_TABLES):
            self.con.execute(statement)
        self.con.execute(
            "create table seeds.economies (iso3 varchar, name_zh_tw varchar, name_en varchar,"
            " valid_to date)"
        )
        self.insert(
            "seeds.economies",
            ("TWN", "台灣", "Taiwan", None),
            ("USA", "美國", "United States", None),
            ("CHN", "中國", "China", None),
        )
        self.engine = EdgeEngine(self.root / "index")

    def insert(self, table: str, *rows: Sequence[Any]) -> None:
        for row in rows:
            marks = ", ".join("?" for _ in row)
            self.con.execute(f"insert into {table} values ({marks})", list(row))

    def know(self, week: str, *texts: Text) -> Counts:
        """Let a week know these pages and store it; called again, it replaces the week."""
        self.con.execute("delete from intermediate.int_pages__released where week = ?", [week])
        self.con.execute("delete from intermediate.int_notices__merged where week = ?", [week])
        for text in texts:
            self._page(week, text)
        return update_documents(self.con, week, Week.parse(week).end)

    def weigh(self, embedder: Embedder | None = None) -> dict[str, int]:
        """Make the vectors that are missing; how many, by model."""
        made = {"bm25": update_sparse_vectors(self.con)}
        if embedder is not None:
            texts = texts_without_meaning(self.con, embedder)
            made[embedder.model] = len(texts)
            if texts:
                vectors = embedder.texts([text for _, text in texts])
                store_meaning(self.con, embedder, texts, vectors)
        return made

    def serve(self, embedder: Embedder | None = None) -> SearchService:
        """Make what is missing and open it."""
        self.weigh(embedder)
        corpus = load_corpus(self.con, embedder)
        assert corpus is not None
        build_index(corpus, self.engine)
        return SearchService.of(self.con, self.engine, embedder)

    def tables(self) -> dict[str, list[tuple]]:
        """Every row of schema search, by table."""
        names = ("week_documents", "documents", "chunks", "vectors")
        return {
            name: self.con.execute(f"from search.{name} order by all").fetchall() for name in names
        }

    def _page(self, week: str, text: Text) -> None:
        html = page(text.title, *text.lines, page_date=text.released_on.isoformat())
        answer = hashlib.sha256(html.encode()).hexdigest()
        stored = self.con.execute(
            "select count(*) from raw.mofcom__pages where response_id = ?", [answer]
        ).fetchall()[0][0]
        if not stored:
            self.insert(
                "raw.mofcom__pages",
                (text.address, html, text.title, text.released_on.isoformat(), answer, 1),
            )
        kind, year, number = _numbered(text.key)
        row = [week, text.address, answer, 1, text.title, text.released_on, text.released_on]
        row += [text.key, kind, year, number, text.released_on if text.key else None]
        row += [text.category, list(text.materials), list(text.targets), False]
        self.insert("intermediate.int_pages__released", row)
        known = self.con.execute(
            "select count(*) from intermediate.int_notices__merged"
            " where week = ? and notice_key = ?",
            [week, text.key],
        ).fetchall()[0][0]
        if text.key is not None and not known:
            notice = [week, text.key, text.title, text.address, text.category, text.released_on]
            notice += [text.released_on, text.released_on, list(text.targets), False]
            self.insert("intermediate.int_notices__merged", notice)


class BagOfCharacters:
    """A model of meaning small enough to write down: one dimension a character, by its code."""

    model = "bag-of-characters"
    revision = "1"
    size = 64

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self.query(text) for text in texts])

    def query(self, text: str) -> np.ndarray:
        vector = np.zeros(self.size, dtype=np.float32)
        for character in text:
            vector[ord(character) % self.size] += 1
        return vector / max(float(np.linalg.norm(vector)), 1.0)


def card_rows(con: duckdb.DuckDBPyConnection, week: str) -> None:
    """Marts with one made-up row for every series the demonstration world has a card of."""
    for statement in _CARD_TABLES:
        con.execute(statement)
    names = {
        "TWN": "台灣",
        "USA": "美國",
        "CHN": "中國",
        "JPN": "日本",
        "KOR": "南韓",
        "DEU": "德國",
    }
    for iso3 in names:
        for flow in ("X", "M"):
            con.execute(
                "insert into marts.fct_concentration_yearly by name select ? as week,"
                " ? as reporter_iso3, ? as flow, 2024 as year, 900.0 as hhi_partner,"
                " 45.0 as cr3_pct, 'low' as level_1500_2500, false as is_reconstructed",
                [week, iso3, flow],
            )
            for rank, partner in enumerate((other for other in names if other != iso3), 1):
                con.execute(
                    "insert into marts.fct_partner_flows_yearly by name select ? as week,"
                    " ? as reporter_iso3, ? as flow, 2024 as year, ? as partner_code,"
                    " ? as partner_name_zh, 'economy' as partner_kind, ? as partner_rank,"
                    " false as is_self_partner, false as is_reconstructed",
                    [week, iso3, flow, rank, names[partner], rank],
                )
        if iso3 != "USA":
            con.execute(
                "insert into marts.fct_us_trade_monthly by name select ? as week,"
                " ? as partner_iso3, '2026-03' as month, 100 as deficit_usd,"
                " false as is_reconstructed",
                [week, iso3],
            )
        if iso3 != "TWN":
            con.execute(
                "insert into marts.fct_macro_indicators_yearly by name select ? as week,"
                " ? as iso3, 2024 as year, false as is_reconstructed",
                [week, iso3],
            )
    minerals = {"ANTIMONY": ("Sb", "銻"), "GALLIUM": ("Ga", "鎵"), "RARE_EARTHS": ("REE", "稀土")}
    minerals |= {
        "TUNGSTEN": ("W", "鎢"),
        "GRAPHITE": ("C", "天然石墨"),
        "BAUXITE": ("Al", "鋁土礦"),
    }
    for code, (symbol, name) in minerals.items():
        con.execute(
            "insert into intermediate.int_mineral_production__released by name select ? as week,"
            " ? as mineral_code, 'CHN' as economy_iso3, 'production' as measure, 2024 as year,"
            " ? as symbol, ? as mineral_name_zh, 'economy' as row_kind, 1000 as value,"
            " date '2025-01-31' as released_at, false as is_reconstructed",
            [week, code, symbol, name],
        )
    for layer, day in (
        ("bilateral_trade_flows", "2025-07-01"),
        ("us_trade_census", "2026-05-05"),
        ("world_macro_indicators", "2025-07-01"),
    ):
        con.execute(
            "insert into marts.fct_layer_coverage by name"
            " select ? as week, ? as layer, ?::date as newest_released_on",
            [week, layer, day],
        )


def _numbered(key: str | None) -> tuple[str | None, int | None, int | None]:
    if key is None:
        return None, None, None
    _, kind, year, number = key.split("-")
    return kind, int(year), int(number)
