"""The memory store itself: units of work, and compiled standings that fall with the commit that changes them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.ports.storage import Kept, Unit
from tenantaccess.stores.memory import attempts, copying, directory, erasure, facts, invitations, memberships, records
from tenantaccess.stores.memory.standings import Compiler, Standings
from tenantaccess.stores.memory.tables import Database, Overlay, Tables


class MemoryStore:
    """
    Keeps everything in this process; safe between threads, gone with the process.

    Units never wait for each other: of two that change the same stream, the second to commit is refused with a
    retryable `ConflictError`.
    """

    def __init__(self) -> None:
        self._database = Database()
        self._standings = Standings(self._database)

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
                overlay.apply()
                self._standings.drop(overlay.writes)
                overlay.clear()

        yield unit_of(Tables(overlay), commit)

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a unit; here reading and writing ones are alike, and each question is answered of one version."""
        return self.begin()

    def standing(self, tenant: TenantId, principal: PrincipalId, compile_row: Compiler) -> Standing | None:
        """Return the compiled row; compiles it, under the lock, if what it came from has changed."""
        return self._standings.by(compile_row)[tenant][principal]

    def kept(self, compile_row: Compiler) -> Kept:
        """Return all there is: what is looked for in it is compiled, and who has no row is found to have none."""
        return self._standings.by(compile_row)


def unit_of(tables: Tables, commit: Callable[[], None]) -> Unit:
    """Return a unit whose repositories all work on *tables*."""
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
