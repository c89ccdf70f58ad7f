"""A Django project with the portal, for browsers: prints where it is and what is in it, and serves until it ends."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

from django.conf import settings
from tests.browser.world import GIVEN, PAYER, Outbox, build
from werkzeug.serving import make_server

import django

FOLDER = sys.argv[1]
HERE = Path(__file__).parent


def operator_of(request: Any) -> Any:
    """Return the operator, for whoever says so in a cookie: a test's way to be one."""
    return PAYER if request.COOKIES.get("operator") == "yes" else None


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    AUTHENTICATION_BACKENDS=[
        "django.contrib.auth.backends.ModelBackend",
        "tenantaccess.web.django.backend.AccessBackend",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{FOLDER}/portal.db",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode = WAL", "timeout": 20},
        }
    },
    DATA_UPLOAD_MAX_NUMBER_FIELDS=2_000,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "tenantaccess.web.django",
    ],
    LOGIN_REDIRECT_URL="/access/",
    LOGIN_URL="/sign-in/",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "tenantaccess.web.django.middleware.AccessMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="for this test alone",
    SESSION_COOKIE_SECURE=False,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [str(HERE / "templates")],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ]
            },
        }
    ],
    TENANTACCESS={
        "CATALOG": "tenantaccess.demo.world.CATALOG",
        "MAIL_BASE": "https://portal.example/access",
        "OPERATOR_OF": operator_of,
        "PORTAL": {
            "brand": "Clearwater Health",
            "sign_in": "/sign-in/",
            "sign_out": "/sign-out/",
            "support": "Provider relations, 555-0199",
            "tenant": "practice",
            "tenants": "practices",
        },
    },
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.views import LoginView, LogoutView  # noqa: E402  # needs the settings
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402

from tenantaccess.web.django import access  # noqa: E402

OUTBOX = Outbox()


def mails(_: HttpRequest) -> JsonResponse:
    """Deliver what waits, and show all that was sent."""
    access().notices.deliver(OUTBOX)
    return JsonResponse([[one.purpose, one.to, one.token] for one in OUTBOX.messages], safe=False)


def given(request: HttpRequest) -> JsonResponse:
    """Have something be so for a flow."""
    named = request.GET.dict()
    return JsonResponse(GIVEN[named.pop("what")](access(), OUTBOX, **named), safe=False)


urlpatterns = [
    path("sign-in/", LoginView.as_view()),
    path("sign-out/", LogoutView.as_view(next_page="/sign-in/")),
    path("outbox", mails),
    path("given", given),
    path("access/", include("tenantaccess.web.django.urls")),
]


def main() -> None:
    """Serve."""
    call_command("migrate", verbosity=0)
    facts = build(access(), OUTBOX)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), threaded=True)
    print(json.dumps({"port": server.port, **facts}), flush=True)

    def until_closed() -> None:
        sys.stdin.read()
        server.shutdown()

    threading.Thread(target=until_closed, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
