"""The fixed wording of templates and glossary: no count stands in it that nobody looked at."""

from __future__ import annotations

import inspect
import re

from tradeflow.briefing import followup
from tradeflow.briefing.gate_rules import COUNTED
from tradeflow.briefing.glossary import Glossary
from tradeflow.bundled import reports_root
from tradeflow.reference import reporters
from tradeflow.thresholds import threshold

TEMPLATES = {path.name: path.read_text("utf-8") for path in reports_root().rglob("templates/*.j2")}


def wording(glossary: Glossary) -> dict[str, str]:
    """The author's lines, headings apart, which the skeleton fixes."""
    lines = {
        name: re.sub(r"(?s)\{#.*?#\}|(?m:^#[^\n]*$)", "", text) for name, text in TEMPLATES.items()
    }
    return lines | {"glossary": "\n".join(w for g in glossary.terms.values() for w in g.values())}


def test_every_count_in_fixed_wording_was_looked_at(glossary: Glossary) -> None:
    """A branch that no week has taken yet would be refused on the day it is."""
    reviewed = "|".join(map(re.escape, sorted(glossary.numeral_phrases, key=len, reverse=True)))
    found = {
        (name, match[0])
        for name, text in wording(glossary).items()
        for match in re.finditer(f".?{COUNTED.pattern}.?", re.sub(reviewed, "", text))
    }
    assert found == set()


def test_every_rank_in_fixed_wording_stands_beside_a_figure(glossary: Glossary) -> None:
    """Likewise; whether the figure leads its like is seen when the branch is taken."""
    words = "|".join(map(re.escape, glossary.rank_words))
    exempt = "|".join(map(re.escape, glossary.rank_exempt))
    bare = {
        (name, match[0])
        for name, text in wording(glossary).items()
        if name in TEMPLATES
        for sentence in re.split("[。\n]", re.sub(exempt, "", text))
        if ".fact(" not in sentence
        for match in re.finditer(f".?.?(?:{words}).?", sentence)
    }
    assert bare == set()


def test_every_reviewed_phrase_is_used(glossary: Glossary) -> None:
    everything = "\n".join([*wording(glossary).values(), inspect.getsource(followup)])
    assert [each for each in glossary.numeral_phrases if each not in everything] == []


def test_phrases_that_state_a_limit_state_the_one_that_holds(glossary: Glossary) -> None:
    limits = {"六": 60, "七": 70, "八": 80, "四千": 4000}
    stated = {
        phrase: re.fullmatch(r"threshold (\w+) (\d+)", reason)
        for phrase, reason in glossary.numeral_phrases.items()
        if reason.startswith("threshold")
    }
    assert len(stated) >= 6
    for phrase, named in stated.items():
        assert named is not None and threshold(named[1]) == float(named[2]), phrase
        assert float(named[2]) in {n for word, n in limits.items() if word in phrase}, phrase
    assert "六個經濟體" in glossary.numeral_phrases and len(reporters()) == 6
