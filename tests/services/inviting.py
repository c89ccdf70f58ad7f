"""Inviting in words: send, take the secret out of the mail, accept it as somebody new or somebody known."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AcceptInvitation, Invite
from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.levels import VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

KIM = "kim@people.example"


@attrs.frozen
class Post:
    """A tenant, its manager, and the mail that goes out."""

    access: TenantAccess
    make: Given
    clock: FrozenClock
    mailer: RecordingMailer
    tenant: TenantId
    manager: PrincipalId

    def invite(
        self,
        email: str = KIM,
        *,
        by: By | None = None,
        levels: Mapping[str, Any] | None = None,
        role: str | None = None,
        segments: Iterable[str] = (),
    ) -> InvitationId:
        """An invitation by the manager, unless *by* somebody else, to view claims, unless something else is named."""
        given = {"claims": VIEW} if levels is None and role is None else levels or {}
        grant = Grant(role, given, frozenset(segments))
        done = self.access.execute(Invite(self.tenant, email, grant), by=by or self.manager)
        return done.invitation

    def deliver(self) -> str:
        """The newest secret, after all that waits has been mailed."""
        self.access.notices.deliver(self.mailer)
        return self.mailer.tokens()[-1]

    def secret(self, email: str = KIM, **given: Any) -> str:
        """The secret of a new invitation; arguments as for `invite`."""
        self.invite(email, **given)
        return self.deliver()

    def join(self, secret: str, username: str = "kim", email: str = "") -> PrincipalId:
        """Accept as somebody new."""
        newcomer = NewUsername(username, PASSWORD, email)
        return self.access.execute(AcceptInvitation(secret, newcomer)).principal_id

    def accept(self, secret: str, by: PrincipalId) -> PrincipalId:
        """Accept as somebody known."""
        return self.access.execute(AcceptInvitation(secret), by=by).principal_id

    def find(self, invitation: InvitationId) -> Invitation:
        """An invitation as it is stored."""
        with self.access.store.reading() as unit:
            found = unit.invitations.find(self.tenant, invitation)
        assert found is not None
        return found

    def state(self, invitation: InvitationId) -> str:
        """What became of an invitation."""
        return self.find(invitation).state.value

    def newest(self) -> Invitation:
        """The invitation that was made last."""
        return self.access.invitations.search(self.tenant, by=OPERATOR).rows[0].invitation

    def address(self, principal: PrincipalId, email: str) -> PrincipalId:
        """Give somebody an address of their own, as if they had entered it."""
        with self.access.store.begin() as unit:
            found = unit.principals.find(principal)
            assert found is not None
            unit.principals.put(attrs.evolve(found[0], email=email, email_verified_at=None), found[0])
            unit.commit()
        return principal
