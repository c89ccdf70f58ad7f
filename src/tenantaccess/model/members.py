"""A membership: facts about one principal in one tenant, and the words for the status derived from them."""

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs

from tenantaccess.ids import LevelKey, PrincipalId, ResourceKey, RoleKey, SegmentKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.principals import Principal


class Origin(enum.Enum):
    """How a membership came to be."""

    HOME = "home"
    REGISTERED = "registered"
    INVITED = "invited"
    LINKED = "linked"
    ADOPTED = "adopted"
    PROVISIONED = "provisioned"


class Status(enum.Enum):
    """The four words people read; always derived by `rules.members.status`, never stored."""

    PENDING = "pending"
    UNVERIFIED = "unverified"
    ACTIVE = "active"
    DISABLED = "disabled"


class VerifiedHow(enum.Enum):
    """What a verification rests on."""

    MAILBOX = "mailbox"
    ATTESTED = "attested"
    PROVEN = "proven"


class DisableReason(enum.Enum):
    """Why a membership was disabled by somebody."""

    LEFT = "left"
    NOT_NEEDED = "not_needed"
    SECURITY = "security"
    OTHER = "other"
    REJECTED = "rejected"
    ENDED = "ended"
    """Kept on a tombstone whose end had passed."""


class Authority(enum.Enum):
    """Whose act a fact is: what the operator did, only the operator undoes."""

    MANAGER = "manager"
    OPERATOR = "operator"


@attrs.frozen
class Disabled:
    """A disable in force: a fact that is never compared with the clock."""

    at: datetime
    by: Authority
    reason: DisableReason


class RestKind(enum.Enum):
    """Why a row rests on another one."""

    LINK = "link"
    CHOSEN_PASSWORD = "chosen_password"  # noqa: S105  # a word, not a password


@attrs.frozen
class Resting:
    """
    What a row rests on: another row of its tenant, as it was when the relation began (MC-01 to MC-17).

    A row that rests never holds more than the lesser of both levels, and is stale as soon as any of the first
    three numbers differs from the other row's; a link, after a period of grace, once the last one does.

    Args:
        on: The principal of the other row.
        kind: Why.
        incarnation: Of the other row.
        proof_epoch: Of the other row.
        principal_epoch: The proof epoch of the other row's principal.
        password_epoch: How often that principal had changed its password.
    """

    on: PrincipalId
    kind: RestKind
    incarnation: int
    proof_epoch: int
    principal_epoch: int
    password_epoch: int = 0


@attrs.frozen
class Contact:
    """What a tenant's roster says about a member; never mailed a token, never a sign-in address."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""


NO_CONTACT = Contact()


@attrs.frozen(weakref_slot=False)  # nobody needs one, and it would take room in each row that is kept in memory
class Membership:
    """
    One principal's presence in one tenant: facts only.

    Args:
        tenant: Which tenant.
        principal: Who.
        origin: How it came to be.
        incarnation: 1 for the first presence; a return after leaving is a new one and inherits nothing.
        requested_at: When access was asked for, if it was.
        approved_at: The manager's act; nothing is granted before it.
        approved_by: Id of the principal or name of the operator that approved.
        verified_at: The second gate; nothing is granted before it.
        verified_how: What that verification rests on.
        disabled: The disable in force; on a tombstone, the one a return will meet.
        held_by_operator: What the operator disabled, or gave an end, before the row left: only the operator admits it
            again.
        clock_started_at: From when inactivity counts, if nothing was done since.
        last_active_at: The person's own last effective use.
        valid_from: Not before this moment.
        valid_until: Not at this moment or later.
        ends_by: Whose act that end is; None without one.
        access_epoch: Sessions opened under a lower one are dead.
        proof_epoch: What rests on this row under another one is stale.
        role: The tenant's role it holds.
        overrides: Explicit levels; they win over the role, the lowest one as an explicit denial.
        segments: To which segments it is limited; empty means all, future ones included.
        resting: The row it rests on, if any.
        proven_by: Whose credentials it was last proven with; kept whatever becomes of the row (MC-09).
        proven_at: When that was.
        contact: For the roster.
        gone_at: Set on a tombstone: the row is absent to everybody, its numbers go on.
        lapse_noted_at: Which clock the sweep has reported as lapsed; read by the sweep alone.
        warned: How many warnings were queued for the running clock, or reminders of a request; read by the sweep alone.
    """

    tenant: TenantId
    principal: PrincipalId
    origin: Origin
    incarnation: int = 1
    requested_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str = ""
    verified_at: datetime | None = None
    verified_how: VerifiedHow | None = None
    disabled: Disabled | None = None
    held_by_operator: bool = False
    clock_started_at: datetime | None = None
    last_active_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    ends_by: Authority | None = None
    access_epoch: int = 0
    proof_epoch: int = 0
    role: RoleKey | None = None
    overrides: Mapping[ResourceKey, LevelKey] = attrs.field(default=EMPTY, converter=frozen)
    segments: frozenset[SegmentKey] = frozenset()
    resting: Resting | None = None
    proven_by: PrincipalId | None = None
    proven_at: datetime | None = None
    contact: Contact = NO_CONTACT
    gone_at: datetime | None = None
    lapse_noted_at: datetime | None = None
    warned: int = 0


@attrs.frozen
class Row:
    """
    A membership with the facts that decide about it, all of one version.

    Args:
        membership: The facts.
        principal: Whose they are.
        role: The tenant's role the membership holds, if any.
        base: The row it rests on, if it rests and that row exists (a tombstone counts as existing); of a service that
            acts, the row of whoever added it, if that is there.
    """

    membership: Membership
    principal: Principal
    role: Role | None = None
    base: "Row | None" = None

    @property
    def id(self) -> PrincipalId:
        """The principal of this row; rows are named by it within a tenant."""
        return self.membership.principal

    @property
    def is_link(self) -> bool:
        """Whether this row is a link that still rests on its proof."""
        resting = self.membership.resting
        return resting is not None and resting.kind is RestKind.LINK
