"""Every setting, read once from the environment (and `.env`) into one typed object.

No other module reads the environment. `.env.example` explains each setting to its user.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.request import getproxies

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tradeflow.bundled import checkout_root
from tradeflow.errors import InputError

_OWN_PREFIXES = ("COMTRADE_API", "CENSUS_API_KEY", "QDRANT_")
"""Settings that go by the name their owners give them, without TRADEFLOW_."""


class Mode(StrEnum):
    """Where answers come from. Only the HTTP transport differs between the three."""

    SANDBOX = "sandbox"
    LIVE = "live"
    REPLAY = "replay"

    @property
    def world(self) -> str:
        """The data folder the mode works in: a replay reads live's archive."""
        return "sandbox" if self is Mode.SANDBOX else "live"


class Executor(StrEnum):
    """Where the steps of a run that the UI or the daemon starts are executed."""

    IN_PROCESS = "in_process"
    """One after the other in the run's own process."""
    MULTIPROCESS = "multiprocess"
    """Each in a process of its own, two at a time; a killed one leaves the run alive."""


class Settings(BaseSettings):
    """tradeflow's configuration. Prefix `TRADEFLOW_`, except names that others gave."""

    model_config = SettingsConfigDict(
        env_prefix="TRADEFLOW_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    home: Path = Path("data")
    """Folder of all data, one subfolder per world."""
    sources: Mode = Mode.SANDBOX
    """Where answers come from."""
    reports: Path | None = None
    """Where reports are published; default `reports/published` of the checkout."""
    site: Path | None = None
    """Where the site is built; default the folder `site` among the published reports."""
    site_url: str = "http://127.0.0.1:8000/"
    """The site's public address, for feeds and canonical links."""
    lock_timeout_s: float = Field(default=600.0, gt=0)
    """How long to wait, in seconds, for another process to release the warehouse."""
    executor: Executor = Executor.IN_PROCESS
    """How steps of runs of the UI and the daemon are executed; `tradeflow run` is one process."""
    contact: str = "https://github.com/tradeflow"
    """Contact named in the User-Agent of every live request."""
    requests_per_second: float | None = Field(default=None, gt=0)
    """Pace of requests to every host; default the pace of each host in `sources/hosts.yml`."""
    daily_calls: int | None = Field(default=None, ge=1)
    """Calls a day to every host; default the allowance of each host in `sources/hosts.yml`."""
    proxy: SecretStr | None = None
    """Proxy of every live request (its address may hold a password); default `proxies`."""
    alert_file: Path | None = None
    """File that gets a line for every failed run; default `failed_runs.jsonl` in the world's."""
    alert_webhook: SecretStr | None = None
    """Address that gets a message for every failed run; it usually holds a secret."""
    faults: float = Field(default=0.0, ge=0, le=1)
    """Share of the sandbox's answers made faulty, to see what a bad day does; sandbox only."""
    faults_seed: int = 0
    """Which answers those are; the same seed makes the same ones faulty."""
    comtrade_url: str = "https://comtradeapi.un.org"
    census_api_url: str = "https://api.census.gov"
    census_site_url: str = "https://www.census.gov"
    worldbank_url: str = "https://api.worldbank.org"
    ots_url: str = "https://api.tradestatistics.io"
    usgs_url: str = "https://www.sciencebase.gov"
    mofcom_url: str = "http://exportcontrol.mofcom.gov.cn"
    mofcom_announcements_url: str = "https://www.mofcom.gov.cn"
    embedding_model: str | None = None
    """Model for searching by meaning: a folder, or `name@revision` of the hub; default none."""
    qdrant_url: str | None = Field(
        default=None, validation_alias=AliasChoices("QDRANT_URL", "qdrant_url")
    )
    """A Qdrant server for the search index; default the engine in this process."""
    qdrant_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("QDRANT_API_KEY", "qdrant_api_key")
    )
    qdrant_path: Path | None = Field(
        default=None, validation_alias=AliasChoices("QDRANT_PATH", "qdrant_path")
    )
    """Folder of the search index without a server; default `search` in the world's folder."""
    comtrade_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("COMTRADE_API_KEY", "comtrade_api_key")
    )
    census_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("CENSUS_API_KEY", "census_api_key")
    )

    @field_validator("site_url")
    @classmethod
    def _with_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"

    @field_validator("home", "reports", "site", "qdrant_path", "alert_file")
    @classmethod
    def _expanded(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser()

    @property
    def proxies(self) -> dict[str, str]:
        """Proxy addresses by scheme (`http`, `https`, `all`), under `no` the hosts without one.

        `proxy` where it is set, otherwise HTTP_PROXY, HTTPS_PROXY and ALL_PROXY of the
        environment; NO_PROXY counts in both cases.
        """
        usual = getproxies()
        if self.proxy is None:
            return usual
        return {"all": self.proxy.get_secret_value(), "no": usual.get("no", "")}

    @property
    def world_home(self) -> Path:
        """Folder of the world in use: its archive, warehouse and Dagster instance."""
        return self.home / self.sources.world

    @property
    def published_reports(self) -> Path:
        """Folder the reports of the world in use are published in."""
        root = checkout_root()
        base = self.reports or (root / "reports" / "published" if root else self.home / "reports")
        return base / self.sources.world

    @property
    def search_folder(self) -> Path:
        """Folder of the search index of the world in use; it can be made again at any time."""
        if self.qdrant_path is None:
            return self.world_home / "search"
        return self.qdrant_path / self.sources.world

    @property
    def site_folder(self) -> Path:
        """Folder the site of the world in use is built in."""
        return self.site / self.sources.world if self.site else self.published_reports / "site"


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` win over the environment.

    Raises:
        InputError: a setting is malformed; the message names the variable.
    """
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "settings"
        own_name = field.upper().startswith(_OWN_PREFIXES)
        name = field.upper() if own_name else f"TRADEFLOW_{field.upper()}"
        raise InputError(f"setting {name}: {first['msg']} (got {first['input']!r})") from error


def unknown_variables() -> list[str]:
    """Names of the environment and of `.env` that begin like a setting and are none, sorted."""
    known = {f"TRADEFLOW_{name.upper()}" for name in Settings.model_fields}
    named = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
    return sorted(name for name in named - known if name.startswith("TRADEFLOW_"))
