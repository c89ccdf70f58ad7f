"""
What people read: for each notice a subject and a text, who did it, one link and until when it works.

Everything that people wrote themselves is inert: put in once, on one line, with nothing that mail programs would
turn into a link, and into no format string.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.model.notices import Audience, Message
from tenantaccess.model.tokens import TokenPurpose

SHOWN: Final = 80
"""How much of a name a mail shows."""

LinkMaker = Callable[[TokenPurpose, str], str]
"""Makes the address of a page from a purpose and a secret; from configuration alone (A63)."""


@attrs.frozen
class Wording:
    """
    A mail in words.

    Args:
        subject: One line.
        text: Plain text; with a link for one person it holds a secret.
        before: The paragraphs of the text up to the link, or all of them where there is none.
        errand: What the link is for.
        link: Where it leads; holds the secret, if there is one.
        after: The paragraphs behind the link.
    """

    subject: str
    text: str = attrs.field(repr=False)
    before: Sequence[str] = ()
    errand: str = ""
    link: str = attrs.field(default="", repr=False)
    after: Sequence[str] = ()


@attrs.frozen
class _Draft:
    subject: str
    sentence: str


_LEVELS: Final = _Draft("Levels changed in {tenant}", "What you may do in {tenant} has changed.")

_OWN: Final[Mapping[str, _Draft]] = {
    "open_tenant": _Draft("You manage {tenant}", "You are now an account manager of {tenant}."),
    "appoint_manager": _Draft("You manage {tenant}", "You are now an account manager of {tenant}."),
    "adopt": _Draft("You have access to {tenant}", "Your access to {tenant} was taken over from where it was before."),
    "approve": _Draft("Your request was approved", "Your request for access to {tenant} was approved."),
    "reject": _Draft("Your request was turned down", "Your request for access to {tenant} was turned down."),
    "send_registration": _Draft(
        "Your registration with {tenant}", "Your registration with {tenant} is not complete yet."
    ),
    "enable": _Draft("Your access to {tenant} was enabled", "Your access to {tenant} was enabled again."),
    "disable": _Draft("Your access to {tenant} has ended", "Your access to {tenant} was disabled: it has ended."),
    "disable_later": _Draft(
        "Your access to {tenant} will end",
        "A day was set on which your access to {tenant} will be disabled. Until then nothing changes for you.",
    ),
    "set_dates": _Draft(
        "The dates of your access to {tenant}", "The days between which you have access to {tenant} have changed."
    ),
    "remove": _Draft("Your access to {tenant} has ended", "You were removed from {tenant}: your access has ended."),
    "assign_role": _LEVELS,
    "change_privileges": _LEVELS,
    "limit_segments": _LEVELS,
    "update_contact": _Draft("Your details in {tenant}", "What {tenant} keeps as your name and contact has changed."),
    "note_lapse": _Draft(
        "Your access to {tenant} is inactive",
        "You have not used your access to {tenant} for so long that it is inactive. It can be enabled again.",
    ),
    "lapse_warning": _Draft(
        "Your access to {tenant} becomes inactive",
        "You have not used your access to {tenant} for a while. Unless you use it, it becomes inactive.",
    ),
    "accept_link": _Draft("You are linked with {tenant}", "Your link with {tenant} was accepted."),
    "confirm_link": _Draft(
        "Your link with {tenant}", "Your link with {tenant} was confirmed: it no longer depends on another username."
    ),
    "unlink": _Draft("Your link with {tenant}", "Your link with {tenant} was ended."),
    "suspend_principal": _Draft("Your username was suspended", "Your username {username} was suspended everywhere."),
    "reinstate_principal": _Draft("Your username works again", "The suspension of your username {username} was ended."),
    "change_password": _Draft(
        "Your password was changed",
        "The password of your username {username} was changed. If that was not you, choose another one now.",
    ),
    "reset_password": _Draft(
        "Your password was changed",
        "The password of your username {username} was reset, and you were signed out everywhere. If that was not you, "
        "choose another one now.",
    ),
    "send_password_reset": _Draft(
        "Choose a new password", "You can choose a new password for your username {username}."
    ),
    "request_password_reset": _Draft(
        "Choose a new password",
        "Somebody, probably you, asked for a new password for your username {username}. If it was not you, do nothing: "
        "your password stays as it is.",
    ),
    "change_email": _Draft("Verify your address", "This address was entered for the username {username}."),
}
"""What the person reads that it is about."""

_ANNOUNCED: Final[Mapping[str, _Draft]] = {
    "lapse_warning": _Draft(
        "Your access to {tenant} becomes inactive on {day}",
        "You have not used your access to {tenant} for a while. Unless you use it before, it becomes inactive on "
        "{day}.",
    ),
    "disable_later": _Draft(
        "Your access to {tenant} ends on {day}",
        "Your access to {tenant} will be disabled on {day}. Until then nothing changes for you.",
    ),
}
"""The same, where the day is known."""

_OTHERS: Final[Mapping[str, _Draft]] = {
    "request_access": _Draft("{username} asks for access to {tenant}", "{username} asks for access to {tenant}."),
    "request_waits": _Draft(
        "{username} waits for access to {tenant}",
        "{username} has asked for access to {tenant} and waits for an answer; others may wait as well.",
    ),
    "request_link": _Draft(
        "{username} asks to be linked", "{username} asks to be linked with {tenant}. An account manager has to accept."
    ),
    "join_link": _Draft(
        "{username} is linked with {tenant}",
        "{username} signed in with the username and password of somebody in {tenant}, and is linked with it now.",
    ),
    "join_link_waits": _Draft(
        "{username} asks to be linked",
        "{username} signed in with the username and password of somebody in {tenant}, and asks to be linked with it. "
        "An account manager has to accept.",
    ),
    "accept_link": _Draft("{username} is linked with {tenant}", "The link of {username} with {tenant} was accepted."),
    "confirm_link": _Draft("{username} in {tenant}", "The link of {username} with {tenant} was confirmed."),
    "unlink": _Draft("{username} and {tenant}", "The link of {username} with {tenant} was ended."),
    "leave": _Draft("{username} left {tenant}", "{username} left {tenant}."),
    "accept_invitation": _Draft("{username} accepted", "{username} accepted the invitation to {tenant}."),
    "decline_invitation": _Draft("An invitation was declined", "An invitation to {tenant} that you sent was declined."),
    "copy_records": _Draft("Codes are copied to {tenant}", "Codes from elsewhere are being copied to {tenant}."),
    "erase_principal": _Draft("Somebody left {tenant}", "Somebody was erased, and is no member of {tenant} any more."),
    "change_linking": _Draft("Linking with {tenant}", "How others may link with {tenant} has changed."),
    "suspend_tenant": _Draft("{tenant} was suspended", "{tenant} was suspended: nobody has access for now."),
    "reopen_tenant": _Draft("{tenant} is open again", "{tenant} is open again."),
    "close_tenant": _Draft("{tenant} was closed", "{tenant} was closed: nobody has access any more."),
}
"""What somebody else reads: the managers, whoever was proven, whoever invited."""

_PROVEN: Final[Mapping[str, _Draft]] = {
    "join_link": _Draft(
        "{username} joined with your password",
        "{username} signed in with your username and password, and is linked with {tenant} now. If you do not know of "
        "it, choose another password now, and end the link.",
    ),
    "join_link_waits": _Draft(
        "{username} asked to join with your password",
        "{username} signed in with your username and password, and asks to be linked with {tenant}. If you do not know "
        "of it, choose another password now, and end the link.",
    ),
}
"""What whoever was proven reads."""
_FORMER: Final = _Draft(
    "Your address was changed",
    "This is no longer the address of the username {username}. If that was not you, choose another password now.",
)
_INVITED: Final = _Draft("You are invited to {tenant}", "You are invited to {tenant}.")
_UNKNOWN: Final = _Draft("A change in {tenant}", "Something changed in {tenant}.")

_ERRANDS: Final[Mapping[TokenPurpose, str]] = {
    TokenPurpose.REGISTRATION: "Complete your registration",
    TokenPurpose.INVITATION: "Accept or decline",
    TokenPurpose.RESET: "Choose a new password",
    TokenPurpose.EMAIL: "Confirm that this address is yours",
}


_ASKS_IN: Final = frozenset(
    {
        "open_tenant", "appoint_manager", "adopt", "approve", "enable", "accept_link", "lapse_warning",
        "request_access", "request_waits", "request_link", "join_link_waits",
    }
)  # fmt: skip
"""What somebody is told who has something to do inside."""


def worded(message: Message, link_to: LinkMaker) -> Wording:
    """Return *message* in words; its secret stands in the link, and nowhere else."""
    names = {
        "tenant": inert(message.tenant_name) or "the service",
        # Usernames hold no blank, colon or slash, and are shown exactly: people type them.
        "username": message.username or "somebody",
        "by": message.by,
        "day": "" if message.day is None else f"{message.day:%Y-%m-%d}",
    }
    draft = _draft(message)
    subject, before, closing = _filled(draft.subject, names), _filled(draft.sentence, names), _closing(message)
    errand, link, after = "", "", [_filled(closing, names)]
    if message.link is not None and message.token:
        errand, link = _ERRANDS[message.link], link_to(message.link, message.token)
        if message.expires_at is not None:
            after.insert(0, f"The link works once, until {message.expires_at:%Y-%m-%d %H:%M} UTC.")
    elif message.purpose in _ASKS_IN and message.audience in {Audience.PERSON, Audience.MANAGERS}:
        # A maker of links that is a plain function knows no page but those for secrets.
        link = getattr(link_to, "sign_in", "")
        errand = "Sign in" if link else ""
    linked = [f"{errand} here:\n{link}"] if link else []
    return Wording(subject, "\n\n".join([before, *linked, *after]) + "\n", (before,), errand, link, after)


def _draft(message: Message) -> _Draft:
    if message.audience is Audience.INVITEE:
        return _INVITED
    if message.audience is Audience.FORMER:
        return _FORMER
    if message.audience is Audience.PERSON and message.is_own:
        if message.day is not None and message.purpose in _ANNOUNCED:
            return _ANNOUNCED[message.purpose]
        return _OWN.get(message.purpose, _UNKNOWN)
    if message.audience is Audience.PERSON and message.purpose in _PROVEN:
        return _PROVEN[message.purpose]
    return _OTHERS.get(message.purpose, _UNKNOWN)


def _closing(message: Message) -> str:
    if message.by:
        return "This was done by {by}: ask there if you have questions."
    if message.tenant_name:
        return "If you have questions, ask an account manager of {tenant}."
    return "If you have questions, ask whoever runs the service."


def _filled(draft: str, names: Mapping[str, str]) -> str:
    """Put *names* in, each once: what stands in a name is never looked at again (A65)."""
    return re.sub(r"\{(tenant|username|by|day)\}", lambda found: names[found[1]], draft)


def inert(name: str) -> str:
    """Return *name* on one line, cut, and with nothing in it that reads as the address of a page (A65)."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    line = line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
    return re.sub(r"(?<=\w)\.(?=(?:[a-z]{2,}|[A-Z]{2,})(?:[/:?#]|\s|$))", "[.]", line.replace("://", "[:]//"))
