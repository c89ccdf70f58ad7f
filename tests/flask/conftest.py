"""What tests of the door to Flask are given: a library in memory, and an application with views of its own."""

import pytest
from flask import Flask
from tests.flask.hosts import application

from tenantaccess import TenantAccess
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.flask import TenantAccessFlask


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def access(clock: FrozenClock) -> TenantAccess:
    return TenantAccess(MemoryStore(), CATALOG, clock=clock, entropy=SeededEntropy(), hasher=QuickHasher())


@pytest.fixture
def app(access: TenantAccess) -> Flask:
    """An application with the portal, in which people sign in on the portal's own page."""
    made = application()
    TenantAccessFlask(made, access)
    return made
