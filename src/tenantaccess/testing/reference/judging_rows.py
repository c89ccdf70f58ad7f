"""The invariants of one changed row and of the tokens, over a step that was done."""

from collections.abc import Iterator
from typing import NamedTuple

from . import judging
from .commands import Actor, Command, Complete, Deliver
from .commands_of_people import AcceptInvitation, ResetPassword, Resume, VerifyEmail
from .facts import Row, State, Tombstone
from .gates import Outcome
from .world import ACCOUNT_MANAGER, HOUR, World


class Case(NamedTuple):
    """A step that was done, to be judged."""

    world: World
    before: State
    command: Command
    actor: Actor
    after: State
    outcome: Outcome
    now: int


class Change(NamedTuple):
    """A row that differs: what it was and what it is."""

    tenant: str
    principal: str
    was: Row | Tombstone | None
    row: Row | Tombstone


def row_violations(case: Case, change: Change) -> Iterator[str]:
    """Judge one changed row."""
    was, row = change.was, change.row
    if was is None:
        if isinstance(row, Tombstone) or row.incarnation != 1:
            yield f"INV-15 {change.principal} did not begin as a first incarnation"
        return
    old = (was.incarnation, was.access_epoch, was.proof_epoch)
    new = (row.incarnation, row.access_epoch, row.proof_epoch)
    if any(b < a for a, b in zip(old, new, strict=True)):
        yield f"INV-21 an epoch of {change.principal} went back"
    if isinstance(was, Tombstone):
        yield from reborn(case, change, was)
        return
    yield from ended(case, change, was)
    yield from held(case, change, was)
    if isinstance(row, Row):
        yield from lifted(case, change, was, row)
        yield from freed(case, change, was, row)
        yield from clocked(case, change, was, row)


def reborn(case: Case, change: Change, was: Tombstone) -> Iterator[str]:
    """INV-15: who comes back inherits nothing but the operator's hold."""
    row = change.row
    if not isinstance(row, Row) or row.incarnation <= was.incarnation:
        yield f"INV-15 {change.principal} came back as the same incarnation"
        return
    heir = (row.last_active_at, row.told, any(row.contact))
    given = (row.overrides, row.segments, row.rests_on)
    role = ACCOUNT_MANAGER if case.command.name == "appoint_manager" else None
    brings = case.command.name in ("join_link", "accept_invitation", "adopt")
    if any(heir) or (not brings and (any(given) or row.role != role)):
        yield f"INV-15 {change.principal} inherited something"
    if case.command.name != "join_link" and row.proven_by != was.proven_by:
        yield f"INV-18 it is forgotten whose proof {change.principal} rested on"
    by_operator = isinstance(case.command, AcceptInvitation) and is_operators(case, case.command) and not was.barred
    if was.standing == "operator" and not row.operator_hold and not by_operator:
        yield f"INV-23 {change.principal} came back without the operator's hold"


def ended(case: Case, change: Change, was: Row) -> Iterator[str]:
    """INV-21: ending an access ends its sessions and proofs, and coming back opens none of them."""
    name, principal, _, row = change
    source = judging.standing(case.world, case.before, name, principal, case.now)
    target = judging.standing(case.world, case.after, name, principal, case.now)
    ends = target in ("gone", "disabled") and source != target
    back = source in judging.OUT | {"stale"} and target in ("active", "unverified", "stale") and source != target
    dated = source == "early" and (case.command.name == "set_dates" or (was.valid_from or 0) <= case.now)
    if (ends or (back and not dated)) and row.access_epoch <= was.access_epoch:
        yield f"INV-21 {principal} kept its sessions from {source} to {target}"
    if ends and row.proof_epoch <= was.proof_epoch:
        yield f"INV-21 {principal} kept its proofs from {source} to {target}"


def lifted(case: Case, change: Change, was: Row, row: Row) -> Iterator[str]:
    """INV-21: a passed end is lifted by enabling or appointing, and ends the proofs."""
    if was.valid_until is None or was.valid_until > case.now or row.valid_until == was.valid_until:
        return
    if case.command.name not in ("enable", "appoint_manager", "adopt") or row.proof_epoch <= was.proof_epoch:
        yield f"INV-21 a passed end of {change.principal} was lifted quietly"


def freed(case: Case, change: Change, was: Row, row: Row) -> Iterator[str]:
    """INV-28: resting ends by one's own password in time, by enabling once stale, by confirming, by appointing."""
    kind, tenant = case.command.name, case.before.tenants[change.tenant]
    stale = judging.rests_in_vain(case.world, case.before, tenant, was, case.now)
    if was.rests_on == row.rests_on:
        later = case.after.tenants[change.tenant]
        if stale and not judging.rests_in_vain(case.world, case.after, later, row, case.now):
            yield f"INV-21 `{kind}` revived what {change.principal} rested on"
        return
    if judging.is_unconfirmed_link(was) or judging.is_unconfirmed_link(row):
        expired = judging.standing(case.world, case.before, change.tenant, change.principal, case.now) in OVER
        renewing = kind == "join_link" and judging.is_unconfirmed_link(row)
        ending = kind in ("confirm_link", "appoint_manager", "adopt") or (
            expired and kind in ("request_access", "request_link")
        )
        if not (renewing or (ending and row.rests_on is None)):
            yield f"INV-28 `{kind}` ended or moved the proof of {change.principal}"
        return
    by_password = kind in ("change_password", "reset_password") and subject_of(case) == change.principal and not stale
    alone = by_password or (kind == "enable" and stale) or kind in ("appoint_manager", "adopt")
    if row.rests_on is not None or not alone:
        yield f"INV-28 `{kind}` ended or moved what {change.principal} rests on"


