"""Sessions of a Django project that began before something ended them: nothing of the door goes on for them."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from tests.django.door import Site, serving, site

from tenantaccess.services.contexts import Contexts
from tenantaccess.services.passwords import ChangePassword
from tenantaccess.services.principals import ReinstatePrincipal, SuspendPrincipal
from tenantaccess.testing.builders import OPERATOR, PASSWORD

OTHER = "another quick brown password"


@pytest.fixture
def here(default_alias: str) -> Site:
    assert default_alias
    return site()


def holds(request: HttpRequest, there: str) -> HttpResponse:
    user: Any = request.user
    return HttpResponse(str(user.has_perm("tenantaccess.submit_claims", there)))


def suspended_and_back(here: Site) -> None:
    here.access.execute(SuspendPrincipal(here.jo), by=OPERATOR)
    here.access.execute(ReinstatePrincipal(here.jo), by=OPERATOR)


@pytest.mark.row("INV-21", "A27")
def test_a_session_from_before_a_suspension_reaches_no_rows(here: Site) -> None:
    browser = here.entered("jo", here.riverside)
    assert browser.get("/everywhere/").content == b"of the river"
    suspended_and_back(here)
    answer = browser.get("/everywhere/")
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.row("INV-21", "A27")
def test_a_session_from_before_a_suspension_holds_no_permission_of_another_tenant(here: Site) -> None:
    browser = here.signed_in("jo")
    with serving(path("holds/<there>/", holds)):
        assert browser.get(f"/holds/{here.riverside}/").content == b"True"
        suspended_and_back(here)
        assert browser.get(f"/holds/{here.riverside}/").content == b"False"


@pytest.mark.row("INV-21", "A27")
def test_a_page_of_the_projects_lists_no_tenants_for_a_session_that_has_ended(here: Site) -> None:
    browser = here.entered("jo", here.riverside)
    assert b"Riverside Clinic" in browser.get("/told/").content
    suspended_and_back(here)
    assert b"Riverside Clinic" not in browser.get("/told/").content


@pytest.mark.row("INV-30", "INV-31")
def test_a_mailed_link_works_in_a_session_that_has_ended(here: Site) -> None:
    browser = here.entered("jo", here.riverside)
    suspended_and_back(here)
    answer = browser.get("/access/reset-password?token=abcdefgh")
    assert answer.status_code == 422, answer.headers  # it says at once that such a link does not work
    assert "This link does not work" in answer.content.decode()


@pytest.mark.row("INV-21", "A27")
def test_no_other_session_outlives_a_new_password_by_being_busy(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    thief = here.signed_in("jo")
    whole = Contexts.enter

    def meanwhile(self: Contexts, *args: Any, **named: Any) -> Any:
        monkeypatch.undo()
        here.access.execute(ChangePassword(PASSWORD, OTHER, None), by=here.jo)
        return whole(self, *args, **named)

    monkeypatch.setattr(Contexts, "enter", meanwhile)
    thief.post("/access/switch", {"tenant": here.riverside})
    assert thief.get(f"/access/t/{here.riverside}").status_code == 303


@pytest.mark.row("INV-21", "A32")
def test_a_session_that_never_asked_dies_with_the_sign_in_too(here: Site) -> None:
    browser = here.signed_in("jo")
    suspended_and_back(here)
    answer = browser.get(f"/of/{here.riverside}/claims/")
    assert (answer.status_code, answer["Location"][:17]) == (302, "/accounts/login/?")
