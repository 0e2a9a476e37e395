"""Fixtures of all tests: recorded material beside the checkout, settings of an empty world."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tradeflow.settings import Mode, Settings
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_macros import load_macros
from tradeflow_tests.sql.graph import PROJECT

_SHARED = Path(__file__).resolve().parents[2] / "shared"
_OWN_VARIABLES = (
    *("COMTRADE_API_KEY", "CENSUS_API_KEY"),
    *("QDRANT_URL", "QDRANT_API_KEY", "QDRANT_PATH"),
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and facts, read in place; without it the test is skipped."""
    if not _SHARED.is_dir():
        pytest.skip(f"no shared folder beside the checkout ({_SHARED})")
    return _SHARED


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty live world in a temporary folder, whatever the environment says."""
    for name in os.environ:
        if name.startswith("TRADEFLOW_") or name.upper() in (*_OWN_VARIABLES, *_PROXIES):
            monkeypatch.delenv(name)
    return Settings(_env_file=None, home=tmp_path, sources=Mode.LIVE)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the project's seeds and macros, and no other table."""
    with duckdb.connect() as con:
        load_seeds(con, PROJECT)
        load_macros(con, PROJECT)
        yield con
