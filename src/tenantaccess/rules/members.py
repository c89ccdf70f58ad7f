"""What do the facts of a row amount to at a moment, and what do the steps of its life make of them?"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import attrs

from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Gate, Reason
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import (
    Authority,
    Disabled,
    DisableReason,
    Membership,
    Origin,
    Resting,
    RestKind,
    Row,
    Status,
    VerifiedHow,
)
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.policy import AfterEnable, AfterPasswordChange, Policy
from tenantaccess.model.principals import Kind


def _stale(row: Row, policy: Policy) -> Gate | None:
    """
    When, if ever, is what *row* rests on no longer what it was (MC-02, INV-28)?

    A base that is stale itself stands for nobody: whoever chose its password would go on through a link (MC-17).
    """
    resting = row.membership.resting
    if resting is None:
        return None
    base = row.base
    if base is None or base.membership.gone_at is not None:
        return Gate(Reason.STALE)
    found = (base.membership.incarnation, base.membership.proof_epoch, base.principal.proof_epoch)
    if found != (resting.incarnation, resting.proof_epoch, resting.principal_epoch):
        return Gate(Reason.STALE)
    below = _stale(base, policy)
    moments = (base.membership.valid_until, _outlived_at(resting, base, policy), None if below is None else below.since)
    ends = [end for end in moments if end is not None]
    return Gate(Reason.STALE, since=min(ends)) if ends else None


def _base_begins_at(row: Row) -> datetime | None:
    """Return the moment at which the last of the rows that *row* rests on begins; None if all of them always held."""
    base = row.base
    if row.membership.resting is None or base is None:
        return None
    starts = [start for start in (base.membership.valid_from, _base_begins_at(base)) if start is not None]
    return max(starts, default=None)


def _outlived_at(resting: Resting, base: Row, policy: Policy) -> datetime | None:
    """
    Return when a link stops outliving the password it was proven with; None if never (MC-03).

    Counted from the first change after the proof: later ones neither shorten nor lengthen it. A change so long
    ago that its moment is no longer kept has been outlived.
    """
    changes = base.principal.password_epoch - resting.password_epoch
    if resting.kind is not RestKind.LINK or not changes:
        return None
    if policy.after_password_change is AfterPasswordChange.KEEP:
        return None
    kept = base.principal.password_changes
    if not 0 < changes <= len(kept):
        return EARLIEST
    grace = policy.link_grace if policy.after_password_change is AfterPasswordChange.STALE else timedelta(0)
    return kept[-changes] + grace


def lapses_at(row: Row, policy: Policy) -> datetime | None:
    """Return the first moment at which *row* counts as inactive; None for a service, or before its clock starts."""
    started, active = row.membership.clock_started_at, row.membership.last_active_at
    last = active if started is None or (active is not None and active > started) else started
    return None if last is None or row.principal.kind is not Kind.HUMAN else last + policy.inactive_after


def _awaiting(facts: Membership, policy: Policy) -> Iterator[Gate]:
    if facts.requested_at is not None:
        yield Gate(Reason.REQUEST_EXPIRED, since=facts.requested_at + policy.request_expires_after)
    yield Gate(Reason.PENDING)


def gates(row: Row, policy: Policy) -> Iterator[Gate]:
    """
    Yield all that stands against *row*, now or one day, the stronger reason first.

    This is the one derivation of the status: lists, checks, commands and sweeps all come here.
    """
    facts = row.membership
    if facts.gone_at is not None:
        yield Gate(Reason.NOT_A_MEMBER)
        return
    if facts.disabled is not None:
        rejected = facts.disabled.reason is DisableReason.REJECTED
        yield Gate(Reason.REJECTED if rejected else Reason.DISABLED)
    if facts.valid_until is not None:
        yield Gate(Reason.ENDED, since=facts.valid_until)
    if facts.valid_from is not None:
        yield Gate(Reason.NOT_YET_VALID, until=facts.valid_from)
    if facts.approved_at is None:
        yield from _awaiting(facts, policy)
    begins_at = _base_begins_at(row)
    if begins_at is not None:
        # After what stands against a request: no date hides that nobody approved it.
        yield Gate(Reason.NOT_YET_VALID, until=begins_at)
    stale = _stale(row, policy)
    if stale is not None:
        yield stale
    if facts.verified_at is None:
        yield Gate(Reason.UNVERIFIED)
    lapse = lapses_at(row, policy)
    if lapse is not None:
        yield Gate(Reason.LAPSED, since=lapse)


def condition(row: Row, now: datetime, policy: Policy) -> Reason:
    """Return the strongest reason that stands against *row* at *now*, or `Reason.ACTIVE`."""
    return strongest(gates(row, policy), now)


def strongest(found: Iterable[Gate], now: datetime) -> Reason:
    """Return the reason of the first of *found* that stands at *now*, or `Reason.ACTIVE`."""
    return next((gate.reason for gate in found if gate.since <= now < gate.until), Reason.ACTIVE)


def status(row: Row, now: datetime, policy: Policy) -> Status:
    """Return the word people read for a row that is not gone."""
    return STATUS[condition(row, now, policy)]


def is_stale(row: Row, now: datetime, policy: Policy) -> bool:
    """Tell whether what *row* rests on no longer holds at *now*."""
    gate = _stale(row, policy)
    return gate is not None and gate.since <= now


def is_held_by_operator(facts: Membership, now: datetime) -> bool:
    """
    Tell whether only the operator leads this row back (MC-11).

    It is so for what the operator disabled, or gave an end that has passed; a rejection holds nobody.
    """
    ended = facts.ends_by is Authority.OPERATOR and has_ended(facts, now)
    return facts.held_by_operator or ended or _is_disabled_by_operator(facts)


def _is_disabled_by_operator(facts: Membership) -> bool:
    disabled = facts.disabled
    by_operator = disabled is not None and disabled.by is Authority.OPERATOR
    rejected = disabled is not None and disabled.reason is DisableReason.REJECTED
    return by_operator and not rejected


def _has_passed(end: datetime | None, now: datetime) -> bool:
    return end is not None and end <= now


def has_ended(facts: Membership, now: datetime) -> bool:
    """Tell whether the end of *facts* has passed."""
    return _has_passed(facts.valid_until, now)


def resting_on(base: Row, kind: RestKind) -> Resting:
    """Return what a row stores when it begins to rest on *base*."""
    facts, principal = base.membership, base.principal
    numbers = (facts.incarnation, facts.proof_epoch, principal.proof_epoch, principal.password_epoch)
    return Resting(base.id, kind, *numbers)


def attested(fresh: Membership, now: datetime, by: str) -> Membership:
    """Return *fresh* as a row set up by somebody who vouches for it: approved, verified, its clock running."""
    return attrs.evolve(
        fresh,
        approved_at=now,
        approved_by=by,
        verified_at=now,
        verified_how=VerifiedHow.ATTESTED,
        clock_started_at=now,
    )


def returning(before: Membership, origin: Origin) -> Membership:
    """
    Return the empty row of a new incarnation (INV-15).

    It inherits numbers, a standing disable, and whose proof it last rested on (MC-09); nothing else.
    """
    return Membership(
        tenant=before.tenant,
        principal=before.principal,
        origin=origin,
        incarnation=before.incarnation + 1,
        access_epoch=before.access_epoch,
        proof_epoch=before.proof_epoch,
        held_by_operator=before.held_by_operator or _is_disabled_by_operator(before),
        proven_by=before.proven_by,
        proven_at=before.proven_at,
    )


def disabled(before: Membership, now: datetime, by: Authority, reason: DisableReason) -> Membership:
    """Return *before* disabled at once: sessions and what rests on it end (INV-05)."""
    return attrs.evolve(
        before,
        disabled=Disabled(now, by, reason),
        access_epoch=before.access_epoch + 1,
        proof_epoch=before.proof_epoch + 1,
    )


def ending(before: Membership, at: datetime, by: Authority) -> Membership:
    """Return *before* with its end at *at*, or as soon as it ends anyway: *by* narrows."""
    end = at if before.valid_until is None else min(at, before.valid_until)
    return dated(before, before.valid_from, end, by)


def dated(before: Membership, valid_from: datetime | None, valid_until: datetime | None, by: Authority) -> Membership:
    """Return *before* with other dates; an end is whose act it is, and left as it is the operator's stays so."""
    is_kept = before.ends_by is Authority.OPERATOR and valid_until == before.valid_until
    ends_by = Authority.OPERATOR if is_kept else by
    return attrs.evolve(
        before,
        valid_from=valid_from,
        valid_until=valid_until,
        ends_by=None if valid_until is None else ends_by,
    )


