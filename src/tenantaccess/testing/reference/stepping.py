"""One step: a command meets a state."""

from collections.abc import Callable
from typing import Any

from . import (
    adopting,
    entering,
    erasing,
    inviting,
    joining,
    lifecycle,
    linking,
    mailing,
    operating,
    passwords,
    privileges,
)
from .commands import Actor, Command
from .facts import State
from .gates import NOOP, Effect, Outcome, RefusedError, Turn
from .world import World

_HANDLERS: dict[str, Callable[[Turn, Any], Effect]] = {
    "open_tenant": joining.open_tenant,
    "suspend_tenant": operating.suspend_tenant,
    "reopen_tenant": operating.reopen_tenant,
    "close_tenant": operating.close_tenant,
    "appoint_manager": joining.appoint_manager,
    "add_username": joining.add_username,
    "request_access": joining.request_access,
    "approve": lifecycle.approve,
    "reject": lifecycle.reject,
    "send_registration": lifecycle.send_registration,
    "deliver": mailing.deliver,
    "complete": lifecycle.complete,
    "disable": lifecycle.disable,
    "enable": lifecycle.enable,
    "set_dates": lifecycle.set_dates,
    "leave": joining.leave,
    "remove": joining.remove,
    "assign_role": privileges.assign_role,
    "change_privileges": privileges.change_privileges,
    "limit_segments": privileges.limit_segments,
    "update_contact": privileges.update_contact,
    "add_role": privileges.add_role,
    "edit_role": privileges.edit_role,
    "remove_role": privileges.remove_role,
    "apply_preset": privileges.apply_preset,
    "adopt": adopting.adopt,
    "add_service": joining.add_service,
    "erase_principal": erasing.erase_principal,
    "suspend_principal": operating.suspend_principal,
    "reinstate_principal": operating.reinstate_principal,
    "change_password": passwords.change_password,
    "touch": operating.touch,
    "sweep": operating.sweep,
    "prove": linking.prove,
    "join_link": linking.join_link,
    "request_link": linking.request_link,
    "accept_link": linking.accept_link,
    "confirm_link": linking.confirm_link,
    "unlink": linking.unlink,
    "change_linking": linking.change_linking,
    "invite": inviting.invite,
    "resend_invitation": inviting.resend_invitation,
    "revoke_invitation": inviting.revoke_invitation,
    "accept_invitation": inviting.accept_invitation,
    "decline_invitation": inviting.decline_invitation,
    "send_password_reset": passwords.send_password_reset,
    "request_password_reset": passwords.request_password_reset,
    "reset_password": passwords.reset_password,
    "sign_out_everywhere": passwords.sign_out_everywhere,
    "change_email": passwords.change_email,
    "verify_email": passwords.verify_email,
    "enter": entering.enter,
    "resume": entering.resume,
}

COMMAND_NAMES = tuple(sorted(_HANDLERS))

_REFUSED = {
    refusal: Outcome("refused", refusal)
    for refusal in (
        "unknown_name",
        "invalid",
        "not_found",
        "denied",
        "resting",
        "own_row",
        "operator_only",
        "illegal",
        "above_held",
        "last_manager",
        "conflict",
        "taken",
        "proof_refused",
    )
}

REFUSALS = tuple(sorted(_REFUSED))


def initial(world: World) -> State:  # noqa: ARG001
    """Answer the empty state: no tenant, no principal."""
    return State()


def step(world: World, state: State, command: Command, actor: Actor, now: int) -> tuple[State, Outcome]:
    """Carry *command* out for *actor* at *now*; a refusal and a no-op leave *state* itself."""
    try:
        effect = _HANDLERS[command.name](Turn(world, state, actor, now), command)
    except RefusedError as refused:
        return state, _REFUSED[refused.refusal]
    return (state, NOOP) if effect is None else effect
