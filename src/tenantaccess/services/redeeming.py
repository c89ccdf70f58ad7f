"""The secrets of mails, redeemed: whose they are, as long as they are alive."""

import hashlib
from datetime import datetime
from typing import ClassVar, TypeVar

import attrs

from tenantaccess.errors import ProofRefusedError
from tenantaccess.ids import StreamId, TenantId
from tenantaccess.model.principals import Kind, Principal, Secret, secret
from tenantaccess.model.tenants import Head
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.storage import Unit
from tenantaccess.services.command import Bench, Evidence, Lookup, PublicCommand
from tenantaccess.services.scene import Scene

R = TypeVar("R")


@attrs.frozen
class RedeemingCommand(PublicCommand[R]):
    """Base of the commands that whoever holds a mailed secret may give; it works once."""

    is_durable: ClassVar[bool] = True
    token: Secret = attrs.field(converter=secret, eq=False)

    def prepare(self, bench: Bench) -> Evidence:  # noqa: ARG002  # a digest needs nothing of it
        """Digest the secret."""
        return Evidence(digest=token_digest(self.token))

    def fingerprint(self) -> str:
        """Return the digest of the token: it is random, so its digest tells nothing."""
        return token_digest(self.token)


def token_digest(token: Secret) -> str:
    """Return what is stored of a mailed secret: 256 random bits need no slow hash."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def tenant_of(lookup: Lookup, presented: Secret) -> TenantId | None:
    """Return the tenant that *presented* is for; None if it is for none."""
    token = lookup.unit.tokens.find(token_digest(presented))
    return None if token is None else token.tenant


def person_of(lookup: Lookup, presented: Secret) -> StreamId | None:
    """Return the stream of the person that *presented* is for; None if it is for nobody."""
    token = lookup.unit.tokens.find(token_digest(presented))
    return None if token is None else token.principal


def redeemable(scene: Scene, purpose: TokenPurpose) -> tuple[Token, Principal]:
    """Return the token that was presented and whose it is, guarded; refuses one that is no longer alive."""
    token, (person, head) = alive(scene.unit, scene.evidence.digest, purpose, scene.now)
    scene.rely_on(head)
    return token, person


def alive(unit: Unit, digest: str, purpose: TokenPurpose, now: datetime) -> tuple[Token, tuple[Principal, Head]]:
    """Return the token of *digest* and whose it is; refuses one that is no longer alive."""
    token = unit.tokens.alive(digest, purpose, now)
    found = None if token is None or token.principal is None else unit.principals.find(token.principal)
    # Who is erased between the two questions is nobody, and it is not told that they were somebody.
    if token is None or found is None or found[0].kind is Kind.ERASED:
        raise ProofRefusedError
    return token, found
