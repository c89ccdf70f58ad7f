"""Principals and their password hashes."""

import sqlalchemy as sa

from tenantaccess.errors import NotFoundError, UnreadableRowError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.ports.repositories import CredentialRepository, PrincipalRepository
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given
from tenantaccess.stores.sqlalchemy.upsert import upsert
from tenantaccess.stores.sqlalchemy.wire import Wire


class PrincipalSql:
    """The statements about principals and credentials, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        principal, credential = tables.principal, tables.credential
        columns = [principal.c[name] for name in (*rows.PRINCIPAL, "version", "digest", "head_at")]
        self.find = sa.select(*columns).where(principal.c.principal_id == given("principal"))
        self.find_by_username = sa.select(principal.c.principal_id).where(principal.c.username_key == given("key"))
        self.add = sa.insert(principal)
        self.put = sa.update(principal).where(principal.c.principal_id == given("principal"))
        self.find_credential = sa.select(credential.c.stored).where(credential.c.principal_id == given("principal"))
        self.replace_credential = (
            sa.update(credential)
            .where(credential.c.principal_id == given("principal"), credential.c.stored == given("seen"))
            .values(stored=given("made"))
        )
        self.forget_credential = sa.delete(credential).where(credential.c.principal_id == given("principal"))
        self.put_credential = upsert(dialect, credential, lambda _, new: {"stored": new.stored})


class Principals(PrincipalRepository):
    """Principals of one unit."""

    def __init__(self, sql: PrincipalSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def find(self, principal: PrincipalId) -> tuple[Principal, Head] | None:
        """See the port."""
        found = self._wire.first("finding a principal", self._sql.find, principal=principal)
        if found is None:
            return None
        width = len(rows.PRINCIPAL)
        try:
            return rows.principal_of(found[:width]), Head(principal, *found[width:])
        except rows.UNREADABLE as error:
            raise UnreadableRowError(f"reading principal `{principal}`") from error

    def find_by_username(self, key: str) -> PrincipalId | None:
        """See the port."""
        found = self._wire.first("finding a username", self._sql.find_by_username, key=key)
        return None if found is None else PrincipalId(found[0])

    def add(self, principal: Principal, head: Head) -> None:
        """See the port."""
        self._wire.write(
            "adding a principal",
            self._sql.add,
            principal_id=principal.id,
            username=principal.username,
            username_key=principal.username_key,
            **rows.principal_values(principal),
            **rows.head_values(head),
        )

    def put(self, principal: Principal) -> None:
        """See the port."""
        put = rows.principal_values(principal)
        if not self._wire.write("changing a principal", self._sql.put, principal=principal.id, **put):
            raise NotFoundError("principal", principal.id)


class Credentials(CredentialRepository):
    """Password hashes of one unit."""

    def __init__(self, sql: PrincipalSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def find(self, principal: PrincipalId) -> str | None:
        """See the port."""
        found = self._wire.first("finding a credential", self._sql.find_credential, principal=principal)
        return None if found is None else str(found[0])

    def put(self, principal: PrincipalId, stored: str) -> None:
        """See the port."""
        self._wire.write("storing a credential", self._sql.put_credential, principal_id=principal, stored=stored)

    def replace(self, principal: PrincipalId, seen: str, stored: str) -> bool:
        """See the port."""
        named = {"principal": principal, "seen": seen, "made": stored}
        return self._wire.write("replacing a credential", self._sql.replace_credential, **named) == 1

    def forget(self, principal: PrincipalId) -> None:
        """See the port."""
        self._wire.write("forgetting a credential", self._sql.forget_credential, principal=principal)
