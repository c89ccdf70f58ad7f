"""What a host may decide: enums and periods, with safe defaults."""

import enum
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.model import words
from tenantaccess.model.frozen import sequence


class GrantCeiling(enum.Enum):
    """What a manager may give: at most what it holds, or anything but management."""

    HELD = "held"
    ANY = "any"
    """Only the managing resource stays under the ceiling, for offices that separate administration from work."""


class AfterEnable(enum.Enum):
    """Where enabling leads a person who has a mailbox to verify."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"


class Linking(enum.Enum):
    """How a tenant lets usernames of others join."""

    OFF = "off"
    PROOF = "proof"
    """At once, by proving the credentials of a username there."""
    CONSENT = "consent"
    """By asking, without a proof: a manager accepts and says with what."""
    BOTH = "both"
    """By a proof that a manager then accepts; asking alone leads nowhere."""


class AfterPasswordChange(enum.Enum):
    """What becomes of a link once the person whose credentials it was proven with changes the password."""

    KEEP = "keep"
    STALE = "stale"
    """It holds for `Policy.link_grace` more, and is stale then until it is proven again."""
    REVOKE = "revoke"
    """It is stale at once."""


class LinkingPassword(enum.Enum):
    """Whose password a username must have before it may link others."""

    OWN = "own"
    """One that it chose itself."""
    ANY = "any"


COPY_LIMIT: Final = 1_000_000
NUMBERS: Final = (
    "open_invitations",
    "attempts_per_target",
    "attempts_per_actor",
    "attempts_per_source",
    "mails_per_member",
    "mails_per_manager",
)
"""The fields of a policy that limit a number of something."""


@attrs.frozen
class Policy:
    """
    Periods and choices that hold for every tenant of one host.

    Args:
        inactive_after: Absence that disables; exactly this long is inactive (AM-26).
        warnings_after: When the person is warned before that, in ascending order.
        request_expires_after: How long a request for access stays open.
        remind_every: After how long, and how often from then on, managers are reminded of a request that waits.
        token_expires_after: How long a registration link works.
        activity_every: Activity is written at most this often per membership.
        clock_tolerance: How far the clock may lie behind what is recorded before it is an error.
        link_grace: How long a link outlives the first change of the proven password after its proof.
        offer_expires_after: How long what was proven may be joined.
        invitation_expires_after: How long an invitation may be accepted after it was sent.
        reset_expires_after: How long a mailed link to reset a password works.
        attempts_period: In what time attempts are limited; it begins with the first.
        attempts_per_target: How many for one username.
        attempts_per_actor: How many by one principal.
        attempts_per_source: How many from one source.
        mails_period: In what time the mails are limited that an account manager has sent; it begins with the first.
        mails_per_member: How many to one member of a tenant.
        mails_per_manager: How many by one account manager of a tenant.
        grant_ceiling: What a manager may give.
        after_enable: Where enabling leads a person who has a mailbox to verify.
        after_password_change: What a change of the proven password does to links.
        linking_password: Whose password a username must have before it may link others.
        open_invitations: How many invitations of one tenant may be open at once.
        invited_domains: To which domains of e-mail addresses invitations may go; none named means any.
        copy_batch: How many records one batch of a copy takes where each is looked at. Source and target take no
            other change while a batch is written.
        copy_slice: How many records one batch takes where they are copied within the store.
    """

    inactive_after: timedelta = timedelta(days=90)
    warnings_after: Sequence[timedelta] = attrs.field(
        default=(timedelta(days=60), timedelta(days=75), timedelta(days=85)), converter=sequence
    )
    request_expires_after: timedelta = timedelta(days=90)
    remind_every: timedelta = timedelta(days=7)
    token_expires_after: timedelta = timedelta(days=14)
    activity_every: timedelta = timedelta(hours=1)
    clock_tolerance: timedelta = timedelta(minutes=5)
    link_grace: timedelta = timedelta(days=14)
    offer_expires_after: timedelta = timedelta(minutes=10)
    invitation_expires_after: timedelta = timedelta(days=14)
    reset_expires_after: timedelta = timedelta(hours=1)
    attempts_period: timedelta = timedelta(minutes=15)
    attempts_per_target: int = 5
    attempts_per_actor: int = 20
    attempts_per_source: int = 100
    mails_period: timedelta = timedelta(hours=1)
    mails_per_member: int = 5
    mails_per_manager: int = 50
    grant_ceiling: GrantCeiling = attrs.field(default=GrantCeiling.HELD, validator=words.exactly(GrantCeiling))
    after_enable: AfterEnable = attrs.field(default=AfterEnable.UNVERIFIED, validator=words.exactly(AfterEnable))
    after_password_change: AfterPasswordChange = attrs.field(
        default=AfterPasswordChange.STALE, validator=words.exactly(AfterPasswordChange)
    )
    linking_password: LinkingPassword = attrs.field(
        default=LinkingPassword.OWN, validator=words.exactly(LinkingPassword)
    )
    open_invitations: int = 1_000
    invited_domains: frozenset[str] = attrs.field(default=frozenset(), converter=words.domains)
    copy_batch: int = 10_000
    copy_slice: int = 20_000

    def __attrs_post_init__(self) -> None:
        periods = (
            *self.warnings_after,
            self.inactive_after,
            self.request_expires_after,
            self.remind_every,
            self.token_expires_after,
            self.activity_every,
            self.clock_tolerance,
            self.link_grace,
            self.offer_expires_after,
            self.invitation_expires_after,
            self.reset_expires_after,
            self.attempts_period,
            self.mails_period,
        )
        if any(period <= timedelta(0) or period > timedelta(days=3660) for period in periods):
            raise InvalidInputError("policy", "periods must be longer than nothing and at most ten years")
        for name in NUMBERS:
            if getattr(self, name) < 1:
                raise InvalidInputError(name, "must be at least 1")
        if not all(1 <= size <= COPY_LIMIT for size in (self.copy_batch, self.copy_slice)):
            raise InvalidInputError("copy_batch", f"and `copy_slice` must be 1 to {COPY_LIMIT}")
        ascending = list(self.warnings_after) == sorted(self.warnings_after)
        if not ascending or any(period >= self.inactive_after for period in self.warnings_after):
            raise InvalidInputError("warnings_after", "must ascend and end before `inactive_after`")
