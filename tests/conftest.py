"""What every test may use: a real PostgreSQL server, no silent skips in CI, and the table of rows held."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from tests.postgres import ServerMissingError, server

# --------------------------------------------------------------------------------------- PostgreSQL


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of an empty PostgreSQL database, this session's (with xdist: this worker's) alone."""
    try:
        with server() as url:
            yield url
    except ServerMissingError as missing:
        pytest.skip(str(missing))


# -------------------------------------------------------------------------- where coverage is recorded

TRACED = {"model", "rules", "services"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """
    Record coverage in the tests of what has a gate, and of those not a second time on a server.

    Recording doubles what a test takes, and what other tests run through says nothing of whether it is held.
    """
    recording = Coverage.current()
    if recording is None or _is_traced(item):
        return (yield)
    recording.stop()
    try:
        return (yield)
    finally:
        recording.start()


def _is_traced(item: pytest.Item) -> bool:
    return item.path.parent.name in TRACED and item.get_closest_marker("postgres") is None


# --------------------------------------------------------------------------- no silent skips in CI

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    _skipped.append(f"{report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if IN_CI and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if IN_CI and _skipped:
        terminalreporter.section("skipped in CI: this fails the run", red=True)
        for line in _skipped:
            terminalreporter.line(line)


# ------------------------------------------------------------------------- which test holds which row


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", metavar="FILE", help="write the table of row marks, one line per row and test, to FILE")


def pytest_collection_finish(session: pytest.Session) -> None:
    file = session.config.getoption("--rows")
    if file is None or os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        return
    held = {(_row_id(row), item.nodeid) for item in session.items for row in _rows_of(item)}
    lines = ["row\ttest", *(f"{row}\t{test}" for row, test in sorted(held, key=_natural_order))]
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A malformed mark is an error of its test, whether or not the table was asked for."""
    for row in _rows_of(item):
        _row_id(row)


def _rows_of(item: pytest.Item) -> Iterator[object]:
    for mark in item.iter_markers("row"):
        yield from mark.args or (None,)


def _row_id(row: object) -> str:
    if not isinstance(row, str) or not row.strip():
        raise pytest.UsageError(f"the mark row takes the ids of rows, such as row('T-12'), not {row!r}")
    return row.strip()


def _natural_order(pair: tuple[str, str]) -> list[tuple[int, str]]:
    """T-9 before T-12."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", "\0".join(pair))]
