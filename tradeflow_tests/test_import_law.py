"""Who may import whom; the layout is only true while this holds."""

import ast
from pathlib import Path

import tradeflow

PACKAGE = Path(tradeflow.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Every module a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def breaches(folder: str, forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] == folder
        for name in imports_of(path)
        if name.startswith(forbidden)
    ]


def test_only_orchestration_and_definitions_import_dagster() -> None:
    offenders = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] not in {"orchestration", "definitions.py"}
        and any(name.split(".")[0].startswith("dagster") for name in imports_of(path))
    ]
    assert offenders == []


def test_sources_know_no_database_and_nothing_downstream() -> None:
    assert breaches("sources", ("duckdb", "tradeflow.briefing", "tradeflow.policy")) == []


def test_storage_knows_no_source_and_no_text() -> None:
    downstream = ("tradeflow.sources.", "tradeflow.policy", "tradeflow.briefing", "httpx")
    allowed = "tradeflow.sources.errors"
    found = [line for line in breaches("storage", downstream) if not line.endswith(allowed)]
    assert found == []


def test_the_policy_rules_and_the_world_they_are_tested_on_are_independent() -> None:
    assert breaches("policy", ("tradeflow.sandbox",)) == []
    assert breaches("sandbox", ("tradeflow.policy",)) == []


def test_the_briefing_asks_no_source() -> None:
    assert breaches("briefing", ("httpx", "tradeflow.sources", "tradeflow.sandbox")) == []


def test_the_environment_is_read_in_one_place() -> None:
    allowed = {"settings.py", "orchestration/runs.py"}
    offenders = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if str(path.relative_to(PACKAGE)) not in allowed
        and ("os.environ" in path.read_text(encoding="utf-8") or "getenv" in path.read_text())
    ]
    assert offenders == []


def test_no_module_outgrows_four_hundred_and_fifty_lines() -> None:
    long = [
        f"{path.relative_to(PACKAGE)}: {len(path.read_text(encoding='utf-8').splitlines())}"
        for path in MODULES
        if len(path.read_text(encoding="utf-8").splitlines()) > 450
    ]
    assert long == []
