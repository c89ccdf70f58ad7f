"""What tests of the pages are given: a library in memory, and its portal."""

import pytest
from tests.web.rosters import Office

from tenantaccess import TenantAccess
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.portal import Portal, PortalSettings


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def access(clock: FrozenClock) -> TenantAccess:
    """A library with the catalog of the sources."""
    return TenantAccess(MemoryStore(), CATALOG, clock=clock, entropy=SeededEntropy(), hasher=QuickHasher())


@pytest.fixture
def portal(access: TenantAccess) -> Portal:
    """Its pages, of a host that calls a tenant a practice."""
    return Portal(access, PortalSettings("Clearwater Health", tenant="practice", tenants="practices"))


@pytest.fixture
def office(access: TenantAccess, portal: Portal) -> Office:
    """A tenant with an account manager who has entered."""
    return Office.open(access, portal)
