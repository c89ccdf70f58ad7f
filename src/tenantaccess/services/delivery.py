"""What a notice needs when it is delivered: whether its occasion is there, who is told, and which link is minted."""

import enum
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Row
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.storage import Unit
from tenantaccess.rules import invitations, members, tenants
from tenantaccess.rules.tenants import Management

MANAGERS_TOLD: Final = 100


class Timing(enum.Enum):
    """Whether the occasion of a notice is there."""

    NOW = "now"
    NOT_YET = "not yet"
    PAST = "past"


@attrs.frozen
class Occasion:
    """
    What a notice is about, as it is when it is delivered.

    Args:
        notice: What was queued.
        now: When it is delivered.
        policy: The host's choices.
        tenant: Where; None for what belongs to no tenant.
        row: The presence of whom it is about, a tombstone included; None without one.
        about: Whom it is about.
        former: The address that the person had before the change it came with; empty once that was erased.
        entered: The address that the person had after it.
        invitation: Which invitation it is about; None without one.
        heads: What all this was read of: whom it is about, and where.
    """

    notice: Notice
    now: datetime
    policy: Policy
    tenant: Tenant | None = None
    row: Row | None = None
    about: Principal | None = None
    former: str = attrs.field(default="", repr=False)
    entered: str = attrs.field(default="", repr=False)
    invitation: Invitation | None = None
    heads: tuple[Head, ...] = ()


@attrs.frozen
class Recipient:
    """One address, and what tells it from others of the same notice."""

    key: str
    address: str = attrs.field(repr=False)


def occasion(unit: Unit, notice: Notice, now: datetime, policy: Policy) -> Occasion:
    """Return what *notice* is about, as it is now."""
    found = Occasion(notice, now, policy)
    subject = None if notice.principal is None else unit.principals.find(notice.principal)
    if subject is not None:
        former, entered = _addresses(unit, notice)
        found = attrs.evolve(found, about=subject[0], former=former, entered=entered, heads=(subject[1],))
    if notice.tenant is None:
        return found
    loaded = unit.memberships.load(notice.tenant, () if notice.principal is None else (notice.principal,))
    if loaded is None:
        return found
    row = None if notice.principal is None else loaded.rows.get(notice.principal)
    invitation = None if notice.invitation is None else unit.invitations.find(notice.tenant, notice.invitation)
    heads = (*found.heads, loaded.head)
    return attrs.evolve(found, tenant=loaded.tenant, row=row, invitation=invitation, heads=heads)


def _addresses(unit: Unit, notice: Notice) -> tuple[str, str]:
    """Return the addresses before and after the event that *notice* came with; its side row alone holds them."""
    if not notice.event or notice.principal is None:
        return "", ""
    sides = [side for _, side in unit.events.read(notice.principal, notice.event - 1, 1) if side is not None]
    content = sides[0].content if sides else {}
    return content.get("before", {}).get("email", ""), content.get("after", {}).get("email", "")


# --- one entry for each purpose of a mailed link ------------------------------------------------------------------


@attrs.frozen
class Link:
    """
    How links of one purpose are mailed.

    Args:
        timing: Whether one is minted now, later or never again; judged on what is so at delivery.
        lasts: How long it works.
        token: The token without digest and expiry: for whom, and with which numbers it dies.
    """

    timing: Callable[[Occasion], Timing]
    lasts: Callable[[Policy], timedelta]
    token: Callable[[Occasion], Token]


def _registration_timing(occasion: Occasion) -> Timing:
    """Only for the presence, epoch and status it was queued for (INV-21); a start to come is waited for."""
    if occasion.row is None or occasion.row.principal.suspended_at is not None:
        return Timing.PAST
    notice, facts = occasion.notice, occasion.row.membership
    if (facts.incarnation, facts.access_epoch) != (notice.incarnation, notice.access_epoch):
        return Timing.PAST
    found = members.condition(occasion.row, occasion.now, occasion.policy)
    if found is Reason.NOT_YET_VALID and facts.verified_at is None:
        return Timing.NOT_YET
    return Timing.NOW if found is Reason.UNVERIFIED else Timing.PAST


