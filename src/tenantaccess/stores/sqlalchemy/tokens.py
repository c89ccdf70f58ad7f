"""Tokens by digest: used up by one conditional write, and dead with the next one."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from tenantaccess.errors import StoreError
from tenantaccess.model.registrations import Token, TokenPurpose
from tenantaccess.ports.records import TokenRepository
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_moment
from tenantaccess.stores.sqlalchemy.wire import Wire

LIVE: Final = "live"
USED: Final = "used"
DEAD: Final = "dead"
FACTS: Final = ("tenant_id", "principal_id", "incarnation", "access_epoch", "email_key", "expires_at")


class TokenSql:
    """The statements about tokens, built once."""

    def __init__(self, tables: Tables) -> None:
        token = tables.token
        is_live = token.c.state == LIVE
        columns = [token.c[name] for name in FACTS]
        self.add = sa.insert(token).values(state=LIVE)
        self.kill = (
            sa.update(token)
            .where(
                token.c.tenant_id == given("tenant"),
                token.c.principal_id == given("principal"),
                token.c.purpose == given("for_purpose"),
                is_live,
            )
            .values(state=DEAD)
        )
        self.redeem = (
            sa.update(token)
            .where(
                token.c.digest == given("of_digest"),
                token.c.purpose == given("for_purpose"),
                is_live,
                token.c.expires_at > given_moment("at"),
            )
            .values(state=USED, used_at=given_moment("at"))
            .returning(*columns)
        )
        self.find = sa.select(token.c.purpose, *columns).where(token.c.digest == given("of_digest"))


class Tokens(TokenRepository):
    """Tokens of one unit."""

    def __init__(self, sql: TokenSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def add(self, token: Token) -> None:
        """See the port."""
        purpose = token.purpose.value
        self._wire.write(
            "ending older tokens",
            self._sql.kill,
            tenant=token.tenant,
            principal=token.principal,
            for_purpose=purpose,
        )
        self._wire.write(
            "storing a token",
            self._sql.add,
            digest=token.digest,
            purpose=purpose,
            tenant_id=token.tenant,
            principal_id=token.principal,
            incarnation=token.incarnation,
            access_epoch=token.access_epoch,
            email_key=token.email_key,
            expires_at=token.expires_at,
        )

    def redeem(self, digest: str, purpose: TokenPurpose, at: datetime) -> Token | None:
        """See the port; one that has expired is dead."""
        found = self._wire.first(
            "redeeming a token", self._sql.redeem, of_digest=digest, for_purpose=purpose.value, at=at
        )
        return None if found is None else Token(digest, purpose, *found)

    def find(self, digest: str) -> Token | None:
        """See the port."""
        found = self._wire.first("finding a token", self._sql.find, of_digest=digest)
        if found is None:
            return None
        purpose, *facts = found
        try:
            return Token(digest, TokenPurpose(purpose), *facts)
        except ValueError as error:
            raise StoreError("reading a token") from error
