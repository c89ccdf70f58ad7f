"""A host's own repository beside ours: what its driver raises comes up as the library's words too."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from tenantaccess.stores.sqlalchemy.wire import Wire

R = TypeVar("R")


class _Hosted:
    """Passes each call on as a write of the unit, which it may be, and translates what the driver raises."""

    def __init__(self, repository: object, wire: Wire, doing: str) -> None:
        self._repository = repository
        self._wire = wire
        self._doing = doing

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._repository, name)

        @functools.wraps(method)
        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the port says
            return self._wire.calling(self._doing, lambda _: method(*given, **named))

        return call


def hosted(repository: R, wire: Wire, doing: str) -> R:
    """Return *repository* with its driver's errors translated; a unit in which one was raised commits no more."""
    return cast("R", _Hosted(repository, wire, doing))
