"""What the repository of invitations promises (INV-32)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from tenantaccess.ids import InvitationId
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import near_id
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CLINIC,
    DAY,
    NEIGHBOUR,
    NOON,
    TICK,
    VACANT,
    clinic,
    invitation,
    invitation_id,
    kept,
)

ONE = invitation(CLINIC, 1)
SENDERS = (
    Actor(ActorKind.MEMBER, ANN),
    Actor(ActorKind.MEMBER, BOB),
    # An operator may go by any name, a principal's id included.
    Actor(ActorKind.OPERATOR, ANN),
)
ADDRESSES = ("", "cat@mail.example", "Cat@mail.example", "cat@mail.example.org")


def add(store: Store, *invitations: Invitation) -> Store:
    """Add *invitations* in one committed unit."""
    with kept(store) as unit:
        for one in invitations:
            unit.invitations.add(one)
    return store


def find(store: Store, one: Invitation) -> Invitation | None:
    """Return *one* as a new unit reads it."""
    with store.reading() as unit:
        return unit.invitations.find(one.tenant, one.id)


def lists() -> st.SearchStrategy[list[Invitation]]:
    """Some invitations of the clinic that differ in all that is asked by."""
    facts = st.tuples(
        st.sampled_from(InvitationState),
        st.sampled_from(SENDERS),
        st.sampled_from(ADDRESSES),
        st.sampled_from([NOON, NOON + TICK]),
        st.sampled_from([NOON + DAY, NOON + DAY + TICK]),
    )
    return st.lists(facts, max_size=6).map(
        lambda many: [
            evolve(ONE, id=invitation_id(number), state=state, inviter=who, email=email, created_at=at, expires_at=end)
            for number, (state, who, email, at, end) in enumerate(many, start=0xA0)
        ]
    )


def open_ones(invitations: Sequence[Invitation]) -> list[Invitation]:
    """Return those of *invitations* that are open, by id."""
    return sorted((one for one in invitations if one.state is InvitationState.OPEN), key=lambda one: one.id)


def place(one: Invitation) -> tuple[datetime, InvitationId]:
    """Return where *one* stands in the list of a tenant, the newest last."""
    return one.created_at, one.id


class InvitationContract(Contract):
    """Invitations belong to one tenant, come back as they were written, and are found by whom they concern."""

    @given(strategies.invitations(VACANT, [ANN, BOB]))
    @strategies.promise
    def test_every_fact_of_an_invitation_comes_back(self, one: Invitation) -> None:
        """A fact lost or changed would let in somebody else, with something else."""
        assert find(add(clinic(self.make()), one), one) == one

    @given(st.lists(strategies.invitations(VACANT, [ANN]), min_size=2, max_size=2))
    @strategies.promise
    def test_putting_an_invitation_replaces_every_fact(self, two: list[Invitation]) -> None:
        """What was sent again is another's, until another day; what was erased is gone."""
        before, after = two[0], evolve(two[1], id=two[0].id)
        store = add(clinic(self.make()), before)
        with kept(store) as unit:
            unit.invitations.put(after)

        assert find(store, before) == after

    def test_putting_an_invitation_leaves_the_others(self) -> None:
        """One is closed, in one tenant."""
        other = invitation(CLINIC, 2)
        store = add(clinic(self.make()), ONE, other)
        with kept(store) as unit:
            unit.invitations.put(evolve(ONE, state=InvitationState.VOID))

        assert find(store, other) == other
        assert find(store, invitation(NEIGHBOUR, 1)) == invitation(NEIGHBOUR, 1)

    def test_a_write_is_seen_by_its_unit_and_undone_with_it(self) -> None:
        """An invitation that was not voided after all is open still."""
        store = add(clinic(self.make()), ONE)
        with store.begin() as unit:
            unit.invitations.put(evolve(ONE, state=InvitationState.VOID))
            unit.invitations.add(invitation(CLINIC, 2))
            assert unit.invitations.open(CLINIC, None, 9) == [invitation(CLINIC, 2)]

        with store.reading() as unit:
            assert unit.invitations.open(CLINIC, None, 9) == [ONE]

    def test_an_absent_invitation_is_none(self) -> None:
        """Absence is an answer, not an error."""
        assert find(clinic(self.make()), ONE) is None

    def test_an_invitation_of_another_tenant_is_none(self) -> None:
        """Absent and foreign look alike (INV-12, A53)."""
        assert find(clinic(self.make()), invitation(VACANT, 1)) is None

    def test_an_invitation_is_found_under_its_exact_id_only(self) -> None:
        """Ids are compared byte for byte (INV-09)."""
        store = add(clinic(self.make()), ONE)
        with store.reading() as unit:
            near = [one for one in near_id(ONE.id) if unit.invitations.find(CLINIC, InvitationId(one))]
        assert near == []

    @given(lists(), st.sets(st.sampled_from([ANN, BOB])), st.sampled_from(["", "cat@mail.example", "dan@mail.example"]))
    @strategies.promise
    def test_exactly_the_open_ones_that_concern_somebody_are_found(
        self, some: list[Invitation], senders: set[Any], key: str
    ) -> None:
        """One that is missed outlives whom it was for, or who stood for it (MC-10, MC-12)."""
        store = add(clinic(self.make()), *some)
        with store.reading() as unit:
            found = unit.invitations.concerning(CLINIC, senders, key)

        assert list(found) == [
            one for one in open_ones(some) if one.sender in senders or (key and one.email_key == key)
        ]

    @given(lists(), st.integers(1, 4))
    @example([ONE, invitation(CLINIC, 2), invitation(CLINIC, 3)], 4)
    @strategies.promise
    def test_pages_of_open_ones_join_to_all_of_them_in_order(self, some: list[Invitation], limit: int) -> None:
        """When a tenant is suspended, all of them are voided."""
        store = add(clinic(self.make()), *some)
        with store.reading() as unit:
            repository = unit.invitations
            pages = joined(lambda last: repository.open(CLINIC, None if last is None else last.id, limit), limit)

        assert pages == open_ones(some)

    @given(lists(), st.integers(1, 4))
    @strategies.promise
    def test_pages_of_all_join_to_all_of_them_the_newest_first(self, some: list[Invitation], limit: int) -> None:
        """Whatever became of them; of equal age by descending id, in every store alike."""
        store = add(clinic(self.make()), *some)
        with store.reading() as unit:
            repository = unit.invitations
            pages = joined(lambda last: repository.page(CLINIC, last, limit), limit)

        assert pages == sorted(some, key=place, reverse=True)

    @given(lists())
    @strategies.promise
    def test_open_ones_are_counted_until_they_expire(self, some: list[Invitation]) -> None:
        """At its expiry one counts no more: time makes room for others."""
        store = add(clinic(self.make()), *some)
        with store.reading() as unit:
            counts = [unit.invitations.count_open(CLINIC, at) for at in (NOON, NOON + DAY, NOON + DAY + TICK)]

        ends = [one.expires_at for one in open_ones(some)]
        assert counts == [len(ends), ends.count(NOON + DAY + TICK), 0]
