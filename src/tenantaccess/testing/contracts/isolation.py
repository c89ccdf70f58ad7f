"""What every port method promises of other tenants: nothing of them comes back, nothing is touched."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import pytest
from attrs import evolve

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.audit import Event
from tenantaccess.model.invitations import InvitationState
from tenantaccess.model.members import Membership
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.model.tenants import Head, Tenant, TenantState
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import near_id
from tenantaccess.testing.contracts.samples import (
    ANN,
    BILLING,
    CLAIMS,
    CLERK,
    CLINIC,
    CODES,
    DAY,
    FULL,
    LEVELS,
    MANAGER,
    NEIGHBOUR,
    NOON,
    NURSE,
    PEOPLE,
    SYSTEM,
    TIN,
    VACANT,
    clinic,
    copy_job,
    entry,
    event,
    furnish,
    invitation,
    invitation_id,
    kept,
    member,
    own_copy,
    private,
    put,
    token,
)
from tenantaccess.testing.contracts.standing import compiled

Question = Callable[[Unit, TenantId, PrincipalId], object]


def _rows(unit: Unit, tenant: TenantId, principal: PrincipalId) -> object:
    found = unit.memberships.load(tenant, [principal])
    return found and dict(found.rows)


def _candidates(unit: Unit, tenant: TenantId, _: PrincipalId) -> object:
    return [row for level in LEVELS for row in unit.memberships.candidates(tenant, CLAIMS, level, MANAGER, None)]


def _deciding_or_waiting(unit: Unit, tenant: TenantId, _: PrincipalId) -> object:
    asked = unit.queries.deciding_or_waiting
    return [row for level in LEVELS for row in asked([tenant], CLAIMS, level, MANAGER, NOON - DAY, 9)[tenant]]


def _own(unit: Unit, tenant: TenantId, principal: PrincipalId) -> object:
    return [row for found, row in unit.queries.of_principal(principal) if found.id == tenant]


IN_A_TENANT: Final[Mapping[str, Question]] = {
    "memberships.load": _rows,
    "memberships.holds_role": lambda unit, tenant, _: unit.memberships.holds_role(tenant, CLERK.key),
    "memberships.candidates": _candidates,
    "queries.reaching": lambda unit, tenant, _: unit.queries.reaching(tenant, CLAIMS, LEVELS, MANAGER, None, 9),
    "queries.of_principal": _own,
    "queries.deciding_or_waiting": _deciding_or_waiting,
    "queries.page": lambda unit, tenant, _: unit.queries.page(tenant, "", 9),
    "queries.idle": lambda unit, tenant, _: unit.queries.idle(tenant, NOON + DAY, None, 9),
    "roles.find": lambda unit, tenant, _: unit.roles.find(tenant, CLERK.key),
    "roles.list": lambda unit, tenant, _: unit.roles.list(tenant),
    "invitations.find": lambda unit, tenant, _: unit.invitations.find(tenant, invitation_id(1)),
    "invitations.concerning": lambda unit, tenant, who: unit.invitations.concerning(tenant, [who], "cat@mail.example"),
    "invitations.open": lambda unit, tenant, _: unit.invitations.open(tenant, None, 9),
    "invitations.page": lambda unit, tenant, _: unit.invitations.page(tenant, None, 9),
    "invitations.count_open": lambda unit, tenant, _: unit.invitations.count_open(tenant, NOON),
    "records.page": lambda unit, tenant, _: unit.records.page(tenant, CODES, "", 9),
    "records.find": lambda unit, tenant, _: unit.records.find(tenant, CODES, ["A"]),
    "records.count": lambda unit, tenant, _: unit.records.count(tenant, CODES),
    "copy_jobs.find": lambda unit, tenant, _: unit.copy_jobs.find(tenant, own_copy(tenant).id),
    "copy_jobs.page": lambda unit, tenant, _: unit.copy_jobs.page(tenant, None, 9),
    "events.read": lambda unit, tenant, _: unit.events.read(tenant, 0, 9),
    "events.about": lambda unit, tenant, who: unit.events.about(tenant, who, 9, 9),
    "events.find_key": lambda unit, tenant, _: unit.events.find_key(tenant, SYSTEM.key, "k1"),
    "access_log.read": lambda unit, tenant, _: unit.access_log.read(tenant, 9),
}
"""Questions to which a furnished tenant has an answer and a vacant one has none."""

BY_TENANT: Final[Mapping[str, Question]] = {
    **IN_A_TENANT,
    "tenants.find": lambda unit, tenant, _: unit.tenants.find(tenant),
    "streams.head": lambda unit, tenant, _: unit.streams.head(tenant),
}
BY_PRINCIPAL: Final[Mapping[str, Question]] = {
    "principals.find": lambda unit, _, principal: unit.principals.find(principal),
    "credentials.find": lambda unit, _, principal: unit.credentials.find(principal),
    "streams.head": lambda unit, _, principal: unit.streams.head(principal),
    "events.read": lambda unit, _, principal: unit.events.read(principal, 0, 9),
    "memberships.load": _rows,
    "invitations.concerning": lambda unit, tenant, principal: unit.invitations.concerning(tenant, [principal], ""),
    "queries.of_principal": lambda unit, _, principal: unit.queries.of_principal(principal),
}
RENAMED: Final = Tenant(id=CLINIC, name="Renamed", external_ids={TIN: "012345678"}, state=TenantState.CLOSED)

WRITES: Final[Mapping[str, Callable[[Unit], object]]] = {
    "tenants.put": lambda unit: unit.tenants.put(RENAMED),
    "memberships.put": lambda unit: unit.memberships.put(member(CLINIC, ANN), _facts(unit, CLINIC)),
    "activity.touch": lambda unit: unit.activity.touch(CLINIC, ANN, 7, NOON + DAY),
    "activity.warn": lambda unit: unit.activity.warn(CLINIC, ANN, 7, 3),
    "roles.put": lambda unit: unit.roles.put(CLINIC, evolve(CLERK, levels={BILLING: FULL})),
    "roles.remove": lambda unit: unit.roles.remove(CLINIC, NURSE.key),
    "invitations.add": lambda unit: unit.invitations.add(invitation(CLINIC, 2)),
    "invitations.put": lambda unit: unit.invitations.put(evolve(invitation(CLINIC, 1), state=InvitationState.VOID)),
    "records.add": lambda unit: unit.records.add(CLINIC, CODES, [ReferenceRecord("B")]),
    "records.put": lambda unit: unit.records.put(CLINIC, CODES, [ReferenceRecord("A", "new")]),
    "records.remove": lambda unit: unit.records.remove(CLINIC, CODES, ["A"]),
    "copy_jobs.add": lambda unit: unit.copy_jobs.add(copy_job(0xC1, CLINIC, VACANT)),
    "copy_jobs.advance": lambda unit: unit.copy_jobs.advance(own_copy(CLINIC), evolve(own_copy(CLINIC), cursor=None)),
    "streams.advance": lambda unit: unit.streams.advance(Head(CLINIC, 1, "d1", NOON), Head(CLINIC, 2)),
    "events.append": lambda unit: unit.events.append([event(CLINIC, 2)], [private(CLINIC, 2)]),
    "access_log.record": lambda unit: unit.access_log.record(entry(CLINIC)),
}


def _facts(unit: Unit, tenant: TenantId) -> Membership:
    found = unit.memberships.load(tenant, [ANN])
    assert found is not None
    return found.rows[ANN].membership


def dump(store: Store, tenant: TenantId) -> object:
    """Return all that the store says about *tenant*."""
    with store.reading() as unit:
        return [
            unit.tenants.find(tenant),
            unit.memberships.load(tenant, list(PEOPLE)),
            list(unit.queries.page(tenant, "", 99)),
            list(unit.roles.list(tenant)),
            list(unit.invitations.page(tenant, None, 99)),
            list(unit.events.read(tenant, 0, 99)),
            list(unit.access_log.read(tenant, 99)),
            list(unit.records.page(tenant, CODES, "", 99)),
            unit.records.fingerprint(tenant, CODES),
            list(unit.copy_jobs.page(tenant, None, 99)),
        ]


@contextmanager
def furnished(store: Store) -> Iterator[Unit]:
    """Fill the clinic as the neighbour is filled, give Ann a hash and an event of her own, and open a unit."""
    clinic(store)
    with kept(store) as unit:
        furnish(unit, CLINIC)
        unit.credentials.put(ANN, "$hash")
        unit.events.append([Event(ANN, 1, "change_password", NOON, SYSTEM, ANN)], [])
    with store.reading() as unit:
        yield unit


class IsolationContract(Contract):
    """Tenants are kept apart, and identifiers compared exactly, by every method."""

    @pytest.mark.parametrize("question", IN_A_TENANT)
    def test_nothing_of_a_neighbour_comes_back(self, question: str) -> None:
        """The neighbour has the same people, roles and keys; a vacant tenant has nothing (INV-12)."""
        with furnished(self.make()) as unit:
            assert IN_A_TENANT[question](unit, NEIGHBOUR, ANN)
            foreign = IN_A_TENANT[question](unit, VACANT, ANN)
            assert not foreign, f"`{question}` was asked about a tenant that has none, and gave another tenant's"

    @pytest.mark.parametrize("question", BY_TENANT)
    def test_a_tenant_is_found_under_its_exact_id_only(self, question: str) -> None:
        """Ids are compared byte for byte: what looks like one opens nothing (INV-09, INV-12)."""
        ask = BY_TENANT[question]
        with furnished(self.make()) as unit:
            assert ask(unit, CLINIC, ANN)
            found = [near for near in near_id(CLINIC) if ask(unit, TenantId(near), ANN)]
            assert found == [], f"`{question}` takes {found[0]!r} for {CLINIC!r}"

    @pytest.mark.parametrize("question", BY_PRINCIPAL)
    def test_a_principal_is_found_under_its_exact_id_only(self, question: str) -> None:
        """Ids are compared byte for byte: what looks like one is nobody (INV-09)."""
        ask = BY_PRINCIPAL[question]
        with furnished(self.make()) as unit:
            assert ask(unit, CLINIC, ANN)
            found = [near for near in near_id(ANN) if ask(unit, CLINIC, PrincipalId(near))]
            assert found == [], f"`{question}` takes {found[0]!r} for {ANN!r}"

    def test_a_standing_is_found_under_exact_ids_only(self) -> None:
        """The quickest door is as strict as the others (INV-09)."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN))
        tenants = [near for near in near_id(CLINIC) if store.standing(TenantId(near), ANN, compiled)]
        people = [near for near in near_id(ANN) if store.standing(CLINIC, PrincipalId(near), compiled)]

        assert (tenants, people) == ([], [])

    @pytest.mark.parametrize("write", WRITES)
    def test_a_write_in_one_tenant_changes_nothing_in_another(self, write: str) -> None:
        """A command that one tenant's manager gave reaches no further (INV-10)."""
        store = self.make()
        with furnished(store):
            pass
        ours, theirs = dump(store, CLINIC), dump(store, NEIGHBOUR)
        with kept(store) as unit:
            WRITES[write](unit)

        assert dump(store, CLINIC) != ours
        assert dump(store, NEIGHBOUR) == theirs

    def test_a_write_under_an_id_that_only_looks_alike_changes_nothing(self) -> None:
        """Marks are written by id alone, so the id must be the one (INV-09)."""
        store = self.make()
        with furnished(store):
            pass
        before = dump(store, CLINIC)
        with kept(store) as unit:
            for near in near_id(CLINIC):
                unit.activity.touch(TenantId(near), ANN, 7, NOON + DAY)
                assert not unit.activity.warn(TenantId(near), ANN, 7, 3)
            for near in near_id(ANN):
                unit.activity.touch(CLINIC, PrincipalId(near), 7, NOON + DAY)
                assert not unit.activity.warn(CLINIC, PrincipalId(near), 7, 3)

        assert dump(store, CLINIC) == before

    def test_a_token_of_one_tenant_says_which(self) -> None:
        """A digest leads to its own tenant and person, and to no other (INV-30)."""
        store = self.make()
        with furnished(store):
            pass
        with kept(store) as unit:
            expected = token(NEIGHBOUR, ANN, f"digest-of-{NEIGHBOUR}")
            assert unit.tokens.alive(expected.digest, expected.purpose, NOON) == expected
