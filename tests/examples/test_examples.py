"""The examples and the demo do what they say."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tenantaccess.demo.__main__ import main

EXAMPLES = Path(__file__).parents[2] / "examples"
TOLD = {
    "privileges.py": [
        "conflict: seen full, found view (explicit)",
        "jo       view*  full   none",
        "maria    full   full   full",
        "jo       view*  view   none",
        "maria    full   full   full",
        "change_privileges: nobody does this to a membership of their own",
        "1 open_tenant",
        "2 add_username",
        "3 add_username",
        "4 change_privileges",
        "5 edit_role",
        "the record holds: True",
    ],
    "registrations.py": [
        "told: maria@riverside.example request_access",
        "view claims: the request for access awaits approval",
        "view claims: the person has not completed registration",
        "allowed",
        "view claims: the membership lapsed through inactivity",
        "ask an account manager to enable it",
    ],
}


def test_every_example_is_tried() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(TOLD)


@pytest.mark.parametrize("name", sorted(TOLD))
def test_an_example_prints_what_it_should(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == TOLD[name]


def test_the_demo_tells_its_story_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    for told in (
        "no: view claims: the request for access awaits approval",
        "https://portal.example/registration#",
        "changed meanwhile: you saw `none`",
        "no: view claims: the membership lapsed through inactivity",
        "LastManagerError",
        "event 5 was altered",
    ):
        assert told in " ".join(out.split())  # wherever a line is wrapped


def test_the_demo_tells_its_story_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(isinstance(entry["text"], str) for entry in told)
    kinds = {"chapter", "says", "call", "done", "yes", "no", "refused", "mail", "table", "broken"}
    assert {entry["kind"] for entry in told} == kinds
    assert [entry["broken_at"] for entry in told if "broken_at" in entry] == [None, 5, None]


def test_the_demo_keeps_a_database_and_takes_none_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "kept.db"
    assert main(["--quiet", "--database", str(database)]) == 0
    assert database.exists()
    with pytest.raises(SystemExit) as left:
        main(["--database", str(database)])
    assert left.value.code == 2
    assert "exists already" in capsys.readouterr().err


def test_the_demo_runs_as_a_module_and_bears_a_reader_that_leaves() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "tenantaccess.demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0
