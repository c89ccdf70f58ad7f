"""Mails as HTML: the words of the plain text and nothing else, by whatever engine renders the pages."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from tenantaccess.model.notices import Message
from tenantaccess.services.wording import Wording
from tenantaccess.web.portal.layout import direction

TEMPLATE: Final = "tenantaccess/mail.html"
Render = Callable[[str, Mapping[str, Any]], str]
"""Renders a template, by its name, with what it sees; everything in it is escaped."""


@attrs.frozen
class Mail:
    """
    What the template shows.

    Args:
        subject: The heading.
        before: The paragraphs up to the link.
        errand: What is read on the link.
        link: Where it leads; empty if there is none.
        after: The paragraphs behind it.
        brand: Who sends it.
        language: The code of the words' language.
        direction: ``ltr`` or ``rtl``.
    """

    subject: str
    before: Sequence[str]
    errand: str
    link: str = attrs.field(repr=False)
    after: Sequence[str]
    brand: str
    language: str
    direction: str


@attrs.frozen
class HtmlMail:
    """
    Makes the HTML beside a mail's plain text; `SmtpMailer` takes it.

    Args:
        render: The engine, such as `tenantaccess.web.flask.mailing.render` or Django's ``render_to_string``.
        brand: Who sends it, at its top; empty for nobody.
        language: The code of the words' language.
    """

    render: Render
    brand: str = ""
    language: str = "en"

    def __call__(self, message: Message, wording: Wording) -> str:  # noqa: ARG002  # a host's own may look at it
        """Return *wording* as HTML; of a host's own words that come as text alone, the text."""
        before = wording.before or [part for part in wording.text.split("\n\n") if part.strip()]
        mail = Mail(
            subject=wording.subject,
            before=before,
            errand=wording.errand,
            link=wording.link,
            after=wording.after,
            brand=self.brand,
            language=self.language.replace("_", "-"),
            direction=direction(self.language),
        )
        return self.render(TEMPLATE, {"view": mail})
