"""How the story is told: to people in a terminal or a pipe, to machines as JSON, or not at all."""

import json
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TextIO

import attrs


class Teller(Protocol):
    """Tells one entry of the story after the other."""

    def tell(self, kind: str, text: str, **data: object) -> None:
        """
        Tell one entry.

        Args:
            kind: ``part``, ``chapter``, ``says``, ``call``, ``done``, ``yes``, ``no``, ``refused``, ``mail``,
                ``table``, ``legend``, ``progress``, ``broken`` or ``end``.
            text: For people.
            data: Plain data, for machines.
        """
        ...


class SilentTeller:
    """Tells nothing."""

    def tell(self, kind: str, text: str, **data: object) -> None:
        """Tell nothing."""


@attrs.define
class JsonTeller:
    """
    Tells each entry as one JSON object on a line of its own.

    Args:
        out: Where to.
    """

    out: TextIO

    def tell(self, kind: str, text: str, **data: object) -> None:
        """Write the entry."""
        self.out.write(json.dumps({"kind": kind, "text": text, **data}) + "\n")


MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "call": ("  > ", ""),
    "done": ("    ", "\x1b[32m"),
    "yes": ("    yes: ", "\x1b[32m"),
    "no": ("    no: ", "\x1b[33m"),
    "refused": ("    refused: ", "\x1b[33m"),
    "mail": ("    mail ", "\x1b[36m"),
    "table": ("  ", ""),
    "legend": ("  ", ""),
    "progress": ("    ", ""),
    "broken": ("    ", "\x1b[31m"),
}
"""What stands before an entry of each kind, and its colour; the words alone say which kind it is."""
BOLD: Final = "\x1b[1m"
PLAIN: Final = "\x1b[0m"
WIDEST: Final = 100
NARROWEST: Final = 40
GAP: Final = "  "
BAR: Final = 24
LONGEST_WORD: Final = 8
"""In the heading of a column; longer ones are broken in two."""


@attrs.define
class TerminalTeller:
    """
    Tells the story to people, in plain ASCII.

    Args:
        out: Where to.
        colours: Whether it may use them.
        live: Whether lines can be written over, to show progress while it is made.
        chapters: How many chapters were told.
    """

    out: TextIO
    colours: bool = attrs.field(kw_only=True)
    live: bool = attrs.field(default=False, kw_only=True)
    chapters: int = 0
    is_open: bool = False
    """Whether the last line is a bar that may still be written over."""

    def tell(self, kind: str, text: str, **data: Any) -> None:  # noqa: ANN401  # whatever an entry brings along
        """Write the entry."""
        if self.is_open and kind != "progress":
            self.is_open = False
            self.out.write("\n")
        match kind:
            case "end":
                self._write(f"\n{text}", BOLD)
            case "part":
                line = "=" * min(self._width(), len(text) + 4)
                self._write(f"\n{line}\n  {text}\n{line}", BOLD)
            case "chapter":
                self.chapters += 1
                self._write(f"\n{self.chapters}. {text}", BOLD)
            case "says":
                self._write("\n" + self._wrapped(text, "", ""))
            case "table":
                self._write(drawn(data["columns"], data["rows"], MARKS[kind][0], self._width()))
            case "progress":
                self._progress(text, data["done"], data["total"])
            case _:
                before, colour = MARKS[kind]
                self._write(self._wrapped(text, before, " " * len(before)), colour)

    def _progress(self, text: str, done: int, total: int) -> None:
        """Write a bar over itself while there is more to come; where lines stay, only the last word is told."""
        is_last = done >= total
        self.is_open = self.live and not is_last
        if self.live:
            filled = BAR * done // max(total, 1)
            bar = f"[{'#' * filled}{'.' * (BAR - filled)}] {done:,} of {total:,} {text}"
            self.out.write(f"\r{MARKS['progress'][0]}{bar}".ljust(NARROWEST) + ("\n" if is_last else ""))
            self.out.flush()
        elif is_last:
            self._write(f"{MARKS['progress'][0]}{done:,} of {total:,} {text}")

    def _width(self) -> int:
        return max(min(shutil.get_terminal_size((80, 24)).columns, WIDEST), NARROWEST)

    def _wrapped(self, text: str, first: str, others: str) -> str:
        return "\n".join(
            textwrap.fill(
                line,
                self._width(),
                initial_indent=first if place == 0 else others,
                subsequent_indent=others,
                break_on_hyphens=False,
            )
            for place, line in enumerate(text.splitlines())
        )

    def _write(self, text: str, colour: str = "") -> None:
        self.out.write(f"{colour}{text}{PLAIN}\n" if self.colours and colour else f"{text}\n")


def drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], before: str, width: int) -> str:
    """Return a table whose columns align and whose lines fit: if need be, headings are broken, then wide cells."""
    cells = [max((len(row[place]) for row in rows), default=0) for place in range(len(columns))]
    room = width - len(before) - len(GAP) * (len(columns) - 1)
    headings, widths = _headed(columns, cells, WIDEST)
    if sum(widths) > room:
        headings, widths = _headed(columns, cells, LONGEST_WORD)
    while sum(widths) > room and max(widths) > LONGEST_WORD:
        widths[widths.index(max(widths))] -= 1
    tall = max(len(heading) for heading in headings)
    head = [[""] * (tall - len(heading)) + [*heading] for heading in headings]
    rule = ["-" * one for one in widths]
    lines = [*zip(*head, strict=True), rule, *(line for row in rows for line in _cells(row, widths))]
    return "\n".join(
        (before + GAP.join(cell.ljust(one) for cell, one in zip(line, widths, strict=True))).rstrip() for line in lines
    )


def _headed(columns: Sequence[str], cells: Sequence[int], longest: int) -> tuple[list[Sequence[str]], list[int]]:
    """Return the lines of each heading, none longer than *longest* unless the cells are, and how wide columns are."""
    headings = [_heading(column, max(cell, longest)) for column, cell in zip(columns, cells, strict=True)]
    return headings, [max(cell, *map(len, heading)) for cell, heading in zip(cells, headings, strict=True)]


def _heading(column: str, room: int) -> Sequence[str]:
    """Return the lines of a heading that may be as wide as *room*; a word that is longer still is broken in two."""
    text = column.replace("_", " ")
    if len(text) > room:
        text = " ".join(_broken(word, room) for word in text.split())
    return textwrap.wrap(text, room, break_on_hyphens=False)


def _broken(word: str, room: int) -> str:
    half = (len(word) + 1) // 2
    return word if len(word) <= room else f"{word[:half]}- {word[half:]}"


def _cells(row: Sequence[str], widths: Sequence[int]) -> Iterator[Sequence[str]]:
    """Yield the lines that one row takes: one, unless a cell is wider than its column."""
    parts = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    for place in range(max(len(part) for part in parts)):
        yield [part[place] if place < len(part) else "" for part in parts]
