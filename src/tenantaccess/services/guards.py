"""The refusals that commands share, in the order in which they are asked (rules 3 to 6)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    NotFoundError,
    TakenError,
)
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, RoleKey, TenantId, is_id
from tenantaccess.model.actors import ActorKind, By, Operator, actor_of
from tenantaccess.model.attempts import AttemptKind, Limit, Tried, key_of
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog, Role
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.lifecycle import LIFECYCLE, legal_from
from tenantaccess.model.members import Authority, Membership, Origin, Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.model.tenants import TenantState
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Unit
from tenantaccess.rules import decisions, members, privileges, tenants
from tenantaccess.rules.tenants import Management
from tenantaccess.services import sessions
from tenantaccess.services.command import LastManager
from tenantaccess.services.scene import Scene


def require_operator(scene: Scene) -> None:
    """Refuse everybody but the operator; to a stranger, a tenant that exists looks like one that does not (INV-11)."""
    if not scene.is_operator:
        if scene.wanted and scene.actor.kind is ActorKind.MEMBER:
            require_member(scene)
        raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=scene.name))


def require_manager(scene: Scene, *, admits: bool = False, last_manager: LastManager = LastManager.KEEP) -> Row | None:
    """
    Refuse whoever may not manage the tenant; return the manager's row, None for the operator.

    Args:
        scene: The scene.
        admits: Whether the command lets somebody in; a row that rests on another one never does.
        last_manager: The override of rule 5, which only the operator has.

    Raises:
        NotFoundError: the tenant is absent, or the actor no member of it: alike.
        AccessDeniedError: no effective account manager.
        IllegalTransitionError: the tenant is closed.
    """
    tenant = scene.tenant
    if scene.is_operator:
        require_not_closed(scene)
        return None
    row = require_member(scene)
    if not decisions.is_effective(tenant, row, scene.now, scene.policy) or not privileges.manages(row, scene.catalog):
        against = decisions.against(tenant, row, scene.now, scene.policy)
        why = (Reason.NOT_MANAGER,) if against is Reason.ACTIVE else (Reason.NOT_MANAGER, against)
        raise AccessDeniedError(denied(*why, about=scene.name))
    if last_manager is not LastManager.KEEP:
        raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=scene.name))
    if admits and row.membership.resting is not None:
        raise AccessDeniedError(denied(Reason.RESTING, about=scene.name))
    return _with_adder(scene, row)


def _with_adder(scene: Scene, row: Row) -> Row:
    """Return the row of a service with that of whoever added it as it is now: it is one of their hands (rule 4)."""
    adder = row.membership.approved_by
    if row.principal.kind is not Kind.SERVICE or not is_id(adder, PRINCIPAL):
        return row
    found = scene.unit.memberships.load(scene.tenant.id, (PrincipalId(adder),))
    base = None if found is None else found.rows.get(PrincipalId(adder))
    return row if base is None or base.membership.gone_at is not None else attrs.evolve(row, base=base)


def require_by_operator(by: By, about: str) -> None:
    """Refuse anybody but the operator, for *about*; reads nothing."""
    if actor_of(by).kind is not ActorKind.OPERATOR:
        raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=about))


def require_not_closed(scene: Scene) -> None:
    """Refuse any change to a closed tenant."""
    if scene.tenant.state is TenantState.CLOSED:
        raise IllegalTransitionError(scene.name, Reason.TENANT_CLOSED.value)


def require_member(scene: Scene) -> Row:
    """Return the actor's own row; `NotFoundError` if it has none, or the tenant is absent: alike."""
    row = None if scene.loaded is None else scene.present(PrincipalId(scene.actor.id))
    if row is None:
        raise NotFoundError("tenant", scene.wanted)
    return row


def subject(scene: Scene, member: PrincipalId) -> Row:
    """Return the row a command is about; `NotFoundError` if absent or gone."""
    row = scene.present(member)
    if row is None:
        raise NotFoundError("member", member)
    return row


def refuse_own(scene: Scene, actor: Row | None, rows: Iterable[Row]) -> None:
    """Refuse rows that count as the actor's own (rule 4)."""
    own = [row for row in rows if actor is not None and privileges.is_own(actor, row)]
    if own:
        cells = [(row.id, "*", "*") for row in own]
        raise GrantRefusedError(denied(Reason.OWN_ROW, about=scene.name), cells)


def refuse_proven(scene: Scene, actor: Row | None, row: Row) -> None:
    """Refuse to raise, confirm or lead back a link that rests on the actor's own proof, through any hands (rule 4)."""
    if actor is not None and privileges.is_never_raised_by(row, actor):
        raise GrantRefusedError(denied(Reason.OWN_ROW, about=scene.name), [(row.id, "*", "*")])


def refuse_carried(scene: Scene, actor: Row | None, row: Row) -> None:
    """Refuse to raise or lead back a row that rests on whoever acts, through any hands (rule 4)."""
    if actor is not None and privileges.is_carried_by(row, actor):
        raise GrantRefusedError(denied(Reason.OWN_ROW, about=scene.name), [(row.id, "*", "*")])


