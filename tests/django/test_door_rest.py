"""Django REST framework: what is listed, found, made and changed is the tenant's, and nobody else's."""

from typing import Any

import pytest
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.test import APIClient
from tests.django.clinic.models import Claim
from tests.django.clinic.views import Claims
from tests.django.door import Site, serving, site

from tenantaccess.errors import AccessDeniedError, MisuseError, StoreError
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.web.django.current import NOWHERE, PRINCIPAL_KEPT
from tenantaccess.web.django.rest import HasAccess, exception_handler
from tenantaccess.web.portal import NotEnteredError, SignInNeededError


@pytest.fixture
def here(default_alias: str) -> Site:
    assert default_alias
    return site()


def api(here: Site, name: str) -> APIClient:
    made = APIClient()
    made.force_login(here.user(name))
    return made


@pytest.mark.row("D3")
def test_lists_are_filtered_and_foreign_objects_are_not_there(here: Site) -> None:
    jo = api(here, "jo")
    ours, theirs = (Claim.objects.get(tenant_id=tenant).pk for tenant in (here.riverside, here.lakeside))
    listed = jo.get(f"/api/{here.riverside}/claims/")
    assert [one["title"] for one in listed.json()] == ["of the river"]
    assert jo.get(f"/api/{here.riverside}/claims/{ours}/").status_code == 200
    for method in (jo.get, jo.put, jo.patch, jo.delete):
        assert method(f"/api/{here.riverside}/claims/{theirs}/").status_code == 404
        assert method(f"/api/{here.lakeside}/claims/{theirs}/").status_code == 404
    assert Claim.objects.filter(pk=theirs).exists()


@pytest.mark.row("D3")
def test_reading_needs_little_and_everything_else_needs_much(here: Site) -> None:
    jo, kim = api(here, "jo"), api(here, "kim")
    address = f"/api/{here.riverside}/claims/"
    assert kim.get(address).status_code == 200
    assert kim.post(address, {"title": "new", "tenant_id": here.riverside}).status_code == 403
    made = jo.post(address, {"title": "new", "tenant_id": here.lakeside})
    assert (made.status_code, made.json()["tenant_id"]) == (201, here.riverside), "whatever was sent"
    one = f"{address}{made.json()['id']}/"
    assert kim.delete(one).status_code == 403
    assert jo.patch(one, {"title": "newer", "tenant_id": here.lakeside}).json() == {
        "id": made.json()["id"],
        "title": "newer",
        "tenant_id": here.riverside,
    }
    assert jo.delete(one).status_code == 204


@pytest.mark.row("D3")
def test_options_are_safe_and_a_stranger_learns_nothing(here: Site) -> None:
    address = f"/api/{here.riverside}/claims/"
    assert APIClient().options(address).status_code == 200
    assert APIClient().get(address).status_code in {401, 403}
    assert APIClient().get(f"/api/{here.lakeside}/claims/").status_code in {401, 403}
    assert api(here, "lena").get(address).status_code == 404
    assert api(here, "jo").get("/api/nowhere/claims/").status_code == 404


def test_an_object_is_looked_at_even_where_the_list_is_not(here: Site) -> None:
    class Careless(Claims):
        def get_queryset(self) -> Any:
            return Claim.objects.all()

    ours, theirs = (Claim.objects.get(tenant_id=tenant).pk for tenant in (here.riverside, here.lakeside))
    with serving(path("one/<tenant>/<int:pk>/", Careless.as_view({"get": "retrieve"}))):
        jo = here.signed_in("jo")
        assert jo.get(f"/one/{here.riverside}/{ours}/").status_code == 200
        assert jo.get(f"/one/{here.riverside}/{theirs}/").status_code == 404


def test_it_is_joined_with_other_permissions() -> None:
    joined = HasAccess("claims") & IsAuthenticated
    assert joined().op1 == HasAccess("claims")


def test_each_action_of_a_view_may_need_its_own(here: Site) -> None:
    class Strict(Claims):
        permission_classes = (HasAccess("claims", actions={"list": "submit"}),)

    with serving(path("strict/<tenant>/", Strict.as_view({"get": "list"}))):
        for name, status in (("jo", 200), ("kim", 403)):
            assert here.signed_in(name).get(f"/strict/{here.riverside}/").status_code == status


def test_where_a_resource_has_nothing_to_change_nobody_changes_it(here: Site) -> None:
    class Checking(Claims):
        permission_classes = (HasAccess("eligibility"),)

    with serving(path("checking/<tenant>/", Checking.as_view({"get": "list", "post": "create"}))):
        maria = here.signed_in("maria")
        assert maria.get(f"/checking/{here.riverside}/").status_code == 200
        assert maria.post(f"/checking/{here.riverside}/", {"title": "x"}).status_code == 403


def test_who_comes_with_a_token_is_whom_the_token_names(here: Site) -> None:
    """Whatever the session of the same browser says."""

    class ByHeader(BaseAuthentication):  # type: ignore[misc]  # the package has no types
        def authenticate(self, request: Any) -> Any:
            name = request.headers.get("X-Token")
            return None if name is None else (here.user(name), None)

    class Tokens(Claims):
        authentication_classes = (ByHeader,)

    with serving(path("tokens/<tenant>/", Tokens.as_view({"get": "list", "post": "create"}))):
        browser, address = here.entered("lena", here.lakeside), f"/tokens/{here.riverside}/"
        assert browser.get(address, headers={"X-Token": "kim"}).status_code == 200
        assert browser.post(address, {"title": "x", "tenant_id": "any"}, headers={"X-Token": "kim"}).status_code == 403
        assert browser.post(address, {"title": "x", "tenant_id": "any"}, headers={"X-Token": "jo"}).status_code == 201
        assert browser.get(f"/tokens/{here.lakeside}/", headers={"X-Token": "kim"}).status_code == 404
        assert browser.get(address).status_code in {401, 403}
        assert browser.session[PRINCIPAL_KEPT][1] == here.lena


def test_what_is_refused_in_a_view_is_a_problem_document() -> None:
    error = AccessDeniedError(denied(Reason.LEVEL_TOO_LOW, about="submit claims"))
    answer = exception_handler(error, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (403, "denied")
    for other, code in ((SignInNeededError(), 401), (NotEnteredError(NOWHERE), 404)):
        answer = exception_handler(other, {})
        assert answer is not None
        assert answer.status_code == code
    assert exception_handler(StoreError("asking"), {}) is None
    assert exception_handler(MisuseError("do not"), {}) is None
    assert exception_handler(RuntimeError("broken"), {}) is None
