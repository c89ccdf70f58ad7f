"""The commands that lead a row from status to status, except those that create and end it."""

from . import deciding, gates, voiding
from .commands import Approve, Complete, Disable, Enable, Reject, SendRegistration, SetDates
from .deciding import Status
from .facts import Row, State, Table, Token, Waiting
from .gates import Effect, Event, Turn, done, require, row_event, to_person
from .world import DISABLE_REASONS

OVER = (Status("disabled", "rejected"), Status("disabled", "request_expired"))
"""What only a new request (or, for a rejection, an approval) leads out of."""

MANUAL = (Status("disabled", "manual"), Status("disabled", "operator"))


def queued(state: State, name: str, member: str, row: Row) -> State:
    """Queue a registration notice for the row as it stands."""
    notice = Waiting(name, member, row.incarnation, row.access_epoch)
    return state._replace(queue=(*state.queue, notice))


def approve(turn: Turn, command: Approve) -> Effect:
    """Admit a request, with a role or levels."""
    gates.declared(turn.world, command.levels, command.segments)
    require(command.role is not None or bool(command.levels), "invalid")
    desk = gates.enter_desk(turn, command.tenant, admits=True)
    row = gates.subject_row(desk, command.member)
    gates.known_here(desk.tenant, command.role, command.segments)
    gates.not_own_row(desk, command.member)
    gates.not_own_proof(desk, row)
    gates.operators_only(turn, row)
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    require(row.origin != "linked", "illegal")
    if status in (deciding.UNVERIFIED, deciding.ACTIVE):
        return None
    require(status == deciding.PENDING or status == OVER[0], "illegal")
    person = turn.state.principals[command.member]
    known = person.email is None or person.email_verified
    after = row._replace(
        approved_at=turn.now,
        verified_at=turn.now if known else None,
        verified_how=("attested" if person.email is None else "mailbox") if known else None,
        clock_started_at=turn.now if known else row.clock_started_at,
        disabled_at=None,
        disabled_by=None,
        reason=None,
        role=command.role,
        overrides=Table(command.levels),
        segments=tuple(sorted(command.segments)),
        operator_hold=row.operator_hold and turn.actor[0] != "operator",
    )
    gates.under_ceiling(turn, desk, row, after)
    state = turn.state.with_row(command.tenant, command.member, after)
    return done(
        queued(state, command.tenant, command.member, after),
        row_event(command.tenant, command.name, command.member),
        notices=(to_person(command.tenant, command.member),),
    )


def reject(turn: Turn, command: Reject) -> Effect:
    """Turn a request down."""
    desk = gates.enter_desk(turn, command.tenant)
    row = gates.subject_row(desk, command.member)
    gates.not_own_row(desk, command.member)
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    if status == OVER[0]:
        return None
    require(status == deciding.PENDING, "illegal")
    after = row._replace(disabled_at=turn.now, disabled_by=_hand(turn), reason="rejected")
    return _settled(turn, command.name, command.tenant, command.member, after)


def send_registration(turn: Turn, command: SendRegistration) -> Effect:
    """Queue the registration mail again."""
    desk = gates.enter_desk(turn, command.tenant)
    row = gates.subject_row(desk, command.member)
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    require(not deciding.is_link(row), "illegal")
    if status == deciding.ACTIVE:
        return None
    has_mailbox = turn.state.principals[command.member].email is not None
    require(status == deciding.UNVERIFIED and has_mailbox, "illegal")
    return done(
        queued(turn.state, command.tenant, command.member, row),
        row_event(command.tenant, command.name, command.member),
        notices=(to_person(command.tenant, command.member),),
    )


