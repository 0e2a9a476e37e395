"""What is searched: documents in pieces, their vectors, and the index of both."""

from typing import Any

import dagster as dg

from tradeflow.orchestration.models import model_key
from tradeflow.orchestration.partitions import weeks, weeks_of
from tradeflow.orchestration.progress import note
from tradeflow.orchestration.raw import POOL, raw_key
from tradeflow.orchestration.resources import WorldResource
from tradeflow.search_steps import index_search, store_search_documents, store_search_vectors
from tradeflow.storage.sql_project import Project

CHUNKS = dg.AssetKey(["search", "chunks"])
VECTORS = dg.AssetKey(["search", "vectors"])
INDEX = dg.AssetKey(["search", "index"])

_READ = (
    "int_pages__released",
    "int_notices__merged",
    "int_mineral_production__released",
    "fct_clause_intervals",
    "fct_concentration_yearly",
    "fct_partner_flows_yearly",
    "fct_us_trade_monthly",
    "fct_macro_indicators_yearly",
    "fct_layer_coverage",
)
"""Models that documents, cards and states are read from."""

_WEEKLY: dict[str, Any] = {
    "group_name": "search",
    "partitions_def": weeks,
    "backfill_policy": dg.BackfillPolicy.single_run(),
    "pool": POOL,
    "owners": ["team:policy"],
}


def search_assets(project: Project) -> list[dg.AssetsDefinition]:
    """The assets after policy and marts, before the brief."""
    models = [model_key(project.model(name)) for name in _READ]

    @dg.asset(
        key=CHUNKS, deps=[raw_key("mofcom__pages"), *models], kinds={"python", "duckdb"}, **_WEEKLY
    )
    def chunks(context: dg.AssetExecutionContext, world: WorldResource):
        """Notices, news pages and data cards of the weeks, cut into pieces of some clauses."""
        counts = []
        with world.world.warehouse.connect(f"store documents of {context.partition_key_range}"):
            for week in weeks_of(context):
                note(f"{week} documents")
                counts.append(store_search_documents(world.world, week))
        return dg.MaterializeResult(
            metadata={
                "documents": counts[-1].documents,
                "new_documents": sum(count.new_documents for count in counts),
                "new_chunks": sum(count.new_chunks for count in counts),
                "cut": sum(count.cut for count in counts),
            }
        )

    @dg.asset(key=VECTORS, deps=[CHUNKS], kinds={"python", "duckdb"}, **_WEEKLY)
    def vectors(context: dg.AssetExecutionContext, world: WorldResource):
        """Sparse vectors of every piece, dense ones with a configured model; made once a text."""
        made = store_search_vectors(world.world)
        return dg.MaterializeResult(metadata={f"made by {model}": n for model, n in made.items()})

    @dg.asset(key=INDEX, deps=[VECTORS], kinds={"qdrant"}, **_WEEKLY)
    def index(context: dg.AssetExecutionContext, world: WorldResource):
        """The vector index: made beside the present one, counted, swapped in."""
        digest, points = index_search(world.world)
        engine = world.world.search_engine.name
        return dg.MaterializeResult(
            metadata={"engine": engine, "index": digest, "dagster/row_count": points}
        )

    return [chunks, vectors, index]
