"""Settings of the Django project that the tests run in; the databases are given by the fixtures."""

import django

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "tests.django.clinic",
    "tenantaccess.web.django",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SECRET_KEY = "only for tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenantaccess.web.django.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "tenantaccess.web.django.backend.AccessBackend",
]
ROOT_URLCONF = "tests.django.clinic.urls"
LOCAL_MEMORY = "django.core.mail.backends.locmem.EmailBackend"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": LOCAL_MEMORY}}
else:
    EMAIL_BACKEND = LOCAL_MEMORY
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "tenantaccess.web.django.rest.exception_handler",
}
TENANTACCESS = {
    "CATALOG": "tenantaccess.testing.builders.CLINICS",
    "MAIL_BASE": "https://clinics.example/access",
    "OPERATOR_OF": "tests.django.clinic.views.operator_of",
    "PORTAL": {"brand": "Clearwater", "tenant": "practice", "tenants": "practices"},
}
