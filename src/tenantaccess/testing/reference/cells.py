"""The cells of coverage: what state the subject is in, which command meets it, what comes of it."""

from . import deciding
from .commands import Actor, ChangePrivileges, Command, Complete
from .commands_of_people import (
    AcceptInvitation,
    DeclineInvitation,
    JoinLink,
    ResendInvitation,
    ResetPassword,
    Resume,
    RevokeInvitation,
    VerifyEmail,
)
from .facts import Row, State
from .gates import Outcome
from .world import ACCOUNT_MANAGER, FULL, World

OWN = frozenset({"leave", "touch", "request_access", "request_link", "enter"})
"""The commands about the acting principal's own row."""


def cell(
    world: World, state: State, command: Command, actor: Actor, outcome: Outcome, now: int
) -> tuple[str, str, str, str]:
    """Answer the cell of coverage a step from *state* hits: subject, command, actor, outcome."""
    result = outcome.kind if outcome.refusal is None else f"refused:{outcome.refusal}"
    return (
        subject_word(world, state, command, actor, now),
        command.name,
        actor_word(world, state, command, actor, now),
        result,
    )


def subject_word(world: World, state: State, command: Command, actor: Actor, now: int) -> str:
    """Answer the state of what a command is about, before the step."""
    name = getattr(command, "tenant", None)
    if isinstance(command, AcceptInvitation | DeclineInvitation):
        return _invited_word(world, state, command, actor, now)
    subject = _row_named(command)
    if subject is not None:
        return _member_word(world, state, *subject, now)
    if name is None:
        return _principal_word(state, _principal_named(command, actor))
    if name not in state.tenants:
        return "no_tenant"
    return _word_within(world, state, name, command, actor, now)


def _row_named(command: Command) -> tuple[str, str] | None:
    """Answer the tenant and principal a command means, where it names no row by its fields."""
    if isinstance(command, Complete):
        return command.token[1:3]
    if isinstance(command, JoinLink):
        return "".join(command.tenants[:1]), command.offer.asker
    if isinstance(command, Resume):
        return command.ticket[:2]
    return None


def _principal_named(command: Command, actor: Actor) -> str:
    if isinstance(command, ResetPassword | VerifyEmail):
        return command.slot[-1]
    return getattr(command, "principal", None) or "".join(actor[1:2])


def _word_within(world: World, state: State, name: str, command: Command, actor: Actor, now: int) -> str:
    tenant = state.tenants[name]
    member = getattr(command, "member", None)
    if isinstance(command, ChangePrivileges):
        member = command.edits[0].member if command.edits else None
    elif command.name in OWN and actor[0] == "member":
        member = actor[1]
    if member is not None:
        return _member_word(world, state, name, member, now)
    if isinstance(command, ResendInvitation | RevokeInvitation):
        return _invitation_word(state, name, command.invitation, now)
    key = getattr(command, "key", None)
    if key is not None:
        held = any(row.role == key for _, row in tenant.living())
        kind = "built_in" if key == ACCOUNT_MANAGER else "role" if key in tenant.roles else "no_role"
        return f"{kind}:{'held' if held else 'free'}"
    return f"tenant_{tenant.state}"


def _member_word(world: World, state: State, name: str, member: str, now: int) -> str:
    tenant = state.tenants.get(name)
    row = None if tenant is None else tenant.rows.get(member)
    if tenant is None:
        return "no_tenant"
    if not isinstance(row, Row):
        if member not in state.principals:
            return "ghost"
        standing = "" if row is None else f":{row.standing}"
        return f"{'absent' if row is None else 'gone'}{standing}"
    word, detail = deciding.status_of(world, state, tenant, row, now)
    kind = "link " if deciding.is_link(row) else "linked " if row.origin == "linked" else ""
    return f"{kind}{word}" if detail is None else f"{kind}{word}:{detail}"


def _invitation_word(state: State, name: str, key: str, now: int) -> str:
    tenant = state.tenants.get(name)
    invitation = None if tenant is None else tenant.invitations.get(key)
    if invitation is None:
        return "no_invitation"
    expired = invitation.state == "open" and invitation.expires_at <= now
    return f"invitation_{'expired' if expired else invitation.state}"


def _invited_word(
    world: World, state: State, command: AcceptInvitation | DeclineInvitation, actor: Actor, now: int
) -> str:
    """Answer the state of the invitation, or (while it is open) of the row it leads to."""
    purpose, name, key = command.slot if len(command.slot) == len(("", "", "")) else ("", "", "")
    word = _invitation_word(state, name, key, now) if purpose == "invitation" else "no_invitation"
    if word != "invitation_open" or isinstance(command, DeclineInvitation):
        return word
    return "newcomer" if command.username is not None else _member_word(world, state, name, actor[1], now)


def _principal_word(state: State, principal: str) -> str:
    person = state.principals.get(principal)
    if person is None:
        return "ghost" if principal else "none"
    return "suspended" if person.suspended else "usable"


def actor_word(world: World, state: State, command: Command, actor: Actor, now: int) -> str:
    """Answer what the actor is to the command's tenant; for a member, more than its kind."""
    name = getattr(command, "tenant", None)
    if actor[0] != "member" or name is None:
        return actor[0]
    tenant = state.tenants.get(name)
    row = None if tenant is None else tenant.row(actor[1])
    if tenant is None or row is None:
        return "outsider"
    manages = deciding.effective_on(world, tenant, row, world.managing, None) == FULL
    if not manages or not deciding.is_effective(world, state, name, actor[1], now):
        return "member"
    return "manager" if row.rests_on is None else "resting_manager"