def complete(turn: Turn, command: Complete) -> Effect:
    """Let the person complete a registration."""
    _, name, member, serial = command.token
    token = turn.state.tokens.get((name, member))
    if token is None or token.serial != serial:
        raise gates.RefusedError("proof_refused")
    row = turn.state.tenants[name].row(member)
    if row is None or not is_redeemable(turn, name, member, token, row):
        raise gates.RefusedError("proof_refused")
    person = turn.state.principals[member]
    state = turn.state.with_row(name, member, _completed(row, turn.now))
    state = state.with_principal(member, person.shown(turn.now))
    state = state._replace(tokens=state.tokens.put((name, member), token._replace(used=True)))
    events = [row_event(name, command.name, member)]
    if not person.email_verified:
        events.append((("principal", member), command.name, ("principal", member)))
    return done(state, *events)


def _completed(row: Row, now: int) -> Row:
    return row._replace(verified_at=now, verified_how="mailbox", clock_started_at=now)


def is_redeemable(turn: Turn, name: str, member: str, token: Token, row: Row) -> bool:
    """Tell whether the newest token of a row still opens it."""
    tenant = turn.state.tenants[name]
    return (
        not token.used
        and turn.now < token.minted_at + turn.world.policy.token_expiry
        and (row.incarnation, row.access_epoch) == (token.incarnation, token.access_epoch)
        and turn.state.principals[member].email == token.email
        and turn.state.principals[member].proof_epoch == token.proof_epoch
        and not deciding.is_link(row)
        and tenant.state == "open"
        and not turn.state.principals[member].suspended
        and deciding.status_of(turn.world, turn.state, tenant, row, turn.now) == deciding.UNVERIFIED
    )


def disable(turn: Turn, command: Disable) -> Effect:
    """End an access; the stronger fact is always written."""
    require(command.reason in DISABLE_REASONS, "invalid")
    desk = gates.enter_desk(turn, command.tenant, override=command.override)
    row = gates.subject_row(desk, command.member)
    gates.not_own_row(desk, command.member)
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    require(status != deciding.PENDING and status not in OVER, "illegal")
    at_once = command.at is None or command.at <= turn.now
    if command.at is None or at_once:
        after = disabled_now(turn, row, status, command.reason)
    else:
        after = _disabled_later(turn, row, status, command.at)
    if after is None:
        return None
    return _settled(turn, command.name, command.tenant, command.member, after, override=command.override, ends=at_once)


def disabled_now(turn: Turn, row: Row, status: Status, reason: str) -> Row | None:
    """Disable at once: a manual disable yields to the operator's only."""
    if is_disabled_for_good(turn, status):
        return None
    return row._replace(
        disabled_at=turn.now,
        disabled_by=_hand(turn),
        reason=reason,
        access_epoch=row.access_epoch + 1,
        proof_epoch=row.proof_epoch + 1,
    )


def is_disabled_for_good(turn: Turn, status: Status) -> bool:
    """Tell whether a disable adds nothing to the one that stands: the operator's does, to a manager's."""
    return status == MANUAL[1] or (status == MANUAL[0] and turn.actor[0] != "operator")


def _disabled_later(turn: Turn, row: Row, status: Status, at: int) -> Row | None:
    """Set an end, or bring it forward; an end that is earlier stays, and is the operator's if the operator says so."""
    require(status != Status("disabled", "ended"), "illegal")
    if is_disabled_for_good(turn, status) or (status in MANUAL and deciding.passed(row.valid_until, turn.now)):
        return None
    if row.valid_until is None or at < row.valid_until:
        gates.operators_end(turn, row, at)
        return row._replace(valid_until=at, ends_by=_hand(turn))
    return row._replace(ends_by="operator") if _hand(turn) == "operator" != row.ends_by else None


