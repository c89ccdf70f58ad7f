"""What stands between somebody and a tenant, told to them: since when, and what to do about it (AM-16)."""

from collections.abc import Mapping
from typing import Final

import attrs

from tenantaccess.model.contexts import Obstacle
from tenantaccess.model.decisions import EXPLANATIONS, Reason
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.web.portal.visit import Visit

DATED: Final[Mapping[Reason, str]] = {
    Reason.PENDING: "shut_pending",
    Reason.REQUEST_EXPIRED: "shut_expired",
    Reason.REJECTED: "shut_rejected",
    Reason.DISABLED: "shut_disabled",
    Reason.ENDED: "shut_ended",
    Reason.LAPSED: "shut_lapsed",
    Reason.NOT_YET_VALID: "shut_not_yet",
}
"""What is said where the moment is known."""
LED_BACK: Final = frozenset({Reason.DISABLED, Reason.ENDED, Reason.LAPSED})
"""What somebody can lift, by enabling."""


@attrs.frozen
class Shut:
    """
    Why a tenant cannot be entered, as its page shows it.

    Args:
        status: The status, as a word of style.
        label: The status, as it is read.
        text: Since when, and what to do.
    """

    status: str
    label: str
    text: str


def shut(visit: Visit, obstacle: Obstacle | None) -> Shut | None:
    """Return what to say of *obstacle*; None if there is none."""
    if obstacle is None:
        return None
    words, status = visit.words, STATUS.get(obstacle.reason)
    label = words.unavailable if status is None else words.say(f"status_{status.value}")
    return Shut("disabled" if status is None else status.value, label, _text(visit, obstacle))


def _text(visit: Visit, obstacle: Obstacle) -> str:
    words, reason = visit.words, obstacle.reason
    day = "" if obstacle.at is None else f"{obstacle.at:%Y-%m-%d}"
    if reason is Reason.UNVERIFIED and obstacle.mailed_to:
        return words.say("shut_unverified", day=day, address=masked(obstacle.mailed_to))
    if reason not in DATED or not day:
        why, remedy = EXPLANATIONS[reason]
        return " ".join(part for part in (words.sentence(why), words.sentence(remedy)) if part)
    told = [words.say(DATED[reason], day=day)]
    if reason in LED_BACK:
        told.append(words.ask_operator if obstacle.is_operators else words.shut_ask_manager)
    return " ".join(told)


def masked(address: str) -> str:
    """Return enough of a person's own *address* for them to know which it is, and too little for who looks over."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
