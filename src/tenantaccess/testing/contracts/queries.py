"""What the questions over many rows promise: nothing missing, nothing twice, whatever the page (INV-04)."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.ids import LevelKey, PrincipalId, RoleKey
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.pages import joined
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
    NOON,
    TICK,
    VACANT,
    VIEW,
    clinic,
    disabled,
    gone,
    kept,
    member,
    principal_id,
    put,
    read,
    resting,
)

SOME_LEVELS = st.sets(st.sampled_from(LEVELS), min_size=1)
ALL = 100
SIZES = pytest.mark.parametrize("limit", [1, 2, ALL], ids=["1", "2", "all"])


def _reaching(
    store: Store,
    levels: Collection[LevelKey],
    built_in: RoleKey | None,
    after: PrincipalId | None,
    limit: int,
) -> Sequence[Row]:
    with store.reading() as unit:
        return unit.queries.reaching(CLINIC, CLAIMS, levels, built_in, after, limit)


def _idle(store: Store, since: timedelta, after: PrincipalId | None = None, limit: int = ALL) -> Sequence[Row]:
    with store.reading() as unit:
        return unit.queries.idle(CLINIC, NOON + since, after, limit)


def _pages(fetch: Callable[[PrincipalId | None, int], Sequence[Row]], limit: int) -> list[PrincipalId]:
    return joined(lambda after: [row.id for row in fetch(after, limit)], limit)


def _usernames(store: Store, after: str, limit: int) -> list[str]:
    with store.reading() as unit:
        return [row.principal.username_key for row in unit.queries.page(CLINIC, after, limit)]


class ReachingContract(Contract):
    """Who reaches a level: a superset in pages that join."""

    @given(rosters(), SOME_LEVELS, st.sampled_from([None, MANAGER]))
    @strategies.promise
    def test_no_row_with_one_of_the_levels_is_missing(
        self, roster: list[Membership], levels: set[LevelKey], built_in: RoleKey | None
    ) -> None:
        """Check and list agree: whoever passes a check is on the list (INV-04)."""
        store = clinic(self.make())
        must = must_reach(settle(store, roster), CLAIMS, levels, built_in)

        found = _reaching(store, levels, built_in, None, ALL)
        assert [row.id for row in must if row not in found] == []

    @given(rosters(), SOME_LEVELS, st.sampled_from([None, MANAGER]))
    @strategies.promise
    def test_every_row_is_as_loading_gives_it_once_and_by_principal(
        self, roster: list[Membership], levels: set[LevelKey], built_in: RoleKey | None
    ) -> None:
        """The caller judges it with role, principal and base; the order is that of the cursor."""
        store = clinic(self.make())
        rows = settle(store, roster)
        found = _reaching(store, levels, built_in, None, ALL)

        assert [row.id for row in found] == sorted({row.id for row in found})
        assert [row for row in found if row not in rows] == []

    @SIZES
    @given(roster=rosters(), levels=SOME_LEVELS)
    @strategies.promise
    def test_pages_join_to_the_whole_list(self, limit: int, roster: list[Membership], levels: set[LevelKey]) -> None:
        """The size of a page changes no answer (INV-04)."""
        store = clinic(self.make())
        settle(store, roster)
        whole = [row.id for row in _reaching(store, levels, MANAGER, None, ALL)]

        assert _pages(lambda after, size: _reaching(store, levels, MANAGER, after, size), limit) == whole

    def test_rows_inserted_between_pages_hide_no_row_and_repeat_none(self) -> None:
        """A list that is read while people join shows everybody who was there, once (INV-04)."""
        store = clinic(self.make())
        put(store, *(evolve(member(CLINIC, who), overrides={CLAIMS: FULL}) for who in (BOB, DAN)))
        first = _reaching(store, [FULL], None, None, 1)
        put(store, *(evolve(member(CLINIC, who), overrides={CLAIMS: FULL}) for who in (ANN, CAT, EVE)))
        rest = _reaching(store, [FULL], None, first[-1].id, ALL)

        assert [row.id for row in (*first, *rest)] == [BOB, CAT, DAN, EVE]

    def test_a_disabled_row_is_not_left_out(self) -> None:
        """Only rows that are gone may be; a list may ask for the disabled too."""
        store = clinic(self.make())
        put(store, disabled(evolve(member(CLINIC, ANN), overrides={CLAIMS: VIEW})))

        assert [row.id for row in _reaching(store, [VIEW], None, None, ALL)] == [ANN]

    def test_a_row_on_the_list_that_rests_comes_with_its_base(self) -> None:
        """A link reaches only as far as what it rests on."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), evolve(resting(member(CLINIC, ANN), BOB), overrides={CLAIMS: FULL}))

        assert list(_reaching(store, [FULL], None, None, ALL)) == [read(store, CLINIC, ANN)]

    def test_nobody_of_another_tenant_reaches_anything(self) -> None:
        """The neighbour's people hold full levels by a role of the same key (INV-12)."""
        assert list(_reaching(clinic(self.make()), LEVELS, MANAGER, None, ALL)) == []


