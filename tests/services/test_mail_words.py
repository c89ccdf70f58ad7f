"""Every text of a mail is translated, in one place, and translators are given all of them (P5)."""

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import attrs
import pytest

from tenantaccess import commands
from tenantaccess.mail import MailLinks
from tenantaccess.model.notices import Audience, Message
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services import wording
from tenantaccess.services.command import Command
from tenantaccess.services.wording import Wording, texts, worded
from tenantaccess.web.portal.words.__main__ import messages

AT: Final = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
LINKS: Final = MailLinks("https://7.example", dict.fromkeys(TokenPurpose, "7"), sign_in="https://7.example/8")
PURPOSES: Final = sorted(
    {command.name for command in vars(commands).values() if isinstance(command, type) and issubclass(command, Command)}
    | {key for table in (wording._OWN, wording._ANNOUNCED, wording._OTHERS, wording._PROVEN) for key in table}
    | {"something_that_nobody_has_words_for"}
)
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


def every_message() -> Iterator[Message]:
    """Yield a mail of each purpose to each reader, with and without all that may stand in it."""
    links = (None, *(one for one in TokenPurpose if one is not TokenPurpose.OFFER))
    for purpose, audience, is_own, link in itertools.product(PURPOSES, Audience, (True, False), links):
        full = Message("key", "1@2.3", purpose, "11", "12", "13" if link else "", audience, is_own, "14", link, AT, AT)
        yield from (full, attrs.evolve(full, by="", username=""), attrs.evolve(full, by="", tenant_name="", day=None))


def all_words(gettext: Callable[[str], str]) -> Iterator[Wording]:
    return (worded(message, LINKS, gettext) for message in every_message())


@pytest.mark.row("P5", "INV-38")
def test_whatever_reaches_a_mail_is_in_the_catalogue_and_nothing_else_of_mails_is() -> None:
    asked: set[str] = set()

    def noted(text: str) -> str:
        asked.add(text)
        return text

    for _ in all_words(noted):
        pass
    assert asked == texts()
    assert asked - set(messages()) == set()
    assert "" not in asked


@pytest.mark.row("P5")
def test_no_english_is_left_in_a_mail_that_is_translated() -> None:
    def pseudo(text: str) -> str:
        return "".join(
            part if PLACEHOLDER.fullmatch(part) else re.sub("[A-Za-z]", "ж", part)
            for part in re.split(r"(%\(\w+\)s)", text)
        )

    for shown in all_words(pseudo):
        parts = (shown.subject, *shown.before, shown.errand, *shown.after, shown.text.replace(shown.link or "–", ""))
        assert not [part for part in parts if re.search("[A-Za-z]", part)], shown


@pytest.mark.row("P5", "A65")
def test_a_translator_puts_names_where_they_belong_and_breaks_nothing() -> None:
    message = Message("key", "kim@people.example", "disable", "%(by)s {by} 100%", by="maria")
    german = {
        "Your access to %(tenant)s has ended": "In %(tenant)s endet zu 100 % Ihr Zugang",
        "Your access to %(tenant)s was disabled: it has ended.": "%(tenant)s: von %(by)s beendet, %(nobody)s.",
    }
    shown = worded(message, LINKS, lambda text: german.get(text, text))
    assert shown.subject == "In %(by)s {by} 100% endet zu 100 % Ihr Zugang"
    assert shown.before == ("%(by)s {by} 100%: von maria beendet, %(nobody)s.",)


def test_each_text_names_only_what_is_put_in() -> None:
    known = {"tenant", "username", "by", "day", "until", "errand"}
    assert {name for text in texts() for name in PLACEHOLDER.findall(text)} == known
    assert not [text for text in texts() if "{" in text]
