"""``flask access ...``: listed, with JSON for programs, and run again without a second effect (F2)."""

import csv
import io
import json
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from tests.flask.hosts import application

from tenantaccess import VIEW, TenantAccess
from tenantaccess.commands import Disable
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import QuickHasher, RecordingMailer
from tenantaccess.web.flask import TenantAccessFlask

NAMES = [
    "appoint-manager",
    "deliver",
    "explain",
    "export-audit",
    "init-db",
    "open-tenant",
    "sql",
    "sweep",
    "verify-audit",
]


@pytest.fixture
def store() -> Any:
    made = SQLAlchemyStore("sqlite://")
    yield made
    made.dispose()


@pytest.fixture
def mailer() -> RecordingMailer:
    return RecordingMailer()


@pytest.fixture
def access(store: SQLAlchemyStore) -> TenantAccess:
    return TenantAccess(store, CATALOG, hasher=QuickHasher())


@pytest.fixture
def app(access: TenantAccess, mailer: RecordingMailer) -> Flask:
    made = application()
    TenantAccessFlask(made, access, mailer=mailer)
    return made


def run(app: Flask, *words: str, said: str = "") -> Result:
    """Run ``flask access ...`` with *said* on its standard input."""
    return app.test_cli_runner().invoke(args=["access", *words], input=said)


def told(app: Flask, *words: str, said: str = "", code: int = 0) -> Any:
    """Run it with ``--json``, and return what each line of the answer is."""
    result = run(app, *words, "--json", said=said)
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def riverside(app: Flask) -> str:
    told(app, "init-db")
    words = ["open-tenant", "Riverside Clinic", "--id", "tin=01-2345678", "--segment", "medicaid"]
    (opened,) = told(app, *words, "--manager", "maria", "--password-stdin", said=f"{PASSWORD}\n")
    assert opened["opened"] is True
    return str(opened["tenant"])


@pytest.mark.row("F2")
def test_they_are_listed_each_with_what_it_does(app: Flask) -> None:
    listed = run(app, "--help").output
    for name in NAMES:
        assert name in listed
        shown = run(app, name, "--help")
        assert "--json" in shown.output
        assert len(shown.output.split("\n\n")[1].strip()) > 20


@pytest.mark.row("F2")
def test_tables_are_created_once(app: Flask, store: SQLAlchemyStore) -> None:
    assert told(app, "init-db") == told(app, "init-db") == [{"created": True}]
    assert sa.inspect(store.engine).has_table("tenantaccess_tenant")


@pytest.mark.row("F2")
def test_a_tenant_is_opened_once_with_its_manager(app: Flask, access: TenantAccess, riverside: str) -> None:
    maria = access.authenticate("maria", PASSWORD)
    assert access.check(riverside, maria, "manage_account", "edit")  # type: ignore[arg-type]  # an id, as printed
    again = told(app, "open-tenant", "Riverside", "--id", "tin=012345678", "--manager", "maria")
    assert again == [{"tenant": riverside, "name": "Riverside Clinic", "opened": False}]
    first, second = (told(app, "open-tenant", "Lakeside", "--key", "the-second") for _ in range(2))
    assert first == second
    assert first[0]["manager"] is None
    assert len(access.tenants.page(by=OPERATOR)) == 2


