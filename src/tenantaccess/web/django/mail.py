"""Mail through Django: whatever ``EMAIL_BACKEND`` is, in the project's own name."""

from collections.abc import Callable
from email.utils import parseaddr
from smtplib import SMTPException

import attrs
from django.conf import settings
from django.core.mail import EmailMessage

from tenantaccess.errors import DeliveryError
from tenantaccess.model import names
from tenantaccess.model.notices import Message
from tenantaccess.services.wording import LinkMaker, Wording, worded


@attrs.frozen
class DjangoMailer:
    """
    Hands messages to Django's mail.

    Args:
        links: Where links lead, such as `tenantaccess.mail.MailLinks`; from configuration alone.
        sender: The address that mails come from; ``DEFAULT_FROM_EMAIL`` by default.
        using: Which of ``MAILERS``, from Django 6.1 on; the project's default if none is named.
        wording: Puts a message into words; a project's own language goes here.
    """

    links: LinkMaker
    sender: str | None = None
    using: str | None = None
    wording: Callable[[Message, LinkMaker], Wording] = worded

    def send(self, message: Message) -> None:
        """
        Send *message*; its key becomes the Message-ID, so that one that comes twice can be told.

        Raises:
            DeliveryError: it was not taken; says nothing of address or text.
        """
        wording = self.wording(message, self.links)
        mail = EmailMessage(
            wording.subject,
            wording.text,
            self.sender,
            [names.email(message.to)],
            headers={"Auto-Submitted": "auto-generated", "Message-ID": self._id(message)},
        )
        try:
            taken = mail.send() if self.using is None else mail.send(using=self.using)
        except (OSError, SMTPException) as error:
            raise DeliveryError(f"the mail was not taken: {type(error).__name__}") from None
        if not taken:
            raise DeliveryError("the mail was not taken")

    def _id(self, message: Message) -> str:
        address = parseaddr(self.sender or settings.DEFAULT_FROM_EMAIL)[1]
        return f"<{message.key.replace(':', '.')}@{address.rpartition('@')[2] or 'localhost'}>"
