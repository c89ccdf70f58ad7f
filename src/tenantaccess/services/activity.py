"""Writing a person's own activity: outside the tenant's version, at most once in a while."""

from functools import partial

from tenantaccess.errors import ConflictError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import AccessEntry
from tenantaccess.model.decisions import Standing
from tenantaccess.model.moments import moment_of
from tenantaccess.ports.storage import Store
from tenantaccess.services.hooks import after_commit


def move(
    store: Store,
    tenant: TenantId,
    principal: PrincipalId,
    found: Standing,
    now: int,
    what: str = "",
) -> None:
    """
    Move the activity of a row forward to the moment that was judged, if it is due.

    With it, and only with it, goes a line of the access log that says *what* was done, if anything is said: most
    requests write nothing at all. A race lost leaves what another request wrote. Inside a host's transaction it is
    written once the host has committed: earlier it would hold the host's locks, and be undone with its work.
    """
    if now >= found.due:
        after_commit(store, partial(_moved, store, tenant, principal, found, now, what))


def _moved(store: Store, tenant: TenantId, principal: PrincipalId, found: Standing, now: int, what: str) -> None:
    at, here = moment_of(now), found.presence
    try:
        with store.begin() as unit:
            unit.activity.touch(tenant, principal, here.incarnation, at)
            if what:
                actor = Actor(ActorKind.MEMBER, principal, here.link)
                unit.access_log.record(AccessEntry(tenant, actor, what, "", "", at, at))
            unit.commit()
    except ConflictError:
        return
