"""What the application does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access import US
from clinic import create_app
from flask.testing import FlaskClient
from models import Claim, Practice, User, db
from werkzeug.security import generate_password_hash

from tenantaccess import VIEW
from tenantaccess.commands import AppointManager, ChangePrivileges
from tenantaccess.stores.sqlalchemy import Enrolment


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'clinic.db'}", WTF_CSRF_ENABLED=False)
    with app.app_context():
        db.create_all()
        for number, (practice, admin, worker) in enumerate(
            [("Riverside", "maria", "jo"), ("Lakeside", "tom", "pat")], 1
        ):
            db.session.add(Practice(id=number, name=practice, tin=f"01234567{number}"))
            db.session.flush()
            for login in (admin, worker):
                password = generate_password_hash(f"{login} has a password", method="pbkdf2:sha256:1000")
                db.session.add(
                    User(
                        login=login,
                        email=f"{login}@clinic.example",
                        password_hash=password,
                        practice_id=number,
                        is_admin=login == admin,
                    )
                )
            db.session.add(Claim(practice_id=number, patient=f"Patient of {practice}", amount="80.00"))
        db.session.commit()
        app.test_cli_runner().invoke(args=["adopt"], catch_exceptions=False)
        yield app.test_client()
        db.engine.dispose()


def sign_in(client: FlaskClient, login: str) -> None:
    client.post("/sign-in", data={"login": login, "password": f"{login} has a password"}, follow_redirects=True)


def test_a_stranger_signs_in_first(client: FlaskClient) -> None:
    assert "/sign-in" in client.get("/claims").headers["Location"]


def test_everybody_sees_the_claims_of_their_practice(client: FlaskClient) -> None:
    sign_in(client, "jo")
    page = client.get("/claims").text
    assert "Patient of Riverside" in page
    assert "Patient of Lakeside" not in page


def test_every_page_says_which_practice_it_is_about_and_leads_to_others(client: FlaskClient) -> None:
    sign_in(client, "jo")
    access = client.application.extensions["tenantaccess"].access
    jo = Enrolment(access.store).find(db.session.scalar(db.select(User.id).filter_by(login="jo")))
    lakeside = db.session.scalar(db.select(Practice.tenant_id).filter_by(name="Lakeside"))
    db.session.commit()
    access.execute(AppointManager(lakeside, jo), by=US)
    page = client.get("/claims").text
    assert "selected>Riverside</option>" in page
    assert f'value="{lakeside}">Lakeside</option>' in page
    there = client.post("/access/switch", data={"tenant": lakeside, "next": "/claims"}, follow_redirects=True)
    assert "Claims of Lakeside" in there.text


def test_everybody_submits(client: FlaskClient) -> None:
    sign_in(client, "jo")
    client.post("/claims", data={"patient": "Ann", "amount": "12.00"})
    assert "Ann: 12.00" in client.get("/claims").text


def test_a_manager_sets_who_submits(client: FlaskClient) -> None:
    access = client.application.extensions["tenantaccess"].access
    enrolment = Enrolment(access.store)
    maria, jo = (enrolment.find(db.session.scalar(db.select(User.id).filter_by(login=one))) for one in ("maria", "jo"))
    tenant = access.contexts.default(maria)
    matrix = access.privileges.matrix(tenant, by=maria)
    access.execute(ChangePrivileges(tenant, matrix.edit({(jo, "claims"): VIEW})), by=maria)
    sign_in(client, "jo")
    assert "Submit" not in client.get("/claims").text
    assert client.post("/claims", data={"patient": "Ann", "amount": "12.00"}).status_code == 403


def test_only_a_manager_sees_the_users(client: FlaskClient) -> None:
    sign_in(client, "jo")
    tenant = client.get("/access/").headers["Location"]
    assert client.get(f"{tenant}/users").status_code == 403
    sign_in(client, "maria")
    assert "jo" in client.get(f"{tenant}/users").text


def test_nobody_sees_another_practice(client: FlaskClient) -> None:
    sign_in(client, "pat")
    theirs = client.get("/access/").headers["Location"]
    sign_in(client, "jo")
    assert client.get(f"{theirs}/users", follow_redirects=True).status_code in {200, 404}
    assert "pat" not in client.get(f"{theirs}/users", follow_redirects=True).text
