"""Writers and workers of one outbox at once, and the twin that asks for what is newer than it has seen."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Event as Signal
from typing import Final

import sqlalchemy as sa

from tenantaccess.ids import NoticeId
from tenantaccess.model.notices import Audience, Notice, NoticeState
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.contracts.samples import NOON, notice
from tenantaccess.testing.contracts.threads import until_done

WRITERS: Final = 4
WORKERS: Final = 3
AT_ONCE: Final = 4
"""How many notices one unit queues."""
TICK: Final = timedelta(microseconds=1)
UNTIL: Final = NOON + timedelta(days=1)

Worker = Callable[[SQLAlchemyStore], Sequence[NoticeId]]
"""Takes what it finds and delivers it; answers which it was."""


def delivered(
    store: SQLAlchemyStore, make_worker: Callable[[], Worker], units: int, workers: int = WORKERS
) -> Counter[NoticeId]:
    """Let each writer queue *units* times while workers deliver; answer how often each notice was delivered."""
    numbers, written = count(1), Signal()

    def write(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(units):
            queued = [_notice(next(numbers)) for _ in range(AT_ONCE)]
            until_done(lambda queued=queued: _queue(store, queued, draw.random() / 500))  # type: ignore[misc]  # bound

    def work() -> Counter[NoticeId]:
        worker, found = make_worker(), Counter[NoticeId]()
        while True:
            was_written = written.is_set()
            taken = until_done(lambda: worker(store))
            found.update(taken)
            if was_written and not taken:
                return found

    with ThreadPoolExecutor(WRITERS + workers) as pool:
        working = [pool.submit(work) for _ in range(workers)]
        for writing in [pool.submit(write, seed) for seed in range(WRITERS)]:
            writing.result()
        written.set()
        return sum((one.result() for one in working), Counter())


def _notice(number: int) -> Notice:
    made = notice(number)
    return Notice(made.id, "remove", Audience.PERSON, made.principal, made.tenant, NOON + number * TICK)


def _queue(store: SQLAlchemyStore, queued: Sequence[Notice], thinking: float) -> None:
    """Queue and take a moment: units end in another order than they began in."""
    with store.begin() as unit:
        unit.notices.add(queued)
        if store.engine.dialect.name != "sqlite":
            Signal().wait(thinking)
        unit.commit()


def by_state() -> Worker:
    """Return a worker as the library's: what is queued and nobody holds is taken, and finished."""

    def work(store: SQLAlchemyStore) -> Sequence[NoticeId]:
        with store.begin() as unit:
            taken = unit.notices.claim(NOON + timedelta(hours=1), UNTIL, 10)
            unit.commit()
        for one in taken:
            until_done(lambda one=one: _finish(store, one))  # type: ignore[misc]  # bound
        return [one.id for one in taken]

    return work


def _finish(store: SQLAlchemyStore, one: Notice) -> None:
    with store.begin() as unit:
        assert unit.notices.finish(one, NoticeState.SENT)
        unit.commit()


def by_highest_seen() -> Worker:
    """Return the twin: it remembers the newest that it has seen, and asks for what is newer."""
    seen = NOON

    def work(store: SQLAlchemyStore) -> Sequence[NoticeId]:
        nonlocal seen
        table = store.tables.notice
        newer = sa.select(table.c.notice_id, table.c.created_at).where(table.c.created_at > seen)
        with store.engine.connect() as connection:
            found = connection.execute(newer.order_by(table.c.created_at)).all()
        if found:
            seen = found[-1].created_at
        return [NoticeId(one.notice_id) for one in found]

    return work
