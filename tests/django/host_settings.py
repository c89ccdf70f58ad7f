"""Settings of one host, given by its environment: its user model, its database and its default key."""

import json
import os

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
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
