"""What searching a roster promises: what is asked for and nothing else, in order, in pages that join (INV-04)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.ids import PrincipalId, RoleKey
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import EVERYBODY, MemberSort, Place, Wanted
from tenantaccess.model.members import Contact, Membership, Origin, Row
from tenantaccess.model.moments import EARLIEST
from tenantaccess.ports.repositories import Listed
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.pages import BOUND
from tenantaccess.testing.contracts.rosters import rosters, settle
from tenantaccess.testing.contracts.samples import (
    ANN,
    BOB,
    CAT,
    CLERK,
    CLINIC,
    DAN,
    DAY,
    EVE,
    NEIGHBOUR,
    NOBODY,
    NOON,
    NOWHERE,
    VACANT,
    clinic,
    disabled,
    gone,
    kept,
    load,
    member,
    put,
    read,
    resting,
)

ALL: Final = 100
FOLDED: Final[Mapping[str, str]] = {
    "": "", "Smith": "smith", "SMITHERS": "smithers", "Åse": "ase", "ase b": "ase b", "Łuk": "luk", "100 %": "100 %",
    "a_b": "a_b", "名前": "名前",
}  # fmt: skip
"""Names, and how they are looked for."""

BY_SORT: Final[Mapping[MemberSort, Callable[[Row], Any]]] = {
    MemberSort.USERNAME: lambda row: row.principal.username.lower(),
    MemberSort.EMAIL: lambda row: row.membership.contact.email.lower(),
    MemberSort.LAST_NAME: lambda row: FOLDED[row.membership.contact.last_name],
    MemberSort.FIRST_NAME: lambda row: FOLDED[row.membership.contact.first_name],
    MemberSort.PHONE: lambda row: row.membership.contact.phone,
    MemberSort.ROLE: lambda row: row.membership.role or "",
    MemberSort.STATUS: lambda row: row.principal.username.lower(),
    MemberSort.LAST_ACTIVE_AT: lambda row: row.membership.last_active_at or EARLIEST,
    MemberSort.REQUESTED_AT: lambda row: row.membership.requested_at or EARLIEST,
}
SORTS: Final = pytest.mark.parametrize("sort", list(MemberSort), ids=[sort.value for sort in MemberSort])
WAYS: Final = pytest.mark.parametrize("way", ["up", "down"])


def _contacts() -> st.SearchStrategy[Contact]:
    name = st.sampled_from(list(FOLDED))
    addresses = st.sampled_from(["", "ann@clinic.example", "Ann@Clinic.example", "anna@clinic.example"])
    return st.builds(Contact, name, name, addresses, st.sampled_from(["", "555", "+1 555"]))


def _people() -> st.SearchStrategy[list[Membership]]:
    """A roster whose people have names, and some of whom asked for access."""
    asked = st.none() | st.integers(0, 2).map(lambda days: NOON + days * DAY)
    origin = st.sampled_from([Origin.HOME, Origin.REGISTERED])
    details = st.lists(st.tuples(_contacts(), asked, origin), min_size=9, max_size=9)
    return st.tuples(rosters(), details).map(
        lambda both: [
            row if row.gone_at else evolve(row, contact=contact, requested_at=at, origin=origin)
            for row, (contact, at, origin) in zip(both[0], both[1], strict=False)
        ]
    )


def _search(
    store: Store,
    wanted: Wanted = EVERYBODY,
    sort: MemberSort = MemberSort.USERNAME,
    *,
    descending: bool = False,
    after: Place | None = None,
    limit: int = ALL,
) -> Sequence[tuple[Place, Row]]:
    with store.reading() as unit:
        found = unit.directory.search(CLINIC, None, wanted, sort, after, limit, descending=descending)
    assert found is not None
    return found.rows


def _ids(store: Store, wanted: Wanted) -> list[PrincipalId]:
    """Who is found, by id."""
    return sorted(row.id for _, row in _search(store, wanted))


def _looked_at_by(store: Store, reader: PrincipalId | None) -> Listed | None:
    with store.reading() as unit:
        return unit.directory.search(CLINIC, reader, EVERYBODY, MemberSort.USERNAME, None, ALL)


class DirectoryOrderContract(Contract):
    """Rosters in order, in pages that join."""

    @SORTS
    @WAYS
    @given(roster=_people())
    @strategies.promise
    def test_a_roster_is_in_the_order_asked_for(
        self,
        sort: MemberSort,
        way: str,
        roster: list[Membership],
    ) -> None:
        """Text goes by its characters, moments by time, what is absent first; where alike, by principal."""
        store = clinic(self.make())
        rows = [row for row in settle(store, roster) if row.membership.gone_at is None]
        rows.sort(key=lambda row: (BY_SORT[sort](row), row.id), reverse=way == "down")

        found = _search(store, sort=sort, descending=way == "down")
        assert [row for _, row in found] == rows
        assert [place for place, _ in found] == [(BY_SORT[sort](row), row.id) for row in rows]

    @SORTS
    @WAYS
    @given(roster=_people(), limit=st.sampled_from([1, 2]))
    @strategies.promise
    def test_pages_of_a_roster_join_to_the_whole_of_it(
        self,
        sort: MemberSort,
        way: str,
        roster: list[Membership],
        limit: int,
    ) -> None:
        """The size of a page changes no answer (INV-04)."""
        store = clinic(self.make())
        settle(store, roster)
        whole = list(_search(store, sort=sort, descending=way == "down"))
        met: list[tuple[Place, Row]] = []
        while page := _search(
            store, sort=sort, descending=way == "down", after=met[-1][0] if met else None, limit=limit
        ):
            assert len(page) <= limit
            met += page
            assert len(met) <= BOUND

        assert met == whole

    def test_people_who_join_between_pages_of_a_search_hide_nobody_and_repeat_nobody(self) -> None:
        """Whoever was there is met, once (INV-04)."""
        store = clinic(self.make())
        put(store, member(CLINIC, BOB), member(CLINIC, DAN))
        ((place, first),) = _search(store, limit=1)
        put(store, *(member(CLINIC, who) for who in (ANN, CAT, EVE)))

        assert [first.id, *(row.id for _, row in _search(store, after=place))] == [BOB, CAT, DAN, EVE]

    def test_a_search_is_never_longer_than_asked(self) -> None:
        """Who asks for a page gets a page."""
        store = clinic(self.make())
        put(store, *(member(CLINIC, who) for who in (ANN, BOB, CAT)))

        assert [len(_search(store, limit=limit)) for limit in (1, 2, 3, 4)] == [1, 2, 3, 3]

    def test_a_search_goes_the_other_way_round(self) -> None:
        """Descending is descending, and what follows comes before."""
        store = clinic(self.make())
        put(store, *(member(CLINIC, who) for who in (ANN, BOB, CAT)))
        ((place, first),) = _search(store, descending=True, limit=1)
        rest = _search(store, descending=True, after=place)

        assert [first.id, *(row.id for _, row in rest)] == [CAT, BOB, ANN]

    def test_a_search_goes_on_after_somebody_who_is_gone(self) -> None:
        """A place is a place, whoever stood there."""
        store = clinic(self.make())
        put(store, gone(member(CLINIC, BOB)), member(CLINIC, DAN))

        assert [row.id for _, row in _search(store, after=("bob.b", BOB))] == [DAN]

    def test_a_touch_moves_somebody_in_the_order_of_activity(self) -> None:
        """Activity is written outside the version, and shows at once."""
        store = clinic(self.make())
        put(store, member(CLINIC, ANN), evolve(member(CLINIC, BOB), last_active_at=NOON + DAY), member(CLINIC, CAT))
        with kept(store) as unit:
            unit.activity.touch(CLINIC, ANN, 1, NOON)
        order = [row.id for _, row in _search(store, sort=MemberSort.LAST_ACTIVE_AT)]
        before = read(store, CLINIC, BOB).membership
        with kept(store) as unit:
            unit.activity.touch(CLINIC, BOB, 1, NOON + 2 * DAY)
        with kept(store) as unit:
            unit.memberships.put(evolve(before, contact=Contact("Bob")), before)

        assert order == [CAT, ANN, BOB]
        assert _search(store, sort=MemberSort.LAST_ACTIVE_AT)[-1][0] == (NOON + 2 * DAY, BOB)


class DirectoryContract(DirectoryOrderContract):
    """Rosters searched, with the facts of whoever looks."""

    @given(_people(), st.sampled_from(["", "s", "smith", "smithers", "ase", "a_", "100 %", "名", "z"]))
    @strategies.promise
    def test_names_are_found_by_how_their_keys_begin(self, roster: list[Membership], key: str) -> None:
        """No character of a key is a wild card."""
        store = clinic(self.make())
        rows = [row for row in settle(store, roster) if row.membership.gone_at is None]
        for wanted, field in ((Wanted(last_name=key), "last_name"), (Wanted(first_name=key), "first_name")):
            expected = [row.id for row in rows if FOLDED[getattr(row.membership.contact, field)].startswith(key)]
            assert _ids(store, wanted) == expected

    @given(_people(), st.sampled_from(["a", "a_b", "a1", "a1", "b@c", "zoe", "zz"]))
    @strategies.promise
    def test_usernames_are_found_by_how_they_begin(self, roster: list[Membership], key: str) -> None:
        """Whoever is gone is not found by any name."""
        store = clinic(self.make())
        rows = [row for row in settle(store, roster) if row.membership.gone_at is None]
        expected = [row.id for row in rows if row.principal.username.lower().startswith(key)]

        assert _ids(store, Wanted(username=key)) == expected

    @given(_people(), st.sampled_from(["ann@clinic.example", "anna@clinic.example", "an", "bob@clinic.example"]))
    @strategies.promise
    def test_addresses_are_found_whole_or_by_how_they_begin(self, roster: list[Membership], key: str) -> None:
        """Exactly means exactly: a longer address is another one."""
        store = clinic(self.make())
        rows = [row for row in settle(store, roster) if row.membership.gone_at is None]
        addresses = {row.id: row.membership.contact.email.lower() for row in rows}

        assert _ids(store, Wanted(email=key)) == [who for who, address in addresses.items() if address == key]
        beginning = [who for who, address in addresses.items() if address.startswith(key)]
        assert _ids(store, Wanted(email_prefix=key)) == beginning

    @given(_people(), st.sampled_from([None, CLERK.key]), st.sampled_from([None, Origin.REGISTERED]))
    @strategies.promise
    def test_all_that_is_asked_holds_of_whoever_is_found(
        self, roster: list[Membership], role: RoleKey | None, origin: Origin | None
    ) -> None:
        """Each word narrows further; whoever matches all of them is found, and counted."""
        store = clinic(self.make())
        rows = [row for row in settle(store, roster) if row.membership.gone_at is None]
        expected = [
            row.id
            for row in rows
            if role in (None, row.membership.role)
            and origin in (None, row.membership.origin)
            and FOLDED[row.membership.contact.last_name].startswith("s")
        ]
        wanted = Wanted(role=role, origin=origin, last_name="s")
        with store.reading() as unit:
            counted = [unit.directory.count(CLINIC, wanted, most) for most in (1, ALL)]

        assert _ids(store, wanted) == expected
        assert counted == [min(1, len(expected)), len(expected)]

    def test_whoever_was_brought_in_by_somebody_is_found(self) -> None:
        """Approved, proven with that one's credentials, or resting on that one's row."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, ANN), approved_by=EVE), evolve(member(CLINIC, BOB), proven_by=EVE))
        put(store, member(CLINIC, EVE), resting(member(CLINIC, CAT), EVE), member(CLINIC, DAN))

        assert _ids(store, Wanted(brought_in_by=EVE)) == [ANN, BOB, CAT]
        assert _ids(store, Wanted(brought_in_by=DAN)) == []

    def test_nobody_is_left_out_who_may_be_in_a_condition(self) -> None:
        """Conditions are derived by the caller; the store may only leave out what the facts alone rule out."""
        store = clinic(self.make())
        active = member(CLINIC, ANN)
        silent = evolve(active, clock_started_at=NOON - 99 * DAY)
        asked = evolve(active, approved_at=None, verified_at=None, verified_how=None, requested_at=NOON)
        possible: dict[Reason, Membership] = {
            Reason.ACTIVE: active,
            Reason.DISABLED: disabled(active),
            Reason.REJECTED: disabled(asked),
            Reason.ENDED: evolve(active, valid_until=NOON),
            Reason.NOT_YET_VALID: evolve(active, valid_from=NOON),
            Reason.REQUEST_EXPIRED: asked,
            Reason.PENDING: evolve(asked, requested_at=None),
            Reason.STALE: resting(active, BOB),
            Reason.UNVERIFIED: evolve(active, verified_at=None, verified_how=None),
            Reason.LAPSED: silent,
        }
        for reason, row in possible.items():
            put(store, member(CLINIC, BOB), row)
            for others in (frozenset({reason}), frozenset({reason, Reason.REJECTED})):
                assert ANN in _ids(store, Wanted(conditions=others, idle_since=NOON - 99 * DAY))
        put(store, resting(active, BOB), evolve(member(CLINIC, BOB), valid_from=NOON))
        assert ANN in _ids(store, Wanted(conditions=frozenset({Reason.NOT_YET_VALID}), idle_since=NOON))
        put(store, resting(silent, BOB))
        assert ANN in _ids(store, Wanted(conditions=frozenset({Reason.STALE}), idle_since=NOON))

    def test_the_reader_comes_with_the_roster(self) -> None:
        """Whether somebody may look is judged on facts of the same version, read by the same statement."""
        store = clinic(self.make())
        put(store, member(CLINIC, CAT), resting(member(CLINIC, BOB), CAT), resting(member(CLINIC, ANN), BOB))
        put(store, gone(member(CLINIC, DAN)))
        for reader in (ANN, CAT, DAN, EVE, NOBODY, None):
            found = _looked_at_by(store, reader)
            assert found is not None
            assert found.loaded == load(store, CLINIC, *([] if reader is None else [reader]))
            assert [row.id for _, row in found.rows] == [ANN, BOB, CAT]

    def test_the_reader_comes_where_nobody_is_found(self) -> None:
        """An empty list is no reason to be told that there is no such tenant."""
        store = clinic(self.make())
        put(store, gone(member(CLINIC, ANN)))
        found = _looked_at_by(store, ANN)

        assert found is not None
        assert (found.loaded, list(found.rows)) == (load(store, CLINIC, ANN), [])

    def test_there_is_no_roster_of_an_absent_tenant(self) -> None:
        """Absent is not the same as empty."""
        with clinic(self.make()).reading() as unit:
            assert unit.directory.search(NOWHERE, ANN, EVERYBODY, MemberSort.USERNAME, None, ALL) is None
            vacant = unit.directory.search(VACANT, ANN, EVERYBODY, MemberSort.USERNAME, None, ALL)
        assert vacant is not None
        assert (list(vacant.rows), dict(vacant.loaded.rows)) == ([], {})

    def test_rows_of_a_search_are_as_loading_gives_them(self) -> None:
        """With role, overrides and principal, and what they rest on."""
        store = clinic(self.make())
        put(store, evolve(member(CLINIC, BOB), role=CLERK.key), resting(member(CLINIC, ANN), BOB))

        assert [row for _, row in _search(store)] == [read(store, CLINIC, who) for who in (ANN, BOB)]

    def test_counting_ends_where_it_is_told(self) -> None:
        """A large roster is not read to its end to say that it is large; who is gone does not count."""
        store = clinic(self.make())
        put(store, *(member(CLINIC, who) for who in (ANN, BOB, CAT)), gone(member(CLINIC, DAN)))
        with store.reading() as unit:
            assert [unit.directory.count(CLINIC, EVERYBODY, most) for most in (1, 2, 3, ALL)] == [1, 2, 3, 3]

    def test_nobody_of_another_tenant_is_found_or_counted(self) -> None:
        """The same people are next door, under the same names (INV-12, A08)."""
        store = clinic(self.make())
        with store.reading() as unit:
            assert unit.directory.count(CLINIC, EVERYBODY, ALL) == 0
            assert unit.directory.count(NEIGHBOUR, EVERYBODY, ALL) == 5
        assert list(_search(store)) == []
