"""What is told after a commit, by stores that learn of a host's commits and by those that do not."""

from collections.abc import Callable

import attrs

from tenantaccess.services.hooks import after_commit
from tenantaccess.stores.memory import MemoryStore


@attrs.define
class Hosted:
    """A store whose units are part of a host's transaction, and which does not learn how that ends."""

    is_hosted: bool = True


@attrs.define
class Telling(Hosted):
    """One that does."""

    waiting: list[Callable[[], None]] = attrs.field(factory=list)

    def after_commit(self, run: Callable[[], None]) -> None:
        self.waiting.append(run)


def test_in_a_transaction_of_its_own_it_is_told_at_once() -> None:
    told: list[str] = []
    after_commit(MemoryStore(), lambda: told.append("committed"))
    assert told == ["committed"]


def test_in_a_hosts_transaction_it_is_told_when_the_host_commits() -> None:
    store, told = Telling(), list[str]()
    after_commit(store, lambda: told.append("committed"))  # type: ignore[arg-type]  # all of a store that is asked here
    assert told == []
    for run in store.waiting:
        run()
    assert told == ["committed"]


def test_where_nobody_learns_of_the_commit_nothing_is_told() -> None:
    told: list[str] = []
    after_commit(Hosted(), lambda: told.append("committed"))  # type: ignore[arg-type]  # as above
    assert told == []