def is_narrower(after: Membership, before: Membership) -> bool:
    """Tell whether the dates of *after* open no moment that those of *before* do not."""
    starts, ends = (before.valid_from, after.valid_from), (before.valid_until, after.valid_until)
    return (starts[0] is None or (starts[1] is not None and starts[1] >= starts[0])) and (
        ends[0] is None or (ends[1] is not None and ends[1] <= ends[0])
    )


def enabled(row: Row, now: datetime, policy: Policy) -> Membership:
    """
    Return *row* enabled: levels as before, the clock anew, sessions from before still dead (AM-27, INV-21).

    It leads to unverified where there is a mailbox to verify, unless the policy says active. A passed end is
    lifted; a link demands fresh proof; what another row rests on is given up if it no longer holds: whoever
    enables takes that on. What rested on the row while it was ended or stale stays stale (MC-02).
    """
    before = row.membership
    mailbox = row.is_link or (row.principal.email and policy.after_enable is not AfterEnable.ACTIVE)
    given_up = not row.is_link and is_stale(row, now, policy)
    passed = _has_passed(before.valid_until, now)
    return attrs.evolve(
        before,
        disabled=None,
        held_by_operator=False,
        valid_from=before.valid_from if _has_passed(before.valid_from, now) else None,
        valid_until=None if passed else before.valid_until,
        ends_by=None if passed else before.ends_by,
        proof_epoch=before.proof_epoch + (passed or given_up),
        access_epoch=before.access_epoch + 1,
        clock_started_at=now,
        resting=None if given_up else before.resting,
        verified_at=None if mailbox else now,
        verified_how=None if mailbox else VerifiedHow.ATTESTED,
        warned=0,
    )