class QueryContract(ReachingContract):
    """Lists of one person's tenants, of one tenant's people, and of the idle."""

    def test_a_person_finds_each_of_their_tenants_with_the_row(self) -> None:
        """One query fills the list of accounts to choose from, sorted by tenant."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, ANN), role=CLERK.key), disabled(member(VACANT, ANN)))
        with store.reading() as unit:
            found = unit.queries.of_principal(ANN)
            tenants = {tenant: unit.tenants.find(tenant) for tenant in (CLINIC, NEIGHBOUR, VACANT)}

        assert [tenant.id for tenant, _ in found] == sorted([CLINIC, NEIGHBOUR, VACANT])
        assert [row for _, row in found] == [read(store, tenant.id, ANN) for tenant, _ in found]
        assert [(tenant, Head(tenant.id)) for tenant, _ in found if tenant.id != NEIGHBOUR] == [
            tenants[CLINIC], tenants[VACANT],
        ]  # fmt: skip

    def test_a_person_does_not_find_tenants_they_have_left(self) -> None:
        """Who is gone is absent to everybody."""
        store = clinic(self.make())
        put(store, gone(member(CLINIC, ANN)), gone(evolve(member(NEIGHBOUR, ANN), incarnation=7)))

        with store.reading() as unit:
            assert list(unit.queries.of_principal(ANN)) == []

    def test_a_person_does_not_find_tenants_of_others(self) -> None:
        """A list of accounts holds one's own."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), member(VACANT, BOB))

        with store.reading() as unit:
            assert [tenant.id for tenant, _ in unit.queries.of_principal(ANN)] == [NEIGHBOUR]

    def test_a_link_comes_with_its_base_in_each_tenant(self) -> None:
        """The same two people may rest on each other in one tenant and not in the next."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), resting(member(CLINIC, ANN), BOB))
        with store.reading() as unit:
            bases = {tenant.id: row.base for tenant, row in unit.queries.of_principal(ANN)}

        assert bases == {CLINIC: read(store, CLINIC, BOB), NEIGHBOUR: None}

    def test_what_rests_on_a_person_is_found_in_each_tenant_they_have_not_left(self) -> None:
        """Whoever was proven sees each link on their credentials, with what it rests on, and nobody else's."""
        store = clinic(self.make())
        put(store, resting(member(CLINIC, BOB), ANN), resting(member(CLINIC, CAT), ANN), gone(member(VACANT, ANN)))
        put(store, resting(member(VACANT, BOB), ANN), resting(gone(member(NEIGHBOUR, BOB)), ANN))
        with store.reading() as unit:
            assert list(unit.queries.resting_everywhere(ANN)) == []
            assert list(unit.queries.resting_everywhere(BOB)) == []

        put(store, member(CLINIC, ANN), resting(member(NEIGHBOUR, CAT), ANN))
        with store.reading() as unit:
            found = [(tenant.id, row) for tenant, row in unit.queries.resting_everywhere(ANN)]
        places = sorted([(CLINIC, BOB), (CLINIC, CAT), (NEIGHBOUR, CAT)])
        assert found == [(tenant, read(store, tenant, who)) for tenant, who in places]
        assert [row.base for _, row in found] == [read(store, tenant, ANN) for tenant, _ in places]

    @given(rosters())
    @strategies.promise
    def test_exactly_the_rows_that_rest_on_somebody_are_found(self, roster: list[Membership]) -> None:
        """What may not be moved by whom is asked of these; who is gone rests on nobody (MC-13)."""
        store = clinic(self.make())
        rows = settle(store, roster)
        with store.reading() as unit:
            found = {who: list(unit.queries.resting_on(CLINIC, who)) for who in (ANN, BOB, CAT, DAN, EVE)}

        for who, dependents in found.items():
            facts = [(row, row.membership) for row in rows]
            assert dependents == [
                row for row, own in facts if own.resting is not None and own.resting.on == who and own.gone_at is None
            ]

    def test_a_row_that_rests_no_more_is_found_no_more(self) -> None:
        """A link that was confirmed stands alone; in another tenant it may still rest (INV-12)."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), member(VACANT, BOB))
        put(store, resting(member(CLINIC, ANN), BOB), resting(member(VACANT, ANN), BOB))
        put(store, member(CLINIC, ANN))
        with store.reading() as unit:
            found = [[row.id for row in unit.queries.resting_on(tenant, BOB)] for tenant in (CLINIC, VACANT)]

        assert found == [[], [ANN]]

    @SIZES
    @given(roster=rosters())
    @strategies.promise
    def test_pages_by_username_join_to_all_who_are_not_gone(self, limit: int, roster: list[Membership]) -> None:
        """The order is that of the keys' characters, in every store alike (INV-04)."""
        store = clinic(self.make())
        rows = settle(store, roster)
        met = joined(lambda after: _usernames(store, after or "", limit), limit)

        assert met == sorted(row.principal.username_key for row in rows if row.membership.gone_at is None)

    def test_a_page_gives_rows_as_loading_does(self) -> None:
        """The matrix is drawn from it: role, overrides, base and principal."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, BOB), role=CLERK.key, overrides={CLAIMS: FULL}))
        put(store, resting(member(CLINIC, ANN), BOB), disabled(member(CLINIC, CAT)))
        with store.reading() as unit:
            page = unit.queries.page(CLINIC, "", ALL)

        assert list(page) == [read(store, CLINIC, who) for who in (ANN, BOB, CAT)]

    def test_people_who_join_between_pages_hide_nobody_and_repeat_nobody(self) -> None:
        """A roster that is read while people join shows everybody who was there, once (INV-04)."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), member(CLINIC, DAN))
        first = _usernames(store, "", 1)
        put(store, *(member(CLINIC, who) for who in (ANN, CAT, EVE)))

        assert first + _usernames(store, first[-1], ALL) == ["bob.b", "cat+1@clinic.example", "dan", "eve"]

    def test_a_page_goes_on_after_a_username_that_is_gone(self) -> None:
        """The cursor is a key, not a row."""
        store = clinic(self.make())
        put(store, gone(member(CLINIC, BOB)), member(CLINIC, DAN))

        assert _usernames(store, "bob.b", ALL) == _usernames(store, "c", ALL) == ["dan"]

    @given(rosters(), st.integers(-1, 4))
    @strategies.promise
    def test_exactly_the_idle_are_found(self, roster: list[Membership], days: int) -> None:
        """Whose clock, the later of start and activity, has stood still; never the disabled or gone."""
        store = clinic(self.make())
        idle = []
        for row in settle(store, roster):
            facts = row.membership
            clock = [moment for moment in (facts.clock_started_at, facts.last_active_at) if moment]
            if facts.disabled is None and facts.gone_at is None and clock and max(clock) <= NOON + days * DAY:
                idle.append(row)

        assert list(_idle(store, days * DAY)) == idle

    @pytest.mark.parametrize("field", ["clock_started_at", "last_active_at"])
    def test_the_limit_of_idleness_is_exact_to_the_microsecond(self, field: str) -> None:
        """At the limit a row is idle, a microsecond earlier it is not (INV-07)."""
        store = clinic(self.make())
        still = evolve(member(CLINIC, ANN), clock_started_at=None)
        started, active = evolve(still, clock_started_at=NOON), evolve(still, last_active_at=NOON)
        put(store, started if field == "clock_started_at" else active)

        assert [[row.id for row in _idle(store, since)] for since in (-TICK, 0 * TICK, TICK)] == [
            [],
            [ANN],
            [ANN],
        ]

    def test_a_touch_moves_a_row_out_of_the_idle(self) -> None:
        """Work since then counts at once (INV-07)."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN), member(CLINIC, BOB))
        with kept(store) as unit:
            unit.activity.touch(CLINIC, ANN, 1, NOON + DAY)

        assert [row.id for row in _idle(store, 0 * DAY)] == [BOB]

    @SIZES
    def test_pages_of_the_idle_join_to_all_of_them(self, limit: int) -> None:
        """A sweep meets every idle row, once."""
        store = clinic(self.make())
        put(store, *(member(CLINIC, who) for who in (EVE, ANN, CAT, BOB, DAN)))

        assert _pages(lambda after, size: _idle(store, DAY, after, size), limit) == [ANN, BOB, CAT, DAN, EVE]

    def test_the_idle_of_other_tenants_are_not_found(self) -> None:
        """A sweep works in one tenant at a time (INV-12)."""
        assert list(_idle(clinic(self.make()), DAY)) == []

    def test_a_large_roster_is_read_whole(self) -> None:
        """Whatever slices a store reads in, their edges show nowhere."""
        store = clinic(self.make())
        crowd = [principal_id(0x1000 + number) for number in range(300)]
        with kept(store) as unit:
            for number, who in enumerate(crowd):
                unit.principals.add(Principal(id=who, username=f"u{number:03}"), Head(who))
                unit.memberships.put(evolve(member(CLINIC, who), role=MANAGER), None)
        with store.reading() as unit:
            found = [row.id for row in unit.memberships.candidates(CLINIC, CLAIMS, FULL, MANAGER, None)]
            page = [row.id for row in unit.queries.page(CLINIC, "", 1_000)]

        assert sorted(found) == page == crowd
        assert [row.id for row in _reaching(store, [FULL], MANAGER, None, 1_000)] == crowd
