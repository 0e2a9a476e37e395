"""Raw tables and snapshots of every week anew from the archive alone.

Here: the order, and the swap of the new database for the old. Not here: SQL models and
reports, which the pipeline runs again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tradeflow.errors import StorageError
from tradeflow.materialise import materialise
from tradeflow.periods import Week
from tradeflow.review import store_decisions, weeks_with_decisions
from tradeflow.sources.base import Source
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse


def rebuild_raw(
    archive: Archive,
    warehouse: Warehouse,
    report: Callable[[str], None],
    sources: Mapping[str, Source] = SOURCES,
) -> list[Week]:
    """Make the database anew from every manifest, oldest week first.

    The new database is built beside the old one and takes its place at the end: on any
    failure the old one stands.

    Args:
        report: called with a line of progress before each week.

    Returns:
        The weeks rebuilt, oldest first.

    Raises:
        StorageError: the archive is damaged (the first file is named), or the disk is full.
    """
    _require_intact(archive)
    layers = [name for name in archive.layers() if name in sources]
    weeks = sorted({week for layer in layers for week in archive.weeks(layer)})
    fresh = Warehouse(warehouse.path.with_name("rebuild.duckdb"), warehouse.lock_timeout_s)
    fresh.discard()
    with fresh.connect("begin a rebuild"):
        pass
    for week in weeks:
        report(f"answers of {week}")
        for layer in layers:
            # Every manifest, not the newest alone: rows of answers a running week had before
            # its last fetch are in the raw tables too.
            for number in archive.manifest_numbers(layer, week):
                manifest = archive.manifest(layer, week, number)
                if manifest is not None:
                    materialise(archive, fresh, sources[layer], manifest)
    for week in weeks_with_decisions(archive):
        store_decisions(archive, fresh, week)
    warehouse.take_over(fresh)
    return weeks


def _require_intact(archive: Archive) -> None:
    damage = list(archive.damage())
    if damage:
        more = f" ({len(damage) - 1} more files are damaged)" if len(damage) > 1 else ""
        raise StorageError(f"{damage[0]}{more}")
