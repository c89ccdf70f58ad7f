"""Mails leave through whichever extension the application has."""

import pytest
from flask import Flask
from flask_mail import Mail
from flask_mailman import Mail as Mailman
from tests.flask.hosts import application

from tenantaccess import MisuseError, TenantAccess, TenantId
from tenantaccess.commands import AppointManager, Disable
from tenantaccess.mail import MailLinks
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.web.flask import FlaskMailer, TenantAccessFlask, mailer

BASE = "https://clinic.example/access"


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    riverside = given(access).tenant("Riverside Clinic")
    given(access).unverified(riverside, username="jo")
    return riverside


def host(access: TenantAccess, **config: object) -> Flask:
    app = application(TENANTACCESS_LINK_BASE=BASE, MAIL_DEFAULT_SENDER="clinic@clinic.example", **config)
    TenantAccessFlask(app, access)
    return app


@pytest.mark.usefixtures("riverside")
def test_through_flask_mailman(access: TenantAccess) -> None:
    app = host(access, MAIL_BACKEND="locmem")
    Mailman(app)
    with app.app_context():
        assert access.notices.deliver(mailer()).sent == 1
        (sent,) = app.extensions["mailman"].outbox
    assert (sent.to, sent.from_email) == (["jo@people.example"], "clinic@clinic.example")
    assert "Riverside Clinic" in sent.body
    assert f"{BASE}/complete-registration?token=" in sent.body
    ((html, kind),) = sent.alternatives
    assert kind == "text/html"
    assert f'<a href="{BASE}/complete-registration?token=' in html
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("riverside")
def test_through_flask_mail(access: TenantAccess) -> None:
    app = host(access, MAIL_SUPPRESS_SEND=True, TENANTACCESS_MAIL_SENDER="portal@clinic.example")
    mail = Mail(app)
    with app.app_context(), mail.record_messages() as sent:
        assert access.notices.deliver(mailer()).sent == 1
    assert sent[0].sender == "portal@clinic.example"
    assert f"{BASE}/complete-registration?token=" in (sent[0].body or "")
    assert f'<a href="{BASE}/complete-registration?token=' in (sent[0].html or "")
    assert "X-Notice" in (sent[0].extra_headers or {})


@pytest.mark.usefixtures("riverside")
def test_a_host_without_the_portal_mails_plain_text_alone(access: TenantAccess) -> None:
    app = host(access, MAIL_BACKEND="locmem", TENANTACCESS_REGISTER_PORTAL=False)
    Mailman(app)
    with app.app_context():
        assert access.notices.deliver(mailer()).sent == 1
        assert app.extensions["mailman"].outbox[0].alternatives == []


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({}, f"Sign in here:\n{BASE}/sign-in\n"),
        ({"TENANTACCESS_SIGN_IN": "/login"}, "Sign in here:\nhttps://clinic.example/login\n"),
        ({"TENANTACCESS_REGISTER_PORTAL": False}, ""),
    ],
)
def test_whoever_is_asked_in_reads_where(
    access: TenantAccess, riverside: TenantId, config: dict[str, object], line: str
) -> None:
    given(access).manager(riverside)
    pat = given(access).registered(riverside, username="pat")
    access.execute(AppointManager(riverside, pat), by=OPERATOR)
    access.execute(Disable(riverside, pat), by=OPERATOR)
    app = host(access, MAIL_BACKEND="locmem", **config)
    Mailman(app)
    with app.app_context():
        access.notices.deliver(mailer())
        told = [one.body for one in app.extensions["mailman"].outbox if one.to == ["pat@people.example"]]
    assert len(told) == 2
    assert (line in told[0], "Sign in here" in told[0]) == (True, bool(line))
    assert "Sign in here" not in told[1]  # of somebody disabled nothing is asked


@pytest.mark.usefixtures("riverside")
def test_what_a_server_does_not_take_stays_queued(access: TenantAccess) -> None:
    app = host(access, TESTING=False, MAIL_SERVER="127.0.0.1", MAIL_PORT=1)
    Mailman(app)
    with app.app_context():
        done = access.notices.deliver(mailer())
    assert (done.sent, done.failed) == (0, 1)
    assert access.notices.queued() == 1


def test_the_hosts_own_comes_first(access: TenantAccess) -> None:
    app, own = application(), RecordingMailer()
    TenantAccessFlask(app, access, mailer=own)
    with app.app_context():
        assert mailer() is own


def test_without_any_or_without_an_address_it_says_what_to_do(access: TenantAccess) -> None:
    app = application()
    TenantAccessFlask(app, access)
    with app.app_context(), pytest.raises(MisuseError, match="Flask-Mailman or Flask-Mail"):
        mailer()
    Mail(app)
    with app.app_context(), pytest.raises(MisuseError, match="TENANTACCESS_LINK_BASE"):
        mailer()


@pytest.mark.row("P5")
@pytest.mark.usefixtures("riverside")
def test_in_the_language_of_its_mailer_whoever_sends_it(access: TenantAccess) -> None:
    app = application(MAIL_BACKEND="locmem", MAIL_DEFAULT_SENDER="clinic@clinic.example")
    TenantAccessFlask(app, access, mailer=FlaskMailer(MailLinks(BASE), language="ar", gettext=lambda text: f"«{text}»"))
    Mailman(app)
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert access.notices.deliver(mailer()).sent == 1
        (sent,) = app.extensions["mailman"].outbox
    assert sent.subject.startswith("«")
    assert "«Complete your registration» here:" in sent.body
    ((html, _),) = sent.alternatives
    assert '<html lang="ar" dir="rtl">' in html
