"""SVG primitives for charts: text, marks, scales, colours, hatching.

Text keeps the page's fonts and is never measured, so equal figures give equal bytes on every
machine. The drawing is `WIDTH` units wide and scales with the page: on a phone of 390 px, where
350 px are left for it, text of `SIZE` units is 11.4 px high.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 400
SIZE = 13
"""Size of all text; nothing is written smaller."""

INK, SOFT, RULE, PAPER = "#1d2125", "#565b60", "#d5d8db", "#ffffff"
STRONG, SECOND, QUIET = "#b8420f", "#0f4c7a", "#85898d"
"""Vermilion and blue, apart for every kind of colour vision, and a grey for what stands back."""
SHADE = "#f3ddd2"
SEQUENTIAL = ("#f2f6fa", "#cfe0ef", "#9cc1df", "#5596c6", "#134b77")
"""From little to much, in one hue and with steady steps of lightness."""

Scale = Callable[[float], float]


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """The scale that maps `low` to `start` and `high` to `end`."""
    span = high - low or 1.0
    return lambda value: start + (value - low) / span * (end - start)


@dataclass(frozen=True)
class Axis:
    """The ends of a scale and the round values named along it."""

    low: float
    high: float
    ticks: tuple[float, ...]


def axis(numbers: Iterable[float], count: int = 5) -> Axis:
    """An axis from zero, or from a round value below, to just past the largest number."""
    known = list(numbers)
    low, high = min(0.0, *known), max(0.0, *known)
    raw = (high - low or 1.0) / count
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= raw * 0.75)
    first, last = math.floor(low / step + 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple(index * step for index in range(first, last + 1))
    return Axis(ticks[0], max(high + (high - low) * 0.04, ticks[-1]), ticks)


def width_of(text: str, size: float = SIZE) -> float:
    """A generous estimate of a text's width: a Chinese character is as wide as high."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.58 for char in text) * size


def ink_on(fill: str) -> str:
    """The text colour that reads better on a fill."""
    return INK if contrast(INK, fill) >= contrast(PAPER, fill) else PAPER


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours by WCAG 2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Canvas:
    """The marks of one drawing, in the order they are painted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.height = 0.0
        self._parts: list[str] = []
        self._hatched = False

    def mark(self, tag: str, **attributes: object) -> None:
        """Any empty element; `stroke_width=2` becomes `stroke-width="2"`."""
        self._parts.append(f"<{tag}{_attributes(attributes)}/>")

    def text(
        self, x: float, y: float, text: str, *, anchor: str = "start", halo: bool = False,
        fill: str = INK, **more: object,
    ) -> None:  # fmt: skip
        """A line of text with its baseline at `y`; `halo` clears the lines behind it."""
        if halo:
            wide = width_of(text) * 0.96
            start = x - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
            self.box(start - 1, y - SIZE + 1, wide + 2, SIZE + 3, fill=PAPER)
        told = {"x": x, "y": y, "fill": fill} | more
        if anchor != "start":
            told["text_anchor"] = anchor
        self._parts.append(f"<text{_attributes(told)}>{escape(text, quote=False)}</text>")

    def line(self, x1: float, y1: float, x2: float, y2: float, **more: object) -> None:
        self.mark("line", x1=x1, y1=y1, x2=x2, y2=y2, **({"stroke": RULE} | more))

    def box(self, x: float, y: float, width: float, height: float, **more: object) -> None:
        self.mark("rect", x=x, y=y, width=width, height=height, **more)

    def path(self, points: Sequence[tuple[float, float]], **more: object) -> None:
        """A line through the points, or an area where `fill` is given."""
        joined = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        tag = "polygon" if "fill" in more else "polyline"
        self.mark(tag, points=joined, **({"fill": "none"} | more))

    def dot(self, x: float, y: float, **more: object) -> None:
        self.mark("circle", cx=x, cy=y, r=5, **more)

    @property
    def hatch(self) -> str:
        """A fill of slanted lines, for what has no figure or does not bind."""
        self._hatched = True
        return f"url(#{self.name}-hatch)"

    def svg(self, title: str, description: str) -> str:
        """The drawing as an element a page can hold, named and described for screen readers."""
        name = self.name
        hatch = (
            f'<defs><pattern id="{name}-hatch" width="6" height="6" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="6" height="6" fill="{PAPER}"/>'
            f'<line x1="0" y1="0" x2="0" y2="6" stroke="{QUIET}" stroke-width="3"/>'
            "</pattern></defs>"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {WIDTH} {_number(self.height)}" role="img" font-size="{SIZE}" '
            f'aria-labelledby="{name}-title {name}-description">'
            f'<title id="{name}-title">{escape(title)}</title>'
            f'<desc id="{name}-description">{escape(description)}</desc>'
            f"{hatch if self._hatched else ''}{''.join(self._parts)}</svg>"
        )


def _attributes(given: dict[str, object]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{_number(told) if isinstance(told, (int, float)) else told}"'
        for name, told in given.items()
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
