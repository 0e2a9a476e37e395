"""What a terminal may be given of text from outside: pages, answers, names."""

from __future__ import annotations

import unicodedata


def inert(text: str) -> str:
    """The text without characters a terminal obeys or hides: every place stays.

    Control characters (escape sequences, line ends), direction marks, zero widths and blanks of
    any kind become a plain blank, so that stretches of the text keep their places.
    """
    return "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
