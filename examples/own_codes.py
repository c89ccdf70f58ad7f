"""
A host's own tables of codes: they stay where they are, and are copied between its clinics all the same.

The host has had its fee schedule for years, in tables of its own. It gives the store a repository over them; plans,
copies and events are the library's, and commit in the same transaction as the host's rows.

Run it: python examples/own_codes.py
"""
# ruff: noqa: INP001, T201, D102  # a script: it stands alone, and it prints; what a method does, its port says

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from tenantaccess import (
    Catalog,
    ConflictError,
    NewUsername,
    OnConflict,
    Operator,
    ReferenceRecord,
    ReferenceSet,
    Resource,
    TakenError,
    TenantAccess,
    TenantId,
)
from tenantaccess.commands import AppointManager, OpenTenant
from tenantaccess.ids import ReferenceSetKey
from tenantaccess.ports.copying import RecordRepository
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables

# --- what the host has had all along ---

METADATA = sa.MetaData()
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # codes are sorted and compared by their characters

PAYER = sa.Table(
    "insurance_payer",
    METADATA,
    sa.Column("clinic", KEY, primary_key=True),
    sa.Column("number", KEY, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)
FEE = sa.Table(
    "fee_schedule",
    METADATA,
    sa.Column("clinic", KEY, primary_key=True),
    sa.Column("code", KEY, primary_key=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("fee", sa.Text, nullable=False),
    sa.Column("payer", KEY, nullable=True),
)

# --- what it adds: how often each set was written to, and a repository ---

WRITES = sa.Table(
    "code_writes",
    METADATA,
    sa.Column("clinic", KEY, primary_key=True),
    sa.Column("name", KEY, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

OURS = tables(METADATA, "access_")
"""The library's tables, beside the host's, and in the host's migrations."""


@attrs.frozen(eq=False)
class Shape:
    """How the rows of one table are records: which column is the key, the label, a field, a reference."""

    key: sa.Column[Any]
    label: sa.Column[Any]
    fields: Mapping[str, sa.Column[Any]] = attrs.field(factory=dict)
    refers: Mapping[ReferenceSetKey, sa.Column[Any]] = attrs.field(factory=dict)

    @property
    def columns(self) -> Sequence[sa.Column[Any]]:
        return self.key, self.label, *self.fields.values(), *self.refers.values()

    def record(self, row: Mapping[Any, Any]) -> ReferenceRecord:
        fields = {name: row[column] for name, column in self.fields.items()}
        refers = {name: row[column] for name, column in self.refers.items() if row[column] is not None}
        return ReferenceRecord(row[self.key], row[self.label], fields, refers)

    def values(self, record: ReferenceRecord) -> dict[str, Any]:
        return {
            self.key.name: record.key,
            self.label.name: record.label,
            **{column.name: record.content[name] for name, column in self.fields.items()},
            **{column.name: record.refers.get(name) for name, column in self.refers.items()},
        }


PAYERS, FEES = ReferenceSetKey("insurance_payers"), ReferenceSetKey("fees")
SHAPES = {
    PAYERS: Shape(PAYER.c.number, PAYER.c.name),
    FEES: Shape(FEE.c.code, FEE.c.description, {"fee": FEE.c.fee}, {PAYERS: FEE.c.payer}),
}


class HostCodes(RecordRepository):
    """The host's codes, on the connection and in the transaction of one unit of work."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(
        self, tenant: TenantId, reference_set: ReferenceSetKey, after: str, limit: int
    ) -> Sequence[ReferenceRecord]:
        shape = SHAPES[reference_set]
        return self._read(shape, self._of(tenant, shape).where(shape.key > after).limit(limit))

    def find(
        self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]
    ) -> Sequence[ReferenceRecord]:
        shape = SHAPES[reference_set]
        return self._read(shape, self._of(tenant, shape).where(shape.key.in_(keys)))

    def add(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        shape = SHAPES[reference_set]
        rows = [{"clinic": tenant, **shape.values(record)} for record in records]
        if rows:
            try:
                self._connection.execute(sa.insert(shape.key.table), rows)
            except sa.exc.IntegrityError as error:
                raise TakenError("record") from error
            self._wrote(tenant, reference_set)

    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        shape = SHAPES[reference_set]
        found = 0
        for record in records:
            named = shape.key.table.c.clinic == tenant, shape.key == record.key
            changed = sa.update(shape.key.table).where(*named).values(shape.values(record))
            found += self._connection.execute(changed).rowcount
        if found:
            self._wrote(tenant, reference_set)

    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        shape = SHAPES[reference_set]
        named = shape.key.table.c.clinic == tenant, shape.key.in_(keys)
        found = self._connection.execute(sa.delete(shape.key.table).where(*named)).rowcount
        if found:
            self._wrote(tenant, reference_set)
        return found

    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        table = SHAPES[reference_set].key.table
        counted = sa.select(sa.func.count()).select_from(table).where(table.c.clinic == tenant)
        return int(self._connection.execute(counted).scalar_one())

    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        named = WRITES.c.clinic == tenant, WRITES.c.name == reference_set
        return str(self._connection.execute(sa.select(WRITES.c.count).where(*named)).scalar() or 0)

    def _of(self, tenant: TenantId, shape: Shape) -> sa.Select[Any]:
        return sa.select(*shape.columns).where(shape.key.table.c.clinic == tenant).order_by(shape.key)

    def _read(self, shape: Shape, wanted: sa.Select[Any]) -> Sequence[ReferenceRecord]:
        return [shape.record(row) for row in self._connection.execute(wanted).mappings()]

    def _wrote(self, tenant: TenantId, reference_set: ReferenceSetKey) -> None:
        """Count the write, so that a copy that was planned before it is told."""
        named = WRITES.c.clinic == tenant, WRITES.c.name == reference_set
        counted = sa.update(WRITES).where(*named).values(count=WRITES.c.count + 1)
        if not self._connection.execute(counted).rowcount:
            try:
                self._connection.execute(sa.insert(WRITES).values(clinic=tenant, name=reference_set, count=1))
            except sa.exc.IntegrityError as error:  # somebody else counted the first write of all
                raise ConflictError("the codes", retryable=True) from error


CATALOG = Catalog(
    resources=[Resource("manage_account", "Manage account"), Resource("codes", "Codes and payers")],
    managed_by="manage_account",
    reference_sets=[
        ReferenceSet(PAYERS, "Insurance payers", resource="codes"),
        ReferenceSet(FEES, "Fee schedule", resource="codes", refers_to=[PAYERS]),
    ],
)


def main(url: str = "sqlite://") -> None:
    """Copy the fee schedule of one clinic to another one that has a payer of its own."""
    store = SQLAlchemyStore(url, tables=OURS, records=HostCodes)
    METADATA.create_all(store.engine)
    access = TenantAccess(store, CATALOG)

    sales = Operator("sales")
    riverside = access.execute(OpenTenant("Riverside", manager=NewUsername("lee", "lee's password")), by=sales)
    lakeside = access.execute(OpenTenant("Lakeside"), by=sales).tenant_id
    lee = riverside.manager_id
    access.execute(AppointManager(lakeside, lee), by=sales)

    with store.engine.begin() as connection:  # the host's own screens write as they always have, and count it
        codes = HostCodes(connection)
        codes.add(riverside.tenant_id, PAYERS, [ReferenceRecord("BCBS", "Blue Cross")])
        visit = ReferenceRecord("99213", "Office visit", {"fee": "92.00"}, {PAYERS: "BCBS"})
        codes.add(riverside.tenant_id, FEES, [visit, ReferenceRecord("99214", "Longer visit", {"fee": "131.00"})])
        codes.add(lakeside, FEES, [ReferenceRecord("99214", "Long visit", {"fee": "120.00"})])

    plan = access.copying.plan(riverside.tenant_id, [lakeside], [FEES, PAYERS], by=lee)
    for one in plan.comparisons:
        print(f"{one.set}: {one.new} new, {one.conflicting} conflicting")
    done = access.copying.run(plan, on_conflict=OnConflict.SKIP, by=lee)
    print(f"{done.job.state.value}: {done.total.added} added, {done.total.conflicting} kept as they were")

    with store.engine.connect() as connection:
        fees = sa.select(FEE.c.code, FEE.c.fee, FEE.c.payer).where(FEE.c.clinic == lakeside).order_by(FEE.c.code)
        for code, fee, payer in connection.execute(fees):
            print("the host's own row:", code, fee, payer)
    store.dispose()


if __name__ == "__main__":
    main()
