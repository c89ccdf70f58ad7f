"""The command line of the demo."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tenantaccess.demo.story import play
from tenantaccess.demo.telling import JsonTeller, SilentTeller, Teller, TerminalTeller


def arguments() -> argparse.ArgumentParser:
    """Return what the command line understands."""
    parser = argparse.ArgumentParser(
        prog="python -m tenantaccess.demo",
        description="Plays a story of three practices on a fresh SQLite database and tells what each call answered.",
    )
    parser.add_argument("--database", type=Path, metavar="PATH", help="keep the database here; must not exist yet")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="tell it to machines: one JSON object a line")
    how.add_argument("--quiet", action="store_true", help="tell nothing: the exit code says whether all went as told")
    return parser


def teller(given: argparse.Namespace) -> Teller:
    """Return who tells the story, and how."""
    if given.quiet:
        return SilentTeller()
    if given.json:
        return JsonTeller(sys.stdout)
    return TerminalTeller(sys.stdout, colours=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def main(argv: Sequence[str] | None = None) -> int:
    """Play the story; 0 if every call answered as told."""
    parser = arguments()
    given = parser.parse_args(argv)
    if given.database is not None and given.database.exists():
        parser.error(f"{given.database} exists already; name a file that does not")
    if given.database is not None and not given.database.parent.is_dir():
        parser.error(f"there is no folder {given.database.parent}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            play(given.database or Path(folder, "demo.db"), teller(given))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough; nothing more is to be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
