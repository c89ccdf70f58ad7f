"""Mail over SMTP, to a server that listens (INV-31, INV-38, A60, A63, A65)."""

import email
import email.policy
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import attrs
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import RequestPasswordReset, ResetPassword
from tenantaccess.errors import DeliveryError, InvalidInputError
from tenantaccess.ids import TenantId
from tenantaccess.mail import MailLinks, SmtpMailer
from tenantaccess.model.notices import Message
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services.wording import Wording
from tenantaccess.testing.builders import Given

LINKS = MailLinks("https://portal.example/access/")
MESSAGE = Message(
    "not_1:pri_2", "kim@people.example", "send_password_reset", "Riverside Clinic", "kim",
    token="5ec/ret", link=TokenPurpose.RESET,
)  # fmt: skip


class Inbox:
    """What the server was given."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802  # theirs
        if "refused@people.example" in envelope.rcpt_tos:
            return "550 no such mailbox"
        self.envelopes.append(envelope)
        return "250 OK"

    def mails(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(bytes(one.content or b""), EmailMessage, policy=email.policy.default)  # type: ignore[arg-type]  # typeshed: Message
            for one in self.envelopes
        ]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def post_office(inbox: Inbox) -> Iterator[Controller]:
    """A server on this machine that takes what it is given."""
    made = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        auth_require_tls=False,
        authenticator=lambda _server, _session, _envelope, _mechanism, login: AuthResult(
            success=isinstance(login, LoginPassword) and login.password == b"right"
        ),
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture
def smtp(post_office: Controller) -> SmtpMailer:
    return SmtpMailer(
        "127.0.0.1", post_office.port, "portal@clinic.example", LINKS, "The portal", starttls=False, timeout=2
    )


@pytest.mark.row("INV-38", "AM-31")
def test_a_mail_arrives_as_plain_text_with_one_link(smtp: SmtpMailer, inbox: Inbox) -> None:
    smtp.send(MESSAGE)
    (mail,) = inbox.mails()
    assert [inbox.envelopes[0].mail_from, inbox.envelopes[0].rcpt_tos] == [
        "portal@clinic.example",
        ["kim@people.example"],
    ]
    assert mail["From"] == "The portal <portal@clinic.example>"
    assert mail["To"] == "kim@people.example"
    assert mail["Subject"] == "Choose a new password"
    assert mail["Message-ID"] == "<not_1.pri_2@clinic.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    lines = mail.get_content().splitlines()
    assert lines.count("https://portal.example/access/reset-password?token=5ec%2Fret") == 1
    assert str(mail).count("5ec") == 1


@pytest.mark.row("INV-38", "AM-31", "INV-30")
def test_what_the_library_queues_is_mailed_and_its_link_works(
    access: TenantAccess, make: Given, smtp: SmtpMailer, inbox: Inbox, riverside: TenantId
) -> None:
    kim = make.registered(riverside, username="kim")
    access.execute(RequestPasswordReset("kim"))
    assert access.notices.deliver(smtp).sent == 1
    (mail,) = inbox.mails()
    link = next(line for line in mail.get_content().splitlines() if line.startswith("https://"))
    access.execute(ResetPassword(link.partition("token=")[2], "a new brown password"))
    assert access.authenticate("kim", "a new brown password") == kim


@pytest.mark.row("A65", "INV-38")
def test_a_name_with_line_breaks_adds_no_header_and_no_recipient(smtp: SmtpMailer, inbox: Inbox) -> None:
    name = "Clinic\r\nBcc: eve@evil.example\r\n\r\nClick https://evil.example"
    smtp.send(attrs.evolve(MESSAGE, purpose="change_privileges", tenant_name=name))
    (mail,) = inbox.mails()
    assert inbox.envelopes[0].rcpt_tos == ["kim@people.example"]
    assert mail["Bcc"] is None
    assert "https://evil" not in mail.get_content()


@pytest.mark.row("A65", "A60")
@pytest.mark.parametrize(
    "bent",
    [
        "kim@people.example, eve@evil.example",
        "kim@people.example\r\nBcc: eve@evil.example",
        "['kim@people.example', 'eve@evil.example']",
        "",
    ],
    ids=["a list", "a header", "a list of two", "nobody"],
)
def test_a_message_goes_to_one_plain_address_or_nowhere(smtp: SmtpMailer, inbox: Inbox, bent: str) -> None:
    with pytest.raises(InvalidInputError):
        smtp.send(attrs.evolve(MESSAGE, to=bent))
    assert inbox.envelopes == []


@pytest.mark.row("A65")
def test_a_wording_that_breaks_a_header_is_refused(smtp: SmtpMailer, inbox: Inbox) -> None:
    broken = attrs.evolve(smtp, wording=lambda _message, _links: Wording("two\r\nlines", "text"))
    with pytest.raises(ValueError, match="linefeed"):
        broken.send(MESSAGE)
    assert inbox.envelopes == []


@pytest.mark.row("A63", "INV-31")
@pytest.mark.parametrize(
    "base",
    ["http://portal.example", "portal.example", "https://", "https://portal.example?x=1", "javascript:alert(1)",
     "https://portal.example#x", "https://user:word@portal.example"],
)  # fmt: skip
def test_links_lead_to_a_configured_https_address_alone(base: str) -> None:
    with pytest.raises(InvalidInputError):
        MailLinks(base)


@pytest.mark.row("A63")
def test_pages_may_be_called_otherwise() -> None:
    links = MailLinks("http://localhost:8000", {TokenPurpose.RESET: "neu"})
    assert links(TokenPurpose.RESET, "a b&c") == "http://localhost:8000/neu?token=a%20b%26c"


@pytest.mark.row("INV-31", "INV-38", "A66")
def test_a_server_that_takes_nothing_is_an_outage_that_tells_nothing(smtp: SmtpMailer) -> None:
    with pytest.raises(DeliveryError) as refused:
        smtp.send(attrs.evolve(MESSAGE, to="refused@people.example"))
    assert refused.value.__cause__ is None
    with pytest.raises(DeliveryError) as silent:
        attrs.evolve(smtp, port=free_port()).send(MESSAGE)
    for text in (str(refused.value), str(silent.value)):
        assert "people.example" not in text
        assert "5ec" not in text


@pytest.mark.row("INV-31", "A66")
def test_a_mailer_logs_in_and_shows_no_password(smtp: SmtpMailer, inbox: Inbox) -> None:
    with_login = attrs.evolve(smtp, username="portal", password="right")
    with_login.send(MESSAGE)
    assert len(inbox.envelopes) == 1
    assert "right" not in repr(with_login)
    with pytest.raises(DeliveryError):
        attrs.evolve(smtp, username="portal", password="wrong").send(MESSAGE)


def test_a_connection_that_cannot_be_secured_is_not_used(smtp: SmtpMailer, inbox: Inbox) -> None:
    with pytest.raises(DeliveryError):
        attrs.evolve(smtp, starttls=True).send(MESSAGE)
    assert inbox.envelopes == []


def test_a_sender_is_one_plain_address() -> None:
    with pytest.raises(InvalidInputError):
        SmtpMailer("localhost", 25, "portal@clinic.example\nBcc: eve@evil.example", LINKS)


def as_html(message: Message, wording: Wording) -> str:
    """A host's own: it may look at both."""
    return f"<p>{message.purpose}</p><a href='{wording.link}'>{wording.errand}</a>"


@pytest.mark.row("INV-38", "AM-31")
def test_html_stands_beside_the_plain_text_where_a_host_makes_it(smtp: SmtpMailer, inbox: Inbox) -> None:
    attrs.evolve(smtp, html=as_html).send(MESSAGE)
    (mail,) = inbox.mails()
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    link = "https://portal.example/access/reset-password?token=5ec%2Fret"
    assert link in plain.get_content().splitlines()
    assert html.get_content().strip() == f"<p>send_password_reset</p><a href='{link}'>Choose a new password</a>"
