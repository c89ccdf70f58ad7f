"""A notice: that somebody is to be told something. It holds a purpose and ids; secrets are minted at delivery."""

import enum
from datetime import datetime

import attrs

from tenantaccess.ids import InvitationId, NoticeId, PrincipalId, TenantId
from tenantaccess.model.tokens import TokenPurpose


class Audience(enum.Enum):
    """Who is told."""

    PERSON = "person"
    MANAGERS = "managers"
    """All active managers of the tenant at delivery."""
    INVITEE = "invitee"
    """The address of the invitation, whoever has it."""
    FORMER = "former"
    """The address that the person had before the change that the notice came with."""


class NoticeState(enum.Enum):
    """How far a notice has come."""

    QUEUED = "queued"
    SENT = "sent"
    SHOWN = "shown"
    """Nobody to mail it to: it is shown in the portal."""
    VOID = "void"
    """What it was about no longer holds."""


@attrs.frozen
class Notice:
    """
    One thing to tell.

    Args:
        id: The stable key of its delivery.
        purpose: Name of the command that queued it, or ``disable_later`` and ``join_link_waits`` for what that has yet
            to come to; of the sweep's own, ``lapse_warning`` or ``request_waits``.
        audience: Who is told.
        principal: Whom it is about.
        tenant: Where; None for what belongs to no tenant.
        incarnation: Presence it is about, so that nothing is sent for a later one.
        access_epoch: A registration link is minted only while this is the row's.
        created_at: When it was queued.
        token: What delivery mints a link for; None if it mails none.
        recipient: Who is told, where it is not the one it is about.
        invitation: Which invitation it is about.
        by: The member whose doing it tells of; None if it was nobody's, the person's before signing in, or the
            operator's.
        event: Number of the event in the principal's stream that it came with, where an address so far is found.
        state: How far it has come.
    """

    id: NoticeId
    purpose: str
    audience: Audience
    principal: PrincipalId | None
    tenant: TenantId | None
    created_at: datetime
    incarnation: int = 0
    access_epoch: int = 0
    token: TokenPurpose | None = None
    recipient: PrincipalId | None = None
    invitation: InvitationId | None = None
    by: PrincipalId | None = None
    event: int = 0
    state: NoticeState = NoticeState.QUEUED


@attrs.frozen
class Message:
    """
    One mail on its way out.

    Args:
        key: Stable per notice and recipient; delivery is at least once.
        to: The one address.
        purpose: As on the notice; ``disable`` for what was to come, and has.
        tenant_name: As its people wrote it: show it as text, never as markup; empty if none.
        username: Of whom it is about; empty if nobody.
        token: The secret of the link; stands in the link alone.
        audience: As on the notice.
        is_own: Whether it is read by whom it is about.
        by: Username of the member whose doing it tells of; empty if it was nobody's, or the reader's own.
        link: What the link is for; None if there is none.
        expires_at: From when the link no longer works.
        day: When what it announces comes: access ends, or becomes inactive; None if it announces nothing.
    """

    key: str
    to: str = attrs.field(repr=False)
    purpose: str = ""
    tenant_name: str = ""
    username: str = ""
    token: str = attrs.field(default="", repr=False)
    audience: Audience = Audience.PERSON
    is_own: bool = True
    by: str = ""
    link: TokenPurpose | None = None
    expires_at: datetime | None = None
    day: datetime | None = None
