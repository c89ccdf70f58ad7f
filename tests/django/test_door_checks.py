"""What is said before a project runs: its settings, and what they need around them."""

from typing import Any

import pytest
from django.conf import global_settings, settings
from django.core.checks import CheckMessage, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from tests.django.door import said

from tenantaccess.errors import MisuseError
from tenantaccess.model.catalog import Catalog, Resource
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.policy import Policy
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS
from tenantaccess.web.django import access, conf, identity
from tenantaccess.web.django.backend import AccessBackend

BACKEND, MIDDLEWARE = settings.AUTHENTICATION_BACKENDS[1], settings.MIDDLEWARE
OURS = "tenantaccess.web.django.middleware.AccessMiddleware"


def complaints(**changes: Any) -> list[CheckMessage]:
    with override_settings(**changes):
        return [one for one in run_checks() if str(one.id).startswith("tenantaccess.")]


def ids(**changes: Any) -> list[str]:
    return [str(one.id) for one in complaints(**changes)]


def changed(**changes: Any) -> list[CheckMessage]:
    with said(**changes):
        return complaints()


def catalog(*resources: Resource) -> Catalog:
    return Catalog(resources=[*resources, Resource("manage_account", "Manage account")], managed_by="manage_account")


@pytest.mark.row("D1", "D7")
def test_nothing_is_said_of_a_project_that_is_in_order() -> None:
    assert ids() == []
    assert ids(TENANTACCESS=None, MIDDLEWARE=[], AUTHENTICATION_BACKENDS=[]) == [], "a store alone needs none of it"


@pytest.mark.row("D7")
def test_a_backend_that_is_missing() -> None:
    assert ids(AUTHENTICATION_BACKENDS=[global_settings.AUTHENTICATION_BACKENDS[0]]) == ["tenantaccess.W004"]
    assert ids(AUTHENTICATION_BACKENDS=[f"{__name__}.{OwnBackend.__name__}"]) == []


class OwnBackend(AccessBackend):
    """A project's own."""


@pytest.mark.row("D7")
def test_a_middleware_that_stands_too_early_or_nowhere() -> None:
    others = [one for one in MIDDLEWARE if one != OURS]
    assert ids(MIDDLEWARE=[OURS, *others]) == ["tenantaccess.E004"]
    assert ids(MIDDLEWARE=others) == ["tenantaccess.W007"]
    without = [one for one in MIDDLEWARE if "Authentication" not in one and "auth" not in one]
    assert "tenantaccess.E004" in [str(one.id) for one in _of(MIDDLEWARE=without)]


def _of(**changes: Any) -> list[CheckMessage]:
    with override_settings(**changes):
        return [one for one in run_checks() if str(one.id).startswith("tenantaccess.")]


@pytest.mark.row("D7")
def test_a_setting_that_means_nothing() -> None:
    (message,) = changed(OPERATOR_OFF="x")
    assert (message.id, message.hint) == ("tenantaccess.E002", "Did you mean OPERATOR_OF?")
    (message,) = changed(XYZ=1)
    assert "ACCESS" in str(message.hint)
    with said(XYZ=1), pytest.raises(ImproperlyConfigured, match="no XYZ"):
        access()


def no_library() -> str:
    return "none"


UNUSABLE: list[Any] = [
    pytest.param({"CATALOG": "nowhere.CATALOG"}, id="a path that leads nowhere"),
    pytest.param({"CATALOG": "tenantaccess.testing.builders.OPERATOR"}, id="something else"),
    pytest.param({"CATALOG": None}, id="no catalog"),
    pytest.param({"POLICY": "tenantaccess.testing.builders.CLINICS"}, id="no policy"),
    pytest.param({"USING": 7}, id="no alias"),
    pytest.param({"PORTAL": {"colour": "red"}}, id="an unknown setting of the portal"),
    pytest.param({"PORTAL": {"links": [("Claims", "claims")]}}, id="a link that leads nowhere"),
    pytest.param({"OPERATOR_OF": "tenantaccess.testing.builders.CLINICS"}, id="nothing to call"),
    pytest.param({"TENANT_OF": 7}, id="nothing to call either"),
    pytest.param({"SUPERUSERS_OPERATE": "yes"}, id="neither true nor false"),
    pytest.param({"MAIL_BASE": "http://portal.example"}, id="an address that is not safe"),
    pytest.param({"ACCESS": no_library, "CATALOG": None}, id="not the library"),
    pytest.param({"ACCESS": "tenantaccess.nowhere", "CATALOG": None}, id="a library nowhere"),
    pytest.param({"ACCESS": no_library}, id="two that say what the catalog is"),
]


@pytest.mark.row("D7")
@pytest.mark.parametrize("changes", UNUSABLE)
def test_a_setting_that_cannot_be_used(changes: dict[str, Any]) -> None:
    assert [one.id for one in changed(**changes)] == ["tenantaccess.E003"]
    with said(**changes), pytest.raises(ImproperlyConfigured):
        access()


@pytest.mark.row("D7")
def test_a_word_that_is_no_identifier_is_no_word_of_a_catalog() -> None:
    """Said by the catalog itself, where it is made; the check tells it as it tells all that cannot be used."""
    (message,) = changed(CATALOG=f"{__name__.rpartition('.')[0]}.hyphens.CATALOG")
    assert message.id == "tenantaccess.E003"
    assert "lower-case word" in message.msg


def test_settings_that_are_no_dictionary() -> None:
    assert ids(TENANTACCESS=["CATALOG"]) == ["tenantaccess.E003"]
    with override_settings(TENANTACCESS=None), pytest.raises(ImproperlyConfigured, match="set TENANTACCESS"):
        access()


@pytest.mark.row("D7")
def test_permissions_that_would_stand_for_two_things() -> None:
    twice = catalog(Resource("b_c", "1", {"a": VIEW}), Resource("c", "2", {"a_b": FULL}))
    assert [one.id for one in changed(CATALOG=twice)] == ["tenantaccess.E005"]
    assert [one.id for one in changed(CATALOG=catalog(Resource("tenant", "Tenant")))] == ["tenantaccess.E005"]


@pytest.mark.row("D7")
def test_mail_that_goes_nowhere() -> None:
    assert [one.id for one in changed(MAIL_BASE=None)] == ["tenantaccess.W005"]
    if hasattr(settings, "MAILERS"):
        assert ids(MAILERS={"other": settings.MAILERS["default"]}) == ["tenantaccess.W005"]
    else:
        assert ids(EMAIL_BACKEND=global_settings.EMAIL_BACKEND) == ["tenantaccess.W005"]
        assert ids(EMAIL_BACKEND=global_settings.EMAIL_BACKEND, EMAIL_HOST="mail.example") == []


def test_forms_that_would_be_refused() -> None:
    assert ids(DATA_UPLOAD_MAX_NUMBER_FIELDS=1_000) == ["tenantaccess.W006"]
    assert ids(DATA_UPLOAD_MAX_NUMBER_FIELDS=None) == []


def test_what_is_read_is_read_when_it_is_needed_and_once() -> None:
    usual = access()
    assert access() is usual
    with said(CATALOG=CLINICS, POLICY=Policy(), USING="other"):
        other = access()
        assert other is not usual
        assert access() is other
        assert identity.store_of(other).using == "other"
    assert conf.configured().raw is settings.TENANTACCESS


def test_users_are_principals_in_a_django_store_alone() -> None:
    from tenantaccess import TenantAccess

    with (
        said(ACCESS=TenantAccess(MemoryStore(), CLINICS), CATALOG=None),
        pytest.raises(MisuseError, match="DjangoStore"),
    ):
        identity.store_of(access())
