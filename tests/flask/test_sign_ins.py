"""Who is signed in, in each of the usual ways (F3); forms that no other site can send; sessions with a new name."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cachelib import FileSystemCache
from flask import Flask
from flask_login import LoginManager, UserMixin, login_user
from flask_session import Session
from flask_wtf import CSRFProtect
from tests.flask.hosts import PROGRAM, Person, application, token_of

from tenantaccess import FULL, MisuseError, PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import ReinstatePrincipal, RequestPasswordReset, ResetPassword, SuspendPrincipal
from tenantaccess.services.authentication import SignedIn
from tenantaccess.services.passwords import PasswordChanged
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.web.flask import FlaskLogin, FlaskSecurity, TenantAccessFlask


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant("Riverside Clinic")


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return given(access).member(riverside, levels={"claims": FULL}, username="jo")


class User(UserMixin):  # type: ignore[misc]  # it has no types
    """A user of the host's, who may be a principal."""

    def __init__(self, key: str, principal_id: object) -> None:
        self.id = key
        self.username = f"user {key}"
        self.principal_id = principal_id


def with_flask_login(access: TenantAccess, users: dict[str, User], identity: FlaskLogin) -> Flask:
    """Return an application in which whoever asks for ``/in/<key>`` is signed in."""
    app = application(TENANTACCESS_SIGN_IN="/login", TENANTACCESS_SIGN_OUT="/logout")
    LoginManager(app).user_loader(users.get)
    TenantAccessFlask(app, access, identity=identity)

    @app.get("/in/<key>")
    def sign_in(key: str) -> str:
        return str(login_user(users[key]))

    return app


@pytest.mark.row("F3")
class TestFlaskLogin:
    @pytest.mark.parametrize("by", ["attribute", "function"])
    def test_its_user_is_the_principal_that_the_host_says(
        self, access: TenantAccess, riverside: TenantId, jo: PrincipalId, by: str
    ) -> None:
        principals = {"7": jo}
        identity = (
            FlaskLogin() if by == "attribute" else FlaskLogin(lambda user: principals.get(user.id), lambda _: "Jo")
        )
        client = with_flask_login(access, {"7": User("7", jo)}, identity).test_client()
        assert client.get(f"/practices/{riverside}/claims").location == (
            f"/login?next=%2Fpractices%2F{riverside}%2Fclaims"
        )
        client.get("/in/7")
        assert client.get(f"/practices/{riverside}/claims").text == f"submitted in {riverside} by {jo}"
        page = client.get("/access/", follow_redirects=True).text
        assert "Riverside Clinic" in page
        assert ("user 7" if by == "attribute" else "Jo") in page
        assert 'action="/logout"' in page

    def test_a_user_who_is_nobodys_principal_is_let_in_nowhere(self, access: TenantAccess, riverside: TenantId) -> None:
        client = with_flask_login(access, {"7": User("7", None)}, FlaskLogin()).test_client()
        client.get("/in/7")
        assert client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert client.get("/access/tenants").location.startswith("/login?next=")

    def test_a_user_that_leads_to_something_else_is_a_mistake(self, access: TenantAccess, riverside: TenantId) -> None:
        client = with_flask_login(access, {"7": User("7", 7)}, FlaskLogin()).test_client()
        client.get("/in/7")
        with pytest.raises(MisuseError, match="principal_of"):
            client.get(f"/p/{riverside}")

    def test_people_sign_in_at_the_hosts_alone(self, access: TenantAccess, jo: PrincipalId) -> None:
        app = with_flask_login(access, {"7": User("7", jo)}, FlaskLogin())
        assert app.test_client().get("/access/sign-in").status_code == 404
        with pytest.raises(MisuseError, match="TENANTACCESS_SIGN_IN"):
            FlaskLogin().sign_in(SignedIn(jo, 0), "jo")

    def test_it_can_sign_out(self, access: TenantAccess, jo: PrincipalId) -> None:
        users = {"7": User("7", jo)}
        with with_flask_login(access, users, FlaskLogin()).test_request_context("/"):
            login_user(users["7"])
            assert FlaskLogin().load().principal == jo
            FlaskLogin().sign_out()
            assert FlaskLogin().load().principal is None

    @pytest.mark.row("INV-21", "A27")
    def test_it_is_not_said_to_have_ended_sessions_that_go_on(self, access: TenantAccess, jo: PrincipalId) -> None:
        app, new = with_flask_login(access, {"7": User("7", jo)}, FlaskLogin()), "quite another password"
        here, there = Person(app.test_client()), app.test_client()
        for client in (here.client, there):
            client.get("/in/7")
        here.send("/access/account", "/access/account/password", current=PASSWORD, new=new, again=new)
        page = here.client.get("/access/account").text
        assert "Wherever else you are signed in, sign out there." in page
        assert "You are signed out everywhere else." not in page
        assert there.get("/access/account").status_code == 200
        assert here.send("/access/account", "/access/account/sign-out-everywhere").status_code == 404


