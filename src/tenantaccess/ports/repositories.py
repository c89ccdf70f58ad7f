"""Where tenants, principals, credentials, memberships and roles live."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from tenantaccess.ids import InvitationId, LevelKey, PrincipalId, ResourceKey, RoleKey, SchemeKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.directory import MemberSort, Place, Wanted
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant


@attrs.frozen
class Loaded:
    """
    The facts of one tenant that a command names, all of one version.

    Args:
        tenant: The tenant itself.
        head: Its version; what a commit compares (INV-06).
        rows: By principal: each row asked for that exists, tombstones included, with role, base and principal.
    """

    tenant: Tenant
    head: Head
    rows: Mapping[PrincipalId, Row]


class TenantRepository(Protocol):
    """Where tenants live.  Promise: `testing.contracts.tenants`."""

    @abstractmethod
    def find(self, tenant: TenantId) -> tuple[Tenant, Head] | None:
        """Return it with its head; None if absent."""
        ...

    @abstractmethod
    def find_by_external_id(self, scheme: SchemeKey, value: str) -> TenantId | None:
        """Return who carries the normalised *value* under *scheme*; None if nobody."""
        ...

    @abstractmethod
    def add(self, tenant: Tenant, head: Head) -> None:
        """Add it; `TakenError("external id")` if one of its external ids is in use, here or at commit."""
        ...

    @abstractmethod
    def put(self, tenant: Tenant) -> None:
        """Replace name, state, segments and linking of one that exists; its external ids do not change."""
        ...

    @abstractmethod
    def page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """Return up to *limit* tenants after *after*, whatever their state, in order of id; one statement."""
        ...

    @abstractmethod
    def named(self, beginning: str, after: tuple[str, TenantId] | None, limit: int) -> Sequence[Tenant]:
        """
        Return up to *limit* tenants whose names begin so, whatever their state; one statement.

        Names are compared, and ordered, by `names.search_key`, and those that are alike there by id; an empty
        *beginning* is every name's. *after* is the key and the id of the one to go on after.
        """
        ...


class PrincipalRepository(Protocol):
    """The library's small state of each principal.  Promise: `testing.contracts.principals`."""

    @abstractmethod
    def find(self, principal: PrincipalId) -> tuple[Principal, Head] | None:
        """Return it with its head; None if absent."""
        ...

    @abstractmethod
    def find_by_username(self, key: str) -> PrincipalId | None:
        """Return whose username has this key; None if nobody's."""
        ...

    @abstractmethod
    def add(self, principal: Principal, head: Head) -> None:
        """Add it; `TakenError("username")` if its username key is in use, here or at commit."""
        ...

    @abstractmethod
    def put(self, after: Principal, before: Principal) -> None:
        """
        Replace the state of one that exists; its username does not change.

        A host's own table, which others write to, is written only where *after* differs from *before*.
        """
        ...


class CredentialRepository(Protocol):
    """Password hashes; a host that has its own supplies this port.  Promise: `testing.contracts.principals`."""

    @abstractmethod
    def find(self, principal: PrincipalId) -> str | None:
        """Return the stored hash; None if there is none."""
        ...

    @abstractmethod
    def put(self, principal: PrincipalId, stored: str) -> None:
        """Store or replace the hash."""
        ...

    @abstractmethod
    def replace(self, principal: PrincipalId, seen: str, stored: str) -> bool:
        """Replace the hash in one conditional write, only while it is still *seen*; False, and nothing else, if not."""
        ...

    @abstractmethod
    def forget(self, principal: PrincipalId) -> None:
        """Remove the hash; nothing if there is none."""
        ...


