"""
What a command is: a frozen value that says what it needs, and plans what would happen.

The same plan serves the command and its preflight, so that they cannot disagree (rule 10).
"""

import enum
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

import attrs

from tenantaccess.codec import Record, plain
from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, StreamId, TenantId, is_id
from tenantaccess.model.actors import Actor
from tenantaccess.model.attempts import Limit
from tenantaccess.model.catalog import Catalog, Role
from tenantaccess.model.erasure import Erasure
from tenantaccess.model.frozen import EMPTY
from tenantaccess.model.notices import Notice
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tokens import Token
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.services.attempts import Attempts
from tenantaccess.services.hashing import PreparingHasher

if TYPE_CHECKING:
    from tenantaccess.services.scene import Scene

R_co = TypeVar("R_co", covariant=True)


class LastManager(enum.Enum):
    """What the operator wants where a command would leave a tenant without an account manager."""

    KEEP = "keep"
    OVERRIDE = "override"
    """Do it all the same; the tenant is then reported as orphaned."""


@attrs.frozen
class Done:
    """
    What most commands answer.

    Args:
        changed: False if it was so already: then nothing was written and nobody is told.
        version: Number of the first event it wrote in the tenant's stream, or in its own; 0 if none.
    """

    changed: bool = False
    version: int = 0


@attrs.frozen
class Change:
    """One changed subject: the write and its event are both made from this, so neither exists alone (INV-36)."""

    stream: StreamId
    subject: str
    before: Record | None
    after: Record | None
    note: str = ""
    detail: Mapping[str, Any] = attrs.field(default=EMPTY)
    """Plain data that the event says beside the record's own fields, such as the roles a tenant opens with."""


@attrs.frozen
class Plan(Generic[R_co]):
    """
    What a command would do.

    Args:
        answer: What it answers; `Done` is completed with the version.
        changes: In order; none means nothing happens.
        notices: Who would be told.
        hashes: Password hashes to store, by principal.
        presets: Roles a new tenant opens with.
        redeems: A token that is used up with it; if others were first, the command is refused.
        limits: What it counts under; if one of them has no room left, the command is refused.
        lifts: Keys under which nothing is counted any more with it, such as guesses at a password that is no more.
        erases: Whom the store forgets with it.
    """

    answer: R_co
    changes: tuple[Change, ...] = ()
    notices: tuple[Notice, ...] = ()
    hashes: Mapping[PrincipalId, str] = attrs.field(default=EMPTY, repr=False)
    presets: tuple[Role, ...] = ()
    redeems: Token | None = None
    limits: tuple[Limit, ...] = ()
    lifts: tuple[str, ...] = ()
    erases: Erasure | None = None


@attrs.frozen
class Ids:
    """
    New identifiers, made from the key of the call: a retry makes the same ones, so that it cannot do things twice.

    Args:
        seed: The actor and the idempotency key, which is random unless the caller gives one (INV-39).
    """

    seed: str = attrs.field(repr=False)

    def make(self, prefix: str, label: str) -> str:
        """Return the identifier of *label* in this call: 128 bits, in hexadecimal digits."""
        return prefix + hashlib.sha256(f"{self.seed}\n{label}".encode()).hexdigest()[:32]


@attrs.frozen
class Bench:
    """What a command may use before any unit of work is open: slow hashing and looking up happen here."""

    store: Store
    clock: Clock
    hasher: PreparingHasher
    actor: Actor
    catalog: Catalog
    attempts: Attempts


@attrs.frozen
class Evidence:
    """
    What was made before the unit of work.

    Args:
        new_hash: The hash of a new password.
        proven_hash: The stored hash that a current password was verified against.
        digest: Of a token that was presented.
    """

    new_hash: str = attrs.field(default="", repr=False)
    proven_hash: str = attrs.field(default="", repr=False)
    digest: str = attrs.field(default="", repr=False)


NO_EVIDENCE = Evidence()
REUSED: Final = "the key was used for another command; what it stands for"
"""What is said of a key that stands for something else already (A70)."""


