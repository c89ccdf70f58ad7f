"""
A process that has everything loaded and forks one worker for each order it reads; each works, and may be killed.

    python tests/crashes/workers.py URL PREFIX

Forked before any connection is opened: each worker opens its own.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crashes.dying import HONEST, STORES, DyingStore, Kill, When
from tests.crashes.jobs import JOBS, Facts, FileMailer, Scene

SEED = "worker"
WORKER = "crashing_worker"
"""What workers call themselves to a server."""


@attrs.frozen
class Order:
    """
    One job for one worker.

    Args:
        job: Its name.
        facts: Of the scene.
        mails: Where sent messages go.
        store: What stands before the store, by name.
        at: The call at which it kills itself; 0 for none.
        when: Before or after that call.
        delay: After how many seconds it is killed from outside; below 0 for never.
    """

    job: str
    facts: Facts
    mails: str
    store: str = HONEST
    at: int = 0
    when: str = When.BEFORE.value
    delay: float = -1.0


def in_haste(store: SQLAlchemyStore) -> None:
    """Leave what SQLite writes to the system: it outlives the process, and no power is cut here."""
    if store.engine.dialect.name == "sqlite":
        sa.event.listen(store.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))


def work(order: Order, store: SQLAlchemyStore) -> None:
    """Do the job, unless the process dies of it."""
    kill = Kill(order.at, When(order.when)) if order.at else None
    dying = DyingStore(store, kill)
    scene = Scene.over(STORES[order.store](dying), order.facts, SEED)
    JOBS[order.job].run(scene, dying.mailer(FileMailer(Path(order.mails))))


def forked(order: Order, store: SQLAlchemyStore) -> tuple[int, float]:
    """Run *order* in a process of its own; return the signal that ended it, or 0, and the seconds it took."""
    started = time.perf_counter()
    worker = os.fork()
    if worker == 0:
        status = 1
        try:
            work(order, store)
            store.dispose()
            status = 0
        except BaseException:  # noqa: BLE001  # a worker that fails says so, and ends, whatever it was
            traceback.print_exc()
        finally:
            os._exit(status)
    if order.delay >= 0:
        time.sleep(order.delay)
        os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    if os.waitstatus_to_exitcode(status) > 0:
        raise RuntimeError(f"a worker failed at {order}")
    return -os.waitstatus_to_exitcode(status), time.perf_counter() - started


def main() -> None:
    url, prefix = sys.argv[1:]
    store = SQLAlchemyStore(url, tables=tables(sa.MetaData(), prefix=prefix))
    in_haste(store)
    for line in sys.stdin:
        order = Order(**json.loads(line))
        if not order.at and order.delay < 0:
            # Here, not in a worker: what was compiled on the way is inherited by all workers to come.
            started = time.perf_counter()
            work(order, store)
            store.dispose()
            answer: tuple[int, float] = 0, time.perf_counter() - started
        else:
            answer = forked(order, store)
        print(json.dumps(answer), flush=True)


class Workers:
    """The process that forks them, seen from the one that gives orders."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, order: Order) -> tuple[int, float]:
        """Return the signal that ended the worker, or 0, and the seconds it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(attrs.asdict(order)) + "\n")
        self._process.stdin.flush()
        answer: Any = json.loads(self._process.stdout.readline() or "null")
        if answer is None:
            raise RuntimeError("the workers are gone; they said why")
        return answer[0], answer[1]


@contextlib.contextmanager
def workers(url: sa.URL, prefix: str) -> Iterator[Workers]:
    """Start what forks workers on the database at *url*, and end it."""
    named = url.update_query_dict({"application_name": WORKER}) if url.get_backend_name() == "postgresql" else url
    command = [sys.executable, __file__, named.render_as_string(hide_password=False), prefix]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Workers(process)
        process.stdin.close()  # type: ignore[union-attr]  # it is a pipe


if __name__ == "__main__":
    main()
