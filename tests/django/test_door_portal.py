"""The portal in a Django project: the same pages, the project's users, sessions, forms and templates."""

from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.db import connections
from django.shortcuts import redirect
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from tests.django.door import Site, said, site, soup, text
from tests.web.site import Missing

from tenantaccess.commands import ChangePassword, Disable, Invite, Remove
from tenantaccess.model.levels import VIEW
from tenantaccess.model.privileges import Grant
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.web.django.current import KEPT
from tenantaccess.web.django.models import Membership
from tenantaccess.web.django.pages import respond

MOST_LINKS = 200


@pytest.fixture
def here(default_alias: str) -> Site:
    assert default_alias
    return site()


def test_a_stranger_is_led_to_the_projects_own_page_to_sign_in(here: Site) -> None:
    answer = Client().get(f"/access/t/{here.riverside}")
    assert (answer.status_code, answer["Location"]) == (303, f"/accounts/login/?next=%2Faccess%2Ft%2F{here.riverside}")


def test_the_only_tenant_is_entered_and_shown(here: Site) -> None:
    answer = here.signed_in("maria").get("/access/", follow=True)
    assert answer.redirect_chain == [(f"/access/t/{here.riverside}", 303)]
    assert "Riverside Clinic" in text(answer, "h1")
    assert text(answer, ".who .name") == "Signed in as maria"
    out = soup(answer).select_one(".who form")
    assert out is not None
    assert out["action"] == "/accounts/logout/"


@pytest.mark.row("INV-29", "A51")
def test_entering_gives_the_session_a_new_identifier_and_keeps_who_is_signed_in(here: Site) -> None:
    browser = here.signed_in("maria")
    before = browser.session.session_key
    browser.post("/access/switch", {"tenant": here.riverside})
    assert browser.session.session_key != before
    assert browser.session[KEPT]["sessions"][0][0] == here.riverside
    assert browser.get(f"/access/t/{here.riverside}").status_code == 200


@pytest.mark.row("INV-24")
def test_a_form_without_its_field_or_with_a_wrong_one_changes_nothing(here: Site) -> None:
    browser = here.signed_in("maria", enforce_csrf_checks=True)
    assert browser.post("/access/switch", {"tenant": here.riverside}).status_code == 403
    page = browser.get("/access/tenants")
    field = soup(page).select_one("li form input[name=csrfmiddlewaretoken]")
    assert field is not None
    sent = {"tenant": here.riverside, "csrfmiddlewaretoken": "x" * 64}
    assert browser.post("/access/switch", sent).status_code == 403
    assert KEPT not in browser.session
    sent["csrfmiddlewaretoken"] = str(field["value"])
    assert browser.post("/access/switch", {**sent, "is_staff": "1"}).status_code == 422
    assert browser.post("/access/switch", sent).status_code == 303


def test_forms_are_looked_at_where_the_project_looks_at_none(here: Site) -> None:
    without = [one for one in settings.MIDDLEWARE if "Csrf" not in one]
    with override_settings(MIDDLEWARE=without):
        browser = here.signed_in("maria", enforce_csrf_checks=True)
        assert browser.post("/access/switch", {"tenant": here.riverside}).status_code == 403