def appointed(row: Row, now: datetime, by: str, policy: Policy) -> Membership:
    """Return *row* as an account manager in its own right, active by the operator's word (MC-05)."""
    before = row.membership
    active = condition(row, now, policy) is Reason.ACTIVE
    lifted = _has_passed(before.valid_until, now) or is_stale(row, now, policy)
    vouched = (
        before if active else attrs.evolve(attested(before, now, by), access_epoch=before.access_epoch + 1, warned=0)
    )
    return attrs.evolve(
        vouched,
        disabled=None,
        valid_from=None,
        valid_until=None,
        ends_by=None,
        proof_epoch=before.proof_epoch + lifted,
        resting=None,
        role=ACCOUNT_MANAGER,
        overrides=EMPTY,
        segments=frozenset(),
    )


def gone(before: Membership, now: datetime) -> Membership:
    """
    Return the tombstone of *before*: numbers that go on, and a standing disable that a return will meet (MC-11).

    A passed end stands as a disable by whoever set it (MC-06); a rejection and a lapse do not stand. An end that the
    operator set holds the row, passed or not.
    """
    standing = before.disabled
    if standing is not None and standing.reason is DisableReason.REJECTED:
        standing = None
    if standing is None and _has_passed(before.valid_until, now):
        standing = Disabled(now, before.ends_by or Authority.MANAGER, DisableReason.ENDED)
    return Membership(
        tenant=before.tenant,
        principal=before.principal,
        origin=before.origin,
        incarnation=before.incarnation,
        access_epoch=before.access_epoch + 1,
        proof_epoch=before.proof_epoch + 1,
        disabled=standing,
        held_by_operator=before.held_by_operator or before.ends_by is Authority.OPERATOR,
        proven_by=before.proven_by,
        proven_at=before.proven_at,
        gone_at=now,
    )


def password_changed(row: Row, now: datetime, policy: Policy) -> Membership:
    """Return *row* after its person chose a password of its own: in time it stands alone, too late it stays stale."""
    resting = row.membership.resting
    if resting is None or resting.kind is not RestKind.CHOSEN_PASSWORD or is_stale(row, now, policy):
        return row.membership
    return attrs.evolve(row.membership, resting=None)


def activity_due_at(facts: Membership, policy: Policy) -> datetime:
    """Return from when on activity is to be written: it moves forward, at most once in a while (INV-07)."""
    return EARLIEST if facts.last_active_at is None else facts.last_active_at + policy.activity_every
