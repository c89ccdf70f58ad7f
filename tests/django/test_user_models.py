"""Whatever a host's users are numbered and named by; one process each, because a process has one set of settings."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.django.project import in_file, on_server

ROOT = Path(__file__).parents[2]
MODELS = {
    "auth.User": "",
    "people.Numbered": "",
    "people.BigNumbered": "",
    "people.Random": "",
    "people.Addressed": "@people.example",
    "people.Unaddressed": "",
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
@pytest.mark.row("D6")
@pytest.mark.parametrize("auto_field", ["AutoField", "BigAutoField"])
def test_a_hosts_user_model_on_sqlite(tmp_path: Path, model: str, auto_field: str) -> None:
    database = in_file(tmp_path / "host.db")
    tell(model, database, f"django.db.models.{auto_field}")


@EACH
@pytest.mark.postgres
def test_a_hosts_user_model_on_postgresql(postgres_url: str, model: str) -> None:
    with on_server(postgres_url) as database:
        tell(model, database)
