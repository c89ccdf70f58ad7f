"""
Fixtures for a host's tests: ``pytest_plugins = ["tenantaccess.testing.plugin"]`` in its topmost conftest.

Override `catalog`, `policy` or `store` with fixtures of the same names, and `access` is made of yours.
"""

import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy


@pytest.fixture
def catalog() -> Catalog:
    """Words to test with: an example's, until a host gives its own."""
    return CLINICS


@pytest.fixture
def policy() -> Policy:
    """Periods and choices: the defaults."""
    return Policy()


@pytest.fixture
def store() -> Store:
    """An empty store in memory."""
    return MemoryStore()


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands still until a test moves it."""
    return FrozenClock()


@pytest.fixture
def mailer() -> RecordingMailer:
    """A mailer that keeps what it is given: ``access.notices.deliver(mailer)``, then look."""
    return RecordingMailer()


@pytest.fixture
def access(store: Store, catalog: Catalog, policy: Policy, clock: FrozenClock) -> TenantAccess:
    """The whole library on `store`, with nothing left to chance."""
    return TenantAccess(store, catalog, policy, clock, SeededEntropy(), QuickHasher())
