"""Two at once, in every order of their calls: as if one had come after the other, and every invariant held."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations_with_replacement
from typing import Any, Final

from tests.races.takeouts import LATER, TAKES, Clinic, clinic, enduring
from tests.races.unguarded import UnguardedStore
from tests.schedules.judging import dump, require_record, told
from tests.schedules.office import BACK, BROUGHT, BROUGHT_BACK, MOVES, Office, access_on, begin_back, office
from tests.services.copies import DIAGNOSES

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import TenantAccessError
from tenantaccess.model.copying import CopyState, WhyFailed
from tenantaccess.ports.storage import Store
from tenantaccess.testing.builders import OPERATOR
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.schedules import Explored, Isolation, SimulatedStore, explore

PAIRS: Final = list(combinations_with_replacement(MOVES, 2))
SEVERAL_UNITS: Final = frozenset(move for move in MOVES if move.startswith("a "))
"""What is no one unit of work: others may come between its units, as they may on one's way from door to door."""
VERIFIED_BEFORE: Final = ("change_password", "erase_principal")
"""The password so far is verified in a unit of its own: who is erased after that is refused for another reason."""

Outcome = tuple[Sequence[Any], dict[str, Any]]
Step = Callable[[SimulatedStore], Any]


def furnished(isolation: Isolation, *moves: str) -> tuple[SimulatedStore, Office]:
    """A store with the office in it, from which every pair begins."""
    return _furnished(isolation, comes_back=BACK in moves)


@cache
def _furnished(isolation: Isolation, *, comes_back: bool) -> tuple[SimulatedStore, Office]:
    store = SimulatedStore(isolation)
    at = office(store)
    if comes_back:
        begin_back(at)
    return store, at


def try_pair(isolation: Isolation, first: str, second: str) -> Explored:
    """Explore one pair of what is done in the office, the first by Ann and the second by Bob."""
    store, at = furnished(isolation, first, second)
    jobs = [_job(at, move, number) for number, move in enumerate((first, second))]
    is_serial = SEVERAL_UNITS.isdisjoint({first, second})
    serial = [in_turn(store, jobs, order) for order in ((0, 1), (1, 0))] if is_serial else []
    if (first, second) == VERIFIED_BEFORE:
        serial = [_without_reasons(*one) for one in serial]

    def judge(after: SimulatedStore, outcomes: Sequence[Any]) -> None:
        access = access_on(after, "judge", at.clock)
        require_record(access, after, store)
        require_managed(access, at)
        require_copied(access, at)
        if is_serial:
            found = (told(outcomes), comparable(after))
            assert (_without_reasons(*found) if (first, second) == VERIFIED_BEFORE else found) in serial

    return explore(store, jobs, judge)


def _job(at: Office, move: str, number: int) -> Step:
    def job(store: SimulatedStore) -> Any:
        return MOVES[move](access_on(store, f"job {number}", at.clock), at, at["ann" if number == 0 else "bob"])

    return job


def in_turn(store: SimulatedStore, jobs: Sequence[Step], order: Sequence[int]) -> Outcome:
    """What comes of *jobs* one after the other."""
    copy, outcomes = store.copy(), [None] * len(jobs)
    for number in order:
        try:
            outcomes[number] = jobs[number](copy)
        except TenantAccessError as error:
            outcomes[number] = error  # type: ignore[call-overload]  # an outcome is anything
    return told(outcomes), comparable(copy)


def comparable(store: SimulatedStore) -> dict[str, Any]:
    """All that is committed, but for attempts: they are counted, and given back, in units of their own."""
    found = dump(store)
    found.pop("attempts", None)
    return found


def _without_reasons(answers: Sequence[Any], found: dict[str, Any]) -> Outcome:
    return [str(one).split(":", 1)[0] in {"NotFoundError", "ProofRefusedError"} or one for one in answers], {
        name: rows for name, rows in found.items() if name != "access_log"
    }


def require_managed(access: TenantAccess, at: Office) -> None:
    """Both clinics have managers (INV-19), and whoever is listed is allowed (INV-04)."""
    assert not {one.tenant.id for one in access.tenants.orphaned(by=OPERATOR)} & {at.here, at.there}
    listed = set(access.list_members_with(at.here, "claims", "view"))
    known = {*at.people.values(), *listed}
    assert listed == {who for who in known if access.check(at.here, who, "claims", "view")}


def require_copied(access: TenantAccess, at: Office) -> None:
    """
    Either copy brought what it says that it brought, and all of it if it is done (INV-34).

    One alone is done: what it brings is a change of the other one's source, which is to be planned again.
    """
    ways = [(at.copy, at.here, at.there, BROUGHT), (at.copy_back, at.there, at.here, BROUGHT_BACK)]
    done = 0
    with access.store.reading() as unit:
        for copy, source, target, keys in ways if at.copy_back else ways[:1]:
            job = unit.copy_jobs.find(source, copy)
            assert job is not None
            landed = [one.key for one in unit.records.page(target, DIAGNOSES, "", 100) if one.key in keys]
            assert len(landed) == job.total.added
            assert job.why in {None, WhyFailed.SOURCE_CHANGED, WhyFailed.DENIED}, job.why
            assert job.state is not CopyState.DONE or landed == [*keys]
            done += job.state is CopyState.DONE
    assert done <= 1


# --- the last two managers ------------------------------------------------------------------------------------------


def as_it_is(store: Store) -> Store:
    """What guards nothing besides."""
    return store


def try_last_managers(isolation: Isolation, *kinds: str, guard: Callable[[Store], Store] = as_it_is) -> Explored:
    """Explore what takes out both of the last two managers; a third kind is a sweep or another one of the first two."""
    store, clock = SimulatedStore(isolation), FrozenClock(LATER)
    here = clinic(access_on(store, "clinic", clock), clock, (kinds[0], kinds[1]))

    def judge(after: SimulatedStore, _outcomes: Sequence[Any]) -> None:
        access = access_on(after, "judge", clock)
        assert enduring(access, here), "INV-19"
        require_record(access, after, store)

    return explore(store, [_take(here, kind, number, clock, guard) for number, kind in enumerate(kinds)], judge)


def _take(here: Clinic, kind: str, number: int, clock: FrozenClock, guard: Callable[[Store], Store]) -> Step:
    return lambda store: TAKES[kind](access_on(guard(store), f"job {number}", clock), here, number % 2)


def unguarded(isolation: Isolation, first: str, second: str) -> Explored:
    """Explore the same on the twin that compares no version; it is to break."""
    return try_last_managers(isolation, first, second, guard=UnguardedStore)
