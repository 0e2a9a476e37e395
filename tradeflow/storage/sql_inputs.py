"""What a week's rows of a model were made from, so that equal weeks are computed once.

A model is a function of its code, the parameters it names and the rows it reads. Where all of
these are those of a week whose rows stand, the rows are that week's rows: they are copied, and so
are the verdicts on them, all of which were passes. Here: the digest of what a week's rows are
made from, the identity of stored rows, and their book, `ops.made_from`. Not here: running
(`sql_runner.py`).

Rows are known again by their number and by the sum and the parity of a 64-bit hash of each: two
weeks that differ pass for equal with a chance of some 10^-19.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from tradeflow.periods import Week
from tradeflow.storage.sql_checks import CheckResult, bound
from tradeflow.storage.sql_project import Model, Project, Ref

_PARAMETER = re.compile(r"\$([a-z_]+)")
_OF_ANSWERS = """
select relation, count(*) || ':' || md5(string_agg(
    concat_ws(':', response_id, parser_version, reading, rows_digest), ' '
    order by response_id, parser_version, reading, rows_digest))
from ops.parsed
semi join (select response_id from raw.snapshot where week = $1) using (response_id)
group by relation
"""


@dataclass(frozen=True)
class Made:
    """How the rows of a model that stand for a week came about."""

    inputs: str
    """Digest of all that decides them; empty where something read has no known identity."""
    content: str
    """Identity of the rows; empty for rows kept by answer."""
    row_count: int
    rejected: int


class Inputs:
    """The book of what was made from what, read once, and what the sources hold now.

    Args:
        con: an open connection that nothing else writes through meanwhile.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, project: Project) -> None:
        self._con = con
        self._project = project
        self._made: dict[tuple[str, str], Made] = {}
        self._weeks: dict[tuple[str, str], dict[str, None]] = {}
        for relation, week, *values in con.execute(
            "select relation, week, inputs, content, row_count, rejected from ops.made_from"
            " order by week"
        ).fetchall():
            self._remember(relation, week, Made(*values))
        self._sources: dict[tuple[str, str], str | None] = {}
        self._answers: dict[str, dict[str, str]] = {}

    def digest(self, model: Model, week: Week, as_of: date) -> str:
        """What the week's rows and their verdicts are made from; empty where it is not known."""
        given = bound(week, as_of)
        stated: list[Any] = [self._project.judged_version(model.name)]
        stated.append({name: str(given[name]) for name in self._parameters(model) if name in given})
        for ref in self._reads(model):
            identity = self._identity(model, ref, week)
            if identity is None:
                return ""
            stated.append([ref.relation, ref.previous, identity])
        return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()

    def equal_week(self, model: Model, inputs: str, week: Week) -> tuple[str, Made] | None:
        """A week whose stored rows were made from the same, this one where it is one of them."""
        weeks = self._weeks.get((model.relation, inputs), {}) if inputs else {}
        if not weeks:
            return None
        found = week.key if week.key in weeks else next(reversed(weeks))
        return found, self._made[model.relation, found]

    def passes(self, model: Model, week: str) -> list[CheckResult] | None:
        """The recorded verdicts on a week's rows; None where one of them failed.

        A failed one is shown with the rows that offend, which are not recorded.
        """
        rows = self._con.execute(
            "select check_name, severity, passed, failing_rows, description"
            " from ops.check_results where week = ? and relation = ?",
            [week, model.relation],
        ).fetchall()
        if not rows or not all(passed for _, _, passed, _, _ in rows):
            return None
        return [
            CheckResult(model.relation, name, name, severity, passed, failing, description)
            for name, severity, passed, failing, description in rows
        ]

    def content(self, stage: str) -> tuple[str, int]:
        """Identity of staged rows, apart from their week, and how many there are."""
        return self._content_of(f'(select * exclude (week) from "{stage}")')

    def note(self, model: Model, week: Week, made: Made) -> None:
        """Enter a week in the book, within the transaction that stores its rows."""
        self._con.execute(
            "delete from ops.made_from where relation = ? and week = ?", [model.relation, week.key]
        )
        self._con.execute(
            "insert into ops.made_from values (?, ?, ?, ?, ?, ?)",
            [model.relation, week.key, made.inputs, made.content, made.row_count, made.rejected],
        )

    def know(self, model: Model, week: Week, made: Made, *, made_anew: bool = False) -> None:
        """Remember what has been entered, or is about to be, for the models that follow.

        Args:
            made_anew: whether the book has lost what it said of the model's other weeks.
        """
        if made_anew:
            for relation, other in [key for key in self._made if key[0] == model.relation]:
                before = self._made.pop((relation, other))
                self._weeks[relation, before.inputs].pop(other, None)
        self._remember(model.relation, week.key, made)

    def forget_sources(self) -> None:
        """Look at the sources again: rows were staged or refused meanwhile."""
        self._sources.clear()
        self._answers.clear()

    def _remember(self, relation: str, week: str, made: Made) -> None:
        before = self._made.get((relation, week))
        if before is not None:
            self._weeks.get((relation, before.inputs), {}).pop(week, None)
        self._made[relation, week] = made
        self._weeks.setdefault((relation, made.inputs), {})[week] = None

    def _parameters(self, model: Model) -> Sequence[str]:
        texts = [model.template, model.contract.model_dump_json()]
        texts += [each.template for each in self._project.assertions_after(model.name)]
        return sorted({name for text in texts for name in _PARAMETER.findall(text)})

    def _reads(self, model: Model) -> Iterable[Ref]:
        """What its SQL and its tests read besides itself; seeds are part of the code."""
        named = [str(test.arguments["to"]) for test in model.tests if "to" in test.arguments]
        read = [*model.upstream, *(self._project.ref(name) for name in named)]
        for assertion in self._project.assertions_after(model.name):
            read += assertion.upstream
        return sorted(
            {ref for ref in read if ref.kind != "seed" and (ref.name != model.name or ref.previous)}
        )

    def _identity(self, model: Model, ref: Ref, week: Week) -> str | None:
        seen_from = week.previous() if ref.previous else week
        if ref.kind == "model":
            if self._project.model(ref.name).per_answer:
                return self._of_answers(ref, seen_from)
            made = self._made.get((ref.relation, seen_from.key))
            return made.content if made is not None else None
        if model.per_answer:
            return self._of_answers(ref, seen_from)
        return self._of_source(ref, seen_from)

    def _of_answers(self, ref: Ref, week: Week) -> str | None:
        """Identity of rows kept by answer: which answers, in which reading, by which code."""
        if week.key not in self._answers:
            self._answers[week.key] = dict(self._con.execute(_OF_ANSWERS, [week.key]).fetchall())
        return self._answers[week.key].get(ref.relation)

    def _of_source(self, ref: Ref, week: Week) -> str | None:
        key = ref.relation, week.key
        if key not in self._sources:
            self._sources[key] = self._read_source(ref, week)
        return self._sources[key]

    def _read_source(self, ref: Ref, week: Week) -> str:
        keyed_by = self._project.sources[ref.schema, ref.name].keyed_by
        if keyed_by == "week":
            rows = f"(select * exclude (week) from {ref.relation} where week = '{week.key}')"
        else:
            rows = (
                f"(select * from {ref.relation} semi join (select response_id from raw.snapshot"
                f" where week = '{week.key}') using (response_id))"
            )
        return self._content_of(rows)[0]

    def _content_of(self, rows: str) -> tuple[str, int]:
        described = self._con.execute(f"describe select * from {rows} as rows").fetchall()
        columns = {name: kind for name, kind, *_ in described}
        # The hash takes an empty list for no list, and a negative zero for zero.
        told_apart = [f'"{name}" is null' for name, kind in columns.items() if kind.endswith("[]")]
        told_apart += [
            f'signbit("{name}")' for name, kind in columns.items() if kind in ("DOUBLE", "FLOAT")
        ]
        count, total, parity = self._con.execute(
            "select count(*), sum(row_hash), bit_xor(row_hash) from (select"
            f" hash({', '.join(['rows', *told_apart])}) as row_hash from {rows} as rows)"
        ).fetchall()[0]
        return f"{count}:{total}:{parity}", count
