"""Insert or change, or insert or leave alone, in one statement: both engines can, each in its own words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    dialect: str,
    table: sa.Table,
    changes: Callable[[Any, Any], Mapping[str, Any]],
    where: sa.ColumnElement[bool] | None = None,
) -> postgresql.Insert | sqlite.Insert:
    """
    Return an insert into *table* that, where the primary key is there, makes *changes* of (old, new) columns.

    With *where*, a row that it does not hold for is left alone, and the statement touches none.
    """
    insert = _insert(dialect, table)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_=changes(table.c, insert.excluded), where=where
    )


def insert_unless(
    dialect: str, table: sa.Table, columns: Sequence[str], where: sa.TextClause
) -> postgresql.Insert | sqlite.Insert:
    """Return an insert into *table* that touches no row where the unique index on *columns* and *where* refuses."""
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=columns, index_where=where)


def _insert(dialect: str, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
