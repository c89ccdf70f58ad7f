"""A mailer over the standard library's SMTP; the core needs none, and any `Mailer` does."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import attrs

from tenantaccess.errors import DeliveryError, InvalidInputError
from tenantaccess.model import names
from tenantaccess.model.frozen import frozen
from tenantaccess.model.notices import Message
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services.wording import LinkMaker, Wording, worded

PAGES: Final[Mapping[TokenPurpose, str]] = {
    TokenPurpose.REGISTRATION: "complete-registration",
    TokenPurpose.INVITATION: "invitation",
    TokenPurpose.RESET: "reset-password",
    TokenPurpose.EMAIL: "verify-email",
}
"""What the pages are called, below the base, unless the host says otherwise."""


def _base(value: str) -> str:
    if not _is_safe(value) or urlsplit(value).query:
        raise InvalidInputError("base", "must be an https address without query, fragment or user")
    return value.rstrip("/")


def _optional_page(value: str) -> str:
    if value and not _is_safe(value):
        raise InvalidInputError("sign_in", "must be an https address without fragment or user")
    return value


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    is_secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"})
    return is_secure and bool(parts.netloc) and not parts.fragment and parts.username is None


@attrs.frozen
class MailLinks:
    """
    Where the links in mails lead: from configuration alone, never from a request (A63).

    Args:
        base: ``https://portal.example/access``; plain http for localhost alone.
        pages: What the pages are called below it; the secret follows as ``?token=…``.
        sign_in: Where people sign in, an https address too; mails that ask them in say it. Empty to say none.
    """

    base: str = attrs.field(converter=_base)
    pages: Mapping[TokenPurpose, str] = attrs.field(default=PAGES, converter=frozen)
    sign_in: str = attrs.field(default="", converter=_optional_page)

    def __call__(self, purpose: TokenPurpose, secret: str) -> str:
        """Return the address of the page for *purpose* with *secret*."""
        return f"{self.base}/{self.pages[purpose]}?token={quote(secret, safe='')}"

    def signing_in_at(self, page: str) -> "MailLinks":
        """Return these links with *page*, as it is linked to from below the base; without one that is not safe."""
        address = urljoin(f"{self.base}/", page)
        return attrs.evolve(self, sign_in=address if _is_safe(address) else "")


@attrs.frozen
class SmtpMailer:
    """
    Hands messages to an SMTP server, one connection each, as plain text and, if wanted, as HTML beside it.

    Args:
        host: Of the server.
        port: Of the server.
        sender: The address that mails come from.
        links: Where links lead.
        sender_name: What stands beside the sender's address.
        username: To log in with; empty for a server that asks for none.
        password: To log in with.
        starttls: Whether the connection is secured, and refused if it cannot be.
        timeout: Seconds until a silent server counts as down.
        wording: Puts a message into words; a host's own language goes here.
        html: Makes HTML of the words, such as `tenantaccess.web.portal.HtmlMail`; None for plain text alone.
    """

    host: str
    port: int
    sender: str = attrs.field(converter=names.email)
    links: LinkMaker
    sender_name: str = ""
    username: str = ""
    password: str = attrs.field(default="", repr=False)
    starttls: bool = True
    timeout: float = 30.0
    wording: Callable[[Message, LinkMaker], Wording] = worded
    html: Callable[[Message, Wording], str] | None = None

    def send(self, message: Message) -> None:
        """
        Send *message*; its key becomes the Message-ID, so that one that comes twice can be told.

        Raises:
            DeliveryError: the server cannot be reached or does not take it; says nothing of address or text.
        """
        mail = self._written(message)
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.username:
                    server.login(self.username, self.password)
                server.send_message(mail, self.sender, [message.to])
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"the mail server did not take the message: {type(error).__name__}") from None

    def _written(self, message: Message) -> EmailMessage:
        """Return *message* as it is sent: one recipient, from the store; no header takes more than its one line."""
        wording = self.wording(message, self.links)
        mail = EmailMessage()
        mail["From"] = Address(self.sender_name, addr_spec=self.sender)
        mail["To"] = Address(addr_spec=names.email(message.to))
        mail["Subject"] = wording.subject
        mail["Message-ID"] = f"<{message.key.replace(':', '.')}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(wording.text)
        if self.html is not None:
            mail.add_alternative(self.html(message, wording), subtype="html")
        return mail
