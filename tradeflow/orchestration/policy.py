"""The policy tables: what the ministry's pages say, read once each by rule."""

import dagster as dg

from tradeflow.orchestration.partitions import weeks, weeks_of
from tradeflow.orchestration.raw import POOL, raw_key
from tradeflow.orchestration.resources import WorldResource
from tradeflow.pipeline import extract_policy
from tradeflow.policy.store import TABLES, count_rows
from tradeflow.sources.registry import SOURCES

DESCRIPTIONS = {
    "documents": "One row a page: notice key, issuers, page, issue and release dates, category.",
    "fields": "Every value read of a page as a whole, with its words, rule and confidence.",
    "clauses": "Clauses of a notice with the day each takes effect and the words that say so.",
    "actions": "What a page does to a notice or clause: suspends, ends, replaces, amends.",
    "items": "Item and customs codes, materials, technologies, equipment and entities named.",
    "entities": "Names of entity lists in order, with list, economy and stated count.",
    "links": "Which notices a page acts on or names.",
    "dialogues": "Questions to a spokesman with their answers.",
}


@dg.multi_asset(
    name="policy_extraction",
    specs=[
        dg.AssetSpec(
            dg.AssetKey(["policy", table]),
            deps=[raw_key("mofcom__pages")],
            group_name=SOURCES["mofcom"].group,
            kinds={"python", "duckdb"},
            owners=["team:policy"],
            description=DESCRIPTIONS[table],
            metadata={"dagster/relation_identifier": f"policy.{table}"},
        )
        for table in TABLES
    ],
    partitions_def=weeks,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=POOL,
)
def policy_extraction(context: dg.AssetExecutionContext, world: WorldResource):
    """Extract every page of the weeks' snapshots that has not been read yet."""
    purpose = f"read the notices of {context.partition_key_range}"
    with world.world.warehouse.connect(purpose) as con:
        counts = [extract_policy(world.world, week) for week in weeks_of(context)]
        rows = count_rows(con)
    for table in TABLES:
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["policy", table]),
            metadata={
                "dagster/row_count": rows[table],
                "pages_read": sum(count.pages for count in counts),
            },
        )


assets = [policy_extraction]
