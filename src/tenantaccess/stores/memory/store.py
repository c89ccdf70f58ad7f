"""The memory store itself: units of work, and compiled standings that fall with the commit that changes them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from weakref import WeakKeyDictionary

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Unit
from tenantaccess.stores.memory import attempts, copying, directory, erasure, facts, invitations, memberships, records
from tenantaccess.stores.memory.tables import Database, Overlay, Tables

Compiler = Callable[[Tenant, Row], Standing]
Kept = dict[TenantId, dict[PrincipalId, Standing]]


class MemoryStore:
    """
    Keeps everything in this process; safe between threads, gone with the process.

    Units never wait for each other: of two that change the same stream, the second to commit is refused with a
    retryable `ConflictError`.
    """

    def __init__(self) -> None:
        self._database = Database()
        self._members = self._database.table("memberships")
        self._kept: WeakKeyDictionary[Compiler, Kept] = WeakKeyDictionary()

    @property
    def is_hosted(self) -> bool:
        """Never: there is no host's transaction to join."""
        return False

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit over an overlay of its own."""
        overlay = Overlay(self._database)

        def commit() -> None:
            with self._database.lock:
                moved = {
                    table: {group: set(rows) for group, rows in groups.items()}
                    for table, groups in overlay.writes.items()
                }
                overlay.apply()
                self._drop(moved)

        yield _unit(Tables(overlay), commit)

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a unit; here reading and writing ones are alike, and each question is answered of one version."""
        return self.begin()

    def standing(self, tenant: TenantId, principal: PrincipalId, compile_row: Compiler) -> Standing | None:
        """Return the compiled row; compiles it, under the lock, if what it came from has changed."""
        if principal not in self._members.get(tenant, ()):
            return None
        found = self.kept(compile_row).get(tenant, {}).get(principal)
        return self._compile(tenant, principal, compile_row) if found is None else found

    def kept(self, compile_row: Compiler) -> Kept:
        """Return what is kept of that compiler, for as long as somebody has it."""
        with self._database.lock:
            return self._kept.setdefault(compile_row, {})

    def _compile(self, tenant: TenantId, principal: PrincipalId, compile_row: Compiler) -> Standing | None:
        # The lock spans reading and keeping: a commit in between would be forgotten again.
        with self._database.lock:
            tables = Tables(Overlay(self._database))
            rows = memberships.Rows(tables)
            membership = tables.memberships.get(tenant, principal)
            found = tables.tenants.get("", tenant)
            row = None if membership is None else rows.of(membership)
            if row is None or found is None:
                return None
            standing = compile_row(found, row)
            self.kept(compile_row).setdefault(tenant, {})[principal] = standing
            return standing

    def _drop(self, moved: "dict[str, dict[object, set[object]]]") -> None:
        """Drop every standing made from something that *moved*; the caller holds the lock."""
        for tenant in (*moved.get("tenants", {}).get("", ()), *moved.get("roles", {})):
            for kept in self._kept.values():
                kept.pop(TenantId(str(tenant)), None)
        for tenant, principals in moved.get("memberships", {}).items():
            for principal in principals:
                self._drop_row(TenantId(str(tenant)), PrincipalId(str(principal)))
        for principal in moved.get("principals", {}).get("", ()):
            for tenant in self._database.table("tenants_of").get(principal, {}):
                self._drop_row(tenant, PrincipalId(str(principal)))

    def _drop_row(self, tenant: TenantId, principal: PrincipalId) -> None:
        for kept in self._kept.values():
            kept.get(tenant, {}).pop(principal, None)
        resting = self._database.table("resting_on").get((tenant, principal), {})
        for dependent in list(resting):
            if dependent != principal:
                self._drop_row(tenant, dependent)


def _unit(tables: Tables, commit: Callable[[], None]) -> Unit:
    return Unit(
        tenants=facts.MemoryTenants(tables),
        principals=facts.MemoryPrincipals(tables),
        credentials=facts.MemoryCredentials(tables),
        memberships=memberships.MemoryMemberships(tables),
        queries=memberships.MemoryQueries(tables),
        directory=directory.MemoryDirectory(tables),
        activity=memberships.MemoryActivity(tables),
        roles=facts.MemoryRoles(tables),
        invitations=invitations.MemoryInvitations(tables),
        records=copying.MemoryReferenceRecords(tables),
        slices=None,
        copy_jobs=copying.MemoryCopyJobs(tables),
        streams=facts.MemoryStreams(tables),
        events=records.MemoryEvents(tables),
        access_log=records.MemoryAccessLog(tables),
        notices=records.MemoryNotices(tables),
        tokens=records.MemoryTokens(tables),
        attempts=attempts.MemoryAttempts(tables),
        erasure=erasure.MemoryErasure(tables),
        commit=commit,
    )
