"""Which SQL models a step runs: by whether they look back, by the sources they rest on.

Here: choosing by what a model reads. Not here: running it (`pipeline.py`).
"""

from __future__ import annotations

from tradeflow.sources.registry import SOURCES
from tradeflow.storage.sql_project import Project
from tradeflow.world import World


def plain_models(world: World) -> list[str]:
    """The models that look at one week only, in the order in which they can run."""
    return [name for name in world.project.models if not world.project.reads_previous(name)]


def comparison_models(world: World) -> list[str]:
    """The models that also read the week before, in order."""
    return [name for name in world.project.models if world.project.reads_previous(name)]


def models_resting_on(world: World, layers: set[str]) -> list[str]:
    """The models that can be made once these sources have answered, in order.

    All of them when every source has; before that those of one source alone, as a model that
    joins several would take a missing source for one that publishes nothing. What these read and
    rests on no source, as the calendar does, comes with them.
    """
    models = plain_models(world)
    if layers >= SOURCES.keys():
        return models
    rests_on = sources_by_model(world.project)
    chosen = {name for name in models if len(rests_on[name]) == 1 and rests_on[name] <= layers}
    upstream = (ref for name in chosen for ref in world.project.models[name].upstream)
    read = {ref.name for ref in upstream if ref.kind == "model"}
    return [name for name in models if name in chosen or (name in read and not rests_on[name])]


def sources_by_model(project: Project) -> dict[str, set[str]]:
    """Short names of the sources each model rests on, through every model it reads."""
    source_of = {table: source.name for source in SOURCES.values() for table in source.tables}
    found: dict[str, set[str]] = {}
    for name, model in project.models.items():
        found[name] = set()
        for ref in model.upstream:
            if ref.kind == "model":
                found[name] |= found.get(ref.name, set())
            elif ref.schema == "policy":
                found[name].add("mofcom")
            elif ref.name in source_of:
                found[name].add(source_of[ref.name])
    return found
