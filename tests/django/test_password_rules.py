"""Where a project has validators of its own, they judge; else the library does."""

from django.test import override_settings

from tenantaccess.model.principals import Secret
from tenantaccess.rules.passwords import COMMON
from tenantaccess.web.django.hashing import DjangoPasswords

THEIRS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 30}},
]


def test_the_validators_of_the_project_judge() -> None:
    with override_settings(AUTH_PASSWORD_VALIDATORS=THEIRS):
        rules = DjangoPasswords()
        assert "This password is too short" in rules.fault(Secret("password"), ["kim"])
        assert "too similar to the username" in rules.fault(
            Secret("kimberley.ito.of.riverside.clinic1"), ["kimberley.ito.of.riverside.clinic"]
        )
        assert rules.fault(Secret("password password password password"), ["kim", "kim@people.example"]) == ""


def test_without_any_the_library_does() -> None:
    with override_settings(AUTH_PASSWORD_VALIDATORS=[]):
        assert DjangoPasswords().fault(Secret("password"), ["kim"]) == COMMON
        assert DjangoPasswords().fault(Secret("quick brown lake"), ["kim"]) == ""
