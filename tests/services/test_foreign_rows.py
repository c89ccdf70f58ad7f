"""A store that mixes tenants up: nothing that it says is used, and the fault has a name of its own (INV-12)."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
from tests.services.worlds import row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, Disable, Invite, RevokeInvitation
from tenantaccess.errors import ForeignRowError, StoreError
from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.levels import VIEW
from tenantaccess.model.members import Row
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit
from tenantaccess.services.checked import own_row
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import ForeignRowsStore

Question = Callable[[TenantAccess, TenantId, PrincipalId, InvitationId], object]

QUESTIONS: Mapping[str, Question] = {
    "memberships.load": lambda access, here, kim, _: access.execute(Disable(here, kim), by=OPERATOR),
    "memberships.candidates": lambda access, here, kim, _: access.execute(Disable(here, kim), by=OPERATOR),
    "queries.reaching": lambda access, here, *_: list(access.list_members_with(here, "claims", "view")),
    "queries.page": lambda access, here, *_: access.privileges.matrix(here, by=OPERATOR),
    "queries.idle": lambda access, *_: access.sweeps.run(),
    "directory.search": lambda access, here, *_: access.directory.search(here, by=OPERATOR),
    "invitations.page": lambda access, here, *_: access.invitations.search(here, by=OPERATOR),
    "invitations.find": lambda access, here, _, sent: access.execute(RevokeInvitation(here, sent), by=OPERATOR),
    "invitations.concerning": lambda access, here, kim, _: access.execute(Disable(here, kim), by=OPERATOR),
    "events.read": lambda access, here, *_: access.audit.read(here, by=OPERATOR),
    "access_log.read": lambda access, here, *_: access.audit.access_log(here, by=OPERATOR),
}


class LyingStore(ForeignRowsStore):
    """One of its methods answers for the neighbour, whichever tenant is asked for."""

    def __init__(self, inner: Store, lie: str, neighbour: TenantId) -> None:
        super().__init__(inner, neighbour)
        self.repository, self.method = lie.split(".")

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """The row of one tenant, told as one of the other."""
        with self.inner.reading() as unit:
            here, there = (unit.memberships.load(one, (principal,)) for one in (tenant, self.neighbour))
        assert here is not None
        assert there is not None
        return compile_row(here.tenant, there.rows[principal])

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # as the port has it
        return NothingKept()

    def _mixed_up(self, unit: Unit) -> Unit:
        lying: Any = _Lying(getattr(unit, self.repository), self.method, self.neighbour)
        return attrs.evolve(unit, **{self.repository: lying})


class _Lying:
    def __init__(self, inner: object, method: str, neighbour: TenantId) -> None:
        self._inner = inner
        setattr(self, method, lambda _, *others, **named: getattr(inner, method)(neighbour, *others, **named))

    def __getattr__(self, method: str) -> Any:  # whatever the inner one offers
        return getattr(self._inner, method)


@pytest.fixture
def kim(
    make: Given, access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, lena: PrincipalId
) -> PrincipalId:
    """A manager in both tenants, who has invited somebody in each."""
    assert maria
    assert lena
    kim = make.manager(riverside, "kim")
    access.execute(AppointManager(lakeside, kim), by=OPERATOR)
    for tenant in (riverside, lakeside):
        access.execute(Invite(tenant, "lee@people.example", Grant(levels={"claims": VIEW})), by=kim)
    access.contexts.enter(lakeside, kim)  # a line of the access log
    return kim


def lying(access: TenantAccess, lie: str, neighbour: TenantId) -> TenantAccess:
    return attrs.evolve(access, store=LyingStore(access.store, lie, neighbour))


@pytest.mark.row("INV-12", "INV-03")
@pytest.mark.parametrize("lie", QUESTIONS)
def test_a_row_of_another_tenant_is_refused_and_reported_apart(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, lakeside: TenantId, kim: PrincipalId, lie: str
) -> None:
    if lie == "queries.idle":
        clock.advance(access.policy.inactive_after)
    faulty = lying(access, lie, lakeside)
    there = access.invitations.search(lakeside, by=OPERATOR).rows[0].invitation.id
    with pytest.raises(ForeignRowError) as fault:
        QUESTIONS[lie](faulty, riverside, kim, there)
    assert isinstance(fault.value, StoreError)
    assert fault.value.tenant in {riverside, lakeside}
    assert "another tenant" in str(fault.value)
    assert [row_of(access, tenant, kim).membership.disabled for tenant in (riverside, lakeside)] == [None, None]


@pytest.mark.row("INV-12", "INV-03")
def test_neither_preflight_nor_check_answers_from_a_row_of_another_tenant(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, kim: PrincipalId
) -> None:
    faulty = lying(access, "memberships.load", lakeside)
    with pytest.raises(ForeignRowError):
        faulty.may(Disable(riverside, kim), by=kim)
    with pytest.raises(ForeignRowError):
        faulty.check(riverside, kim, "claims", "view")
    with pytest.raises(ForeignRowError):
        faulty.contexts.enter(riverside, kim)


@pytest.mark.row("INV-12")
def test_what_a_row_rests_on_is_of_its_tenant_too(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, kim: PrincipalId
) -> None:
    link = make.linked(riverside, kim)
    base = row_of(access, lakeside, kim)
    with pytest.raises(ForeignRowError):
        own_row(riverside, attrs.evolve(row_of(access, riverside, link), base=base))


@pytest.mark.row("INV-12")
def test_an_honest_store_is_believed(access: TenantAccess, riverside: TenantId, kim: PrincipalId) -> None:
    honest = lying(access, "memberships.load", riverside)
    assert not honest.store.is_hosted
    assert honest.execute(Disable(riverside, kim), by=OPERATOR).changed
