"""
A migration that hosts have run stands still.

`python tests/django/test_migrations.py` writes down the digests of all migrations as they are: of those that no release
has, and never of others.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

if not __package__:  # run as a file: the tests' folder is found from here
    sys.path.insert(0, str(Path(__file__).parents[2]))

import pytest
import tests.django.project  # noqa: F401  # it sets Django up
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler

from tenantaccess.web.django import fields, migrations

FROZEN: Final = Path(__file__).with_name("migrations.json")
WRITTEN: Final = Path(migrations.__file__).parent
APP: Final = "tenantaccess"
ENGINES: Final = ("sqlite3", "postgresql")
ADVICE: Final = """
{what} of the migration {name} is no longer what hosts may have run.

Not released yet? `python tests/django/test_migrations.py` writes it down anew.
Released? Leave {name} alone, and the fields that it makes columns of: add a migration, and say so in CHANGELOG.md.
"""


def names() -> list[str]:
    return sorted(path.stem for path in WRITTEN.glob("0*.py"))


def digests(name: str) -> Mapping[str, str]:
    """What *name* does, and which columns there are after it, for each engine."""
    found = {"text": words((WRITTEN / f"{name}.py").read_text(encoding="utf-8"))}
    found |= {engine: "\n".join(columns(name, engine)) for engine in ENGINES}
    return {what: hashlib.sha256(text.encode()).hexdigest() for what, text in found.items()}


def words(text: str) -> str:
    """Return *text* however it is broken into lines, without comments."""
    return " ".join(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def columns(name: str, engine: str) -> Iterator[str]:
    """What the fields of a migration make of their columns, which is no part of its text."""
    connection = ConnectionHandler({"default": {"ENGINE": f"django.db.backends.{engine}", "NAME": "none"}})["default"]
    state = MigrationLoader(None).project_state((APP, name))
    for model in state.apps.get_app_config(APP).get_models():
        for field in model._meta.local_fields:
            kind: Any = field.db_parameters(connection)
            told = kind["type"] if field.remote_field is None else "as it is referred to"  # a host's key may be any
            yield f"{model._meta.db_table}.{field.column} {told} {kind.get('collation')} {field.null} {field.unique}"


@pytest.mark.row("D6")
@pytest.mark.parametrize("what", ["text", *ENGINES])
@pytest.mark.parametrize("name", names())
def test_a_migration_is_as_it_was_written_down(name: str, what: str) -> None:
    if digests(name)[what] != json.loads(FROZEN.read_text(encoding="utf-8")).get(name, {}).get(what):
        pytest.fail(ADVICE.format(what=what, name=name), pytrace=False)


def test_no_migration_that_was_written_down_is_gone() -> None:
    assert sorted(json.loads(FROZEN.read_text(encoding="utf-8"))) == names()


def test_another_text_or_another_column_is_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the tests above: they can fail."""
    before = digests("0001_initial")
    monkeypatch.setattr(fields.WordField, "db_parameters", lambda *_: {"type": "varchar(9)"})
    after = digests("0001_initial")

    assert {what for what in before if before[what] != after[what]} == {*ENGINES}
    assert words("a = 1\n# said\nb") == words("a =\n1 b") != words("a = 2 b")


if __name__ == "__main__":
    written = {name: digests(name) for name in names()}
    FROZEN.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
