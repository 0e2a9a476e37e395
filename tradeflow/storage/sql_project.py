"""The SQL project `dbt_like_sql/` as it lies on disk: models, contracts, macros, seeds, order.

Here: reading the folder, resolving `ref` and `source`, ordering, versioning. Not here:
running anything (`sql_runner.py`), the law of the layers (`sql_lint.py`), what a test means
(`contracts.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from tradeflow.errors import ContractBroken
from tradeflow.storage.contract_file import (
    Contract,
    DeclaredTest,
    parse_contract,
    read_contract,
    read_yaml,
)
from tradeflow.storage.sql_templates import THRESHOLDS, Ref, Scope, render, upstream_of

THRESHOLD_COLUMNS = {"name": "VARCHAR", "value": "DOUBLE", "unit": "VARCHAR", "reason": "VARCHAR"}

_HEADER = re.compile(
    r"--\s*check:\s*(?P<id>[\w-]+)\s*,\s*severity:\s*(?P<severity>error|warn)\s*,"
    r"\s*after:\s*(?P<after>\w+)\s*$"
)


@dataclass(frozen=True)
class Model:
    """One `.sql` with its `.yml`."""

    name: str
    layer: str
    path: Path
    template: str
    contract: Contract
    upstream: tuple[Ref, ...]

    @property
    def schema(self) -> str:
        return self.layer

    @property
    def relation(self) -> str:
        """Where its rows are stored: `marts.fct_x`."""
        return f"{self.layer}.{self.name}"

    @property
    def description(self) -> str:
        return self.contract.description

    @property
    def tests(self) -> tuple[DeclaredTest, ...]:
        return self.contract.all_tests

    @property
    def per_answer(self) -> bool:
        return self.contract.materialized == "per_answer"

    @property
    def stored_columns(self) -> dict[str, str]:
        """Name → type of the stored table, in order; weekly models begin with `week`."""
        columns = {column.name: column.sql_type for column in self.contract.columns}
        return columns if self.per_answer else {"week": "VARCHAR", **columns}


@dataclass(frozen=True)
class Assertion:
    """One `tests/assert_<sentence>.sql`: returns the rows that offend."""

    name: str
    id: str
    severity: Literal["error", "warn"]
    after: str
    description: str
    template: str
    upstream: tuple[Ref, ...]


@dataclass(frozen=True)
class Layer:
    """One layer of project.yml: its name and the schemas or tables it may read."""

    name: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class SourceTable:
    """One table the project reads without making it."""

    schema: str
    name: str
    description: str
    keyed_by: Literal["response_id", "week"]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Seed:
    """One CSV with its declared columns."""

    name: str
    path: Path
    contract: Contract
    content_hash: str


@dataclass(frozen=True)
class Project:
    """Everything in `dbt_like_sql/`; models in the order in which they can run."""

    root: Path
    layers: tuple[Layer, ...]
    models: Mapping[str, Model]
    assertions: tuple[Assertion, ...]
    sources: Mapping[tuple[str, str], SourceTable]
    seeds: Mapping[str, Seed]
    macros: Mapping[str, str]
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, root: Path) -> Project:
        """Read a project folder.

        Args:
            root: the folder that holds project.yml.

        Raises:
            ContractBroken: a file is missing, misspelt or refers to what does not exist.
        """
        written = read_yaml(root / "project.yml")
        layers = tuple(
            Layer(name, tuple(entry.get("reads", ()))) for name, entry in written["layers"].items()
        )
        seeds = dict(_read_seeds(root))
        sources = dict(_read_sources(root / "sources.yml"))
        paths: dict[str, tuple[str, Path]] = {}
        for layer in layers:
            for path in sorted((root / layer.name).rglob("*.sql")):
                if path.stem in paths:
                    raise ContractBroken(f"model {path.stem} exists twice: {path}")
                paths[path.stem] = (layer.name, path)
            for path in sorted((root / layer.name).rglob("*.yml")):
                if not path.with_suffix(".sql").exists():
                    raise ContractBroken(f"contract {path.name} has no model {path.stem}.sql")
        scope = Scope({name: layer for name, (layer, _) in paths.items()}, seeds, sources)
        models = {name: _read_model(layer, path, scope) for name, (layer, path) in paths.items()}
        assertions = tuple(
            _read_assertion(path, scope) for path in sorted((root / "tests").glob("*.sql"))
        )
        macros = {
            path.stem: path.read_text(encoding="utf-8")
            for path in sorted((root / "macros").glob("*.sql"))
        }
        ordered = {name: models[name] for name in _order(models, [layer.name for layer in layers])}
        return cls(root, layers, ordered, assertions, sources, seeds, macros, _thresholds(root))

    def model(self, name: str) -> Model:
        """The model called `name`.

        Raises:
            ContractBroken: there is none.
        """
        try:
            return self.models[name]
        except KeyError as error:
            raise ContractBroken(f"the project has no model {name}") from error

    def upstream_models(self, name: str) -> tuple[str, ...]:
        """Names of the models it reads for the same week."""
        upstream = self.model(name).upstream
        return tuple(r.name for r in upstream if r.kind == "model" and not r.previous)

    def reads_previous(self, name: str) -> bool:
        """Whether it compares with the week before, itself or through a model it reads.

        Such models run last and never for the week that is only compared with.
        """
        model = self.model(name)
        return any(ref.previous for ref in model.upstream) or any(
            self.reads_previous(upstream) for upstream in self.upstream_models(name)
        )

    def assertions_after(self, name: str) -> tuple[Assertion, ...]:
        """The assertions that judge `name` before it is stored."""
        return tuple(assertion for assertion in self.assertions if assertion.after == name)

    def code_version(self, name: str) -> str:
        """Hash of everything that decides its rows besides the data: SQL, contract, macros, seeds.

        Returns:
            The first 12 hex digits of a SHA-256.
        """
        return self._code_versions[self.model(name).name]

    def judged_version(self, name: str) -> str:
        """Hash of everything that decides its rows and the verdicts on them besides the data."""
        parts = [self.code_version(name), self._seeds_version]
        parts += [repr(assertion) for assertion in self.assertions_after(name)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @cached_property
    def _seeds_version(self) -> str:
        # All of them: a macro may read one that no model names.
        hashes = [f"{name} {self.seeds[name].content_hash}" for name in sorted(self.seeds)]
        return hashlib.sha256("\0".join(hashes).encode()).hexdigest()

    @cached_property
    def _code_versions(self) -> Mapping[str, str]:
        return {name: self._code_version(model) for name, model in self.models.items()}

    def _code_version(self, model: Model) -> str:
        parts = [
            model.template,
            model.contract.model_dump_json(),
            *self.macros.values(),
            repr(self.thresholds),
        ]
        parts += [
            self.seeds[ref.name].content_hash
            for ref in model.upstream
            if ref.kind == "seed" and ref.name != THRESHOLDS
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    def lint(self) -> list[str]:
        """Breaches of the law of the layers, one sentence each; empty when there are none."""
        # Imported late: the linter reads projects.
        from tradeflow.storage.sql_lint import breaches

        return breaches(self)

    @cached_property
    def reads_of_layer(self) -> Mapping[str, frozenset[str]]:
        """Layer → schemas (`staging`) and tables (`raw.snapshot`) it may read."""
        return {layer.name: frozenset(layer.reads) for layer in self.layers}

    def render(self, template: str, relation_of: Callable[[Ref], str], where: str) -> str:
        """A template with every `ref` and `source` replaced by what `relation_of` says.

        Raises:
            ContractBroken: the template refers to what does not exist.
        """
        return render(template, self._scope, relation_of, where)

    def ref(self, name: str) -> Ref:
        """The model or seed that `ref('name')` means.

        Raises:
            ContractBroken: there is none.
        """
        return self._scope.ref(name)

    def columns_of(self, ref: Ref) -> dict[str, str]:
        """Name → type of the columns a template finds behind a ref or source."""
        if ref.kind == "source":
            source = self.sources[ref.schema, ref.name]
            if source.keyed_by == "week":
                return dict(source.columns)
            return {**source.columns, "response_id": "VARCHAR", "row_number": "BIGINT"}
        if ref.name == THRESHOLDS:
            return dict(THRESHOLD_COLUMNS)
        contract = (
            self.seeds[ref.name].contract if ref.kind == "seed" else self.model(ref.name).contract
        )
        return {column.name: column.sql_type for column in contract.columns}

    @cached_property
    def _scope(self) -> Scope:
        layer_of_model = {model.name: model.layer for model in self.models.values()}
        return Scope(layer_of_model, self.seeds, self.sources)


def _read_model(layer: str, path: Path, scope: Scope) -> Model:
    contract = read_contract(path.with_suffix(".yml"))
    for what, said, is_ in (("model", contract.model, path.stem), ("layer", contract.layer, layer)):
        if said != is_:
            raise ContractBroken(f"{path.stem}.yml says {what} {said}, the file lies under {is_}")
    wanted = "per_answer" if layer == "staging" else "per_week"
    if contract.materialized != wanted:
        raise ContractBroken(f"{path.stem}.yml: a {layer} model is materialized {wanted}")
    template = path.read_text(encoding="utf-8")
    upstream = upstream_of(template, scope, path.name)
    return Model(path.stem, layer, path, template, contract, upstream)


def _read_assertion(path: Path, scope: Scope) -> Assertion:
    template = path.read_text(encoding="utf-8")
    comments = [line for line in template.splitlines() if line.startswith("--")]
    header = _HEADER.match(comments[0].strip()) if comments else None
    if header is None or not path.stem.startswith("assert_"):
        raise ContractBroken(
            f"{path.name}: an assertion is called assert_<sentence>.sql and begins with"
            " `-- check: CHK-X, severity: error|warn, after: <model>`"
        )
    if header["after"] not in scope.layer_of_model:
        raise ContractBroken(f"{path.name}: after: {header['after']} is no model")
    meaning = " ".join(line.removeprefix("--").strip() for line in comments[1:])
    if not meaning:
        raise ContractBroken(f"{path.name}: a comment must say what a failure means")
    severity: Any = header["severity"]
    upstream = upstream_of(template, scope, path.name)
    return Assertion(
        path.stem, header["id"], severity, header["after"], meaning, template, upstream
    )


def _read_seeds(root: Path) -> Iterator[tuple[str, Seed]]:
    folder, declared_in = root / "seeds", root / "seeds.yml"
    declared = read_yaml(declared_in)["seeds"] if declared_in.exists() else {}
    files = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    for name in sorted(files.keys() ^ declared.keys()):
        lacking = "its entry in seeds.yml" if name in files else f"its file {name}.csv"
        raise ContractBroken(f"seed {name} lacks {lacking}")
    for name, path in files.items():
        fixed = {"model": name, "layer": "seeds", "materialized": "seed"}
        contract = parse_contract({**declared[name], **fixed}, f"seeds.yml: {name}")
        content = path.read_bytes() + repr(declared[name]).encode()
        yield name, Seed(name, path, contract, hashlib.sha256(content).hexdigest())


def _read_sources(path: Path) -> Iterator[tuple[tuple[str, str], SourceTable]]:
    for schema, tables in read_yaml(path)["sources"].items():
        for name, entry in tables.items():
            columns = entry.get("columns", {})
            if isinstance(columns, list):
                columns = dict.fromkeys(columns, "VARCHAR")
            keyed_by = entry.get("keyed_by", "response_id")
            table = SourceTable(schema, name, entry["description"], keyed_by, columns)
            yield (schema, name), table


def _thresholds(root: Path) -> dict[str, dict[str, Any]]:
    path = root / "thresholds.yml"
    return (read_yaml(path) or {}) if path.exists() else {}


def _order(models: Mapping[str, Model], layers: list[str]) -> list[str]:
    """Model names so that each follows what it reads; ties by layer, then name."""
    sorter = TopologicalSorter(
        {
            name: {r.name for r in model.upstream if r.kind == "model" and not r.previous}
            for name, model in models.items()
        }
    )
    try:
        sorter.prepare()
    except CycleError as error:
        raise ContractBroken(f"models read each other in a circle: {error.args[1]}") from error
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        ordered += sorted(ready)
        sorter.done(*ready)
    return sorted(ordered, key=lambda name: layers.index(models[name].layer))
