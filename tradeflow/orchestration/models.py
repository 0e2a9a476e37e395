"""One asset per file of `dbt_like_sql/`, by one factory.

Dependencies come from the `ref` and `source` calls in the SQL and from nothing else; columns,
their lineage and the contract's tests go to the UI as metadata and asset checks. The models of
a stage run in one step on one connection, and any subset of them can be chosen: a step and a
connection of its own would cost each model several times what its SQL does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from tradeflow.model_choice import sources_by_model
from tradeflow.orchestration.checks import check_specs, check_verdicts, refusals
from tradeflow.orchestration.partitions import weeks, weeks_of
from tradeflow.orchestration.progress import note
from tradeflow.orchestration.raw import DECISIONS, POOL, raw_key
from tradeflow.orchestration.resources import WorldResource
from tradeflow.periods import Week
from tradeflow.pipeline import models_over
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.lineage_store import lineage_of
from tradeflow.storage.sql_checks import ChecksFailed
from tradeflow.storage.sql_project import Model, Project
from tradeflow.storage.sql_run import ModelRun
from tradeflow.storage.sql_runner import Weeks
from tradeflow.world import World

CROSS_LAYER = "cross_layer"
"""Group of models that rest on more than one source."""

PREVIOUS_WEEK = dg.AssetKey(["ops", "previous_week"])

_RAW_TABLES = frozenset(table for source in SOURCES.values() for table in source.tables)
_OWN_ASSETS = _RAW_TABLES | {DECISIONS.path[-1]}


def model_key(model: Model) -> dg.AssetKey:
    return dg.AssetKey([model.schema, model.name])


def model_assets(project: Project) -> list[dg.AssetsDefinition]:
    """Every model of the project as an asset, in three steps.

    Staging reads raw tables alone; intermediate models and marts also read what the policy
    rules extracted; comparisons wait until the week before has been brought up to date.
    """
    models = list(project.models.values())
    groups = _groups(project)
    looking_back = [model for model in models if project.reads_previous(model.name)]
    staging = [model for model in models if model.per_answer]
    rest = [model for model in models if model not in looking_back and model not in staging]
    return [
        _stage(project, groups, "staging", staging),
        _stage(project, groups, "marts", rest),
        _stage(project, groups, "comparisons", looking_back),
    ]


def _stage(
    project: Project, groups: Mapping[str, str], name: str, models: list[Model]
) -> dg.AssetsDefinition:
    checks = {model.name: check_specs(project, model, model_key(model)) for model in models}

    @dg.multi_asset(
        name=name,
        specs=[_spec(project, model, groups[model.name]) for model in models],
        check_specs=[spec for specs in checks.values() for spec in specs],
        partitions_def=weeks,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
        pool=POOL,
    )
    def materialise(context: dg.AssetExecutionContext, world: WorldResource):
        wanted = context.selected_asset_keys
        chosen = [model for model in models if model_key(model) in wanted]
        made_for = weeks_of(context)
        with world.world.warehouse.connect(f"{name} of {context.partition_key_range}") as con:
            running = models_over(world.world, con, made_for)
            for model in chosen:
                yield from _run(world.world, project, model, checks[model.name], made_for, running)

    return materialise


def _run(
    world: World,
    project: Project,
    model: Model,
    checks: list[dg.AssetCheckSpec],
    made_for: list[Week],
    running: Weeks,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    runs: list[ModelRun] = []
    try:
        for run in running.run(model.name):
            runs.append(run)
            note(f"{run.week} {model.name}")
    except ChecksFailed as error:
        yield from refusals(checks, made_for[len(runs)], error.failed)
        raise
    newest = runs[-1]
    yield dg.MaterializeResult(
        asset_key=model_key(model),
        metadata={
            **counted(newest),
            "dagster/column_lineage": _column_lineage(world, project, model),
        },
        check_results=list(check_verdicts(model_key(model), checks, runs)),
    )


def counted(run: ModelRun) -> dict[str, Any]:
    """What the UI shows of a model's run over one week."""
    return {
        "week": run.week,
        "dagster/row_count": run.rows_after,
        "rows_before": run.rows_before,
        "rejected": run.rejected,
    }


def _spec(project: Project, model: Model, group: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        model_key(model),
        deps=sorted(_upstream(project, model)),
        group_name=group,
        kinds={"sql", "duckdb"},
        owners=["team:data-engineering"],
        description=model.description,
        code_version=project.code_version(model.name),
        metadata={
            "dagster/column_schema": _column_schema(model),
            "dagster/relation_identifier": model.relation,
            "sql": dg.MetadataValue.md(f"```sql\n{model.template}\n```"),
        },
    )


def _groups(project: Project) -> dict[str, str]:
    return {
        name: SOURCES[min(sources)].group if len(sources) == 1 else CROSS_LAYER
        for name, sources in sources_by_model(project).items()
    }


def _upstream(project: Project, model: Model) -> set[dg.AssetKey]:
    keys: set[dg.AssetKey] = set()
    for ref in model.upstream:
        if ref.previous:
            keys.add(PREVIOUS_WEEK)
        elif ref.kind == "model" or ref.schema == "policy" or ref.name in _OWN_ASSETS:
            keys.add(dg.AssetKey([ref.schema, ref.name]))
        elif ref.kind == "source":
            keys |= _everything_before(project)
    return keys - {model_key(model)}


def _everything_before(project: Project) -> set[dg.AssetKey]:
    """What fills the books (`raw.snapshot`, `ops.rejects`): every ingest, every staging model."""
    staging = {model_key(model) for model in project.models.values() if model.per_answer}
    return staging | {raw_key(table) for table in _RAW_TABLES}


def _column_schema(model: Model) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.sql_type,
                f"{column.description} [{column.unit}]" if column.unit else column.description,
            )
            for column in model.contract.columns
        ]
    )


def _column_lineage(world: World, project: Project, model: Model) -> dg.TableColumnLineage:
    with world.warehouse.connect(f"column lineage of {model.name}") as con:
        lineage = lineage_of(con, project, model.name)
    schema_of = {name: other.schema for name, other in project.models.items()}
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(dg.AssetKey(_key_of(upstream, schema_of)), upstream_column)
                for upstream, upstream_column in sources
            ]
            for column, sources in lineage.items()
        }
    )


def _key_of(upstream: str, schema_of: dict[str, str]) -> list[str]:
    if upstream in schema_of:
        return [schema_of[upstream], upstream]
    return upstream.split(".") if "." in upstream else ["seeds", upstream]
