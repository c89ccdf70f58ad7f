"""Telling hosts and adapters what has been committed."""

from collections.abc import Callable, Sequence

from tenantaccess.model.audit import Event
from tenantaccess.ports.storage import Store, TellsOfCommits

Hook = Callable[[Sequence[Event]], None]


def after_commit(store: Store, run: Callable[[], None]) -> None:
    """
    Call *run* once what *store* kept is committed: now, in a unit's own transaction.

    Inside a host's transaction it is called when the host commits, where the store learns of that (`TellsOfCommits`),
    else never.
    """
    if not store.is_hosted:
        run()
    elif isinstance(store, TellsOfCommits):
        store.after_commit(run)


def tell(store: Store, hooks: Sequence[Hook], events: Sequence[Event]) -> None:
    """Call each of *hooks* with *events*, if there are any, `after_commit`; what a hook raises undoes nothing."""

    def told() -> None:
        for hook in hooks:
            hook(events)

    if events:
        after_commit(store, told)
