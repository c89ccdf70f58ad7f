"""The list of tenants on the host's own pages: as the portal has it, and mute for whoever is not signed in."""

import re
from collections.abc import Iterator

import attrs
import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from flask_wtf import CSRFProtect
from tests.flask.hosts import Person, application, token_of
from tests.services.statements import statements

from tenantaccess import MisuseError, TenantAccess, TenantId
from tenantaccess.commands import AppointManager, SignOutEverywhere
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.flask import TenantAccessFlask, requires

PAGE = "<title>ours</title>{{ tenantaccess_switcher() }}"


def hosting(access: TenantAccess, **config: object) -> Flask:
    """Return an application that draws the list at the top of pages of its own."""
    app = application(**config)
    TenantAccessFlask(app, access)
    app.add_url_rule("/of/<tenant_id>/told", "told", lambda tenant_id: render_template_string(PAGE, it=tenant_id))
    app.add_url_rule("/wherever", "wherever", lambda: render_template_string(PAGE))
    app.add_url_rule("/guarded", "guarded", requires("claims", "view")(lambda: render_template_string(PAGE)))
    return app


@attrs.frozen
class Site:
    """
    Two practices, and maria, who manages both.

    Args:
        access: The library.
        riverside: The one.
        lakeside: The other.
    """

    access: TenantAccess
    riverside: TenantId
    lakeside: TenantId


@pytest.fixture
def here(access: TenantAccess) -> Site:
    return site(access)


def site(access: TenantAccess) -> Site:
    made = Site(access, given(access).tenant("Riverside Clinic"), given(access).tenant("Lakeside Practice"))
    maria = given(access).manager(made.riverside, "maria")
    access.execute(AppointManager(made.lakeside, maria), by=OPERATOR)
    return made


def maria_at(app: Flask, tenant: TenantId) -> Person:
    made = Person(app.test_client())
    made.sign_in("maria")
    made.enter(tenant)
    return made


def chosen(page: str) -> str:
    """Return what the list on *page* says that one is at."""
    found = BeautifulSoup(page, "html.parser").select_one(".switcher option[selected]")
    assert found is not None, page
    return found.get_text()


def test_the_switcher_leads_back_to_the_same_page_of_the_other_tenant(here: Site) -> None:
    maria = maria_at(hosting(here.access), here.riverside)
    page = f"/of/{here.riverside}/told?page=2"
    shown = maria.client.get(page).text
    assert chosen(shown) == "Riverside Clinic"
    assert 'action="/access/switch"' in shown
    (back,) = re.findall(r'name="next" value="([^"]+)"', shown)
    assert back == "/of/{tenant}/told?page=2"
    there = maria.send(page, "/access/switch", tenant=here.lakeside, next=back).location
    assert there == f"/of/{here.lakeside}/told?page=2"
    assert chosen(maria.client.get(there).text) == "Lakeside Practice"


def test_it_shows_the_tenant_that_the_page_is_about_whichever_was_entered_last(here: Site) -> None:
    maria = maria_at(hosting(here.access), here.riverside)
    assert chosen(maria.client.get(f"/of/{here.lakeside}/told").text) == "Lakeside Practice"
    shown = maria.client.get("/wherever").text
    assert chosen(shown) == "Riverside Clinic"
    assert 'name="next" value="/wherever"' in shown


def test_it_is_mute_for_whoever_is_not_signed_in_or_not_any_more(here: Site) -> None:
    app = hosting(here.access)
    stranger = app.test_client()
    assert stranger.get("/wherever").text == "<title>ours</title>"
    assert "Set-Cookie" not in stranger.get("/wherever").headers
    maria = maria_at(app, here.riverside)
    assert "switcher" in maria.client.get("/wherever").text
    here.access.execute(SignOutEverywhere(), by=here.access.authenticate("maria", PASSWORD))
    for path in ("/wherever", f"/of/{here.riverside}/told"):
        assert maria.client.get(path).text == "<title>ours</title>"


def test_its_form_carries_the_token_of_the_host(here: Site) -> None:
    app = hosting(here.access)
    CSRFProtect(app)
    maria = maria_at(app, here.riverside)
    shown = maria.client.get("/wherever")
    sent = {"tenant": here.lakeside, "next": "/wherever"}
    assert maria.client.post("/access/switch", data=sent).status_code == 400
    assert maria.client.post("/access/switch", data={**sent, "csrf_token": token_of(shown)}).location == "/wherever"
    assert chosen(maria.client.get("/wherever").text) == "Lakeside Practice"


def test_what_the_next_page_is_to_say_is_left_for_the_portal(here: Site) -> None:
    maria = maria_at(hosting(here.access), here.riverside)
    with maria.client.session_transaction() as session:
        session["tenantaccess.kept"] = {**session["tenantaccess.kept"], "messages": [["done", "Saved for later."]]}
    maria.client.get("/wherever")
    assert "Saved for later." in maria.client.get("/access/tenants").text


def test_without_the_portal_it_says_what_is_missing(access: TenantAccess) -> None:
    app = hosting(access, TENANTACCESS_REGISTER_PORTAL=False)
    with pytest.raises(MisuseError, match="TENANTACCESS_REGISTER_PORTAL"):
        app.test_client().get("/wherever")


class TestWhatItCosts:
    @pytest.fixture
    def at(self) -> Iterator[Site]:
        store = SQLAlchemyStore("sqlite://")
        store.create_all()
        yield site(TenantAccess(store, CATALOG, hasher=QuickHasher()))
        store.dispose()

    @pytest.mark.parametrize(("path", "most"), [("/claims", 1), ("/guarded", 2), ("/wherever", 2)])
    def test_a_page_that_does_not_draw_it_pays_nothing_and_one_that_does_one_query_more(
        self, at: Site, path: str, most: int
    ) -> None:
        maria = maria_at(hosting(at.access), at.riverside)
        with statements(at.access) as seen:
            assert maria.client.get(path).status_code == 200
        assert len(seen) == most, seen


def test_whoever_has_entered_nothing_is_asked_to_choose(here: Site) -> None:
    maria = Person(hosting(here.access).test_client())
    maria.sign_in("maria")
    shown = maria.client.get("/wherever").text
    assert '<option value="">Choose' in shown
    assert "selected" not in shown
