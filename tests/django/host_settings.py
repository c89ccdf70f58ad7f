"""Settings of one host, given by its environment: its user model, its database and its default key."""

import json
import os

import django

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "tests.django.people",
    "tenantaccess.web.django",
]
DATABASES = {"default": json.loads(os.environ["HOST_DATABASE"])}
AUTH_USER_MODEL = os.environ["HOST_USER_MODEL"]
DEFAULT_AUTO_FIELD = os.environ["HOST_AUTO_FIELD"]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
SECRET_KEY = "only for tests"
USE_TZ = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ALLOWED_HOSTS = ["testserver"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenantaccess.web.django.middleware.AccessMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
AUTHENTICATION_BACKENDS = [
    "tenantaccess.web.django.backend.AccessBackend",
    "django.contrib.auth.backends.ModelBackend",
]
ROOT_URLCONF = "tests.django.host_urls"
LOCAL_MEMORY = "django.core.mail.backends.locmem.EmailBackend"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": LOCAL_MEMORY}}
else:
    EMAIL_BACKEND = LOCAL_MEMORY
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
TENANTACCESS = {
    "CATALOG": "tenantaccess.testing.builders.CLINICS",
    "MAIL_BASE": "https://clinics.example/access",
}
