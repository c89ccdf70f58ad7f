"""
The lifecycle as a table: from which condition a command leads where, who may, who is told (INV-16).

Commands read their legality here and the documentation draws it; there is no second copy.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import Status

R = Reason

STATUS: Final[Mapping[Reason, Status]] = {
    R.ACTIVE: Status.ACTIVE,
    R.UNVERIFIED: Status.UNVERIFIED,
    R.STALE: Status.UNVERIFIED,
    R.PENDING: Status.PENDING,
    R.REJECTED: Status.DISABLED,
    R.DISABLED: Status.DISABLED,
    R.ENDED: Status.DISABLED,
    R.NOT_YET_VALID: Status.DISABLED,
    R.REQUEST_EXPIRED: Status.DISABLED,
    R.LAPSED: Status.DISABLED,
}
"""The status people read for each condition of a row that exists."""

ANY: Final = frozenset(STATUS)


@attrs.frozen
class Step:
    """
    One row of the table.

    Args:
        legal: Conditions it may start from.
        idle: Conditions in which repeating it changes nothing.
        to: The status it leads to, in words.
        by: Who may.
        told: Who is told.
    """

    legal: frozenset[Reason]
    idle: frozenset[Reason]
    to: str
    by: str
    told: str


def _step(legal: set[Reason] | frozenset[Reason], idle: set[Reason], to: str, by: str, told: str) -> Step:
    return Step(frozenset(legal), frozenset(idle), to, by, told)


LIFECYCLE: Final[Mapping[str, Step]] = {
    "accept_invitation": _step(
        {R.NOT_A_MEMBER, R.REJECTED, R.REQUEST_EXPIRED, R.PENDING, R.UNVERIFIED},
        {R.ACTIVE},
        "active",
        "the person",
        "the inviter",
    ),
    "accept_link": _step(
        {R.PENDING},
        {R.ACTIVE, R.UNVERIFIED, R.STALE},
        "active (proven or consented)",
        "manager",
        "the person and who was proven",
    ),
    "add_service": _step({R.NOT_A_MEMBER}, set(), "active (attested)", "manager", "nobody"),
    "add_username": _step({R.NOT_A_MEMBER}, set(), "active (attested)", "manager", "nobody"),
    "adopt": _step((ANY | {R.NOT_A_MEMBER}) - {R.ACTIVE}, {R.ACTIVE}, "active (attested)", "operator", "the person"),
    "appoint_manager": _step(ANY | {R.NOT_A_MEMBER}, set(), "active (attested)", "operator", "the person"),
    "approve": _step(
        {R.PENDING, R.REJECTED},
        {R.UNVERIFIED, R.ACTIVE},
        "unverified, or active if verified",
        "manager",
        "the person",
    ),
    "complete_registration": _step({R.UNVERIFIED}, set(), "active", "the person", "nobody"),
    "confirm_link": _step({R.ACTIVE}, set(), "active, standing alone", "manager", "the person and who was proven"),
    "disable": _step(
        {R.UNVERIFIED, R.STALE, R.ACTIVE, R.LAPSED, R.ENDED, R.NOT_YET_VALID},
        {R.DISABLED},
        "disabled",
        "manager, operator",
        "the person",
    ),
    "enable": _step(
        {R.DISABLED, R.LAPSED, R.ENDED, R.NOT_YET_VALID, R.STALE},
        {R.ACTIVE, R.UNVERIFIED},
        "unverified, or active without a mailbox to verify",
        "manager; the operator for what the operator disabled",
        "the person",
    ),
    "join_link": _step(
        {R.NOT_A_MEMBER, R.REJECTED, R.REQUEST_EXPIRED, R.PENDING, R.STALE, R.UNVERIFIED},
        {R.ACTIVE, R.LAPSED},
        "active (proven); pending where a manager must accept, or after any tombstone or rejection",
        "the master",
        "managers and who was proven",
    ),
    "leave": _step(ANY, set(), "gone", "the person", "managers"),
    "reject": _step({R.PENDING}, {R.REJECTED}, "disabled (rejected)", "manager", "the person"),
    "remove": _step(ANY, set(), "gone", "manager", "the person"),
    "request_access": _step(
        {R.NOT_A_MEMBER, R.REJECTED, R.REQUEST_EXPIRED},
        {R.PENDING, R.UNVERIFIED, R.STALE, R.ACTIVE, R.DISABLED, R.ENDED, R.NOT_YET_VALID, R.LAPSED},
        "pending",
        "the person",
        "managers",
    ),
    "request_link": _step(
        {R.NOT_A_MEMBER, R.REJECTED, R.REQUEST_EXPIRED},
        {R.PENDING, R.UNVERIFIED, R.STALE, R.ACTIVE, R.DISABLED, R.ENDED, R.NOT_YET_VALID, R.LAPSED},
        "pending",
        "the master",
        "managers",
    ),
    "send_password_reset": _step({R.ACTIVE}, set(), "active", "manager", "the person"),
    "send_registration": _step({R.UNVERIFIED}, {R.ACTIVE}, "unverified", "manager", "the person"),
    "set_dates": _step(
        {R.UNVERIFIED, R.STALE, R.ACTIVE, R.LAPSED, R.NOT_YET_VALID, R.DISABLED},
        set(),
        "as the dates say",
        "manager",
        "the person",
    ),
    "unlink": _step(ANY, set(), "gone", "the person, who was proven, manager", "the others"),
}


def legal_from(condition: Reason) -> tuple[str, ...]:
    """Return the commands that lead on from *condition*, by name."""
    return tuple(sorted(name for name, step in LIFECYCLE.items() if condition in step.legal))
