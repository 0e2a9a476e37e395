"""Names of listed entities: cleaned for print, and brought to one form for comparison.

Here: the two forms and the reviewed aliases. Not here: who is listed (`entities.py`), how near
two names are (`screen.py`).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from importlib.resources import files

from tradeflow.policy.page import fold

_FORMS = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|株式会社|公司|集团)$"
    r"|\b(?:incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|plc|gmbh|ag|sa|sas|bv|nv"
    r"|pte|oy|ab|spa|srl|kk|holdings?)$"
)
_NO_LETTER = re.compile(r"[\W_]+")


def printable(name: str) -> str:
    """A name without control and formatting characters (direction marks, zero widths)."""
    kept = (" " if c.isspace() else c for c in name if c.isspace() or not _is_unseen(c))
    return " ".join("".join(kept).split())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs")


def name_key(name: str) -> str:
    """The form in which names are compared: script and width folded, no case, marks or legal form.

    `Alpha Systems, Inc.` and its full-width spelling are both `alpha systems`; a name that is
    only a legal form keeps it.
    """
    plain = unicodedata.normalize("NFKC", printable(name))
    words = _NO_LETTER.sub(" ", fold(plain).casefold()).strip()
    while True:
        shorter = _FORMS.sub("", words).strip()
        if not shorter or shorter == words:
            return words
        words = shorter


@cache
def aliases() -> dict[str, tuple[str, ...]]:
    """Further names of an entity by the `name_key` of each name it is known by."""
    found: dict[str, tuple[str, ...]] = {}
    with (files("tradeflow.policy") / "data" / "entity_aliases.csv").open(
        encoding="utf-8"
    ) as lines:
        for row in csv.DictReader(lines):
            names = (row["name"], *row["aliases"].split("|"))
            for name in names:
                others = tuple(other for other in names if other != name)
                found[name_key(name)] = found.get(name_key(name), ()) + others
    return found
