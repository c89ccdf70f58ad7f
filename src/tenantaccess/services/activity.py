"""Writing a person's own activity: outside the tenant's version, at most once in a while."""

from datetime import datetime

from tenantaccess.errors import ConflictError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import AccessEntry
from tenantaccess.model.decisions import Presence
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store
from tenantaccess.rules import members


def move(
    store: Store,
    tenant: TenantId,
    principal: PrincipalId,
    found: Presence,
    now: datetime,
    policy: Policy,
    what: str = "",
) -> None:
    """
    Move the activity of a presence forward to the moment that was judged, if it is due.

    With it, and only with it, goes a line of the access log that says *what* was done, if anything is said: most
    requests write nothing at all. A race lost leaves what another request wrote. Inside a host's transaction it
    is left out: it would hold the host's locks, and be undone with its work.
    """
    if store.is_hosted or not members.is_activity_due(found.last_active_at, now, policy):
        return
    try:
        with store.begin() as unit:
            unit.activity.touch(tenant, principal, found.incarnation, now)
            if what:
                actor = Actor(ActorKind.MEMBER, principal, found.link)
                unit.access_log.record(AccessEntry(tenant, actor, what, "", "", now, now))
            unit.commit()
    except ConflictError:
        return
