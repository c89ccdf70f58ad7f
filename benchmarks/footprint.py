"""
What the library weighs: bytes a membership in the memory store, what importing it costs beside attrs, and the wheel.

    python benchmarks/footprint.py

Bytes are counted by tracemalloc while memberships are added to tenants and principals that exist already, without
contact details and without the texts of their ids. Imports are timed in fresh interpreters, the best of several. The
wheel is built and installed with what it needs into a folder that goes away; counted are the files as they come,
without the bytecode that Python makes of them.
"""

import argparse
import gc
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path
from typing import Final

from checks import A_TENANT, active, opened

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head
from tenantaccess.stores.memory import MemoryStore

IMPORTS: Final = ("attrs", "attrs, cattrs", "tenantaccess", "tenantaccess.assembly", "tenantaccess.commands")
ROUNDS: Final = 7
ROOT: Final = Path(__file__).resolve().parent.parent


def bytes_a_membership(size: int) -> float:
    """Return what one more membership takes, of *size*."""
    store = MemoryStore()
    tenants = [TenantId(f"ten_{number:032x}") for number in range(size // A_TENANT)]
    people = [PrincipalId(f"pri_{number:032x}") for number in range(size)]
    with store.begin() as unit:
        for tenant in tenants:
            opened(unit, tenant)
        for number, who in enumerate(people):
            unit.principals.add(Principal(who, f"u{number}"), Head(who))
        unit.commit()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    with store.begin() as unit:
        for number, who in enumerate(people):
            unit.memberships.put(active(tenants[number % len(tenants)], who, number), None)
        unit.commit()
    del unit
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / size


def seconds_to_import() -> dict[str, float]:
    """Return the best of several fresh interpreters for each, less what an empty one takes; in turns."""
    statements = {"": "pass", **{names: f"import {names}" for names in IMPORTS}}
    best = dict.fromkeys(statements, float("inf"))
    for _ in range(ROUNDS):
        for names, statement in statements.items():
            best[names] = min(best[names], _run(statement))
    empty = best.pop("")
    return {names: seconds - empty for names, seconds in best.items()}


def weighed() -> tuple[int, int, int]:
    """Return the bytes of the wheel, those of all that is installed with it, and how many distributions that is."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        built, installed = Path(folder, "built"), Path(folder, "installed")
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", built, ROOT], check=True)
        (wheel,) = built.iterdir()
        subprocess.run([*pip, "install", "--no-compile", "--target", installed, wheel], check=True)
        files = [one for one in installed.rglob("*") if one.is_file()]
        return (
            wheel.stat().st_size,
            sum(one.stat().st_size for one in files),
            sum(1 for one in installed.glob("*.dist-info")),
        )


def _run(statement: str) -> float:
    program = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure all three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=50_000)
    size = parser.parse_args().size
    print(f"{bytes_a_membership(size):8.0f} bytes a membership in the memory store, of {size:,}")
    wheel, installed, distributions = weighed()
    print(f"{wheel / 1e3:8.0f} kB the wheel; {installed / 1e6:.1f} MB installed, in {distributions} distributions")
    found = seconds_to_import()
    for names, taken in found.items():
        print(f"{taken * 1e3:8.1f} ms to import {names:<24}{taken / found['attrs']:6.2f} x attrs")


if __name__ == "__main__":
    main()
