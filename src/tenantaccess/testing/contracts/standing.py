"""What `Store.standing` promises: the compiled row, never older than the last commit (INV-05)."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest
from attrs import evolve

from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Authority, Row
from tenantaccess.model.moments import EARLIEST, LATEST, ticks
from tenantaccess.model.tenants import Head, Tenant, TenantState
from tenantaccess.ports.storage import Kept, Store, Unit
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.samples import (
    ANN,
    BILLING,
    BOB,
    CAT,
    CLAIMS,
    CLERK,
    CLINIC,
    DAY,
    FULL,
    MEDICAID,
    NEIGHBOUR,
    NOBODY,
    NONE,
    NOON,
    NOWHERE,
    NURSE,
    TIN,
    VACANT,
    VIEW,
    clinic,
    disabled,
    gone,
    kept,
    load,
    member,
    person,
    put,
    read,
    resting,
)
from tenantaccess.testing.contracts.threads import elsewhere

GROUND = evolve(member(CLINIC, CAT), role=NURSE.key)
BASE = resting(evolve(member(CLINIC, BOB), role=CLERK.key), CAT)
ROW = resting(evolve(member(CLINIC, ANN), role=CLERK.key, overrides={BILLING: VIEW}), BOB)


def compiled(tenant: Tenant, row: Row) -> Standing:
    """Compile all that a standing may come from, so that whatever is stale shows."""
    return Standing(
        codes="\n".join([tenant.state.value, tenant.name, *_facts(row)]).encode(),
        opens=ticks(EARLIEST),
        closes=ticks(LATEST),
        bars=(),
        segments=row.membership.segments,
        offered=tenant.segments,
    )


def _facts(row: Row | None) -> list[str]:
    if row is None:
        return []
    facts, role = row.membership, row.role
    plain = evolve(facts, overrides={}, segments=frozenset())
    levels = [sorted(facts.overrides.items()), sorted(role.levels.items()) if role else None]
    return [repr([plain, sorted(facts.segments), row.principal, *levels]), *_facts(row.base)]


CHANGES: Final[Mapping[str, Callable[[Unit], None]]] = {
    "a disable": lambda unit: unit.memberships.put(disabled(ROW), ROW),
    "a departure": lambda unit: unit.memberships.put(gone(ROW), ROW),
    "an override": lambda unit: unit.memberships.put(evolve(ROW, overrides={BILLING: NONE}), ROW),
    "an override taken away": lambda unit: unit.memberships.put(evolve(ROW, overrides={}), ROW),
    "another role": lambda unit: unit.memberships.put(evolve(ROW, role=NURSE.key), ROW),
    "no role": lambda unit: unit.memberships.put(evolve(ROW, role=None), ROW),
    "a limit to segments": lambda unit: unit.memberships.put(evolve(ROW, segments=frozenset({MEDICAID})), ROW),
    "an end": lambda unit: unit.memberships.put(evolve(ROW, valid_until=NOON), ROW),
    "whose an end is": lambda unit: unit.memberships.put(evolve(ROW, ends_by=Authority.OPERATOR), ROW),
    "an epoch": lambda unit: unit.memberships.put(evolve(ROW, access_epoch=9), ROW),
    "activity": lambda unit: unit.activity.touch(CLINIC, ANN, 1, NOON + DAY),
    "the levels of the role": lambda unit: unit.roles.put(CLINIC, evolve(CLERK, levels={CLAIMS: FULL})),
    "a suspension of the principal": lambda unit: unit.principals.put(
        evolve(person(ANN), suspended_at=NOON), person(ANN)
    ),
    "a suspension of the tenant": lambda unit: unit.tenants.put(
        Tenant(id=CLINIC, name="Clinic", external_ids={TIN: "012345678"}, state=TenantState.SUSPENDED)
    ),
    "the tenant's segments": lambda unit: unit.tenants.put(
        Tenant(id=CLINIC, name="Clinic", external_ids={TIN: "012345678"}, segments=frozenset({MEDICAID}))
    ),
    "a disable of the base": lambda unit: unit.memberships.put(disabled(BASE), BASE),
    "a departure of the base": lambda unit: unit.memberships.put(gone(BASE), BASE),
    "a suspension of the base's principal": lambda unit: unit.principals.put(
        evolve(person(BOB), proof_epoch=1), person(BOB)
    ),
    "a beginning of the base": lambda unit: unit.memberships.put(evolve(BASE, valid_from=NOON), BASE),
    "a disable of the base's base": lambda unit: unit.memberships.put(disabled(GROUND), GROUND),
    "the levels of the role of the base's base": lambda unit: unit.roles.put(CLINIC, evolve(NURSE, levels={})),
    "a suspension of the principal of the base's base": lambda unit: unit.principals.put(
        evolve(person(CAT), suspended_at=NOON), person(CAT)
    ),
}
EACH = pytest.mark.parametrize("change", CHANGES)


def _stocked(store: Store) -> Store:
    put(clinic(store), GROUND, BASE, ROW)
    return store


def _expected(store: Store) -> Standing:
    return compiled(load(store, CLINIC).tenant, read(store, CLINIC, ANN))


def _told(at_hand: Kept) -> list[Standing | None]:
    """Ann's standing in each way it is at hand; nothing where the store must be asked."""
    try:
        here = at_hand[CLINIC]
        return [here[ANN], dict(here.everybody())[ANN], dict(at_hand.everywhere(ANN))[CLINIC]]
    except KeyError:
        return []


