"""Principals and their password hashes: the library's small state, and what a host's own users keep."""

import secrets
from typing import Any, Final

import sqlalchemy as sa

from tenantaccess.errors import InvalidInputError, MisuseError, NotFoundError, TakenError, UnreadableRowError
from tenantaccess.ids import PRINCIPAL, PrincipalId
from tenantaccess.model import names
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.model.tenants import Head
from tenantaccess.ports.repositories import CredentialRepository, PrincipalRepository
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given
from tenantaccess.stores.sqlalchemy.upsert import upsert
from tenantaccess.stores.sqlalchemy.users import USER, HostUsers, People
from tenantaccess.stores.sqlalchemy.wire import Wire

PROVEN: Final = ("email", "email_key", "email_verified_at")
"""Written together: an address is verified as the one it was."""


class PrincipalSql:
    """The statements about principals and credentials, built once."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        principal, credential = tables.principal, tables.credential
        people = People(principal, tables.users, rows.PRINCIPAL)
        state = people.state
        self.find = (
            sa.select(*people.columns, *(state.c[name] for name in ("version", "digest", "head_at")))
            .select_from(people.alone())
            .where(state.c.principal_id == given("principal"))
        )
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
        self.users = None if tables.users is None else UserSql(tables, tables.users)


class UserSql:
    """The statements about a host's own users, built once."""

    def __init__(self, tables: Tables, users: HostUsers) -> None:
        principal, credential = tables.principal, tables.credential
        self.host = users
        self.keeps_passwords = users.password is not None
        table, key = users.table, users.table.c[users.key]
        whose = sa.select(principal.c[USER]).where(principal.c.principal_id == given("principal")).scalar_subquery()
        # Compared as the host's column is, not byte by byte as ours are: else no plain index of the host's would do.
        called = sa.func.lower(sa.type_coerce(table.c[users.username], sa.Text()))
        self.taken = sa.select(key).where(called == sa.bindparam("key", type_=sa.Text())).limit(1)
        self.add = sa.insert(table).returning(key)
        self.put = sa.update(table).where(key == whose)
        self.of_user = sa.select(principal.c.principal_id).where(principal.c[USER] == sa.bindparam("user"))
        self.username = sa.select(table.c[users.username]).where(key == sa.bindparam("user"))
        password = table.c[users.password or users.username]
        # One statement whoever it is: where a password is kept is nothing that an answer's time should tell.
        both = principal.outerjoin(table, key == principal.c[USER]).outerjoin(
            credential, credential.c.principal_id == principal.c.principal_id
        )
        self.find_credential = (
            sa.select(sa.func.coalesce(sa.type_coerce(password, sa.Text()), credential.c.stored))
            .select_from(both)
            .where(principal.c.principal_id == given("principal"))
        )
        if users.active is not None:
            may = sa.type_coerce(table.c[users.active], sa.Boolean()).is_(sa.true())
            self.find_credential = self.find_credential.where(sa.or_(principal.c[USER].is_(None), may))
        self.put_password = sa.update(table).where(key == whose).values({password.name: given("stored")})
        self.replace_password = self.put_password.where(password == given("seen"))


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
        """See the port; somebody new becomes a user of the host's, too, where it has its own."""
        users = self._sql.users
        user: dict[str, Any] = {}
        put = rows.principal_values(principal)
        if users is not None and users.host.has(principal):
            user[USER] = self._added(users, principal)
            if users.host.signs_in_by_address and principal.email:
                put["email"] = principal.username  # what was proven is the address as the host has it
        self._wire.write(
            "adding a principal",
            self._sql.add,
            principal_id=principal.id,
            username="" if user else principal.username,
            username_key=principal.username_key,
            **put,
            **rows.head_values(head),
            **user,
        )

    def _added(self, users: UserSql, principal: Principal) -> Any:  # noqa: ANN401  # whatever key the host has
        """Return the key of the new user; whoever is there already is never taken over, whatever they ask."""
        named = users.host.named(principal)
        if self._wire.first("looking for a user", users.taken, key=principal.username_key) is not None:
            raise TakenError("username")
        if users.host.make is not None:
            return self._wire.calling("adding a user", users.host.make, principal)
        found = self._wire.first("adding a user", users.add, **named)
        return None if found is None else found[0]

    def put(self, after: Principal, before: Principal) -> None:
        """See the port."""
        put, old = rows.principal_values(after), rows.principal_values(before)
        users = self._sql.users
        if users is not None:
            # What the host keeps is read as if it were here: what a command left as it was is not its to write.
            # Of who is erased nothing stays, though no command can say what was: it sees the host's address alone.
            is_proof = after.kind is Kind.ERASED or any(put[name] != old[name] for name in PROVEN)
            put = {
                name: value for name, value in put.items() if (is_proof if name in PROVEN else value != old[name])
            } or {"kind": put["kind"]}
        if not self._wire.write("changing a principal", self._sql.put, principal=after.id, **put):
            raise NotFoundError("principal", after.id)
        if users is not None and users.host.email is not None and after.email != before.email:
            if users.host.signs_in_by_address:  # another one is another username, and the host's to give
                raise InvalidInputError("email", "must stay as it is: people sign in by their address here")
            address = {users.host.email: after.email}
            self._wire.write("changing a user", users.put, principal=after.id, **address)

    def of_user(self, key: object) -> PrincipalId | None:
        """Return who the host's user called *key* is; None if it is nobody yet."""
        found = self._wire.first("finding a user", self._known_users().of_user, user=key)
        return None if found is None else PrincipalId(found[0])

    def enrol(self, key: object) -> PrincipalId:
        """
        Make a principal of the host's user called *key*, who is none yet; nothing is granted with it.

        Raises:
            NotFoundError: the host has no such user.
            InvalidInputError: its username is not one that this library can compare.
            TakenError: its username differs from somebody's by nothing that counts.
        """
        found = self._wire.first("finding a user", self._known_users().username, user=key)
        if found is None:
            raise NotFoundError("user", str(key))
        username_key = names.username_key(names.username(found[0]))
        one = Principal(PrincipalId(f"{PRINCIPAL}{secrets.token_hex(16)}"), "")
        put = {**rows.principal_values(one), **rows.head_values(Head(one.id)), USER: key}
        named = {"principal_id": one.id, "username": "", "username_key": username_key}
        self._wire.write("adding a principal", self._sql.add, **named, **put)
        return one.id

    def _known_users(self) -> UserSql:
        if self._sql.users is None:
            raise MisuseError("give the tables the host's users first: `tables(…, users=HostUsers(…))`")
        return self._sql.users


