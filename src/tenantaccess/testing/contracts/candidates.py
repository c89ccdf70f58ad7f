"""
What `MembershipRepository.candidates` promises: never to miss a row that may hold the level.

And what `MembershipQueries.deciding_or_waiting` promises of many tenants at once.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.ids import LevelKey, RoleKey, TenantId
from tenantaccess.model.members import Membership, Row
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.rosters import must_reach, rosters, settle
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CAT,
    CLAIMS,
    CLERK,
    CLINIC,
    DAN,
    DAY,
    EVE,
    FULL,
    LEVELS,
    MANAGER,
    NEIGHBOUR,
    NONE,
    NOON,
    NURSE,
    TICK,
    VACANT,
    VIEW,
    clinic,
    disabled,
    gone,
    member,
    put,
    read,
    resting,
)

LEVEL = st.sampled_from(LEVELS)
PASSED = st.sampled_from([None, CLERK.key, NURSE.key, MANAGER])


def _candidates(store: Store, level: LevelKey, passing_over: RoleKey | None = None) -> list[Row]:
    with store.reading() as unit:
        return list(unit.memberships.candidates(CLINIC, CLAIMS, level, MANAGER, passing_over))


def _by_role(row: Row, role: RoleKey | None) -> bool:
    return row.membership.role == role and role is not None and CLAIMS not in row.membership.overrides


class CandidateContract(Contract):
    """Candidates are a superset, of this tenant, without what is passed over."""

    @given(rosters(), LEVEL, PASSED)
    @strategies.promise
    def test_no_row_that_holds_the_level_is_missing(
        self, roster: list[Membership], level: LevelKey, passed: RoleKey | None
    ) -> None:
        """A manager who is overlooked lets the last one be removed, or nobody leave (INV-19)."""
        store = clinic(self.make())
        rows = settle(store, roster)
        must = [
            row
            for row in must_reach(rows, CLAIMS, [level], MANAGER)
            if row.membership.disabled is None and not _by_role(row, passed)
        ]

        found = _candidates(store, level, passed)
        assert [row.id for row in must if row not in found] == []

    @given(rosters(), LEVEL, PASSED)
    @strategies.promise
    def test_every_candidate_is_a_row_as_loading_gives_it_once(
        self, roster: list[Membership], level: LevelKey, passed: RoleKey | None
    ) -> None:
        """The caller judges it with role and base; counted twice, one manager would look like two."""
        store = clinic(self.make())
        rows = settle(store, roster)
        found = _candidates(store, level, passed)

        assert len({row.id for row in found}) == len(found)
        assert [row for row in found if row not in rows] == []

    @given(rosters(), LEVEL, PASSED)
    @strategies.promise
    def test_no_candidate_has_its_level_from_the_role_passed_over(
        self, roster: list[Membership], level: LevelKey, passed: RoleKey | None
    ) -> None:
        """When a role is about to lose the level, who holds it by that role does not count."""
        store = clinic(self.make())
        settle(store, roster)

        assert [row.id for row in _candidates(store, level, passed) if _by_role(row, passed)] == []

    @pytest.mark.parametrize("role", [None, CLERK.key, NURSE.key], ids=["no role", "a lower role", "that role"])
    def test_who_holds_it_by_override_is_a_candidate(self, role: RoleKey | None) -> None:
        """An override wins over the role, and is not passed over with it."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, ANN), role=role, overrides={CLAIMS: FULL}))

        assert [row.id for row in _candidates(store, FULL, NURSE.key)] == [ANN]

    def test_who_holds_it_by_role_is_a_candidate(self) -> None:
        """Roles count as they are stored now."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, ANN), role=NURSE.key))

        assert [row.id for row in _candidates(store, FULL)] == [ANN]

    def test_who_holds_the_built_in_role_is_a_candidate(self) -> None:
        """That role is not stored, and still counts."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, ANN), role=MANAGER))

        assert [row.id for row in _candidates(store, FULL)] == [ANN]

    def test_a_candidate_that_rests_comes_with_its_base(self) -> None:
        """A link counts only as far as what it rests on."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), evolve(resting(member(CLINIC, ANN), BOB), overrides={CLAIMS: FULL}))

        assert _candidates(store, FULL) == [read(store, CLINIC, ANN)]

    def test_nobody_of_another_tenant_is_a_candidate(self) -> None:
        """A neighbour's manager keeps nobody's tenant managed (INV-12)."""
        store = clinic(self.make())
        put(store, evolve(member(NEIGHBOUR, DAN), overrides={CLAIMS: FULL}, role=MANAGER))

        assert [_candidates(store, level) for level in (NONE, VIEW, FULL)] == [[], [], []]
        with store.reading() as unit:
            assert list(unit.memberships.candidates(VACANT, CLAIMS, FULL, MANAGER, None)) == []

    def test_a_caller_may_stop_early(self) -> None:
        """Mostly the first other manager is enough; the unit goes on."""
        store = clinic(self.make())
        put(store, *(evolve(member(CLINIC, who), role=MANAGER) for who in (ANN, BOB, DAN)))
        with store.reading() as unit:
            some = list(islice(unit.memberships.candidates(CLINIC, CLAIMS, FULL, MANAGER, None), 1))

            assert len(some) == 1
            assert unit.tenants.find(CLINIC) is not None

    def test_candidates_may_be_asked_for_while_other_questions_run(self) -> None:
        """A caller looks things up between one candidate and the next."""
        store = clinic(self.make())
        put(store, *(evolve(member(CLINIC, who), role=MANAGER) for who in (ANN, BOB, DAN)))
        with store.reading() as unit:
            found = [
                row.id
                for row in unit.memberships.candidates(CLINIC, CLAIMS, FULL, MANAGER, None)
                if unit.principals.find(row.id)
            ]
        assert sorted(found) == [ANN, BOB, DAN]

    def test_of_each_of_many_tenants_those_come_who_decide_or_wait_each_once(self) -> None:
        """A tenant whose manager is overlooked is reported as nobody's; one counted twice asks twice (INV-19)."""
        store = clinic(self.make())
        put(
            store,
            evolve(member(CLINIC, ANN), role=MANAGER, overrides={CLAIMS: FULL}),
            evolve(resting(member(CLINIC, BOB), ANN), role=NURSE.key),
            evolve(member(CLINIC, CAT), approved_at=None, requested_at=NOON, overrides={CLAIMS: FULL}),
            member(CLINIC, DAN),
            evolve(member(NEIGHBOUR, BOB), role=NURSE.key),
            evolve(member(NEIGHBOUR, DAN), role=None, approved_at=None, requested_at=NOON),
        )
        found = _deciding_or_waiting(store)

        assert {tenant: sorted(row.id for row in rows) for tenant, rows in found.items()} == {
            CLINIC: [ANN, BOB, CAT],
            NEIGHBOUR: [ANN, CAT, DAN, EVE],
            VACANT: [],
        }
        assert [row for tenant, rows in found.items() for row in rows if row != read(store, tenant, row.id)] == []

    def test_whoever_cannot_decide_and_does_not_wait_is_in_nobodys_way(self) -> None:
        """Who is gone or disabled decides nothing; a request that was answered, or is too old, waits for nothing."""
        store = clinic(self.make())
        asking = evolve(member(CLINIC, ANN), approved_at=None, requested_at=NOON)
        put(
            store,
            evolve(asking, principal=ANN, requested_at=NOON - DAY),
            evolve(asking, principal=BOB, approved_at=NOON),
            disabled(evolve(asking, principal=CAT)),
            gone(evolve(asking, principal=DAN)),
            disabled(evolve(member(CLINIC, EVE), role=MANAGER)),
        )

        assert _deciding_or_waiting(store)[CLINIC] == []
        assert [row.id for row in _deciding_or_waiting(store, earlier=True)[CLINIC]] == [ANN]

    def test_a_tenant_in_which_more_decide_or_wait_than_asked_for_is_left_out(self) -> None:
        """Half of them would be taken for all of them."""
        store = clinic(self.make())
        put(
            store,
            *(evolve(member(CLINIC, who), role=MANAGER) for who in (ANN, BOB)),
            evolve(member(CLINIC, CAT), approved_at=None, requested_at=NOON),
        )

        assert {tenant: len(rows) for tenant, rows in _deciding_or_waiting(store, 3).items()} == {CLINIC: 3, VACANT: 0}
        assert set(_deciding_or_waiting(store, 2)) == {VACANT}


def _deciding_or_waiting(store: Store, most: int = 9, *, earlier: bool = False) -> Mapping[TenantId, Sequence[Row]]:
    asked_after, tenants = NOON - DAY - (TICK if earlier else 0 * TICK), (CLINIC, NEIGHBOUR, VACANT)
    with store.reading() as unit:
        return unit.queries.deciding_or_waiting(tenants, CLAIMS, FULL, MANAGER, asked_after, most)
