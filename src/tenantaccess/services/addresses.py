"""Own addresses: changing and verifying them."""

from typing import ClassVar

import attrs

from tenantaccess.errors import ProofRefusedError
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model import names
from tenantaccess.model.notices import Audience
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.rules import passwords
from tenantaccess.services import guards
from tenantaccess.services.command import (
    Change,
    Command,
    Done,
    Lookup,
    Plan,
)
from tenantaccess.services.redeeming import RedeemingCommand, person_of, redeemable
from tenantaccess.services.scene import Scene, notice


@attrs.frozen
class ChangeEmail(Command[Done]):
    """
    Replace one's own address.

    Who: the person. The new one counts as unverified until the link that is mailed to it is used; links that were
    mailed to the old one are dead. Both addresses are told.

    Args:
        email: The new address.

    Raises:
        AccessDeniedError: not signed in, suspended, or a service.
    """

    name: ClassVar[str] = "change_email"
    email: str = attrs.field(converter=names.email)

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the person's stream."""
        return PrincipalId(lookup.actor.id)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        before = guards.require_oneself(scene)
        after = attrs.evolve(before, email=self.email, email_verified_at=None)
        if after.email_key == before.email_key:
            return Plan(Done())
        event = scene.heads[before.id].version + 1
        told = [notice(scene, Audience.PERSON, None, before.id, token=TokenPurpose.EMAIL)]
        if before.email:
            told.append(notice(scene, Audience.FORMER, None, before.id))
        return Plan(
            Done(changed=True),
            (Change(before.id, before.id, before, after),),
            tuple(attrs.evolve(one, event=event) for one in told),
        )


@attrs.frozen
class VerifyEmail(RedeemingCommand[Done]):
    """
    Verify one's own address with the secret that was mailed to it.

    Who: whoever holds it; it works once. An address that is verified by now stays so since when it was. Call it on a
    POST only: mail scanners follow links.

    Args:
        token: The secret.

    Raises:
        ProofRefusedError: wrong, used, expired, replaced, or the address has changed since: all alike.
        MisuseError: inside a host's transaction.
    """

    name: ClassVar[str] = "verify_email"

    def stream(self, lookup: Lookup) -> StreamId | None:
        """Return the stream of the person the token is for."""
        return person_of(lookup, self.token)

    def plan(self, scene: Scene) -> Plan[Done]:
        """See the class."""
        token, before = redeemable(scene, TokenPurpose.EMAIL)
        if not passwords.may_verify(token, before):
            raise ProofRefusedError
        # When it was verified first stays so: what was sent to it since was sent to a verified address.
        after = attrs.evolve(before, email_verified_at=before.email_verified_at or scene.now)
        return Plan(Done(changed=True), (Change(before.id, before.id, before, after),), redeems=token)
