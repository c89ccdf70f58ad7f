"""The roster of one tenant as people search it: what is asked for, in which order, and the rows that come back."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, SegmentKey
from tenantaccess.model import names
from tenantaccess.model.decisions import Reason
from tenantaccess.model.members import (
    Authority,
    Contact,
    Disabled,
    Membership,
    Origin,
    RestKind,
    Row,
    Status,
    VerifiedHow,
)
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.privileges import Cell

LAST_CHARACTER: Final = "\U0010ffff"
"""Sorts after every character that a name may hold: it ends the range of all keys with one beginning."""


class MemberSort(enum.Enum):
    """What a roster may be sorted by."""

    USERNAME = "username"
    EMAIL = "email"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    PHONE = "phone"
    ROLE = "role"
    STATUS = "status"
    """Derived, so that no store can sort by it: status by status, and by username within each."""
    LAST_ACTIVE_AT = "last_active_at"
    REQUESTED_AT = "requested_at"


Key = str | datetime
"""What one row is sorted by: text compared by its characters, or a moment; whatever is absent comes first."""

Place = tuple[Key, PrincipalId]
"""Where one row stands in the order; no two stand at the same place."""


@attrs.frozen
class Wanted:
    """
    What a search asks for, in keys; whatever is left as it is asks for nothing.

    Args:
        email: The key of a contact address, exactly.
        email_prefix: How that key begins.
        last_name: How its search key begins.
        first_name: How its search key begins.
        username: How its key begins.
        role: The tenant's role held.
        origin: How the membership came to be.
        brought_in_by: Who approved it, added it, or whose credentials it was proven with.
        conditions: What may stand against it; derived, so that a store may leave out a row only if the facts alone
            rule out each of them.
        idle_since: Whose clock has stood still since then, or longer, may have lapsed.
    """

    email: str = ""
    email_prefix: str = ""
    last_name: str = ""
    first_name: str = ""
    username: str = ""
    role: RoleKey | None = None
    origin: Origin | None = None
    brought_in_by: PrincipalId | None = None
    conditions: frozenset[Reason] | None = None
    idle_since: datetime = EARLIEST


EVERYBODY: Final = Wanted()


def key_of(row: Row, sort: MemberSort) -> Key:
    """Return what *row* is sorted by; by status, its username."""
    facts = row.membership
    match sort:
        case MemberSort.USERNAME | MemberSort.STATUS:
            return row.principal.username_key
        case MemberSort.EMAIL:
            return names.search_key(facts.contact.email)
        case MemberSort.LAST_NAME:
            return names.search_key(facts.contact.last_name)
        case MemberSort.FIRST_NAME:
            return names.search_key(facts.contact.first_name)
        case MemberSort.PHONE:
            return facts.contact.phone
        case MemberSort.ROLE:
            return facts.role or ""
        case MemberSort.LAST_ACTIVE_AT:
            return facts.last_active_at or EARLIEST
        case _:
            return facts.requested_at or EARLIEST


def is_wanted(row: Row, wanted: Wanted) -> bool:
    """Tell whether *row* is what is asked for by its facts; its condition is left to whoever derives it."""
    facts = row.membership
    email = names.search_key(facts.contact.email)
    return (
        wanted.email in ("", email)
        and email.startswith(wanted.email_prefix)
        and names.search_key(facts.contact.last_name).startswith(wanted.last_name)
        and names.search_key(facts.contact.first_name).startswith(wanted.first_name)
        and row.principal.username_key.startswith(wanted.username)
        and wanted.role in (None, facts.role)
        and wanted.origin in (None, facts.origin)
        and (wanted.brought_in_by is None or is_brought_in_by(facts, wanted.brought_in_by))
    )


def is_brought_in_by(facts: Membership, principal: PrincipalId) -> bool:
    """Tell whether *principal* approved or added this row, or it was proven with that one's credentials."""
    resting = None if facts.resting is None else facts.resting.on
    return principal in (facts.approved_by, facts.proven_by, resting)


