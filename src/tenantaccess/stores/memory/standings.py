"""Rows compiled when they are first asked for, and dropped by the very commit that changes what they came from."""

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakValueDictionary

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.stores.memory.memberships import Rows
from tenantaccess.stores.memory.tables import Database, Groups, Overlay, Tables

Compiler = Callable[[Tenant, Row], Standing]


class Here(dict[PrincipalId, Standing | None]):
    """The standings of one tenant; whoever is missing is compiled, and whoever has no row is None each time."""

    __slots__ = ("_compile", "_database", "_members", "_tenant")

    def __init__(self, database: Database, tenant: TenantId, compile_row: Compiler) -> None:
        super().__init__()
        self._database = database
        self._tenant = tenant
        self._compile = compile_row
        self._members = database.table("memberships").get(tenant, {})

    def __missing__(self, principal: PrincipalId) -> Standing | None:
        if principal not in self._members:
            return None
        # The lock spans reading and keeping: a commit in between would be forgotten again.
        with self._database.lock:
            tables = Tables(Overlay(self._database))
            membership = tables.memberships.get(self._tenant, principal)
            tenant = tables.tenants.get("", self._tenant)
            row = None if membership is None else Rows(tables).of(membership)
            if row is None or tenant is None:
                return None
            found = self[principal] = self._compile(tenant, row)
            return found

    def everybody(self) -> Iterator[tuple[PrincipalId, Standing]]:
        """Yield all, by principal."""
        for principal in sorted(self._members):
            found = self[principal]
            if found is not None:
                yield principal, found


class Kept(dict[TenantId, Here]):
    """The standings by one compiler, by tenant; where nobody is a member, nothing is kept."""

    def __init__(self, database: Database, compile_row: Compiler) -> None:
        super().__init__()
        self._database = database
        self._compile = compile_row

    def __missing__(self, tenant: TenantId) -> Here:
        with self._database.lock:
            here = Here(self._database, tenant, self._compile)
            return self.setdefault(tenant, here) if tenant in self._database.table("memberships") else here

    def everywhere(self, principal: PrincipalId) -> Iterator[tuple[TenantId, Standing]]:
        """Yield all of a principal, by tenant."""
        for tenant in self._database.tenants_of.of(principal):
            found = self[tenant][principal]
            if found is not None:
                yield tenant, found

    def drop(self, tenant: TenantId, principal: PrincipalId) -> None:
        """Forget one standing."""
        if tenant in self:
            self[tenant].pop(principal, None)


class Standings:
    """All that is kept, by compiler, for as long as somebody holds on to it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: WeakValueDictionary[Compiler, Kept] = WeakValueDictionary()

    def by(self, compile_row: Compiler) -> Kept:
        """Return what is kept by that compiler."""
        with self._database.lock:
            return self._kept.setdefault(compile_row, Kept(self._database, compile_row))

    def drop(self, moved: dict[str, Groups]) -> None:
        """Forget every standing made from one of the rows that *moved*; the caller holds the lock."""
        for held in self._kept.valuerefs():
            kept = held()
            if kept is not None:
                self._drop(kept, moved)

    def _drop(self, kept: Kept, moved: dict[str, Groups]) -> None:
        for tenant in (*moved.get("tenants", {}).get("", ()), *moved.get("roles", {})):
            kept.pop(tenant, None)
        for tenant, principals in moved.get("memberships", {}).items():
            for principal in principals:
                self._drop_row(kept, tenant, principal)
        for principal in moved.get("principals", {}).get("", ()):
            for tenant in self._database.tenants_of.of(principal):
                self._drop_row(kept, tenant, principal)

    def _drop_row(self, kept: Kept, tenant: TenantId, principal: PrincipalId) -> None:
        kept.drop(tenant, principal)
        resting: dict[PrincipalId, Any] = self._database.table("resting_on").get((tenant, principal), {})
        for dependent in list(resting):
            if dependent != principal:
                self._drop_row(kept, tenant, dependent)