def _registration_token(occasion: Occasion) -> Token:
    notice = occasion.notice
    return attrs.evolve(
        _bare(occasion, TokenPurpose.REGISTRATION, f"{notice.tenant}:{notice.principal}"),
        tenant=notice.tenant,
        incarnation=notice.incarnation,
        access_epoch=notice.access_epoch,
    )


def _invitation_timing(occasion: Occasion) -> Timing:
    """Only while somebody could still accept it."""
    if occasion.tenant is None or invitations.is_shut(occasion.tenant) or occasion.invitation is None:
        return Timing.PAST
    return Timing.NOW if invitations.is_open(occasion.invitation, occasion.now) else Timing.PAST


def _invitation_token(occasion: Occasion) -> Token:
    notice = occasion.notice
    email_key = "" if occasion.invitation is None else occasion.invitation.email_key
    return attrs.evolve(
        _bare(occasion, TokenPurpose.INVITATION, str(notice.invitation)),
        tenant=notice.tenant,
        invitation=notice.invitation,
        email_key=email_key,
    )


def _reset_timing(occasion: Occasion) -> Timing:
    """Only to the address that was verified when it was asked for, and to nobody who is suspended."""
    about = occasion.about
    if about is None or about.email_verified_at is None or about.suspended_at is not None:
        return Timing.PAST
    return Timing.NOW if about.email_verified_at <= occasion.notice.created_at else Timing.PAST


def _reset_token(occasion: Occasion) -> Token:
    bare = _bare(occasion, TokenPurpose.RESET, str(occasion.notice.principal))
    return attrs.evolve(bare, password_epoch=0 if occasion.about is None else occasion.about.password_epoch)


def _email_timing(occasion: Occasion) -> Timing:
    """Only while the address that was entered is the person's, and to nobody who is suspended."""
    about = occasion.about
    if about is None or about.suspended_at is not None:
        return Timing.PAST
    return Timing.NOW if about.email and about.email == occasion.entered else Timing.PAST


def _email_token(occasion: Occasion) -> Token:
    return _bare(occasion, TokenPurpose.EMAIL, str(occasion.notice.principal))


def _bare(occasion: Occasion, purpose: TokenPurpose, slot: str) -> Token:
    email_key = "" if occasion.about is None else occasion.about.email_key
    proof_epoch = 0 if occasion.about is None else occasion.about.proof_epoch
    return Token(
        "",
        purpose,
        slot,
        occasion.now,
        principal=occasion.notice.principal,
        proof_epoch=proof_epoch,
        email_key=email_key,
    )


LINKS: Final[Mapping[TokenPurpose, Link]] = {
    TokenPurpose.REGISTRATION: Link(
        _registration_timing, lambda policy: policy.token_expires_after, _registration_token
    ),
    TokenPurpose.RESET: Link(_reset_timing, lambda policy: policy.reset_expires_after, _reset_token),
    TokenPurpose.EMAIL: Link(_email_timing, lambda policy: policy.token_expires_after, _email_token),
    TokenPurpose.INVITATION: Link(
        _invitation_timing, lambda policy: policy.invitation_expires_after, _invitation_token
    ),
}


def _waits(occasion: Occasion) -> bool:
    row = occasion.row
    return row is not None and members.condition(row, occasion.now, occasion.policy) is Reason.PENDING


def _is_moot(occasion: Occasion) -> bool:
    match occasion.notice.purpose:
        case "request_waits":
            return not _waits(occasion)
        case "disable_later":
            return _ends_at(occasion) is None
        case _:
            return False


def _ends_at(occasion: Occasion) -> datetime | None:
    """Return when the presence that the notice is about ends, or has ended; None if it does not, or is gone."""
    row = _present(occasion)
    return None if row is None else row.membership.valid_until


