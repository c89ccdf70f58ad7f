"""One extension object, and what belongs to each application (F1)."""

from datetime import timedelta

import pytest
from flask import Flask
from tests.flask.hosts import Person, application

from tenantaccess import InvalidInputError, MisuseError, TenantAccess, UnknownNameError
from tenantaccess.demo.world import CATALOG
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import given
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.flask import FlaskLogin, TenantAccessFlask, installed, requires


def library() -> TenantAccess:
    return TenantAccess(MemoryStore(), CATALOG, hasher=QuickHasher())


class TestTwoApplications:
    @pytest.mark.row("F1")
    def test_each_has_its_own_library_and_configuration(self) -> None:
        extension, clinics, labs = TenantAccessFlask(), library(), library()
        one, other = application(TENANTACCESS_BRAND="Clinics"), application(TENANTACCESS_URL_PREFIX="/people")
        extension.init_app(one, clinics)
        extension.init_app(other, labs)
        given(clinics).member(given(clinics).tenant(), username="jo")
        assert "Clinics" in one.test_client().get("/access/sign-in").text
        assert "Clinics" not in other.test_client().get("/people/sign-in").text
        assert other.test_client().get("/access/sign-in").status_code == 404
        assert Person(one.test_client()).sign_in("jo").status_code == 303
        with other.app_context():
            assert installed().access is labs
            assert installed().config.url_prefix == "/people"
        with one.app_context():
            assert installed().access is clinics

    def test_a_second_time_on_one_is_refused(self, app: Flask, access: TenantAccess) -> None:
        with pytest.raises(MisuseError, match="already"):
            TenantAccessFlask(app, access)

    def test_without_a_library_it_says_what_to_do(self) -> None:
        with pytest.raises(MisuseError, match="give the TenantAccess"):
            TenantAccessFlask(Flask(__name__))

    def test_without_the_extension_its_guards_say_what_to_do(self) -> None:
        with pytest.raises(MisuseError, match="init_app"), application().test_request_context("/claims"):
            requires("claims", "view")(lambda: "never")()
        with pytest.raises(MisuseError, match="init_app"):
            installed()


@pytest.mark.row("P5")
def test_pages_are_in_the_language_of_the_request() -> None:
    made = application()
    TenantAccessFlask(made, library(), language_of=lambda request: (request.args.get("in", "en"), "«{}»".format))
    page = made.test_client().get("/access/sign-in?in=he").text
    assert '<html lang="he" dir="rtl">' in page
    assert "«Forgot your password?»" in page


def test_the_hosts_own_menu_stands_on_every_page_in_the_language_of_the_request() -> None:
    made = application(TENANTACCESS_LINKS=[("Claims", "/claims"), ("Help", "https://help.example/")])
    TenantAccessFlask(made, library(), language_of=lambda _: ("en", "«{}»".format))
    for path in ("/access/sign-in", "/access/nowhere"):
        page = made.test_client().get(path).text
        assert '<a href="/claims">«Claims»</a> <a href="https://help.example/">«Help»</a>' in page


class TestConfiguration:
    def test_what_is_left_unsaid_stands_there_afterwards(self, app: Flask) -> None:
        assert app.config["TENANTACCESS_URL_PREFIX"] == "/access"
        assert app.config["TENANTACCESS_SIGN_IN_LASTS"] == timedelta(hours=12)
        assert app.config["TENANTACCESS_TENANT"] == "account"

    def test_a_name_that_there_is_not_is_refused_at_the_start(self) -> None:
        with pytest.raises(UnknownNameError, match="did you mean `TENANTACCESS_URL_PREFIX`"):
            TenantAccessFlask(application(TENANTACCESS_URL_PREFX="/people"), library())

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SIGN_IN_LASTS", 3600),
            ("REGISTER_PORTAL", "no"),
            ("URL_PREFIX", None),
            ("TENANT", 7),
            ("LINKS", "/claims"),
        ],
    )
    def test_a_value_of_another_type_is_refused_at_the_start(self, name: str, value: object) -> None:
        with pytest.raises(InvalidInputError, match=f"TENANTACCESS_{name}"):
            TenantAccessFlask(application(**{f"TENANTACCESS_{name}": value}), library())

    def test_a_link_that_leads_nowhere_is_refused_at_the_start(self) -> None:
        with pytest.raises(InvalidInputError, match="begin with https"):
            TenantAccessFlask(application(TENANTACCESS_LINKS=[("Claims", "claims")]), library())

    def test_where_people_sign_in_must_be_known(self) -> None:
        with pytest.raises(MisuseError, match="TENANTACCESS_SIGN_IN"):
            TenantAccessFlask(application(), library(), identity=FlaskLogin())

    def test_headless_there_are_no_pages_but_guards(self) -> None:
        app = application(TENANTACCESS_REGISTER_PORTAL=False)
        TenantAccessFlask(app, library())
        client = app.test_client()
        assert client.get("/access/").status_code == 404
        assert client.get("/claims").status_code == 401
        assert client.get("/claims").content_type.startswith("text/html")


class TestThePortal:
    def test_head_is_answered_as_get_without_a_body(self, app: Flask) -> None:
        client = app.test_client()
        page, head = client.get("/access/sign-in"), client.head("/access/sign-in")
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Security-Policy"] == page.headers["Content-Security-Policy"]

    def test_nothing_else_is_a_method(self, app: Flask) -> None:
        assert app.test_client().delete("/access/sign-in").status_code == 405
        refused = app.test_client().post("/access/tenants")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")

    def test_its_files_are_everybodys_and_touch_no_session(self, app: Flask) -> None:
        page = app.test_client().get("/access/sign-in")
        style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
        file = app.test_client().get(style)
        assert file.content_type == "text/css; charset=utf-8"
        assert "immutable" in file.headers["Cache-Control"]
        assert not {"Set-Cookie", "Vary"} & set(file.headers.keys())
        assert app.test_client().get("/access/static/portal.old.css").status_code == 404

    def test_what_leads_on_is_never_stored_either(self, app: Flask) -> None:
        led = app.test_client().get("/access/")
        assert led.status_code == 303
        assert led.headers["Cache-Control"] == "no-store"
        assert led.headers["Location"] == "/access/sign-in?next=%2Faccess%2F"

    def test_it_is_found_below_where_the_host_is_mounted(self, app: Flask) -> None:
        page = app.test_client().get("/access/sign-in", environ_overrides={"SCRIPT_NAME": "/clinic"})
        assert 'action="/clinic/access/sign-in"' in page.text
