"""The heads of streams: the compare-and-set that guards every change."""

import sqlalchemy as sa

from tenantaccess.ids import TENANT, StreamId
from tenantaccess.model.tenants import Head
from tenantaccess.ports.records import StreamRepository
from tenantaccess.stores.sqlalchemy.rows import head_values
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count
from tenantaccess.stores.sqlalchemy.wire import Wire


class _HeadSql:
    def __init__(self, table: sa.Table, key: str) -> None:
        this = table.c[key] == given("stream")
        self.head = sa.select(table.c.version, table.c.digest, table.c.head_at).where(this)
        # Weaker than FOR UPDATE, so that foreign keys to this row need not wait; equally strong among writers.
        self.lock = sa.select(table.c.version).where(this).with_for_update(key_share=True)
        self.advance = sa.update(table).where(this, table.c.version == given_count("seen"))


class StreamSql:
    """The statements about heads, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        self.waits_at_begin = dialect == "sqlite"
        """Whether beginning to write waits for every other writer, so that there is nothing left to lock."""
        self._tenant = _HeadSql(tables.tenant, "tenant_id")
        self._principal = _HeadSql(tables.principal, "principal_id")

    def of(self, stream: StreamId) -> _HeadSql:
        """Return the statements of the table that holds *stream*'s head."""
        return self._tenant if stream.startswith(TENANT) else self._principal


class Streams(StreamRepository):
    """Heads of one unit."""

    def __init__(self, sql: StreamSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def head(self, stream: StreamId) -> Head | None:
        """See the port."""
        found = self._wire.first("reading a head", self._sql.of(stream).head, stream=stream)
        return None if found is None else Head(stream, *found)

    def lock(self, stream: StreamId) -> None:
        """See the port."""
        if not self._sql.waits_at_begin:
            self._wire.rows("locking a stream", self._sql.of(stream).lock, stream=stream)

    def advance(self, seen: Head, to: Head) -> bool:
        """See the port; a stream that was never written to gets its row from whoever adds it."""
        if seen.version == 0 and self.head(seen.stream) is None:
            return True
        statement = self._sql.of(seen.stream).advance
        doing = "advancing a stream"
        return self._wire.write(doing, statement, stream=seen.stream, seen=seen.version, **head_values(to)) == 1
