"""System checks of ``TENANTACCESS`` and of what it needs around it; a project without it has a store alone."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.conf import global_settings, settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  # the framework's word
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from tenantaccess.web.django import conf
from tenantaccess.web.django.backend import AccessBackend
from tenantaccess.web.django.middleware import AccessMiddleware
from tenantaccess.web.django.permissions import codename, model_codenames
from tenantaccess.web.portal.forms import MOST_FIELDS

AUTHENTICATION: Final = "django.contrib.auth.middleware.AuthenticationMiddleware"


@register
def said(app_configs: object, **_: object) -> list[CheckMessage]:  # noqa: ARG001  # the framework's signature
    """Check what the project says, and what that needs."""
    raw = getattr(settings, conf.NAME, None)
    if raw is None:
        return []
    if not isinstance(raw, Mapping):
        return [Error(f"{conf.NAME} must be a dictionary.", id="tenantaccess.E003")]
    if conf.unknown_keys(raw):
        return list(_unknown(raw))
    try:
        here = conf.read(raw)
    except ImproperlyConfigured as error:
        return [Error(f"{error}.", id="tenantaccess.E003")]
    return [*_words(here), *_middleware(), *_backend(), *_mail(here), *_forms()]


def _unknown(raw: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for key, meant in conf.unknown_keys(raw).items():
        hint = f"Did you mean {meant}?" if meant else f"There are {', '.join(sorted(conf.KEYS))}."
        yield Error(f"{conf.NAME} has no {key}.", hint=hint, id="tenantaccess.E002")


def _words(here: conf.Configured) -> Iterator[CheckMessage]:
    known, of_models = dict[str, str](), model_codenames()
    for resource in here.access.catalog.resources:
        for action in resource.actions:
            name, pair = codename(resource.key, action), f"`{action}` on `{resource.key}`"
            if name in known or name in of_models:
                other = known.get(name, "a permission of the app's own models")
                yield Error(
                    f"The permission {name} would stand for {pair} and for {other}.",
                    hint="Call the resource or the action something else.",
                    id="tenantaccess.E005",
                )
            known[name] = pair


def _middleware() -> Iterator[CheckMessage]:
    ours, theirs = _places(AccessMiddleware), _places(_named(AUTHENTICATION))
    if not ours:
        yield Warning(
            "Requests have no `request.access`, and what is refused in a view is not answered.",
            hint="Put `tenantaccess.web.django.middleware.AccessMiddleware` into MIDDLEWARE.",
            id="tenantaccess.W007",
        )
    elif not theirs or ours[0] < theirs[0]:
        yield Error(
            "AccessMiddleware stands where nobody is known to be signed in.",
            hint=f"Put it after `{AUTHENTICATION}`.",
            id="tenantaccess.E004",
        )


def _backend() -> Iterator[CheckMessage]:
    if not any(_is(path, AccessBackend) for path in settings.AUTHENTICATION_BACKENDS):
        yield Warning(
            "`user.has_perm` and `perms` in templates know nothing of tenants.",
            hint="Put `tenantaccess.web.django.backend.AccessBackend` into AUTHENTICATION_BACKENDS.",
            id="tenantaccess.W004",
        )


def _mail(here: conf.Configured) -> Iterator[CheckMessage]:
    if here.links is None:
        yield Warning(
            "Nobody is mailed anything: links would lead nowhere.",
            hint=f"Set MAIL_BASE in {conf.NAME}, such as https://portal.example/access.",
            id="tenantaccess.W005",
        )
    elif not _says_where_mail_goes():
        yield Warning(
            "Mail goes to a server on this machine, since nothing says otherwise.",
            hint="Set MAILERS, or before Django 6.1 EMAIL_BACKEND or EMAIL_HOST.",
            id="tenantaccess.W005",
        )


def _forms() -> Iterator[CheckMessage]:
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if (most or MOST_FIELDS) < MOST_FIELDS:  # None is no limit
        yield Warning(
            f"Django refuses forms of more than {most} fields, and the matrix of privileges may send {MOST_FIELDS}.",
            hint=f"Set DATA_UPLOAD_MAX_NUMBER_FIELDS = {MOST_FIELDS}.",
            id="tenantaccess.W006",
        )


def _places(kind: Callable[..., object]) -> list[int]:
    return [place for place, path in enumerate(settings.MIDDLEWARE) if _is(path, kind)]


def _is(path: str, kind: Callable[..., object]) -> bool:
    """Tell whether what is at *path* is *kind* or made of it; a path that leads nowhere is told by Django."""
    found = _named(path)
    return found is kind or (isinstance(found, type) and isinstance(kind, type) and issubclass(found, kind))


def _named(path: str) -> Any:  # noqa: ANN401  # whatever is there
    try:
        return import_string(path)
    except ImportError:
        return None


def _says_where_mail_goes() -> bool:
    mailers = getattr(settings, "MAILERS", None)  # from Django 6.1 on, instead of the others
    if mailers is not None:
        return "default" in mailers
    return any(getattr(settings, name) != getattr(global_settings, name) for name in ("EMAIL_BACKEND", "EMAIL_HOST"))
