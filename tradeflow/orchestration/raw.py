"""Raw tables: what each source answered, as known at the end of the week."""

import dagster as dg

from tradeflow.orchestration.partitions import weeks, weeks_of
from tradeflow.orchestration.resources import WorldResource
from tradeflow.pipeline import ingest_layer
from tradeflow.sources.base import Source
from tradeflow.sources.registry import SOURCES

POOL = "warehouse"
"""One step at a time writes: DuckDB lets a single process hold the file."""


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
                description=(source.__doc__ or source.name).strip(),
                tags={"source": source.name},
            )
            for table in source.tables
        ],
        partitions_def=weeks,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def ingest(context: dg.AssetExecutionContext, world: WorldResource):
        for week in weeks_of(context):
            ingested = ingest_layer(world.world, source.name, week)
            context.log.info(
                f"{source.name} {week}: {ingested.answers} answers, "
                f"{ingested.carried_forward} carried forward, {ingested.row_count} rows"
            )
        for table in source.tables:
            yield dg.MaterializeResult(
                asset_key=raw_key(table),
                metadata={
                    "week": str(week),
                    "dagster/row_count": ingested.row_count,
                    "answers": ingested.answers,
                    "carried_forward": dg.MetadataValue.json(list(ingested.carried_labels)),
                    "unanswered": ingested.unanswered,
                    "replayed_from_archive": ingested.replayed,
                    "response_ids": dg.MetadataValue.json(sorted(ingested.response_ids)),
                },
            )

    return ingest


assets = [raw_assets(source) for source in SOURCES.values()]
