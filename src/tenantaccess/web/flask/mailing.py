"""Mails through whichever extension the application has: Flask-Mailman first, then Flask-Mail."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import attrs
from flask import current_app, render_template

from tenantaccess.errors import DeliveryError, MisuseError
from tenantaccess.mail import MailLinks
from tenantaccess.model.notices import Message
from tenantaccess.ports.world import Mailer
from tenantaccess.services.wording import LinkMaker, Wording, worded
from tenantaccess.web.flask.installed import installed
from tenantaccess.web.portal import HtmlMail


def render(template: str, context: Mapping[str, Any]) -> str:
    """Return *template* with *context*, by the current application's engine; what `HtmlMail` takes."""
    return render_template(template, **context)


@attrs.frozen
class FlaskMailer:
    """
    Hands messages to the application's mail extension.

    Args:
        links: Where links lead.
        sender: The address that mails come from; empty for the extension's own default.
        language: The code of the language of all mails, in whose request ever they are sent: others read them.
        gettext: Translates a text into it.
    """

    links: LinkMaker
    sender: str = ""
    language: str = "en"
    gettext: Callable[[str], str] = str

    def send(self, message: Message) -> None:
        """
        Send *message*, its key in a header, so that one that comes twice can be told.

        Raises:
            DeliveryError: the extension did not take it; says nothing of address or text.
        """
        here = installed()
        wording = worded(message, self.links, self.gettext)
        # The template is the portal's: a host without the portal mails plain text alone.
        in_html = HtmlMail(render, here.portal.settings.brand, self.language)
        html = in_html(message, wording) if here.config.register_portal else ""
        sent = _through_mailman if "mailman" in current_app.extensions else _through_mail
        try:
            sent(wording, html, message, self.sender or None)
        except (OSError, ValueError) as error:
            # What SMTP refuses is an OSError; a header of two lines is a ValueError.
            raise DeliveryError(f"the mail extension did not take the message: {type(error).__name__}") from None


def mailer() -> Mailer:
    """
    Return what takes the current application's mails.

    Raises:
        MisuseError: there is nothing that does, or no address that links lead to.
    """
    here = installed()
    if here.mailer is not None:
        return here.mailer
    if not {"mailman", "mail"} & set(current_app.extensions):
        raise MisuseError("give TenantAccessFlask a mailer, or the application Flask-Mailman or Flask-Mail")
    if not here.config.link_base:
        raise MisuseError("say where links in mails lead: TENANTACCESS_LINK_BASE")
    links, page = MailLinks(here.config.link_base), here.portal.settings.sign_in
    if page or here.config.register_portal:
        links = links.signing_in_at(page or "sign-in")
    return FlaskMailer(links, here.config.mail_sender)


def _headers(message: Message) -> dict[str, str]:
    return {"Auto-Submitted": "auto-generated", "X-Notice": message.key}


def _through_mailman(wording: Wording, html: str, message: Message, sender: str | None) -> None:
    made = import_module("flask_mailman").EmailMultiAlternatives(
        wording.subject, wording.text, sender, [message.to], headers=_headers(message)
    )
    if html:
        made.attach_alternative(html, "text/html")
    made.send()


def _through_mail(wording: Wording, html: str, message: Message, sender: str | None) -> None:
    made = import_module("flask_mail").Message(
        wording.subject, [message.to], wording.text, html or None, sender=sender, extra_headers=_headers(message)
    )
    current_app.extensions["mail"].send(made)
