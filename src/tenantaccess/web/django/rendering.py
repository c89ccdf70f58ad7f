"""The portal's templates as a project sees them: its own come first, by folder and by app, then the library's."""

import threading
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates

from tenantaccess.web.portal import TEMPLATES, Page

BACKEND: Final = "django.template.backends.django.DjangoTemplates"
FILES: Final = "django.template.loaders.filesystem.Loader"
APPS: Final = "django.template.loaders.app_directories.Loader"
CACHED: Final = "django.template.loaders.cached.Loader"

_lock: Final = threading.Lock()
_kept: list[tuple[object, DjangoTemplates]] = []


def rendered(page: Page, request: HttpRequest | None) -> str:
    """Return *page* as HTML, with what the project's context processors add."""
    return render(f"tenantaccess/{page.template}", page.context, request)


def render(template: str, context: Any, request: HttpRequest | None) -> str:  # noqa: ANN401  # names and whatever they hold
    """Return *template* as HTML."""
    return str(engine().get_template(template).render(dict(context), request))


def engine() -> DjangoTemplates:
    """Return the project's first engine of Django's, which looks for the library's templates last."""
    raw = settings.TEMPLATES
    with _lock:
        if not _kept or _kept[0][0] is not raw:
            _kept[:] = [(raw, _engine())]
        return _kept[0][1]


def _engine() -> DjangoTemplates:
    found: dict[str, Any] = next((dict(one) for one in settings.TEMPLATES if one["BACKEND"] == BACKEND), {})
    options = {**found.get("OPTIONS", {}), "autoescape": True}
    loaders = options.get("loaders")
    if loaders is None:
        usual = [(FILES, list(found.get("DIRS", []))), *([APPS] if found.get("APP_DIRS") else [])]
        inner = [*usual, (FILES, [TEMPLATES])]
        loaders = inner if settings.DEBUG else [(CACHED, inner)]
    else:
        loaders = [*loaders, (FILES, [TEMPLATES])]
    return DjangoTemplates(
        {"NAME": "tenantaccess", "DIRS": [], "APP_DIRS": False, "OPTIONS": {**options, "loaders": loaders}}
    )
