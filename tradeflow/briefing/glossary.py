"""The glossary: one wording for one concept, and what the gate may and may not let pass.

Reads `reports/glossary.yml`; holds no wording itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tradeflow.briefing.errors import BriefError
from tradeflow.bundled import reports_root


@dataclass(frozen=True)
class Glossary:
    """Terms by group, whitelisted literals and banned phrases."""

    terms: Mapping[str, Mapping[str, str]]
    literals: tuple[str, ...]
    """Fixed phrases of the templates that contain ASCII digits."""
    banned: tuple[str, ...]
    """Phrases no brief may contain."""
    status_words: tuple[str, ...]
    """Words that claim a measure is in force."""
    status_exempt: tuple[str, ...]
    """Fixed phrases that contain such a word without claiming it (a column name)."""
    full_year_exempt: tuple[str, ...]
    """Fixed phrases that contain 全年 without naming a year."""

    def term(self, group: str, key: str) -> str:
        """The wording of a code.

        Raises:
            BriefError: the glossary lacks the code; the message says where to add it.
        """
        try:
            return self.terms[group][key]
        except KeyError:
            raise BriefError(f"reports/glossary.yml has no term {key!r} under {group!r}") from None

    def has(self, group: str, key: str) -> bool:
        return key in self.terms.get(group, {})

    def group(self, name: str) -> Mapping[str, str]:
        """All terms of a group, in the glossary's order."""
        return self.terms[name]

    def literal_spans(self, text: str) -> list[tuple[int, int]]:
        """Where whitelisted phrases with digits stand in a text, longest first."""
        phrases = sorted(self.literals, key=lambda phrase: (-len(phrase), phrase))
        if not phrases:
            return []
        pattern = re.compile("|".join(re.escape(phrase) for phrase in phrases))
        return [match.span() for match in pattern.finditer(text)]


@lru_cache(maxsize=4)
def load_glossary(path: Path | None = None) -> Glossary:
    """Read the glossary.

    Raises:
        BriefError: the file lacks a required part.
    """
    stated: dict[str, Any] = yaml.safe_load(
        (path or reports_root() / "glossary.yml").read_text("utf-8")
    )
    try:
        return Glossary(
            terms=stated["terms"],
            literals=tuple(stated["gate"]["literals"]),
            banned=tuple(stated["gate"]["banned"]),
            status_words=tuple(stated["gate"]["status_words"]),
            status_exempt=tuple(stated["gate"]["status_exempt"]),
            full_year_exempt=tuple(stated["gate"]["full_year_exempt"]),
        )
    except (KeyError, TypeError) as error:
        raise BriefError(f"reports/glossary.yml lacks {error}") from error
