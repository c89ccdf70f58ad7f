"""Settings of the Django project that the tests run in; the databases are given by the fixtures."""

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "tenantaccess.web.django"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SECRET_KEY = "only for tests"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