def refuse_to_admit(scene: Scene, actor: Row | None, row: Row) -> None:
    """Refuse to let in a row that counts as the actor's own, or that ever rested on its proof (MC-09)."""
    refuse_own(scene, actor, [row])
    if actor is not None and privileges.is_never_admitted_by(row, actor):
        raise GrantRefusedError(denied(Reason.OWN_ROW, about=scene.name), [(row.id, "*", "*")])


def mail_limits(scene: Scene, actor: Row | None, member: PrincipalId) -> tuple[Limit, ...]:
    """Return what having *member* mailed counts under: nobody's mailbox is filled, and nobody fills many."""
    if actor is None:
        return ()
    policy, here = scene.policy, scene.tenant.id
    return (
        Limit(key_of(Tried.MAIL, AttemptKind.TARGET, f"{here} {member}"), policy.mails_per_member, policy.mails_period),
        Limit(
            key_of(Tried.MAIL, AttemptKind.ACTOR, f"{here} {actor.id}"), policy.mails_per_manager, policy.mails_period
        ),
    )


def refuse_link(scene: Scene, row: Row) -> None:
    """Refuse to lead a link, or a request for one, where only links' own commands lead."""
    if row.membership.origin is Origin.LINKED:
        found = members.condition(row, scene.now, scene.policy)
        raise IllegalTransitionError(scene.name, found.value, legal_from(found))


def refuse_held_by_operator(scene: Scene, row: Row) -> None:
    """Refuse to lead back what the operator disabled (MC-11)."""
    if not scene.is_operator and members.is_held_by_operator(row.membership, scene.now):
        raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=scene.name))


def refuse_operators_end(scene: Scene, before: Membership, after: Membership) -> None:
    """Refuse to move or lift an end that the operator set (MC-11)."""
    is_operators = before.ends_by is Authority.OPERATOR
    if not scene.is_operator and is_operators and after.valid_until != before.valid_until:
        raise AccessDeniedError(denied(Reason.OPERATOR_ONLY, about=scene.name))


def is_step(scene: Scene, row: Row) -> bool:
    """
    Tell whether the command is a step from where *row* is; False if it is there already.

    Raises:
        IllegalTransitionError: the table has no such step; lists those it has.
    """
    found = members.condition(row, scene.now, scene.policy)
    if found in LIFECYCLE[scene.name].idle:
        return False
    require_step(scene, row)
    return True


def require_step(scene: Scene, row: Row) -> None:
    """Refuse a step that the table does not draw from where *row* is; lists those it draws."""
    found = members.condition(row, scene.now, scene.policy)
    if found not in LIFECYCLE[scene.name].legal:
        raise IllegalTransitionError(scene.name, found.value, legal_from(found))


def require_within_ceiling(
    scene: Scene, actor: Row | None, whose: str, before: privileges.Cells, after: privileges.Cells
) -> None:
    """Refuse a rise above what the actor effectively holds; the operator is not judged (rule 6)."""
    if actor is None:
        return
    rises = privileges.rising(before, after, scene.tenant, scene.catalog)
    cells = privileges.above(actor, rises, scene.catalog, scene.policy.grant_ceiling)
    if cells:
        named = [(whose, resource, segment) for resource, segment in cells]
        raise GrantRefusedError(denied(Reason.ABOVE_HELD, about=scene.name), named)


def require_may_give(scene: Scene, actor: Row | None, before: Row | None, after: Row) -> None:
    """
    Refuse what the actor may not give a row.

    By its cells; any rise of a link that rests on the actor's own proof; and the built-in role but from its holders
    (MC-15).
    """
    whole = privileges.EMPTY_CELLS if before is None else privileges.cells_of(before, scene.catalog)
    wanted = privileges.cells_of(after, scene.catalog)
    if before is not None and any(privileges.rising(whole, wanted, scene.tenant, scene.catalog)):
        refuse_proven(scene, actor, before)
    require_within_ceiling(scene, actor, after.id, whole, wanted)
    given = after.membership.role == ACCOUNT_MANAGER and (before is None or before.membership.role != ACCOUNT_MANAGER)
    if given and actor is not None and not privileges.holds_built_in(actor):
        cells = [(after.id, scene.catalog.managed_by, "*")]
        raise GrantRefusedError(denied(Reason.ABOVE_HELD, about=scene.name), cells)


def require_managed(
    scene: Scene,
    touched: Mapping[PrincipalId, tuple[Row, Row]],
    *,
    edited_role: Role | None = None,
    passing_over: RoleKey | None = None,
) -> None:
    """
    Refuse to leave a managed tenant unmanaged (rule 5, INV-19).

    Args:
        scene: The scene.
        touched: For each row the command moves: as it is, and as it would be.
        edited_role: A role as it would be, for all rows that hold it.
        passing_over: The role's key, if nobody reaches management through it afterwards.
    """
    if scene.tenant.state is TenantState.CLOSED:
        return
    afterwards = {principal: _relied_on(scene, before, after) for principal, (before, after) in touched.items()}
    after = _managed(
        scene,
        [_as_after(row, afterwards, edited_role) for row in afterwards.values()],
        (_as_after(row, afterwards, edited_role) for row in _others(scene, touched, passing_over)),
    )
    if after is Management.ENDURING:
        return
    before = _managed(scene, (row for row, _ in touched.values()), _others(scene, touched, None))
    if before is Management.ENDURING or (before is Management.FOR_NOW and after is Management.NOBODY):
        raise LastManagerError(scene.tenant.id)


