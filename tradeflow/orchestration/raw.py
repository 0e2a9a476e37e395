"""Raw tables: what each source answered, as known at the end of the week."""

import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from tradeflow.orchestration.partitions import weeks, weeks_of
from tradeflow.orchestration.progress import note
from tradeflow.orchestration.resources import WorldResource
from tradeflow.pipeline import ingest_layer, take_known_decisions
from tradeflow.sources.base import Source
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.transport import host_states
from tradeflow.storage.archive import Held
from tradeflow.world import World

POOL = "warehouse"
"""One step at a time writes: DuckDB lets a single process hold the file."""


DECISIONS = dg.AssetKey(["raw", "review_decisions"])

_LOG_EVERY_S = 10.0
"""Progress is shown at once and logged this often: a logged line stays in Dagster's storage."""


_RECEIPT_SCHEMA = dg.TableSchema(
    [
        dg.TableColumn("answer", "string", "Begin of its SHA-256, its name in the archive"),
        dg.TableColumn("asked", "string", "The question, as runs and errors name it"),
    ]
)


def raw_key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", table])


def raw_assets(source: Source) -> dg.AssetsDefinition:
    """The asset of one source: its raw tables, ingested together."""

    @dg.multi_asset(
        name=f"raw_{source.name}",
        specs=[
            dg.AssetSpec(
                raw_key(table),
                group_name=source.group,
                kinds={"python", "duckdb"},
                owners=["team:data-engineering"],
                description=inspect.cleandoc(source.__doc__ or source.name),
                tags={"source": source.name},
                metadata={"dagster/relation_identifier": f"raw.{table}"},
            )
            for table in source.tables
        ],
        partitions_def=weeks,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def ingest(context: dg.AssetExecutionContext, world: WorldResource):
        for week in weeks_of(context):
            note(f"{week} {source.name}")
            ingested = ingest_layer(world.world, source.name, week, _progress(context))
            context.log.info(
                f"{source.name} {week}: {ingested.answers} answers, "
                f"{ingested.carried_forward} carried forward, {len(ingested.held)} held, "
                f"{ingested.row_count} rows"
            )
        shown: dict[str, Any] = {
            "answers": ingested.answers,
            "carried_forward": dg.MetadataValue.json(list(ingested.carried_labels)),
            "unanswered": ingested.unanswered,
            "held": dg.MetadataValue.md(_held_markdown(ingested.held)),
            "replayed_from_archive": ingested.replayed,
            "hosts": dg.MetadataValue.json(hosts_of(world.world, source.name)),
            "receipts": _receipts(ingested.asked),
        }
        for table, row_count in ingested.table_rows.items():
            yield dg.MaterializeResult(
                asset_key=raw_key(table),
                metadata={"week": str(week), "dagster/row_count": row_count, **shown},
            )
            # Once a source: hundreds of receipts need no copy a table.
            shown = {}

    return ingest


def _receipts(asked: Sequence[tuple[str, str]]) -> dg.TableMetadataValue:
    """The answers the week rests on; a table, as labels hold titles from outside."""
    records = [dg.TableRecord({"answer": id[:16], "asked": label}) for label, id in asked]
    return dg.MetadataValue.table(records, schema=_RECEIPT_SCHEMA)


def _held_markdown(held: Sequence[Held]) -> str:
    if not held:
        return "none"
    lines = [f"- `{one.id}`: {one.reason}" for one in held]
    return "\n".join([*lines, "", "Decide: `tradeflow review accept ID` or `reject ID`."])


def hosts_of(world: World, source: str) -> list[str]:
    """How the source's hosts stand: calls of the day, breaker. The sandbox has none."""
    return [str(one) for one in host_states(world.settings) if one.source == source]


def _progress(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """Shows every line of progress to whoever started the run, and logs one now and then."""
    logged_at = time.monotonic()

    def report(line: str) -> None:
        nonlocal logged_at
        note(line)
        if time.monotonic() - logged_at >= _LOG_EVERY_S:
            logged_at = time.monotonic()
            context.log.info(line)

    return report


@dg.asset(
    key=DECISIONS,
    group_name="review",
    kinds={"python", "duckdb"},
    owners=["team:analysts"],
    partitions_def=weeks,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=POOL,
)
def review_decisions(context: dg.AssetExecutionContext, world: WorldResource):
    """What persons decided of review items and held answers, as known when the week is run."""
    with world.world.warehouse.connect(f"take the decisions of {context.partition_key_range}"):
        settled = [take_known_decisions(world.world, week) for week in weeks_of(context)][-1]
    return dg.MaterializeResult(metadata={"dagster/row_count": settled})


assets = [review_decisions, *(raw_assets(source) for source in SOURCES.values())]
