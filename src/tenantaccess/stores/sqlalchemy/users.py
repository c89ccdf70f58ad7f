"""A host's own users: who keeps name, e-mail and password there, and what is read beside the library's small state."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from tenantaccess.errors import InvalidInputError
from tenantaccess.model import names
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.stores.sqlalchemy.columns import MOMENT, TEXT

USER: Final = "user_id"
"""The column of the library's principals that names the host's user; there where the host has users of its own."""


def _no_password() -> str:
    return ""


@attrs.frozen(eq=False)
class HostUsers:
    """
    The host's table of users, which keeps what they are called, their address and their password.

    People are rows of it, and of the library's principals only by their key; services have none. What the host
    changes there counts from the next read on; an address that it changed is not verified until its owner proves it.

    Args:
        table: The host's.
        key: Its primary key, which must never be used again for somebody else.
        username: The column that people sign in by; the address itself where people sign in by that.
        email: The column of addresses; None if the library is to keep them.
        password: The column of password hashes, made by the hasher that `TenantAccess` is given; None if the library
            is to keep them.
        active: The column that is true of whoever may sign in; nobody else's password is right. None if there is none.
        make: Adds a user on a unit's connection and returns its key; by default a row of these columns alone.
        is_usable: Whether what is stored as a password is one at all.
        no_password: Makes what is stored for somebody without a password.
    """

    table: sa.Table
    key: str = "id"
    username: str = "username"
    email: str | None = "email"
    password: str | None = "password"  # noqa: S105  # the name of a column
    active: str | None = None
    make: Callable[[Any, Principal], Any] | None = None
    is_usable: Callable[[str], bool] = bool
    no_password: Callable[[], str] = _no_password

    @property
    def signs_in_by_address(self) -> bool:
        """Whether the username is the address."""
        return self.email == self.username

    def named(self, principal: Principal) -> dict[str, Any]:
        """
        Return what a new user's columns hold.

        Raises:
            InvalidInputError: people sign in by their address, and this one has another.
        """
        self.require_address(principal)
        found: dict[str, Any] = {self.username: principal.username}
        if self.password is not None:
            found[self.password] = self.no_password()
        if self.email is not None and not self.signs_in_by_address:
            found[self.email] = principal.email or self.no_address
        return found

    @property
    def no_address(self) -> str | None:
        """What is stored for somebody without an address: two must not be refused for having the same one."""
        is_optional = self.email is not None and bool(self.table.c[self.email].nullable)
        return None if is_optional and self.has_unique_addresses else ""

    @property
    def has_unique_addresses(self) -> bool:
        """Whether the host's table refuses an address twice."""
        return self.email is not None and any(True for _ in self._rules(self.table.c[self.email]))

    def require_address(self, principal: Principal) -> None:
        """Raise `InvalidInputError` where people sign in by their address, and *principal* has another."""
        if self.signs_in_by_address and principal.email and principal.email_key != principal.username_key:
            raise InvalidInputError("email", "must be the username: people sign in by their address here")

    def refusing(self) -> Iterator[tuple[str, str]]:
        """Yield what a database may call what refuses a username or an address twice, and which of the two it is."""
        table = self.table
        # The username last: it may be the address, and is what people chose.
        for kind, name in (("email", self.email), ("username", self.username)):
            if name is not None:
                yield f"{table.name}.{name}", kind
                yield f"{table.name}_{name}_key", kind
                yield from ((str(rule.name), kind) for rule in self._rules(table.c[name]) if rule.name)

    def _rules(self, column: sa.Column[Any]) -> Iterator[sa.UniqueConstraint | sa.Index]:
        """Yield what refuses a value of *column* twice."""
        for rule in (*self.table.constraints, *self.table.indexes):
            is_unique = isinstance(rule, sa.UniqueConstraint) or (isinstance(rule, sa.Index) and rule.unique)
            if isinstance(rule, sa.UniqueConstraint | sa.Index) and is_unique and list(rule.columns) == [column]:
                yield rule

    def has(self, principal: Principal) -> bool:
        """Tell whether *principal* is to be a user of the host's."""
        return principal.kind is Kind.HUMAN


class Address(TypeDecorator[str]):
    """
    An address as a host has it; one that this library cannot compare is none.

    Else whoever enters one at the host's would be somebody whom no command can change, a suspension included.
    """

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> str:
        """Return the address, if it is one as it is written."""
        try:
            return value if value and names.email(value) == value else ""
        except InvalidInputError:
            return ""


class People:
    """
    Where principals are read: the library's table, and beside it the host's users.

    Args:
        principal: The library's table.
        users: The host's; None if the library keeps everything.
        wanted: Which columns to read, in order.
    """

    def __init__(self, principal: sa.Table, users: HostUsers | None, wanted: tuple[str, ...]) -> None:
        self.state = principal.alias("p")
        self._users = users
        self._host = None if users is None else users.table.alias("u")
        own = {} if users is None or self._host is None else _of_host(self.state, self._host, users)
        self.columns: list[sa.ColumnElement[Any]] = [own.get(name, self.state.c[name]) for name in wanted]

    def beside(self, members: sa.FromClause, condition: sa.ColumnElement[bool]) -> sa.FromClause:
        """Return *members* with the principals that *condition* joins to them."""
        return self._with_users(members.outerjoin(self.state, condition))

    def alone(self) -> sa.FromClause:
        """Return the principals."""
        return self._with_users(self.state)

    def _with_users(self, found: sa.FromClause) -> sa.FromClause:
        if self._users is None or self._host is None:
            return found
        return found.outerjoin(self._host, self._host.c[self._users.key] == self.state.c[USER])


def _of_host(state: sa.FromClause, host: sa.FromClause, users: HostUsers) -> dict[str, sa.ColumnElement[Any]]:
    """Return the columns that the host keeps for its users, by what the library calls them."""
    is_ours = state.c[USER].is_(None)
    found: dict[str, sa.ColumnElement[Any]] = {
        "username": sa.case(
            (is_ours, state.c.username),
            (_is_known(state, host.c[users.username]), host.c[users.username]),
            # Renamed by the host: shown as what it signs in by, is sorted by and is found by.
            else_=state.c.username_key,
        ),
        # Whose user the host deleted is nobody any more: suspended since ever.
        "suspended_at": sa.case(
            (sa.or_(is_ours, host.c[users.key].is_not(None)), state.c.suspended_at), else_=sa.literal(EARLIEST, MOMENT)
        ),
    }
    if users.email is not None:
        address = sa.func.coalesce(host.c[users.email], "")
        found["email"] = sa.case((is_ours, state.c.email), else_=address)
        # The library's own column says which address it was that was proven.
        found["email_verified_at"] = sa.case(
            (sa.or_(is_ours, state.c.email == address), state.c.email_verified_at), else_=sa.null()
        )
    kinds = {name: state.c[name].type for name in found} | {"email": Address()}
    return {name: sa.type_coerce(column, kinds[name]) for name, column in found.items()}


def _is_known(state: sa.FromClause, username: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return whether the host's *username* is still the one that was made known, as keys compare."""
    return sa.func.lower(sa.cast(username, TEXT)) == state.c.username_key
