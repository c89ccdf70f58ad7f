"""Two copies between the same two clinics, in opposite directions, at each isolation level."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import attrs
from tests.races.racing import OWN, Ground, as_it_is, at_level
from tests.races.unguarded import UnguardedStore
from tests.services.copies import CODES, DIAGNOSES, PAYERS, SMALL, put, some

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, CopyRecords
from tenantaccess.ids import PrincipalId, ReferenceSetKey, TenantId
from tenantaccess.model.copying import CopyJob, CopyState, Tally, WhyFailed
from tenantaccess.ports.storage import Store
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.contracts.threads import at_once, until_done

SETS: Final = (DIAGNOSES, PAYERS)
"""One that a store copies within itself, and one whose records are looked at."""
RECORDS: Final = 5
"""How many each clinic has before, under keys of its own: three batches, and the end."""


@attrs.frozen
class Crossing:
    """Two jobs that are to be gone on with, each from where the other one goes to, and who does that."""

    jobs: Sequence[CopyJob]
    manager: PrincipalId
    name: ReferenceSetKey


def copying(access: TenantAccess) -> TenantAccess:
    """Return *access* with sets of records, and batches of two."""
    return attrs.evolve(access, catalog=CODES, policy=SMALL)


def crossing(access: TenantAccess, name: ReferenceSetKey) -> Crossing:
    """Set up two clinics, and a copy of the set *name* each way."""
    make = Given(access)
    ends = make.tenant("Riverside"), make.tenant("Lakeside")
    manager = make.manager(ends[0])
    access.execute(AppointManager(ends[1], manager), by=OPERATOR)
    for letter, tenant in zip("AB", ends, strict=True):
        put(access, tenant, name, some(*[f"{letter}{number}" for number in range(RECORDS)]))
    jobs = [_started(access, *way, name, manager) for way in (ends, ends[::-1])]
    return Crossing(jobs, manager, name)


def _started(
    access: TenantAccess, source: TenantId, target: TenantId, name: ReferenceSetKey, manager: PrincipalId
) -> CopyJob:
    plan = access.copying.plan(source, [target], [name], by=manager)
    return access.copying.job(source, access.execute(CopyRecords(plan), by=manager).job, by=manager)


def race_copies(found: Ground, level: str, name: ReferenceSetKey, rounds: int) -> Counter[str]:
    """
    Run rounds of two copies at once; answer how often what came of it.

    Raises:
        AssertionError: not one alone was done, a record was lost, or is there without being counted.
    """
    here, came_to = found.furnished(lambda access: crossing(copying(access), name)), Counter[str]()
    for _ in range(rounds):
        found.restore()
        crossed(found, level, here)
        came_to[_judged(found, here)] += 1
    return came_to


def crossed(found: Ground, level: str, here: Crossing, guard: Callable[[Store], Store] = as_it_is) -> None:
    """Let both go at one moment, each until it has ended."""

    def resume(job: CopyJob) -> CopyJob:
        ended: CopyJob = until_done(lambda: at_level(found, level, lambda access: _resumed(access, here, job), guard))
        return ended

    at_once([partial(resume, job) for job in here.jobs])


def _resumed(access: TenantAccess, here: Crossing, job: CopyJob) -> CopyJob:
    return copying(access).copying.resume(job.source, job.id, by=here.manager).job


def _judged(found: Ground, here: Crossing) -> str:
    """Which of the two was done, if all is as it must be (INV-34): the other one was to be planned again."""
    access = found.access()
    ended = [access.copying.job(job.source, job.id, by=here.manager) for job in here.jobs]
    done, failed = sorted(ended, key=lambda job: job.state.value)
    assert (done.state, done.why, done.total) == (CopyState.DONE, None, Tally(added=RECORDS)), ended
    assert (failed.state, failed.why, failed.total) == (CopyState.FAILED, WhyFailed.SOURCE_CHANGED, Tally()), ended
    with access.store.reading() as unit:
        counts = [unit.records.count(job.source, here.name) for job in (done, failed)]
    assert counts == [RECORDS, 2 * RECORDS]
    assert all(access.audit.verify(job.source).holds for job in ended)
    return f"{here.name}: the {('first', 'second')[ended.index(done)]} was done"


# --- the twin ---------------------------------------------------------------------------------------------------------


def rounds_until_both(found: Ground, name: ReferenceSetKey, most: int) -> int | None:
    """Return in which round both brought something where nothing is held; None if in none of *most*."""
    here = found.furnished(lambda access: crossing(copying(access), name))
    access = found.access()
    for number in range(1, most + 1):
        found.restore()
        crossed(found, OWN, here, UnguardedStore)
        if all(access.copying.job(job.source, job.id, by=here.manager).total.added for job in here.jobs):
            return number
    return None
