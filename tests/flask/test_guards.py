"""Who is let in where: judged in each request, by one query, and by nothing that a visitor can make up (F7)."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import attrs
import pytest
from flask import Flask, Request, request
from flask.sessions import SecureCookieSessionInterface
from tests.flask.hosts import PROGRAM, Person, application
from tests.services.statements import statements
from tests.web.raised import RAISED

from tenantaccess import FULL, VIEW, PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import (
    AppointManager,
    ChangePrivileges,
    Disable,
    Enable,
    ReinstatePrincipal,
    SuspendPrincipal,
)
from tenantaccess.demo.world import CATALOG
from tenantaccess.model.privileges import Edit
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore
from tenantaccess.web.flask import (
    SignInNeededError,
    TenantAccessFlask,
    current_access,
    current_tenant,
    enter_tenant,
    require_access,
)


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant("Riverside Clinic", segments=["medicaid"])


@pytest.fixture
def lakeside(access: TenantAccess) -> TenantId:
    return given(access).tenant("Lakeside Practice")


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return given(access).member(riverside, levels={"claims": FULL}, username="jo")


@pytest.fixture
def person(app: Flask, jo: PrincipalId) -> Person:
    assert jo
    made = Person(app.test_client())
    made.sign_in("jo")
    return made


class TestAGuardedView:
    def test_it_begins_where_it_is_allowed(self, person: Person, riverside: TenantId, jo: PrincipalId) -> None:
        answer = person.client.post(f"/practices/{riverside}/claims")
        assert answer.text == f"submitted in {riverside} by {jo}"

    def test_it_does_not_where_the_level_is_too_low(
        self, app: Flask, access: TenantAccess, riverside: TenantId
    ) -> None:
        given(access).member(riverside, levels={"claims": VIEW}, username="kim")
        given(access).manager(riverside, "maria")
        kim = Person(app.test_client())
        kim.sign_in("kim")
        refused = kim.client.get(f"/practices/{riverside}/claims")
        assert refused.status_code == 403
        assert "maria" in refused.text
        assert kim.client.get(f"/practices/{riverside}/claims", headers=PROGRAM).json == {
            "type": "about:blank",
            "title": "Not allowed",
            "status": 403,
            "detail": refused.text.split('class="lead">')[1].split("<")[0],
            "code": "denied",
        }

    @pytest.mark.usefixtures("jo")
    def test_a_stranger_signs_in_and_comes_back(self, app: Flask, riverside: TenantId) -> None:
        stranger = Person(app.test_client())
        led = stranger.client.get(f"/practices/{riverside}/claims?month=5&year=26")
        assert led.status_code == 303
        back = f"/practices/{riverside}/claims?month=5&year=26"
        page = stranger.client.get(led.location)
        assert f'name="next" value="{back.replace("&", "&amp;")}"' in page.text
        signed = stranger.send(led.location, "/access/sign-in", username="jo", password=PASSWORD, next=back)
        assert signed.location == back
        assert stranger.client.get("/claims", headers=PROGRAM).status_code == 404
        begun = stranger.client.get("/claims?month=5")
        assert begun.location == "/access/?next=/claims?month%3D5"
        assert stranger.client.get(begun.location).location == "/claims?month=5"
        assert stranger.client.get("/claims?month=5").text == f"claims of {riverside}"

    def test_a_stranger_who_sent_something_does_not_come_back_to_that(self, app: Flask, riverside: TenantId) -> None:
        assert app.test_client().post(f"/practices/{riverside}/claims").location.endswith("next=%2F")

    def test_a_program_is_told_to_sign_in(self, app: Flask, riverside: TenantId) -> None:
        answer = app.test_client().get(f"/practices/{riverside}/claims", headers=PROGRAM)
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
        assert answer.json is not None
        assert answer.json["code"] == "sign_in"
        assert "Accept" in answer.vary

    def test_a_word_that_there_is_not_is_a_mistake_of_the_host(self, person: Person) -> None:
        with pytest.raises(Exception, match="no action `vieww`"):
            person.client.get("/typo")

    def test_it_takes_one_query(self, clock: FrozenClock) -> None:
        store = SQLAlchemyStore("sqlite://")
        store.create_all()
        access = TenantAccess(store, CATALOG, clock=clock, hasher=QuickHasher())
        riverside = given(access).tenant()
        given(access).member(riverside, levels={"claims": FULL}, username="jo")
        app = application()
        TenantAccessFlask(app, access)
        jo = Person(app.test_client())
        jo.sign_in("jo")
        jo.enter(riverside)
        for path in ("/claims", f"/practices/{riverside}/claims", f"/p/{riverside}", "/where"):
            with statements(access) as seen:
                assert jo.client.get(path).status_code == 200
            assert len(seen) == 1, path
        store.dispose()


class TestWhichTenant:
    def test_the_one_entered_last(self, person: Person, riverside: TenantId) -> None:
        assert person.client.get("/where").text == "nowhere"
        person.enter(riverside)
        assert person.client.get("/where").text == riverside

    def test_the_address_counts_for_more_and_changes_nothing(
        self, person: Person, access: TenantAccess, riverside: TenantId, lakeside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(AppointManager(lakeside, jo), by=OPERATOR)
        person.enter(riverside)
        assert person.client.get(f"/p/{lakeside}").text == f"{lakeside}: True True"
        assert person.client.get("/where").text == riverside

    @pytest.mark.parametrize("place", ["header", "query"])
    @pytest.mark.usefixtures("jo")
    def test_the_host_may_say_it(self, access: TenantAccess, riverside: TenantId, place: str) -> None:
        def told(request: Request) -> TenantId | None:
            named = request.headers.get("X-Practice") or request.args.get("practice")
            return TenantId(named) if named else None

        app = application()
        TenantAccessFlask(app, access, tenant_of=told)
        person = Person(app.test_client())
        person.sign_in("jo")
        asked: dict[str, Any] = {"header": {"headers": {"X-Practice": riverside}}, "query": {}}[place]
        assert person.client.get(f"/where?practice={riverside}" if place == "query" else "/where", **asked).text == (
            riverside
        )

    @pytest.mark.usefixtures("jo")
    def test_a_name_of_the_host_is_no_id_and_it_says_which_it_means(
        self, access: TenantAccess, riverside: TenantId
    ) -> None:
        app, names = application(), {"/p/riverside": riverside}
        TenantAccessFlask(app, access, tenant_of=lambda request: names.get(request.path))
        person = Person(app.test_client())
        person.sign_in("jo")
        assert person.client.get("/p/riverside").text == "riverside: True True"
        person.enter(riverside)
        assert person.client.get("/p/lakeside").text == "lakeside: False False"

    def test_outside_a_request_there_is_none(self, app: Flask) -> None:
        assert not current_access
        assert not current_tenant
        with app.app_context():
            assert not current_access

    def test_a_context_of_the_application_around_requests_mixes_nobody_up(
        self, app: Flask, person: Person, riverside: TenantId
    ) -> None:
        with app.app_context():
            assert person.client.get(f"/p/{riverside}").text == f"{riverside}: True True"
            assert app.test_client().get(f"/p/{riverside}").text == f"{riverside}: False False"


@pytest.mark.row("F7", "A05")
class TestWhatIsMadeUp:
    def test_an_address_of_a_tenant_that_is_not_theirs(self, person: Person, lakeside: TenantId) -> None:
        absent = TenantId("ten_" + "0" * 32)
        foreign, nothing = (person.client.get(f"/practices/{tenant}/claims") for tenant in (lakeside, absent))
        assert foreign.status_code == nothing.status_code == 404
        assert foreign.text.replace(lakeside, absent).count("Not found") == nothing.text.count("Not found") > 0
        assert person.client.get(f"/p/{lakeside}").text == f"{lakeside}: False False"

    @pytest.mark.usefixtures("jo")
    def test_a_header_with_a_tenant_that_is_not_theirs(self, access: TenantAccess, lakeside: TenantId) -> None:
        app = application()
        TenantAccessFlask(app, access, tenant_of=lambda request: TenantId(request.headers["X-Practice"]))
        person = Person(app.test_client())
        person.sign_in("jo")
        assert person.client.get("/where", headers={"X-Practice": lakeside}).text == "nowhere"
        assert person.client.get("/claims", headers={"X-Practice": lakeside}).status_code == 404

    def test_a_session_that_was_altered(self, person: Person, riverside: TenantId) -> None:
        person.enter(riverside)
        cookie = person.client.get_cookie("session")
        assert cookie is not None
        person.client.set_cookie("session", cookie.value[:-4] + "AAAA")
        assert person.client.get("/where").text == "nowhere"

    def test_a_session_that_names_a_tenant_that_is_not_theirs(
        self, person: Person, riverside: TenantId, lakeside: TenantId
    ) -> None:
        """Even with the key that signs: what stands in the session is judged, not believed."""
        person.enter(riverside)
        with person.client.session_transaction() as session:
            session["tenantaccess.kept"]["sessions"][0][0] = lakeside
            session.modified = True
        assert person.client.get("/where").text == "nowhere"
        assert person.client.get("/claims").status_code == 404

    def test_a_session_of_somebody_else(
        self, person: Person, access: TenantAccess, riverside: TenantId, lakeside: TenantId
    ) -> None:
        other = given(access).member(lakeside)
        person.enter(riverside)
        with person.client.session_transaction() as session:
            session["tenantaccess.kept"]["sessions"][0][0] = lakeside
            session["tenantaccess.kept"]["whose"] = other
            session.modified = True
        assert person.client.get("/where").text == "nowhere"

    @pytest.mark.parametrize(
        "stored",
        [None, "jo", [], {}, {"id": "jo"}, {"id": "pri_" + "0" * 32}, {"id": "pri_" + "0" * 32, "epoch": "0"}],
    )
    def test_whatever_else_stands_in_the_session_is_nobody(
        self, app: Flask, riverside: TenantId, stored: object
    ) -> None:
        client = app.test_client()
        with client.session_transaction() as session:
            session["tenantaccess.principal"] = stored
        assert client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert client.get("/access/").location.startswith("/access/sign-in")


@pytest.mark.row("INV-21")
class TestWhatHasEnded:
    def test_a_suspension_ends_the_sign_in_for_good(
        self, person: Person, access: TenantAccess, riverside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(SuspendPrincipal(jo), by=OPERATOR)
        assert person.client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        access.execute(ReinstatePrincipal(jo), by=OPERATOR)
        assert person.client.get(f"/p/{riverside}").text == f"{riverside}: False False"
        assert person.client.get(f"/practices/{riverside}/claims", headers=PROGRAM).status_code == 401
        assert person.client.get("/access/").location.startswith("/access/sign-in")

    def test_a_dead_sign_in_is_no_activity(
        self, person: Person, access: TenantAccess, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
    ) -> None:
        access.execute(SuspendPrincipal(jo), by=OPERATOR)
        access.execute(ReinstatePrincipal(jo), by=OPERATOR)
        before = access.contexts.mine(riverside, jo).lapses_at
        clock.advance(timedelta(days=1))
        person.client.get(f"/p/{riverside}")
        assert access.contexts.mine(riverside, jo).lapses_at == before

    def test_what_was_entered_before_a_disable_is_entered_anew(
        self, person: Person, access: TenantAccess, riverside: TenantId, jo: PrincipalId
    ) -> None:
        person.enter(riverside)
        access.execute(Disable(riverside, jo), by=OPERATOR)
        assert person.client.get("/claims", headers=PROGRAM).status_code == 403
        access.execute(Enable(riverside, jo), by=OPERATOR)
        assert person.client.get("/claims", headers=PROGRAM).status_code == 403
        led = person.client.get("/claims")
        assert led.location == f"/access/tenants?to={riverside}&next=/claims"
        assert "Riverside Clinic" in person.client.get(led.location).text
        person.enter(riverside)
        assert person.client.get("/claims").status_code == 200

    def test_a_sign_in_lasts_no_longer_than_was_said(
        self, person: Person, clock: FrozenClock, riverside: TenantId
    ) -> None:
        clock.advance(timedelta(hours=12) - timedelta(microseconds=1))
        assert person.client.get(f"/p/{riverside}").text == f"{riverside}: True True"
        clock.advance(timedelta(microseconds=1))
        assert person.client.get(f"/p/{riverside}").text == f"{riverside}: False False"

    def test_levels_are_read_anew_in_each_request(
        self, person: Person, access: TenantAccess, riverside: TenantId, jo: PrincipalId
    ) -> None:
        person.enter(riverside)
        assert person.client.get("/claims").status_code == 200
        access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", "none")]), by=OPERATOR)
        assert person.client.get("/claims").status_code == 403


class TestWhatAViewRaises:
    """Each is answered as `answers` has it: a page for people, a problem for programs, and when to come back."""

    @pytest.mark.parametrize("what", RAISED)
    def test_people_read_a_page_and_programs_a_problem(self, person: Person, what: str) -> None:
        wanted = RAISED[what]
        page = person.client.post(f"/raising/{what}")
        assert (page.status_code, page.headers.get("Retry-After")) == (wanted.status, wanted.retry_after)
        assert page.content_type.startswith("text/html")
        assert f"<h1>{wanted.title}</h1>" in page.text
        problem = person.client.post(f"/raising/{what}", headers=PROGRAM)
        assert (problem.status_code, problem.headers.get("Retry-After")) == (wanted.status, wanted.retry_after)
        assert problem.content_type == "application/problem+json"
        assert problem.json is not None
        told = [problem.json[name] for name in ("status", "code", "title")]
        assert told == [wanted.status, wanted.code, wanted.title]
        assert "Accept" in problem.vary

    def test_who_is_denied_reads_what_they_lack(
        self, person: Person, access: TenantAccess, riverside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", "view")]), by=OPERATOR)
        refused = person.client.get(f"/practices/{riverside}/claims")
        assert refused.status_code == 403
        assert "You have no access, or too little, to: <strong>Claims</strong>" in refused.text


class TestAnOutage:
    def test_it_is_none_of_the_answers_that_there_are_and_is_logged_once(
        self, access: TenantAccess, riverside: TenantId, caplog: pytest.LogCaptureFixture
    ) -> None:
        given(access).member(riverside, levels={"claims": FULL}, username="jo")
        store = FaultyStore(access.store)
        app = application()
        TenantAccessFlask(app, attrs.evolve(access, store=store))
        person = Person(app.test_client())
        person.sign_in("jo")
        person.enter(riverside)
        for path in ("/claims", "/where", f"/practices/{riverside}/claims", "/access/tenants"):
            store.restart(*(Fault(call, FaultKind.BEFORE) for call in range(1, 9)))
            page = person.client.get(path)
            assert page.status_code == 503
            assert page.headers["Retry-After"] == "5"
            assert "Out of order" in page.text
            assert [record.message.partition(":")[0] for record in caplog.records] == ["tenantaccess"]
            caplog.clear()
            store.restart(Fault(1, FaultKind.BEFORE))
            assert person.client.get(path, headers=PROGRAM).status_code == 503
            assert len(caplog.records) == 1
            caplog.clear()
        store.restart()
        assert person.client.get("/where").text == riverside


class TestSwitchingByTheHost:
    @pytest.mark.usefixtures("jo")
    def test_it_keeps_the_tenant_and_renews_the_session(self, app: Flask, person: Person, riverside: TenantId) -> None:
        class Renewing(SecureCookieSessionInterface):
            renewed = 0

            def regenerate(self, _: object) -> None:
                self.renewed += 1

        interface = Renewing()
        app.session_interface = interface
        assert person.client.post(f"/choose/{riverside}").text == "False medicaid True"
        assert interface.renewed == 1
        assert person.client.get("/where").text == riverside

    def test_nobody_enters_who_is_not_signed_in(self, app: Flask, riverside: TenantId) -> None:
        with app.test_request_context("/"), pytest.raises(SignInNeededError):
            enter_tenant(riverside)


@pytest.mark.row("A52")
def test_the_way_back_is_never_another_host(app: Flask) -> None:
    @app.before_request
    def guard() -> None:
        if not request.path.startswith("/access"):
            require_access("claims", "view")

    client = app.test_client()
    for path in ("//evil.example/x", "///evil.example", "/\\evil.example/x"):
        back = client.get("/", environ_overrides={"PATH_INFO": path}).location.partition("next=")[2]
        assert unquote(back).startswith("/")
        assert unquote(back)[1:2] not in ("/", "\\"), back
