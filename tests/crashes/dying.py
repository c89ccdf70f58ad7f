"""A store whose process dies at a chosen call; and stores that betray what is promised, so that a crash shows it."""

import enum
import os
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from tenantaccess.model.copying import CopyJob
from tenantaccess.model.moments import LATEST
from tenantaccess.model.notices import Message, Notice
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Mailer
from tenantaccess.testing.faults import FaultKind, FaultyStore


class When(enum.Enum):
    BEFORE = "before"
    AFTER = "after"


@attrs.frozen
class Kill:
    """Where a process dies: before or after the call with this number, counted from 1."""

    at: int
    when: When


class DyingStore(FaultyStore):
    """
    Numbers every call, as `FaultyStore` does, and kills its own process at one of them: nothing is cleaned up.

    Args:
        inner: The store that does the work.
        kill: Where to die; None for never.
    """

    def __init__(self, inner: Store, kill: Kill | None) -> None:
        super().__init__(inner)
        self._kill = kill

    def mailer(self, inner: Mailer) -> Mailer:
        """Return a mailer each of whose messages is a call, too."""
        return _NumberedMailer(self, inner)

    def _enter(self, name: str) -> Collection[FaultKind]:
        due = super()._enter(name)
        self._die_if(When.BEFORE)
        return due

    def _leave(self, name: str, due: Collection[FaultKind]) -> None:
        super()._leave(name, due)
        self._die_if(When.AFTER)

    def _die_if(self, when: When) -> None:
        if self._kill == Kill(len(self.trace), when):
            os.kill(os.getpid(), signal.SIGKILL)


class _NumberedMailer:
    def __init__(self, store: DyingStore, inner: Mailer) -> None:
        self._store = store
        self._inner = inner

    def send(self, message: Message) -> None:
        with self._store._call("mailer.send"):
            self._inner.send(message)


# --- what must be found -------------------------------------------------------------------------------------------


class AutocommitStore(FaultyStore):
    """Commits after each call."""

    def _numbered(self, unit: Unit) -> Unit:
        self._commit = unit.commit
        return super()._numbered(unit)

    def _leave(self, name: str, due: Collection[FaultKind]) -> None:
        super()._leave(name, due)
        if name not in {"begin", "reading", "commit", "standing"}:
            self._commit()


class CursorApartStore(FaultyStore):
    """Writes how far a copy has come in a transaction of its own, after that of the records."""

    def _numbered(self, unit: Unit) -> Unit:
        steps: list[tuple[CopyJob, CopyJob]] = []

        def commit() -> None:
            unit.commit()
            for seen, to in steps:
                with self.inner.begin() as later:
                    later.copy_jobs.advance(seen, to)
                    later.commit()

        return attrs.evolve(unit, copy_jobs=_Instead(unit.copy_jobs, advance=_keeping(steps)), commit=commit)


def _keeping(steps: list[tuple[CopyJob, CopyJob]]) -> Callable[[CopyJob, CopyJob], bool]:
    def advance(seen: CopyJob, to: CopyJob) -> bool:
        steps.append((seen, to))
        return True

    return advance


class HeldForGoodStore(FaultyStore):
    """Lets a worker hold notices for ever: nobody takes up what a dead one held."""

    def _numbered(self, unit: Unit) -> Unit:
        def claim(now: datetime, _: datetime, limit: int) -> Sequence[Notice]:
            return unit.notices.claim(now, LATEST, limit)

        return attrs.evolve(unit, notices=_Instead(unit.notices, claim=claim))


class KeylessStore(FaultyStore):
    """Does not find again what was done under a key."""

    def _numbered(self, unit: Unit) -> Unit:
        return attrs.evolve(unit, events=_Instead(unit.events, find_key=lambda *_: None))


class _Instead:
    """A repository, one of whose methods is another."""

    def __init__(self, inner: object, **others: Callable[..., Any]) -> None:
        self._inner = inner
        vars(self).update(others)

    def __getattr__(self, method: str) -> Any:
        return getattr(self._inner, method)


def honest(store: Store) -> Store:
    return store


HONEST: Final = "honest"
STORES: Final[Mapping[str, Callable[[Store], Store]]] = {
    HONEST: honest,
    "autocommit": AutocommitStore,
    "cursor apart": CursorApartStore,
    "held for good": HeldForGoodStore,
    "keyless": KeylessStore,
}
"""What a worker puts before the store, by name."""
