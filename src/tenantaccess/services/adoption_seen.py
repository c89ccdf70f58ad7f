"""Which line said something first, for as many lines as a run has, in a few bytes each."""

import hashlib
from array import array
from typing import Final

SMALLEST: Final = 1 << 10
WIDTH: Final = 8
"""Bytes of a digest: among ten million, two are equal by chance once in three hundred thousand runs."""


class Seen:
    """
    The first line on which each of many texts stood.

    A table of open places, at most two thirds full, of two numbers each: a digest of the texts, and the line. Sixteen
    bytes a place, where a dict would take two hundred a line. Nothing in it can be read back.
    """

    def __init__(self) -> None:
        self._digests, self._lines = _places(SMALLEST), _places(SMALLEST)
        self._count = 0

    def first(self, line: int, *texts: str) -> int:
        """Return the line on which *texts* stood first; from now on that is *line* if it was none."""
        digest = _digest(texts)
        place = self._place(digest)
        if self._lines[place]:
            return self._lines[place]
        if 3 * self._count >= 2 * len(self._lines):
            self._grow()
            place = self._place(digest)
        self._digests[place], self._lines[place] = digest, line
        self._count += 1
        return line

    def _place(self, digest: int) -> int:
        """Return where *digest* stands, or would."""
        mask = len(self._lines) - 1
        place = digest & mask
        while self._lines[place] and self._digests[place] != digest:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        # For a moment there are two tables, and nothing else: a list of what stands in one takes ten times as much.
        kept = zip(self._digests, self._lines, strict=True)
        size = 2 * len(self._lines)
        self._digests, self._lines = _places(size), _places(size)
        for digest, line in kept:
            if line:
                place = self._place(digest)
                self._digests[place], self._lines[place] = digest, line


def _places(size: int) -> "array[int]":
    return array("Q", [0]) * size


def _digest(texts: tuple[str, ...]) -> int:
    # No name, address or id holds a line's end.
    return int.from_bytes(hashlib.blake2b("\n".join(texts).encode(), digest_size=WIDTH).digest(), "little")
