"""The store: it opens units of work, all or nothing, and answers the one question that must be quick."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

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


class KeptHere(Protocol):
    """The compiled rows of one tenant that a store has at hand."""

    @abstractmethod
    def __getitem__(self, principal: PrincipalId) -> Standing | None:
        """Return one; None if there is no row."""
        ...

    @abstractmethod
    def everybody(self) -> Iterable[tuple[PrincipalId, Standing]]:
        """Return all, by principal, those that are gone included."""
        ...


class Kept(Protocol):
    """The compiled rows that a store has at hand, as of any time; one that keeps none has all of them missing."""

    @abstractmethod
    def __getitem__(self, tenant: TenantId) -> KeptHere:
        """Return those of a tenant; raises `KeyError` where `Store.standing` and `Unit.queries` must be asked."""
        ...

    @abstractmethod
    def everywhere(self, principal: PrincipalId) -> Iterable[tuple[TenantId, Standing]]:
        """Return all of a principal, by tenant; raises `KeyError` likewise."""
        ...


class NothingKept:
    """What a store has at hand that compiles each row anew."""

    def __getitem__(self, tenant: TenantId) -> KeptHere:
        """Send the question to the store."""
        raise KeyError(tenant)

    def everywhere(self, principal: PrincipalId) -> Iterable[tuple[TenantId, Standing]]:
        """Send the question to the store."""
        raise KeyError(principal)


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
    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:
        """Return what is at hand by *compile_row*, looked into before anything is asked; `NothingKept` if nothing."""
        ...


@runtime_checkable
class TellsOfCommits(Protocol):
    """A store that learns when the host's transaction, which its units are savepoints of, has committed."""

    @abstractmethod
    def after_commit(self, run: Callable[[], None]) -> None:
        """Call *run* once the transaction that the caller is in has committed; never if it is undone."""
        ...
