"""What stands in the way of a run on this machine, found before the run.

Here: settings, folders, space, bundled files, fonts, keys, the database, the archive and – in
live mode alone – whether each host answers. Nothing is repaired, and no key is shown. Not here:
whether the data are fresh (`tradeflow status`).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb
import httpx
from jinja2 import Environment, TemplateSyntaxError

from tradeflow.answers import Request
from tradeflow.briefing.glossary import load_glossary
from tradeflow.bundled import reports_root, sql_root
from tradeflow.errors import StorageError, TradeflowError, WarehouseBusy
from tradeflow.reference import main_partners
from tradeflow.settings import Mode, Settings, unknown_variables
from tradeflow.sources.errors import QuotaExceeded, SourceError
from tradeflow.sources.hosts import Host, read_hosts
from tradeflow.sources.proxies import Network
from tradeflow.sources.transport import Transport
from tradeflow.storage.sql_project import Project
from tradeflow.storage.warehouse import Warehouse
from tradeflow.thresholds import threshold
from tradeflow.world import World


class Verdict(StrEnum):
    """How bad a finding is; only `broken` makes the command fail."""

    OK = "ok"
    NOTE = "note"
    """Works, with less than there could be."""
    WARN = "warn"
    """Will cause trouble."""
    BROKEN = "broken"
    """A run cannot do its work."""


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    subject: str
    verdict: Verdict
    said: str


_COST_OF_NO_KEY = {
    "comtrade_api_key": (
        "COMTRADE_API_KEY",
        "the public preview is asked: 500 rows an answer, so far more and slower requests; "
        "a free key is had at https://comtradedeveloper.un.org",
    ),
    "census_api_key": (
        "CENSUS_API_KEY",
        "the API refuses calls without one: country totals come from the balance workbook, and "
        "there are no US figures by commodity; a free key is had at "
        "https://api.census.gov/data/key_signup.html",
    ),
}
_OPTIONAL = ("ots",)
"""Sources without which every report stands."""
_ANSWERS_TO_NAME = 3
"""How many damaged files are named; all are counted."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, in the order a run would meet them."""
    yield from _settings(settings)
    yield from _folders(settings)
    yield from _bundled()
    yield _fonts()
    yield from _keys(settings)
    yield from _storage(World(settings))
    yield from _hosts(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    where = settings.world_home.absolute()
    yield Finding("settings", Verdict.OK, f"sources: {settings.sources}; data in {where}")
    for name in unknown_variables():
        said = f"{name} is no setting and has no effect; .env.example lists those there are"
        yield Finding("settings", Verdict.WARN, said)


def _folders(settings: Settings) -> Iterator[Finding]:
    for subject, folder in (
        ("data", settings.world_home.absolute()),
        ("reports", settings.published_reports.absolute()),
    ):
        present = _nearest(folder)
        trouble = _cannot_write(present)
        if trouble is not None:
            yield Finding(subject, Verdict.BROKEN, f"{present} cannot be written: {trouble}")
            continue
        yield Finding(subject, Verdict.OK, f"{folder} can be written")
        yield _space(subject, present)


def _space(subject: str, folder: Path) -> Finding:
    free_mb = shutil.disk_usage(folder).free / 1e6
    least, usual = threshold("disk_free_least_mb"), threshold("disk_free_usual_mb")
    said = f"{free_mb:,.0f} MB free at {folder}"
    if free_mb < least:
        return Finding(subject, Verdict.BROKEN, f"{said}; a run needs {least:,.0f} MB")
    if free_mb < usual:
        return Finding(subject, Verdict.WARN, f"{said}; below {usual:,.0f} MB a back-fill may fail")
    return Finding(subject, Verdict.OK, said)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _cannot_write(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"tradeflow")
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _bundled() -> Iterator[Finding]:
    yield _works("templates", _read_templates)
    yield _works("models", _read_models)


def _works(subject: str, read: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, Verdict.OK, read())
    except TradeflowError as error:
        return Finding(subject, Verdict.BROKEN, str(error))
    except (OSError, UnicodeDecodeError) as error:
        return Finding(subject, Verdict.BROKEN, f"cannot be read: {error}")
    except TemplateSyntaxError as error:
        said = f"{error.filename or error.name}, line {error.lineno}: {error.message}"
        return Finding(subject, Verdict.BROKEN, said)


def _read_templates() -> str:
    folder = reports_root() / "templates"
    paths = sorted(folder.rglob("*.j2"))
    if not paths:
        raise StorageError(f"{folder} has no templates; the installation is not complete")
    environment = Environment(autoescape=True)
    for path in paths:
        environment.parse(path.read_text(encoding="utf-8"), path.name, str(path))
    load_glossary()
    return f"{len(paths)} templates and the glossary in {reports_root()}"


def _read_models() -> str:
    project = Project.load(sql_root())
    main_partners()
    return f"{len(project.models)} models and {len(project.seeds)} seeds in {sql_root()}"


def _fonts() -> Finding:
    """Reports and charts keep their text as text; a reader on this machine needs a font for it."""
    tool = shutil.which("fc-list")
    if tool is None:
        return Finding("fonts", Verdict.NOTE, "cannot tell without fc-list; reports name their own")
    found = subprocess.run(
        [tool, ":lang=zh-tw", "family"], capture_output=True, text=True, timeout=30, check=False
    )
    families = {line for line in found.stdout.splitlines() if line}
    if families:
        said = f"{len(families)} with Traditional Chinese, such as {min(families)}"
        return Finding("fonts", Verdict.OK, said)
    return Finding(
        "fonts",
        Verdict.NOTE,
        "none with Traditional Chinese on this machine: reports are right, but cannot be read here",
    )


def _keys(settings: Settings) -> Iterator[Finding]:
    for field, (name, cost) in _COST_OF_NO_KEY.items():
        if getattr(settings, field) is not None:
            yield Finding("keys", Verdict.OK, f"{name} is set")
        elif settings.sources is Mode.LIVE:
            yield Finding("keys", Verdict.NOTE, f"{name} is not set: {cost}")
        else:
            said = f"{name} is not set; {settings.sources} needs none (in live: {cost})"
            yield Finding("keys", Verdict.OK, said)


def _storage(world: World) -> Iterator[Finding]:
    yield _database(world)
    yield _archive(world)


def _database(world: World) -> Finding:
    path = world.warehouse.path
    if not path.exists():
        return Finding("database", Verdict.OK, f"{path} will be made by the first run")
    try:
        with Warehouse(path, threshold("doctor_lock_wait_s")).connect("examine it") as con:
            con.execute("select count(*) from duckdb_tables()").fetchall()
        if world.warehouse.published_path.exists():
            with world.warehouse.reader() as con:
                con.execute("select count(*) from duckdb_tables()").fetchall()
    except WarehouseBusy as error:
        return Finding("database", Verdict.NOTE, f"in use: {error}")
    except (StorageError, duckdb.Error) as error:
        said = f"{' '.join(str(error).split())}; `tradeflow rebuild` makes it anew from the archive"
        return Finding("database", Verdict.BROKEN, said)
    return Finding("database", Verdict.OK, f"{path} opens")


def _archive(world: World) -> Finding:
    root = world.archive.root
    if not root.exists():
        return Finding("archive", Verdict.OK, f"{root} will be made by the first run")
    damage = list(world.archive.damage())
    if not damage:
        return Finding("archive", Verdict.OK, f"every file in {root} is as it was written")
    named = "; ".join(damage[:_ANSWERS_TO_NAME])
    return Finding("archive", Verdict.BROKEN, f"{len(damage)} damaged files: {named}")


def _hosts(settings: Settings) -> Iterator[Finding]:
    """Whether each host a live run needs answers at all; all are asked at the same time."""
    if settings.sources is not Mode.LIVE:
        said = f"{settings.sources} asks no host; nothing was sent"
        yield Finding("hosts", Verdict.OK, said)
        return
    hosts = [host for host in read_hosts().hosts if _is_needed(host, settings)]
    with ThreadPoolExecutor(len(hosts)) as pool:
        yield from pool.map(lambda host: _reach(settings, host), hosts)


def _is_needed(host: Host, settings: Settings) -> bool:
    """The keyed API refuses who has no key; nothing is lost when it does not answer then."""
    return host.setting != "census_api_url" or settings.census_api_key is not None


def _reach(settings: Settings, host: Host) -> Finding:
    """One request for a host's front page, without a key; any answer at all is an answer."""
    url = str(getattr(settings, host.setting)).rstrip("/") + "/"
    request = Request(source=host.source, label=f"whether {url} answers", url=url)
    carrier = _Brief(Network(settings.proxies))
    try:
        with Transport(settings, carrier) as transport:
            patience = threading.Timer(threshold("doctor_host_wait_s"), transport.stop)
            patience.daemon = True
            patience.start()
            try:
                exchange = transport.send(request)
            finally:
                patience.cancel()
    except SourceError as error:
        return _unreached(host, url, carrier, error)
    except TradeflowError as error:
        return Finding("hosts", Verdict.BROKEN, f"{host.source}: {url}: {error}")
    return Finding("hosts", Verdict.OK, f"{host.source}: {url} answers ({exchange.status})")


def _unreached(host: Host, url: str, carrier: _Brief, error: SourceError) -> Finding:
    status = carrier.status
    if status is not None and status < 500 and status != 429:
        return Finding("hosts", Verdict.OK, f"{host.source}: {url} answers ({status})")
    if isinstance(error, QuotaExceeded):
        return Finding("hosts", Verdict.WARN, f"{host.source}: {error.got}; {error.remedy}")
    told = f"status {status}" if status is not None else carrier.trouble or error.got
    if host.source in _OPTIONAL:
        said = f"{host.source}: {url}: {told}; the layer is optional, reports say it is missing"
        return Finding("hosts", Verdict.WARN, said)
    return Finding("hosts", Verdict.BROKEN, f"{host.source}: {url}: {told}; {error.remedy}")


class _Brief(httpx.BaseTransport):
    """The network with little patience, and a memory of how the last attempt ended."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.status: int | None = None
        self.trouble: str | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.status = None
        seconds = threshold("doctor_answer_wait_s")
        request.extensions = {
            **request.extensions,
            "timeout": httpx.Timeout(seconds).as_dict(),
        }
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError as error:
            self.trouble = f"no answer ({type(error).__name__})"
            raise
        self.status = response.status_code
        return response

    def close(self) -> None:
        self._inner.close()
