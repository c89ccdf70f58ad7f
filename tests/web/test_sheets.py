"""Tables to be saved."""

import csv
import io
from collections.abc import Iterator, Sequence

import pytest

from tenantaccess.web.portal.exchange import headers_of
from tenantaccess.web.portal.sheets import ROWS, inert, sheet


def test_a_table_is_read_back_as_it_was_by_whatever_reads_csv() -> None:
    header, rows = ["Key", "Label"], [["A1", 'He said "no", twice'], ["A2", "Zoë"]]
    file = sheet("codes of März.csv", header, rows)
    body = b"".join(file.body)
    assert body.startswith(b'\xef\xbb\xbf"Key","Label"\r\n')
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))) == [header, *rows]
    assert file.content_type == "text/csv; charset=utf-8"
    assert headers_of(file)["Content-Disposition"] == 'attachment; filename="codes-of-M-rz.csv"'


@pytest.mark.row("A74")
@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d"])
def test_no_cell_is_a_formula(begins: str) -> None:
    cell = inert(f'{begins}HYPERLINK("https://evil.example")')
    assert cell.startswith("'")
    assert cell.endswith('HYPERLINK("https://evil.example")')


@pytest.mark.row("A74")
@pytest.mark.parametrize("control", ["\t", "\r", "\n", "\r\n", "\x1b", "\x9b", "\u2028", "\0"])
def test_no_cell_holds_what_a_terminal_or_a_reader_obeys(control: str) -> None:
    assert inert(f"{control}a{control}[31mb") == "a".join([" " * len(control)] * 2) + "[31mb"


def test_a_header_is_as_inert_as_a_cell_and_a_name_is_never_empty() -> None:
    file = sheet("../..", ["=1+1"], [])
    assert b"".join(file.body).decode("utf-8-sig") == '"\'=1+1"\r\n'
    assert file.name == "table.csv"


def test_rows_are_read_as_they_are_sent() -> None:
    read: list[int] = []

    def rows() -> Iterator[Sequence[str]]:
        for number in range(3 * ROWS):
            read.append(number)
            yield [str(number)]

    parts = iter(sheet("numbers", ["Number"], rows()).body)
    next(parts)
    assert len(read) == ROWS
    assert sum(part.count(b"\r\n") for part in parts) == 2 * ROWS
