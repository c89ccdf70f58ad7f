"""
The invariants, as predicates over a step.

`violations` answers one line for every invariant a step breaks, each beginning with the
invariant's number. The predicates read facts through `judging` only; what the rules answer is
material to be judged.
"""

from collections.abc import Iterator

from . import judging
from .commands import Actor, Command, Complete, ErasePrincipal, SuspendPrincipal
from .commands_of_people import AcceptInvitation, DeclineInvitation, Resume, VerifyEmail
from .facts import Row, State, Tenant
from .gates import Outcome
from .judging_arrows import ADMITTING, ARROWS, EVERYWHERE, MANAGERS, PRIVATE, SIDE_ARROWS
from .judging_invitations import invitation_violations, is_forgotten, secret_violations
from .judging_links import kin, link_violations, prolonged, raised, supports
from .judging_rows import Case, Change, row_violations, subject_of, token_violations
from .judging_states import state_violations
from .world import ACCOUNT_MANAGER, World

UNWRITTEN = frozenset({"touch", "enter", "resume", "sweep"})
"""The commands that may write a row without a record of it."""

TELLING = frozenset(
    {
        "suspend_principal",
        "reinstate_principal",
        "sweep",
        "send_registration",
        "join_link",
        "resend_invitation",
        "verify_email",
        "send_password_reset",
        "request_password_reset",
    }
)
"""The commands that may record more than what they wrote."""


def violations(
    world: World, before: State, command: Command, actor: Actor, after: State, outcome: Outcome, now: int
) -> list[str]:
    """Answer what a step breaks: nothing, if all is well."""
    found = step_violations(world, before, command, actor, after, outcome, now)
    if after is not before:
        found.extend(state_violations(world, after, now))
    return found


def step_violations(
    world: World, before: State, command: Command, actor: Actor, after: State, outcome: Outcome, now: int
) -> list[str]:
    """Judge the step itself, without the questions a caller might ask afterwards."""
    if outcome.kind != "done":
        left = after != before or outcome.events or outcome.notices or outcome.created
        return ["INV-36 a refused or empty command left something behind"] if left else []
    case = Case(world, before, command, actor, after, outcome, now)
    changes = list(changed_rows(before, after))
    found = [*across(case), *people(case), *vanished(case), *arrows(case), *authority(case)]
    found += [*managed(case), *recorded(case, changes), *token_violations(case)]
    found += [*link_violations(case, changes), *invitation_violations(case, changes), *secret_violations(case)]
    for change in changes:
        found += row_violations(case, change)
    return found


def changed_rows(before: State, after: State) -> Iterator[Change]:
    """Walk over the rows that differ."""
    for name, tenant in after.tenants.items():
        old = before.tenants.get(name)
        if tenant is old:
            continue
        for principal, row in tenant.rows.items():
            was = None if old is None else old.rows.get(principal)
            if row != was:
                yield Change(name, principal, was, row)


def across(case: Case) -> Iterator[str]:
    """INV-10: another tenant's facts stay as they are, but for a principal's own."""
    command = case.command
    own = tenant_of(command)
    for name, tenant in case.after.tenants.items():
        before = case.before.tenants.get(name)
        if name == own or before == tenant:
            continue
        if command.name not in EVERYWHERE and (before is None or not is_about_invitations(case, before, tenant)):
            yield f"INV-10 `{command.name}` touched the tenant {name}"
        if command.name in PRIVATE and before is not None:
            subject = subject_of(case)
            kept = tenant._replace(rows=tenant.rows.put(subject, before.rows.get(subject, tenant.rows[subject])))
            if kept._replace(rows=kept.rows if subject in before.rows else kept.rows.drop(subject)) != before:
                yield f"INV-10 `{command.name}` touched somebody else in {name}"


def tenant_of(command: Command) -> str | None:
    """Answer the one tenant a command may touch, by its fields or by what was mailed."""
    if isinstance(command, Complete):
        return command.token[1]
    if isinstance(command, Resume):
        return command.ticket.tenant
    if isinstance(command, AcceptInvitation | DeclineInvitation):
        return command.slot[1]
    return getattr(command, "tenant", None)


def is_about_invitations(case: Case, before: Tenant, tenant: Tenant) -> bool:
    """Tell whether only invitations sent by a principal that is being suspended differ."""
    if not isinstance(case.command, SuspendPrincipal) or tenant._replace(invitations=before.invitations) != before:
        return False
    changed = {key for key, was in before.invitations.items() if tenant.invitations[key] != was}
    return {before.invitations[key].inviter for key in changed} == {case.command.principal}


