"""What the repository of roles promises."""

import pytest
from attrs import evolve
from hypothesis import given

from tenantaccess.errors import NotFoundError, TakenError
from tenantaccess.ids import RoleKey
from tenantaccess.model.catalog import Role
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import TEXTS, confused, is_word, pairs, texts
from tenantaccess.testing.contracts.samples import (
    BILLING,
    CLAIMS,
    CLERK,
    CLINIC,
    FULL,
    NEIGHBOUR,
    NURSE,
    VACANT,
    VIEW,
    clinic,
    kept,
)


class RoleContract(Contract):
    """Roles belong to one tenant and come back as they were written."""

    @given(strategies.roles())
    @strategies.promise
    def test_every_fact_of_a_role_comes_back(self, role: Role) -> None:
        """A level lost or changed in the store would open or close a resource."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.roles.add(VACANT, role)

        with store.reading() as unit:
            assert unit.roles.find(VACANT, role.key) == role

    def test_an_absent_role_is_none(self) -> None:
        """Absence is an answer, not an error."""
        with clinic(self.make()).reading() as unit:
            assert unit.roles.find(CLINIC, RoleKey("doctor")) is None

    def test_a_role_of_another_tenant_is_none(self) -> None:
        """Absent and foreign look alike (INV-12)."""
        with clinic(self.make()).reading() as unit:
            assert unit.roles.find(VACANT, CLERK.key) is None

    def test_roles_of_one_key_in_two_tenants_are_two_roles(self) -> None:
        """A role's levels are its own tenant's."""
        with clinic(self.make()).reading() as unit:
            assert unit.roles.find(CLINIC, CLERK.key) == CLERK
            assert unit.roles.find(NEIGHBOUR, CLERK.key) != CLERK

    def test_role_keys_are_told_apart_exactly(self) -> None:
        """A role that only looks alike holds other levels (INV-09)."""
        store = clinic(self.make())
        for stored, near in pairs(is_word):
            with store.begin() as unit:
                unit.roles.add(VACANT, Role(key=RoleKey(stored), label="One"))

                assert unit.roles.find(VACANT, RoleKey(near)) is None, confused(stored, near)
                assert unit.roles.find(VACANT, RoleKey(stored)) is not None

    def test_role_keys_that_look_alike_are_several(self) -> None:
        """None of them is taken because of another, and each is its own role (INV-09)."""
        store = clinic(self.make())
        words = texts(is_word)
        with kept(store) as unit:
            for word in words:
                unit.roles.add(VACANT, Role(key=RoleKey(word), label=word))

        with store.reading() as unit:
            found = {text: unit.roles.find(VACANT, RoleKey(text)) for text in TEXTS}
        assert {text: role.label for text, role in found.items() if role} == {word: word for word in words}

    def test_all_roles_of_a_tenant_are_listed_by_key(self) -> None:
        """The order is that of the keys' characters, in every store alike."""
        store = clinic(self.make())
        words = ["z", "a_b", "ab", "aa", "a1", "a", "nurse2", "nurse10"]
        with kept(store) as unit:
            for word in words:
                unit.roles.add(VACANT, Role(key=RoleKey(word), label=word, levels={CLAIMS: VIEW}))

        with store.reading() as unit:
            expected = [Role(key=RoleKey(word), label=word, levels={CLAIMS: VIEW}) for word in sorted(words)]
            assert list(unit.roles.list(VACANT)) == expected

    def test_roles_of_other_tenants_are_not_listed(self) -> None:
        """Nothing of a neighbour comes back (INV-12)."""
        with clinic(self.make()).reading() as unit:
            assert list(unit.roles.list(CLINIC)) == [CLERK, NURSE]

    def test_a_role_key_in_use_is_taken(self) -> None:
        """`add` never replaces."""
        store = clinic(self.make())

        with pytest.raises(TakenError) as caught, kept(store) as unit:
            unit.roles.add(CLINIC, Role(key=CLERK.key, label="Usurper", levels={CLAIMS: FULL}))

        assert caught.value.kind == "role"
        with store.reading() as unit:
            assert unit.roles.find(CLINIC, CLERK.key) == CLERK

    def test_putting_a_role_replaces_label_and_levels(self) -> None:
        """Levels left out are gone, not kept beside the new ones."""
        store = clinic(self.make())
        changed = Role(key=CLERK.key, label="Büro", levels={BILLING: FULL})
        with kept(store) as unit:
            unit.roles.put(CLINIC, changed)

        with store.reading() as unit:
            assert unit.roles.find(CLINIC, CLERK.key) == changed

    def test_putting_a_role_leaves_the_other_roles(self) -> None:
        """One role is edited, in one tenant."""
        store = clinic(self.make())
        with store.reading() as unit:
            theirs = list(unit.roles.list(NEIGHBOUR))
        with kept(store) as unit:
            unit.roles.put(CLINIC, evolve(CLERK, levels={BILLING: FULL}))

        with store.reading() as unit:
            assert unit.roles.find(CLINIC, NURSE.key) == NURSE
            assert list(unit.roles.list(NEIGHBOUR)) == theirs

    def test_a_removed_role_is_gone_with_its_levels(self) -> None:
        """A role made anew under the key inherits nothing (INV-15)."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.roles.remove(CLINIC, NURSE.key)
        with kept(store) as unit:
            unit.roles.add(CLINIC, Role(key=NURSE.key, label="New"))

        with store.reading() as unit:
            assert unit.roles.find(CLINIC, NURSE.key) == Role(key=NURSE.key, label="New")

    def test_removing_a_role_leaves_the_other_roles(self) -> None:
        """One role is removed, in one tenant."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.roles.remove(CLINIC, NURSE.key)

        with store.reading() as unit:
            assert list(unit.roles.list(CLINIC)) == [CLERK]
            assert [role.key for role in unit.roles.list(NEIGHBOUR)] == [CLERK.key, NURSE.key]

    def test_removing_an_absent_role_is_not_found(self) -> None:
        """`remove` raises; a removal that did nothing would look like one that did."""
        store = clinic(self.make())

        with pytest.raises(NotFoundError), kept(store) as unit:
            unit.roles.remove(CLINIC, RoleKey("doctor"))

    def test_removing_a_role_of_another_tenant_is_not_found(self) -> None:
        """Absent and foreign look alike (INV-12)."""
        store = clinic(self.make())

        with pytest.raises(NotFoundError), kept(store) as unit:
            unit.roles.remove(VACANT, CLERK.key)