OVER = ("rejected", "expired")


def subject_of(case: Case) -> str:
    """Answer which principal a command about a principal is about."""
    command = case.command
    if isinstance(command, ResetPassword | VerifyEmail):
        return command.slot[-1]
    return getattr(command, "principal", None) or "".join(case.actor[1:2])


def held(case: Case, change: Change, was: Row) -> Iterator[str]:
    """INV-23: what the operator disabled, only the operator leads back."""
    if case.actor[0] == "operator":
        return
    yield from ending(case, change, was)
    if not judging.is_held_by_operator(was, case.now):
        return
    if isinstance(case.command, AcceptInvitation) and is_operators(case, case.command) and was.operator_hold:
        return
    row = change.row
    kept = row.standing == "operator" if isinstance(row, Tombstone) else judging.is_held_by_operator(row, case.now)
    if not kept:
        yield f"INV-23 `{case.command.name}` lifted the operator's hold on {change.principal}"


def ending(case: Case, change: Change, was: Row) -> Iterator[str]:
    """INV-23: an end that the operator set stays where it is, and follows who leaves; nobody else sets one for it."""
    row = change.row
    if isinstance(row, Tombstone):
        if was.ends_by == "operator" != row.standing:
            yield f"INV-23 {change.principal} left the operator's end behind"
    elif "operator" in (was.ends_by, row.ends_by) and (row.valid_until, row.ends_by) != (was.valid_until, was.ends_by):
        yield f"INV-23 `{case.command.name}` moved the operator's end of {change.principal}"


def resumed(case: Case, command: Resume) -> Iterator[str]:
    """INV-21: no session goes on that was opened before any of its numbers rose."""
    name, principal, *kept = command.ticket
    row, person = case.before.tenants[name].rows[principal], case.before.principals[principal]
    if [row.incarnation, row.access_epoch, person.session_epoch] != kept[:3]:
        yield f"INV-21 a dead session of {principal} went on"


def is_operators(case: Case, command: AcceptInvitation) -> bool:
    """Tell whether the operator sent the invitation that is accepted."""
    _, name, key = command.slot
    return case.before.tenants[name].invitations[key].inviter is None


def clocked(case: Case, change: Change, was: Row, row: Row) -> Iterator[str]:
    """INV-07 and INV-08: clocks go forward, activity is one's own, a sweep writes no fact."""
    kind = case.command.name
    if (row.clock_started_at or 0) < (was.clock_started_at or 0):
        yield f"INV-07 the clock of {change.principal} went back"
    if row.last_active_at != was.last_active_at:
        own = kind in ("touch", "enter") and case.actor == ("member", change.principal)
        own = own or (isinstance(case.command, Resume) and case.command.ticket[:2] == change[:2])
        hence = None if was.last_active_at is None else was.last_active_at + HOUR
        if not own or row.last_active_at is None or (hence is not None and row.last_active_at < hence):
            yield f"INV-07 the activity of {change.principal} was not its own, or written too soon"
    if kind == "sweep" and row._replace(told=was.told) != was:
        yield f"INV-08 a sweep changed a fact of {change.principal}"


def token_violations(case: Case) -> Iterator[str]:
    """INV-30: a token is used once, in time, for the access it was made for."""
    for key, token in case.before.tokens.items():
        newer = case.after.tokens[key]
        if newer.serial == token.serial and token.used and not newer.used:
            yield "INV-30 a used token lives again"
        if newer.serial != token.serial and not isinstance(case.command, Deliver):
            yield "INV-30 a token came from nowhere"
    if isinstance(case.command, Complete):
        yield from redeemed(case, case.command)
    if isinstance(case.command, Resume):
        yield from resumed(case, case.command)


def redeemed(case: Case, command: Complete) -> Iterator[str]:
    """INV-30, INV-21 and INV-17 for a token that was redeemed."""
    _, name, member, serial = command.token
    token, row = case.before.tokens[name, member], case.before.tenants[name].rows[member]
    if token.used or token.serial != serial or not case.after.tokens[name, member].used:
        yield "INV-30 a dead token was redeemed, or it lives on"
    if case.now - token.minted_at >= case.world.policy.token_expiry:
        yield "INV-30 an expired token was redeemed"
    if (row.incarnation, row.access_epoch) != (token.incarnation, token.access_epoch):
        yield "INV-21 a token outlived the access it was made for"
    if case.before.principals[member].proof_epoch != token.proof_epoch:
        yield "INV-21 a token outlived a suspension"
    if case.before.tenants[name].state != "open" or case.before.principals[member].suspended:
        yield "INV-17 a token was redeemed while access was suspended"
