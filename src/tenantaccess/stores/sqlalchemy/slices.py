"""Copying within the database: slices by key, each a few statements whatever its size."""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.copying import SAMPLE_LIMIT, Comparison, OnConflict, Sample, Slice, Tally, Verdict
from tenantaccess.ports.copying import SetBasedCopying
from tenantaccess.stores.sqlalchemy.records import Records
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_count
from tenantaccess.stores.sqlalchemy.wire import Wire

CONTENT = ("label", "content", "refers", "digest")


class SliceSql:
    """The statements of copying, built once: ``s`` is the source's record, ``t`` the target's."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        record = tables.record
        here, there = record.alias("s"), record.alias("t")
        of_source = sa.and_(here.c.tenant_id == given("source"), here.c.set_key == given("of_set"))
        behind = sa.and_(of_source, here.c.record_key > given("after"))
        in_slice = sa.and_(behind, here.c.record_key <= given("last"))
        same_key = sa.and_(
            there.c.tenant_id == given("target"),
            there.c.set_key == given("of_set"),
            there.c.record_key == here.c.record_key,
        )
        taken = (
            sa.select(here.c.record_key)
            .where(behind)
            .order_by(here.c.record_key)
            .limit(given_count("limit"))
            .subquery()
        )
        differs = there.c.digest != here.c.digest
        bounds = sa.select(sa.func.max(taken.c.record_key).label("last"), sa.func.count().label("count")).subquery()
        met = sa.exists().where(
            there.c.tenant_id == given("target"),
            there.c.set_key == given("of_set"),
            there.c.record_key > given("after"),
            there.c.record_key <= bounds.c.last,
        )
        self.bounds = sa.select(bounds.c.last, bounds.c.count, met)
        self.conflicts = sa.select(sa.func.count()).select_from(here.join(there, same_key)).where(in_slice, differs)
        columns = ("tenant_id", "set_key", "record_key", *CONTENT)
        whole = sa.select(
            given("target"), here.c.set_key, here.c.record_key, *(here.c[name] for name in CONTENT)
        ).where(in_slice)
        if dialect == "postgresql":
            missing = sa.insert(record).from_select(columns, whole.where(~sa.exists().where(same_key)))
        else:  # left to the primary key, which looks anyway: asking first takes SQLite a third longer
            missing = sqlite.insert(record).from_select(columns, whole).on_conflict_do_nothing()
        # Of an insert, SQLAlchemy keeps the count of rows only when asked to.
        self.add_missing = missing.execution_options(preserve_rowcount=True)
        self.add = sa.insert(record).from_select(columns, whole).execution_options(preserve_rowcount=True)
        self.put = (
            sa.update(record)
            .values({name: here.c[name] for name in CONTENT})
            .where(
                in_slice,
                record.c.tenant_id == given("target"),
                record.c.set_key == given("of_set"),
                record.c.record_key == here.c.record_key,
                record.c.digest != here.c.digest,
            )
        )
        both = here.outerjoin(there, same_key)
        equal = sa.func.coalesce(sa.func.sum(sa.case((there.c.digest == here.c.digest, 1), else_=0)), 0)
        self.compare = (
            sa.select(sa.func.count(), sa.func.count(there.c.record_key), equal).select_from(both).where(of_source)
        )
        sample = (
            sa.select(here.c.record_key, here.c.label, sa.func.coalesce(there.c.label, ""))
            .select_from(both)
            .where(of_source)
            .order_by(here.c.record_key)
            .limit(SAMPLE_LIMIT)
        )
        self.samples = {
            Verdict.NEW: sample.where(there.c.record_key.is_(None)),
            Verdict.IDENTICAL: sample.where(there.c.digest == here.c.digest),
            Verdict.CONFLICTING: sample.where(differs),
        }


class Slices(SetBasedCopying):
    """Copying of one unit."""

    def __init__(self, sql: SliceSql, records: Records, wire: Wire) -> None:
        self._sql = sql
        self._records = records
        self._wire = wire

    def compare(self, source: TenantId, target: TenantId, reference_set: ReferenceSetKey) -> Comparison:
        """See the port; one statement for the counts, and one for the samples of each verdict there is."""
        ends = {"source": source, "target": target, "of_set": reference_set}
        ((whole, met, equal),) = self._wire.rows("comparing records", self._sql.compare, **ends)
        counts = {Verdict.NEW: whole - met, Verdict.IDENTICAL: int(equal), Verdict.CONFLICTING: met - int(equal)}
        samples = {
            verdict.value: tuple(
                Sample(key, label, there if verdict is Verdict.CONFLICTING else "")
                for key, label, there in self._wire.rows("sampling records", self._sql.samples[verdict], **ends)
            )
            for verdict, count in counts.items()
            if count
        }
        return Comparison(
            target, reference_set, samples=samples, **{verdict.value: count for verdict, count in counts.items()}
        )

    def copy(
        self,
        source: TenantId,
        target: TenantId,
        reference_set: ReferenceSetKey,
        after: str,
        limit: int,
        on_conflict: OnConflict,
    ) -> Slice:
        """See the port; what is there already is looked at only where something is."""
        ends = {"source": source, "target": target, "of_set": reference_set, "after": after}
        ((last, count, is_met),) = self._wire.rows("measuring a slice", self._sql.bounds, limit=limit, **ends)
        if not count:
            return Slice(Tally(), after, is_last=True)
        whole = {**ends, "last": last}
        conflicting = self._conflicting(whole) if is_met and on_conflict is not OnConflict.UPDATE else 0
        if conflicting and on_conflict is OnConflict.FAIL:
            return Slice(Tally(conflicting=conflicting), after, is_last=False)
        # Where the target has nothing yet, there is nothing to pass over: an eighth to a third quicker.
        added = self._wire.write("copying records", self._sql.add_missing if is_met else self._sql.add, **whole)
        updated = 0
        if is_met and on_conflict is OnConflict.UPDATE:
            updated = self._wire.write("updating records", self._sql.put, **whole)
        self._records.revisions.rise(target, reference_set, added + updated)
        tally = Tally(added, updated, count - added - updated - conflicting, conflicting)
        return Slice(tally, last, is_last=count < limit)

    def _conflicting(self, whole: dict[str, str]) -> int:
        return int(self._wire.rows("counting conflicts", self._sql.conflicts, **whole)[0][0])
