"""
A page of buttons: what would happen to many members, by the plans that the commands themselves obey (rule 10).

The plans run one by one, but on facts that are read once for the page: how long it is changes no number of statements.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import attrs

from tenantaccess.errors import AccessDeniedError, ConflictError, InvalidInputError, MisuseError
from tenantaccess.ids import InvitationId, PrincipalId, RoleKey, StreamId, TenantId
from tenantaccess.model.actors import ActorKind, By
from tenantaccess.model.catalog import Role
from tenantaccess.model.decisions import Decision
from tenantaccess.model.frozen import frozen
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Head
from tenantaccess.ports.records import StreamRepository
from tenantaccess.ports.repositories import (
    InvitationRepository,
    Loaded,
    MembershipRepository,
    RoleRepository,
)
from tenantaccess.ports.storage import Unit
from tenantaccess.services.calls import Call
from tenantaccess.services.command import TenantCommand
from tenantaccess.services.pipeline import TRIES, Pipeline

PAGE_LIMIT: Final = 500
SLICE: Final = 1_000

Makes = Callable[[TenantId, PrincipalId], TenantCommand[Any]]
"""The class of a command, or a function that makes one of a tenant and a member."""


def may_each(
    pipeline: Pipeline, commands: Sequence[Makes], tenant: TenantId, principals: Collection[PrincipalId], by: By
) -> Mapping[PrincipalId, Mapping[Makes, Decision]]:
    """See `TenantAccess.may_each`."""
    if len(principals) > PAGE_LIMIT:
        raise InvalidInputError("principals", f"must be at most {PAGE_LIMIT}")
    asked = {
        principal: {make: _asked(pipeline, make, tenant, principal, by) for make in commands}
        for principal in principals
    }
    actors = {
        PrincipalId(call.actor.id)
        for calls in asked.values()
        for call in calls.values()
        if isinstance(call, Call) and call.actor.kind is ActorKind.MEMBER
    }
    for _ in range(TRIES):
        with pipeline.store.reading() as unit:
            loaded = unit.memberships.load(tenant, [*dict.fromkeys([*actors, *asked])])
            page = _page(unit, tenant, frozenset([*actors, *asked]), loaded)
            still = attrs.evolve(pipeline, clock=_Still(pipeline.clock.now()))
            answers = {
                principal: frozen({make: _answer(still, page, call) for make, call in calls.items()})
                for principal, calls in asked.items()
            }
            if unit.streams.head(tenant) == (None if loaded is None else loaded.head):
                return frozen(answers)
    raise ConflictError("the tenant", retryable=True)


def _asked(pipeline: Pipeline, make: Makes, tenant: TenantId, principal: PrincipalId, by: By) -> Call | Decision:
    try:
        command = make(tenant, principal)
    except TypeError:
        if not isinstance(make, type):
            raise
        raise MisuseError(
            f"`{make.__name__}` takes more than a tenant and a member: give a function that makes it of them"
        ) from None
    if not _is_about(command, tenant, principal):
        raise MisuseError("a page is asked about commands that are each about one of its members")
    try:
        return pipeline.asked(command, by)
    except AccessDeniedError as refusal:
        return refusal.decision


def _is_about(command: object, tenant: TenantId, principal: PrincipalId) -> bool:
    return isinstance(command, TenantCommand) and (command.tenant, command.named()) == (tenant, (principal,))


def _answer(pipeline: Pipeline, unit: Unit, call: Call | Decision) -> Decision:
    return call if isinstance(call, Decision) else pipeline.decided(unit, call)


@attrs.frozen
class _Still:
    """A clock that stands: one page has one moment."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


# --- a unit whose facts are read once -------------------------------------------------------------------------------


def _page(unit: Unit, tenant: TenantId, known: Collection[PrincipalId], loaded: Loaded | None) -> Unit:
    """Return *unit* with whatever plans about members of *tenant* ask for answered from what was read before."""
    return attrs.evolve(
        unit,
        memberships=cast("MembershipRepository", _Memberships(unit.memberships, tenant, known, loaded)),
        roles=cast("RoleRepository", _Roles(unit.roles)),
        invitations=cast("InvitationRepository", _Invitations(unit.invitations)),
        streams=cast("StreamRepository", _Streams(unit.streams, tenant, loaded)),
    )


@attrs.define
class _Facade:
    """A repository before which some answers are kept; all else it is asked itself."""

    inner: Any

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the repository has
        return getattr(self.inner, name)


@attrs.define
class _Memberships(_Facade):
    """Rows from the one load; candidates for rule 5 as far as anybody has read them."""

    tenant: TenantId
    known: Collection[PrincipalId]
    loaded: Loaded | None
    read: dict[tuple[object, ...], Iterator[Row]] = attrs.field(factory=dict)

    def load(self, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
        if tenant != self.tenant or not set(principals).issubset(self.known):
            elsewhere: Loaded | None = self.inner.load(tenant, principals)
            return elsewhere
        if self.loaded is None:
            return None
        found = self.loaded.rows
        return attrs.evolve(self.loaded, rows={who: found[who] for who in principals if who in found})

    def candidates(self, *asked: Any) -> Iterator[Row]:  # noqa: ANN401  # whatever the port takes
        # Of the two, one is kept as it is and one is read: what was read before is read again from memory.
        self.read[asked], found = itertools.tee(self.read.get(asked) or self.inner.candidates(*asked))
        return found


@attrs.define
class _Roles(_Facade):
    """Roles of the tenant, each read once."""

    read: dict[tuple[TenantId, RoleKey], Role | None] = attrs.field(factory=dict)

    def find(self, tenant: TenantId, role: RoleKey) -> Role | None:
        if (tenant, role) not in self.read:
            self.read[tenant, role] = self.inner.find(tenant, role)
        return self.read[tenant, role]


@attrs.define
class _Invitations(_Facade):
    """Open invitations, all of them read once: which ones a command voids is looked up here."""

    read: dict[TenantId, Sequence[Invitation]] = attrs.field(factory=dict)

    def concerning(self, tenant: TenantId, senders: Collection[PrincipalId], email_key: str) -> Sequence[Invitation]:
        return [
            one for one in self._open(tenant) if one.sender in senders or (email_key and one.email_key == email_key)
        ]

    def _open(self, tenant: TenantId) -> Sequence[Invitation]:
        if tenant not in self.read:
            found: list[Invitation] = []
            while True:
                after: InvitationId | None = found[-1].id if found else None
                more = self.inner.open(tenant, after, SLICE)
                found.extend(more)
                if len(more) < SLICE:
                    break
            self.read[tenant] = found
        return self.read[tenant]


@attrs.define
class _Streams(_Facade):
    """The head as it was loaded: whether it has moved since is asked once, of the store, at the end of the page."""

    tenant: TenantId
    loaded: Loaded | None

    def head(self, stream: StreamId) -> Head | None:
        if stream == self.tenant and self.loaded is not None:
            return self.loaded.head
        found: Head | None = self.inner.head(stream)
        return found