@pytest.mark.row("A05", "INV-14", "F7")
def test_nothing_that_is_sent_leads_into_another_tenant(here: Site) -> None:
    browser = here.entered("maria", here.riverside)
    absent = f"ten_{'0' * 32}"
    answers = [
        browser.post("/access/switch", {"tenant": tenant}) for tenant in (here.lakeside, absent, "ten_", "riverside")
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert text(answers[0], "main") == text(answers[1], "main")
    assert browser.get(f"/access/t/{here.lakeside}").status_code in {303, 404}
    assert browser.session[KEPT]["sessions"][0][0] == here.riverside


@pytest.mark.row("F7", "MU-06")
def test_a_session_that_was_tampered_with_opens_nothing(here: Site) -> None:
    lena = here.entered("lena", here.lakeside)
    stolen = lena.session[KEPT]
    maria = here.signed_in("maria")
    for forged in (stolen, {**stolen, "whose": here.maria}, {"sessions": "x"}, [1]):
        session = maria.session
        session[KEPT] = forged
        session.save()
        assert maria.get(f"/access/t/{here.lakeside}").status_code in {303, 404}
        assert b"Lakeside" not in maria.get("/access/tenants").content


def test_a_user_of_whom_nothing_is_known_may_look_around(here: Site) -> None:
    pat = here.newcomer("pat")
    answer = here.signed_in("pat").get("/access/", follow=True)
    assert answer.status_code == 200
    assert text(answer, "h1") == "Choose one of your practices"
    assert here.access.contexts.list_tenants(pat.tenantaccess_principals.get().pk).entries == ()


def test_a_username_that_cannot_be_compared_is_told_so(here: Site) -> None:
    here.newcomer("päт")
    answer = here.signed_in("päт").get("/access/")
    assert (answer.status_code, text(answer, "h1")) == (422, "This cannot be right")


def test_who_chooses_another_password_stays_signed_in_there_and_nowhere_else(here: Site) -> None:
    there, elsewhere = here.entered("maria", here.riverside), here.signed_in("maria")
    page = there.get("/access/account")
    sent = {"current": PASSWORD, "new": "quite another password", "again": "quite another password"}
    once = soup(page).select_one("form[action='/access/account/password'] input[name=once]")
    assert once is not None
    answer = there.post("/access/account/password", {**sent, "once": str(once["value"])})
    assert answer.status_code == 303, text(answer, "main")
    assert there.get("/access/account").status_code == 200
    assert there.get(f"/access/t/{here.riverside}/users").status_code == 200
    assert there.get(f"/of/{here.riverside}/claims/").status_code == 200
    assert elsewhere.get("/access/account")["Location"].startswith("/accounts/login/")
    assert here.user("maria").check_password("quite another password")


def test_nobody_is_an_operator_unless_the_project_says_so(here: Site) -> None:
    root = here.newcomer("root")
    root.is_superuser = True
    root.save()
    browser = here.signed_in("root")
    assert "Operator" not in text(browser.get("/access/tenants"), "header")
    assert "Operator" in text(browser.get("/access/tenants", headers={"X-Payer": "yes"}), "header")
    with said(SUPERUSERS_OPERATE=True):
        assert "Operator" in text(browser.get("/access/tenants"), "header")
        assert "Operator" not in text(here.signed_in("maria").get("/access/tenants"), "header")


def test_whoever_is_inactive_is_nobody(here: Site) -> None:
    backend = "django.contrib.auth.backends.AllowAllUsersModelBackend"
    with override_settings(AUTHENTICATION_BACKENDS=[backend]), said(SUPERUSERS_OPERATE=True):
        browser = here.signed_in("maria")
        maria = here.user("maria")
        maria.is_active, maria.is_superuser = False, True
        maria.save()
        assert browser.get(f"/access/t/{here.riverside}")["Location"].startswith("/accounts/login/")
        assert browser.get(f"/of/{here.riverside}/claims/").status_code == 302


def test_what_the_pages_carry_and_what_they_are_made_of(here: Site) -> None:
    answer = here.signed_in("maria").get("/access/tenants")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert (answer["Cache-Control"], answer["X-Frame-Options"]) == ("no-store", "DENY")
    style = soup(answer).select_one("link[rel=stylesheet]")
    assert style is not None
    served = Client().get(str(style["href"]))
    assert (served.status_code, served["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in served["Cache-Control"]
    assert Client().get("/access/static/portal.000000000000.css").status_code == 404


def test_other_methods_are_refused(here: Site) -> None:
    browser = here.signed_in("maria")
    for answer in (browser.put("/access/tenants"), browser.options("/access/tenants")):
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    head = browser.head("/access/tenants")
    assert (head.status_code, head.content) == (200, b"")


def test_it_is_mounted_anywhere_and_says_so(here: Site) -> None:
    assert reverse("tenantaccess:home") == "/access/"
    answer = here.signed_in("maria").get("/access/tenants", SCRIPT_NAME="/prefix")
    found = soup(answer).select_one("form[role=search]")
    assert found is not None
    assert found["action"] == "/prefix/access/tenants"


def test_the_pages_speak_the_language_of_the_request(here: Site) -> None:
    with override_settings(USE_I18N=True, LANGUAGE_CODE="de"):
        answer = here.signed_in("maria").get("/access/tenants?search=none")
    page = soup(answer).html
    assert page is not None
    assert page["lang"] == "de"
    assert "Suchen" in text(answer)  # a word that Django has translated itself


# --- a project whose requests are transactions -----------------------------------------------------------------------


@pytest.mark.row("INV-27")
def test_pages_are_no_transactions_where_requests_are(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", value=True)
    seen: list[bool] = []
    begun = type(here.access.contexts).enter

    def enter(self: Any, *args: Any, **named: Any) -> Any:
        seen.append(here.access.store.is_hosted)
        return begun(self, *args, **named)

    monkeypatch.setattr(type(here.access.contexts), "enter", enter)
    assert here.entered("maria", here.riverside).get(f"/access/t/{here.riverside}").status_code == 200
    assert here.signed_in("jo").get(f"/of/{here.riverside}/claims/").status_code == 200
    assert seen == [False, True]  # the project's own view is one


@pytest.mark.row("AM-26")
def test_where_requests_are_transactions_people_who_come_do_not_lapse(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their activity is written once the request has committed."""
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", value=True)

    def seen() -> Any:
        return Membership.objects.get(principal=here.jo).last_active_at

    assert seen() is None
    assert here.signed_in("jo").get(f"/of/{here.riverside}/claims/").status_code == 200
    assert seen() is not None


def test_projects_where_everything_wants_a_sign_in_leave_the_portals_own_pages_open(here: Site) -> None:
    late = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    with override_settings(MIDDLEWARE=late):
        style = soup(here.signed_in("maria").get("/access/tenants")).select_one("link[rel=stylesheet]")
        assert style is not None
        assert Client().get(str(style["href"])).status_code == 200
        assert Client().get("/here/")["Location"].startswith("/accounts/login/")


def test_the_view_is_marked_for_every_database() -> None:
    for view in (resolve("/access/").func, respond):
        assert vars(view)["_non_atomic_requests"] >= {"default"}


# --- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.row("D8", "F5")
@pytest.mark.parametrize("loaders", [False, True], ids=["folders", "loaders"])
def test_the_projects_own_templates_come_first(here: Site, tmp_path: Path, *, loaders: bool) -> None:
    """A page, an element, and a base that stands in the project's own layout."""
    folder = tmp_path / "tenantaccess"
    (folder / "elements").mkdir(parents=True)
    (tmp_path / "house.html").write_text("<title>House</title>{% block house %}{% endblock %}")
    (folder / "base.html").write_text(
        '{% extends "house.html" %}{% block house %}<b id="who">{{ user.username }} {{ request.path }}</b>'
        "{% block content %}{% endblock %}{% endblock %}"
    )
    (folder / "elements" / "csrf.html").write_text('<input name="{{ page.csrf.name }}" data-own value="">')
    usual: dict[str, Any] = settings.TEMPLATES[0]
    own = {**usual, "DIRS": [tmp_path]}
    if loaders:
        found = [("django.template.loaders.filesystem.Loader", [tmp_path])]
        own = {**usual, "APP_DIRS": False, "OPTIONS": {**usual["OPTIONS"], "loaders": found}}
    with override_settings(TEMPLATES=[own]):
        answer = here.signed_in("maria").get("/access/tenants")
    assert text(answer, "title") == "House"
    assert text(answer, "#who") == "maria /access/tenants"
    assert soup(answer).select("input[data-own]")
    assert soup(here.signed_in("maria").get("/access/tenants")).select("input[data-own]") == []


@pytest.mark.row("D8", "F5")
@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [(["tall"], ["wide"], "tall"), (["wide", "tall"], [], "wide"), ([], ["wide", "tall"], "wide"), ([], [], "")],
)
def test_an_apps_own_templates_come_first_wherever_it_stands(
    here: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: list[str], after: list[str], seen: str
) -> None:
    """Of two apps the one that is installed first; after the library's own app as well as before it."""
    for name in ("tall", "wide"):
        folder = tmp_path / name / "templates" / "tenantaccess" / "elements"
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        (folder / "csrf.html").write_text(f'<input name="{{{{ page.csrf.name }}}}" data-house="{name}">')
    monkeypatch.syspath_prepend(str(tmp_path))
    installed = [*before, *settings.INSTALLED_APPS, *after]
    with override_settings(INSTALLED_APPS=installed, TEMPLATES=[*settings.TEMPLATES]):
        answer = here.signed_in("maria").get("/access/tenants")
    assert {one["data-house"] for one in soup(answer).select("[data-house]")} == ({seen} if seen else set())


def test_a_project_whose_templates_are_not_escaped_has_escaped_pages_here(here: Site) -> None:
    usual: dict[str, Any] = settings.TEMPLATES[0]
    with override_settings(TEMPLATES=[{**usual, "OPTIONS": {**usual["OPTIONS"], "autoescape": False}}]):
        answer = here.signed_in("maria").get("/access/tenants?search=<script>alert(1)</script>")
    assert b"<script>alert" not in answer.content


# --- every page ------------------------------------------------------------------------------------------------------


PEOPLE = ("maria", "jo", "kim", "lee", "pat", "stranger", "operator")
"""Who manages, is a member, is disabled, has joined another practice, has nothing, is unknown, runs the service."""
BEGINNINGS = {"stranger": "/access/request-access", "operator": "/access/operator"}
FEWEST = {"maria": 80, "jo": 7, "kim": 5, "lee": 9, "pat": 5, "stranger": 2, "operator": 6}


@pytest.fixture
def busy(here: Site) -> Site:
    """People in every state, somebody who is gone, a link, and an invitation."""
    make = given(here.access)
    make.pending(here.riverside, "paul")
    make.unverified(here.riverside, username="una")
    gone = make.registered(here.riverside, username="gone")
    here.access.execute(Remove(here.riverside, gone), by=here.maria)
    here.access.execute(Disable(here.riverside, here.kim), by=here.maria)
    here.access.execute(Invite(here.riverside, "ivy@people.example", Grant(levels={"claims": VIEW})), by=here.maria)
    lee = make.member(here.riverside, levels={"claims": VIEW}, username="lee")
    here.access.execute(ChangePassword(PASSWORD, f"{PASSWORD} of lee"), by=lee)
    make.linked(here.lakeside, here.lena, by=lee)
    here.newcomer("pat")
    return here


@pytest.mark.row("P1", "P2")
@pytest.mark.parametrize("who", PEOPLE)
def test_every_link_leads_where_its_visitor_may_go(busy: Site, who: str) -> None:
    """None ends where nothing is, or leaves the portal but to sign in; with names that must exist."""
    usual: dict[str, Any] = settings.TEMPLATES[0]
    strict = {**usual["OPTIONS"], "string_if_invalid": Missing("%s")}
    operator_of = (lambda _: OPERATOR) if who in {"maria", "operator"} else (lambda _: None)
    with override_settings(TEMPLATES=[{**usual, "OPTIONS": strict}]), said(OPERATOR_OF=operator_of):
        browser = Client() if who in {"operator", "stranger"} else busy.signed_in(who)
        if who in {"maria", "jo", "lee"}:
            browser.post("/access/switch", {"tenant": busy.riverside})
        met = crawled(browser, BEGINNINGS.get(who, "/access/"))
    told = {"opens", "signs in"} if who == "stranger" else {"opens"}
    assert {address: what for address, what in met.items() if what not in told} == {}
    assert len(met) >= FEWEST[who]


def crawled(browser: Client, beginning: str) -> dict[str, str]:
    """Follow every link from *beginning* on, but that to the project's own first page; return what became of each."""
    met, waiting = dict[str, str](), [beginning]
    while waiting:
        address = waiting.pop(0)
        page, _, part = address.partition("#")
        answer, met[address] = reached(browser, page)
        assert len(met) < MOST_LINKS
        if answer is None or not answer["Content-Type"].startswith("text/html"):
            continue
        shown = soup(answer)
        if part and shown.find(id=part) is None:
            met[address] = f"has no {part}"
        links = [str(link["href"]) for link in shown.select("a[href]:not(.brand)")]
        met.update({link: "is not there" for link in links if link[0] == "#" and shown.find(id=link[1:]) is None})
        found = [urljoin(answer.request["PATH_INFO"], link) for link in links if link[0] != "#"]
        waiting += [one for one in dict.fromkeys(found) if one not in met and one not in waiting]
    return met


def reached(browser: Client, address: str) -> tuple[Any, str]:
    """Open *address*; return the page of the portal that it leads to, if it is one, and what became of it."""
    answer: Any = browser.get(address) if address.startswith("/access") else redirect(address)
    while answer.status_code in {302, 303}:
        address = answer["Location"]
        if not address.startswith("/access"):
            return None, "signs in" if address.startswith("/accounts/login/") else f"leaves for {address}"
        answer = browser.get(address)
    if answer.streaming:
        return None, "opens" if b"".join(answer) else "is empty"
    return answer, "opens" if answer.status_code == 200 else f"answers {answer.status_code}"


def test_the_users_page_takes_a_fixed_number_of_statements(here: Site) -> None:
    """As many for eight people as for three, the project's own user and session among them."""
    maria = here.entered("maria", here.riverside)
    page = f"/access/t/{here.riverside}/users"
    counts = []
    for more in (0, 5):
        for _ in range(more):
            given(here.access).member(here.riverside, levels={"claims": VIEW})
        maria.get(page)  # what is kept from then on is kept
        with CaptureQueriesContext(connections["default"]) as sent:
            assert maria.get(page).status_code == 200
        counts.append(sum(one["sql"].startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")) for one in sent))
    assert counts == [counts[0]] * 2
    assert counts[0] <= 14
