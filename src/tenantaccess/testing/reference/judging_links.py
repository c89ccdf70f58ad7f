"""The invariants of links: who may join, what a link may hold, whom it may touch, who may admit it."""

from collections.abc import Iterator

from . import judging
from .commands_of_people import JoinLink
from .facts import Offer, Row, Tenant
from .judging_rows import Case, Change

ADMISSIONS = frozenset({"approve", "accept_link", "accept_invitation"})
RAISING = frozenset({"accept_link", "confirm_link", "enable"})


def link_violations(case: Case, changes: list[Change]) -> Iterator[str]:
    """Judge what a step did with links."""
    if isinstance(case.command, JoinLink):
        yield from joined(case, case.command, changes)
    yield from offers(case)
    for change in changes:
        yield from begun(case, change)
        yield from unlinked(case, change)
        yield from admitted(case, change)
        yield from confirmed(case, change)


def joined(case: Case, command: JoinLink, changes: list[Change]) -> Iterator[str]:
    """INV-26: a join needs a fresh proof of an effective row that is no link, in a tenant that takes proofs."""
    offer, me = command.offer, case.actor[1]
    if not is_fresh(case, offer, me):
        yield f"INV-26 {me} joined with a proof that was no longer good"
    if case.before.principals[me].password_chosen and case.world.policy.linking_password == "OWN":
        yield f"INV-26 {me} joined with a password that somebody else had chosen"
    for name in command.tenants:
        tenant = case.before.tenants[name]
        base = tenant.rows.get(offer.proven)
        in_force = judging.is_in_force(case.world, case.before, name, offer.proven, case.now)
        linked = not isinstance(base, Row) or base.origin == "linked"
        if tenant.state != "open" or tenant.linking not in ("proof", "both") or not in_force or linked:
            yield f"INV-26 {me} joined {name}, which was not to be joined"
    for change in changes:
        if change.principal != me or change.tenant not in command.tenants:
            yield f"INV-10 a join touched {change.principal} in {change.tenant}"
        elif isinstance(change.row, Row):
            yield from rested(case, change, change.row, offer)


def is_fresh(case: Case, offer: Offer, me: str) -> bool:
    """Judge an offer: one's own, in time, nothing about the proven principal moved, not used before."""
    person = case.before.principals[offer.proven]
    unused = offer.serial == 0 or case.before.offers.get(me) == (offer, False)
    spent = offer.serial == 0 or case.after.offers[me] == (offer, True)
    numbers = (person.password_epoch, person.proof_epoch) == (offer.password_epoch, offer.proof_epoch)
    in_time = 0 <= case.now - offer.minted_at < case.world.policy.offer_expiry
    numbers = numbers and case.before.principals[me].session_epoch == offer.session_epoch
    return me == offer.asker != offer.proven and unused and spent and numbers and in_time and not person.suspended


def rested(case: Case, change: Change, row: Row, offer: Offer) -> Iterator[str]:
    """INV-28: what joined rests on the proven row as it is, holds no more, and keeps its clock."""
    tenant = case.before.tenants[change.tenant]
    if row.rests_on is None or row.rests_on.principal != offer.proven or row.proven_by != offer.proven:
        yield f"INV-28 {change.principal} joined and does not rest on what was proven"
    elif judging.rests_in_vain(case.world, case.before, tenant, row, case.now):
        yield f"INV-28 {change.principal} joined on a proof that was stale at once"
    was = change.was
    if isinstance(was, Row) and was.approved_at is not None:
        levels = (was.role, was.overrides, was.segments, was.clock_started_at, was.last_active_at)
        if levels != (row.role, row.overrides, row.segments, row.clock_started_at, row.last_active_at):
            yield f"INV-28 joining again moved levels or clock of {change.principal}"
        if was.disabled_at is not None or judging.is_held_by_operator(was, case.now):
            yield f"INV-21 joining led {change.principal} back"


def offers(case: Case) -> Iterator[str]:
    """INV-26: an offer is made by proving, used by joining, and never comes back."""
    for asker, (offer, is_used) in case.before.offers.items():
        later, later_used = case.after.offers[asker]
        if later.serial < offer.serial or (later.serial == offer.serial and is_used and not later_used):
            yield f"INV-26 an offer of {asker} lives again"
        if (later, later_used) != (offer, is_used) and case.command.name not in ("prove", "join_link"):
            yield f"INV-26 an offer of {asker} moved by itself"


def begun(case: Case, change: Change) -> Iterator[str]:
    """INV-28: resting on a proof begins by joining only; a request without proof holds nothing."""
    was, row = change.was, change.row
    old = was.rests_on if isinstance(was, Row) else None
    if judging.is_unconfirmed_link(row) and isinstance(row, Row) and row.rests_on != old and not is_join(case):
        yield f"INV-28 {change.principal} came to rest on a proof by `{case.command.name}`"
    if case.command.name == "request_link" and isinstance(row, Row):
        granted = (row.role, row.overrides, row.segments, row.rests_on, row.approved_at, row.verified_at)
        if any(granted) or row.origin != "linked":
            yield f"INV-22 asking for a link gave {change.principal} something"


def is_join(case: Case) -> bool:
    """Tell whether the step is a join."""
    return isinstance(case.command, JoinLink)


def admitted(case: Case, change: Change) -> Iterator[str]:
    """MC-07, MC-08, MC-09: whose proof a row last rested on never admits it, and a link takes no invitation."""
    if case.command.name not in ADMISSIONS:
        return
    was, who = change.was, admitter(case, change)
    faces = set() if who is None else supports(case.before.tenants[change.tenant], who)
    if was is not None and was.proven_by in faces:
        yield f"INV-18 {who} admitted {change.principal}, who had proven {who}"
    linked = isinstance(was, Row) and was.origin == "linked"
    if linked and case.command.name in ("approve", "accept_invitation"):
        yield f"INV-28 `{case.command.name}` served the link of {change.principal}"


