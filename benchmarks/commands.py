"""
What an audited command costs on the memory store, whatever the size of the population.

    python benchmarks/commands.py --sizes 100 10000

The command sets one cell of the matrix, with rule, event, chain and notice; a check follows that must see it.
"""

import argparse
import time
from typing import Final

from checks import populated

from tenantaccess.commands import AppointManager, ChangePrivileges
from tenantaccess.ids import ResourceKey
from tenantaccess.model.actors import Operator
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.privileges import Edit

COMMANDS: Final = 100
ROUNDS: Final = 40


def run(size: int) -> None:
    """Measure one population."""
    access, pairs = populated(size)
    tenant, manager = pairs[0]
    member = next(who for where, who in pairs[1:] if where == tenant)
    access.execute(AppointManager(tenant, manager), by=Operator("desk"))
    claims = ResourceKey("claims")
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for number in range(COMMANDS):
            level = (VIEW, FULL)[number % 2]
            access.execute(ChangePrivileges(tenant, [Edit(member, claims, level.key)]), by=manager)
            if access.check(tenant, member, "claims", "submit").allowed is not bool(number % 2):
                raise AssertionError(number)
        best = min(best, (time.perf_counter() - began) / COMMANDS)
    print(f"{size:>9,} memberships   a command and a check {best * 1e6:8.1f} us")


def main() -> None:
    """Measure each population that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000])
    for size in parser.parse_args().sizes:
        run(size)


if __name__ == "__main__":
    main()
