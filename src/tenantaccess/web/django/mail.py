"""Mail through Django: whatever ``EMAIL_BACKEND`` is, in the project's own name."""

from collections.abc import Callable
from email.utils import parseaddr
from functools import partial
from smtplib import SMTPException

import attrs
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from tenantaccess.errors import DeliveryError
from tenantaccess.model import names
from tenantaccess.model.notices import Message
from tenantaccess.services.wording import LinkMaker, Wording, worded
from tenantaccess.web.django.asking import portal
from tenantaccess.web.django.conf import NAME, configured
from tenantaccess.web.django.rendering import render
from tenantaccess.web.portal import HtmlMail


def worded_here(message: Message, link_to: LinkMaker) -> Wording:
    """Return *message* in the project's ``LANGUAGE_CODE``, whoever's request it is sent in: others read it."""
    with translation.override(settings.LANGUAGE_CODE):
        return worded(message, link_to, translation.gettext)


@attrs.frozen
class DjangoMailer:
    """
    Hands messages to Django's mail.

    Args:
        links: Where links lead, such as `tenantaccess.mail.MailLinks`; from configuration alone.
        sender: The address that mails come from; ``DEFAULT_FROM_EMAIL`` by default.
        using: Which of ``MAILERS``, from Django 6.1 on; the project's default if none is named.
        wording: Puts a message into words: those of the project's ``LANGUAGE_CODE`` by default.
        html: Makes HTML of the words, such as `tenantaccess.web.portal.HtmlMail`; None for plain text alone.
    """

    links: LinkMaker
    sender: str | None = None
    using: str | None = None
    wording: Callable[[Message, LinkMaker], Wording] = worded_here
    html: Callable[[Message, Wording], str] | None = None

    def send(self, message: Message) -> None:
        """
        Send *message*; its key becomes the Message-ID, so that one that comes twice can be told.

        Raises:
            DeliveryError: it was not taken; says nothing of address or text.
        """
        wording = self.wording(message, self.links)
        mail = EmailMultiAlternatives(
            wording.subject,
            wording.text,
            self.sender,
            [names.email(message.to)],
            headers={"Auto-Submitted": "auto-generated", "Message-ID": self._id(message)},
        )
        if self.html is not None:
            mail.attach_alternative(self.html(message, wording), "text/html")
        try:
            taken = mail.send() if self.using is None else mail.send(using=self.using)
        except (OSError, SMTPException) as error:
            raise DeliveryError(f"the mail was not taken: {type(error).__name__}") from None
        if not taken:
            raise DeliveryError("the mail was not taken")

    def _id(self, message: Message) -> str:
        address = parseaddr(self.sender or settings.DEFAULT_FROM_EMAIL)[1]
        return f"<{message.key.replace(':', '.')}@{address.rpartition('@')[2] or 'localhost'}>"


def mailer() -> DjangoMailer:
    """
    Return what takes the project's mails: links lead to ``MAIL_BASE`` and the page to sign in, HTML beside the text.

    Raises:
        ImproperlyConfigured: ``TENANTACCESS`` does not say where links lead.
    """
    here = configured()
    if here.links is None:
        raise ImproperlyConfigured(f"set MAIL_BASE in {NAME}: links in mails lead nowhere without it")
    html = HtmlMail(partial(render, request=None), here.portal.brand, settings.LANGUAGE_CODE)
    return DjangoMailer(here.links.signing_in_at(portal(here).settings.sign_in), html=html)
