"""What the secret of a mailed link opens, told to whoever holds it; looking uses nothing up (AM-30, AM-31)."""

from collections.abc import Callable
from datetime import datetime

import attrs

from tenantaccess.errors import ProofRefusedError
from tenantaccess.model.members import Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind, Principal, Secret, secret
from tenantaccess.model.tenants import Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock
from tenantaccess.rules import passwords, registrations
from tenantaccess.services.authentication import NOBODY
from tenantaccess.services.invitation_offers import NO_TENANT
from tenantaccess.services.redeeming import token_digest
from tenantaccess.services.timing import now_of


@attrs.frozen
class MailedLink:
    """
    What a mailed link is for, as of now.

    Args:
        username: Whom it was mailed to.
        name: What people call the tenant that it is about; empty if it is about none.
        expires_at: Not usable at this moment or later.
    """

    username: str
    name: str
    expires_at: datetime


@attrs.frozen
class MailedLinks:
    """
    The links of mails, before their buttons are pressed; `Invitations.offered` tells of those of invitations.

    Args:
        store: Where everything lives.
        policy: The host's choices.
        clock: Read once an answer.
    """

    _store: Store
    _policy: Policy
    _clock: Clock

    def registration(self, token: str | Secret) -> MailedLink:
        """
        Return what `CompleteRegistration` would complete now.

        Raises:
            ProofRefusedError: it would refuse: all alike.
        """
        kept, person, tenant, row, now = self._found(token, TokenPurpose.REGISTRATION)
        if tenant is None or row is None or not registrations.may_complete(kept, tenant, row, now, self._policy):
            raise ProofRefusedError
        return MailedLink(person.username, tenant.name, kept.expires_at)

    def reset(self, token: str | Secret) -> MailedLink:
        """
        Return whose password `ResetPassword` would replace now.

        Raises:
            ProofRefusedError: it would refuse: all alike.
        """
        return self._of_person(token, TokenPurpose.RESET, passwords.may_reset)

    def address(self, token: str | Secret) -> MailedLink:
        """
        Return whose address `VerifyEmail` would verify now.

        Raises:
            ProofRefusedError: it would refuse: all alike.
        """
        return self._of_person(token, TokenPurpose.EMAIL, passwords.may_verify)

    def _of_person(
        self, token: str | Secret, purpose: TokenPurpose, may: Callable[[Token, Principal], bool]
    ) -> MailedLink:
        kept, person, _, _, _ = self._found(token, purpose)
        if not may(kept, person):
            raise ProofRefusedError
        return MailedLink(person.username, "", kept.expires_at)

    def _found(
        self, token: str | Secret, purpose: TokenPurpose
    ) -> tuple[Token, Principal, Tenant | None, Row | None, datetime]:
        digest, now = token_digest(secret(token)), now_of(self._clock)
        with self._store.reading() as unit:
            kept = unit.tokens.alive(digest, purpose, now)
            # Whatever there is, the same is asked.
            who = NOBODY if kept is None else kept.principal or NOBODY
            person = unit.principals.find(who)
            loaded = unit.memberships.load(NO_TENANT if kept is None else kept.tenant or NO_TENANT, (who,))
        if kept is None or person is None or person[0].kind is Kind.ERASED:
            raise ProofRefusedError
        row = None if loaded is None else loaded.rows.get(who)
        return kept, person[0], None if loaded is None else loaded.tenant, row, now