@attrs.frozen
class Lookup:
    """What it takes to find out where an earlier call with the same key wrote."""

    unit: Unit
    actor: Actor
    ids: Ids
    catalog: Catalog


@attrs.frozen
class Command(Generic[R_co]):
    """
    Base of all commands.

    A command's class is the one place that says who may, what happens, who is told and what it raises.
    """

    name: ClassVar[str]
    answers: ClassVar[type] = Done
    locks_first: ClassVar[bool] = False
    """Whether its stream is locked before anything is read: it reads what no version of one stream covers."""
    is_durable: ClassVar[bool] = False
    """Whether it must not run inside a host's transaction: a rollback would undo what limits guessing."""

    @property
    def is_mute(self) -> bool:
        """Whether nobody learns if anything came of it; a repeated key then spares no count and refuses nothing."""
        return False

    def require_words(self, catalog: Catalog) -> None:
        """Raise `UnknownNameError` for an undeclared word; before anything is read."""

    def wanted(self) -> Any:  # noqa: ANN401  # plain data is whatever JSON holds
        """Return its plain form, as far as it says what is wanted: that is what a repeated key must say again."""
        return plain(self)

    def fingerprint(self) -> str:
        """Return what beside that tells it from another command under the same key; never of a password."""
        return ""

    def prepare(self, bench: Bench) -> Evidence:  # noqa: ARG002  # for those that override it
        """Do what is slow, before any unit of work."""
        return NO_EVIDENCE

    def named(self) -> tuple[PrincipalId, ...]:
        """Return the principals whose rows are loaded with the actor's."""
        return ()

    def stream(self, lookup: Lookup) -> StreamId | None:  # noqa: ARG002  # as above
        """Return the stream in which a repeated key is looked up; None if nothing can have been written."""
        return None

    def plan(self, scene: "Scene") -> Plan[R_co]:  # noqa: ARG002  # as above
        """Say what would happen, or raise what stands against it. Writes nothing."""
        raise InvalidInputError("command", "must be one of the library's commands")


@attrs.frozen
class PublicCommand(Command[R_co]):
    """Base of the commands that somebody who is not signed in may give."""


@attrs.frozen
class SecretCommand(Command[R_co]):
    """Base of the commands of which no record tells all: whether a repeated key says it again is looked at anew."""

    def repeat(self, bench: Bench) -> None:
        """Raise where it says something else than what it stands for; outside any unit of work."""


def tenant_id(_: object, attribute: "attrs.Attribute[TenantId]", value: object) -> None:
    """Refuse anything but the id of a tenant."""
    if not is_id(value, TENANT):
        raise InvalidInputError(attribute.name, "must be the id of a tenant")


def principal_id(_: object, attribute: "attrs.Attribute[PrincipalId]", value: object) -> None:
    """Refuse anything but the id of a principal."""
    if not is_id(value, PRINCIPAL):
        raise InvalidInputError(attribute.name, "must be the id of a principal")


@attrs.frozen
class TenantCommand(Command[R_co]):
    """Base of the commands that change one tenant."""

    tenant: TenantId = attrs.field(validator=tenant_id)

    def stream(self, lookup: Lookup) -> StreamId | None:  # noqa: ARG002  # the command itself names it
        """Return the tenant's stream."""
        return self.tenant


@attrs.frozen
class MemberCommand(TenantCommand[R_co]):
    """Base of the commands about one member of a tenant."""

    member: PrincipalId = attrs.field(validator=principal_id)

    def named(self) -> tuple[PrincipalId, ...]:
        """Return the member."""
        return (self.member,)


def hashed(bench: Bench, newcomer: NewUsername) -> Evidence:
    """Return the evidence of the password of somebody new."""
    return Evidence(new_hash=bench.hasher.chosen(newcomer.password, newcomer.username, newcomer.email))


def require_grant_words(catalog: Catalog, grant: Grant) -> None:
    """Raise `UnknownNameError` for a level, resource or segment of *grant* that the catalog does not declare."""
    catalog.require_levels(grant.levels)
    catalog.require_segments(sorted(grant.segments))
