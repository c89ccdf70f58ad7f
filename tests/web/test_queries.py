"""A page costs the same number of statements whether it shows five people or fifty."""

from collections.abc import Iterator
from typing import Final

import pytest
import sqlalchemy as sa
from tests.web.site import ROOT, Visitor

from tenantaccess import VIEW, TenantAccess
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.portal import Portal, PortalSettings

PAGES: Final = {
    "/tenants": 4,
    "/t/{tenant}": 9,
    "/t/{tenant}/users": 11,
    "/t/{tenant}/privileges": 9,
    "/t/{tenant}/roles": 7,
    "/t/{tenant}/audit": 8,
    "/join": 4,
    "/links": 7,
    "/copy": 8,
    "/account": 8,
}
"""How many statements each page may take at most, the list of tenants at its top included."""


def statements(store: SQLAlchemyStore, visitor: Visitor, path: str) -> int:
    sent: list[str] = []

    def note(*told: object) -> None:
        sent.append(str(told[2]))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    assert visitor.get(path).status == 200
    sa.event.remove(store.engine, "before_cursor_execute", note)
    return sum(one.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")) for one in sent)


@pytest.fixture(scope="module")
def counted() -> Iterator[dict[str, list[int]]]:
    """How many statements each page takes with five people and with fifty."""
    found: dict[str, list[int]] = {path: [] for path in PAGES}
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    access = TenantAccess(store, CATALOG, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    arranged = given(access)
    tenant = arranged.tenant(tin="012345678")
    maria = Visitor(Portal(access, PortalSettings()), arranged.manager(tenant, "maria"))
    maria.enter(tenant)
    for more in (4, 45):
        for number in range(more):
            if number % 5:
                arranged.member(tenant, levels={"claims": VIEW}, role="biller" if number % 2 else None)
            else:
                arranged.pending(tenant)
        for path in PAGES:
            url = f"{ROOT}{path.format(tenant=tenant)}"
            maria.get(url)  # what is kept from then on is kept
            found[path].append(statements(store, maria, url))
    yield found
    store.dispose()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_a_fixed_number_of_statements(counted: dict[str, list[int]], path: str) -> None:
    few, many = counted[path]
    assert few == many
    assert many <= PAGES[path]
