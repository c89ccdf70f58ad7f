"""Records of reference sets, by tenant, set and key; and the revision that each write of a set raises."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tenantaccess.errors import UnreadableRowError
from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.records import ReferenceRecord, as_stored
from tenantaccess.ports.copying import RecordRepository
from tenantaccess.stores.sqlalchemy.columns import TEXT
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
        columns = ("tenant_id", "set_key", *RECORD)
        self.adds_at_once = dialect == "postgresql"
        """Whether a batch goes as one text, a quarter of the time of row by row there; else the driver is quick."""
        row = sa.func.json_array_elements(sa.cast(given("rows"), postgresql.JSON)).column_valued("row")
        places = (row.op("->>", return_type=TEXT)(sa.literal_column(str(place))) for place in range(len(RECORD)))
        self.add = sa.insert(record).from_select(columns, sa.select(given("tenant"), given("of_set"), *places))
        inserted = sa.insert(record).values({name: sa.bindparam(name) for name in columns})
        self.add_row = str(inserted.compile(dialect=sqlite.dialect(paramstyle="qmark")))
        self.put = sa.update(record).where(*these, record.c.record_key == given("key"))
        self.remove = sa.delete(record).where(*these, named)
        self.count = sa.select(sa.func.count()).select_from(record).where(*these)
        self.revision = sa.select(revised.c.revision).where(
            revised.c.tenant_id == given("tenant"), revised.c.set_key == given("of_set")
        )
        self.revise = upsert(dialect, revised, lambda old, _: {"revision": old.revision + 1})


_decoded: Final = json.JSONDecoder().raw_decode


def _record_of(found: Values) -> ReferenceRecord:
    key, label, content, refers, digest = found
    # The texts go along: a record that is only copied is not put into words again.
    return as_stored(key, label, _mapping(content), _mapping(refers), digest, (content, refers))


def _mapping(text: str) -> dict[Any, str]:
    if text == NOTHING:
        return {}
    found, end = _decoded(text)
    if not isinstance(found, dict) or end != len(text):
        raise ValueError("what is stored is no text by name")  # translated with the others
    return found


def _values(record: ReferenceRecord) -> tuple[str, str, str, str, str]:
    """Return the columns `RECORD` of one record."""
    kept = record.kept
    if not isinstance(kept, tuple):
        kept = (
            to_json(record.content) if record.content else NOTHING,
            to_json(record.refers) if record.refers else NOTHING,
        )
    return record.key, record.label, *kept, record.digest


class Revisions:
    """What tells one state of a set from the next: a number that rises with each write."""

    def __init__(self, sql: RecordSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def rise(self, tenant: TenantId, reference_set: ReferenceSetKey, count: int) -> None:
        """Raise that of a set in which *count* records were written, unless it was none."""
        if count:
            whole = {"tenant_id": tenant, "set_key": reference_set, "revision": 1}
            self._wire.write("raising a revision", self._sql.revise, **whole)


class Records(RecordRepository):
    """Records of one unit."""

    def __init__(self, sql: RecordSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire
        self.revisions = Revisions(sql, wire)

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
        batch = [_values(record) for record in records]
        if batch and self._sql.adds_at_once:
            whole = {"tenant": tenant, "of_set": reference_set}
            self._wire.write("adding records", self._sql.add, rows=json.dumps(batch), **whole)
        else:
            self._wire.write_rows("adding records", self._sql.add_row, [(tenant, reference_set, *row) for row in batch])
        self.revisions.rise(tenant, reference_set, len(batch))

    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """See the port."""
        whole = {"tenant": tenant, "of_set": reference_set}
        batch = [
            {**whole, "key": record.key, **dict(zip(RECORD[1:], _values(record)[1:], strict=True))}
            for record in records
        ]
        self._wire.write_each("changing records", self._sql.put, batch)
        self.revisions.rise(tenant, reference_set, len(batch))

    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        """See the port."""
        if not keys:
            return 0
        whole = {"tenant": tenant, "of_set": reference_set}
        count = self._wire.write("removing records", self._sql.remove, keys=list(keys), **whole)
        self.revisions.rise(tenant, reference_set, count)
        return count

    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        """See the port."""
        found = self._wire.rows("counting records", self._sql.count, tenant=tenant, of_set=reference_set)
        return int(found[0][0])

    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        """See the port: the revision, which only rises."""
        found = self._wire.first("reading a revision", self._sql.revision, tenant=tenant, of_set=reference_set)
        return "0" if found is None else str(found[0])

    def _read(
        self, statement: sa.Select[Any], tenant: TenantId, reference_set: ReferenceSetKey, **parameters: object
    ) -> Sequence[ReferenceRecord]:
        found = self._wire.rows("reading records", statement, tenant=tenant, of_set=reference_set, **parameters)
        try:
            return [_record_of(raw) for raw in found]
        except ValueError as error:
            # Never left out: a copy that passes over what it cannot read would call itself complete.
            raise UnreadableRowError(f"reading records of `{reference_set}` in tenant `{tenant}`") from error
