"""
What a check costs, beside a plain dict: ratios in one run, for one population after the other.

    python benchmarks/checks.py --sizes 100 10000 100000

The floor is one plain function that looks ``(principal, tenant)`` up in a dict of the same population and compares
one int. Everything is asked in one random order, so that caches of the processor miss for both alike.
"""

import argparse
import gc
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import PrincipalId, ResourceKey, RoleKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Membership, Origin, VerifiedHow
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Unit
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS

ASKED: Final = 20_000
ROUNDS: Final = 5
NOW: Final = datetime.now(UTC)
A_TENANT: Final = 50
"""How many members a tenant has."""

Pair = tuple[TenantId, PrincipalId]


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
        role=RoleKey("biller"),
        overrides={} if number % 3 else {ResourceKey("codes"): VIEW.key},
    )


def populated(size: int) -> tuple[TenantAccess, list[Pair]]:
    """Return a library on a memory store with *size* active memberships, and who they are."""
    store = MemoryStore()
    tenants = [TenantId(f"ten_{number:032x}") for number in range(max(1, size // A_TENANT))]
    pairs: list[Pair] = []
    with store.begin() as unit:
        for tenant in tenants:
            opened(unit, tenant)
        for number in range(size):
            tenant, who = tenants[number % len(tenants)], PrincipalId(f"pri_{number:032x}")
            unit.principals.add(Principal(who, f"u{number}"), Head(who))
            unit.memberships.put(active(tenant, who, number), None)
            pairs.append((tenant, who))
        unit.commit()
    return TenantAccess(store, CLINICS), pairs


def timed(ask: Callable[..., object], asked: Sequence[Pair], *words: str) -> float:
    """Return seconds a question of these *words*: the best of several rounds, the first of which warms up."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        for tenant, principal in asked:
            ask(tenant, principal, *words)
        best = min(best, time.perf_counter() - began)
    return best / len(asked)


def told(name: str, seconds: float, floor: float) -> None:
    """Print one line."""
    print(f"  {name:<44}{seconds * 1e6:9.3f} us {seconds / floor:8.2f} x")


def run(size: int) -> None:
    """Measure one population."""
    access, pairs = populated(size)
    asked = random.Random(1).choices(pairs, k=ASKED)
    nobody = PrincipalId("pri_" + "f" * 32)
    levels = {(principal, tenant): 2 for tenant, principal in pairs}

    def floor(tenant: TenantId, principal: PrincipalId, _resource: str, _action: str) -> bool:
        return levels[(principal, tenant)] >= 1

    print(f"{size:,} memberships, {max(1, size // A_TENANT):,} tenants")
    base = timed(floor, asked, "claims", "submit")
    told("a plain dict (the floor)", base, base)
    check = access.check
    told("check, allowed", timed(check, asked, "claims", "submit"), base)
    told("check, level too low", timed(check, asked, "authorizations", "view"), base)
    told("check, not offered", timed(check, asked, "health_passport", "view"), base)
    strangers = [(tenant, nobody) for tenant, _ in asked]
    told("check, not a member", timed(check, strangers, "claims", "submit"), base)
    mine = [who for _, who in asked[:200]]
    began = time.perf_counter()
    for who in mine:
        access.list_tenants_with(who, "claims", "view")
    told("tenants of one principal, each", (time.perf_counter() - began) / len(mine), base)
    began = time.perf_counter()
    found = sum(len(list(access.list_members_with(tenant, "claims", "submit"))) for tenant, _ in asked[:50])
    told("members with, each found", (time.perf_counter() - began) / found, base)
    contexts = [access.contexts.enter(tenant, who) for tenant, who in asked[:1_000]]
    allows = [context.allows for context in contexts]
    began = time.perf_counter()
    for _ in range(ROUNDS * 4):
        for allowed in allows:
            allowed("claims", "submit")
    told("on a context", (time.perf_counter() - began) / len(allows) / ROUNDS / 4, base)


def main() -> None:
    """Measure each population that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000])
    for size in parser.parse_args().sizes:
        run(size)


if __name__ == "__main__":
    main()
