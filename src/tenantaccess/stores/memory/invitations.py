"""Invitations in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime

from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.stores.memory.tables import Tables


class MemoryInvitations:
    """Invitations by tenant."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def add(self, invitation: Invitation) -> None:
        """Add it."""
        self.put(invitation)

    def put(self, invitation: Invitation) -> None:
        """Replace it."""
        self.tables.invitations.put(invitation.tenant, invitation.id, invitation)

    def find(self, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
        """Return it."""
        return self.tables.invitations.get(tenant, invitation)

    def concerning(self, tenant: TenantId, senders: Collection[PrincipalId], email_key: str) -> Sequence[Invitation]:
        """Return open ones from or to somebody."""
        return [
            one for one in self._open(tenant) if one.sender in senders or (email_key and one.email_key == email_key)
        ]

    def open(self, tenant: TenantId, after: InvitationId | None, limit: int) -> Sequence[Invitation]:
        """Return open ones by id."""
        return [one for one in self._open(tenant) if after is None or one.id > after][:limit]

    def page(self, tenant: TenantId, after: Invitation | None, limit: int) -> Sequence[Invitation]:
        """Return all, the newest first."""
        rows = sorted(self.tables.invitations.group(tenant).values(), key=_place, reverse=True)
        return [one for one in rows if after is None or _place(one) < _place(after)][:limit]

    def count_open(self, tenant: TenantId, at: datetime) -> int:
        """Count open ones that have not expired."""
        return sum(at < one.expires_at for one in self._open(tenant))

    def _open(self, tenant: TenantId) -> list[Invitation]:
        rows = sorted(self.tables.invitations.group(tenant).items())
        return [one for _, one in rows if one.state is InvitationState.OPEN]


def _place(one: Invitation) -> tuple[datetime, InvitationId]:
    return one.created_at, one.id
