"""Whatever a host's users are numbered and named by; one process each, because a process has one set of settings."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
MODELS = {
    "auth.User": "",
    "people.Numbered": "",
    "people.BigNumbered": "",
    "people.Random": "",
    "people.Addressed": "@people.example",
}
EACH = pytest.mark.parametrize("model", list(MODELS))


def tell(model: str, database: dict[str, Any], auto_field: str = "django.db.models.BigAutoField") -> None:
    """Run the story of a host with *model* in *database*."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.django.host_settings",
        "HOST_USER_MODEL": model,
        "HOST_DATABASE": json.dumps(database),
        "HOST_AUTO_FIELD": auto_field,
    }
    told = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.django.host_story", MODELS[model]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


@EACH
@pytest.mark.parametrize("auto_field", ["AutoField", "BigAutoField"])
def test_a_hosts_user_model_on_sqlite(tmp_path: Path, model: str, auto_field: str) -> None:
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "host.db"),
        "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL"},
    }
    tell(model, database, f"django.db.models.{auto_field}")


@EACH
@pytest.mark.postgres
def test_a_hosts_user_model_on_postgresql(postgres_url: str, model: str) -> None:
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    name = f"host_{uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = engine.url
    try:
        tell(
            model,
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "USER": url.username or "",
                "PASSWORD": url.password or "",
                "HOST": str(url.query.get("host", url.host or "")),
                "PORT": str(url.port or ""),
            },
        )
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()
