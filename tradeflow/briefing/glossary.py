"""The glossary: one wording for one concept, and what the gate may and may not let pass.

Reads `reports/glossary.yml`; holds no wording itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    state_words: tuple[str, ...]
    """Words that claim a legal state of a measure."""
    state_phrases: Mapping[str, Mapping[str, str]]
    """Phrases with such a word → column and value of a row their sentence has to name."""
    state_exempt: tuple[str, ...]
    """Fixed phrases that contain such a word without claiming it (a column name)."""
    record_words: tuple[str, ...]
    record_exempt: tuple[str, ...]
    span_words: tuple[str, ...]
    """Words on how many months a figure covers."""
    span_phrases: Mapping[str, str]
    """Phrases with such a word → `several` or `one`."""
    span_exempt: tuple[str, ...]
    rank_words: tuple[str, ...]
    """Words that call something the first of its kind."""
    rank_exempt: tuple[str, ...]
    rank_among: Mapping[str, Sequence[str]]
    """Phrases before such a word → columns in which those it is compared with are alike."""
    numeral_phrases: Mapping[str, str]
    """Fixed phrases with a Chinese numeral that is no figure of a mart → why it may stand."""
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
            state_words=tuple(stated["gate"]["state_words"]),
            state_phrases=stated["gate"]["state_phrases"],
            state_exempt=tuple(stated["gate"]["state_exempt"]),
            record_words=tuple(stated["gate"]["record_words"]),
            record_exempt=tuple(stated["gate"]["record_exempt"]),
            span_words=tuple(stated["gate"]["span_words"]),
            span_phrases=stated["gate"]["span_phrases"],
            span_exempt=tuple(stated["gate"]["span_exempt"]),
            rank_words=tuple(stated["gate"]["rank_words"]),
            rank_exempt=tuple(stated["gate"]["rank_exempt"]),
            rank_among=stated["gate"]["rank_among"],
            numeral_phrases=stated["gate"]["numeral_phrases"],
            full_year_exempt=tuple(stated["gate"]["full_year_exempt"]),
        )
    except (KeyError, TypeError) as error:
        raise BriefError(f"reports/glossary.yml lacks {error}") from error
