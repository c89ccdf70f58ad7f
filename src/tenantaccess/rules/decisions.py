"""The one decision: every check, list, menu and copy comes from here (INV-02)."""

from collections.abc import Iterator
from datetime import datetime

from tenantaccess.ids import SegmentKey
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import ALLOWED, Decision, Gate, Presence, Question, Reason, Standing
from tenantaccess.model.levels import AccessLevel
from tenantaccess.model.members import Row
from tenantaccess.model.moments import EARLIEST, FOREVER, ticks
from tenantaccess.model.policy import Policy
from tenantaccess.model.tenants import Tenant, TenantState
from tenantaccess.rules import members, privileges


def standing_gates(tenant: Tenant, row: Row, policy: Policy) -> Iterator[Gate]:
    """Yield all that stands against using *row* in *tenant*, the stronger reason first."""
    facts = row.membership
    if facts.gone_at is not None:
        yield Gate(Reason.NOT_A_MEMBER)
        return
    if tenant.state is TenantState.SUSPENDED:
        yield Gate(Reason.TENANT_SUSPENDED)
    if tenant.state is TenantState.CLOSED:
        yield Gate(Reason.TENANT_CLOSED)
    if row.principal.suspended_at is not None:
        yield Gate(Reason.PRINCIPAL_SUSPENDED)
    yield from members.gates(row, policy)
    if row.principal.chosen_in not in (None, tenant.id):
        yield Gate(Reason.PASSWORD_NOT_OWN)
    known = [at for at in (facts.verified_at, facts.clock_started_at, facts.last_active_at) if at is not None]
    if known:
        # A clock set back further than tolerated opens nothing: it would revive what has lapsed (A31).
        yield Gate(Reason.NOT_YET_VALID, until=max(known) - policy.clock_tolerance)


def against(tenant: Tenant, row: Row, now: datetime, policy: Policy) -> Reason:
    """Return the strongest reason that stands against using *row* in *tenant* at *now*, or `Reason.ACTIVE`."""
    return members.strongest(standing_gates(tenant, row, policy), now)


def standing(tenant: Tenant, row: Row, catalog: Catalog, policy: Policy) -> Standing:
    """
    Compile *row* into what a check reads.

    Pure and total: the clock is not read; every moment at which the answer changes is in the result.
    """
    gates = tuple(standing_gates(tenant, row, policy))
    return Standing(
        codes=privileges.codes(row, catalog),
        opens=ticks(max([gate.until for gate in gates if gate.until != FOREVER], default=EARLIEST)),
        closes=ticks(min([gate.since for gate in gates if gate.until == FOREVER], default=FOREVER)),
        bars=tuple((gate.reason, ticks(gate.since), ticks(gate.until)) for gate in gates),
        segments=privileges.reach(row),
        offered=tenant.segments,
        presence=presence(row),
        due=ticks(members.activity_due_at(row.membership, policy)),
        tenant=row.membership.tenant,
        principal=row.id,
    )


def presence(row: Row) -> Presence:
    """Return which presence *row* is."""
    facts = row.membership
    link = facts.resting.on if row.is_link and facts.resting is not None else None
    return Presence(facts.incarnation, facts.access_epoch, row.principal.access_epoch, link)


def is_effective(tenant: Tenant, row: Row, now: datetime, policy: Policy) -> bool:
    """Tell whether nothing stands against *row*: it enters, passes checks and counts (INV-17)."""
    return against(tenant, row, now, policy) is Reason.ACTIVE


def questions(catalog: Catalog) -> dict[str, dict[str, Question]]:
    """Make all that can be asked, by resource and action: looked up twice, which costs less than making a pair."""
    return {
        resource.key: {action: question(catalog, resource.key, action) for action in resource.actions}
        for resource in catalog.resources
    }


def question(catalog: Catalog, resource: str, action: str) -> Question:
    """
    Make the question whether *action* is open on *resource*, with every answer ready.

    Raises:
        UnknownNameError: an undeclared word.
    """
    return question_of(catalog, resource, catalog.needed(resource, action), f"{action} {resource}")


def question_of(catalog: Catalog, resource: str, level: AccessLevel, about: str) -> Question:
    """Make the question whether *level* is held on *resource*, as `question` does; *about* says it in words."""
    declared = catalog.resource(resource)
    codes = range(len(catalog.ladder.steps) + 1)
    answers = {reason: ALLOWED if reason is Reason.ALLOWED else Decision((reason,), about) for reason in Reason}
    return Question(
        resource=declared.key,
        place=catalog.places[declared.key],
        needed=level.rank + 1,
        offered=declared.offered,
        segmented=declared.key != catalog.managed_by,
        answers=answers,
        by_code=tuple(answers[_by_level(code, level.rank + 1, declared.offered)] for code in codes),
    )


def judge(asked: Question, found: Standing | None, now: int, segment: SegmentKey | None) -> Decision:
    """
    Answer *asked* for a row as compiled in *found* (None: no such row), viewing for *segment* at *now*.

    Allows only if every fact is present and good (INV-01). The stronger reason is given first. The moment is in
    nanoseconds since 1970.
    """
    if found is None:
        return asked.answers[Reason.NOT_A_MEMBER]
    if not found.opens <= now < found.closes:
        return asked.answers[found.against(now)]
    if (segment is not None or found.segments is not None) and asked.segmented and asked.offered:
        if segment is None:
            return asked.answers[Reason.SEGMENT_REQUIRED]
        if segment not in found.offered or (found.segments is not None and segment not in found.segments):
            return asked.answers[Reason.SEGMENT_NOT_HELD]
    return asked.by_code[found.codes[asked.place]]


def _by_level(code: int, needed: int, offered: bool) -> Reason:  # noqa: FBT001  # a fact of the resource
    if code >= needed:
        return Reason.ALLOWED
    if not offered:
        return Reason.NOT_OFFERED
    return Reason.LEVEL_TOO_LOW if code else Reason.DENIED_EXPLICITLY
