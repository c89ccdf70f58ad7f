"""The examples and the demo do what they say."""

import io
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tenantaccess import TakenError
from tenantaccess.commands import OpenTenant
from tenantaccess.demo.__main__ import main, told
from tenantaccess.demo.stage import staged
from tenantaccess.demo.telling import SilentTeller, TerminalTeller
from tenantaccess.demo.world import PAYER
from tenantaccess.stores.memory import MemoryStore

EXAMPLES = Path(__file__).parents[2] / "examples"
KINDS = {
    *("part", "chapter", "says", "call", "done", "yes", "no", "refused", "mail", "table", "legend"),
    *("progress", "broken", "end"),
}
TOLD = {
    "own_codes.py": [
        "insurance_payers: 1 new, 0 conflicting",
        "fees: 1 new, 1 conflicting",
        "done: 2 added, 1 kept as they were",
        "the host's own row: 99213 92.00 BCBS",
        "the host's own row: 99214 120.00 None",
    ],
    "own_store.py": ["maria may edit claims: True", "the record holds: True"],
    "own_users.py": [
        "registering as `pat`: this username is taken",
        "pat may edit claims: False",
        "pat may view claims: True",
        "signed in by the host's hash: True",
        "the host's own row: Pat pat@clinic.example",
        "the host's own row: jo jo@clinic.example",
        "pat signs in: this proof is not accepted",
        "what is left of pat: erased '' ''",
    ],
    "practice_group.py": [
        "find account: this proof is not accepted",
        "provider: Hilltop Pediatrics medicaid",
        "provider: Lakeside Practice medicaid",
        "provider: Riverside Clinic medicaid",
        "may submit at Lakeside: True",
        "conflict: seen full, found view (explicit)",
        "submit claims: the access level is too low",
        "insurance_payers {'new': 1, 'identical': 0, 'conflicting': 1, 'invalid': 0, 'dangling': 0}",
        "billing_codes {'new': 1, 'identical': 0, 'conflicting': 0, 'invalid': 0, 'dangling': 0}",
        "insurance_payers {'new': 2, 'identical': 0, 'conflicting': 0, 'invalid': 0, 'dangling': 0}",
        "billing_codes {'new': 1, 'identical': 0, 'conflicting': 0, 'invalid': 0, 'dangling': 0}",
        "copied: 5 added, 1 kept as they were",
        "the record holds: True",
    ],
    "payer_portal.py": [
        "mail: maria@riverside.example request_access",
        "mail: maria@riverside.example appoint_manager",
        "jo pending - view claims: the request for access awaits approval",
        "mail: maria@riverside.example request_access",
        "mail: jo@riverside.example approve",
        "may submit: True",
        "mail: kim@riverside.example invite",
        "mail: maria@riverside.example accept_invitation",
        "mail: jo@riverside.example send_password_reset",
        "kim [True, True]",
        "maria [False, False]",
        "jo [True, True]",
        "view claims: the membership is disabled ('maria',)",
        "view claims: the membership lapsed through inactivity - ask an account manager to enable it",
    ],
}


def test_every_example_is_tried() -> None:
    # What writes the differences of the two applications is tried with these.
    assert {path.name for path in EXAMPLES.glob("*.py")} - {"diffs.py"} == set(TOLD)


@pytest.mark.parametrize("name", sorted(TOLD))
def test_an_example_prints_what_it_should(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == TOLD[name]


@pytest.mark.slow
def test_the_demo_tells_its_stories_to_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--story"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    assert "\r" not in out
    assert max(len(line) for line in out.splitlines()) <= 80
    told = " ".join(out.split())  # wherever a line is wrapped
    for text in (
        "TooManyAttemptsError, too many attempts; try again in",
        "you saw `full (explicit)`, it is `none (explicit)` now",
        "74,719 of 74,719 codes loaded",
        "lakeside Diagnosis codes 74,717 1 1 0 0",
        "149,458 of 149,458 records",
        "no: view claims: the request for access awaits approval",
        "https://portal.example/complete-registration?token=",
        "no: view claims: the membership lapsed through inactivity",
        "LastManagerError",
        "event 9 was altered",
        "each of which answered as told",
    ):
        assert text in told


@pytest.mark.slow
def test_the_demo_tells_its_stories_to_machines_and_keeps_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "kept.db"
    assert main(["--story", "--json", "--database", str(database)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(isinstance(entry["text"], str) for entry in told)
    assert {entry["kind"] for entry in told} == KINDS
    assert [entry["broken_at"] for entry in told if "broken_at" in entry] == [None, 9, None]
    assert told[-1]["calls"] == sum(entry["kind"] == "call" for entry in told)
    assert database.exists()
    with pytest.raises(SystemExit) as left:
        main(["--database", str(database)])
    assert left.value.code == 2
    assert "exists already" in capsys.readouterr().err


def test_a_story_that_goes_otherwise_is_told_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    teller = TerminalTeller(sys.stdout, colours=False)
    stage = staged(MemoryStore(), teller)

    def playing() -> int:
        stage.refuse(OpenTenant("Riverside Clinic"), TakenError, by=PAYER)
        return stage.tell.calls

    assert told(playing, teller) == 1
    assert "The story stops here: TakenError was to be raised" in capsys.readouterr().out


def test_nothing_is_told_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(lambda: 1, SilentTeller()) == 0
    assert not any(capsys.readouterr())


def test_progress_is_written_over_itself_where_lines_can_be() -> None:
    live, lasting = io.StringIO(), io.StringIO()
    for teller in (TerminalTeller(live, colours=True, live=True), TerminalTeller(lasting, colours=False)):
        for done in (50, 100):
            teller.tell("progress", "codes", done=done, total=100)
        teller.tell("progress", "more", done=1, total=2)
        teller.tell("done", "cut short")
    first, second, rest = live.getvalue().split("\r")[1:]
    assert first.strip() == "[############............] 50 of 100 codes"
    assert second.strip() == "[########################] 100 of 100 codes"
    assert second.endswith("\n")
    assert rest.splitlines()[0].strip() == "[############............] 1 of 2 more"
    assert "cut short" in rest.splitlines()[1]
    assert lasting.getvalue() == "    100 of 100 codes\n    cut short\n"


def test_the_demo_runs_as_a_module_and_bears_a_reader_that_leaves() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "tenantaccess.demo", "--story"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0
