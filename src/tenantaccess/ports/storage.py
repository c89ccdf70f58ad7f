"""The store: it opens units of work, all or nothing, and answers the one question that must be quick."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import attrs

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.copying import CopyJobRepository, RecordRepository, SetBasedCopying
from tenantaccess.ports.erasure import ErasureRepository
from tenantaccess.ports.records import (
    AccessLogRepository,
    AttemptRepository,
    EventRepository,
    NoticeRepository,
    StreamRepository,
    TokenRepository,
)
from tenantaccess.ports.repositories import (
    ActivityRepository,
    CredentialRepository,
    DirectoryQueries,
    InvitationRepository,
    MembershipQueries,
    MembershipRepository,
    PrincipalRepository,
    RoleRepository,
    TenantRepository,
)


@attrs.frozen
class Unit:
    """
    One unit of work: the repositories, all seeing and writing together.

    Nothing is kept unless `commit` is called and returns; leaving without it undoes everything. What `commit`
    raises tells: `ConflictError(retryable=True)` and `TakenError` that nothing was kept, `StoreError` that the
    outcome is unknown. A unit is spent after `commit`, and after any error that a repository raised.
    """

    tenants: TenantRepository
    principals: PrincipalRepository
    credentials: CredentialRepository
    memberships: MembershipRepository
    queries: MembershipQueries
    directory: DirectoryQueries
    activity: ActivityRepository
    roles: RoleRepository
    invitations: InvitationRepository
    records: RecordRepository
    slices: SetBasedCopying | None
    """None where the store, or a host's own tables of records, cannot copy within itself."""
    copy_jobs: CopyJobRepository
    streams: StreamRepository
    events: EventRepository
    access_log: AccessLogRepository
    notices: NoticeRepository
    tokens: TokenRepository
    attempts: AttemptRepository
    erasure: ErasureRepository
    commit: Callable[[], None]


class Store(Protocol):
    """All that a host plugs in.  Promise: `testing.contracts`."""

    @property
    @abstractmethod
    def is_hosted(self) -> bool:
        """Whether units run inside a host's transaction: then they are savepoints and never commit it."""
        ...

    @abstractmethod
    def begin(self) -> AbstractContextManager[Unit]:
        """Open a unit that may write. Leaving the block without `commit` undoes it; errors pass through."""
        ...

    @abstractmethod
    def reading(self) -> AbstractContextManager[Unit]:
        """Open a unit that only reads and takes no write lock."""
        ...

    @abstractmethod
    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """
        Return what the row of *principal* in *tenant* amounts to, by *compile_row*; None if there is no row.

        One statement. A store that keeps compiled values must drop them with the commit that changes what
        they came from (INV-05).
        """
        ...

    @abstractmethod
    def kept(
        self, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Mapping[TenantId, Mapping[PrincipalId, Standing | None]]:
        """
        Return what is at hand of `standing` by *compile_row*, at any time: looked into before it is called.

        None says that there is no row, and a missing key that `standing` must be asked; without values kept, every
        key is missing.
        """
        ...
