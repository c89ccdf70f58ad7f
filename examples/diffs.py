"""
What two small applications changed to have this library: the difference of *before* and *after*, as one file each.

Run it after changing one of them: python examples/diffs.py
"""
# ruff: noqa: INP001, T201  # a script: it stands alone, and it prints

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
APPLICATIONS: Final = ("django_clinic", "flask_clinic")
KINDS: Final = {".html", ".ini", ".py"}


def difference(application: str) -> str:
    """Return what *application* changed, as ``git apply`` takes it."""
    before, after = HERE / application / "before", HERE / application / "after"
    names = sorted({*_names(before), *_names(after)})
    return "".join(line for name in names for line in _changed(name, before / name, after / name))


def _names(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix in KINDS and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix()


def _changed(name: str, before: Path, after: Path) -> Iterator[str]:
    old, new = (path.read_text(encoding="utf-8") if path.exists() else "" for path in (before, after))
    if old == new:
        return
    yield f"diff --git a/{name} b/{name}\n"
    if not before.exists():
        yield "new file mode 100644\n"
    if not after.exists():
        yield "deleted file mode 100644\n"
    names = ("a/" + name if before.exists() else "/dev/null", "b/" + name if after.exists() else "/dev/null")
    yield from difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), *names)


def main() -> None:
    """Write the differences."""
    for application in APPLICATIONS:
        (HERE / application / "adopting.diff").write_text(difference(application), encoding="utf-8")
        print(application)


if __name__ == "__main__":
    main()
