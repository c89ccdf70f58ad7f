"""Two small applications, before and after they had this library: each does what it says, and the diff leads over."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))
from diffs import APPLICATIONS, difference  # noqa: E402  # found from there

COMMANDS = {
    "django_clinic": [sys.executable, "manage.py", "test", "--verbosity", "0"],
    "flask_clinic": [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
}


def tried(application: str, folder: Path) -> None:
    """Run the application's own tests in *folder*."""
    unwanted = ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "CLINIC_DATABASE")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    run = subprocess.run(
        COMMANDS[application],
        cwd=folder,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_application_that_there_was_works(application: str) -> None:
    tried(application, EXAMPLES / application / "before")


@pytest.mark.slow
@pytest.mark.row("AM-13")
@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_difference_leads_to_an_application_that_works(application: str, tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(EXAMPLES / application / "before", folder, ignore=shutil.ignore_patterns("__pycache__"))
    written = EXAMPLES / application / "adopting.diff"
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(written)], cwd=folder, check=True)
    tried(application, folder)


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_difference_is_as_it_was_written_down(application: str) -> None:
    assert (EXAMPLES / application / "adopting.diff").read_text(encoding="utf-8") == difference(application)
