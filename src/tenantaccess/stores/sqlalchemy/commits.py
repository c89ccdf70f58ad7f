"""What waits for the commits of a host's session, and is dropped with what was undone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import attrs
import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, SessionTransaction

KEPT: Final = "tenantaccess.commits"
"""Where a session keeps what waits for it: it is looked after once, whatever number of stores joined it."""


@attrs.frozen(eq=False)
class _Waiting:
    """
    What is to be done, and what has to be committed for it.

    Args:
        run: What is to be done.
        within: The savepoints of the session, and its transaction, that it was in.
        connection: Which it was on.
    """

    run: Callable[[], None]
    within: "tuple[SessionTransaction, ...]"
    connection: sa.Connection

    @property
    def is_committed(self) -> bool:
        """Whether the database has it for good: a session may stand within a transaction that others commit."""
        return self.connection.closed or not self.connection.in_transaction()


class Commits:
    """
    What waits for the commits of *session*.

    It is done once the transaction has ended, when the session is free again: what it raises reaches whoever commits,
    and undoes nothing. SQLAlchemy tells of a session alone: what a connection calls its event of a commit comes before
    it, and a commit may fail.
    """

    def __init__(self, session: "Session") -> None:
        self._waiting: list[_Waiting] = []
        self._committed: SessionTransaction | None = None
        sa.event.listen(session, "after_commit", self._noted)
        sa.event.listen(session, "after_transaction_end", self._ended)

    def add(self, session: "Session", run: Callable[[], None]) -> None:
        """Do *run* once what *session* is in has committed; never within a savepoint that the session did not set."""
        connection = session.connection()
        if (connection.get_nested_transaction() is None) == (session.get_nested_transaction() is None):
            self._waiting.append(_Waiting(run, tuple(_around(session)), connection))

    def _noted(self, session: "Session") -> None:
        self._committed = session.get_nested_transaction() or session.get_transaction()

    def _ended(self, _: "Session", transaction: "SessionTransaction") -> None:
        """Do what waited for *transaction*, or forget it; what was released waits for what is around it."""
        is_committed, self._committed = self._committed is transaction, None
        if is_committed and transaction.parent is not None:
            return
        over = [one for one in self._waiting if transaction in one.within]
        self._waiting = [one for one in self._waiting if one not in over]
        with ExitStack() as doing:  # from its end, and each whatever another one raises
            for one in reversed(over):
                if is_committed and one.is_committed:
                    doing.callback(one.run)


def _around(session: "Session") -> "Iterator[SessionTransaction]":
    """Yield the savepoints that *session* is in, from within, and its transaction; what a flush opens is neither."""
    found = session.get_nested_transaction() or session.get_transaction()
    while found is not None:
        if found.nested or found.parent is None:
            yield found
        found = found.parent


def after_commit(host: Any, run: Callable[[], None]) -> None:  # noqa: ANN401  # whatever has a connection
    """Do *run* once *host*, a session or a scoped one, has committed what it is in; never for anything else."""
    from sqlalchemy.orm import Session, scoped_session  # noqa: PLC0415  # whoever has a session has loaded it

    session = host() if isinstance(host, scoped_session) else host
    if isinstance(session, Session) and session.in_transaction():
        if KEPT not in session.info:
            session.info[KEPT] = Commits(session)
        session.info[KEPT].add(session, run)
