"""How the story is told: to people in a terminal or a pipe, to machines as JSON, or not at all."""

import json
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TextIO

import attrs


class Teller(Protocol):
    """Tells one entry of the story after the other."""

    def tell(self, kind: str, text: str, **data: object) -> None:
        """
        Tell one entry.

        Args:
            kind: ``chapter``, ``says``, ``call``, ``done``, ``yes``, ``no``, ``refused``, ``mail`` or ``table``.
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
    "table": ("    ", ""),
    "broken": ("    ", "\x1b[31m"),
}
"""What stands before an entry of each kind, and its colour."""
BOLD: Final = "\x1b[1m"
PLAIN: Final = "\x1b[0m"
WIDEST: Final = 110


@attrs.define
class TerminalTeller:
    """
    Tells the story to people, in plain ASCII.

    Args:
        out: Where to.
        colours: Whether it may use them.
        chapters: How many chapters were told.
    """

    out: TextIO
    colours: bool = attrs.field(kw_only=True)
    chapters: int = 0

    def tell(self, kind: str, text: str, **data: Any) -> None:  # noqa: ANN401  # whatever an entry brings along
        """Write the entry."""
        if kind == "chapter":
            self.chapters += 1
            self._write(f"\n{self.chapters}. {text}", BOLD)
        elif kind == "says":
            self._write("\n" + self._wrapped(text, "", ""))
        elif kind == "table":
            self._write(_drawn(data["columns"], data["rows"], MARKS[kind][0]))
        else:
            before, colour = MARKS[kind]
            self._write(self._wrapped(text, before, " " * len(before)), colour)

    def _wrapped(self, text: str, first: str, others: str) -> str:
        width = min(shutil.get_terminal_size((100, 24)).columns, WIDEST)
        return "\n".join(
            textwrap.fill(
                line, max(width, 40), initial_indent=first if place == 0 else others, subsequent_indent=others
            )
            for place, line in enumerate(text.splitlines())
        )

    def _write(self, text: str, colour: str = "") -> None:
        self.out.write(f"{colour}{text}{PLAIN}\n" if self.colours and colour else f"{text}\n")


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], before: str) -> str:
    widths = [max(len(line[place]) for line in (columns, *rows)) for place in range(len(columns))]
    lines = [columns, ["-" * width for width in widths], *rows]
    return "\n".join(
        (before + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))).rstrip()
        for line in lines
    )