def _relied_on(scene: Scene, before: Row, after: Row) -> Row:
    """
    Return *after*, with its principal guarded if it comes to manage only now.

    Suspending it meanwhile raises no version of a tenant that it does not manage yet.
    """
    if privileges.may_manage(before, scene.catalog) or not privileges.may_manage(after, scene.catalog):
        return after
    return attrs.evolve(after, principal=scene.principal(after.id))


def _managed(scene: Scene, moved: Iterable[Row], others: Iterator[Row]) -> Management:
    judge: Callable[[Iterable[Row]], Management] = lambda rows: tenants.best(  # noqa: E731  # named once, used twice
        scene.tenant, rows, scene.now, scene.catalog, scene.policy, Management.ENDURING
    )
    found = judge(moved)
    return found if found is Management.ENDURING else max(found, judge(others))


def _others(scene: Scene, touched: Mapping[PrincipalId, object], passing_over: RoleKey | None) -> Iterator[Row]:
    catalog = scene.catalog
    candidates = scene.unit.memberships.candidates(
        scene.tenant.id, catalog.managed_by, catalog.ladder.highest.key, ACCOUNT_MANAGER, passing_over
    )
    return (row for row in candidates if row.id not in touched)


def _as_after(row: Row, moved: Mapping[PrincipalId, Row], role: Role | None) -> Row:
    """Return *row* as it would be: itself, what it rests on, and its role may have moved."""
    found = moved.get(row.id, row)
    base = None if found.base is None else _as_after(found.base, moved, role)
    same = role is None or found.role is None or found.role.key != role.key
    return attrs.evolve(found, base=base, role=found.role if same else role)


def require_human(scene: Scene, principal: Principal) -> None:
    """
    Refuse a service where only a person is meant: it proves, links and requests nothing, and holds no office.

    Whoever is erased never comes here: `Scene.principal` finds them no more.

    Raises:
        AccessDeniedError: a service.
    """
    if principal.kind is Kind.SERVICE:
        raise AccessDeniedError(denied(Reason.SERVICE, about=scene.name))


def require_oneself(scene: Scene) -> Principal:
    """
    Return the person who acts, guarded from here on.

    Raises:
        AccessDeniedError: not signed in, a service, or suspended.
    """
    if scene.actor.kind is not ActorKind.MEMBER:
        raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=scene.name))
    found = scene.principal(PrincipalId(scene.actor.id))
    require_human(scene, found)
    if found.suspended_at is not None:
        raise AccessDeniedError(denied(Reason.PRINCIPAL_SUSPENDED, about=scene.name))
    return found


def require_free_username(scene: Scene, principal: Principal) -> None:
    """Refuse a username in use; that it is cannot be hidden from who wants it."""
    if scene.unit.principals.find_by_username(principal.username_key) is not None:
        raise TakenError("username")


def require_reader(unit: Unit, tenant: TenantId, by: By, catalog: Catalog, policy: Policy, now: datetime) -> Loaded:
    """
    Return the tenant for somebody who may see roster, matrix and record: any level on the managing resource.

    Raises:
        NotFoundError: no such tenant, or no member of it: alike.
        AccessDeniedError: a member without that level.
        MisuseError: a context of another tenant.
    """
    reader = reader_of(tenant, by)
    loaded = unit.memberships.load(tenant, () if reader is None else (reader,))
    return judged_reader(loaded, tenant, by, catalog, policy, now)


def reader_of(tenant: TenantId, by: By) -> PrincipalId | None:
    """Return the member whose row tells whether *by* may look; None for others. Reads nothing."""
    actor = actor_of(by)
    if not is_id(tenant, TENANT):
        raise InvalidInputError("tenant", "must be the id of a tenant")
    sessions.require_here(sessions.context_of(by), tenant)
    return PrincipalId(actor.id) if actor.kind is ActorKind.MEMBER else None


def judged_reader(
    loaded: Loaded | None, tenant: TenantId, by: By, catalog: Catalog, policy: Policy, now: datetime
) -> Loaded:
    """Return what was *loaded* if *by* may look at it; raises as `require_reader`."""
    if loaded is None:
        raise NotFoundError("tenant", tenant)
    if isinstance(by, Operator):
        return loaded
    row = loaded.rows.get(PrincipalId(actor_of(by).id))
    if row is None or row.membership.gone_at is not None:
        raise NotFoundError("tenant", tenant)
    sessions.require_alive(sessions.context_of(by), row, "see who has access")
    effective = decisions.is_effective(loaded.tenant, row, now, policy)
    if not effective or privileges.held(row, catalog)[catalog.managed_by] == 0:
        raise AccessDeniedError(denied(Reason.NOT_MANAGER, about="see who has access"))
    return loaded
