"""A page costs the same number of statements whether it shows five people or fifty, and no tenants or thirty."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
import sqlalchemy as sa
from tests.web.site import ROOT, Visitor

from tenantaccess import VIEW, TenantAccess
from tenantaccess.commands import AppointManager
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, Given, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.portal import Portal, PortalSettings
from tenantaccess.web.portal.layout import MOST_IN_SELECT

PAGES: Final = {
    "/tenants": 4,
    "/t/{tenant}": 9,
    "/t/{tenant}/users": 11,
    "/t/{tenant}/privileges": 9,
    "/t/{tenant}/roles": 7,
    "/t/{tenant}/roles/biller": 16,
    "/t/{tenant}/settings": 7,
    "/t/{tenant}/audit": 8,
    "/t/{tenant}/audit/log": 7,
    "/t/{tenant}/audit/who-could?resource=claims&level=view&on=2026-01-01": 9,
    "/join": 4,
    "/links": 7,
    "/copy": 8,
    "/account": 8,
}
"""How many statements each page may take at most, the list of tenants at its top included."""

OPERATED: Final = {
    "/operator": 1,
    "/operator/open": 0,
    "/operator/unmanaged": 3,
    "/operator/people": 0,
    "/operator/people?username=maria": 4,
    "/operator/t/{tenant}": 4,
}
"""The same for the pages of whoever runs the service."""

ABOVE: Final = 2
"""So many more where the list at the top is none to choose from, and the tenant that one is in is read apart."""


def statements(store: SQLAlchemyStore, visitor: Visitor, path: str) -> int:
    sent: list[str] = []

    def note(*told: object) -> None:
        sent.append(str(told[2]))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    assert visitor.get(path).status == 200
    sa.event.remove(store.engine, "before_cursor_execute", note)
    return sum(one.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")) for one in sent)


@pytest.fixture(scope="module")
def access() -> Iterator[TenantAccess]:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    yield TenantAccess(store, CATALOG, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    store.dispose()


def counted_by(access: TenantAccess, visitor: Visitor, urls: Mapping[str, str]) -> dict[str, int]:
    store = access.store
    assert isinstance(store, SQLAlchemyStore)
    for url in urls.values():
        visitor.get(f"{ROOT}{url}")  # what is kept from then on is kept
    return {path: statements(store, visitor, f"{ROOT}{url}") for path, url in urls.items()}


@pytest.fixture(scope="module")
def counted(access: TenantAccess) -> list[dict[str, int]]:
    """How many statements each page takes with five people and with fifty."""
    arranged = given(access)
    tenant = arranged.tenant(tin="012345678")
    maria = Visitor(Portal(access, PortalSettings()), arranged.manager(tenant, "maria"))
    maria.enter(tenant)
    found = []
    for more in (4, 45):
        for number in range(more):
            if number % 5:
                arranged.member(tenant, levels={"claims": VIEW}, role="biller" if number % 2 else None)
            else:
                arranged.pending(tenant)
        found.append(counted_by(access, maria, {path: path.format(tenant=tenant) for path in PAGES}))
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_a_fixed_number_of_statements(counted: list[dict[str, int]], path: str) -> None:
    few, many = (one[path] for one in counted)
    assert few == many
    assert many <= PAGES[path]


def unmanaged(arranged: Given, count: int) -> None:
    """Make so many tenants that nobody manages, somebody waiting in each."""
    for _ in range(count):
        arranged.pending(arranged.tenant())


@pytest.fixture(scope="module")
def operated(access: TenantAccess) -> list[dict[str, int]]:
    """How many statements each page of the operator takes with no other tenants, with 16 and with 46."""
    arranged = given(access)
    tenant = arranged.tenant(tin="112345678")
    arranged.manager(tenant, "nora")
    staff = Visitor(Portal(access, PortalSettings()), operator=OPERATOR, name="staff")
    found = []
    for more in (0, 16, 30):
        unmanaged(arranged, more)
        found.append(counted_by(access, staff, {path: path.format(tenant=tenant) for path in OPERATED}))
    assert len(staff.get(f"{ROOT}/operator/unmanaged").rows()) == 46
    return found


@pytest.mark.row("AM-40")
@pytest.mark.parametrize("path", OPERATED)
def test_a_page_of_the_operator_takes_a_fixed_number_of_statements(operated: list[dict[str, int]], path: str) -> None:
    few, more, many = (one[path] for one in operated)
    assert (few, more) == (many, many)
    assert many <= OPERATED[path]


@pytest.fixture(scope="module")
def everywhere(access: TenantAccess) -> list[dict[str, int]]:
    """How many statements each page takes for whoever is in one tenant, in 15, in 16 and in 31."""
    arranged = given(access)
    tenant = arranged.tenant("Zed", tin="212345678")  # by name the last, so that it is not among those listed first
    olga = arranged.manager(tenant, "olga")
    visitor = Visitor(Portal(access, PortalSettings()), olga)
    visitor.enter(tenant)
    found = []
    for more in (0, MOST_IN_SELECT - 1, 1, 15):
        for _ in range(more):
            access.execute(AppointManager(arranged.tenant(), olga), by=OPERATOR)
        found.append(counted_by(access, visitor, {path: path.format(tenant=tenant) for path in PAGES}))
    return found


@pytest.mark.row("MU-11")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_two_more_above_as_many_tenants_as_can_be_chosen_from(
    everywhere: list[dict[str, int]], path: str
) -> None:
    one, most, above, many = (found[path] for found in everywhere)
    assert (one, above) == (most, many)
    assert many == most + ABOVE
    assert most <= PAGES[path]
