"""The project's own views: where a request is, who is let in, and what whoever is not gets to see."""

import asyncio
import json
from typing import Any
from unittest import mock

import pytest
from django.db import connections
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import include, path
from django.views import View
from tests.django.clinic import views
from tests.django.clinic.models import Claim
from tests.django.door import JSON, Site, said, serving, site, soup, text
from tests.web.raised import RAISED

from tenantaccess.errors import MisuseError, StoreError
from tenantaccess.ids import TenantId
from tenantaccess.services.members import Disable, Enable, Remove
from tenantaccess.services.principals import ReinstatePrincipal, SuspendPrincipal
from tenantaccess.services.tenants import AppointManager
from tenantaccess.testing.builders import OPERATOR
from tenantaccess.web.django import RequiresAccess, access_of, current_access
from tenantaccess.web.django.current import KEPT, PRINCIPAL_KEPT
from tenantaccess.web.django.middleware import AccessMiddleware


@pytest.fixture
def here(default_alias: str) -> Site:
    assert default_alias
    return site()


def in_both(here: Site) -> None:
    """Let maria manage the other practice, too."""
    here.access.execute(AppointManager(here.lakeside, here.maria), by=OPERATOR)


# --- where a request is ----------------------------------------------------------------------------------------------


def test_the_address_says_where(here: Site) -> None:
    jo = here.signed_in("jo")
    assert jo.get(f"/of/{here.riverside}/claims/").content.decode() == f"{here.riverside} True"
    assert KEPT not in jo.session, "what an address names is not what one has switched to"


def test_what_was_entered_last_is_where_an_address_names_nothing(here: Site) -> None:
    jo = here.entered("jo", here.riverside)
    assert jo.get("/here/").content.decode() == f"{here.riverside} True"


