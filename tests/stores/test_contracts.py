"""The memory store keeps the whole contract; the other stores' tests run it on theirs."""

from typing import ClassVar

from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.contracts import Ability, Lack, StoreContract


class TestMemoryStore(StoreContract):
    lacks: ClassVar[frozenset[Lack]] = frozenset(
        {
            Lack(Ability.COPIES_WITHIN, "records are values of this process: each is copied by itself"),
            Lack(Ability.WAITING_LOCKS, "units never wait for each other: the second to commit tries again"),
        }
    )

    def make(self) -> MemoryStore:
        return MemoryStore()