def _present(occasion: Occasion) -> Row | None:
    """Return the presence that the notice is about; None if it is another one by now."""
    row = occasion.row
    return None if row is None or row.membership.incarnation != occasion.notice.incarnation else row


def timing(occasion: Occasion) -> Timing:
    """
    Tell whether the notice is delivered now, later or not at all.

    One without a link always is, also where what it tells of has ended meanwhile: that somebody was disabled stays
    worth knowing when they have been removed since. Not so that a request waits once it was answered, and that access
    will end once it has none.
    """
    if occasion.notice.token is None:
        return Timing.PAST if _is_moot(occasion) else Timing.NOW
    link = LINKS.get(occasion.notice.token)
    return Timing.PAST if link is None else link.timing(occasion)


def minted(occasion: Occasion, purpose: TokenPurpose, digest: str) -> Token:
    """Return the token of a link that is mailed now."""
    link = LINKS[purpose]
    expires_at = occasion.now + link.lasts(occasion.policy)
    if occasion.invitation is not None:
        expires_at = min(expires_at, occasion.invitation.expires_at)
    return attrs.evolve(link.token(occasion), digest=digest, expires_at=expires_at)


def announced(occasion: Occasion) -> datetime | None:
    """Return when what the notice announces comes, as it is at delivery; None if it announces nothing to come."""
    notice, row = occasion.notice, _present(occasion)
    if row is None:
        return None
    moments = {
        "lapse_warning": members.lapses_at(row, occasion.policy),
        "disable_later": row.membership.valid_until,
    }
    at = moments.get(notice.purpose)
    return at if at is not None and at > occasion.now else None


def told_as(occasion: Occasion) -> str:
    """Return as what the notice is told: an end that it announced may have come meanwhile."""
    has_ended = occasion.notice.purpose == "disable_later" and announced(occasion) is None
    return "disable" if has_ended else occasion.notice.purpose


# --- who is told --------------------------------------------------------------------------------------------------


def recipients(unit: Unit, occasion: Occasion, catalog: Catalog) -> list[Recipient]:
    """Return who is told now; nobody where there is no address."""
    audience = occasion.notice.audience
    if audience is Audience.INVITEE:
        return _invitee(occasion)
    if audience is Audience.FORMER:
        return [Recipient(str(occasion.notice.principal), occasion.former)] if occasion.former else []
    to_managers = audience is Audience.MANAGERS
    people = _managers(unit, occasion, catalog) if to_managers else [_person(unit, occasion)]
    return [Recipient(one.id, one.email) for one in people if one is not None and one.email]


def _invitee(occasion: Occasion) -> list[Recipient]:
    """Return the invited address, which may be nobody's yet; once it was erased, nobody is told."""
    found = occasion.invitation
    return [Recipient(found.id, found.email)] if found is not None and found.email else []


def _person(unit: Unit, occasion: Occasion) -> Principal | None:
    if occasion.notice.recipient is None:
        return occasion.about
    found = unit.principals.find(occasion.notice.recipient)
    return None if found is None else found[0]


def _managers(unit: Unit, occasion: Occasion, catalog: Catalog) -> Sequence[Principal | None]:
    tenant = occasion.tenant
    if tenant is None:
        return []
    candidates = unit.memberships.candidates(
        tenant.id, catalog.managed_by, catalog.ladder.highest.key, ACCOUNT_MANAGER, None
    )
    found: list[Principal] = []
    for row in candidates:
        managing = tenants.management(tenant, row, occasion.now, catalog, occasion.policy)
        if len(found) < MANAGERS_TOLD and managing > Management.NOBODY:
            found.append(row.principal)
    return found


def acted(unit: Unit, notice: Notice, recipient: Recipient) -> str:
    """Return the username of the member whose doing *notice* tells of; empty if it is the reader, or nobody's."""
    found = None if notice.by is None or notice.by == recipient.key else unit.principals.find(notice.by)
    return "" if found is None else found[0].username