class StandingContract(Contract):
    """The one question that must be quick is answered with the truth of now."""

    def test_a_standing_is_what_the_row_compiles_to(self) -> None:
        """Tenant, principal, role, base and base's base go into it."""
        store = _stocked(self.make())

        assert store.standing(CLINIC, ANN, compiled) == _expected(store)

    def test_without_a_row_there_is_no_standing(self) -> None:
        """Everybody has a row in the neighbour's, nobody in the vacant tenant (INV-12)."""
        store = clinic(self.make())
        asked = [(VACANT, ANN), (CLINIC, ANN), (NEIGHBOUR, NOBODY), (NOWHERE, ANN)]

        assert [store.standing(tenant, who, compiled) for tenant, who in asked] == [None] * 4

    def test_one_person_stands_differently_in_each_tenant(self) -> None:
        """What somebody holds next door opens nothing here (INV-12)."""
        store = _stocked(self.make())
        theirs = compiled(load(store, NEIGHBOUR).tenant, read(store, NEIGHBOUR, ANN))

        for _ in range(2):
            assert store.standing(CLINIC, ANN, compiled) == _expected(store)
            assert store.standing(NEIGHBOUR, ANN, compiled) == theirs

    @EACH
    def test_a_standing_is_fresh_after_every_commit(self, change: str) -> None:
        """Whatever lowers somebody holds from the next question on (INV-05)."""
        store = _stocked(self.make())
        before = store.standing(CLINIC, ANN, compiled)
        with kept(store) as unit:
            CHANGES[change](unit)

        after = store.standing(CLINIC, ANN, compiled)
        assert after != before
        assert after == _expected(store) or (after is None and change == "a departure")

    @EACH
    def test_what_is_kept_falls_with_the_commit_that_changes_it(self, change: str) -> None:
        """What a question finds without asking is the truth of now, or nothing (INV-05)."""
        store = _stocked(self.make())
        at_hand = store.kept(compiled)
        _told(at_hand)
        with kept(store) as unit:
            CHANGES[change](unit)

        assert _told(at_hand) in ([], [_expected(store)] * 3)

    @EACH
    def test_a_standing_is_as_it_was_after_what_is_undone(self, change: str) -> None:
        """What was never committed never happened."""
        store = _stocked(self.make())
        before = store.standing(CLINIC, ANN, compiled)
        with store.begin() as unit:
            CHANGES[change](unit)

        assert store.standing(CLINIC, ANN, compiled) == before

    @needs(Ability.CONCURRENT_UNITS)
    @EACH
    def test_a_question_during_a_change_spoils_no_later_answer(self, change: str) -> None:
        """A value kept from before the commit must not outlive it (INV-05)."""
        store = _stocked(self.make())
        before = store.standing(CLINIC, ANN, compiled)
        with store.begin() as unit:
            CHANGES[change](unit)
            assert elsewhere(lambda: store.standing(CLINIC, ANN, compiled)) == before
            unit.commit()

        assert store.standing(CLINIC, ANN, compiled) != before

    def test_a_new_row_stands_at_once(self) -> None:
        """That there was none is not remembered."""
        store = clinic(self.make())
        assert store.standing(CLINIC, ANN, compiled) is None
        put(store, member(CLINIC, ANN))

        assert store.standing(CLINIC, ANN, compiled) == _expected(store)

    def test_a_new_tenant_stands_at_once(self) -> None:
        """That there was none is not remembered."""
        store = clinic(self.make())
        assert store.standing(NOWHERE, ANN, compiled) is None
        with kept(store) as unit:
            unit.tenants.add(Tenant(id=NOWHERE, name="New"), Head(NOWHERE))
            unit.memberships.put(member(NOWHERE, ANN), None)

        expected = compiled(load(store, NOWHERE).tenant, read(store, NOWHERE, ANN))
        assert store.standing(NOWHERE, ANN, compiled) == expected

    def test_a_change_in_the_neighbours_changes_no_standing_here(self) -> None:
        """Roles of one key in two tenants are two (INV-10)."""
        store = _stocked(self.make())
        before = store.standing(CLINIC, ANN, compiled)
        with kept(store) as unit:
            unit.roles.put(NEIGHBOUR, evolve(CLERK, levels={}))

        assert store.standing(CLINIC, ANN, compiled) == before