def people(case: Case) -> Iterator[str]:
    """INV-13: a principal changes by its own hand, the operator's, or its token; epochs go on."""
    command = case.command
    allowed = person_of(case)
    verifies = isinstance(command, Complete | VerifyEmail | AcceptInvitation)
    if verifies and allowed is not None and allowed in case.before.principals:
        shown_at = case.after.principals[allowed].shown_at
        verified = case.before.principals[allowed]._replace(email_verified=True, shown_at=shown_at)
        if case.after.principals[allowed] != verified:
            yield f"INV-13 `{command.name}` changed more than the verified address"
    for name, person in case.before.principals.items():
        later = case.after.principals.get(name)
        if later is None or later == person:
            continue
        if name != allowed:
            yield f"INV-13 `{command.name}` touched the principal {name}"
        renewing = command.name == "change_email" or (command.name == "erase_principal" and later.email is None)
        if later.email != person.email and (not renewing or later.email_verified):
            yield f"INV-13 `{command.name}` changed the address of {name}, or it counts as verified"
        if later.password_epoch - person.password_epoch != (command.name in ("change_password", "reset_password")):
            yield f"INV-21 the password epoch of {name} moved wrongly"
        if command.name in ("change_password", "sign_out_everywhere") and later.session_epoch <= person.session_epoch:
            yield f"INV-21 `{command.name}` left sessions of {name} open"
        epochs = (later.proof_epoch - person.proof_epoch, later.session_epoch - person.session_epoch)
        if min(epochs) < 0 or (later.suspended and not person.suspended and min(epochs) == 0):
            yield f"INV-21 the epochs of the principal {name} moved by {epochs}"


OWN = ("change_password", "change_email", "reset_password", "sign_out_everywhere", "verify_email")
"""The commands that change the principal of whoever gives them, or holds their token."""


def person_of(case: Case) -> str | None:
    """Answer the one principal a command may change."""
    command = case.command
    if isinstance(command, Complete):
        return command.token[2]
    if isinstance(command, AcceptInvitation):
        return command.username or case.actor[-1]
    own = command.name in OWN
    return subject_of(case) if own else getattr(command, "principal", None)


def vanished(case: Case) -> Iterator[str]:
    """INV-15: nothing vanishes without a tombstone."""
    if case.before.tenants.keys() - case.after.tenants.keys():
        yield "INV-15 a tenant vanished"
    if case.before.principals.keys() - case.after.principals.keys():
        yield "INV-15 a principal vanished"
    for name, tenant in case.before.tenants.items():
        if tenant.rows.keys() - case.after.tenants[name].rows.keys():
            yield "INV-15 a row vanished without a tombstone"


def arrows(case: Case) -> Iterator[str]:
    """INV-16: only the drawn arrows."""
    if case.after.tenants is case.before.tenants and case.after.principals is case.before.principals:
        return
    kind = case.command.name
    drawn = ARROWS.get(kind, frozenset())
    subject = getattr(case.command, "member", None)
    for name, tenant in case.after.tenants.items():
        if is_as_before(case, name):
            continue
        for principal in tenant.rows:
            source = judging.standing(case.world, case.before, name, principal, case.now)
            target = judging.standing(case.world, case.after, name, principal, case.now)
            if source == target or (source, target) in drawn:
                continue
            aside = (source, target) in SIDE_ARROWS.get(kind, frozenset())
            if not aside or principal == subject:
                yield f"INV-16 `{kind}` led {principal} from {source} to {target}"


def is_as_before(case: Case, name: str) -> bool:
    """Tell whether nothing moved that anybody's standing in a tenant depends on: there is nothing to compare."""
    tenant, people = case.after.tenants[name], case.after.principals
    return tenant is case.before.tenants.get(name) and people is case.before.principals


def authority(case: Case) -> Iterator[str]:
    """INV-17, INV-18, INV-22 and INV-23: who acts, upon whom, giving how much."""
    command = case.command
    if command.name not in MANAGERS or case.actor[0] != "member":
        return
    name, me = str(getattr(command, "tenant", "")), case.actor[1]
    tenant, later = case.before.tenants[name], case.after.tenants[name]
    mine = tenant.rows.get(me)
    in_force = judging.managers(case.world, case.before, name, case.now)
    if tenant.state != "open" or me not in in_force or not isinstance(mine, Row):
        yield f"INV-17 {me} managed without being an effective manager"
        return
    if mine.rests_on is not None and command.name in ADMITTING:
        yield f"INV-18 {me} admitted somebody while resting"
    yield from untouched(case, me, mine, tenant, later)
    subject = tenant.rows.get(getattr(command, "member", ""))
    if command.name == "enable" and isinstance(subject, Row) and subject.rests_on is not None:
        vain = judging.rests_in_vain(case.world, case.before, tenant, subject, case.now)
        if vain and subject.rests_on.principal in supports(tenant, me):
            yield f"INV-18 {me} led back a row that had rested on its own"
    yield from raised(case, me, tenant, later)
    yield from prolonged(case, me, tenant, later)
    yield from given(case.world, mine, tenant, later)
    yield from defined(case.world, mine, tenant, later)


def untouched(case: Case, me: str, mine: Row, tenant: Tenant, later: Tenant) -> Iterator[str]:
    """INV-18: neither the actor's row moves, nor any that counts as its own."""
    for principal in sorted(kin(tenant, me, mine)):
        was, row = tenant.rows.get(principal), later.rows.get(principal)
        if not isinstance(was, Row) and row == was:
            continue
        if not isinstance(was, Row) or not isinstance(row, Row):
            yield f"INV-18 {me} removed {principal}"
        elif case.command.name != "update_contact" and was != row:
            yield f"INV-18 {me} changed the row of {principal}"
        elif judging.written(case.world, tenant, was) != judging.written(case.world, later, row):
            yield f"INV-23 {me} moved the levels of {principal}"


