"""Tenants, principals, credentials and roles in memory."""

from collections.abc import Sequence
from itertools import islice

from tenantaccess.errors import NotFoundError, TakenError
from tenantaccess.ids import PrincipalId, RoleKey, SchemeKey, StreamId, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.names import search_key
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.stores.memory.tables import Tables


def _taken(kind: str) -> TakenError:
    return TakenError(kind)


class MemoryStreams:
    """Heads by stream."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def head(self, stream: StreamId) -> Head | None:
        """Return the head as it is now."""
        return self.tables.heads.get("", stream)

    def lock(self, stream: StreamId) -> None:
        """Do nothing: units here never wait for each other."""

    def advance(self, seen: Head, to: Head) -> bool:
        """Move on, or hold; what others did since this unit first looked shows now, or at commit."""
        found = self.tables.heads.get("", seen.stream)
        if found is None:
            return seen.version == 0
        if found != seen or found is not self.tables.head(seen.stream):
            return False
        self.tables.heads.expect("", seen.stream, found)
        self.tables.move(Head(to.stream, to.version, to.digest, to.at))  # an object of this unit, as `Tables.head` says
        return True


class MemoryTenants:
    """Tenants by id and by external id."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, tenant: TenantId) -> tuple[Tenant, Head] | None:
        """Return it with its head."""
        found = self.tables.tenants.get("", tenant)
        return None if found is None else (found, self.tables.head(tenant) or Head(tenant))

    def find_by_external_id(self, scheme: SchemeKey, value: str) -> TenantId | None:
        """Return who carries *value*."""
        return self.tables.external_ids.get(scheme, value)

    def add(self, tenant: Tenant, head: Head) -> None:
        """Add it."""
        if self.tables.tenants.get("", tenant.id) is not None:
            raise TakenError("tenant")
        self.tables.tenants.expect("", tenant.id, None)
        for scheme, value in tenant.external_ids.items():
            if self.tables.external_ids.get(scheme, value) is not None:
                raise TakenError("external id")
            self.tables.external_ids.expect(scheme, value, None, lambda: _taken("external id"))
            self.tables.external_ids.put(scheme, value, tenant.id)
        self.tables.tenants.put("", tenant.id, tenant)
        self.tables.move(head)

    def put(self, tenant: Tenant) -> None:
        """Replace it."""
        self.tables.tenants.put("", tenant.id, tenant)

    def page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """Return them in order of id."""
        found = self.tables.tenants.group("")
        return [found[tenant] for tenant in sorted(found) if after is None or tenant > after][:limit]

    def named(self, beginning: str, after: tuple[str, TenantId] | None, limit: int) -> Sequence[Tenant]:
        """Return them in order of their names."""
        keyed = {(search_key(tenant.name), tenant.id): tenant for tenant in self.tables.tenants.group("").values()}
        meant = (one for one in sorted(keyed) if one[0].startswith(beginning) and (after is None or one > after))
        return [keyed[place] for place in islice(meant, limit)]


class MemoryPrincipals:
    """Principals by id and by username."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, principal: PrincipalId) -> tuple[Principal, Head] | None:
        """Return it with its head."""
        found = self.tables.principals.get("", principal)
        return None if found is None else (found, self.tables.head(principal) or Head(principal))

    def find_by_username(self, key: str) -> PrincipalId | None:
        """Return whose username this is."""
        return self.tables.usernames.get("", key)

    def add(self, principal: Principal, head: Head) -> None:
        """Add it."""
        if self.tables.principals.get("", principal.id) is not None:
            raise TakenError("principal")
        self.tables.principals.expect("", principal.id, None)
        key = principal.username_key
        if self.tables.usernames.get("", key) is not None:
            raise TakenError("username")
        self.tables.usernames.expect("", key, None, lambda: _taken("username"))
        self.tables.usernames.put("", key, principal.id)
        self.tables.principals.put("", principal.id, principal)
        self.tables.move(head)

    def put(self, after: Principal, before: Principal) -> None:  # noqa: ARG002  # nobody else writes here
        """Replace it."""
        self.tables.principals.put("", after.id, after)


class MemoryCredentials:
    """Password hashes by principal."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, principal: PrincipalId) -> str | None:
        """Return the hash."""
        return self.tables.credentials.get("", principal)

    def put(self, principal: PrincipalId, stored: str) -> None:
        """Store or replace the hash."""
        self.tables.credentials.put("", principal, stored)

    def replace(self, principal: PrincipalId, seen: str, stored: str) -> bool:
        """Replace the hash, if it is still the one seen."""
        found = self.tables.credentials.get("", principal)
        if found != seen:
            return False
        self.tables.credentials.expect("", principal, found)
        self.tables.credentials.put("", principal, stored)
        return True

    def forget(self, principal: PrincipalId) -> None:
        """Remove the hash."""
        self.tables.credentials.put("", principal, None)


class MemoryRoles:
    """Roles by tenant."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, tenant: TenantId, role: RoleKey) -> Role | None:
        """Return it."""
        return self.tables.roles.get(tenant, role)

    def list(self, tenant: TenantId) -> Sequence[Role]:
        """Return all, by key."""
        return [role for _, role in sorted(self.tables.roles.group(tenant).items())]

    def add(self, tenant: TenantId, role: Role) -> None:
        """Add it."""
        if self.tables.roles.get(tenant, role.key) is not None:
            raise TakenError("role")
        self.tables.roles.expect(tenant, role.key, None, lambda: _taken("role"))
        self.tables.roles.put(tenant, role.key, role)

    def put(self, tenant: TenantId, role: Role) -> None:
        """Replace it."""
        self.tables.roles.put(tenant, role.key, role)

    def remove(self, tenant: TenantId, role: RoleKey) -> None:
        """Remove it."""
        if self.tables.roles.get(tenant, role) is None:
            raise NotFoundError("role", role)
        self.tables.roles.put(tenant, role, None)
