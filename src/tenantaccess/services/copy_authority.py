"""Who may copy: to read in the source and to write in each target, at the moment it is done (INV-33)."""

from collections.abc import Sequence

from tenantaccess.errors import AccessDeniedError, ConflictError, NotFoundError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.catalog import ReferenceSet
from tenantaccess.model.decisions import ALLOWED, Decision, Reason, denied
from tenantaccess.model.moments import ticks
from tenantaccess.rules import copying, decisions, privileges
from tenantaccess.services.scene import Scene


def require_person(scene: Scene) -> PrincipalId:
    """Return who copies; the operator has no levels, so it may read nobody's records and write nobody's."""
    if scene.actor.kind is not ActorKind.MEMBER:
        raise AccessDeniedError(denied(Reason.LEVEL_TOO_LOW, about=scene.name))
    return PrincipalId(scene.actor.id)


def judged(there: Scene, sets: Sequence[ReferenceSet], *, writes: bool) -> Decision:
    """Answer whether the actor may do its part in the tenant of *there*, for each of *sets*; the first no decides."""
    row = None if there.loaded is None else there.of_actor()
    standing = None if row is None else decisions.standing(there.tenant, row, there.catalog, there.policy)
    for declared in sets:
        asked = copying.question(there.catalog, declared, writes=writes)
        answer = decisions.judge(asked, standing, ticks(there.now), None)
        if not answer:
            return answer
    return ALLOWED


def rely_on_people(there: Scene) -> None:
    """
    Guard the principals whose row in the tenant of *there* gives the actor its authority.

    Suspending one of them raises no version of a tenant that they do not manage.

    Raises:
        ConflictError: one has changed since the row was read; to be tried again.
    """
    row = there.of_actor()
    while row is not None:
        found = there.unit.principals.find(row.id)
        if found is None or found[0] != row.principal:
            raise ConflictError("the principal", retryable=True)
        there.rely_on(found[1])
        row = row.base


def sees_roster(scene: Scene, tenant: TenantId) -> bool:
    """Tell whether the actor effectively holds any level on the managing resource of *tenant*."""
    return _managing(scene, tenant) > 0


def manages(scene: Scene, tenant: TenantId) -> bool:
    """Tell whether the actor is an effective account manager of *tenant*."""
    return _managing(scene, tenant) == scene.catalog.ladder.highest.rank


def _managing(scene: Scene, tenant: TenantId) -> int:
    """Return the rank that the actor effectively holds on the managing resource; 0 for who is no member."""
    if scene.actor.kind is not ActorKind.MEMBER:
        return 0
    there = scene.entering(tenant, PrincipalId(scene.actor.id))
    row = there.of_actor()
    if row is None or not decisions.is_effective(there.tenant, row, there.now, there.policy):
        return 0
    return privileges.held(row, there.catalog)[there.catalog.managed_by]


def require_ends(
    scene: Scene, source: TenantId, targets: Sequence[TenantId], sets: Sequence[ReferenceSet]
) -> dict[TenantId, Scene]:
    """
    Return the scene of each tenant that takes part, if the actor may do its part in all of them.

    Raises:
        NotFoundError: no such tenant, or no member of it: alike.
        AccessDeniedError: a member who may not; carries the Decision.
    """
    person = require_person(scene)
    scenes = {}
    for tenant in (source, *targets):
        there = scene.entering(tenant, person)
        answer = judged(there, sets, writes=tenant != source)
        if answer.reasons[0] is Reason.NOT_A_MEMBER:
            raise NotFoundError("tenant", tenant)
        if not answer:
            raise AccessDeniedError(answer)
        scenes[tenant] = there
    return scenes
