"""What the repository of memberships promises of single rows and of loading."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.ids import PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.members import Authority, Membership, Row
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import confused, is_word, pairs, texts
from tenantaccess.testing.contracts.samples import (
    ANN,
    BILLING,
    BOB,
    CAT,
    CLAIMS,
    CLERK,
    CLINIC,
    DAN,
    FULL,
    LEVELS,
    MANAGER,
    MEDICAID,
    NEIGHBOUR,
    NOBODY,
    NONE,
    NOON,
    NOWHERE,
    NURSE,
    TIN,
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

RICH = evolve(
    member(CLINIC, ANN),
    role=CLERK.key,
    overrides={CLAIMS: FULL, BILLING: NONE},
    segments=frozenset({MEDICAID}),
    last_active_at=NOON,
)


class MembershipContract(Contract):
    """Rows come back as they were put, with all that decides about them."""

    @given(strategies.memberships(CLINIC, ANN, roles=[CLERK.key, MANAGER], bases=[BOB]))
    @strategies.promise
    def test_every_fact_of_a_new_row_comes_back(self, row: Membership) -> None:
        """A fact lost or rounded in the store would be decided on wrongly ever after."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), row)

        assert read(store, CLINIC, ANN).membership == row

    @given(st.data())
    @strategies.promise
    def test_every_fact_of_a_replaced_row_comes_back(self, data: st.DataObject) -> None:
        """What the row held before leaves no trace: facts, overrides and segments are replaced."""
        rows = strategies.memberships(CLINIC, ANN, roles=[CLERK.key, MANAGER], bases=[BOB])
        before, after = data.draw(rows), data.draw(rows)
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), before)
        put(store, after)

        assert read(store, CLINIC, ANN).membership == after

    def test_overrides_are_replaced_not_joined(self) -> None:
        """An override that was taken away must not go on granting (INV-05)."""
        store = clinic(self.make())
        put(store, RICH)
        put(store, evolve(RICH, overrides={BILLING: VIEW}))

        assert dict(read(store, CLINIC, ANN).membership.overrides) == {BILLING: VIEW}

    @pytest.mark.parametrize("by", [None, *Authority])
    def test_whose_act_an_end_is_comes_back(self, by: Authority | None) -> None:
        """What the operator ended, a manager would move as soon as the store forgot whose end it was (MC-11)."""
        store = clinic(self.make())
        put(store, evolve(RICH, valid_until=NOON, ends_by=Authority.OPERATOR))
        ended = evolve(RICH, valid_until=None if by is None else NOON, ends_by=by)
        put(store, ended)

        assert read(store, CLINIC, ANN).membership == ended

    def test_a_tombstone_is_kept(self) -> None:
        """A return must find the numbers of what was there before (INV-15)."""
        store = clinic(self.make())
        put(store, RICH)
        put(store, gone(RICH))

        assert read(store, CLINIC, ANN).membership == gone(RICH)

    def test_a_tombstone_is_replaced_by_a_return(self) -> None:
        """Gone is no end: the row exists, so it is the one that is written."""
        store = clinic(self.make())
        put(store, gone(RICH))
        back = evolve(member(CLINIC, ANN), incarnation=2)
        put(store, back)

        assert read(store, CLINIC, ANN).membership == back

    def test_putting_a_row_leaves_the_others(self) -> None:
        """A change hits one person in one tenant (INV-10)."""
        store = clinic(self.make())
        put(store, RICH, evolve(RICH, principal=BOB))
        theirs = load(store, NEIGHBOUR, ANN, BOB)
        put(store, evolve(RICH, overrides={}, role=None))

        assert read(store, CLINIC, BOB).membership == evolve(RICH, principal=BOB)
        assert load(store, NEIGHBOUR, ANN, BOB) == theirs

    def test_resources_of_overrides_are_told_apart_exactly(self) -> None:
        """A level on one resource says nothing about one that looks alike (INV-09)."""
        store = clinic(self.make())
        levels = {ResourceKey(word): LEVELS[number % 3] for number, word in enumerate(texts(is_word))}
        put(store, evolve(RICH, overrides=levels))

        assert dict(read(store, CLINIC, ANN).membership.overrides) == levels

    def test_load_returns_tenant_head_and_the_named_rows(self) -> None:
        """All facts of a command come from one read, of one version (INV-06)."""
        store = clinic(self.make())
        put(store, RICH, member(CLINIC, BOB), member(CLINIC, CAT))
        with kept(store) as unit:
            unit.streams.advance(Head(CLINIC), Head(CLINIC, 3, "d3", NOON))
        facts = load(store, CLINIC, ANN, BOB)

        assert facts.tenant == Tenant(id=CLINIC, name="Clinic", external_ids={TIN: "012345678"})
        assert facts.head == Head(CLINIC, 3, "d3", NOON)
        assert dict(facts.rows) == {
            ANN: Row(RICH, person(ANN), CLERK),
            BOB: Row(member(CLINIC, BOB), person(BOB)),
        }

    def test_load_returns_tombstones(self) -> None:
        """Whether somebody was here before decides what a return means."""
        store = clinic(self.make())
        put(store, gone(RICH))

        assert dict(load(store, CLINIC, ANN).rows) == {ANN: Row(gone(RICH), person(ANN))}

    def test_load_returns_disabled_rows(self) -> None:
        """What is disabled is there, to be enabled."""
        store = clinic(self.make())
        put(store, disabled(RICH))

        assert read(store, CLINIC, ANN).membership == disabled(RICH)

    def test_load_leaves_out_rows_that_do_not_exist(self) -> None:
        """A principal without a row here, or unknown altogether, is simply not there."""
        store = clinic(self.make())
        put(store, RICH)

        assert set(load(store, CLINIC, ANN, BOB, NOBODY).rows) == {ANN}

    def test_load_for_nobody_returns_tenant_and_head(self) -> None:
        """Some commands name no member."""
        store = clinic(self.make())
        put(store, RICH)
        facts = load(store, CLINIC)

        assert (facts.tenant.id, facts.head, dict(facts.rows)) == (CLINIC, Head(CLINIC), {})

    def test_load_of_an_absent_tenant_is_none(self) -> None:
        """Absence is an answer, not an error, whoever is asked for."""
        with clinic(self.make()).reading() as unit:
            assert unit.memberships.load(NOWHERE, [ANN]) is None
            assert unit.memberships.load(NOWHERE, []) is None

    def test_load_takes_any_collection_and_each_principal_once(self) -> None:
        """A name given twice is one row."""
        store = clinic(self.make())
        put(store, RICH)
        with store.reading() as unit:
            for asked in ([ANN, ANN], (ANN, BOB), {ANN}, frozenset({ANN})):
                facts = unit.memberships.load(CLINIC, asked)
                assert facts is not None
                assert set(facts.rows) == {ANN}

    def test_load_of_many_principals_returns_them_all(self) -> None:
        """A bulk edit is decided on one load, however many it names."""
        store = clinic(self.make())
        put(store, RICH, evolve(RICH, principal=DAN))
        crowd = [PrincipalId(f"pri_{number:032x}") for number in range(2_000)]

        assert set(load(store, CLINIC, *crowd, ANN, DAN).rows) == {ANN, DAN}

    def test_the_built_in_role_comes_with_its_rows_though_it_is_not_stored(self) -> None:
        """Rules know a manager by it; what it opens is the catalog's business."""
        store = clinic(self.make())
        put(store, evolve(RICH, role=MANAGER))

        role = read(store, CLINIC, ANN).role
        assert role is not None
        assert (role.key, dict(role.levels)) == (MANAGER, {})

    def test_a_role_comes_with_the_levels_of_its_own_tenant(self) -> None:
        """The neighbour's role of the same key grants more (INV-12)."""
        store = clinic(self.make())
        put(store, RICH)

        assert read(store, CLINIC, ANN).role == CLERK

    @pytest.mark.parametrize("base", [RICH, disabled(RICH), gone(RICH)], ids=["active", "disabled", "gone"])
    def test_a_base_comes_with_the_row_that_rests_on_it(self, base: Membership) -> None:
        """A link is judged by what it rests on, a tombstone too (MC-02)."""
        store = clinic(self.make())
        link = resting(member(CLINIC, BOB), ANN)
        put(store, base, link)
        role = None if base.gone_at else CLERK

        assert read(store, CLINIC, BOB) == Row(link, person(BOB), None, Row(base, person(ANN), role))

    def test_the_base_of_a_base_comes_too(self) -> None:
        """A link may rest on a row whose password somebody else chose."""
        store = clinic(self.make())
        middle, top = resting(evolve(RICH, principal=BOB), ANN), resting(member(CLINIC, CAT), BOB)
        put(store, evolve(RICH, role=NURSE.key), middle, top)

        ground = Row(evolve(RICH, role=NURSE.key), person(ANN), NURSE)
        assert read(store, CLINIC, CAT) == Row(top, person(CAT), None, Row(middle, person(BOB), CLERK, ground))

    def test_a_base_is_loaded_beside_the_rows_asked_for_only_as_a_base(self) -> None:
        """Who was not named is not among the rows."""
        store = clinic(self.make())
        put(store, RICH, resting(member(CLINIC, BOB), ANN))

        assert set(load(store, CLINIC, BOB).rows) == {BOB}

    def test_a_base_and_its_row_may_both_be_asked_for(self) -> None:
        """Disabling a base is decided together with what rests on it."""
        store = clinic(self.make())
        link = resting(member(CLINIC, BOB), ANN)
        put(store, RICH, link)
        rows = load(store, CLINIC, ANN, BOB).rows

        assert rows[ANN] == Row(RICH, person(ANN), CLERK)
        assert rows[BOB].base == rows[ANN]

    def test_a_principals_state_comes_with_its_rows(self) -> None:
        """A suspension counts everywhere at once (INV-05)."""
        store = clinic(self.make())
        put(store, RICH)
        suspended = evolve(person(ANN), suspended_at=NOON, proof_epoch=2)
        with kept(store) as unit:
            unit.principals.put(suspended, person(ANN))

        assert read(store, CLINIC, ANN).principal == suspended

    @pytest.mark.parametrize("row", [RICH, disabled(RICH)], ids=["active", "disabled"])
    def test_a_role_is_held_by_rows_that_are_not_gone(self, row: Membership) -> None:
        """A role that somebody may come back to is not removed under them."""
        store = clinic(self.make())
        put(store, row)
        with store.reading() as unit:
            assert unit.memberships.holds_role(CLINIC, CLERK.key)
            assert not unit.memberships.holds_role(CLINIC, NURSE.key)

    def test_a_role_is_not_held_by_tombstones(self) -> None:
        """Who left holds nothing, even if the tombstone still names it."""
        store = clinic(self.make())
        put(store, RICH)
        put(store, evolve(gone(RICH), role=CLERK.key))

        with store.reading() as unit:
            assert not unit.memberships.holds_role(CLINIC, CLERK.key)

    def test_a_role_is_not_held_by_members_of_another_tenant(self) -> None:
        """Everybody in the neighbour's holds a role of this key (INV-12)."""
        with clinic(self.make()).reading() as unit:
            assert not unit.memberships.holds_role(CLINIC, CLERK.key)

    def test_roles_of_rows_are_told_apart_exactly(self) -> None:
        """A role that only looks alike is held by somebody else (INV-09)."""
        store = clinic(self.make())
        for stored, near in pairs(is_word):
            with store.begin() as unit:
                if unit.roles.find(CLINIC, RoleKey(stored)) is None:
                    unit.roles.add(CLINIC, Role(key=RoleKey(stored), label="One"))
                unit.memberships.put(evolve(RICH, role=RoleKey(stored)), None)

                assert not unit.memberships.holds_role(CLINIC, RoleKey(near)), confused(stored, near)
                assert unit.memberships.holds_role(CLINIC, RoleKey(stored))

    def test_one_person_has_a_row_in_each_of_many_tenants(self) -> None:
        """Rows of one person in two tenants share nothing but the person."""
        store = clinic(self.make())
        tenants = [TenantId(f"ten_{number:032x}") for number in range(3)]
        with kept(store) as unit:
            for tenant in tenants:
                unit.tenants.add(Tenant(id=tenant, name="Lab"), Head(tenant))
        put(store, *(evolve(member(tenant, ANN), warned=number) for number, tenant in enumerate(tenants)))

        assert [read(store, tenant, ANN).membership.warned for tenant in tenants] == [0, 1, 2]
