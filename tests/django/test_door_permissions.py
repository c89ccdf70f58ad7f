"""The permission backend: Django's own questions, without the traps that are known of them."""

import asyncio
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from tests.django.clinic.models import Claim
from tests.django.door import Site, User, serving, site, text

from tenantaccess.errors import StoreError, UnknownNameError
from tenantaccess.services.members import Disable
from tenantaccess.web.django.backend import AccessBackend

MODEL, OURS = settings.AUTHENTICATION_BACKENDS
ORDERS = pytest.mark.parametrize("backends", [[MODEL, OURS], [OURS, MODEL], [OURS]], ids=["last", "first", "alone"])
SUBMIT = "tenantaccess.submit_claims"


@pytest.fixture
def here(default_alias: str) -> Site:
    assert default_alias
    return site()


@pytest.mark.row("D2")
@ORDERS
def test_has_perm_is_about_the_tenant_of_what_is_asked_about(here: Site, backends: list[str]) -> None:
    with override_settings(AUTHENTICATION_BACKENDS=backends):
        jo, kim = here.user("jo"), here.user("kim")
        entered = here.access.contexts.enter(here.riverside, here.jo)
        for thing in (here.riverside, entered, Claim(tenant_id=here.riverside)):
            assert jo.has_perm(SUBMIT, thing)
            assert not kim.has_perm(SUBMIT, thing)
            assert kim.has_perm("tenantaccess.view_claims", thing)
        for other in (here.lakeside, Claim(tenant_id=here.lakeside), Claim(), f"ten_{'0' * 32}", "riverside", 7):
            assert not jo.has_perm(SUBMIT, other)
        assert not jo.has_perm(SUBMIT), "outside of a request there is no tenant"
        assert jo.has_perms([SUBMIT, "tenantaccess.view_claims"], here.riverside)


@pytest.mark.row("D2")
def test_from_asynchronous_code_the_answers_are_the_same(here: Site) -> None:
    async def ask(user: Any) -> list[Any]:
        return [
            await user.ahas_perm(SUBMIT, here.riverside),
            await user.ahas_perm(SUBMIT, here.lakeside),
            await user.ahas_module_perms("tenantaccess"),
            SUBMIT in await user.aget_all_permissions(here.riverside),
        ]

    assert asyncio.run(ask(here.user("jo"))) == [True, False, False, True]
    assert asyncio.run(ask(here.user("kim"))) == [False, False, False, False]


@pytest.mark.row("D2")
@ORDERS
def test_it_signs_nobody_in_and_keeps_nobody_out(here: Site, backends: list[str]) -> None:
    with override_settings(AUTHENTICATION_BACKENDS=backends):
        jo = here.user("jo")
        jo.set_password("jo's own")
        jo.save()
        given = {"username": "jo", "password": "jo's own"}
        signs = MODEL in backends
        assert (auth.authenticate(None, **given) == jo) is signs
        assert (asyncio.run(auth.aauthenticate(None, **given)) == jo) is signs
        if signs:
            browser = Client()
            browser.force_login(jo)
            assert browser.session["_auth_user_backend"] == MODEL
            assert browser.get(f"/of/{here.riverside}/claims/").status_code == 200


def test_it_is_a_plain_class() -> None:
    assert not issubclass(AccessBackend, BaseBackend)
    assert not hasattr(AccessBackend, "get_user")


@pytest.mark.row("D2")
def test_whoever_is_inactive_or_nobody_has_none(here: Site) -> None:
    jo, backend = here.user("jo"), AccessBackend()
    jo.is_active = False
    nobody: Any = AnonymousUser()
    for user in (jo, nobody, here.newcomer("pat")):
        assert not user.has_perm(SUBMIT, here.riverside)
        assert not backend.has_perm(user, SUBMIT, here.riverside)
        assert not backend.has_module_perms(user, "tenantaccess")
        assert backend.get_all_permissions(user, here.riverside) == set()
    assert not User.objects.with_perm(SUBMIT, backend=OURS, obj=here.riverside, is_active=False).exists()