@pytest.mark.row("F3")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestFlaskSecurity:
    @pytest.fixture
    def client(self, access: TenantAccess, jo: PrincipalId) -> Iterator[Any]:
        from flask_security import Security, SQLAlchemyUserDatastore, hash_password
        from flask_security.models import fsqla_v3
        from flask_sqlalchemy import SQLAlchemy

        app = application(
            SQLALCHEMY_DATABASE_URI="sqlite://",
            SECURITY_PASSWORD_SALT="salt for every password",
            SECURITY_PASSWORD_HASH="plaintext",
            SECURITY_PASSWORD_SCHEMES=["plaintext"],
            SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
            SECURITY_HASHING_SCHEMES=["hex_md5"],
            SECURITY_DEPRECATED_HASHING_SCHEMES=[],
            WTF_CSRF_ENABLED=False,
            TENANTACCESS_SIGN_IN="/login",
            TENANTACCESS_SIGN_OUT="/logout",
        )
        db = SQLAlchemy(app)
        import_module("flask_security.models.fsqla_v3").FsModels.set_db_info(db)

        class Role(db.Model, fsqla_v3.FsRoleMixin):  # type: ignore[name-defined, misc]  # its base is made at run time
            pass

        class Person(db.Model, fsqla_v3.FsUserMixin):  # type: ignore[name-defined, misc]
            __tablename__ = "user"
            principal_id = db.Column(db.String(40))

        datastore = SQLAlchemyUserDatastore(db, Person, Role)
        Security(app, datastore)
        TenantAccessFlask(app, access, identity=FlaskSecurity())
        with app.app_context():
            db.create_all()
            datastore.create_user(email="jo@clinic.example", password=hash_password(PASSWORD), principal_id=jo)
            db.session.commit()
        yield app.test_client()
        with app.app_context():
            db.engine.dispose()

    def test_its_user_is_the_principal_that_the_host_says(self, client: Any, riverside: TenantId) -> None:
        assert client.get(f"/practices/{riverside}/claims").location.startswith("/login?next=")
        client.post("/login", data={"email": "jo@clinic.example", "password": PASSWORD})
        assert client.get(f"/practices/{riverside}/claims").text.startswith(f"submitted in {riverside}")
        assert "jo@clinic.example" in client.get("/access/", follow_redirects=True).text

    def test_so_is_the_one_of_a_token(self, client: Any, riverside: TenantId) -> None:
        signed = client.post(
            "/login?include_auth_token", json={"email": "jo@clinic.example", "password": PASSWORD}, headers=PROGRAM
        )
        token = signed.json["response"]["user"]["authentication_token"]
        other = client.application.test_client()
        asked = {**PROGRAM, "Authentication-Token": token}
        assert other.get(f"/practices/{riverside}/claims", headers=asked).text.startswith("submitted")
        assert other.get(f"/practices/{riverside}/claims", headers=PROGRAM).status_code == 401

    def test_it_can_sign_out(self, client: Any) -> None:
        with client:
            client.post("/login", data={"email": "jo@clinic.example", "password": PASSWORD})
            client.get("/where")
            assert FlaskSecurity().load().principal is not None
            FlaskSecurity().sign_out()
            assert FlaskSecurity().load().principal is None