class MembershipRepository(Protocol):
    """Where memberships live.  Promise: `testing.contracts.memberships`."""

    @abstractmethod
    def load(self, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
        """
        Return tenant, head and the named rows, read as of one version in one statement.

        A row's base comes with it, and the base's base; a row that does not exist is left out; None if the
        tenant is absent. The built-in role comes as `BUILT_IN`, a role that the tenant no longer has as None.
        """
        ...

    @abstractmethod
    def put(self, after: Membership, before: Membership | None) -> None:
        """
        Write *after*, its overrides included; *before* is None exactly when no row exists, tombstones included.

        Activity and warnings are written only where *after* differs in them from *before*: others may have moved
        them meanwhile. The tenant and the principal exist already.
        """
        ...

    @abstractmethod
    def holds_role(self, tenant: TenantId, role: RoleKey) -> bool:
        """Tell whether any row that is not gone holds *role*."""
        ...

    @abstractmethod
    def candidates(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        passing_over: RoleKey | None,
    ) -> Iterator[Row]:
        """
        Yield rows that may hold *level* on *resource*: by override, by a role of the tenant, or by *built_in*.

        A superset judged by the caller: rows that are gone or disabled may be left out, nothing else may. Rows
        whose level would come from the role *passing_over* are left out. Fetched in bounded slices, so that a
        caller who stops early pays for little.
        """
        ...


class MembershipQueries(Protocol):
    """Questions over many rows of one tenant, or of one principal.  Promise: `testing.contracts.queries`."""

    @abstractmethod
    def reaching(
        self,
        tenant: TenantId,
        resource: ResourceKey,
        levels: Collection[LevelKey],
        built_in: RoleKey | None,
        after: PrincipalId | None,
        limit: int,
    ) -> Sequence[Row]:
        """
        Return up to *limit* rows after *after*, by principal, whose stored level on *resource* is among *levels*.

        By override, or by role where there is no override; *built_in*, if given, is a role that reaches it too.
        A superset judged by the caller: only rows that are gone may be left out.
        """
        ...

    @abstractmethod
    def of_principal(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        """Return all tenants in which *principal* has a row that is not gone, with the row, by tenant id; one query."""
        ...

    @abstractmethod
    def resting_on(self, tenant: TenantId, principal: PrincipalId) -> Sequence[Row]:
        """Return all rows of *tenant* that are not gone and rest on the row of *principal*, by principal."""
        ...

    @abstractmethod
    def resting_everywhere(self, principal: PrincipalId) -> Sequence[tuple[Tenant, Row]]:
        """Return what `resting_on` does in all tenants where *principal* has a row that is not gone; one query."""
        ...

    @abstractmethod
    def page(self, tenant: TenantId, after: str, limit: int) -> Sequence[Row]:
        """Return up to *limit* rows that are not gone whose username key is greater than *after*, in its order."""
        ...

    @abstractmethod
    def idle(self, tenant: TenantId, since: datetime, after: PrincipalId | None, limit: int) -> Sequence[Row]:
        """
        Return up to *limit* rows after *after*, by principal, whose clock is at or before *since*.

        The clock is the later of its start and the last activity; rows without one, disabled or gone are left out.
        """
        ...

    @abstractmethod
    def deciding_or_waiting(
        self,
        tenants: Collection[TenantId],
        resource: ResourceKey,
        level: LevelKey,
        built_in: RoleKey,
        asked_after: datetime,
        most: int,
    ) -> Mapping[TenantId, Sequence[Row]]:
        """
        Return of each of *tenants* the rows that may hold *level* and the requests after *asked_after*; one query.

        Who may hold it is as for `candidates`; a request is what is neither approved, disabled nor gone. By tenant, a
        superset judged by the caller: complete where it is given, and left out where there are more than *most*.
        """
        ...


@attrs.frozen
class Listed:
    """
    A stretch of a roster, with the facts of whoever looks at it, all of one version.

    Args:
        loaded: The tenant, its head, and the row of the reader, if it has one.
        rows: In the order asked for, each with its place.
    """

    loaded: Loaded
    rows: Sequence[tuple[Place, Row]]


class DirectoryQueries(Protocol):
    """Searching the roster of one tenant.  Promise: `testing.contracts.directory`."""

    @abstractmethod
    def search(
        self,
        tenant: TenantId,
        reader: PrincipalId | None,
        wanted: Wanted,
        sort: MemberSort,
        after: Place | None,
        limit: int,
        *,
        descending: bool = False,
    ) -> Listed | None:
        """
        Return up to *limit* rows that are not gone and *wanted*, after the place *after*; one statement.

        Ordered by `key_of` and then by principal, both the other way round if *descending*; sorted by status means
        by username here. A superset judged by the caller: rows whose condition is none of those wanted may be
        among them; what is wanted by its facts and may be in such a condition is never left out. The row of
        *reader*, a tombstone included, comes with what it rests on. None if the tenant is absent.
        """
        ...

    @abstractmethod
    def count(self, tenant: TenantId, wanted: Wanted, most: int) -> int:
        """Return how many rows are not gone and *wanted*, conditions aside; counting ends at *most*."""
        ...


class ActivityRepository(Protocol):
    """Marks on a row outside the tenant's version.  Promise: `testing.contracts.memberships`."""

    @abstractmethod
    def touch(self, tenant: TenantId, principal: PrincipalId, incarnation: int, at: datetime) -> None:
        """
        Move the activity of that presence forward to *at*; never backwards, nothing if it is another one.

        The number of warnings begins again at 0 with it.
        """
        ...

    @abstractmethod
    def warn(self, tenant: TenantId, principal: PrincipalId, incarnation: int, warned: int) -> bool:
        """
        Raise the number of warnings to *warned* by one conditional write.

        Returns:
            False, and nothing changed, if it was there already, or the presence is another one.
        """
        ...


class RoleRepository(Protocol):
    """Where the roles of tenants live; the built-in one is not stored.  Promise: `testing.contracts.roles`."""

    @abstractmethod
    def find(self, tenant: TenantId, role: RoleKey) -> Role | None:
        """Return it; None if absent or another tenant's."""
        ...

    @abstractmethod
    def list(self, tenant: TenantId) -> Sequence[Role]:
        """Return all roles of *tenant*, by key."""
        ...

    @abstractmethod
    def add(self, tenant: TenantId, role: Role) -> None:
        """Add it; `TakenError("role")` if the key is in use there."""
        ...

    @abstractmethod
    def put(self, tenant: TenantId, role: Role) -> None:
        """Replace label and levels of one that exists."""
        ...

    @abstractmethod
    def remove(self, tenant: TenantId, role: RoleKey) -> None:
        """Remove it; `NotFoundError` if absent."""
        ...


class InvitationRepository(Protocol):
    """
    Where invitations live.  Promise: `testing.contracts.invitations`.

    Open is what is stored as open; what time has closed is among it.
    """

    @abstractmethod
    def add(self, invitation: Invitation) -> None:
        """Add it; its tenant exists already."""
        ...

    @abstractmethod
    def put(self, invitation: Invitation) -> None:
        """Replace one that exists, by tenant and id."""
        ...

    @abstractmethod
    def find(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        """Return it; None if absent or another tenant's."""
        ...

    @abstractmethod
    def concerning(self, tenant: TenantId, senders: Collection[PrincipalId], email_key: str) -> Sequence[Invitation]:
        """
        Return the open ones, by id, that one of the members *senders* sent, or that went to *email_key*; one statement.

        An empty key is nobody's address, and what the operator sent is no member's.
        """
        ...

    @abstractmethod
    def open(self, tenant: TenantId, after: InvitationId | None, limit: int) -> Sequence[Invitation]:
        """Return up to *limit* open ones after *after*, by id."""
        ...

    @abstractmethod
    def page(self, tenant: TenantId, after: Invitation | None, limit: int) -> Sequence[Invitation]:
        """Return up to *limit* after *after*, the newest first, of equal age by descending id; whatever their state."""
        ...

    @abstractmethod
    def count_open(self, tenant: TenantId, at: datetime) -> int:
        """Return how many open ones have not expired *at*."""
        ...
