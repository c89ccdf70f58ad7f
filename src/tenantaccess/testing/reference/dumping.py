"""Plain copies of the facts, to compare with another implementation, and the cells of coverage."""

from typing import Any

from . import deciding
from .commands import Actor, ChangePrivileges, Command, Complete
from .facts import Row, State
from .gates import Outcome
from .world import ACCOUNT_MANAGER, FULL, World

Plain = dict[str, Any]


def dump(state: State) -> Plain:
    """Answer every fact as dictionaries, lists, strings and integers, in sorted order."""
    return {
        "tenants": {
            name: {
                "state": tenant.state,
                "external_ids": [list(key) for key in tenant.external_ids],
                "segments": list(tenant.segments),
                "roles": {key: _sorted(levels) for key, levels in sorted(tenant.roles.items())},
                "rows": {
                    principal: _row(row) if isinstance(row, Row) else {"gone": True, **row._asdict()}
                    for principal, row in sorted(tenant.rows.items())
                },
            }
            for name, tenant in sorted(state.tenants.items())
        },
        "principals": {name: person._asdict() for name, person in sorted(state.principals.items())},
        "tokens": {"/".join(key): token._asdict() for key, token in sorted(state.tokens.items())},
        "queue": [waiting._asdict() for waiting in state.queue],
    }


def _sorted(levels: dict[str, int]) -> dict[str, int]:
    return dict(sorted(levels.items()))


def _row(row: Row) -> Plain:
    return {
        "gone": False,
        **row._asdict(),
        "overrides": _sorted(row.overrides),
        "segments": list(row.segments),
        "contact": list(row.contact),
        "rests_on": None if row.rests_on is None else row.rests_on._asdict(),
        "told": None if row.told is None else list(row.told),
    }


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
    if isinstance(command, Complete):
        return _member_word(world, state, command.token[1], command.token[2], now)
    name = getattr(command, "tenant", None)
    if name is None:
        return _principal_word(state, getattr(command, "principal", None) or "".join(actor[1:2]))
    tenant = state.tenants.get(name)
    if tenant is None:
        return "no_tenant"
    member = getattr(command, "member", None)
    if isinstance(command, ChangePrivileges):
        member = command.edits[0].member if command.edits else None
    elif command.name in ("leave", "touch", "request_access") and actor[0] == "member":
        member = actor[1]
    if member is not None:
        return _member_word(world, state, name, member, now)
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
    return word if detail is None else f"{word}:{detail}"


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