@pytest.mark.row("D2")
def test_a_superuser_is_true_to_django_and_nobody_to_the_library(here: Site) -> None:
    root = here.newcomer("root")
    root.is_superuser = True
    root.save()
    assert root.has_perm(SUBMIT, here.lakeside)
    assert not AccessBackend().has_perm(root, SUBMIT, here.lakeside)
    assert here.signed_in("root").get(f"/of/{here.lakeside}/claims/").status_code == 404


def test_in_a_request_it_is_about_the_requests_tenant_and_asks_nothing_more(here: Site, django_queries: Any) -> None:
    jo = here.signed_in("jo")
    jo.get(f"/of/{here.riverside}/claims/")
    with django_queries() as seen:
        answer = jo.get(f"/of/{here.riverside}/told/")
    assert text(answer, "#perms") == "yes"
    ours = [one for one in seen if "tenantaccess_membership" in one]
    # The guards and the permissions of the page ask once; the list of tenants beside them enters and lists.
    assert len(ours) <= 3, ours


def test_in_a_request_somebody_else_is_asked_about_by_name(here: Site) -> None:
    seen: list[bool] = []

    def answer(_: HttpRequest, **__: str) -> HttpResponse:
        seen.extend(here.user(name).has_perm(SUBMIT) for name in ("jo", "kim", "maria", "lena"))
        seen.extend(here.user(name).has_perm(SUBMIT, here.lakeside) for name in ("jo", "lena"))
        return HttpResponse()

    with serving(path("asked/<tenant>/", answer)):
        here.signed_in("kim").get(f"/asked/{here.riverside}/")
    assert seen == [True, False, True, False, False, True]


def test_all_that_one_has_and_everybody_who_has_it(here: Site) -> None:
    assert here.user("jo").get_all_permissions(here.riverside) == {"tenantaccess.view_claims", SUBMIT}
    assert here.user("jo").get_all_permissions(here.lakeside) == set()
    who = {user.get_username() for user in User.objects.with_perm(SUBMIT, backend=OURS, obj=here.riverside)}
    assert who == {"maria", "jo"}
    root = here.newcomer("root")
    root.is_superuser = True
    root.save()
    jo = here.user("jo")
    jo.is_active = False
    jo.save()
    listed = User.objects.with_perm(SUBMIT, backend=OURS, obj=here.riverside)
    assert {user.get_username() for user in listed} == {"maria", "root"}
    without = User.objects.with_perm(SUBMIT, backend=OURS, obj=here.riverside, include_superusers=False)
    assert {user.get_username() for user in without} == {"maria"}
    assert not User.objects.with_perm(SUBMIT, backend=OURS, include_superusers=False).exists()


@pytest.mark.row("INV-05")
def test_what_is_taken_away_is_gone_at_once(here: Site) -> None:
    jo = here.user("jo")
    assert jo.has_perm(SUBMIT, here.riverside)
    here.access.execute(Disable(here.riverside, here.jo), by=here.maria)
    assert not jo.has_perm(SUBMIT, here.riverside)


def test_an_undeclared_word_and_an_outage_are_no_quiet_no(here: Site) -> None:
    jo = here.user("jo")
    with pytest.raises(UnknownNameError, match="did you mean `submit_claims`"):
        jo.has_perm("tenantaccess.submit_claim", here.riverside)
    failing = mock.patch.object(type(here.access.store), "standing", side_effect=StoreError("asking"))
    with failing, pytest.raises(StoreError):
        jo.has_perm(SUBMIT, here.riverside)
    assert not jo.has_perm("tenantaccess.view_tenant", here.riverside), "of the admin's, about a table"
    assert not jo.has_perm("clinic.view_claim", here.riverside)


@pytest.mark.row("D4")
def test_permissions_in_asynchronous_requests(here: Site) -> None:
    browser = AsyncClient()
    browser.force_login(here.user("jo"))
    answer = asyncio.run(browser.get(f"/of/{here.riverside}/told/"))
    assert text(answer, "#perms") == "yes"
