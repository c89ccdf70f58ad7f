"""
What signing in and proving a link cost over the password hash itself, with the hashers that hosts use.

    python benchmarks/proofs.py

The floor is one verification by the same hasher. On the memory store: what a database adds, `stores.py` tells.
"""

import argparse
import time
from collections.abc import Callable
from typing import Final

from tenantaccess.assembly import TenantAccess
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Secret
from tenantaccess.ports.world import PasswordHasher
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.system import Argon2Hasher, ScryptHasher
from tenantaccess.testing.builders import CLINICS, PASSWORD, given

HASHERS: Final = (ScryptHasher(), Argon2Hasher())


def run(hasher: PasswordHasher, rounds: int) -> None:
    """Measure one hasher."""
    access = TenantAccess(MemoryStore(), CLINICS, Policy(), hasher=hasher)
    make = given(access)
    tenant = make.tenant()
    make.member(tenant, username="kim", levels={"claims": "view"})
    master = make.pending()
    stored = hasher.hash(Secret(PASSWORD))
    ways: dict[str, Callable[[], object]] = {
        "one verification (the floor)": lambda: hasher.verify(Secret(PASSWORD), stored),
        "signing in": lambda: access.authenticate("kim", PASSWORD),
        "proving a link": lambda: access.links.prove("kim", PASSWORD, by=master),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - began)
    print(type(hasher).__name__)
    floor = best["one verification (the floor)"]
    for name, seconds in best.items():
        print(f"  {name:<44}{seconds * 1e3:9.2f} ms {seconds / floor:8.3f} x")


def main() -> None:
    """Measure each hasher."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for hasher in HASHERS:
        run(hasher, rounds)


if __name__ == "__main__":
    main()