@pytest.mark.row("F3")
class TestPlainSessions:
    def test_nothing_of_the_former_session_is_left(self, app: Flask, jo: PrincipalId) -> None:
        person = Person(app.test_client())
        with person.client.session_transaction() as session:
            session["basket"] = "of somebody else"
        person.sign_in("jo")
        with person.client.session_transaction() as session:
            assert set(session) == {"tenantaccess.principal", "tenantaccess.kept"}
            assert session["tenantaccess.principal"]["id"] == jo

    @pytest.mark.usefixtures("jo")
    def test_nothing_is_left_of_one_that_signed_out(self, app: Flask, riverside: TenantId) -> None:
        person = Person(app.test_client())
        person.sign_in("jo")
        person.enter(riverside)
        assert person.send("/access/tenants", "/access/sign-out").status_code == 303
        assert person.client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        with person.client.session_transaction() as session:
            assert "tenantaccess.principal" not in session
            assert session["tenantaccess.kept"]["sessions"] == []

    @pytest.mark.row("INV-21")
    def test_a_reset_of_the_password_ends_those_there_are(
        self, app: Flask, access: TenantAccess, riverside: TenantId
    ) -> None:
        given(access).registered(riverside, username="kim")
        kim, mailer = Person(app.test_client()), RecordingMailer()
        kim.sign_in("kim")
        kim.enter(riverside)
        access.execute(RequestPasswordReset("kim"))
        access.notices.deliver(mailer)
        access.execute(ResetPassword(mailer.messages[-1].token, "a new brown password"))
        assert kim.client.get("/where").text == "nowhere"
        assert kim.client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert kim.client.get("/access/tenants").location.startswith("/access/sign-in")
        kim.sign_in("kim", "a new brown password")
        assert kim.client.get(f"/p/{riverside}").text == f"{riverside}: True True"

    @pytest.mark.row("INV-21", "A27")
    def test_another_password_ends_all_but_the_one_in_which_it_was_chosen(
        self, app: Flask, riverside: TenantId, jo: PrincipalId
    ) -> None:
        here, there = Person(app.test_client()), Person(app.test_client())
        for person in (here, there):
            person.sign_in("jo")
            person.enter(riverside)
        with here.client.session_transaction() as session:
            session["basket"] = "full"
        new = "quite another password"
        answer = here.send("/access/account", "/access/account/password", current=PASSWORD, new=new, again=new)
        assert (answer.status_code, answer.location) == (303, "/access/account")
        assert here.client.get(f"/access/t/{riverside}").status_code == 200
        assert here.client.get(f"/p/{riverside}").text == f"{riverside}: True True"
        with here.client.session_transaction() as session:
            assert session["basket"] == "full"
        assert there.client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert there.client.get("/access/account").location.startswith("/access/sign-in")
        assert jo

    @pytest.mark.row("INV-21", "A27")
    @pytest.mark.usefixtures("jo")
    def test_what_is_under_way_while_a_password_is_chosen_does_not_sign_out(self, app: Flask) -> None:
        person, second = Person(app.test_client()), app.test_client()
        person.sign_in("jo")
        new, token = "quite another password", token_of(person.client.get("/access/account"))
        fields = {"csrf_token": token, "current": PASSWORD, "new": new, "again": new}
        second.set_cookie("session", _cookie(person))
        assert person.client.post("/access/account/password", data=fields).location == "/access/account"
        for answer in (second.get("/access/tenants"), second.post("/access/account/password", data=fields)):
            assert answer.location.startswith("/access/sign-in?next=")
            assert "Set-Cookie" not in answer.headers
        led = person.client.get(answer.location)
        assert (led.status_code, led.location) == (303, "/access/")
        assert "Your password was changed." in person.client.get("/access/", follow_redirects=True).text
        told = second.get(answer.location).text
        assert "You were signed out meanwhile. What you sent last may not have been done" in told

    @pytest.mark.row("INV-21", "A27")
    def test_a_suspension_ends_the_one_that_chose_another_password_too(
        self, app: Flask, access: TenantAccess, jo: PrincipalId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person, whole, new = Person(app.test_client()), PasswordChanged.continues, "quite another password"
        person.sign_in("jo")

        def meanwhile(self: PasswordChanged, epoch: int) -> bool:
            access.execute(SuspendPrincipal(jo), by=OPERATOR)
            access.execute(ReinstatePrincipal(jo), by=OPERATOR)
            return whole(self, epoch)

        monkeypatch.setattr(PasswordChanged, "continues", meanwhile)
        person.send("/access/account", "/access/account/password", current=PASSWORD, new=new, again=new)
        assert person.client.get("/access/account").location.startswith("/access/sign-in")

    @pytest.mark.row("INV-21", "A27")
    @pytest.mark.usefixtures("jo")
    def test_a_copied_cookie_dies_with_a_sign_out_everywhere(self, app: Flask, riverside: TenantId) -> None:
        person, thief = Person(app.test_client()), app.test_client()
        person.sign_in("jo")
        thief.set_cookie("session", _cookie(person))
        assert thief.get(f"/p/{riverside}").text == f"{riverside}: True True"
        assert person.send("/access/account", "/access/account/sign-out-everywhere").status_code == 303
        assert "You are signed out everywhere." in person.client.get("/access/sign-in").text
        for browser in (person.client, thief):
            assert browser.get(f"/p/{riverside}").text == f"{riverside}: False False"

    @pytest.mark.row("INV-21", "A27")
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    @pytest.mark.usefixtures("jo")
    def test_kept_on_the_server_a_copied_cookie_dies_with_any_sign_out(
        self, access: TenantAccess, riverside: TenantId, tmp_path: Path
    ) -> None:
        app = application(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path)))
        Session(app)
        TenantAccessFlask(app, access)
        person, thief = Person(app.test_client()), app.test_client()
        person.sign_in("jo")
        thief.set_cookie("session", _cookie(person))
        assert thief.get(f"/p/{riverside}").text == f"{riverside}: True True"
        person.send("/access/tenants", "/access/sign-out")
        assert thief.get(f"/p/{riverside}").text == f"{riverside}: False False"

    @pytest.mark.row("INV-29", "A51")
    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_kept_on_the_server_they_get_a_new_name_at_sign_in_and_switch(
        self, access: TenantAccess, riverside: TenantId, jo: PrincipalId, tmp_path: Path
    ) -> None:
        app = application(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path)))
        Session(app)
        TenantAccessFlask(app, access)
        person = Person(app.test_client())
        person.client.get("/access/sign-in")
        names = [_cookie(person)]
        person.sign_in("jo")
        names.append(_cookie(person))
        person.enter(riverside)
        names.append(_cookie(person))
        assert len(set(names)) == 3
        assert person.client.get("/where").text == riverside
        before = app.test_client()
        before.set_cookie("session", names[1])
        assert before.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert jo


