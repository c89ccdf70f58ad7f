"""Forgetting a person: few statements, each by an index that no tenant leads, because they are about all of them."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from tenantaccess.errors import NotFoundError, UnreadableRowError
from tenantaccess.ids import InvitationId, PrincipalId
from tenantaccess.model import names
from tenantaccess.model.invitations import Invitation
from tenantaccess.ports.erasure import ErasureRepository
from tenantaccess.stores.sqlalchemy import rows
from tenantaccess.stores.sqlalchemy.invitations import INVITATION, invitation_of
from tenantaccess.stores.sqlalchemy.schema import Tables
from tenantaccess.stores.sqlalchemy.selection import given, given_any
from tenantaccess.stores.sqlalchemy.users import USER, HostUsers
from tenantaccess.stores.sqlalchemy.wire import Wire


class ErasureSql:
    """The statements about forgetting, built once."""

    def __init__(self, tables: Tables) -> None:
        one, event, private, token = tables.invitation, tables.event, tables.private_part, tables.token
        self.addressed = (
            sa.select(*(one.c[name] for name in INVITATION))
            .where(one.c.email_key.in_(given_any("email_keys")), one.c.email_key != "")
            .order_by(one.c.tenant_id, one.c.invitation_id)
        )
        changed = {"username_key": given("key")}
        principal, users = tables.principal, tables.users
        this = principal.c.principal_id == given("principal")
        left = {} if users is None else {USER: None}
        self.rename = sa.update(principal).where(this).values(username=given("name"), **changed, **left)
        self.rename_user = None if users is None else _renaming(users, sa.select(principal.c[USER]).where(this))
        self.rename_rows = (
            sa.update(tables.membership).where(tables.membership.c.principal_id == given("principal")).values(**changed)
        )
        about = sa.select(event.c.stream, event.c.number).where(event.c.subject.in_(given_any("subjects")))
        self.forget_parts = sa.delete(private).where(sa.tuple_(private.c.stream, private.c.number).in_(about))
        self.forget_tokens = sa.delete(token).where(token.c.principal_id == given("principal"))
        self.forget_invited = sa.delete(token).where(token.c.invitation_id.in_(given_any("invitations")))


def _renaming(users: HostUsers, key: sa.Select[Any]) -> sa.Update:
    """Return what makes the host's user nobody: another name, no address or nobody's, no password."""
    blank: dict[str, Any] = {} if users.email is None else {users.email: users.no_address}
    if users.email is not None and users.has_unique_addresses and users.no_address is not None:
        # Nobody's, as the domain is (RFC 2606), and not the same twice.
        blank[users.email] = given("name") + "@erased.invalid"
    if users.password is not None:
        blank[users.password] = users.no_password()
    named: dict[str, Any] = {**blank, users.username: given("name")}
    return sa.update(users.table).where(users.table.c[users.key] == key.scalar_subquery()).values(named)


class Erasures(ErasureRepository):
    """Forgetting, in one unit."""

    def __init__(self, sql: ErasureSql, wire: Wire) -> None:
        self._sql = sql
        self._wire = wire

    def addressed(self, email_keys: Collection[str]) -> Sequence[Invitation]:
        """See the port."""
        found = self._wire.rows("finding invitations", self._sql.addressed, email_keys=list(email_keys))
        try:
            return [invitation_of(raw) for raw in found]
        except rows.UNREADABLE as error:
            # One that was passed over would keep its address.
            raise UnreadableRowError("reading invitations") from error

    def rename(self, principal: PrincipalId, username: str) -> None:
        """See the port."""
        named = {"principal": principal, "key": names.username_key(username)}
        if self._sql.rename_user is not None:
            self._wire.write("renaming a user", self._sql.rename_user, principal=principal, name=username)
        if not self._wire.write("renaming a principal", self._sql.rename, **named, name=username):
            raise NotFoundError("principal", principal)
        self._wire.write("renaming rows", self._sql.rename_rows, **named)

    def forget_parts(self, subjects: Collection[str]) -> None:
        """See the port."""
        self._wire.write("forgetting private parts", self._sql.forget_parts, subjects=list(subjects))

    def forget_tokens(self, principal: PrincipalId, invitations: Collection[InvitationId]) -> None:
        """See the port."""
        self._wire.write("forgetting tokens", self._sql.forget_tokens, principal=principal)
        self._wire.write("forgetting tokens", self._sql.forget_invited, invitations=list(invitations))
