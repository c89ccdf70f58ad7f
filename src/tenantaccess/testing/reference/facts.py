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
    kind: str = "chosen_password"
    """`link`, or `chosen_password`: why it rests."""
    password_epoch: int = 0


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
    ends_by: str | None = None
    """Whose act the end is, `manager` or `operator`; None without an end."""
    role: str | None = None
    overrides: Table[str, int] = Table()
    segments: tuple[str, ...] = ()
    operator_hold: bool = False
    rests_on: Base | None = None
    verified_how: str | None = None
    """`mailbox`, `attested` or `proven`."""
    proven_by: str | None = None
    """Whose proof it last rested on, whatever became of it since."""
    proven_at: int | None = None
    contact: tuple[str, str, str, str] = ("", "", "", "")
    added_by: str | None = None
    """Which member let a service in; None for the operator, and for people."""
    told: tuple[int, int] | None = None
    """The clock value and the last step (in microseconds of absence) a sweep has told about."""


class Tombstone(NamedTuple):
    """What stays of a membership that is gone."""

    incarnation: int
    access_epoch: int
    proof_epoch: int
    standing: str | None
    """Who alone leads back, `operator` or `manager`; None if nothing stands in the way."""
    barred: bool = False
    """Whether it was disabled, or ended, when it left: no invitation leads back."""
    proven_by: str | None = None
    proven_at: int | None = None


class Invitation(NamedTuple):
    """An offer to an address; *inviter* is None for the operator's."""

    email: str
    inviter: str | None
    expires_at: int
    role: str | None = None
    levels: tuple[tuple[str, int], ...] = ()
    segments: tuple[str, ...] = ()
    state: str = "open"
    """`open`, `accepted`, `declined`, `revoked` or `void`; that it has expired is never stored."""


class Tenant(NamedTuple):
    """One tenant with its roles, rows and invitations."""

    state: str
    external_ids: tuple[tuple[str, str], ...]
    segments: tuple[str, ...]
    roles: Table[str, Table[str, int]]
    rows: Table[str, Row | Tombstone]
    linking: str = "proof"
    """`off`, `proof`, `consent` or `both`."""
    invitations: Table[str, Invitation] = Table()

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
    password_epoch: int = 0
    password_changes: tuple[int, ...] = ()
    """When its password last changed, oldest first: the last ten times."""
    shown_at: int | None = None
    """When its address was last shown to be its own."""
    kind: str = "human"
    """`human`, `service` or `erased`."""
    addresses: tuple[str, ...] = ()
    """Every address that was shown to be its own before this one."""

    def shown(self, now: int) -> "Principal":
        """Answer this principal with its address verified; one that was before stays so since when it was."""
        if self.email_verified:
            return self
        return self._replace(email_verified=True, shown_at=now)


class Token(NamedTuple):
    """The newest registration token of one row; older ones are dead."""

    serial: int
    incarnation: int
    access_epoch: int
    minted_at: int
    used: bool = False
    email: str | None = None
    proof_epoch: int = 0
    """The principal's when it was minted: it rises with a suspension."""


TokenName = tuple[str, str, str, int]
"""("tok", tenant, member, serial)."""


class Waiting(NamedTuple):
    """A registration notice that has not been delivered."""

    tenant: str
    member: str
    incarnation: int
    access_epoch: int


Slot = tuple[str, ...]
"""What a secret is for: ("invitation", tenant, id), ("reset", principal) or ("email", principal)."""


class Mail(NamedTuple):
    """A notice that carries a secret and has not been delivered."""

    slot: Slot
    email: str
    queued_at: int = 0


class Secret(NamedTuple):
    """The newest secret of one slot; older ones are dead."""

    serial: int
    minted_at: int
    expires_at: int
    email: str
    password_epoch: int = 0
    proof_epoch: int = 0
    used: bool = False


class Offer(NamedTuple):
    """
    What proving somebody's credentials came to: who asked, who was proven, at which numbers, when, in which sessions.

    Only the newest offer of an asker is alive; the serial 0 is a proof made in the same breath.
    """

    asker: str
    proven: str
    serial: int
    password_epoch: int
    proof_epoch: int
    minted_at: int
    session_epoch: int = 0


class Ticket(NamedTuple):
    """What a session keeps of where it entered."""

    tenant: str
    principal: str
    incarnation: int
    access_epoch: int
    session_epoch: int
    segment: str | None = None


class State(NamedTuple):
    """Everything that is stored."""

    tenants: Table[str, Tenant] = Table()
    principals: Table[str, Principal] = Table()
    tokens: Table[tuple[str, str], Token] = Table()
    queue: tuple[Waiting | Mail, ...] = ()
    secrets: Table[Slot, Secret] = Table()
    offers: Table[str, tuple[Offer, bool]] = Table()
    """By asker: the newest offer, and whether it was used."""

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
