"""
What questions cost in memory, beside plain dicts: ratios in one run, for one population after the other.

    python benchmarks/checks.py --sizes 100 10000 100000

The floor of a check is one plain function that looks ``(principal, tenant)`` up in a dict of the same population and
compares one int. Everything is asked in one random order, so that caches of the processor miss for both alike, and in
turns, so that what else the machine does meets all of them.
"""

import argparse
import gc
import itertools
import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.members import Authority, Disabled, DisableReason, Membership, Origin, VerifiedHow
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Unit
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS

ASKED: Final = 20_000
PART: Final = 2_000
"""How many are asked at a time: so few that on a busy machine some parts are asked without being interrupted."""
ROUNDS: Final = 100
WIDE: Final = 1_000
"""How many members the one tenant has, and how many tenants the one principal, where one has many."""
NOW: Final = datetime.now(UTC)
A_TENANT: Final = 50
"""How many members a tenant has."""

Pair = tuple[TenantId, PrincipalId]
Ask = Callable[..., object]


def opened(unit: Unit, tenant: TenantId) -> None:
    """Add a tenant with one role."""
    unit.tenants.add(Tenant(tenant, "Clinic"), Head(tenant))
    unit.roles.add(tenant, Role("biller", "Biller", {"claims": FULL, "eligibility": VIEW}))


def active(tenant: TenantId, who: PrincipalId, number: int) -> Membership:
    """Return an active row with that role; every third has a level of its own."""
    return Membership(
        tenant,
        who,
        Origin.HOME,
        approved_at=NOW,
        approved_by="desk",
        verified_at=NOW,
        verified_how=VerifiedHow.ATTESTED,
        clock_started_at=NOW,
        last_active_at=NOW,
        role=RoleKey("biller"),
        overrides={} if number % 3 else {ResourceKey("codes"): VIEW.key},
    )


STOOD_AGAINST: Final[Sequence[Callable[[Membership], Membership]]] = (
    lambda row: attrs.evolve(row, disabled=Disabled(NOW, Authority.MANAGER, DisableReason.LEFT)),
    lambda row: attrs.evolve(row, approved_at=None, requested_at=NOW),
    lambda row: attrs.evolve(row, verified_at=None),
    lambda row: attrs.evolve(row, valid_until=NOW),
    lambda row: attrs.evolve(
        row, clock_started_at=NOW - timedelta(400), verified_at=NOW - timedelta(400), last_active_at=None
    ),
)
"""What each reason is that may stand against a row: disabled, pending, unverified, ended, lapsed."""


def the_pair(tenant: int, principal: int) -> Pair:
    """Return ids by their numbers."""
    return TenantId(f"ten_{tenant:032x}"), PrincipalId(f"pri_{principal:032x}")


def filled(store: MemoryStore, pairs: Sequence[Pair], row: Callable[[Membership], Membership] | None = None) -> None:
    """Add tenants, principals and a membership for each of *pairs*."""
    with store.begin() as unit:
        for tenant in dict.fromkeys(tenant for tenant, _ in pairs):
            opened(unit, tenant)
        for number, who in enumerate(dict.fromkeys(who for _, who in pairs)):
            unit.principals.add(Principal(who, f"u{number}{who}"), Head(who))
        for number, (tenant, who) in enumerate(pairs):
            one = active(tenant, who, number)
            unit.memberships.put(one if row is None else row(one), None)
        unit.commit()


