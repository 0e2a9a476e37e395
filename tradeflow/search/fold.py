"""One form for the variants of a character, without moving any.

Here: full-width to half-width, traditional to simplified, upper to lower case, compatibility
forms; every place in the folded text is the same place in the original. Not here: words.
"""

from __future__ import annotations

import re
import unicodedata

from tradeflow.policy.page import fold

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")
_JOINTS = re.compile(r"(?<=[A-Za-z0-9])[-‐‑–_](?=[A-Za-z])|(?<=[A-Za-z])[-‐‑–_](?=[A-Za-z0-9])")


def folded(text: str) -> str:
    """The text for matching: same length, same places.

    Hyphens that join letters become spaces, so that dual-use and dual use are one.
    """
    single = "".join(map(_compatible, text))
    return _JOINTS.sub(" ", _twice(single))


def is_han(character: str) -> bool:
    """Whether the character is a Chinese one."""
    return _HAN.match(character) is not None


def _compatible(character: str) -> str:
    if character.isascii():
        return character.lower()
    plain = unicodedata.normalize("NFKC", character).lower()
    return plain if len(plain) == 1 else character


def _twice(text: str) -> str:
    # Converting a phrase may leave a character that the next pass converts by itself.
    return fold(fold(text))
