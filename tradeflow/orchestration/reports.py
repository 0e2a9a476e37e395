"""From the marts of a week to its brief: the week before, the facts, the text, the copy."""

import base64
from typing import TYPE_CHECKING, Any

import dagster as dg

from tradeflow.briefing.kinds import frame_of
from tradeflow.orchestration.models import CROSS_LAYER, PREVIOUS_WEEK, counted, model_key
from tradeflow.orchestration.partitions import FIRST_WEEK, weeks, weeks_of
from tradeflow.orchestration.progress import note
from tradeflow.orchestration.raw import POOL, raw_key
from tradeflow.orchestration.resources import WorldResource
from tradeflow.orchestration.search import INDEX
from tradeflow.periods import Period, Week
from tradeflow.pipeline import bring_up_to_date, write_briefs, write_facts
from tradeflow.review import named
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.sql_project import Project
from tradeflow.world import World

if TYPE_CHECKING:
    from tradeflow.briefing.charts.drawing import Drawing
    from tradeflow.briefing.produce import Brief

FACTS = dg.AssetKey(["marts", "facts"])
BRIEF = dg.AssetKey(["reports", "trade_briefing"])
PUBLISHED_COPY = dg.AssetKey(["ops", "published_copy"])

_WEEKLY: dict[str, Any] = {
    "group_name": "briefing",
    "partitions_def": weeks,
    "backfill_policy": dg.BackfillPolicy.single_run(),
    "pool": POOL,
}


_BEFORE_THE_MODELS = {"dagster/priority": "1"}
"""Of the steps that wait for raw tables alone the week before comes first, so that the newest
materialization of a model, which its page shows, is that of the week that was asked for."""


def report_assets(project: Project) -> list[dg.AssetsDefinition]:
    """The assets after the marts."""
    marts = [model for model in project.models.values() if model.layer == "marts"]
    with_facts = [model_key(model) for model in marts if model.contract.facts]

    @dg.asset(
        key=PREVIOUS_WEEK,
        deps=[raw_key(table) for source in SOURCES.values() for table in source.tables],
        kinds={"duckdb"},
        owners=["team:data-engineering"],
        op_tags=_BEFORE_THE_MODELS,
        **{**_WEEKLY, "group_name": CROSS_LAYER},
    )
    def previous_week(context: dg.AssetExecutionContext, world: WorldResource):
        """Brings the week before up to date from its own answers, as the brief compares with it.

        Weeks of the same run are made by it and are left alone.
        """
        in_run = weeks_of(context)
        brought = []
        for week in in_run:
            before = week.previous()
            if before not in in_run and before >= FIRST_WEEK:
                for run in bring_up_to_date(world.world, before):
                    model = project.model(run.model)
                    context.log_event(
                        dg.AssetMaterialization(
                            model_key(model),
                            partition=before.partition_key,
                            metadata=counted(run),
                        )
                    )
                brought.append(before.key)
        return dg.MaterializeResult(metadata={"brought_up_to_date": brought})

    @dg.asset(
        key=FACTS,
        deps=with_facts,
        kinds={"duckdb"},
        owners=["team:data-engineering"],
        **_WEEKLY,
    )
    def facts(context: dg.AssetExecutionContext, world: WorldResource):
        """Every figure that may be printed: model, key, unit, coverage, response ids."""
        count = write_facts(world.world, *weeks_of(context))[-1]
        return dg.MaterializeResult(metadata={"dagster/row_count": count})

    @dg.asset(
        key=BRIEF,
        deps=[FACTS, INDEX, *(model_key(model) for model in marts)],
        kinds={"markdown", "jinja"},
        owners=["team:analysts"],
        **_WEEKLY,
    )
    def trade_briefing(context: dg.AssetExecutionContext, world: WorldResource):
        """貿易動態簡報, the weekly brief; refused if a single numeral is untraced."""
        for brief in write_briefs(world.world, weeks_of(context)):
            note(f"{brief.week} brief")
        return dg.MaterializeResult(metadata=shown_of(brief, brief.week, world.world))

    @dg.asset(
        key=PUBLISHED_COPY,
        deps=[BRIEF, INDEX],
        kinds={"duckdb"},
        owners=["team:data-engineering"],
        **_WEEKLY,
    )
    def published_copy(context: dg.AssetExecutionContext, world: WorldResource):
        """The read-only copy of the warehouse for readers outside a run."""
        world.world.warehouse.publish()
        return dg.MaterializeResult(
            metadata={"path": dg.MetadataValue.path(str(world.world.warehouse.published_path))}
        )

    return [previous_week, facts, trade_briefing, published_copy]


def shown_of(report: "Brief", period: Period, world: World) -> dict[str, Any]:
    """What the UI shows of a written report."""
    folder = frame_of(period).folder
    return {
        "report": dg.MetadataValue.md(report.markdown),
        "key_messages": dg.MetadataValue.md("\n".join(f"- {m}" for m in report.key_messages)),
        "charts": dg.MetadataValue.md("\n\n".join(map(_image, report.drawings))),
        "path": dg.MetadataValue.path(str(report.markdown_path)),
        "page": dg.MetadataValue.url(report.html_path.resolve().as_uri()),
        "site": dg.MetadataValue.url(f"{world.settings.site_url}{folder}/{period.key}/"),
        "traced_pct": report.traced_pct,
        "review_items": len(report.review_items),
        "to_review": _to_review(world, report.week),
    }


def _image(drawing: "Drawing") -> str:
    """A chart in the only form the UI draws: an image whose address holds it."""
    data = base64.b64encode(drawing.svg.encode()).decode()
    return f"![{drawing.chart.title}](data:image/svg+xml;base64,{data})"


_TO_REVIEW = dg.TableSchema(
    [
        dg.TableColumn("id", "string", "What `tradeflow review accept` and `reject` name"),
        dg.TableColumn("kind", "string", "What kind of question it is"),
        dg.TableColumn("subject", "string", "Notice and clause, layer or economy"),
    ]
)


def _to_review(world: World, week: Week) -> dg.TableMetadataValue:
    """The review items of the week a report reads; a table, as subjects hold names from outside."""
    with world.warehouse.connect(f"list the review items of {week}") as con:
        rows = con.execute(
            "select review_id, kind, subject from marts.fct_review_items where week = $1"
            " order by kind, subject, review_id",
            [week.key],
        ).fetchall()
    records = [
        dg.TableRecord({"id": id, "kind": kind, "subject": named(subject)})
        for id, kind, subject in rows
    ]
    return dg.MetadataValue.table(records, schema=_TO_REVIEW)
