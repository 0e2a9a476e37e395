"""Chinese scripts: Simplified Chinese in the characters that Taiwan uses, word for word."""

from __future__ import annotations

from functools import cache

from opencc import OpenCC

_USUAL_FORMS = (("公佈", "公布"), ("發佈", "發布"), ("臺灣", "台灣"), ("鑥", "鎦"))
"""Where the converter knows two forms and Taiwan's notices use the other."""


def traditional(text: str) -> str:
    """Simplified Chinese in Taiwan's characters; the words stay the source's own."""
    converted = _converter().convert(text)
    for form, usual in _USUAL_FORMS:
        converted = converted.replace(form, usual)
    return converted


@cache
def _converter() -> OpenCC:
    # Not s2twp: it swaps words as well, and turns a legal 程序 into a computer's 程式.
    return OpenCC("s2tw")
