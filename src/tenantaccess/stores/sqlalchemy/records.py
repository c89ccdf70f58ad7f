"""Records of reference sets, by tenant, set and key; and the revision that each write of a set raises."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from tenantaccess.errors import InvalidInputError, StoreError
from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.copying import RecordRepository
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_any, given_count
from tenantaccess.stores.sqlalchemy.upsert import upsert
from tenantaccess.stores.sqlalchemy.values import Values, to_json
from tenantaccess.stores.sqlalchemy.wire import Wire

RECORD: Final = ("record_key", "label", "content", "refers", "digest")
NOTHING: Final = "{}"


class RecordSql:
    """The statements about records, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        record, revised = tables.record, tables.record_set
        these = (record.c.tenant_id == given("tenant"), record.c.set_key == given("of_set"))
        named = record.c.record_key.in_(given_any("keys"))
        all_of = sa.select(*(record.c[name] for name in RECORD)).where(*these).order_by(record.c.record_key)
        self.page = all_of.where(record.c.record_key > given("after")).limit(given_count("limit"))
        self.find = all_of.where(named)
        self.add = sa.insert(record)
        self.put = sa.update(record).where(*these, record.c.record_key == given("key"))
        self.remove = sa.delete(record).where(*these, named)
        self.count = sa.select(sa.func.count()).select_from(record).where(*these)
        self.revision = sa.select(revised.c.revision).where(
            revised.c.tenant_id == given("tenant"), revised.c.set_key == given("of_set")
        )
        self.revise = upsert(dialect, revised, lambda old, _: {"revision": old.revision + 1})


def _record_of(found: Values) -> ReferenceRecord:
    key, label, content, refers, digest = found
    record = ReferenceRecord(
        key, label, {} if content == NOTHING else json.loads(content), {} if refers == NOTHING else json.loads(refers)
    )
    return record.known_by(digest)


def _values(record: ReferenceRecord) -> dict[str, Any]:
    return {
        "label": record.label,
        "content": to_json(record.content) if record.content else NOTHING,
        "refers": to_json(record.refers) if record.refers else NOTHING,
        "digest": record.digest,
    }


class Records(RecordRepository):
    """Records of one unit."""

    def __init__(self, sql: RecordSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def page(
        self, tenant: TenantId, reference_set: ReferenceSetKey, after: str, limit: int
    ) -> Sequence[ReferenceRecord]:
        """See the port."""
        return self._read(self._sql.page, tenant, reference_set, after=after, limit=limit)

    def find(
        self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]
    ) -> Sequence[ReferenceRecord]:
        """See the port."""
        return self._read(self._sql.find, tenant, reference_set, keys=list(keys)) if keys else ()

    def add(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """See the port."""
        whole = {"tenant_id": tenant, "set_key": reference_set}
        batch = [{**whole, "record_key": record.key, **_values(record)} for record in records]
        self._wire.write_each("adding records", self._sql.add, batch)
        self.revise(tenant, reference_set, len(batch))

    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """See the port."""
        whole = {"tenant": tenant, "of_set": reference_set}
        batch = [{**whole, "key": record.key, **_values(record)} for record in records]
        self._wire.write_each("changing records", self._sql.put, batch)
        self.revise(tenant, reference_set, len(batch))

    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        """See the port."""
        if not keys:
            return 0
        whole = {"tenant": tenant, "of_set": reference_set}
        count = self._wire.write("removing records", self._sql.remove, keys=list(keys), **whole)
        self.revise(tenant, reference_set, count)
        return count

    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        """See the port."""
        found = self._wire.rows("counting records", self._sql.count, tenant=tenant, of_set=reference_set)
        return int(found[0][0])

    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        """See the port: the revision, which only rises."""
        found = self._wire.first("reading a revision", self._sql.revision, tenant=tenant, of_set=reference_set)
        return "0" if found is None else str(found[0])

    def revise(self, tenant: TenantId, reference_set: ReferenceSetKey, count: int) -> None:
        """Raise the revision of a set in which *count* records were written, unless it was none."""
        if count:
            whole = {"tenant_id": tenant, "set_key": reference_set, "revision": 1}
            self._wire.write("raising a revision", self._sql.revise, **whole)

    def _read(
        self, statement: sa.Select[Any], tenant: TenantId, reference_set: ReferenceSetKey, **parameters: object
    ) -> Sequence[ReferenceRecord]:
        found = self._wire.rows("reading records", statement, tenant=tenant, of_set=reference_set, **parameters)
        try:
            return [_record_of(raw) for raw in found]
        except (ValueError, InvalidInputError) as error:
            # Never left out: a copy that passes over what it cannot read would call itself complete.
            raise StoreError(f"reading records of `{reference_set}` in tenant `{tenant}`") from error