def admitter(case: Case, change: Change) -> str | None:
    """Answer which principal lets somebody in: the actor, or whose invitation it is."""
    slot = getattr(case.command, "slot", None)
    if slot is None:
        return case.actor[1] if case.actor[0] == "member" else None
    return case.before.tenants[change.tenant].invitations[slot[2]].inviter


def confirmed(case: Case, change: Change) -> Iterator[str]:
    """INV-28: confirming changes no level that counts, and takes the role away."""
    if case.command.name != "confirm_link" or not isinstance(change.row, Row) or not isinstance(change.was, Row):
        return
    tenant = case.before.tenants[change.tenant]
    old = judging.in_force(case.world, tenant, change.was)
    new = judging.in_force(case.world, case.after.tenants[change.tenant], change.row)
    if any(new[cell] > level for cell, level in old.items()) or change.row.role is not None:
        yield f"INV-28 confirming raised {change.principal}"
    if any(new[cell] < level for cell, level in old.items()):
        yield f"INV-28 confirming lowered {change.principal}"
    mine = tenant.rows.get(case.actor[1])
    if case.actor[0] != "member" or not isinstance(mine, Row):
        return
    holds = judging.in_force(case.world, tenant, mine)
    for cell, level in judging.written(case.world, case.after.tenants[change.tenant], change.row).items():
        judged = case.world.policy.grant_ceiling == "HELD" or cell[0] == case.world.catalog.managing
        if judged and level > holds[cell]:
            yield f"INV-22 {change.principal} was confirmed above the actor on {cell}"


def unlinked(case: Case, change: Change) -> Iterator[str]:
    """INV-28: a link is ended by its own person, by the principal it rests on, by a manager, by the operator."""
    was = change.was
    if case.command.name != "unlink" or not isinstance(was, Row):
        return
    if was.origin != "linked" or isinstance(change.row, Row):
        yield f"INV-28 {change.principal} was unlinked, and was no link or still is one"
    if case.actor[0] != "member":
        return
    me, tenant = case.actor[1], case.before.tenants[change.tenant]
    mine = tenant.rows.get(me)
    proven = was.rests_on is not None and was.rests_on.principal == me
    if not isinstance(mine, Row):
        yield f"INV-17 {me} unlinked {change.principal} from outside"
    elif me != change.principal and not proven:
        in_force = judging.managers(case.world, case.before, change.tenant, case.now)
        if tenant.state != "open" or me not in in_force or change.principal in kin(tenant, me, mine):
            yield f"INV-17 {me} unlinked {change.principal} without the right"


def prolonged(case: Case, me: str, tenant: Tenant, later: Tenant) -> Iterator[str]:
    """INV-18: nobody lets a row that rests on it begin sooner or end later, through nobody."""
    faces = supports(tenant, me)
    for principal, row in tenant.rows.items() if case.command.name == "set_dates" else ():
        new = later.rows.get(principal)
        if not isinstance(row, Row) or row.rests_on is None or not isinstance(new, Row):
            continue
        sooner = (new.valid_from or 0) < (row.valid_from or 0)
        longer = row.valid_until is not None and (new.valid_until is None or new.valid_until > row.valid_until)
        if row.rests_on.principal in faces and (sooner or longer):
            yield f"INV-18 {me} prolonged the row of {principal} that rests on {me}"


def kin(tenant: Tenant, me: str, mine: Row) -> set[str]:
    """INV-18: the rows that count as one's own: what one rests on, what proved one, what rests on the same proof."""
    found = {me}
    if mine.rests_on is not None:
        found.add(mine.rests_on.principal)
        base = tenant.rows.get(mine.rests_on.principal)
        found |= kin(tenant, mine.rests_on.principal, base) if isinstance(base, Row) else set()
    if mine.added_by is not None:
        found.add(mine.added_by)
        adder = tenant.rows.get(mine.added_by)
        found |= kin(tenant, mine.added_by, adder) if isinstance(adder, Row) else set()
    if mine.origin == "linked" and mine.proven_by is not None:
        found.add(mine.proven_by)
    if judging.is_unconfirmed_link(mine) and mine.rests_on is not None:
        for principal, row in tenant.rows.items():
            if isinstance(row, Row) and judging.is_unconfirmed_link(row) and row.rests_on is not None:
                found |= {principal} if row.rests_on.principal == mine.rests_on.principal else set()
    return found


def supports(tenant: Tenant, me: str) -> set[str]:
    """Answer a principal with all that its row rests on, one upon the other; a service with who added it, too."""
    row = tenant.rows.get(me)
    if not isinstance(row, Row):
        return {me}
    below = row.added_by if row.rests_on is None else row.rests_on.principal
    return {me} if below is None else {me} | supports(tenant, below)


def raised(case: Case, me: str, tenant: Tenant, later: Tenant) -> Iterator[str]:
    """INV-18: the proven principal raises, accepts, confirms and enables no link that rests on it, through nobody."""
    faces = supports(tenant, me)
    for principal, row in tenant.rows.items():
        if not isinstance(row, Row) or not judging.is_unconfirmed_link(row):
            continue
        new = later.rows.get(principal)
        if row.rests_on is None or row.rests_on.principal not in faces or not isinstance(new, Row):
            continue
        old = judging.written(case.world, tenant, row)
        rises = any(level > old[cell] for cell, level in judging.written(case.world, later, new).items())
        if (rises or case.command.name in RAISING) and (rises or new != row):
            yield f"INV-18 {me} raised the link of {principal} that rests on {me}"
