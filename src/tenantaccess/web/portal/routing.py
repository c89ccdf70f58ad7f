"""Which page answers which address."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from tenantaccess.web.portal.exchange import PageResponse

Handler = Callable[..., PageResponse]


@attrs.frozen
class Route:
    """
    One page.

    Args:
        method: ``GET`` or ``POST``.
        pattern: The path below the portal; ``{tenant}`` names a part that the page is given.
        handler: The page.
    """

    method: str
    pattern: str
    handler: Handler
    _shape: re.Pattern[str] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        shape = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.pattern))
        object.__setattr__(self, "_shape", re.compile(shape))

    def names(self, path: str) -> Mapping[str, str] | None:
        """Return the parts that *path* names; None if this is not the page for it."""
        found = self._shape.fullmatch(path.rstrip("/") or "/")
        return None if found is None else found.groupdict()


def matched(routes: Sequence[Route], method: str, path: str) -> tuple[Handler, Mapping[str, str]] | None:
    """Return the page for *path*, and the parts that it names; None if there is none for this method."""
    for route, names in _at(routes, path):
        if route.method == method:
            return route.handler, names
    return None


def methods(routes: Sequence[Route], path: str) -> list[str]:
    """Return the methods that *path* takes, by name; whatever is shown can be asked for without its body."""
    found = {route.method for route, _ in _at(routes, path)}
    return sorted(found | {"HEAD"} if "GET" in found else found)


def _at(routes: Sequence[Route], path: str) -> Iterator[tuple[Route, Mapping[str, str]]]:
    for route in routes:
        names = route.names(path)
        if names is not None:
            yield route, names