def test_a_password_is_asked_for_where_none_is_piped(app: Flask, access: TenantAccess) -> None:
    run(app, "init-db")
    result = run(app, "open-tenant", "Riverside", "--manager", "maria", said=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert access.authenticate("maria", PASSWORD)


@pytest.mark.row("F2", "AM-40")
def test_a_manager_is_appointed_once_by_id_or_name(app: Flask, access: TenantAccess, riverside: str) -> None:
    jo = given(access).member(riverside, username="jo")  # type: ignore[arg-type]  # as above
    assert told(app, "appoint-manager", "tin=01-2345678", "jo") == [
        {"tenant": riverside, "principal": jo, "changed": True}
    ]
    assert told(app, "appoint-manager", riverside, jo)[0]["changed"] is False
    event = access.audit.read(riverside, limit=500, by=OPERATOR)[-1][0]  # type: ignore[arg-type]  # as above
    assert (event.kind, event.actor.id) == ("appoint_manager", "command-line")


@pytest.mark.row("F2")
def test_what_waits_is_sent_once_and_a_sweep_counts(
    app: Flask, access: TenantAccess, riverside: str, mailer: RecordingMailer
) -> None:
    given(access).unverified(riverside)  # type: ignore[arg-type]  # as above
    assert told(app, "sweep")[0]["tenants"] == 1
    assert told(app, "deliver")[0]["sent"] == len(mailer.messages) > 0
    assert told(app, "deliver")[0]["sent"] == 0
    assert "0 sent" in run(app, "deliver").output


@pytest.mark.row("F2", "INV-37")
def test_a_record_that_was_altered_is_told_and_fails(
    app: Flask, access: TenantAccess, store: SQLAlchemyStore, riverside: str
) -> None:
    jo = given(access).member(riverside)  # type: ignore[arg-type]  # as above
    access.execute(Disable(riverside, jo), by=OPERATOR)  # type: ignore[arg-type]  # as above
    (whole,) = told(app, "verify-audit")
    assert whole["broken_at"] is None
    assert whole["checked"] == 4
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE tenantaccess_event SET subject = 'x' WHERE kind = 'disable'"))
    (broken,) = told(app, "verify-audit", riverside, code=1)
    assert broken["broken_at"] == 4
    assert "event 4" in run(app, "verify-audit", "tin=012345678").output


@pytest.mark.row("F2")
def test_the_record_is_exported_from_where_it_was_left(app: Flask, access: TenantAccess, riverside: str) -> None:
    given(access).member(riverside)  # type: ignore[arg-type]  # as above
    whole = told(app, "export-audit", riverside)
    assert [row["kind"] for row in whole] == ["open_tenant", "open_tenant", "add_username"]
    assert told(app, "export-audit", riverside, "--after", "2") == whole[2:]
    assert "maria" not in json.dumps(whole)
    rows = list(csv.reader(io.StringIO(run(app, "export-audit", riverside).stdout)))
    assert [row[2] for row in rows] == ["kind", *(row["kind"] for row in whole)]


@pytest.mark.row("F2")
def test_a_denial_is_explained(app: Flask, access: TenantAccess, riverside: str) -> None:
    given(access).member(riverside, levels={"claims": VIEW}, username="jo")  # type: ignore[arg-type]  # as above
    assert told(app, "explain", riverside, "jo", "claims", "view")[0]["allowed"] is True
    (no,) = told(app, "explain", "tin=01-2345678", "jo", "claims", "submit")
    assert no["reasons"] == ["level_too_low"]
    assert run(app, "explain", riverside, "jo", "claims", "submit").output.startswith("no: submit claims")


@pytest.mark.row("F2")
def test_statements_are_printed_for_either_engine(app: Flask, store: SQLAlchemyStore) -> None:
    assert told(app, "sql", "--dialect", "sqlite") == [{"dialect": "sqlite", "sql": store.ddl("sqlite")}]
    assert run(app, "sql").output == store.ddl("postgresql")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["open-tenant", "x", "--id", "tin"], "SCHEME=VALUE"),
        (["open-tenant", "x", "--id", "npi=1"], "is called `npi`"),
        (["explain", "tin=099999999", "jo", "claims", "view"], "no tenant"),
        (["explain", "tin=012345678", "nobody", "claims", "view"], "no principal `nobody`"),
        (["explain", "tin=012345678", "maria", "clams", "view"], "did you mean `claims`"),
    ],
)
@pytest.mark.usefixtures("riverside")
def test_what_is_refused_is_told_in_a_line(app: Flask, words: list[str], why: str) -> None:
    result = run(app, *words)
    assert result.exit_code == 1
    assert why in result.output
    assert "Traceback" not in result.output


def test_a_store_without_tables_says_so() -> None:
    from tenantaccess.stores.memory import MemoryStore

    app = application()
    TenantAccessFlask(app, TenantAccess(MemoryStore(), CATALOG))
    assert "no tables of its own" in run(app, "init-db").output