@attrs.frozen
class DirectoryRow:
    """
    One member as the roster shows it.

    Args:
        principal_id: Who.
        username: As shown.
        contact: What the roster says about the person.
        status: The word people read.
        reason: What the status comes from: `Reason.PENDING` awaits a manager, `Reason.UNVERIFIED` the person.
        role: The role held, if any.
        levels: What is effectively held, by resource, whatever the status.
        segments: To which segments it is effectively limited; None means to none.
        origin: How the membership came to be.
        is_link: Whether it is a link that rests on its proof.
        proven_by: Whose credentials it was last proven with, if it ever was.
        last_active_at: The person's own last use here, to the policy's `activity_every`.
        requested_at: When access was asked for, if it was.
        lapses_at: When it counts as inactive if the person does not use it until then; None where it never does.
        is_suspended: Whether the operator has suspended the username everywhere, whatever the membership's status.
    """

    principal_id: PrincipalId
    username: str
    contact: Contact
    status: Status
    reason: Reason
    role: RoleKey | None
    levels: Mapping[ResourceKey, LevelKey]
    segments: frozenset[SegmentKey] | None
    origin: Origin
    is_link: bool
    proven_by: PrincipalId | None
    last_active_at: datetime | None
    requested_at: datetime | None
    lapses_at: datetime | None
    is_suspended: bool = False


@attrs.frozen
class Total:
    """
    How many there are, as far as it was counted; as text ``12`` or ``1000+``.

    Args:
        count: At most 1,000.
        is_capped: Whether there are more.
    """

    count: int
    is_capped: bool = False

    def __str__(self) -> str:
        return f"{self.count}+" if self.is_capped else str(self.count)


@attrs.frozen
class DirectoryPage:
    """
    A page of the roster.

    Args:
        rows: In the order asked for.
        next: Where the next page begins; None after the last.
        total: Only if it was asked for.
    """

    rows: Sequence[DirectoryRow]
    next: str | None = None
    total: Total | None = None

    @property
    def ids(self) -> tuple[PrincipalId, ...]:
        """The principals of this page, for `TenantAccess.may_each`."""
        return tuple(row.principal_id for row in self.rows)


@attrs.frozen
class MemberDetails:
    """
    All that whoever sees the roster may know of one member: its row there, and the facts behind it.

    Args:
        row: As the roster shows it.
        approved_at: The first gate; None if it was not passed.
        approved_by: Username of who approved; empty if the operator did, or nobody.
        verified_at: The second gate; None if it was not passed.
        verified_how: What that rests on.
        disabled: The disable in force.
        valid_from: Not before this moment.
        valid_until: Not at this moment or later.
        ends_by: Whose act that end is.
        cells: What is stored for each resource, with what is explicit told from what the role gives.
        limits: The segments it is limited to itself; empty means to none.
        rests_on: Username of whom it rests on; empty if it stands alone.
        rest_kind: Why it rests.
        proven_by: Username of whose credentials it was last proven with; empty if it never was.
    """

    row: DirectoryRow
    approved_at: datetime | None
    approved_by: str
    verified_at: datetime | None
    verified_how: VerifiedHow | None
    disabled: Disabled | None
    valid_from: datetime | None
    valid_until: datetime | None
    ends_by: Authority | None
    cells: Mapping[ResourceKey, Cell]
    limits: frozenset[SegmentKey]
    rests_on: str
    rest_kind: RestKind | None
    proven_by: str


@attrs.frozen
class RosterCounts:
    """
    How many stand on each list of a tenant, as far as it was counted.

    Args:
        members: Everybody.
        queue: Those who await approval or their own verification.
        lapsing: Those who will lapse unless they come back soon.
        invitations: Those that are open.
    """

    members: Total
    queue: Total
    lapsing: Total
    invitations: Total
