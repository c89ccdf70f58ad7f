"""Contexts: one principal in one tenant, as judged when it was entered, and what a session keeps of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.errors import AccessDeniedError, InvalidInputError, UnknownNameError
from tenantaccess.ids import (
    PRINCIPAL,
    TENANT,
    LevelKey,
    PrincipalId,
    ResourceKey,
    RoleKey,
    SchemeKey,
    SegmentKey,
    TenantId,
    is_id,
)
from tenantaccess.model import words
from tenantaccess.model.decisions import EXPLANATIONS, Decision, Presence, Reason
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.levels import unknown
from tenantaccess.model.moments import moment_of

NUMBER_LIMIT: Final = 2**63 - 1


def _is_number(_: object, attribute: "attrs.Attribute[int]", value: object) -> None:
    if type(value) is not int or not 0 <= value <= NUMBER_LIMIT:
        raise InvalidInputError(attribute.name, "must be a whole number")


def _is_tenant(_: object, attribute: "attrs.Attribute[TenantId]", value: object) -> None:
    if not is_id(value, TENANT):
        raise InvalidInputError(attribute.name, "must be the id of a tenant")


def _is_principal(_: object, attribute: "attrs.Attribute[PrincipalId]", value: object) -> None:
    if not is_id(value, PRINCIPAL):
        raise InvalidInputError(attribute.name, "must be the id of a principal")


def _optional_segment(value: str | None) -> SegmentKey | None:
    return None if value is None else words.segment_key(value)


@attrs.frozen
class Session:
    """
    What a host's session keeps of a context: enough to tell later whether it is still the one that was entered.

    It opens nothing by itself: `Contexts.resume` judges anew. Its plain form is `codec.plain`, and back again by
    `codec.structured`.

    Args:
        tenant: Where.
        principal: Whose it is; nobody else resumes it (MU-06).
        incarnation: Of the membership: one that left and came back is another one.
        access_epoch: Of the membership: it rises when access ends (INV-21).
        principal_epoch: Of the principal: it rises when the principal is suspended, has another password, or signs out
            everywhere.
        segment: What is viewed for; None means all of the tenant.
    """

    tenant: TenantId = attrs.field(validator=_is_tenant)
    principal: PrincipalId = attrs.field(validator=_is_principal)
    incarnation: int = attrs.field(validator=_is_number)
    access_epoch: int = attrs.field(validator=_is_number)
    principal_epoch: int = attrs.field(validator=_is_number)
    segment: SegmentKey | None = attrs.field(default=None, converter=_optional_segment)


@attrs.frozen(eq=False)
class Answers:
    """
    Every answer that a context can give, made once and shared by all contexts with the same levels.

    Args:
        decisions: By resource, then by action: looked up twice, which costs less than making a pair of the two.
    """

    decisions: Mapping[str, Mapping[str, Decision]]
    allowed: Mapping[str, Mapping[str, bool]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # Plain dictionaries: a read-only view would cost as much again as the look-up.
        allowed = {
            resource: {action: bool(decision) for action, decision in answers.items()}
            for resource, answers in self.decisions.items()
        }
        object.__setattr__(self, "allowed", allowed)


@attrs.define(eq=False, on_setattr=attrs.setters.frozen)
class AccessContext:
    """
    One principal in one tenant, for one request: questions asked of it read no storage and no clock.

    Made by `Contexts.enter` and `Contexts.resume`. Wherever somebody is named who acts, it may stand for its
    principal in its tenant, and in no other.

    Args:
        tenant: Where.
        principal: Who.
        segment: What is viewed for; None means all of the tenant.
        presence: Which presence of the principal was judged.
        closes: The first moment at which its answers may change by time alone, in nanoseconds since 1970.
    """

    tenant: TenantId
    principal: PrincipalId
    segment: SegmentKey | None
    presence: Presence
    _closes: int = attrs.field(repr=False)
    _decisions: Mapping[str, Mapping[str, Decision]] = attrs.field(repr=False)
    _allowed: Mapping[str, Mapping[str, bool]] = attrs.field(repr=False)

    @property
    def closes_at(self) -> datetime:
        """The first moment at which its answers may change by time alone."""
        return moment_of(self._closes)

    @property
    def session(self) -> Session:
        """What the host's session keeps for the next request."""
        here = self.presence
        return Session(
            self.tenant, self.principal, here.incarnation, here.access_epoch, here.principal_epoch, self.segment
        )

    def allows(self, resource: str, action: str) -> bool:
        """
        Tell whether *action* on *resource* is open here, as of when the context was made.

        Raises:
            UnknownNameError: an undeclared word.
        """
        try:
            return self._allowed[resource][action]
        except (KeyError, TypeError):
            raise self._unknown(resource, action) from None

    def check(self, resource: str, action: str) -> Decision:
        """Answer as `allows`, with the reasons."""
        try:
            return self._decisions[resource][action]
        except (KeyError, TypeError):
            raise self._unknown(resource, action) from None

    def require(self, resource: str, action: str) -> None:
        """Pass if `allows`; else raise `AccessDeniedError`, which carries the Decision."""
        answer = self.check(resource, action)
        if not answer:
            raise AccessDeniedError(answer)

    def _unknown(self, resource: object, action: object) -> UnknownNameError:
        resources = self._decisions
        actions = resources.get(resource) if isinstance(resource, str) else None
        if actions is None:
            return unknown("resource", resource, resources)
        return unknown(f"action of `{resource}`", action, actions)


