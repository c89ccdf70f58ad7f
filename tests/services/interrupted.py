"""A store in which somebody else acts between what a command reads and what it writes."""

from collections.abc import Callable, Collection

from tenantaccess.errors import StoreError
from tenantaccess.ports.storage import Store
from tenantaccess.testing.faults import FaultKind, FaultyStore


class InterruptedStore(FaultyStore):
    """Runs *meanwhile* once, just before the first call of *at*."""

    def __init__(self, inner: Store, at: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(inner)
        self._at = at
        self._meanwhile: Callable[[], object] | None = meanwhile

    def _enter(self, name: str) -> Collection[FaultKind]:
        due = super()._enter(name)
        if name == self._at and self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return due


def fail() -> None:
    """What happens meanwhile is that the store fails."""
    raise StoreError("doing what it was asked")
