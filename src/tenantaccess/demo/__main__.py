"""The command line of the demo: the portal, served on this machine; or the two stories, told in the terminal."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tenantaccess.demo.stage import PlotError
from tenantaccess.demo.story import play
from tenantaccess.demo.telling import JsonTeller, SilentTeller, Teller, TerminalTeller


def arguments() -> argparse.ArgumentParser:
    """Return what the command line understands."""
    parser = argparse.ArgumentParser(
        prog="python -m tenantaccess.demo",
        description="Serves the portal of three practices on 127.0.0.1, on a fresh SQLite database; or, with --story, "
        "plays two stories of three practices in the terminal, and tells what each call answered.",
    )
    parser.add_argument("--database", type=Path, metavar="PATH", help="keep the database here; must not exist yet")
    parser.add_argument("--port", type=int, metavar="NUMBER", help="serve the portal there; 0 is any that is free")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument("--story", action="store_true", help="play the stories instead")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="tell them to machines: one JSON object a line")
    how.add_argument("--quiet", action="store_true", help="tell nothing: the exit code says whether all went as told")
    return parser


def teller(given: argparse.Namespace) -> Teller:
    """Return who tells the story, and how."""
    if given.quiet:
        return SilentTeller()
    if given.json:
        return JsonTeller(sys.stdout)
    live = sys.stdout.isatty()
    return TerminalTeller(sys.stdout, colours=live and not os.environ.get("NO_COLOR"), live=live)


def told(playing: Callable[[], int], teller: Teller) -> int:
    """Let the story be played, tell how it ended, and return the exit code: 0 only if every call answered as told."""
    began = time.monotonic()
    try:
        calls = playing()
    except PlotError as error:
        teller.tell("broken", f"The story stops here: {error}.")
        return 1
    seconds = time.monotonic() - began
    teller.tell("end", f"{calls} calls, each of which answered as told, in {seconds:.0f} seconds.", calls=calls)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the portal until it is interrupted; or play both stories: 0 if every call answered as told, 1 if not."""
    parser = arguments()
    given = parser.parse_args(argv)
    if given.database is not None and given.database.exists():
        parser.error(f"{given.database} exists already; name a file that does not")
    if given.database is not None and not given.database.parent.is_dir():
        parser.error(f"there is no folder {given.database.parent}")
    if given.story:
        return _story(given)
    if given.json or given.quiet:
        parser.error("only stories are told: add --story")
    from tenantaccess.demo.host.serving import serve  # noqa: PLC0415  # the stories need no web framework

    return serve(given.database, given.port, opens_browser=not given.no_browser)


def _story(given: argparse.Namespace) -> int:
    try:
        with tempfile.TemporaryDirectory() as folder:
            database, telling = given.database or Path(folder, "demo.db"), teller(given)
            code = told(lambda: play(database, telling), telling)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough; nothing more is to be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    return code


if __name__ == "__main__":
    sys.exit(main())
