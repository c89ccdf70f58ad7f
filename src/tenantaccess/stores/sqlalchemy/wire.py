"""One connection inside one unit: statements go down, rows come up, driver errors come up translated."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenantaccess.errors import MisuseError
from tenantaccess.stores.sqlalchemy.errors import translated
from tenantaccess.stores.sqlalchemy.values import Values


def _nothing() -> None:
    """A unit of our own is protected by its transaction."""


class Wire:
    """
    The connection of one unit of work.

    Args:
        connection: Where statements go.
        taken: What is in use when a unique constraint refuses.
        protect: Called before each write.
    """

    def __init__(
        self, connection: sa.Connection, taken: Mapping[str, str], protect: Callable[[], None] = _nothing
    ) -> None:
        self.connection = connection
        self._taken = taken
        self._protect = protect
        self._has_failed = False

    def rows(self, doing: str, statement: sa.Executable, **parameters: object) -> Sequence[Values]:
        """Return all rows of *statement*."""
        try:
            return self._run(statement, parameters).all()
        except (SQLAlchemyError, ValueError) as error:
            raise self._failed(error, doing) from error

    def first(self, doing: str, statement: sa.Executable, **parameters: object) -> Values | None:
        """Return the first row of *statement*; None if there is none."""
        found = self.rows(doing, statement, **parameters)
        return found[0] if found else None

    def write(self, doing: str, statement: sa.Executable, **parameters: object) -> int:
        """Run *statement* and return how many rows it touched."""
        try:
            return self._run(statement, parameters).rowcount
        except (SQLAlchemyError, ValueError) as error:
            raise self._failed(error, doing) from error

    def write_each(self, doing: str, statement: sa.Executable, batch: Sequence[Mapping[str, Any]]) -> None:
        """Run *statement* once for each of *batch*."""
        if not batch:
            return
        try:
            self._run(statement, batch if len(batch) > 1 else batch[0])
        except (SQLAlchemyError, ValueError) as error:
            raise self._failed(error, doing) from error

    def write_rows(self, doing: str, statement: str, rows: Sequence[Values]) -> None:
        """Run *statement*, in the driver's own words, once for each of *rows*: for many, where each moment counts."""
        if not rows:
            return
        try:
            self._protect()
            self.connection.exec_driver_sql(statement, [tuple(row) for row in rows])
        except (SQLAlchemyError, ValueError) as error:
            raise self._failed(error, doing) from error

    @contextmanager
    def translating(self, doing: str) -> Iterator[None]:
        """Let what a host's own statements raise come up translated, as what ours raise."""
        try:
            yield
        except SQLAlchemyError as error:
            raise self._failed(error, doing) from error

    def keep(self, commit: Callable[[], None]) -> None:
        """Call *commit*, unless a statement failed: then there is no telling what would be kept."""
        if self._has_failed:
            raise MisuseError("a statement of this unit failed: leave the unit, and begin another one")
        try:
            commit()
        except SQLAlchemyError as error:
            raise self._failed(error, "committing") from error

    def _run(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> sa.CursorResult[Any]:
        if statement.is_dml:
            self._protect()
        return self.connection.execute(statement, parameters)

    def _failed(self, error: Exception, doing: str) -> Exception:
        self._has_failed = True
        return translated(error, doing, self._taken)
