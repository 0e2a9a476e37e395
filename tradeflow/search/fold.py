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


class _Compatible(dict[int, str]):
    """Each character's lower-case compatibility form, found once a character."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character).lower()
        self[code] = plain if len(plain) == 1 else character
        return self[code]


_COMPATIBLE = _Compatible()


def folded(text: str) -> str:
    """The text for matching: same length, same places.

    Hyphens that join letters become spaces, so that dual-use and dual use are one.
    """
    return _JOINTS.sub(" ", _twice(text.translate(_COMPATIBLE)))


def is_han(character: str) -> bool:
    """Whether the character is a Chinese one."""
    return _HAN.match(character) is not None


def _twice(text: str) -> str:
    # Converting a phrase may leave a character that the next pass converts by itself.
    return fold(fold(text))
