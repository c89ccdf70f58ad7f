"""One connection inside one unit: statements go down, rows come up, driver errors come up translated."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tenantaccess.errors import MisuseError, TenantAccessError
from tenantaccess.stores.sqlalchemy.errors import translated
from tenantaccess.stores.sqlalchemy.values import Values

Parameters = Mapping[str, Any]


def _nothing() -> None:
    """A unit of our own is protected by its transaction."""


class Answer(Protocol):
    """What running a statement gives back."""

    def all(self) -> Sequence[Values]:
        """Return all rows."""
        ...

    @property
    def rowcount(self) -> int:
        """How many rows were touched."""
        ...


class Wire:
    """
    The connection of one unit of work; SQLAlchemy's here, another framework's in what derives from it.

    Args:
        connection: Where statements go; a host's own repositories are made on it.
        taken: What is in use when a unique constraint refuses.
        protect: Called before each write.
    """

    raised: ClassVar[tuple[type[Exception], ...]] = (SQLAlchemyError, ValueError)
    """What a statement raises when it fails."""

    def __init__(
        self,
        connection: Any,  # noqa: ANN401  # each kind of wire has its own
        taken: Mapping[str, str],
        protect: Callable[[], None] = _nothing,
    ) -> None:
        self.connection = connection
        self._taken = taken
        self._protect = protect
        self._has_failed = False

    def rows(self, doing: str, statement: sa.Executable, **parameters: object) -> Sequence[Values]:
        """Return all rows of *statement*."""
        try:
            return self._run(statement, parameters).all()
        except self.raised as error:
            raise self._failed(error, doing) from error

    def first(self, doing: str, statement: sa.Executable, **parameters: object) -> Values | None:
        """Return the first row of *statement*; None if there is none."""
        found = self.rows(doing, statement, **parameters)
        return found[0] if found else None

    def write(self, doing: str, statement: sa.Executable, **parameters: object) -> int:
        """Run *statement* and return how many rows it touched."""
        try:
            return self._run(statement, parameters).rowcount
        except self.raised as error:
            raise self._failed(error, doing) from error

    def write_each(self, doing: str, statement: sa.Executable, batch: Sequence[Mapping[str, Any]]) -> None:
        """Run *statement* once for each of *batch*."""
        if not batch:
            return
        try:
            self._run(statement, batch if len(batch) > 1 else batch[0])
        except self.raised as error:
            raise self._failed(error, doing) from error

    def write_rows(self, doing: str, statement: str, rows: Sequence[Values]) -> None:
        """Run *statement*, in the driver's own words, once for each of *rows*: for many, where each moment counts."""
        if not rows:
            return
        try:
            self._protect()
            self._run_rows(statement, [tuple(row) for row in rows])
        except self.raised as error:
            raise self._failed(error, doing) from error

    def calling(self, doing: str, make: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  # the host's
        """Return what the host's own *make* returns on the connection, as a write of this unit."""
        try:
            self._protect()
            return make(self.connection, *arguments)
        except self.raised as error:
            raise self._failed(error, doing) from error

    def keep(self, commit: Callable[[], None]) -> None:
        """Call *commit*, unless a statement failed: then there is no telling what would be kept."""
        if self._has_failed:
            raise MisuseError("a statement of this unit failed: leave the unit, and begin another one")
        try:
            commit()
        except self.raised as error:
            raise self._failed(error, "committing") from error

    def _run(self, statement: sa.Executable, parameters: Parameters | Sequence[Parameters]) -> Answer:
        if statement.is_dml:
            self._protect()
        answer: sa.CursorResult[Any] = self.connection.execute(statement, parameters)
        return answer

    def _run_rows(self, statement: str, rows: Sequence[Values]) -> None:
        self.connection.exec_driver_sql(statement, rows)

    def _translated(self, error: Exception, doing: str) -> TenantAccessError:
        return translated(error, doing, self._taken)

    def _failed(self, error: Exception, doing: str) -> TenantAccessError:
        self._has_failed = True
        return self._translated(error, doing)
