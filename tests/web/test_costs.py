"""What pages of one's own cost: as many questions for many rows as for a few."""

from collections.abc import Iterator

import pytest
from tests.services.statements import statements
from tests.web.site import ROOT, Visitor, portal_of

from tenantaccess import PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import AppointManager
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy


@pytest.fixture
def access() -> Iterator[TenantAccess]:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    yield TenantAccess(store, CATALOG, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    store.dispose()


def more(access: TenantAccess, jo: PrincipalId, lee: PrincipalId, count: int) -> list[TenantId]:
    """That many more tenants in which *jo* manages, all but the first joined by *lee*, and others through *jo*."""
    made = [given(access).tenant(f"Practice {number}") for number in range(count)]
    for tenant in made:
        access.execute(AppointManager(tenant, jo), by=OPERATOR)
        given(access).linked(tenant, jo, by=lee)
        given(access).linked(tenant, jo)
    return made


@pytest.mark.parametrize(("path", "most"), [("/links", 9), ("/account", 10), ("/copy", 9), ("/join", 5)])
def test_many_rows_cost_as_many_questions_as_one(path: str, most: int, access: TenantAccess) -> None:
    jo, lee = given(access).pending(username="jo"), given(access).pending(username="lee")
    visitor = Visitor(portal_of(access), lee)
    sent = []
    for count in (1, 6):
        more(access, jo, lee, count)
        with statements(access) as asked:
            assert visitor.get(f"{ROOT}{path}").status == 200
        sent.append(len(asked))
    assert sent == [sent[0]] * 2
    assert sent[0] <= most


def test_an_offer_of_many_costs_as_many_questions_as_of_one(access: TenantAccess) -> None:
    jo, lee = given(access).pending(username="jo"), given(access).pending(username="lee")
    visitor = Visitor(portal_of(access), given(access).pending())
    sent = []
    for count in (1, 6):
        more(access, jo, lee, count)
        page = visitor.get(f"{ROOT}/join")
        with statements(access) as asked:
            found = visitor.submit(page, "Find Account", username="jo", password=PASSWORD)
        sent.append(len(asked))
        assert len(found.soup.select("input[name=tenant]")) == (1 if len(sent) == 1 else 7)
    assert sent == [sent[0]] * 2
