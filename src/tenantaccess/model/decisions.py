"""Decisions: an answer with its reasons and a way out; and the compiled facts that one is made from."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.ids import PrincipalId, ResourceKey, SegmentKey, TenantId
from tenantaccess.model.moments import EARLIEST, FOREVER


class Reason(enum.Enum):
    """Why; the words for what stands against a row double as its condition in the lifecycle table."""

    # Each is one object: its identity is a hash, and looked up ten times as fast as one of its name.
    __hash__ = object.__hash__

    ALLOWED = "allowed"
    ACTIVE = "active"

    NOT_A_MEMBER = "not_a_member"
    TENANT_SUSPENDED = "tenant_suspended"
    TENANT_CLOSED = "tenant_closed"
    PRINCIPAL_SUSPENDED = "principal_suspended"
    REJECTED = "rejected"
    DISABLED = "disabled"
    ENDED = "ended"
    NOT_YET_VALID = "not_yet_valid"
    REQUEST_EXPIRED = "request_expired"
    PENDING = "pending"
    STALE = "stale"
    UNVERIFIED = "unverified"
    LAPSED = "lapsed"
    PASSWORD_NOT_OWN = "password_not_own"  # noqa: S105  # a word, not a password
    NOT_OFFERED = "not_offered"
    SEGMENT_REQUIRED = "segment_required"
    SEGMENT_NOT_HELD = "segment_not_held"
    DENIED_EXPLICITLY = "denied_explicitly"
    LEVEL_TOO_LOW = "level_too_low"

    NOT_FOUND = "not_found"
    NOT_MANAGER = "not_manager"
    OPERATOR_ONLY = "operator_only"
    RESTING = "resting"
    OWN_ROW = "own_row"
    ABOVE_HELD = "above_held"
    ILLEGAL_STEP = "illegal_step"
    LAST_MANAGER = "last_manager"
    CHANGED = "changed"
    TAKEN = "taken"
    PROOF_REFUSED = "proof_refused"
    SESSION_ENDED = "session_ended"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    SERVICE = "service"


EXPLANATIONS: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.ALLOWED: ("allowed", ""),
    Reason.ACTIVE: ("the membership is active", ""),
    Reason.NOT_A_MEMBER: ("this username is no member here", "request access, or ask for an invitation"),
    Reason.TENANT_SUSPENDED: ("the tenant is suspended", "ask the operator"),
    Reason.TENANT_CLOSED: ("the tenant is closed", ""),
    Reason.PRINCIPAL_SUSPENDED: ("this username is suspended everywhere", "ask the operator"),
    Reason.REJECTED: ("the request for access was rejected", "request access again"),
    Reason.DISABLED: ("the membership is disabled", "ask an account manager to enable it"),
    Reason.ENDED: ("the membership has ended", "ask an account manager to enable it"),
    Reason.NOT_YET_VALID: ("the membership has not begun yet", "wait, or ask an account manager"),
    Reason.REQUEST_EXPIRED: ("the request for access has expired", "request access again"),
    Reason.PENDING: ("the request for access awaits approval", "ask an account manager to approve it"),
    Reason.STALE: (
        "what this membership rests on no longer holds",
        "prove it again, or ask an account manager",
    ),
    Reason.UNVERIFIED: (
        "the person has not completed registration",
        "follow the link in the registration e-mail",
    ),
    Reason.LAPSED: ("the membership lapsed through inactivity", "ask an account manager to enable it"),
    Reason.PASSWORD_NOT_OWN: ("somebody else chose this username's password", "change the password"),
    Reason.NOT_OFFERED: ("this portion is not offered", ""),
    Reason.SEGMENT_REQUIRED: ("this membership is limited to some segments", "choose a segment"),
    Reason.SEGMENT_NOT_HELD: ("this segment is not open to this membership", "choose another segment"),
    Reason.DENIED_EXPLICITLY: ("an account manager set this to no access", "ask an account manager"),
    Reason.LEVEL_TOO_LOW: ("the access level is too low", "ask an account manager"),
    Reason.NOT_FOUND: ("there is no such thing here", ""),
    Reason.NOT_MANAGER: ("this needs an account manager", "ask an account manager"),
    Reason.OPERATOR_ONLY: ("only the operator may do this", "ask the operator"),
    Reason.RESTING: (
        "a membership that rests on another one admits nobody",
        "change the password, or be confirmed",
    ),
    Reason.OWN_ROW: ("nobody can do this to their own membership", "ask another account manager"),
    Reason.ABOVE_HELD: ("nobody gives more than they hold", "ask somebody who holds it"),
    Reason.ILLEGAL_STEP: ("this is no step from here", ""),
    Reason.LAST_MANAGER: ("the tenant would be left without an account manager", "appoint another one first"),
    Reason.CHANGED: ("it changed meanwhile", "look again, and repeat"),
    Reason.TAKEN: ("this is taken", "choose another one"),
    Reason.PROOF_REFUSED: ("this proof is not accepted", "ask for a new one"),
    Reason.SESSION_ENDED: ("access has ended since this session began", "sign in again"),
    Reason.TOO_MANY_ATTEMPTS: ("too many attempts", "try again later"),
    Reason.SERVICE: ("this is for people, not for services", "name a person"),
}
"""For each reason: what an account manager reads, and what to do about it."""


@attrs.frozen
class Decision:
    """
    An answer: true exactly when it allows.

    Args:
        reasons: Why, the decisive one first.
        about: What was asked, in words: ``submit claims`` or the name of a command.
    """

    reasons: Sequence[Reason]
    about: str = ""

    @property
    def allowed(self) -> bool:
        """Whether this allows."""
        return self.reasons[0] is Reason.ALLOWED

    def __bool__(self) -> bool:
        return self.reasons[0] is Reason.ALLOWED

    @property
    def explanation(self) -> str:
        """What an account manager reads; not for a stranger."""
        about = f"{self.about}: " if self.about else ""
        return about + "; ".join(EXPLANATIONS[reason][0] for reason in self.reasons)

    @property
    def remedy(self) -> str:
        """A way out, in words, of the first reason that has one; empty if there is none."""
        return next((way for reason in self.reasons if (way := EXPLANATIONS[reason][1])), "")

    @property
    def safe(self) -> str:
        """What anybody may read: tells nothing about the facts."""
        return "Allowed." if self.allowed else "You cannot do this here. An account manager can tell you why."


ALLOWED: Final = Decision((Reason.ALLOWED,))


def denied(*reasons: Reason, about: str = "") -> Decision:
    """Return a denial for *reasons*, the decisive one first."""
    return Decision(reasons, about)


@attrs.frozen
class Gate:
    """A period in which a reason stands against a row."""

    reason: Reason
    since: datetime = EARLIEST
    until: datetime = FOREVER


@attrs.frozen
class Presence:
    """
    Which presence a row is: nothing that a check reads, but what sessions compare.

    Args:
        incarnation: Of the membership.
        access_epoch: Of the membership.
        principal_epoch: The access epoch of the principal.
        link: The principal whose row a link rests on; None if this is none.
    """

    incarnation: int = 1
    access_epoch: int = 0
    principal_epoch: int = 0
    link: PrincipalId | None = None


NO_PRESENCE: Final = Presence()
NO_TENANT: Final = TenantId("")
NO_PRINCIPAL: Final = PrincipalId("")


@attrs.frozen
class Standing:
    """
    What one row amounts to, compiled: a check on it reads nothing else. Moments are nanoseconds since 1970.

    Args:
        codes: One byte for each resource in the catalog's order: 0 denied explicitly, else rank + 1.
        opens: Nothing is open before this moment.
        closes: Nothing is open at this moment or later.
        bars: What stands against it, since when and until when, the stronger reason first.
        segments: To which segments the row is limited; None means to none.
        offered: The segments of the tenant.
        presence: Which presence this is.
        due: From this moment on, activity is to be written down again.
        tenant: Where the row is; empty for none.
        principal: Whose it is; empty for nobody's.
    """

    codes: bytes
    opens: int
    closes: int
    bars: Sequence[tuple[Reason, int, int]]
    segments: frozenset[SegmentKey] | None
    offered: frozenset[SegmentKey]
    presence: Presence = NO_PRESENCE
    due: int = 0
    tenant: TenantId = NO_TENANT
    principal: PrincipalId = NO_PRINCIPAL

    def against(self, now: int) -> Reason:
        """Return the strongest reason that stands against the row at *now*, or `Reason.ACTIVE`."""
        for reason, since, until in self.bars:
            if since <= now < until:
                return reason
        return Reason.ACTIVE


@attrs.frozen
class Question:
    """
    One (resource, action) with every possible answer made once.

    Args:
        resource: Which resource.
        place: Where it stands in the catalog.
        needed: The least code that allows.
        offered: Whether the resource is offered.
        segmented: Whether segments matter; not for the managing resource.
        answers: The decision for each reason.
        by_code: The decision for each code of a row that is open, where segments do not matter.
    """

    resource: ResourceKey
    place: int
    needed: int
    offered: bool
    segmented: bool
    answers: Mapping[Reason, Decision] = attrs.field(repr=False)
    by_code: Sequence[Decision] = attrs.field(repr=False)
