"""What the repositories of principals and of credentials promise."""

from typing import Final

import pytest
from attrs import evolve
from hypothesis import given

from tenantaccess.errors import ConflictError, StoreError, TakenError
from tenantaccess.model.principals import PasswordChoice, Principal
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import TEXTS, confused, is_username_key, pairs, texts
from tenantaccess.testing.contracts.samples import ANN, BOB, CLINIC, NOBODY, NOON, clinic, kept, person, principal_id

HASH_LENGTH: Final = 128
"""How long a hash may be in a host's own table of users, as frameworks make them."""


def _add(store: Store, *principals: Principal) -> None:
    with kept(store) as unit:
        for principal in principals:
            unit.principals.add(principal, Head(principal.id))


class PrincipalContract(Contract):
    """Principals come back as they were added, and usernames are told apart exactly."""

    @given(strategies.principals(tenants=[CLINIC]), strategies.heads())
    @strategies.promise
    def test_every_fact_of_a_principal_and_its_head_comes_back(self, principal: Principal, head: Head) -> None:
        """A fact lost or rounded in the store would be decided on wrongly ever after."""
        store = clinic(self.make())
        first = evolve(head, stream=principal.id)
        with kept(store) as unit:
            unit.principals.add(principal, first)

        with store.reading() as unit:
            assert unit.principals.find(principal.id) == (principal, first)

    def test_an_absent_principal_is_none(self) -> None:
        """Absence is an answer, not an error."""
        with clinic(self.make()).reading() as unit:
            assert unit.principals.find(NOBODY) is None

    def test_a_username_is_found_by_its_key(self) -> None:
        """`Ann` signs in as `ann`."""
        with clinic(self.make()).reading() as unit:
            assert unit.principals.find_by_username("ann") == ANN

    def test_nobody_has_an_unused_username(self) -> None:
        """Absence is an answer, not an error."""
        with clinic(self.make()).reading() as unit:
            assert unit.principals.find_by_username("zoe") is None

    def test_usernames_are_told_apart_exactly(self) -> None:
        """A name that only looks alike is somebody else (INV-09)."""
        store = self.make()
        for stored, near in pairs(is_username_key):
            with store.begin() as unit:
                unit.principals.add(Principal(id=ANN, username=stored), Head(ANN))

                assert unit.principals.find_by_username(near) is None, confused(stored, near)
                assert unit.principals.find_by_username(stored) == ANN

    def test_usernames_that_look_alike_are_several(self) -> None:
        """None of them is taken because of another, and each leads to its own person (INV-09)."""
        store = self.make()
        owners = {key: principal_id(number) for number, key in enumerate(texts(is_username_key))}
        _add(store, *(Principal(id=owner, username=key) for key, owner in owners.items()))

        with store.reading() as unit:
            found = {text: unit.principals.find_by_username(text) for text in TEXTS}
        assert {text: owner for text, owner in found.items() if owner} == owners

    @pytest.mark.parametrize("username", ["Ann", "ann", "ANN"])
    def test_a_username_whose_key_is_in_use_is_taken(self, username: str) -> None:
        """Two people under one name would sign in as each other."""
        store = clinic(self.make())

        with pytest.raises(TakenError) as caught:
            _add(store, Principal(id=NOBODY, username=username))

        assert caught.value.kind == "username"

    def test_a_principal_whose_username_is_taken_is_not_kept(self) -> None:
        """A refusal leaves nothing behind."""
        store = clinic(self.make())
        with pytest.raises(TakenError):
            _add(store, Principal(id=NOBODY, username="ann"))

        with store.reading() as unit:
            assert unit.principals.find(NOBODY) is None
            assert unit.principals.find_by_username("ann") == ANN

    def test_a_principals_id_in_use_is_refused(self) -> None:
        """`add` never replaces: an id is somebody's for ever (INV-15)."""
        store = clinic(self.make())

        with pytest.raises((TakenError, ConflictError, StoreError)):
            _add(store, Principal(id=ANN, username="zoe"))
        with store.reading() as unit:
            assert unit.principals.find(ANN) == (person(ANN), Head(ANN))

    def test_putting_a_principal_replaces_its_state(self) -> None:
        """A suspension holds from the next read on."""
        store = clinic(self.make())
        changed = Principal(
            id=ANN,
            username="Ann",
            email="new@mail.example",
            email_verified_at=NOON,
            suspended_at=NOON,
            proof_epoch=4,
            access_epoch=5,
            password_choice=PasswordChoice.MEMBER,
            chosen_in=CLINIC,
        )
        with kept(store) as unit:
            unit.principals.put(changed, person(ANN))

        with store.reading() as unit:
            assert unit.principals.find(ANN) == (changed, Head(ANN))

    def test_putting_a_principal_takes_facts_away_again(self) -> None:
        """A reinstated principal is suspended no longer."""
        store = self.make()
        before = evolve(person(ANN), suspended_at=NOON, email_verified_at=NOON)
        _add(store, before)
        with kept(store) as unit:
            unit.principals.put(person(ANN), before)

        with store.reading() as unit:
            assert unit.principals.find(ANN) == (person(ANN), Head(ANN))

    def test_putting_a_principal_changes_no_username(self) -> None:
        """A sign-in name stays who it was given to (INV-15)."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.principals.put(evolve(person(ANN), username="zoe"), person(ANN))

        with store.reading() as unit:
            assert unit.principals.find_by_username("ann") == ANN
            assert unit.principals.find_by_username("zoe") is None

    def test_putting_a_principal_leaves_the_others(self) -> None:
        """A suspension hits one."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.principals.put(evolve(person(ANN), suspended_at=NOON), person(ANN))

        with store.reading() as unit:
            assert unit.principals.find(BOB) == (person(BOB), Head(BOB))


