"""Tenants, principals, credentials and roles in memory."""

from collections.abc import Sequence

from tenantaccess.errors import NotFoundError, TakenError
from tenantaccess.ids import PrincipalId, RoleKey, SchemeKey, StreamId, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.stores.memory.tables import Overlay, Table


def _taken(kind: str) -> TakenError:
    return TakenError(kind)


class MemoryStreams:
    """Heads by stream."""

    def __init__(self, overlay: Overlay) -> None:
        self.heads = Table[str, StreamId, Head]("heads", overlay)

    def head(self, stream: StreamId) -> Head | None:
        """Return the head as this unit sees it."""
        return self.heads.get("", stream)

    def lock(self, stream: StreamId) -> None:
        """Do nothing: units here never wait for each other."""

    def advance(self, seen: Head, to: Head) -> bool:
        """Move on; what others did meanwhile shows now, or at commit."""
        found = self.heads.get("", seen.stream)
        if found is None:
            return seen.version == 0
        if found != seen:
            return False
        self.heads.expect("", seen.stream, seen)
        self.heads.put("", seen.stream, to)
        return True


class MemoryTenants:
    """Tenants by id and by external id."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[str, TenantId, Tenant]("tenants", overlay)
        self.external = Table[SchemeKey, str, TenantId]("external_ids", overlay)
        self.streams = MemoryStreams(overlay)

    def find(self, tenant: TenantId) -> tuple[Tenant, Head] | None:
        """Return it with its head."""
        found = self.rows.get("", tenant)
        return None if found is None else (found, self.streams.head(tenant) or Head(tenant))

    def find_by_external_id(self, scheme: SchemeKey, value: str) -> TenantId | None:
        """Return who carries *value*."""
        return self.external.get(scheme, value)

    def add(self, tenant: Tenant, head: Head) -> None:
        """Add it."""
        for scheme, value in tenant.external_ids.items():
            if self.external.get(scheme, value) is not None:
                raise TakenError("external id")
            self.external.expect(scheme, value, None, lambda: _taken("external id"))
            self.external.put(scheme, value, tenant.id)
        self.rows.put("", tenant.id, tenant)
        self.streams.heads.put("", tenant.id, head)

    def put(self, tenant: Tenant) -> None:
        """Replace it."""
        self.rows.put("", tenant.id, tenant)

    def page(self, after: TenantId | None, limit: int) -> Sequence[TenantId]:
        """Return ids in order."""
        return sorted(tenant for tenant in self.rows.group("") if after is None or tenant > after)[:limit]


class MemoryPrincipals:
    """Principals by id and by username."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[str, PrincipalId, Principal]("principals", overlay)
        self.usernames = Table[str, str, PrincipalId]("usernames", overlay)
        self.streams = MemoryStreams(overlay)

    def find(self, principal: PrincipalId) -> tuple[Principal, Head] | None:
        """Return it with its head."""
        found = self.rows.get("", principal)
        return None if found is None else (found, self.streams.head(principal) or Head(principal))

    def find_by_username(self, key: str) -> PrincipalId | None:
        """Return whose username this is."""
        return self.usernames.get("", key)

    def add(self, principal: Principal, head: Head) -> None:
        """Add it."""
        key = principal.username_key
        if self.usernames.get("", key) is not None:
            raise TakenError("username")
        self.usernames.expect("", key, None, lambda: _taken("username"))
        self.usernames.put("", key, principal.id)
        self.rows.put("", principal.id, principal)
        self.streams.heads.put("", principal.id, head)

    def put(self, principal: Principal) -> None:
        """Replace it."""
        self.rows.put("", principal.id, principal)


class MemoryCredentials:
    """Password hashes by principal."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[str, PrincipalId, str]("credentials", overlay)

    def find(self, principal: PrincipalId) -> str | None:
        """Return the hash."""
        return self.rows.get("", principal)

    def put(self, principal: PrincipalId, stored: str) -> None:
        """Store or replace the hash."""
        self.rows.put("", principal, stored)


class MemoryRoles:
    """Roles by tenant."""

    def __init__(self, overlay: Overlay) -> None:
        self.rows = Table[TenantId, RoleKey, Role]("roles", overlay)

    def find(self, tenant: TenantId, role: RoleKey) -> Role | None:
        """Return it."""
        return self.rows.get(tenant, role)

    def list(self, tenant: TenantId) -> Sequence[Role]:
        """Return all, by key."""
        return [role for _, role in sorted(self.rows.group(tenant).items())]

    def add(self, tenant: TenantId, role: Role) -> None:
        """Add it."""
        if self.rows.get(tenant, role.key) is not None:
            raise TakenError("role")
        self.rows.expect(tenant, role.key, None, lambda: _taken("role"))
        self.rows.put(tenant, role.key, role)

    def put(self, tenant: TenantId, role: Role) -> None:
        """Replace it."""
        self.rows.put(tenant, role.key, role)

    def remove(self, tenant: TenantId, role: RoleKey) -> None:
        """Remove it."""
        if self.rows.get(tenant, role) is None:
            raise NotFoundError("role", role)
        self.rows.put(tenant, role, None)
