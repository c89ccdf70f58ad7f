"""The oracle's words in the library's, and back: levels, moments, declared words, policies, refusals."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import tenantaccess as ta
from tenantaccess.errors import TenantAccessError
from tenantaccess.model.decisions import Reason
from tenantaccess.model.policy import AfterPasswordChange, LinkingPassword
from tenantaccess.testing import reference as ref
from tenantaccess.testing.doubles import START

LEVELS = {0: "none", 1: "view", 2: "full"}
RANKS = {word: rank for rank, word in LEVELS.items()}

REASONS = {
    Reason.NOT_MANAGER: "denied",
    Reason.NOT_A_MEMBER: "denied",
    Reason.PRINCIPAL_SUSPENDED: "denied",
    Reason.RESTING: "resting",
    Reason.OWN_ROW: "own_row",
    Reason.ABOVE_HELD: "above_held",
}

HELD = frozenset({"enable", "approve", "accept_link", "accept_invitation", "disable", "set_dates"})
"""The commands that meet the operator's hold, or the operator's end."""

NEVER = 1_000_000_000
"""A limit of attempts that no run reaches: limits are tested apart."""


def word(name: str) -> str:
    return name.replace("-", "_")


def catalog_of(world: ref.World) -> ta.Catalog:
    """The oracle's world in the library's words."""
    levels = {0: ta.NONE, 1: ta.VIEW, 2: ta.FULL}
    declared = world.catalog
    return ta.Catalog(
        resources=[
            ta.Resource(
                resource.key,
                resource.key,
                actions={action: levels[level] for action, level in resource.actions},
                offered=resource.offered,
            )
            for resource in declared.resources
        ],
        managed_by=declared.managing,
        segments=[ta.Segment(segment, segment) for segment in declared.segments],
        roles=[ta.Role(key, key, {r: levels[level] for r, level in row}) for key, row in declared.presets],
        schemes=[ta.ExternalIdScheme(scheme, scheme, normalise=str) for scheme in declared.schemes],
    )


def policy_of(world: ref.World) -> ta.Policy:
    policy = world.policy
    return ta.Policy(
        grant_ceiling=ta.GrantCeiling[policy.grant_ceiling],
        after_enable=ta.AfterEnable[policy.after_enable],
        after_password_change=AfterPasswordChange[policy.after_password_change],
        linking_password=LinkingPassword[policy.linking_password],
        open_invitations=policy.open_invitations,
        invited_domains=policy.invited_domains,
        remind_every=timedelta(days=3660),  # reminders are mail alone: the oracle knows none
        attempts_per_target=NEVER,
        attempts_per_actor=NEVER,
        attempts_per_source=NEVER,
        mails_per_member=NEVER,
        mails_per_manager=NEVER,
    )


def moment(at: int | None) -> datetime | None:
    return None if at is None else START + timedelta(microseconds=at)


def ticks(at: datetime | None) -> int | None:
    return None if at is None else (at - START) // timedelta(microseconds=1)


REFUSALS: tuple[tuple[type[TenantAccessError], str], ...] = (
    (ta.UnknownNameError, "unknown_name"),
    (ta.InvalidInputError, "invalid"),
    (ta.NotFoundError, "not_found"),
    (ta.IllegalTransitionError, "illegal"),
    (ta.LastManagerError, "last_manager"),
    (ta.TakenError, "taken"),
    (ta.ProofRefusedError, "proof_refused"),
)


def refusal_of(error: TenantAccessError, command: ref.Command) -> str:
    """Answer the oracle's word for a refusal; an error that is none is raised again."""
    if isinstance(error, ta.AccessDeniedError):
        reason = error.decision.reasons[0]
        if reason is Reason.OPERATOR_ONLY:
            met = command.name in HELD and not getattr(command, "override", False)
            return "operator_only" if met else "denied"
        return REASONS.get(reason, "denied")
    if isinstance(error, ta.ConflictError) and not error.retryable:
        return "conflict"
    for kind, refusal in REFUSALS:
        if isinstance(error, kind):
            return refusal
    raise error


def levels_of(levels: ref.Levels) -> Mapping[Any, str]:
    return {word(resource): LEVELS.get(level, "unheard_of") for resource, level in levels}


def ranks_of(levels: Mapping[Any, Any]) -> dict[str, int]:
    return {str(resource): RANKS[level] for resource, level in sorted(levels.items())}


def contact_of(contact: tuple[str, str, str, str]) -> ta.Contact:
    first, last, email, phone = contact
    return ta.Contact(first, last, "" if email.startswith("@") else email, phone)