def enable(turn: Turn, command: Enable) -> Effect:
    """Lead back what was disabled, lapsed, out of its dates or stale."""
    desk = gates.enter_desk(turn, command.tenant)
    row = gates.subject_row(desk, command.member)
    gates.not_own_row(desk, command.member)
    gates.not_own_rester(turn, desk, row)
    gates.operators_only(turn, row)
    status = deciding.status_of(turn.world, turn.state, desk.tenant, row, turn.now)
    if status in (deciding.ACTIVE, deciding.UNVERIFIED):
        return None
    legal = status != deciding.PENDING and status not in OVER and row.approved_at is not None
    require(legal, "illegal")
    has_mailbox = turn.state.principals[command.member].email is not None
    anew = has_mailbox and turn.world.policy.after_enable == "UNVERIFIED"
    require(not deciding.is_link(row) or status != deciding.STALE, "illegal")
    after = enabled(turn, desk, row)
    if anew or deciding.is_link(row):
        after = after._replace(verified_at=None, verified_how=None)
    else:
        after = after._replace(verified_at=turn.now, verified_how="attested")
    return _settled(turn, command.name, command.tenant, command.member, after, mail=True)


def enabled(turn: Turn, desk: gates.Desk, row: Row) -> Row:
    """Clear whatever stood in the way, and start the clock anew."""
    ended = deciding.passed(row.valid_until, turn.now)
    stale = deciding.is_stale(turn.world, turn.state, desk.tenant, row, turn.now)
    given_up = stale and not deciding.is_link(row)
    early = row.valid_from is not None and turn.now < row.valid_from
    return row._replace(
        disabled_at=None,
        disabled_by=None,
        reason=None,
        operator_hold=False,
        valid_from=None if early else row.valid_from,
        valid_until=None if ended else row.valid_until,
        ends_by=None if ended else row.ends_by,
        proof_epoch=row.proof_epoch + (ended or given_up),
        access_epoch=row.access_epoch + 1,
        clock_started_at=turn.now,
        rests_on=None if given_up else row.rests_on,
    )


def set_dates(turn: Turn, command: SetDates) -> Effect:
    """Replace both dates; a passed end is lifted by enabling only."""
    start, end = command.valid_from, command.valid_until
    desk = gates.enter_desk(turn, command.tenant, override=command.override)
    row = gates.subject_row(desk, command.member)
    gates.not_own_row(desk, command.member)
    require(not deciding.passed(end, turn.now), "invalid")
    require(start is None or end is None or start < end, "invalid")
    require(is_narrower(row, start, end) or not gates.is_carried(desk, row), "own_row")
    gates.operators_end(turn, row, end)
    require(row.approved_at is not None and not deciding.passed(row.valid_until, turn.now), "illegal")
    after = row._replace(valid_from=start, valid_until=end, ends_by=ended_by(turn, row, end))
    if after == row:
        return None
    return _settled(turn, command.name, command.tenant, command.member, after, override=command.override)


def is_narrower(row: Row, start: int | None, end: int | None) -> bool:
    """Tell whether dates let nobody in who is not let in by those a row has."""
    begins = row.valid_from is None or (start is not None and row.valid_from <= start)
    return begins and (row.valid_until is None or (end is not None and end <= row.valid_until))


def ended_by(turn: Turn, row: Row, end: int | None) -> str | None:
    """Answer whose an end is: the operator's once the operator sets it, even where it was; else who moved it last."""
    if end is None:
        return None
    moved = end != row.valid_until or turn.actor[0] != "member"
    return _hand(turn) if moved else row.ends_by


def _hand(turn: Turn) -> str:
    return "manager" if turn.actor[0] == "member" else "operator"


def _settled(
    turn: Turn,
    kind: str,
    name: str,
    member: str,
    after: Row,
    *,
    override: bool = False,
    mail: bool = False,
    ends: bool = False,
) -> Effect:
    """Store a row whose levels stay, judge rule 5, end what invitations it must, tell the person."""
    tenant = turn.state.tenants[name]
    before = tenant.row(member)
    state = turn.state.with_row(name, member, after)
    if before is not None and gates.stores_managing(turn.world, tenant, before):
        gates.keeps_manager(turn, state, name, override=override)
    if mail:
        state = queued(state, name, member, after)
    voided: tuple[Event, ...] = ()
    if ends:
        state, voided = voiding.void_both(state, kind, name, member)
    elif mail:
        state, voided = voiding.void_sent(state, kind, name, member)
    return done(state, row_event(name, kind, member), *voided, notices=(to_person(name, member),))
