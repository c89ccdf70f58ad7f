"""What a difference is, and where it lies."""

from typing import Any


class DivergenceError(AssertionError):
    """The two disagree; carries all it takes to see where."""


def same(where: str, what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise DivergenceError(
            f"{where}\n{what}: library {found}\n{what}: oracle  {wanted}\n{difference(found, wanted)}"
        )


def difference(found: Any, wanted: Any, path: str = "") -> str:
    """Point at the first place where two plain structures part."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted({*found, *wanted}, key=str):
            if found.get(key, "absent") != wanted.get(key, "absent"):
                return difference(found.get(key, "absent"), wanted.get(key, "absent"), f"{path}/{key}")
    return f"at {path or '/'}: library {found!r}, oracle {wanted!r}"
