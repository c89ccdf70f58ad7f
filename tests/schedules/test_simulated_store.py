"""The simulated store keeps the contract at both of its isolation levels."""

from typing import ClassVar

from tenantaccess.testing.contracts import Ability, Lack, StoreContract
from tenantaccess.testing.contracts.attempts import AttemptContract
from tenantaccess.testing.contracts.notices import NoticeContract
from tenantaccess.testing.contracts.races import RaceContract
from tenantaccess.testing.contracts.streams import StreamContract
from tenantaccess.testing.contracts.tokens import TokenContract
from tenantaccess.testing.contracts.units import UnitContract
from tenantaccess.testing.schedules import Isolation, SimulatedStore

ONE_BY_ONE = Lack(Ability.COPIES_WITHIN, "records are values of this process: each is copied by itself")
TOLD = Lack(Ability.WAITING_LOCKS, "in a snapshot, whoever waited for what then changed is told by a conflict")


class TestReadCommitted(StoreContract):
    lacks: ClassVar[frozenset[Lack]] = frozenset({ONE_BY_ONE})

    def make(self) -> SimulatedStore:
        return SimulatedStore(Isolation.READ_COMMITTED)


class TestSnapshot(AttemptContract, NoticeContract, RaceContract, StreamContract, TokenContract, UnitContract):
    """What has to do with others; the rest is the same code."""

    lacks: ClassVar[frozenset[Lack]] = frozenset({TOLD})

    def make(self) -> SimulatedStore:
        return SimulatedStore(Isolation.SNAPSHOT)