class Credentials(CredentialRepository):
    """Password hashes of one unit; a host's user has its password there, everybody else here."""

    def __init__(self, sql: PrincipalSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire
        users = sql.users
        self._users = users if users is not None and users.keeps_passwords else None

    def find(self, principal: PrincipalId) -> str | None:
        """See the port."""
        users = self._users
        statement = self._sql.find_credential if users is None else users.find_credential
        found = self._wire.first("finding a credential", statement, principal=principal)
        if found is None or found[0] is None or (users is not None and not users.host.is_usable(found[0])):
            return None
        return str(found[0])

    def put(self, principal: PrincipalId, stored: str) -> None:
        """See the port."""
        named = {"principal": principal, "stored": stored}
        if self._users is not None and self._wire.write("storing a password", self._users.put_password, **named):
            return
        self._wire.write("storing a credential", self._sql.put_credential, principal_id=principal, stored=stored)

    def replace(self, principal: PrincipalId, seen: str, stored: str) -> bool:
        """See the port."""
        if self._users is not None and self._users.host.is_usable(seen):
            named = {"principal": principal, "seen": seen, "stored": stored}
            if self._wire.write("replacing a password", self._users.replace_password, **named):
                return True
        named = {"principal": principal, "seen": seen, "made": stored}
        return self._wire.write("replacing a credential", self._sql.replace_credential, **named) == 1

    def forget(self, principal: PrincipalId) -> None:
        """See the port."""
        if self._users is not None:
            nothing = self._users.host.no_password()
            self._wire.write("forgetting a password", self._users.put_password, principal=principal, stored=nothing)
        self._wire.write("forgetting a credential", self._sql.forget_credential, principal=principal)
