"""Published reports copied under other periods, where a whole run for each would take hours."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

from tradeflow.periods import Week


def copy_issue(old: Path, new: Path, ends: date) -> None:
    """A published report once more under another period; its figures stay as they are.

    Args:
        ends: the last day the copy speaks for.
    """
    shutil.copytree(old, new)
    changes = ((old.name, new.name), (_said(old.name), _said(new.name)))
    for path in sorted(new.rglob("*")):
        if path.suffix in (".md", ".html"):
            text = path.read_text("utf-8")
            for before, after in changes:
                text = text.replace(before, after)
            path.write_text(text, "utf-8")
        if old.name in path.name:
            path.rename(path.with_name(path.name.replace(old.name, new.name)))
    record = json.loads((new / "figures.json").read_text("utf-8"))
    record |= {"period": new.name, "as_of": str(ends)}
    record["week"] = Week.containing(ends).key
    (new / "figures.json").write_text(json.dumps(record, ensure_ascii=False, indent=1), "utf-8")


def _said(key: str) -> str:
    """A week's or month's key as titles write it, as long as any other of its kind."""
    year, _, rest = key.partition("-")
    return (
        f"{year} 年第 {rest[1:]} 週" if rest.startswith("W") else f"{year} 年 {int(rest or 0)} 月"
    )
