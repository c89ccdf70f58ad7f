"""Where the records of reference sets live, how they are copied within one store, and how far each copy has come."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from tenantaccess.ids import CopyJobId, ReferenceSetKey, TenantId
from tenantaccess.model.copying import Comparison, CopyJob, OnConflict, Slice
from tenantaccess.model.records import ReferenceRecord


class RecordRepository(Protocol):
    """
    The records of reference sets.  Promise: `testing.contracts.records`.

    A host may supply its own, over its own tables. It works in the unit's own transaction: what it writes is kept
    or undone with the unit.
    """

    @abstractmethod
    def page(
        self, tenant: TenantId, reference_set: ReferenceSetKey, after: str, limit: int
    ) -> Sequence[ReferenceRecord]:
        """Return up to *limit* records with keys above *after*, by key, in the order of code points."""
        ...

    @abstractmethod
    def find(
        self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]
    ) -> Sequence[ReferenceRecord]:
        """Return those of at most 1,000 *keys* that exist, by key."""
        ...

    @abstractmethod
    def add(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """Add *records*; `TakenError("record")` if a key is in use there, here or at commit."""
        ...

    @abstractmethod
    def put(self, tenant: TenantId, reference_set: ReferenceSetKey, records: Sequence[ReferenceRecord]) -> None:
        """Replace records that exist, by their keys."""
        ...

    @abstractmethod
    def remove(self, tenant: TenantId, reference_set: ReferenceSetKey, keys: Collection[str]) -> int:
        """Remove those of at most 1,000 *keys* that exist; return how many it were."""
        ...

    @abstractmethod
    def count(self, tenant: TenantId, reference_set: ReferenceSetKey) -> int:
        """Return how many records there are."""
        ...

    @abstractmethod
    def fingerprint(self, tenant: TenantId, reference_set: ReferenceSetKey) -> str:
        """
        Return what the set is recognised by: 1 to 200 visible ASCII characters.

        It is another one after every write that changed a record, and never again one that it was before.
        """
        ...


class SetBasedCopying(Protocol):
    """
    Copying within the store, without reading a record.  Promise: `testing.contracts.slices`.

    For whole sets that refer to no other and have no check of their own; what it leads to is what reading and
    writing each record leads to.
    """

    @abstractmethod
    def compare(self, source: TenantId, target: TenantId, reference_set: ReferenceSetKey) -> Comparison:
        """Return what copying the set would do, with the first few samples of each verdict by key."""
        ...

    @abstractmethod
    def copy(
        self,
        source: TenantId,
        target: TenantId,
        reference_set: ReferenceSetKey,
        after: str,
        limit: int,
        on_conflict: OnConflict,
    ) -> Slice:
        """
        Copy up to *limit* records of *source* with keys above *after*, by key, into *target*.

        With `OnConflict.FAIL` nothing is written if one of them conflicts; the tally tells how many do.
        """
        ...


class CopyJobRepository(Protocol):
    """How far each copy has come.  Promise: `testing.contracts.copy_jobs`."""

    @abstractmethod
    def add(self, job: CopyJob) -> None:
        """
        Add it under its source; its tenants exist already.

        `ConflictError`, not to be tried again, if its id is in use under any source, here or at commit: ids are made
        from the keys of calls, so the key was used for another copy.
        """
        ...

    @abstractmethod
    def find(self, source: TenantId, job: CopyJobId) -> CopyJob | None:
        """Return it; None if absent, or a job of another source."""
        ...

    @abstractmethod
    def advance(self, seen: CopyJob, to: CopyJob) -> bool:
        """
        Move a job from *seen* to *to* in one conditional write; False, and nothing else, if it has moved on.

        What is compared is state and cursor; what moves is state, reason, cursor, tallies and end. Moving to *seen*
        itself holds the job, so that of two units that go on with it the later is told. A store that applies at
        commit may answer True here and raise `ConflictError(retryable=True)` from `commit`.
        """
        ...

    @abstractmethod
    def page(self, tenant: TenantId, after: tuple[datetime, CopyJobId] | None, limit: int) -> Sequence[CopyJob]:
        """
        Return up to *limit* jobs of which *tenant* is the source or a target, the newest first.

        After the moment and id *after*; of equal age by descending id.
        """
        ...