def given(world: World, mine: Row, tenant: Tenant, later: Tenant) -> Iterator[str]:
    """INV-22: no row rises above what the actor holds; the built-in role is its holders' to give."""
    holds = judging.in_force(world, tenant, mine)
    for principal, row in later.rows.items():
        was = tenant.rows.get(principal)
        if not isinstance(row, Row) or (row == was and later.roles == tenant.roles):
            continue
        old = judging.written(world, tenant, was) if isinstance(was, Row) else {}
        for cell, level in judging.written(world, later, row).items():
            if is_judged(world, cell[0]) and level > max(old.get(cell, 0), holds[cell]):
                yield f"INV-22 {principal} rose above the actor on {cell}"
        role = was.role if isinstance(was, Row) else None
        if row.role == ACCOUNT_MANAGER != role and not is_plain_manager(tenant, mine):
            yield f"INV-22 {principal} got the built-in role from somebody without it"


def defined(world: World, mine: Row, tenant: Tenant, later: Tenant) -> Iterator[str]:
    """INV-22: no role's definition rises above what the actor holds on every segment."""
    holds = judging.in_force(world, tenant, mine)
    for key, levels in later.roles.items():
        old = dict(tenant.roles[key]) if key in tenant.roles else {}
        for resource, level in levels.items():
            least = min(level for cell, level in holds.items() if cell[0] == resource)
            if is_judged(world, resource) and level > max(old.get(resource, 0), least):
                yield f"INV-22 the role {key} rose above the actor on {resource}"


def is_judged(world: World, resource: str) -> bool:
    """Tell whether the grant ceiling of this host reaches the resource."""
    return world.policy.grant_ceiling == "HELD" or resource == world.catalog.managing


def is_plain_manager(tenant: Tenant, row: Row) -> bool:
    """Tell whether a row, and the one it rests on, hold the built-in role and nothing besides."""
    if row.rests_on is not None:
        base = tenant.rows.get(row.rests_on.principal)
        if not isinstance(base, Row) or base.overrides or base.role != ACCOUNT_MANAGER:
            return False
    return row.role == ACCOUNT_MANAGER and not row.overrides


def managed(case: Case) -> Iterator[str]:
    """INV-19: a managed tenant stays managed, unless the operator names the override."""
    command = case.command
    for name, tenant in case.after.tenants.items():
        if name not in case.before.tenants or tenant.state == "closed" or is_as_before(case, name):
            continue
        override = getattr(command, "override", False)
        named = name in command.override if isinstance(command, SuspendPrincipal | ErasePrincipal) else override
        if named and case.actor[0] == "operator":
            continue
        had = judging.people_managing(case.world, case.before, name, case.now)
        has = judging.people_managing(case.world, case.after, name, case.now)
        if had and not has:
            yield f"INV-19 `{command.name}` left {name} without a manager"
        if any(had.values()) and not any(has.values()):
            yield f"INV-19 `{command.name}` left {name} without an enduring manager"


def recorded(case: Case, changes: list[Change]) -> Iterator[str]:
    """INV-36: one record for every changed subject, in its own stream, and none besides."""
    written = set(changed_subjects(case))
    if case.command.name not in UNWRITTEN:
        written |= {(("tenant", c.tenant), ("member", c.tenant, c.principal)) for c in changes}
    told = [(stream, subject) for stream, _, subject in case.outcome.events]
    kinds = {kind for _, kind, _ in case.outcome.events}
    if len(told) != len(set(told)) or kinds - {case.command.name}:
        yield "INV-36 a record is doubled or of another kind"
    if written - set(told):
        yield f"INV-36 no record of {sorted(written - set(told))}"
    spare = set(told) - written
    if spare and case.command.name not in TELLING:
        yield f"INV-36 a record of nothing: {sorted(spare)}"


def changed_subjects(case: Case) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Walk over the tenants, roles and principals that differ, with their streams."""
    for name, tenant in case.after.tenants.items():
        old = case.before.tenants.get(name)
        if old is None or old.state != tenant.state or old.linking != tenant.linking:
            yield ("tenant", name), ("tenant", name)
        for invited, invitation in tenant.invitations.items():
            was = None if old is None else old.invitations.get(invited)
            settled = was is not None and was.state != "open" and is_forgotten(was, invitation)
            if was != invitation and not settled:  # no record tells of an address that is forgotten
                yield ("tenant", name), ("invitation", name, invited)
        if old is None or old.roles == tenant.roles:
            continue
        for key in old.roles.keys() | tenant.roles.keys():
            if old.roles.get(key) != tenant.roles.get(key):
                yield ("tenant", name), ("role", name, key)
    for key, person in case.after.principals.items():
        if case.before.principals.get(key) != person:
            yield ("principal", key), ("principal", key)