class CredentialContract(Contract):
    """Password hashes are kept by principal."""

    def test_a_stored_hash_comes_back_exactly(self) -> None:
        """A changed character locks the person out."""
        store = clinic(self.make())
        stored = "$argon2id$v=19$m=65536,t=3,p=4$" + "c2FsdA" * 14 + "$ aA'\"%_\\é"
        assert len(stored) <= HASH_LENGTH
        with kept(store) as unit:
            unit.credentials.put(ANN, stored)

        with store.reading() as unit:
            assert unit.credentials.find(ANN) == stored

    def test_without_a_stored_hash_there_is_none(self) -> None:
        """Somebody else's hash is never an answer."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.credentials.put(ANN, "$hash")

        with store.reading() as unit:
            assert unit.credentials.find(BOB) is None

    def test_a_new_hash_replaces_the_old_one(self) -> None:
        """The old password is dead."""
        store = clinic(self.make())
        for stored in ("$old", "$new"):
            with kept(store) as unit:
                unit.credentials.put(ANN, stored)

        with store.reading() as unit:
            assert unit.credentials.find(ANN) == "$new"

    def test_a_hash_is_undone_with_its_unit(self) -> None:
        """Credentials work in the same transaction as all the rest."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.credentials.put(ANN, "$hash")

        with store.reading() as unit:
            assert unit.credentials.find(ANN) is None

    def test_a_hash_is_replaced_only_while_it_is_the_one_seen(self) -> None:
        """A hash made anew at a sign-in never undoes a password that was changed meanwhile."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.credentials.put(ANN, "$seen")
        with kept(store) as unit:
            assert unit.credentials.replace(ANN, "$seen", "$made")
            assert not unit.credentials.replace(ANN, "$seen", "$late")

        with store.reading() as unit:
            assert unit.credentials.find(ANN) == "$made"

    def test_where_there_is_no_hash_none_is_replaced(self) -> None:
        """Nobody is given a password on the way."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.credentials.put(BOB, "$seen")
            assert not unit.credentials.replace(ANN, "$seen", "$made")
            assert not unit.credentials.replace(ANN, "", "$made")

        with store.reading() as unit:
            assert [unit.credentials.find(one) for one in (ANN, BOB)] == [None, "$seen"]

    def test_a_replacement_is_undone_with_its_unit(self) -> None:
        """It works in the same transaction as all the rest."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.credentials.put(ANN, "$seen")
        with store.begin() as unit:
            assert unit.credentials.replace(ANN, "$seen", "$made")

        with store.reading() as unit:
            assert unit.credentials.find(ANN) == "$seen"

    def test_a_forgotten_hash_is_gone_and_the_others_stay(self) -> None:
        """Nobody signs in as somebody who was erased; forgetting what is not there does nothing."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.credentials.put(ANN, "$ann")
            unit.credentials.put(BOB, "$bob")
        for _ in range(2):
            with kept(store) as unit:
                unit.credentials.forget(ANN)

        with store.reading() as unit:
            assert (unit.credentials.find(ANN), unit.credentials.find(BOB)) == (None, "$bob")
