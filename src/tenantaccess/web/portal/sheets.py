"""Tables to be saved: CSV that any spreadsheet opens, and in which no cell is a formula (A74)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tenantaccess.web.portal.exchange import File

CSV: Final = "text/csv; charset=utf-8"
MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Tells spreadsheets that the file is UTF-8."""
FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with, in wide letters too."""
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ROWS: Final = 200
"""So many are sent at once."""


def sheet(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> File:
    """
    Return a table to be saved; it is read from *rows* as it is sent.

    Args:
        name: What it is saved as; what no system likes in a name becomes a hyphen.
        header: What its columns are called.
        rows: Its lines, each with as many cells.
    """
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", name.removesuffix(".csv")).strip("-")
    return File(CSV, _lines(header, rows), f"{stem or 'table'}.csv")


def inert(cell: str) -> str:
    """Return *cell* as plain text: no terminal obeys it and no spreadsheet reckons with it."""
    text = CONTROL.sub(" ", cell)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write(MARK)
    writer.writerow([inert(cell) for cell in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([inert(cell) for cell in row])
        if number % ROWS == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
