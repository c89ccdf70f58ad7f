"""Mails as HTML: the same words as in plain text, by both engines, and nothing in them that does anything."""

from datetime import UTC, datetime

import attrs
import pytest
from bs4 import BeautifulSoup
from tests.web.site import rendered

from tenantaccess.model.notices import Message
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services.wording import Wording, worded
from tenantaccess.web.portal import HtmlMail

LINK = "https://portal.example/access/invitation?token=5ecret&x=1"
INVITED = Message(
    "not_1:inv_2", "kim@people.example", "invite", "Riverside Clinic", by="maria", token="5ecret",
    link=TokenPurpose.INVITATION, expires_at=datetime(2026, 1, 5, 10, 30, tzinfo=UTC),
)  # fmt: skip


def made(message: Message, brand: str = "Clearwater Health") -> tuple[Wording, BeautifulSoup]:
    wording = worded(message, lambda *_: LINK)
    return wording, BeautifulSoup(HtmlMail(rendered, brand)(message, wording), "html.parser")


@pytest.mark.row("INV-38", "P5")
@pytest.mark.parametrize("message", [INVITED, attrs.evolve(INVITED, token="", link=None, purpose="disable")])
def test_text_and_html_say_the_same(message: Message) -> None:
    wording, mail = made(message)
    told = [part.get_text() for part in mail.select("h1, p")]
    linked = [wording.errand] if wording.link else []
    assert told == ["Clearwater Health", wording.subject, *wording.before, *linked, *wording.after]
    text = wording.text.replace(f" here:\n{LINK}", "")
    assert text == "\n\n".join(told[2:]) + "\n"


@pytest.mark.row("INV-31", "INV-38")
def test_there_is_one_link_with_the_one_secret_and_nothing_is_fetched() -> None:
    wording, mail = made(INVITED)
    assert [link["href"] for link in mail.find_all("a")] == [LINK]
    assert str(mail).count("5ecret") == 1
    assert not mail.select("img, script, link, style, form, [src], [onclick]")
    assert "5ecret" not in repr(wording)
    assert "maria" in mail.get_text()
    assert "until 2026-01-05 10:30 UTC" in mail.get_text()


@pytest.mark.row("A65")
@pytest.mark.parametrize(
    "name", ["<b>Bold</b> & sons", "Click https://evil.example/", "{{ 7 * 7 }} {% if %}", "a\r\nb", "%(tenant)s %(by)s"]
)
def test_a_name_is_text(name: str) -> None:
    wording, mail = made(attrs.evolve(INVITED, tenant_name=name))
    assert len(mail.select("b, a")) == 1
    assert mail.h1 is not None
    assert mail.h1.get_text() == wording.subject
    assert "https://evil.example" not in str(mail)


def test_the_words_of_a_host_that_come_as_text_alone_are_shown_as_they_are() -> None:
    html = HtmlMail(rendered)(INVITED, Wording("Subject", "One <paragraph>.\n\nAnother one.\n"))
    told = [part.get_text(strip=True) for part in BeautifulSoup(html, "html.parser").select("p")]
    assert told == ["One <paragraph>.", "Another one."]


@pytest.mark.row("P5")
@pytest.mark.parametrize(("language", "direction"), [("de-AT", "ltr"), ("ar", "rtl"), ("he_IL", "rtl")])
def test_it_says_its_language_and_direction(language: str, direction: str) -> None:
    html = HtmlMail(rendered, language=language)(INVITED, worded(INVITED, lambda *_: LINK))
    page = BeautifulSoup(html, "html.parser").html
    assert page is not None
    assert (page["lang"], page["dir"]) == (language.replace("_", "-"), direction)
