"""What running a model for a week came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from tradeflow.storage.sql_checks import CheckResult


@dataclass(frozen=True)
class ModelRun:
    """What one model did for one week."""

    model: str
    week: str
    rows_before: int
    """Rows of the week before the run; for staging: of the week's answers."""
    rows_after: int
    rejected: int = 0
    """Rows of the week's answers that staging refused; they are in `ops.rejects`."""
    checks: list[CheckResult] = field(default_factory=list)
    code_version: str = ""

    @property
    def warnings(self) -> list[CheckResult]:
        """Failed checks that did not stop it."""
        return [check for check in self.checks if not check.passed]
