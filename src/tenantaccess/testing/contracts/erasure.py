"""What forgetting a person promises: all of it goes, in every tenant and stream, and nothing else (INV-15)."""

from typing import Final

import pytest
from attrs import evolve

from tenantaccess.errors import TakenError
from tenantaccess.ids import StreamId
from tenantaccess.model.invitations import InvitationState
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.ports.storage import Store
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CAT,
    CLINIC,
    DAY,
    NEIGHBOUR,
    NOBODY,
    NOON,
    VACANT,
    clinic,
    event,
    invitation,
    invitation_id,
    kept,
    member,
    person,
    private,
    put,
    token,
)

HERE: Final = evolve(invitation(CLINIC, 1), email="Zoe@mail.example")
THERE: Final = evolve(invitation(NEIGHBOUR, 2), email="Zoe@mail.example")


def _named(store: Store, username: str) -> str | None:
    with store.reading() as unit:
        return unit.principals.find_by_username(username)


def _sides(store: Store, stream: StreamId) -> list[bool]:
    with store.reading() as unit:
        return [side is not None for _, side in unit.events.read(stream, 0, 99)]


class ErasureContract(Contract):
    """What only erasing a person does."""

    def test_what_went_to_an_address_is_found_in_every_tenant(self) -> None:
        """An address that was left somewhere would still say who it was; whatever became of the invitation."""
        store = clinic(self.make())
        states = [evolve(HERE, id=invitation_id(0x90 + n), state=state) for n, state in enumerate(InvitationState)]
        other = evolve(HERE, id=invitation_id(0x99), email="zoe@new.example")
        with kept(store) as unit:
            for one in (*states, THERE, other):
                unit.invitations.add(one)

        with store.reading() as unit:
            found = list(unit.erasure.addressed(["zoe@mail.example", "zoe@new.example"]))
        assert found == sorted([*states, THERE, other], key=lambda one: (one.tenant, one.id))

    def test_what_went_to_others_is_not_found(self) -> None:
        """Somebody else's invitation is theirs (INV-09)."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.invitations.add(HERE)

        with store.reading() as unit:
            for near in ("Zoe@mail.example", "zoe@mail.example ", "zoe@mail.exampl", "zoi@mail.example"):
                assert list(unit.erasure.addressed([near])) == []
            assert list(unit.erasure.addressed([])) == []

    def test_an_erased_address_is_nobodys(self) -> None:
        """What was erased before belongs to no later person without an address."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.invitations.add(evolve(HERE, email=""))

        with store.reading() as unit:
            assert list(unit.erasure.addressed([""])) == []

    def test_a_renamed_principal_is_found_under_its_new_name_alone(self) -> None:
        """The identifier stays, and the record goes on speaking of it; the name is gone."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.erasure.rename(ANN, "erased.Zoe")

        with store.reading() as unit:
            assert unit.principals.find(ANN) == (evolve(person(ANN), username="erased.Zoe"), Head(ANN))
        assert (_named(store, "ann"), _named(store, "erased.zoe")) == (None, ANN)

    def test_the_name_so_far_is_free(self) -> None:
        """Whoever takes it is somebody new, and not who had it (A34)."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.erasure.rename(ANN, "erased")
        with kept(store) as unit:
            unit.principals.add(Principal(id=NOBODY, username="Ann"), Head(NOBODY))

        assert (_named(store, "ann"), _named(store, "erased")) == (NOBODY, ANN)

    def test_a_name_is_free_within_the_unit_that_gave_it_up(self) -> None:
        """What a unit wrote, it sees."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.erasure.rename(ANN, "erased")
            assert unit.principals.find_by_username("ann") is None
            assert unit.principals.find_by_username("erased") == ANN

    def test_a_renamed_principal_has_its_new_name_in_every_roster(self) -> None:
        """Rosters are put in order by name, and would show where the old one stood."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN), member(CLINIC, BOB))
        with kept(store) as unit:
            unit.erasure.rename(ANN, "zoe")

        with store.reading() as unit:
            assert [row.principal.username for row in unit.queries.page(CLINIC, "", 9)] == ["bob.b", "zoe"]
            assert [row.id for row in unit.queries.page(NEIGHBOUR, "eve", 9)] == [ANN]

    def test_nobody_is_renamed_to_a_name_in_use(self) -> None:
        """Two people under one name would be taken for each other."""
        store = clinic(self.make())
        with pytest.raises(TakenError) as caught, kept(store) as unit:
            unit.erasure.rename(ANN, "Bob.b")

        assert caught.value.kind == "username"
        assert (_named(store, "ann"), _named(store, "bob.b")) == (ANN, BOB)

    def test_renaming_somebody_leaves_the_others(self) -> None:
        """It hits one."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.erasure.rename(ANN, "erased")

        with store.reading() as unit:
            assert unit.principals.find(BOB) == (person(BOB), Head(BOB))
        assert _named(store, "bob.b") == BOB

    def test_side_rows_about_somebody_go_from_every_stream_and_the_events_stay(self) -> None:
        """The chain of hashes is made over the events alone, and must go on holding (INV-37)."""
        store = clinic(self.make())
        written = [event(CLINIC, 1), evolve(event(CLINIC, 2), subject=invitation_id(1)), event(CLINIC, 3)]
        own = evolve(event(CLINIC, 1), stream=ANN)
        with kept(store) as unit:
            unit.events.append([*written, own], [*(private(CLINIC, number) for number in (1, 2, 3))])
            unit.events.append([], [evolve(private(CLINIC, 1), stream=ANN)])
            unit.erasure.forget_parts([ANN, invitation_id(1)])

        with store.reading() as unit:
            assert list(unit.events.read(CLINIC, 0, 9)) == [(one, None) for one in written]
            assert list(unit.events.read(ANN, 0, 9)) == [(own, None)]
        assert _sides(store, NEIGHBOUR) == [False]

    def test_side_rows_about_others_stay(self) -> None:
        """What is recorded about somebody else is theirs."""
        store = clinic(self.make())
        subjects = (BOB, CLINIC, ANN.upper(), ANN[:-1], "")
        with kept(store) as unit:
            events = [evolve(event(CLINIC, number), subject=who) for number, who in enumerate(subjects, 1)]
            unit.events.append(events, [private(CLINIC, one.number) for one in events])
        with kept(store) as unit:
            unit.erasure.forget_parts([ANN])
            unit.erasure.forget_parts([])

        assert _sides(store, CLINIC) == [True] * len(subjects)

    def test_tokens_for_somebody_go_those_used_and_dead_included(self) -> None:
        """Each holds the address that it was mailed to."""
        store = clinic(self.make())
        made = [evolve(token(CLINIC, ANN, f"d{n}"), purpose=purpose) for n, purpose in enumerate(TokenPurpose)]
        with kept(store) as unit:
            for one in (*made, token(CLINIC, ANN, "newer"), evolve(token(VACANT, ANN, "elsewhere"), tenant=None)):
                unit.tokens.add(one)
            assert unit.tokens.redeem(made[1], NOON)
        with kept(store) as unit:
            unit.erasure.forget_tokens(ANN, [])

        with store.reading() as unit:
            for digest in (*(one.digest for one in made), "newer", "elsewhere", f"digest-of-{NEIGHBOUR}"):
                assert (digest, unit.tokens.find(digest)) == (digest, None)
            assert unit.tokens.alive("newer", TokenPurpose.REGISTRATION, NOON) is None

    def test_tokens_of_an_invitation_go(self) -> None:
        """They were mailed to the invited address, for nobody in particular."""
        store = clinic(self.make())
        bare = evolve(token(CLINIC, ANN, "d"), principal=None, purpose=TokenPurpose.INVITATION)
        mine = evolve(bare, digest="mine", slot="1", invitation=invitation_id(1))
        other = evolve(bare, digest="other", slot="2", invitation=invitation_id(2))
        with kept(store) as unit:
            unit.tokens.add(mine)
            unit.tokens.add(other)
        with kept(store) as unit:
            unit.erasure.forget_tokens(BOB, [invitation_id(1)])

        with store.reading() as unit:
            assert unit.tokens.find("mine") is None
            assert unit.tokens.alive("other", TokenPurpose.INVITATION, NOON) == other

    def test_tokens_of_others_outlive_somebody(self) -> None:
        """What was mailed to somebody else goes on working."""
        store = clinic(self.make())
        bare = evolve(token(CLINIC, ANN, "bare"), principal=None, slot="bare")
        proven = evolve(token(CLINIC, CAT, "proven"), purpose=TokenPurpose.OFFER, proven=ANN)
        with kept(store) as unit:
            for one in (token(CLINIC, BOB, "bob"), bare, proven):
                unit.tokens.add(one)
        with kept(store) as unit:
            unit.erasure.forget_tokens(ANN, [])

        with store.reading() as unit:
            assert unit.tokens.alive("bob", TokenPurpose.REGISTRATION, NOON) == token(CLINIC, BOB, "bob")
            assert unit.tokens.alive("bare", TokenPurpose.REGISTRATION, NOON + DAY / 2) == bare
            assert unit.tokens.find("proven") == proven

    def test_what_is_forgotten_is_back_if_the_unit_is_not_kept(self) -> None:
        """Forgetting is part of the unit, like any write."""
        store = clinic(self.make())
        with store.begin() as unit:
            unit.erasure.rename(ANN, "erased")
            unit.erasure.forget_parts([ANN])
            unit.erasure.forget_tokens(ANN, [])
            unit.credentials.forget(ANN)

        assert _named(store, "ann") == ANN
        assert _sides(store, NEIGHBOUR) == [True]
        with store.reading() as unit:
            assert unit.tokens.find(f"digest-of-{NEIGHBOUR}") is not None