def populated(size: int) -> tuple[TenantAccess, list[Pair]]:
    """Return a library on a memory store with *size* active memberships, and who they are."""
    store, tenants = MemoryStore(), max(1, size // A_TENANT)
    pairs = [the_pair(number % tenants, number) for number in range(size)]
    filled(store, pairs)
    return TenantAccess(store, CLINICS), pairs


@attrs.define
class Line:
    """
    One thing that is measured.

    Args:
        name: What is done.
        run: Does it.
        count: How many questions that is.
        beside: The line that it is a ratio of; the first one if none.
        best: Seconds a question, of the quickest round.
    """

    name: str
    run: Callable[[], object]
    count: int
    beside: "Line | None" = None
    best: float = float("inf")


def measured(lines: Sequence[Line]) -> None:
    """Measure all in turns, and print each beside its floor."""
    gc.collect()
    gc.freeze()  # what is there stays; looking through it again and again is no part of a question
    for _ in range(ROUNDS):
        for line in lines:
            began = time.perf_counter()
            line.run()
            line.best = min(line.best, (time.perf_counter() - began) / line.count)
    for line in lines:
        floor = line.beside or lines[0]
        print(f"  {line.name:<52}{line.best * 1e6:9.3f} us {line.best / floor.best:8.2f} x")


def asking(name: str, ask: Ask, asked: Sequence[Pair], *words: str) -> Line:
    """Return the line of one question asked about many pairs."""
    parts = [asked[start : start + PART] for start in range(0, len(asked), PART)]
    random.Random(name).shuffle(parts)  # no line asks what the one before it has just brought into the caches
    turns = itertools.cycle(parts)

    def run() -> None:
        for tenant, principal in next(turns):
            ask(tenant, principal, *words)

    return Line(name, run, min(PART, len(asked)))


def floor_of(pairs: Iterable[Pair]) -> Ask:
    """Return the plain function."""
    levels = {(principal, tenant): 2 for tenant, principal in pairs}

    def floor(tenant: TenantId, principal: PrincipalId, _resource: str, _action: str) -> bool:
        return levels[(principal, tenant)] >= 1

    return floor


def each_reason(pairs: Sequence[Pair]) -> Ask:
    """Return the check of a population against each of whose rows something stands."""
    store = MemoryStore()
    rows = {
        pair: STOOD_AGAINST[number % len(STOOD_AGAINST)](active(*pair, number)) for number, pair in enumerate(pairs)
    }
    filled(store, pairs, lambda row: rows[row.tenant, row.principal])
    return TenantAccess(store, CLINICS).check


def sixteen(access: TenantAccess, asked: Sequence[Pair]) -> Line:
    """Return the line of a request: entering a tenant, and sixteen checks there."""
    words = [(one.key, action) for one in CLINICS.resources for action in one.actions]
    words = (words * 16)[:16]

    def run() -> None:
        for tenant, principal in asked:
            allows = access.contexts.enter(tenant, principal).allows
            for resource, action in words:
                allows(resource, action)

    return Line("16 checks in one tenant, entering included, each", run, 16 * len(asked))


def contexts(access: TenantAccess, asked: Sequence[Pair]) -> Line:
    """Return the line of a check on a context that was entered before."""
    entered = [access.contexts.enter(tenant, principal).allows for tenant, principal in asked]

    def run() -> None:
        for allows in entered:
            allows("claims", "submit")

    return Line("on a context", run, len(entered))


def run_size(size: int) -> None:
    """Measure one population."""
    access, pairs = populated(size)
    asked = random.Random(1).choices(pairs, k=ASKED)
    nobody = PrincipalId("pri_" + "f" * 32)
    strangers = [(tenant, nobody) for tenant, _ in asked]
    print(f"{size:,} memberships, {max(1, size // A_TENANT):,} tenants")
    check = access.check
    allowed = asking("check, allowed", check, asked, "claims", "submit")
    measured(
        [
            asking("a plain dict (the floor)", floor_of(pairs), asked, "claims", "submit"),
            allowed,
            asking("check, level too low", check, asked, "authorizations", "view"),
            asking("check, not offered", check, asked, "health_passport", "view"),
            asking("check, not a member", check, strangers, "claims", "submit"),
            asking("check, disabled, pending, unverified, ended, lapsed", each_reason(pairs), asked, "claims", "view"),
            contexts(access, asked[:1_000]),
            sixteen(access, asked[:1_000]),
        ]
    )


def run_wide() -> None:
    """Measure one tenant of many members, and one principal of many tenants, by check and by list."""
    for name, pairs in (
        (f"{WIDE:,} members in one tenant", [the_pair(0, number) for number in range(WIDE)]),
        (f"{WIDE:,} tenants for one principal", [the_pair(number, 0) for number in range(WIDE)]),
    ):
        store = MemoryStore()
        filled(store, pairs)
        access = TenantAccess(store, CLINICS)
        asked = random.Random(1).choices(pairs, k=ASKED)
        levels = {(principal, tenant): 2 for tenant, principal in pairs}
        (tenant, principal), is_one_tenant = pairs[0], pairs[0][0] == pairs[1][0]

        def listed(ids: Sequence[Pair] = pairs, found: dict[tuple[PrincipalId, TenantId], int] = levels) -> list[Pair]:
            return [(one, who) for one, who in ids if found[who, one] >= 1]

        def members(access: TenantAccess = access, tenant: TenantId = tenant) -> int:
            return len(list(access.list_members_with(tenant, "claims", "submit")))

        def tenants(access: TenantAccess = access, principal: PrincipalId = principal) -> int:
            return len(access.list_tenants_with(principal, "claims", "submit"))

        print(name)
        index = Line("the same list from an indexed dict, each (its floor)", listed, WIDE)
        measured(
            [
                asking("a plain dict (the floor)", floor_of(pairs), asked, "claims", "submit"),
                asking("check, allowed", access.check, asked, "claims", "submit"),
                index,
                Line("who may, each found", members, WIDE, index)
                if is_one_tenant
                else Line("where somebody may, each found", tenants, WIDE, index),
                Line("the same beside a check's floor", members if is_one_tenant else tenants, WIDE),
            ]
        )


def run_levels() -> None:
    """Say that an explicit denial is as quick as any other."""
    store = MemoryStore()
    pairs = [the_pair(0, number) for number in range(A_TENANT)]
    filled(store, pairs, lambda row: attrs.evolve(row, overrides={ResourceKey("claims"): NONE.key}))
    check = TenantAccess(store, CLINICS).check
    print(f"{A_TENANT} memberships, 1 tenant")
    measured(
        [
            asking("a plain dict (the floor)", floor_of(pairs), pairs * 40, "claims", "submit"),
            asking("check, denied explicitly", check, pairs * 40, "claims", "submit"),
        ]
    )


def main() -> None:
    """Measure each population that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000])
    for size in parser.parse_args().sizes:
        run_size(size)
    run_wide()
    run_levels()


if __name__ == "__main__":
    main()
