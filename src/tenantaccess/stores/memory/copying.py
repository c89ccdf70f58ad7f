"""Records of reference sets, and copy jobs, in memory."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from tenantaccess.errors import ConflictError, TakenError, TenantAccessError
from tenantaccess.ids import CopyJobId, ReferenceSetKey, TenantId
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.stores.memory.tables import SetOf, Tables


def _taken() -> TenantAccessError:
    return TakenError("record")


def _used() -> TenantAccessError:
    return ConflictError("the key was used for another command; what it stands for")


class MemoryReferenceRecords:
    """Records by tenant and set; each write raises the revision of its set."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def page(
        self, tenant: TenantId, reference_set: ReferenceSetKey, after: str, limit: int
    ) -> Sequence[ReferenceRecord]:
        """Return records by key."""
        whole = (tenant, reference_set)
        with self.tables.lock:
            keys = self._sorted(whole)
            first = bisect_right(keys, after)
            return self._found(whole, keys[first : first + limit])

    def find(
        self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]
    ) -> Sequence[ReferenceRecord]:
        """Return those that exist."""
        return self._found((tenant, reference_set), sorted(set(keys)))

    def add(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """Add them."""
        whole = (tenant, reference_set)
        for record in records:
            if self.tables.reference_records.get(whole, record.key) is not None:
                raise TakenError("record")
            self.tables.reference_records.expect(whole, record.key, None, _taken)
            self.tables.reference_records.put(whole, record.key, record)
        self._raise(whole, len(records))

    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """Replace them."""
        whole = (tenant, reference_set)
        there = [record for record in records if self.tables.reference_records.get(whole, record.key) is not None]
        for record in there:
            self.tables.reference_records.put(whole, record.key, record)
        self._raise(whole, len(there))

    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        """Remove them."""
        whole = (tenant, reference_set)
        there = self._found(whole, sorted(set(keys)))
        for record in there:
            self.tables.reference_records.put(whole, record.key, None)
        self._raise(whole, len(there))
        return len(there)

    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        """Count them."""
        return self.tables.reference_records.count((tenant, reference_set))

    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        """Return the revision."""
        return str(self._revision((tenant, reference_set)) or 0)

    def _revision(self, whole: SetOf) -> int | None:
        return self.tables.record_revisions.get("", whole)

    def _raise(self, whole: SetOf, count: int) -> None:
        """Raise the revision by one; of two units that do, the second to commit is refused, and tries again."""
        if count:
            seen = self._revision(whole)
            self.tables.record_revisions.expect("", whole, seen)
            self.tables.record_revisions.put("", whole, (seen or 0) + 1)

    def _sorted(self, whole: SetOf) -> list[str]:
        """Return all keys in order; sorted once for each revision, unless this unit has written to the set."""
        if whole in self.tables.record_revisions.mine.get("", {}):
            return sorted(self.tables.reference_records.group(whole))
        revision = self._revision(whole)
        found = self.tables.overlay.database.sorted_keys.get(whole)
        if found is None or found[0] != revision:
            found = (revision, sorted(self.tables.reference_records.group(whole)))
            self.tables.overlay.database.sorted_keys[whole] = found
        return found[1]

    def _found(self, whole: SetOf, keys: Sequence[str]) -> list[ReferenceRecord]:
        found = (self.tables.reference_records.get(whole, key) for key in keys)
        return [record for record in found if record is not None]


class MemoryCopyJobs:
    """Copy jobs by id, and which of them each tenant has a part in."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def add(self, job: CopyJob) -> None:
        """Add it."""
        if self.tables.copy_jobs.get("", job.id) is not None:
            raise _used()
        self.tables.copy_jobs.expect("", job.id, None, _used)
        self.tables.copy_jobs.put("", job.id, job)
        for tenant in (job.source, *job.targets):
            self.tables.copy_jobs_of.put(tenant, job.id, True)  # noqa: FBT003  # the table's value: it is one of them

    def find(self, source: TenantId, job: CopyJobId) -> CopyJob | None:
        """Return it."""
        found = self.tables.copy_jobs.get("", job)
        return None if found is None or found.source != source else found

    def advance(self, seen: CopyJob, to: CopyJob) -> bool:
        """Move it on, if it is still where it was seen."""
        found = self.find(seen.source, seen.id)
        if found is None or (found.state, found.cursor) != (seen.state, seen.cursor):
            return False
        self.tables.copy_jobs.expect("", seen.id, found)
        self.tables.copy_jobs.put("", seen.id, _moved(found, to))
        return True

    def page(self, tenant: TenantId, after: tuple[datetime, CopyJobId] | None, limit: int) -> Sequence[CopyJob]:
        """Return jobs, the newest first."""
        found = (self.tables.copy_jobs.get("", job) for job in self.tables.copy_jobs_of.group(tenant))
        jobs = sorted((job for job in found if job is not None), key=_place, reverse=True)
        return [job for job in jobs if after is None or _place(job) < after][:limit]


def _moved(job: CopyJob, to: CopyJob) -> CopyJob:
    return attrs.evolve(job, state=to.state, why=to.why, cursor=to.cursor, tallies=to.tallies, ended_at=to.ended_at)


def _place(job: CopyJob) -> tuple[datetime, CopyJobId]:
    return job.started_at, job.id