def _cookie(person: Person) -> str:
    found = person.client.get_cookie("session")
    assert found is not None
    return found.value


class TestForms:
    @pytest.mark.row("A53")
    @pytest.mark.parametrize("token", ["", "another", "caf\u00e9", None])
    def test_without_the_sessions_own_token_nothing_changes(
        self, app: Flask, jo: PrincipalId, riverside: TenantId, token: str | None
    ) -> None:
        person = Person(app.test_client())
        person.sign_in("jo")
        fields = {"tenant": riverside} | ({} if token is None else {"csrf_token": token})
        refused = person.client.post("/access/switch", data=fields)
        assert refused.status_code == 403
        assert person.client.get("/where").text == "nowhere"
        assert jo

    @pytest.mark.usefixtures("jo")
    def test_a_page_that_was_open_while_another_tab_switched_can_still_be_sent(
        self, app: Flask, riverside: TenantId
    ) -> None:
        person = Person(app.test_client())
        person.sign_in("jo")
        token = token_of(person.client.get("/access/tenants"))
        person.enter(riverside)
        sent = person.client.post("/access/switch", data={"tenant": riverside, "csrf_token": token})
        assert sent.status_code == 303

    @pytest.mark.parametrize("exempt", ["the pages", "nothing"])
    def test_the_hosts_own_protection_is_used_and_not_weakened(
        self, access: TenantAccess, jo: PrincipalId, riverside: TenantId, exempt: str
    ) -> None:
        app = application(WTF_CSRF_FIELD_NAME="own_token")
        protection = CSRFProtect(app)
        TenantAccessFlask(app, access)
        if exempt == "the pages":
            protection.exempt(app.blueprints["tenantaccess"])
        client = app.test_client()
        page = client.get("/access/sign-in").text
        assert 'name="own_token"' in page
        token = page.split('name="own_token" value="')[1].split('"')[0]
        fields = {"username": "jo", "password": PASSWORD}
        for wrong in ({}, {"own_token": token[:-2] + "AA"}, {"csrf_token": token}):
            assert client.post("/access/sign-in", data={**fields, **wrong}).status_code in {400, 403}
            assert client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert client.post("/access/sign-in", data={**fields, "own_token": token}).status_code == 303
        assert client.get(f"/p/{riverside}").text == f"{riverside}: True True"
        assert jo

    @pytest.mark.usefixtures("jo")
    def test_a_host_that_switched_it_off_for_its_tests_has_it_off(self, access: TenantAccess) -> None:
        app = application(WTF_CSRF_ENABLED=False)
        CSRFProtect(app)
        TenantAccessFlask(app, access)
        client = app.test_client()
        assert client.post("/access/sign-in", data={"username": "jo", "password": PASSWORD}).status_code == 303
