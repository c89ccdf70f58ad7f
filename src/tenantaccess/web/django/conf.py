"""What a project's ``TENANTACCESS`` says, read when it is first needed and anew whenever the settings are others."""

import threading
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeVar, cast

import attrs
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.module_loading import import_string

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import TenantAccessError
from tenantaccess.mail import MailLinks
from tenantaccess.model.actors import Operator
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.policy import Policy
from tenantaccess.web.django.hashing import DjangoHasher, DjangoPasswords
from tenantaccess.web.django.signals import Announcing
from tenantaccess.web.django.store import DjangoStore
from tenantaccess.web.portal import PortalSettings

T = TypeVar("T")
OperatorOf = Callable[[HttpRequest], Operator | None]
TenantOf = Callable[[HttpRequest], str | None]

NAME: Final = "TENANTACCESS"
PARTS: Final = ("CATALOG", "POLICY", "USING")
"""What the library is built from, where it is not given whole."""
KEYS: Final = frozenset(
    {"ACCESS", *PARTS, "MAIL_BASE", "OPERATOR_OF", "PORTAL", "SUPERUSERS_OPERATE", "TENANT_OF"},
)


def nobody(_: HttpRequest) -> Operator | None:
    """Return None: no request is an operator's unless the project says so."""
    return None


def unnamed(_: HttpRequest) -> str | None:
    """Return None: no request names a tenant but by its address, unless the project says so."""
    return None


@attrs.frozen(eq=False)
class Configured:
    """
    What one ``TENANTACCESS`` comes to.

    Args:
        raw: The setting itself.
        access: The library.
        portal: What the project says about its pages.
        operator_of: As which operator a request acts.
        tenant_of: Which tenant a request names besides its address.
        superusers_operate: Whether active superusers act as operators.
        links: Where links in mails lead; None where the project does not say.
    """

    raw: Mapping[str, Any]
    access: TenantAccess
    portal: PortalSettings
    operator_of: OperatorOf
    tenant_of: TenantOf
    superusers_operate: bool
    links: MailLinks | None


_lock: Final = threading.Lock()
_kept: list[Configured] = []


def configured() -> Configured:
    """
    Return what the settings come to.

    Raises:
        ImproperlyConfigured: ``TENANTACCESS`` is missing, or says something that cannot be used.
    """
    raw = getattr(settings, NAME, None)
    if raw is None:
        raise ImproperlyConfigured(f"set {NAME}, with the catalog at least")
    with _lock:
        if not _kept or _kept[0].raw is not raw:
            _kept[:] = [read(raw)]
        return _kept[0]


def access() -> TenantAccess:
    """
    Return the library as ``TENANTACCESS`` has it.

    Raises:
        ImproperlyConfigured: see `configured`.
    """
    return configured().access


def unknown_keys(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of *raw* that mean nothing, each with the one that was probably meant, or an empty text."""
    return {key: next(iter(get_close_matches(key, KEYS, 1)), "") for key in raw if key not in KEYS}


def read(raw: Mapping[str, Any]) -> Configured:
    """
    Return what *raw* comes to.

    Raises:
        ImproperlyConfigured: something in it cannot be used.
    """
    for key in unknown_keys(raw):
        raise ImproperlyConfigured(f"{NAME} has no {key}")
    operate = raw.get("SUPERUSERS_OPERATE", False)
    if not isinstance(operate, bool):
        raise ImproperlyConfigured(f"{NAME}: SUPERUSERS_OPERATE must be True or False")
    return Configured(
        raw,
        _access(raw),
        _made("PORTAL", lambda: PortalSettings(**raw.get("PORTAL", {}))),
        _callable(raw, "OPERATOR_OF", nobody),
        _callable(raw, "TENANT_OF", unnamed),
        operate,
        _made("MAIL_BASE", lambda: MailLinks(raw["MAIL_BASE"]) if raw.get("MAIL_BASE") else None),
    )


def _access(raw: Mapping[str, Any]) -> TenantAccess:
    if "ACCESS" in raw:
        if twice := [key for key in PARTS if key in raw]:
            raise ImproperlyConfigured(f"{NAME}: ACCESS says {', '.join(twice)} already: leave out one of the two")
        given = _named(raw, "ACCESS")
        made = given if isinstance(given, TenantAccess) or not callable(given) else _made("ACCESS", given)
        found = _exactly("ACCESS", made, TenantAccess)
    else:
        if "CATALOG" not in raw:
            raise ImproperlyConfigured(f"{NAME}: give the CATALOG, or the whole ACCESS")
        found = TenantAccess(
            DjangoStore(_exactly("USING", raw.get("USING", "default"), str)),
            _exactly("CATALOG", _named(raw, "CATALOG"), Catalog),
            _exactly("POLICY", _named(raw, "POLICY"), Policy) if "POLICY" in raw else Policy(),
            hasher=DjangoHasher(),
            passwords=DjangoPasswords(),
        )
    announcing = Announcing(found)
    if announcing not in found.pipeline.hooks:
        found.pipeline.hooks.append(announcing)
    return found


def _callable(raw: Mapping[str, Any], key: str, default: Callable[[HttpRequest], T]) -> Callable[[HttpRequest], T]:
    found = _named(raw, key) if raw.get(key) else default
    if not callable(found):
        raise ImproperlyConfigured(f"{NAME}: {key} must be a callable that takes the request, or its dotted path")
    return cast("Callable[[HttpRequest], T]", found)


def _named(raw: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401  # whatever the project names
    """Return what *raw* gives for *key*, imported if it is a dotted path."""
    value = raw[key]
    return _made(key, lambda: import_string(value)) if isinstance(value, str) else value


def _made(key: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (ImportError, TypeError, TenantAccessError) as error:
        raise ImproperlyConfigured(f"{NAME}: {key} cannot be used: {error}") from error


def _exactly(key: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise ImproperlyConfigured(f"{NAME}: {key} must be a {kind.__name__}, or its dotted path")
    return value
