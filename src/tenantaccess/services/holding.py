"""Holding what was relied on where no command writes: what others move meanwhile is read again."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from tenantaccess.errors import ConflictError
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Unit

T = TypeVar("T")

TRIES: Final = 10


def hold(unit: Unit, heads: Iterable[Head]) -> None:
    """
    Keep streams where they were read, until the unit is committed; in order of id, so that none waits for the other.

    Raises:
        ConflictError: somebody has moved one of them.
    """
    for head in sorted(heads, key=lambda one: one.stream):
        if not unit.streams.advance(head, head):
            raise ConflictError("what was read", retryable=True)


def has_moved(unit: Unit, heads: Iterable[Head]) -> bool:
    """Tell whether somebody has moved one of the streams since it was read."""
    return any(unit.streams.head(head.stream) != head for head in heads)


def again_on_conflict(run: Callable[[], T], tries: int = TRIES) -> T:
    """
    Return what *run* answers, running it again while others are first, *tries* times at most.

    Raises:
        ConflictError: others always were.
    """
    for _ in range(tries - 1):
        try:
            return run()
        except ConflictError as conflict:
            if not conflict.retryable:
                raise
    return run()
