"""People and places that requests to the project of the tests are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client, override_settings
from tests.django.clinic import urls
from tests.django.clinic.models import Claim
from tests.django.project import DEFAULT, empty

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.testing.builders import Given
from tenantaccess.web.django import access
from tenantaccess.web.django.identity import store_of

User: Any = get_user_model()
JSON = {"accept": "application/json"}
OTHERS = ("admin", "sessions", "clinic")


@attrs.frozen
class Site:
    """
    Two practices and their people.

    Args:
        access: The library, as the project's settings have it.
        riverside: Where maria manages, jo submits claims and kim views them.
        lakeside: Where lena manages.
    """

    access: TenantAccess
    riverside: TenantId
    lakeside: TenantId
    maria: PrincipalId
    jo: PrincipalId
    kim: PrincipalId
    lena: PrincipalId

    def user(self, name: str) -> Any:
        return User.objects.get_by_natural_key(name)

    def signed_in(self, name: str, **defaults: Any) -> Client:
        """A browser in which somebody is signed in."""
        made = Client(**defaults)
        made.force_login(self.user(name))
        return made

    def entered(self, name: str, tenant: TenantId, **defaults: Any) -> Client:
        """A browser in which somebody has entered a tenant."""
        made = self.signed_in(name, **defaults)
        answer = made.post("/access/switch", {"tenant": tenant})
        assert answer.status_code == 303, answer.content
        return made

    def newcomer(self, name: str) -> Any:
        """A user of the project's of whom the library knows nothing."""
        user = User(username=name)
        user.set_password("a quick brown password")
        user.save()
        return user


def site() -> Site:
    """Begin anew, with two practices."""
    models = [model for label in OTHERS for model in apps.get_app_config(label).get_models()]
    with connections[DEFAULT].cursor() as cursor:
        for model in (User.user_permissions.through, *models):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    empty(DEFAULT)
    library = access()
    assert store_of(library).using == DEFAULT
    make = Given(library)
    riverside, lakeside = make.tenant("Riverside Clinic", tin="012345678"), make.tenant("Lakeside Practice")
    made = Site(
        library,
        riverside,
        lakeside,
        make.manager(riverside, "maria"),
        make.member(riverside, levels={"claims": FULL}, username="jo"),
        make.member(riverside, levels={"claims": VIEW}, username="kim"),
        make.manager(lakeside, "lena"),
    )
    for tenant, title in ((riverside, "of the river"), (lakeside, "of the lake")):
        Claim.objects.create(tenant_id=tenant, title=title)
    return made


@contextmanager
def said(**changes: Any) -> Iterator[None]:
    """Let ``TENANTACCESS`` say something else for a while; None takes a key away."""
    other = {**settings.TENANTACCESS, **changes}
    with override_settings(TENANTACCESS={key: value for key, value in other.items() if value is not None}):
        yield


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content.decode(), "html.parser")


def text(answer: Any, selector: str = "body") -> str:
    """What is read in a part of a page."""
    found = soup(answer).select_one(selector)
    assert found is not None, answer.content
    return " ".join(found.get_text(" ").split())


class Addresses:
    """What stands for a module of addresses."""

    def __init__(self, *patterns: Any) -> None:
        self.urlpatterns = (*patterns, *urls.urlpatterns)


@contextmanager
def serving(*patterns: Any) -> Iterator[None]:
    """Let the project serve other addresses before its own."""
    with override_settings(ROOT_URLCONF=Addresses(*patterns)):
        yield