@attrs.frozen
class Obstacle:
    """
    What stands between somebody and a tenant, as they may know it of themselves.

    Args:
        reason: The strongest reason that stands against the membership.
        at: Since when: asked, let in, disabled, ended or lapsed; for what has not begun, when it begins. None where no
            moment is kept.
        mailed_to: The person's own address, which the link was mailed to that would complete a registration; empty
            where there is none to follow.
        is_operators: Whether only the operator can lift it.
    """

    reason: Reason
    at: datetime | None = None
    mailed_to: str = attrs.field(default="", repr=False)
    is_operators: bool = False


@attrs.frozen
class TenantEntry:
    """
    One line of the list of tenants to choose from.

    Args:
        id: The tenant.
        name: What people read.
        reason: `Reason.ACTIVE` if it can be entered, else the strongest reason that stands against it.
        external_ids: By scheme.
        segments: The segments of the tenant that are open to this membership, by key.
        is_limited: Whether the membership is limited to segments, so that one is to be chosen.
        last_used_at: When the person was last active there, to the policy's `activity_every`.
        obstacle: What stands against it, in full; None if it can be entered.
    """

    id: TenantId
    name: str
    reason: Reason
    external_ids: Mapping[SchemeKey, str] = attrs.field(default=EMPTY, converter=frozen)
    segments: Sequence[SegmentKey] = ()
    is_limited: bool = False
    last_used_at: datetime | None = None
    obstacle: Obstacle | None = None

    @property
    def is_available(self) -> bool:
        """Whether it can be entered now."""
        return self.reason is Reason.ACTIVE

    @property
    def why(self) -> str:
        """Why it is unavailable, for the person; empty if it is not."""
        return "" if self.is_available else EXPLANATIONS[self.reason][0]


@attrs.frozen
class OwnAccess:
    """
    What one principal has in one tenant, as they may know it themselves (AM-16).

    Args:
        tenant: Where.
        name: What people read.
        reason: `Reason.ACTIVE` if it can be entered, else the strongest reason that stands against it.
        levels: What is held on each resource that is offered, or would be once nothing stands against it.
        segments: To which segments it is limited; none named means all.
        role: The tenant's role it holds, if any.
        since: When it was approved.
        given_by: Username of the member who approved it; empty if it was the operator.
        rests_on: Username that it rests on; empty if it stands alone.
        ends_at: The end it was given, if any.
        lapses_at: When it lapses if it is not used; None where no clock runs.
        obstacle: What stands against it, in full; None if it can be entered.
    """

    tenant: TenantId
    name: str
    reason: Reason
    levels: Mapping[ResourceKey, LevelKey] = attrs.field(converter=frozen)
    segments: frozenset[SegmentKey]
    role: RoleKey | None
    since: datetime | None
    given_by: str = ""
    rests_on: str = ""
    ends_at: datetime | None = None
    lapses_at: datetime | None = None
    obstacle: Obstacle | None = None


@attrs.frozen
class OwnAccount:
    """
    What somebody may know of their own sign-in identity, wherever they are a member.

    Args:
        username: As shown.
        email: Their own address; empty if none.
        is_verified: Whether that address was proven.
        may_link: Whether they may join other tenants' accounts; not with a password that somebody else chose, where
            the policy says so (MC-17).
    """

    username: str
    email: str
    is_verified: bool
    may_link: bool


@attrs.frozen
class TenantPage:
    """
    A page of the tenants to choose from.

    Args:
        entries: By name.
        next: Where the next page begins; None after the last.
    """

    entries: Sequence[TenantEntry]
    next: str | None = None
