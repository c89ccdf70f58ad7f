"""Django's connection as the way of a unit: the same statements as everywhere, through the host's own cursor."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

import attrs
import sqlalchemy as sa
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import IntegrityError
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from tenantaccess.errors import MisuseError, TenantAccessError
from tenantaccess.stores.sqlalchemy.errors import driver_said, translated
from tenantaccess.stores.sqlalchemy.values import Values
from tenantaccess.stores.sqlalchemy.wire import Parameters, Wire

Convert = Callable[[Any], Any]

_DIALECTS: Final[Mapping[str, Callable[[], sa.Dialect]]] = {
    "postgresql": lambda: psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]  # the library's own
    "sqlite": lambda: sqlite.dialect(paramstyle="format"),
}


KEPT: Final = 2_048
"""How many statements are kept compiled: the store has some hundreds, and each shape of a search is one more."""


@attrs.frozen(eq=False)
class Prepared:
    """
    One statement as this database takes it.

    Args:
        compiled: What SQLAlchemy makes of it.
        values: What it holds by itself, by name.
        binding: What turns a parameter into what the driver takes, by name, where anything is to be done.
        reading: What turns columns into values of the model, by place, where anything is to be done.
    """

    compiled: SQLCompiler
    values: Mapping[str, Any]
    binding: Mapping[str, Convert]
    reading: Sequence[tuple[int, Convert]]

    def bound(self, parameters: Parameters) -> tuple[str, list[Any]]:
        """Return the text and its parameters in order."""
        bound = {**self.values, **parameters}
        text, places = self.compiled.string, tuple(self.compiled.positiontup or ())
        if self.compiled.post_compile_params:  # lists, as long as they are this time
            state = self.compiled.construct_expanded_state(bound)
            text, places, bound = state.statement, tuple(state.positiontup or ()), {**bound, **state.parameters}
        return text, [self._value(name, bound[name]) for name in places]

    def in_order(self, parameters: Parameters) -> list[Any]:
        """Return the parameters alone; for many at once, where there are no lists."""
        bound = {**self.values, **parameters}
        return [self._value(name, bound[name]) for name in self.compiled.positiontup or ()]

    def _value(self, name: str, value: Any) -> Any:  # noqa: ANN401  # whatever a column holds
        convert = self.binding.get(name)
        return value if convert is None else convert(value)

    def read(self, found: Iterable[Values]) -> Sequence[Values]:
        """Return *found* as values of the model."""
        return [self._read(row) for row in found] if self.reading else list(found)

    def _read(self, row: Values) -> Values:
        values = list(row)
        for place, convert in self.reading:
            if values[place] is not None:  # most moments are
                values[place] = convert(values[place])
        return values


class Preparing:
    """The statements of one store, each compiled once for each set of columns it is given; the oldest are dropped."""

    def __init__(self, vendor: str) -> None:
        self._dialect = _DIALECTS[vendor]()
        self._prepared: dict[tuple[sa.Executable, frozenset[str] | None], Prepared] = {}
        self._lock = threading.Lock()

    def __getitem__(self, key: tuple[sa.Executable, Parameters]) -> Prepared:
        """Return *statement* for these parameters."""
        statement, parameters = key
        names = frozenset(parameters) if statement.is_dml else None
        found = self._prepared.get((statement, names))
        if found is None:
            with self._lock:  # compiling is no pure function of the statement
                found = self._made(statement, parameters)
                while len(self._prepared) >= KEPT:
                    del self._prepared[next(iter(self._prepared))]
                self._prepared[statement, names] = found
        return found

    def _made(self, statement: sa.Executable, parameters: Parameters) -> Prepared:
        whole = cast("sa.ClauseElement", statement)
        keys = list(parameters) if statement.is_dml else None
        compiled = cast("SQLCompiler", whole.compile(dialect=self._dialect, column_keys=keys))
        binding = {name: self._binding(bind.type) for name, bind in compiled.binds.items()}
        reading = [
            column.type.dialect_impl(self._dialect).result_processor(self._dialect, None)
            for column in (statement.exported_columns if isinstance(statement, sa.sql.expression.ReturnsRows) else ())
        ]
        return Prepared(
            compiled,
            compiled.params,
            {name: convert for name, convert in binding.items() if convert is not None},
            [(place, convert) for place, convert in enumerate(reading) if convert is not None],
        )

    def _binding(self, kind: sa.types.TypeEngine[Any]) -> Convert | None:
        return kind.dialect_impl(self._dialect).bind_processor(self._dialect)


def require_known(vendor: str) -> None:
    """Raise `MisuseError` for an engine that the store has not learnt."""
    if vendor not in _DIALECTS:
        raise MisuseError(f"give a database on one of {', '.join(_DIALECTS)}, not `{vendor}`")


@attrs.frozen
class Answered:
    """What a statement gave back."""

    rowcount: int
    found: Sequence[Values] = ()

    def all(self) -> Sequence[Values]:
        """Return all rows."""
        return self.found


class DjangoWire(Wire):
    """
    The host's connection in one unit.

    Args:
        connection: Django's.
        preparing: The store's statements.
        taken: What is in use when a unique constraint refuses.
        protect: Called before each write.
    """

    raised: ClassVar[tuple[type[Exception], ...]] = (Error, SQLAlchemyError, ValueError)

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        preparing: Preparing,
        taken: Mapping[str, str],
        protect: Callable[[], None],
    ) -> None:
        super().__init__(connection, taken, protect)
        self._preparing = preparing

    def _run(self, statement: sa.Executable, parameters: Parameters | Sequence[Parameters]) -> Answered:
        if statement.is_dml:
            self._protect()
        with self.connection.cursor() as cursor:
            if not isinstance(parameters, Mapping):
                prepared = self._preparing[statement, parameters[0]]
                cursor.executemany(prepared.compiled.string, [prepared.in_order(one) for one in parameters])
                return Answered(cursor.rowcount)
            prepared = self._preparing[statement, parameters]
            cursor.execute(*prepared.bound(parameters))
            found = () if cursor.description is None else prepared.read(cursor.fetchall())
            return Answered(cursor.rowcount, found)

    def _run_rows(self, statement: str, rows: Sequence[Values]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s"), rows)  # a text of column names alone

    def _translated(self, error: Exception, doing: str) -> TenantAccessError:
        return said(error, doing, self._taken)


def said(error: Exception, doing: str, taken: Mapping[str, str]) -> TenantAccessError:
    """Return what the library says for *error*; the caller raises it from *error*."""
    if isinstance(error, Error):
        return driver_said(error.__cause__, doing, taken, is_integrity=isinstance(error, IntegrityError))
    return translated(error, doing, taken)
