"""
Draw cost against size, ours beside the floor, from what `scale.py` measured.

    python benchmarks/plot.py        writes docs/explanation/scale.svg

One small chart a question, all with the same axes, so that slopes compare: sizes and microseconds by powers of ten. The
colours are readable on light and on dark pages alike.
"""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import attrs
from scale import RESULTS

DRAWN: Final = Path(__file__).parent.parent / "docs" / "explanation" / "scale.svg"
CHARTS: Final = (
    ("spread", "enter, and 16 checks", "Enter, and 16 checks", "memberships in all"),
    ("spread", "the tenants of one who has four", "The tenants to choose from", "memberships in all"),
    ("spread", "a directory page", "A directory page", "memberships in all"),
    ("crowd", "enter, and 16 checks", "Enter, and 16 checks", "members of one tenant"),
    ("crowd", "a directory page", "A directory page", "members of one tenant"),
    ("crowd", "the last page", "The last page", "members of one tenant"),
    ("crowd", "found by last name", "Found by last name", "members of one tenant, and matches"),
    ("crowd", "who can manage", "Who can manage", "members of one tenant"),
    ("crowd", "an audited change", "An audited change", "members of one tenant"),
)
"""Population, question, what it is called, and what grows."""
COLOURS: Final = {"sqlite": "#2f81f7", "postgresql": "#d9730d"}
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
INK, RULE = "#808a96", "#808a9640"
ACROSS: Final = 3
WIDE, HIGH = 300, 230
LEFT, TOP, RIGHT, BOTTOM = 52, 44, 14, 40
LEGEND: Final = 40
FROM_SIZE, TO_SIZE = 3, 6
FROM_COST, TO_COST = 1, 5
UNITS: Final = {1: "10 us", 2: "100 us", 3: "1 ms", 4: "10 ms", 5: "100 ms"}
SIZES: Final = {3: "1,000", 4: "10,000", 5: "100,000", 6: "1,000,000"}


@attrs.frozen
class Chart:
    """
    One chart, with its own corner of the picture.

    Args:
        left: Where it begins.
        top: The same, downwards.
    """

    left: float
    top: float

    def x(self, size: float) -> float:
        """Return where a size stands."""
        share = (math.log10(size) - FROM_SIZE) / (TO_SIZE - FROM_SIZE)
        return self.left + LEFT + share * (WIDE - LEFT - RIGHT)

    def y(self, cost: float) -> float:
        """Return where a cost in microseconds stands."""
        share = (math.log10(cost) - FROM_COST) / (TO_COST - FROM_COST)
        return self.top + HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM)

    def drawn(self, title: str, grows: str, lines: Sequence[dict[str, Any]]) -> Iterator[str]:
        """Yield the parts of the chart."""
        yield text(self.left + LEFT, self.top + 26, title, size=13, weight=600)
        for power, words in UNITS.items():
            y = self.y(10**power)
            yield rule(self.left + LEFT, y, self.left + WIDE - RIGHT, y)
            yield text(self.left + LEFT - 6, y + 3.5, words, size=10, anchor="end")
        for power, words in SIZES.items():
            x = self.x(10**power)
            yield rule(x, self.y(10**FROM_COST), x, self.y(10**FROM_COST) + 4)
            anchor = "end" if power == TO_SIZE else "middle"
            yield text(x, self.y(10**FROM_COST) + 16, words, size=10, anchor=anchor)
        yield text(self.left + LEFT, self.top + HIGH - 8, grows, size=10)
        for engine, colour in COLOURS.items():
            mine = sorted((line for line in lines if line["engine"] == engine), key=lambda line: line["size"])
            yield from self._line([(line["size"], line["floor_us"]) for line in mine], colour, is_floor=True)
            yield from self._line([(line["size"], line["ours_us"]) for line in mine], colour, is_floor=False)

    def _line(self, points: Sequence[tuple[float, float]], colour: str, *, is_floor: bool) -> Iterator[str]:
        style = "stroke-width='1.5' stroke-dasharray='4 3'" if is_floor else "stroke-width='2.5'"
        for (size, cost), (bigger, then) in pairwise(points):
            ends = f"x1='{self.x(size):.1f}' y1='{self.y(cost):.1f}' x2='{self.x(bigger):.1f}' y2='{self.y(then):.1f}'"
            yield f"<line {ends} stroke='{colour}' {style} stroke-linecap='round'/>"
        if not is_floor:
            for size, cost in points:
                yield f"<circle cx='{self.x(size):.1f}' cy='{self.y(cost):.1f}' r='3.2' fill='{colour}'/>"


def text(x: float, y: float, words: str, *, size: int, anchor: str = "start", weight: int = 400) -> str:
    """Return words at a place."""
    look = f"font-size='{size}' font-weight='{weight}' text-anchor='{anchor}' fill='{INK}'"
    return f"<text x='{x:.1f}' y='{y:.1f}' {look}>{words}</text>"


def rule(x: float, y: float, to_x: float, to_y: float) -> str:
    """Return a thin line."""
    return f"<line x1='{x:.1f}' y1='{y:.1f}' x2='{to_x:.1f}' y2='{to_y:.1f}' stroke='{RULE}'/>"


def legend() -> Iterator[str]:
    """Yield what the lines mean."""
    x = float(LEFT)
    for engine, colour in COLOURS.items():
        for words, style in (
            (NAMES[engine], "stroke-width='2.5'"),
            ("bare SQL", "stroke-width='1.5' stroke-dasharray='4 3'"),
        ):
            yield f"<line x1='{x}' y1='22' x2='{x + 26}' y2='22' stroke='{colour}' {style}/>"
            yield text(x + 33, 26, words, size=12)
            x += 126


def picture(lines: Sequence[dict[str, Any]]) -> str:
    """Return the whole picture."""
    rows = math.ceil(len(CHARTS) / ACROSS)
    parts = [*legend()]
    for place, (population, name, title, grows) in enumerate(CHARTS):
        chart = Chart(place % ACROSS * WIDE, LEGEND + place // ACROSS * HIGH)
        mine = [line for line in lines if (line["population"], line["name"]) == (population, name)]
        parts.extend(chart.drawn(title, grows, mine))
    wide, high = ACROSS * WIDE, LEGEND + rows * HIGH
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {wide} {high}' role='img'"
        " font-family='system-ui, sans-serif'>\n<title>Cost against size, ours beside the bare SQL</title>\n"
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def main() -> None:
    """Draw what was measured."""
    DRAWN.write_text(picture(json.loads(RESULTS.read_text())["lines"]))


if __name__ == "__main__":
    main()
