"""
The facts, and nothing derived: immutable, hashable, compared by value.

A moment is an integer or None; a status is never stored (see `deciding`).
"""

from collections.abc import Iterator
from typing import NamedTuple, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Table(dict[K, V]):
    """A mapping that is never changed in place: *put* and *drop* answer a new one."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:  # type: ignore[override]
        """Hash the content, once."""
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def __setitem__(self, key: K, value: V) -> NoReturn:
        """Refuse: states share their tables."""
        msg = "a `Table` is immutable: use `put`"
        raise TypeError(msg)

    def __delitem__(self, key: K) -> NoReturn:
        """Refuse: states share their tables."""
        msg = "a `Table` is immutable: use `drop`"
        raise TypeError(msg)

    def __reduce__(self) -> tuple[type["Table[K, V]"], tuple[dict[K, V]]]:
        """Copy and pickle by content."""
        return (Table, (dict(self),))

    def put(self, key: K, value: V) -> "Table[K, V]":
        """Answer this table with *key* set to *value*."""
        changed: Table[K, V] = Table(self)
        dict.__setitem__(changed, key, value)
        return changed

    def drop(self, key: K) -> "Table[K, V]":
        """Answer this table without *key*."""
        return Table({k: v for k, v in self.items() if k != key})


class Base(NamedTuple):
    """The row a row rests on, as it stood when the resting began."""

    principal: str
    incarnation: int
    proof_epoch: int
    principal_proof_epoch: int


class Row(NamedTuple):
    """The facts of one membership."""

    origin: str
    incarnation: int = 1
    access_epoch: int = 0
    proof_epoch: int = 0
    requested_at: int | None = None
    approved_at: int | None = None
    verified_at: int | None = None
    disabled_at: int | None = None
    disabled_by: str | None = None
    reason: str | None = None
    clock_started_at: int | None = None
    last_active_at: int | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    role: str | None = None
    overrides: Table[str, int] = Table()
    segments: tuple[str, ...] = ()
    operator_hold: bool = False
    rests_on: Base | None = None
    contact: tuple[str, str, str, str] = ("", "", "", "")
    told: tuple[int, int] | None = None
    """The clock value and the last step (in microseconds of absence) a sweep has told about."""


class Tombstone(NamedTuple):
    """What stays of a membership that is gone."""

    incarnation: int
    access_epoch: int
    proof_epoch: int
    standing: str | None


class Tenant(NamedTuple):
    """One tenant with its roles and rows."""

    state: str
    external_ids: tuple[tuple[str, str], ...]
    segments: tuple[str, ...]
    roles: Table[str, Table[str, int]]
    rows: Table[str, Row | Tombstone]

    def row(self, principal: str) -> Row | None:
        """Answer the row of *principal* unless there is none or it is gone."""
        found = self.rows.get(principal)
        return found if isinstance(found, Row) else None

    def living(self) -> Iterator[tuple[str, Row]]:
        """Walk over the rows that are not gone."""
        for principal, row in self.rows.items():
            if isinstance(row, Row):
                yield principal, row


class Principal(NamedTuple):
    """One sign-in identity; its name is the key it is stored under."""

    email: str | None = None
    email_verified: bool = False
    suspended: bool = False
    proof_epoch: int = 0
    session_epoch: int = 0
    chosen_in: str | None = None
    password_chosen: bool = False


class Token(NamedTuple):
    """The newest registration token of one row; older ones are dead."""

    serial: int
    incarnation: int
    access_epoch: int
    minted_at: int
    used: bool = False


TokenName = tuple[str, str, str, int]
"""("tok", tenant, member, serial)."""


class Waiting(NamedTuple):
    """A registration notice that has not been delivered."""

    tenant: str
    member: str
    incarnation: int
    access_epoch: int


class State(NamedTuple):
    """Everything that is stored."""

    tenants: Table[str, Tenant] = Table()
    principals: Table[str, Principal] = Table()
    tokens: Table[tuple[str, str], Token] = Table()
    queue: tuple[Waiting, ...] = ()

    def with_tenant(self, name: str, tenant: Tenant) -> "State":
        """Answer this state with *tenant* stored under *name*."""
        return self._replace(tenants=self.tenants.put(name, tenant))

    def with_row(self, name: str, principal: str, row: Row | Tombstone) -> "State":
        """Answer this state with the row of *principal* in the tenant *name* replaced."""
        tenant = self.tenants[name]
        return self.with_tenant(name, tenant._replace(rows=tenant.rows.put(principal, row)))

    def with_principal(self, name: str, principal: Principal) -> "State":
        """Answer this state with *principal* stored under *name*."""
        return self._replace(principals=self.principals.put(name, principal))
