"""Telling hosts and adapters what has been committed."""

from collections.abc import Callable, Sequence

from tenantaccess.model.audit import Event
from tenantaccess.ports.storage import Store, TellsOfCommits

Hook = Callable[[Sequence[Event]], None]


def tell(store: Store, hooks: Sequence[Hook], events: Sequence[Event]) -> None:
    """
    Call each of *hooks* with *events*, if there are any, once they are committed.

    In a unit's own transaction that is now; what a hook raises then reaches the caller, but undoes nothing. Inside a
    host's transaction it is when the host commits, where the store learns of that (`TellsOfCommits`), else never.
    """

    def told() -> None:
        for hook in hooks:
            hook(events)

    if not events:
        return
    if isinstance(store, TellsOfCommits):
        store.after_commit(told)
    elif not store.is_hosted:
        told()
