"""Tokens by digest: used up by one conditional write, and dead with the next one."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from tenantaccess.errors import ConflictError, UnreadableRowError
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.records import TokenRepository
from tenantaccess.stores.sqlalchemy.schema import IS_LIVE, TOKEN_SLOT, Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_moment
from tenantaccess.stores.sqlalchemy.upsert import insert_unless
from tenantaccess.stores.sqlalchemy.wire import Wire

LIVE: Final = "live"
USED: Final = "used"
DEAD: Final = "dead"
TRIES: Final = 5
"""How often an older token is ended while others add theirs."""
FACTS: Final = (
    "slot", "expires_at", "tenant_id", "principal_id", "invitation_id", "proven_id",
    "incarnation", "access_epoch", "proof_epoch", "password_epoch", "email_key",
)  # fmt: skip
"""The columns of a token's fields after digest and purpose, in their order."""


class TokenSql:
    """The statements about tokens, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        token = tables.token
        is_live = token.c.state == LIVE
        columns = [token.c[name] for name in FACTS]
        self.add = insert_unless(dialect, token, TOKEN_SLOT, IS_LIVE).values(state=LIVE).returning(token.c.digest)
        self.kill = (
            sa.update(token)
            .where(
                token.c.slot == given("for_slot"),
                token.c.purpose == given("for_purpose"),
                is_live,
            )
            .values(state=DEAD)
        )
        is_usable = (
            token.c.digest == given("of_digest"),
            token.c.purpose == given("for_purpose"),
            is_live,
            token.c.expires_at > given_moment("at"),
        )
        self.alive = sa.select(*columns).where(*is_usable)
        self.redeem = sa.update(token).where(*is_usable).values(state=USED, used_at=given_moment("at"))
        self.find = sa.select(token.c.purpose, *columns).where(token.c.digest == given("of_digest"))


class Tokens(TokenRepository):
    """Tokens of one unit."""

    def __init__(self, sql: TokenSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def add(self, token: Token) -> None:
        """See the port; an insert that is refused has met a token that another unit added since the last look."""
        for _ in range(TRIES):
            self._end_older(token)
            if self._has_added(token):
                return
        raise ConflictError("a token", retryable=True)

    def _end_older(self, token: Token) -> None:
        named = {"for_slot": token.slot, "for_purpose": token.purpose.value}
        self._wire.write("ending older tokens", self._sql.kill, **named)

    def _has_added(self, token: Token) -> bool:
        written = self._wire.first(
            "storing a token",
            self._sql.add,
            digest=token.digest,
            purpose=token.purpose.value,
            slot=token.slot,
            expires_at=token.expires_at,
            tenant_id=token.tenant,
            principal_id=token.principal,
            invitation_id=token.invitation,
            proven_id=token.proven,
            incarnation=token.incarnation,
            access_epoch=token.access_epoch,
            proof_epoch=token.proof_epoch,
            password_epoch=token.password_epoch,
            email_key=token.email_key,
        )
        return written is not None

    def alive(self, digest: str, purpose: TokenPurpose, at: datetime) -> Token | None:
        """See the port."""
        found = self._wire.first(
            "looking at a token", self._sql.alive, of_digest=digest, for_purpose=purpose.value, at=at
        )
        return None if found is None else Token(digest, purpose, *found)

    def redeem(self, token: Token, at: datetime) -> bool:
        """See the port."""
        named = {"of_digest": token.digest, "for_purpose": token.purpose.value}
        return self._wire.write("redeeming a token", self._sql.redeem, at=at, **named) == 1

    def find(self, digest: str) -> Token | None:
        """See the port."""
        found = self._wire.first("finding a token", self._sql.find, of_digest=digest)
        if found is None:
            return None
        purpose, *facts = found
        try:
            return Token(digest, TokenPurpose(purpose), *facts)
        except ValueError as error:
            raise UnreadableRowError("reading a token") from error
