"""SQL templates: what `ref` and `source` name, and the SQL with them replaced.

Here: the two calls a template may make. Not here: what they stand for in a week
(`sql_runner.py`), or in a unit test.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import jinja2

from tradeflow.errors import ContractBroken

THRESHOLDS = "thresholds"
"""Name under which models read thresholds.yml: `ref('thresholds')`, columns as in seeds."""

_ENVIRONMENT = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)


@dataclass(frozen=True, order=True)
class Ref:
    """One `ref` or `source` of a template."""

    kind: Literal["model", "seed", "source"]
    schema: str
    name: str
    previous: bool = False

    @property
    def relation(self) -> str:
        """`schema.name`, as tables are called in errors, lineage and checks."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Scope:
    """Names a template may refer to."""

    layer_of_model: Mapping[str, str]
    seeds: Collection[str]
    sources: Collection[tuple[str, str]]

    def ref(self, name: str, week: str | None = None) -> Ref:
        if week not in (None, "previous"):
            raise ContractBroken(f"ref('{name}', week='{week}'): only week='previous' exists")
        if name in self.layer_of_model:
            return Ref("model", self.layer_of_model[name], name, previous=week == "previous")
        if name in self.seeds or name == THRESHOLDS:
            return Ref("seed", "seeds", name)
        raise ContractBroken(f"ref('{name}'): no such model or seed")

    def source(self, schema: str, name: str) -> Ref:
        if (schema, name) not in self.sources:
            raise ContractBroken(f"source('{schema}', '{name}'): not listed in sources.yml")
        return Ref("source", schema, name)


def render(template: str, scope: Scope, relation_of: Callable[[Ref], str], where: str) -> str:
    """A template with every `ref` and `source` replaced by what `relation_of` says.

    Raises:
        ContractBroken: it refers to what does not exist; names `where`.
    """

    def ref(name: str, week: str | None = None) -> str:
        return relation_of(scope.ref(name, week))

    def source(schema: str, name: str) -> str:
        return relation_of(scope.source(schema, name))

    try:
        rendered = _compiled(template).render(ref=ref, source=source)
    except jinja2.TemplateError as error:
        raise ContractBroken(f"{where}: {error}") from error
    except ContractBroken as error:
        raise ContractBroken(f"{where}: {error}") from error
    return rendered.strip().rstrip(";")


@cache
def _compiled(template: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(template)


def upstream_of(template: str, scope: Scope, where: str) -> tuple[Ref, ...]:
    """What a template reads, each once, in the order of its first mention.

    Raises:
        ContractBroken: it refers to what does not exist, or holds Jinja statements.
    """
    if "{%" in template:
        raise ContractBroken(f"{where}: templates hold ref and source only, no Jinja statements")
    found: list[Ref] = []

    def note(ref: Ref) -> str:
        found.append(ref)
        return ref.relation

    render(template, scope, note, where)
    return tuple(dict.fromkeys(found))