@pytest.mark.row("INV-14")
def test_where_nothing_says_where_one_is_asked_to_choose(here: Site) -> None:
    jo = here.signed_in("jo")
    answer = jo.get("/here/?x=1")
    assert (answer.status_code, answer["Location"]) == (303, "/access/?next=%2Fhere%2F%3Fx%3D1")
    assert jo.post("/here/").status_code == 404
    answer = jo.get("/here/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert jo.get("/here/?x=1", follow=True).content.decode() == f"{here.riverside} True", "there is but one"


@pytest.mark.row("INV-14", "INV-11", "F7")
def test_an_address_never_leads_into_a_foreign_tenant_nor_back_into_ones_own(here: Site) -> None:
    jo = here.entered("jo", here.riverside)
    absent = f"ten_{'0' * 32}"
    for tenant in (here.lakeside, absent, "riverside", "ten_"):
        answer = jo.get(f"/of/{tenant}/claims/")
        assert answer.status_code == 404
        assert "River" not in text(answer, "main")
        assert "Lake" not in text(answer)
    assert jo.get("/of/nowhere/claims/", headers=JSON).json()["code"] == "not_found"


@pytest.mark.row("A13", "INV-14")
def test_two_tabs_on_two_tenants_never_mix(here: Site) -> None:
    in_both(here)
    maria = here.entered("maria", here.riverside)
    for tenant in (here.lakeside, here.riverside, here.lakeside):
        assert maria.get(f"/of/{tenant}/claims/").content.decode().startswith(tenant)
    assert maria.get("/here/").content.decode().startswith(here.riverside)


def test_the_project_may_say_where(here: Site) -> None:
    def by_host(request: HttpRequest) -> str | None:
        return request.headers.get("X-Where")

    jo = here.signed_in("jo")
    with said(TENANT_OF=by_host):
        assert jo.get("/here/", headers={"X-Where": here.riverside}).status_code == 200
        assert jo.get("/here/", headers={"X-Where": here.lakeside}).status_code == 404
        assert jo.get("/here/", headers={"X-Where": "riverside"}).status_code == 404
        in_both(here)
        both = {"X-Where": here.lakeside}
        there = here.signed_in("maria").get(f"/of/{here.riverside}/claims/", headers=both)
        assert there.status_code == 404, "an address and a project that name two tenants name none"
        assert jo.get("/of/river/claims/", headers={"X-Where": here.riverside}).status_code == 200


@pytest.mark.row("INV-21", "A27")
def test_what_was_entered_before_access_ended_stays_shut_until_it_is_entered_anew(here: Site) -> None:
    jo = here.entered("jo", here.riverside)
    here.access.execute(Disable(here.riverside, here.jo), by=here.maria)
    assert jo.get("/here/").status_code == 403
    here.access.execute(Enable(here.riverside, here.jo), by=OPERATOR)
    for address in ("/here/", f"/of/{here.riverside}/claims/", "/here/"):
        answer = jo.get(address)
        assert (answer.status_code, answer["Location"][:19]) == (303, "/access/tenants?to=")
    assert jo.get("/here/", headers=JSON).status_code == 403
    assert jo.post("/access/switch", {"tenant": here.riverside}).status_code == 303
    assert jo.get("/here/").status_code == 200


@pytest.mark.row("INV-21", "A27")
@pytest.mark.parametrize("page", ["of", "access"])
def test_a_sign_in_from_before_a_suspension_stays_dead(here: Site, page: str) -> None:
    jo, claims = here.signed_in("jo"), f"/of/{here.riverside}/claims/"
    address = claims if page == "of" else "/access/tenants"
    assert jo.get(claims).status_code == 200
    here.access.execute(SuspendPrincipal(here.jo), by=OPERATOR)
    assert jo.get(claims).status_code in {302, 403}
    here.access.execute(ReinstatePrincipal(here.jo), by=OPERATOR)
    assert jo.get(address)["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in jo.session
    jo.force_login(here.user("jo"))
    assert jo.get(claims).status_code == 200


def test_whoever_signs_in_again_begins_anew(here: Site) -> None:
    jo = here.entered("jo", here.riverside)
    here.access.execute(SuspendPrincipal(here.jo), by=OPERATOR)
    here.access.execute(ReinstatePrincipal(here.jo), by=OPERATOR)
    jo.force_login(here.user("jo"))  # which keeps the session of whoever is signed in already
    assert KEPT not in jo.session
    assert jo.get(f"/of/{here.riverside}/claims/").status_code == 200


@pytest.mark.row("INV-05")
def test_each_request_is_judged_anew(here: Site) -> None:
    jo = here.signed_in("jo")
    assert jo.get(f"/of/{here.riverside}/claims/").status_code == 200
    here.access.execute(Remove(here.riverside, here.jo), by=here.maria)
    assert jo.get(f"/of/{here.riverside}/claims/").status_code == 404


def test_nothing_is_asked_until_it_is_used(here: Site, django_queries: Any) -> None:
    browser = here.entered("jo", here.riverside)
    with django_queries() as seen:
        assert browser.get("/asks-nothing/").status_code == 200
    assert seen == []


def test_a_guard_costs_one_query(here: Site, django_queries: Any) -> None:
    """Beside the session and the user, which the project asks for itself."""
    browser = here.signed_in("jo")
    browser.get(f"/of/{here.riverside}/claims/")
    with django_queries() as seen:
        assert browser.get(f"/of/{here.riverside}/claims/").status_code == 200
    assert len(seen) == 3, seen
    assert len([one for one in seen if "tenantaccess_" in one]) == 1


def test_whose_session_it_was_is_nobody_elses(here: Site) -> None:
    browser = here.signed_in("jo")
    browser.get(f"/of/{here.riverside}/claims/")
    session = browser.session
    assert session[PRINCIPAL_KEPT][1] == here.jo
    session[PRINCIPAL_KEPT] = [str(here.user("lena").pk), here.lena, 0]
    session.save()
    assert browser.get(f"/of/{here.lakeside}/claims/").status_code == 404
    assert browser.get(f"/of/{here.riverside}/claims/").status_code == 200
    browser.force_login(here.user("lena"))
    assert browser.get(f"/of/{here.riverside}/claims/").status_code == 404


def test_outside_of_a_request_nothing_is_current(here: Site) -> None:
    here.signed_in("jo").get(f"/of/{here.riverside}/claims/")
    with pytest.raises(StoreError):
        broken_view()
    assert current_access() is None


def broken_view() -> None:
    """A request that ends in an error that nobody answers."""

    def answer(_: HttpRequest) -> Any:
        assert current_access() is not None
        raise StoreError("answering")

    AccessMiddleware(answer)(RequestFactory().get("/"))


def test_before_the_address_is_known_a_request_is_nowhere(here: Site) -> None:
    seen: list[TenantId | None] = []

    browser = here.entered("jo", here.riverside)

    def answer(request: HttpRequest) -> Any:
        request.user, request.session = here.user("jo"), browser.session
        seen.append(access_of(request).tenant)
        return views.asks_nothing(request)

    AccessMiddleware(answer)(RequestFactory().get(f"/of/{here.lakeside}/claims/"))
    assert seen == [None]


def test_without_the_middleware_a_guard_says_so() -> None:
    request = RequestFactory().get("/")
    with pytest.raises(MisuseError, match="AccessMiddleware"):
        views.claims(request)


# --- who is let in ---------------------------------------------------------------------------------------------------


def test_a_stranger_is_asked_to_sign_in(here: Site) -> None:
    answer = Client().get(f"/of/{here.riverside}/claims/")
    assert answer["Location"] == f"/accounts/login/?next=/of/{here.riverside}/claims/"
    assert Client().post(f"/of/{here.riverside}/claims/")["Location"] == "/accounts/login/?next=/"
    answer = Client().get(f"/of/{here.riverside}/claims/", headers=JSON)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_user_who_is_no_principal_is_a_member_nowhere_and_stays_none(here: Site) -> None:
    pat = here.newcomer("pat")
    assert here.signed_in("pat").get(f"/of/{here.riverside}/claims/").status_code == 404
    assert not pat.tenantaccess_principals.exists()


def test_classes_of_views_are_guarded_and_see_their_tenant_alone(here: Site) -> None:
    jo, kim = here.signed_in("jo"), here.signed_in("kim")
    assert text(kim.get(f"/of/{here.riverside}/list/"), "li") == "of the river"
    ours, theirs = (Claim.objects.get(tenant_id=tenant).pk for tenant in (here.riverside, here.lakeside))
    assert jo.get(f"/of/{here.riverside}/list/{ours}/").status_code == 200
    assert jo.get(f"/of/{here.riverside}/list/{theirs}/").status_code == 404
    assert kim.get(f"/of/{here.riverside}/list/{ours}/").status_code == 403
    assert jo.get(f"/of/{here.riverside}/waiting/").status_code == 200
    assert kim.get(f"/of/{here.riverside}/waiting/").status_code == 403
    assert Client().options(f"/of/{here.riverside}/list/").status_code == 200


def test_a_class_that_says_nothing_is_open_to_nobody() -> None:
    class Forgotten(RequiresAccess, View):
        pass

    with pytest.raises(MisuseError, match="access_resource"):
        Forgotten.as_view()(RequestFactory().get("/"))


def test_a_word_that_is_not_declared_is_the_projects_to_mend(here: Site) -> None:
    with pytest.raises(MisuseError, match="did you mean `claims`"):
        here.signed_in("jo").get(f"/of/{here.riverside}/misspelt/")


@pytest.mark.row("INV-04")
def test_a_list_across_tenants_holds_what_is_open(here: Site) -> None:
    in_both(here)
    assert here.signed_in("maria").get("/everywhere/").content == b"of the lake, of the river"
    assert here.signed_in("lena").get("/everywhere/").content == b"of the lake"
    assert Client().get("/everywhere/").content == b""


# --- what is refused -------------------------------------------------------------------------------------------------


def test_a_refusal_is_a_page_for_people_and_a_problem_for_programs(here: Site) -> None:
    kim = here.signed_in("kim")
    address = f"/of/{here.riverside}/disable/{here.jo}/"
    page = kim.get(address)
    assert (page.status_code, text(page, "h1")) == (403, "Not allowed")
    assert "maria" in text(page, "main"), "who can help"
    assert page["Vary"].startswith("Accept") or "Accept" in page["Vary"]
    answer = kim.get(address, headers=JSON)
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not allowed",
        "status": 403,
        "detail": "You cannot do this here. An account manager can tell you why.",
        "code": "denied",
    }


@pytest.mark.row("INV-18")
def test_a_rule_stands_in_the_projects_own_views(here: Site) -> None:
    maria = here.signed_in("maria")
    answer = maria.get(f"/of/{here.riverside}/disable/{here.maria}/", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_refused"), "nobody does this to themselves"
    assert here.access.check(here.riverside, here.maria, "claims", "submit")


@pytest.mark.parametrize("what", RAISED)
def test_what_a_view_raises_is_a_page_for_people_and_a_problem_for_programs(here: Site, what: str) -> None:
    wanted = RAISED[what]

    def raising(_: HttpRequest) -> Any:
        raise wanted.error

    with serving(path("raising/", raising)):
        jo = here.signed_in("jo")
        page, problem = jo.post("/raising/"), jo.post("/raising/", headers=JSON)
    assert page.status_code == problem.status_code == wanted.status
    assert page.headers.get("Retry-After") == problem.headers.get("Retry-After") == wanted.retry_after
    assert page["Content-Type"].startswith("text/html")
    assert text(page, "h1") == wanted.title
    assert problem["Content-Type"] == "application/problem+json"
    told = [problem.json()[name] for name in ("status", "code", "title")]
    assert told == [wanted.status, wanted.code, wanted.title]
    assert "Accept" in page["Vary"]
    assert "Accept" in problem["Vary"]


def test_who_is_denied_reads_what_they_lack(here: Site) -> None:
    page = here.signed_in("kim").get(f"/of/{here.riverside}/list/1/")
    assert page.status_code == 403
    assert "You have no access, or too little, to: Claims" in text(page, "main")


def test_an_outage_is_one_and_no_refusal(here: Site) -> None:
    for browser in (here.signed_in("jo"), Client()):
        answer = browser.get("/broken/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert text(answer, "h1") == "Out of order for a moment"
    with mock.patch.object(type(here.access.contexts), "enter", side_effect=StoreError("entering")):
        jo = here.signed_in("jo")
        assert jo.get(f"/of/{here.riverside}/claims/").status_code == 503
        assert jo.get(f"/of/{here.riverside}/told/").status_code == 503, "a template asks, too"


def test_without_the_portal_answers_are_plain(here: Site) -> None:
    class Bare:
        urlpatterns = (
            path("of/<tenant>/claims/", views.claims),
            path("accounts/", include("django.contrib.auth.urls")),
        )

    with override_settings(ROOT_URLCONF=Bare):
        jo = here.signed_in("jo")
        answer = jo.get(f"/of/{here.lakeside}/claims/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")


def test_a_refused_request_that_is_a_transaction_keeps_nothing(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", value=True)

    def doing(request: HttpRequest) -> Any:
        Claim.objects.create(tenant_id=here.riverside, title="never")
        access_of(request).require("claims", "view")

    with serving(path("do/", doing)):
        assert here.signed_in("jo").get("/do/").status_code == 303
    assert not Claim.objects.filter(title="never").exists()


# --- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.row("D2")
def test_templates_know_what_is_allowed_here(here: Site) -> None:
    for name, expected in (("jo", "yes"), ("kim", "no")):
        answer = here.signed_in(name).get(f"/of/{here.riverside}/told/")
        assert [text(answer, f"#{part}") for part in ("perms", "tag")] == [expected, expected]
        assert text(answer, "#module") == "yes"
    elsewhere = here.signed_in("jo").get(f"/of/{here.lakeside}/told/")
    assert [text(elsewhere, f"#{part}") for part in ("perms", "module", "tag")] == ["no"] * 3
    assert [text(Client().get("/told/"), f"#{part}") for part in ("perms", "module", "tag")] == ["no"] * 3


def test_the_switcher_leads_back_to_the_same_page_of_the_other_tenant(here: Site) -> None:
    in_both(here)
    maria = here.entered("maria", here.riverside)
    answer = maria.get(f"/of/{here.riverside}/told/?page=2")
    assert "Riverside Clinic" in text(answer, ".switcher")
    assert b'value="/of/{tenant}/told/?page=2"' in answer.content
    sent = {"tenant": here.lakeside, "next": "/of/{tenant}/told/?page=2"}
    assert maria.post("/access/switch", sent)["Location"] == f"/of/{here.lakeside}/told/?page=2"
    assert b"switcher" not in Client().get("/told/").content


def test_the_switcher_shows_the_tenant_that_the_page_is_about(here: Site) -> None:
    in_both(here)
    maria = here.entered("maria", here.riverside)
    assert text(maria.get(f"/of/{here.lakeside}/told/"), ".switcher option[selected]") == "Lakeside Practice"
    assert text(maria.get("/told/"), ".switcher option[selected]") == "Riverside Clinic"


def test_the_projects_own_menu_stands_on_every_page_of_the_portal(here: Site) -> None:
    links = [("Eligibility", "/eligibility/"), ("Help", "https://help.example/")]
    with said(PORTAL={"links": links}):
        for browser, address in ((here.signed_in("jo"), "/access/tenants"), (Client(), "/access/request-access")):
            found = soup(browser.get(address)).select("header.top nav.links a")
            assert [(link.get_text(), link["href"]) for link in found] == links


# --- asynchronous ----------------------------------------------------------------------------------------------------


@pytest.mark.row("D4", "A13", "INV-14")
def test_interleaved_requests_never_see_each_others_tenant(here: Site) -> None:
    """Jo, lena and a stranger, at once and in turns."""
    jo, lena = AsyncClient(), AsyncClient()
    jo.force_login(here.user("jo"))
    lena.force_login(here.user("lena"))

    async def all_at_once() -> list[Any]:
        asked = [
            browser.get(f"/of/{tenant}/later/", headers=JSON)
            for _ in range(6)
            for browser, tenant in ((jo, here.riverside), (lena, here.lakeside), (jo, here.lakeside))
        ]
        return list(await asyncio.gather(*asked, AsyncClient().get(f"/of/{here.riverside}/later/", headers=JSON)))

    *answers, stranger = asyncio.run(all_at_once())
    for place, answer in enumerate(answers):
        tenant = (here.riverside, here.lakeside, None)[place % 3]
        assert answer.status_code == (200 if tenant else 404)
        if tenant:
            assert json.loads(answer.content) == {"seen": [tenant] * 6, "may": True}
    assert stranger.status_code == 401
    assert current_access() is None


@pytest.mark.row("D4")
def test_pages_and_guards_are_the_same_from_asynchronous_servers(here: Site) -> None:
    browser = AsyncClient()
    browser.force_login(here.user("jo"))

    async def ask() -> list[int]:
        addresses = ("/access/tenants", f"/of/{here.riverside}/claims/", f"/of/{here.lakeside}/claims/", "/here/")
        return [(await browser.get(address)).status_code for address in addresses]

    assert asyncio.run(ask()) == [200, 200, 404, 303]
