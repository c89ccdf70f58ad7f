"""Making tables: explicit names for every constraint and index, whatever the host's `MetaData` would call them."""

from collections.abc import Iterable
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.sql.elements import conv


@attrs.frozen
class Maker:
    """Makes tables and constraints whose names are final, whatever convention the host's `MetaData` has."""

    metadata: sa.MetaData
    prefix: str
    schema: str | None

    def table(self, name: str, *parts: sa.Column[Any] | sa.Constraint | sa.Index, rowid: bool = False) -> sa.Table:
        """Return a table clustered by its primary key on SQLite, unless it is to have a *rowid*."""
        made = sa.Table(f"{self.prefix}{name}", self.metadata, *parts, schema=self.schema, sqlite_with_rowid=rowid)
        made.primary_key.name = conv(f"pk_{self.prefix}{name}")
        return made

    def refers(self, name: str, to: str, columns: Iterable[str], keys: Iterable[str]) -> sa.ForeignKeyConstraint:
        """Return the foreign key *name* to the table called *to*."""
        whole = f"{self.schema}.{self.prefix}{to}" if self.schema else f"{self.prefix}{to}"
        return sa.ForeignKeyConstraint(
            list(columns), [f"{whole}.{key}" for key in keys], name=conv(f"fk_{self.prefix}{name}")
        )

    def refers_to(self, name: str, columns: Iterable[str], keys: Iterable[sa.Column[Any]]) -> sa.ForeignKeyConstraint:
        """Return the foreign key *name* to columns of the host's."""
        return sa.ForeignKeyConstraint(list(columns), list(keys), name=conv(f"fk_{self.prefix}{name}"))

    def unique(self, name: str, *columns: str) -> sa.UniqueConstraint:
        """Return the unique constraint *name*."""
        return sa.UniqueConstraint(*columns, name=conv(f"uq_{self.prefix}{name}"))

    def check(self, name: str, rule: str) -> sa.CheckConstraint:
        """Return the check *name*."""
        return sa.CheckConstraint(rule, name=conv(f"ck_{self.prefix}{name}"))

    def index(self, name: str, *columns: str) -> sa.Index:
        """Return the index *name*."""
        return sa.Index(conv(f"ix_{self.prefix}{name}"), *columns)

    def unique_where(self, name: str, *columns: str, where: sa.TextClause) -> sa.Index:
        """Return the index *name*, which allows one row for each value of *columns* among those that *where* picks."""
        name = conv(f"ix_{self.prefix}{name}")
        return sa.Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)
