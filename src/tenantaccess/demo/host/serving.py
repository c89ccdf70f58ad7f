"""Serves the demo until it is ended: on this machine alone, with a server that is good enough for that."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tenantaccess import TenantAccess
from tenantaccess.demo.host.app import create_app
from tenantaccess.demo.host.people import QUICK, SIGN_INS, settle
from tenantaccess.demo.host.work import Outbox, Work
from tenantaccess.demo.world import CATALOG
from tenantaccess.mail import MailLinks
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, configure_sqlite

HOST: Final = "127.0.0.1"
PORT: Final = 8017
"""Where it is served unless somebody else is there already."""
LONG: Final = 3600.0


class PortTakenError(Exception):
    """Somebody else serves there already."""


class Silent(WSGIRequestHandler):
    """Answers requests without a line for each."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def serve(database: Path | None, port: int | None, *, opens_browser: bool) -> int:
    """
    Serve the demo until it is interrupted, and return the exit code.

    Args:
        database: Where the database is kept; must not exist yet. None for a folder that goes away in the end.
        port: Of 127.0.0.1; 0 for any that is free. None for the usual one, or any if that is taken.
        opens_browser: Whether a browser is opened, where there is one.
    """
    with tempfile.TemporaryDirectory(prefix="tenantaccess-") as folder, _ended_by_signals():
        file = database or Path(folder, "demo.db")
        try:
            with _listening(port) as ear:
                _serve(file, ear, is_kept=database is not None, opens_browser=opens_browser)
        except PortTakenError:
            print(f"Port {port} is taken: name another one, or none.", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nEnded.")
    return 0


def _serve(file: Path, ear: socket.socket, *, is_kept: bool, opens_browser: bool) -> None:
    address = f"http://{HOST}:{ear.getsockname()[1]}"
    store = _store(file)
    access = TenantAccess(store, CATALOG, hasher=QUICK)
    work = Work(access, Outbox(MailLinks(f"{address}/access", sign_in=f"{address}/access/sign-in")))
    try:
        store.create_all()
        practices = settle(store, access.clock.now())
        app = create_app(access, practices, work)
        server = make_server(HOST, 0, app, threaded=True, request_handler=Silent, fd=ear.fileno())
        with _answering(server):
            work.start(file, practices.riverside)
            print(_told(address, f"{file}{'' if is_kept else ', which goes away in the end'}"), flush=True)
            if opens_browser and _has_screen():
                webbrowser.open(address)
            while True:
                time.sleep(LONG)
    finally:
        work.stop()
        store.dispose()


def _store(file: Path) -> SQLAlchemyStore:
    """Return a store in *file* that does not wait for the disk: what is invented may be lost with the power."""

    def hurried(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
        connection.execute("PRAGMA synchronous = OFF")

    engine = configure_sqlite(sa.create_engine(f"sqlite:///{file}"))
    sa.event.listen(engine, "connect", hurried)
    return SQLAlchemyStore(engine)


@contextmanager
def _answering(server: BaseWSGIServer) -> Iterator[None]:
    """Let *server* answer beside this thread, which signals interrupt."""
    answering = threading.Thread(target=server.serve_forever, daemon=True)
    answering.start()
    try:
        yield
    finally:
        server.shutdown()
        answering.join()
        server.server_close()


def _listening(port: int | None) -> socket.socket:
    """Return a socket that listens already: who comes too early waits for the first page instead of being refused."""
    for wanted in (PORT, 0) if port is None else (port,):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, wanted))
        except OSError:
            found.close()
            continue
        found.listen()
        return found
    raise PortTakenError(port)


def _told(address: str, database: str) -> str:
    width = max(len(one.username) for one in SIGN_INS)
    wide = max(len(one.password) for one in SIGN_INS)
    lines = [f"  {one.username:{width}}  {one.password:{wide}}  {one.shows}" for one in SIGN_INS]
    return "\n".join(
        [
            "Everything and everybody here is invented, but the diagnosis codes.",
            "",
            f"  Open      {address}/",
            f"  Mails     {address}/outbox",
            f"  Database  {database}",
            "",
            f"  {'Username':{width}}  {'Password':{wide}}  Who it is",
            *lines,
            "",
            "A server for a demo on this machine alone. Ctrl-C ends it.",
        ]
    )


def _has_screen() -> bool:
    """Tell whether a browser would open a window; one that takes the terminal instead would be in the way."""
    return not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let whatever asks this process to end be an interruption, so that nothing of it stays behind."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
