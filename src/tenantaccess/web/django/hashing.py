"""Passwords as the host's own settings judge and hash them."""

from collections.abc import Sequence
from typing import Final

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher, make_password
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ValidationError

from tenantaccess.model.principals import Secret
from tenantaccess.ports.world import PasswordHasher, PasswordRules
from tenantaccess.system import UncommonPasswords
from tenantaccess.web.django.users import email_field

OWN: Final = UncommonPasswords()


class DjangoHasher(PasswordHasher):
    """Hashes with the first of ``PASSWORD_HASHERS`` and verifies with any of them."""

    def hash(self, password: Secret) -> str:
        """Return a salted hash of *password*."""
        return make_password(password.reveal())

    def verify(self, password: Secret, stored: str) -> bool:
        """Tell whether *password* made *stored*; a hash of an unknown kind is made by none."""
        return check_password(password.reveal(), stored)

    def is_current(self, stored: str) -> bool:
        """Tell whether *stored* is as the settings would have it."""
        try:
            made_by = identify_hasher(stored)
        except ValueError:
            return False
        preferred = get_hasher()
        return made_by.algorithm == preferred.algorithm and not preferred.must_update(stored)


class DjangoPasswords(PasswordRules):
    """Judges by ``AUTH_PASSWORD_VALIDATORS``; where there are none, as the library does by itself."""

    def fault(self, password: Secret, names: Sequence[str]) -> str:
        """Return what is wrong with *password*; empty if nothing is."""
        if not get_default_password_validators():
            return OWN.fault(password, names)
        model = get_user_model()
        email = email_field(model)
        called = dict(zip((model.USERNAME_FIELD, *([email.name] if email is not None else [])), names, strict=False))
        try:
            validate_password(password.reveal(), model(**called))
        except ValidationError as error:
            return "; ".join(message.rstrip(".") for message in error.messages)
        return ""
