"""
What is asked at size, each answer beside the bare SQL for it: ratios in one run, from small to a million.

    python benchmarks/scale.py                                     a few seconds, to see that it runs: no figures
    python benchmarks/scale.py --size full                         on a SQLite file: about an hour, and 5 GB of disk
    python benchmarks/scale.py --size full --postgres              on PostgreSQL: one of its own, or
                                                                   TENANTACCESS_TEST_POSTGRES
    python benchmarks/scale.py --size full --url sqlite:///kept.db on a database that is kept: what is there already is
                                                                   not made anew
    python benchmarks/scale.py --size full --parts questions       questions alone; adoption and copies are the others

Populations are told of in `population.py`: ever more tenants, and one tenant with ever more members. Questions are
those of a request, of a page, and of the whole (`questions.py`); streams adopt, export, verify and copy (`streams.py`).
What comes out is added to `results/scale.json`, from which `plot.py` draws.
"""

import argparse
import json
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from opening import fresh
from population import populated
from questions import QUESTIONS, Line
from streams import Peak, adopting, copying

SIZES: Final = {"small": [1_000], "full": [1_000, 10_000, 100_000, 1_000_000]}
RESULTS: Final = Path(__file__).parent / "results" / "scale.json"


def asked(url: sa.URL, sizes: list[int]) -> Iterator[tuple[str, Line | Peak]]:
    """Yield what each question costs on each population."""
    for size in sizes:
        for kind, ask in QUESTIONS.items():
            store = populated(url, kind, size)
            yield from ((kind, line) for line in ask(store, size))
            store.dispose()


def adopted(url: sa.URL, sizes: list[int]) -> Iterator[tuple[str, Line | Peak]]:
    """Yield what it costs to take people over, to hand them over, and to verify what was done."""
    for size in sizes:
        yield from (("stream", line) for line in adopting(url, size))


def copied(url: sa.URL, sizes: list[int]) -> Iterator[tuple[str, Line | Peak]]:
    """Yield what copies cost."""
    for size in sizes:
        yield from (("stream", line) for line in copying(url, size))


PARTS: Final = {"questions": asked, "adoption": adopted, "copies": copied}


def facts(engine: str, kind: str, line: Line | Peak) -> dict[str, Any]:
    """Return one result as it is kept."""
    known = {"engine": engine, "population": kind, "name": line.name, "size": line.size}
    if isinstance(line, Peak):
        return {**known, "mib": round(line.mib, 1)}
    return {**known, "ours_us": round(line.ours, 1), "floor_us": round(line.floor, 1), "ratio": round(line.ratio, 2)}


def told(line: Line | Peak) -> str:
    """Return one result as it is printed."""
    if isinstance(line, Peak):
        return f"  {line.size:>9,} {line.name:<36}{line.mib:10.1f} MiB over the start"
    return f"  {line.size:>9,} {line.name:<36}{line.ours:12.0f} us{line.floor:12.0f} us{line.ratio:8.2f} x"


def added(results: dict[str, Any], engine: str, version: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return *results* with what was *found* in the place of what was there."""
    place = ("engine", "population", "name", "size")
    kept = {tuple(one[name] for name in place): one for one in [*results.get("lines", ()), *found]}
    return {
        "python": platform.python_version(),
        "engines": {**results.get("engines", {}), engine: version},
        "lines": [kept[key] for key in sorted(kept)],
    }


@contextmanager
def database(given: argparse.Namespace) -> Iterator[sa.URL]:
    """Give the database that is asked for."""
    if given.url:
        yield sa.make_url(given.url)
        return
    with fresh(postgres=given.postgres, durable=given.durable) as store:
        yield store.engine.url


def version_of(url: sa.URL) -> str:
    """Return which version of the database answers."""
    if url.get_backend_name() == "sqlite":
        return sqlite3.sqlite_version
    with sa.create_engine(url).connect() as connection:
        return str(connection.execute(sa.text("SHOW server_version")).scalar_one())


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--most", type=int, default=1_000_000, help="leave out larger populations")
    parser.add_argument("--least", type=int, default=0, help="leave out smaller ones")
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--url", default="")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--durable", action="store_true")
    given = parser.parse_args()
    with database(given) as url:
        engine, version = url.get_backend_name(), version_of(url)
        print(f"{engine} {version}: ours, the bare statement, and how many times as much")
        sizes = [size for size in SIZES[given.size] if given.least <= size <= given.most]
        for part in given.parts:
            for kind, line in PARTS[part](url, sizes):
                print(told(line), flush=True)
                if given.size == "full":
                    keep(engine, version, facts(engine, kind, line))


def keep(engine: str, version: str, found: dict[str, Any]) -> None:
    """Add one result to the file, so that a run that is cut short has not been for nothing."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(added(results, engine, version, [found]), indent=1) + "\n")


if __name__ == "__main__":
    main()
