"""
What people read: for each notice a subject and a text, who did it, one link and until when it works.

English here, and whatever a host's catalogue makes of it: each text passes a ``gettext`` before anything is put in.

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


_LEVELS: Final = _Draft("Levels changed in %(tenant)s", "What you may do in %(tenant)s has changed.")

_OWN: Final[Mapping[str, _Draft]] = {
    "open_tenant": _Draft("You manage %(tenant)s", "You are now an account manager of %(tenant)s."),
    "appoint_manager": _Draft("You manage %(tenant)s", "You are now an account manager of %(tenant)s."),
    "adopt": _Draft(
        "You have access to %(tenant)s", "Your access to %(tenant)s was taken over from where it was before."
    ),
    "approve": _Draft("Your request was approved", "Your request for access to %(tenant)s was approved."),
    "reject": _Draft("Your request was turned down", "Your request for access to %(tenant)s was turned down."),
    "send_registration": _Draft(
        "Your registration with %(tenant)s", "Your registration with %(tenant)s is not complete yet."
    ),
    "enable": _Draft("Your access to %(tenant)s was enabled", "Your access to %(tenant)s was enabled again."),
    "disable": _Draft("Your access to %(tenant)s has ended", "Your access to %(tenant)s was disabled: it has ended."),
    "disable_later": _Draft(
        "Your access to %(tenant)s will end",
        "A day was set on which your access to %(tenant)s will be disabled. Until then nothing changes for you.",
    ),
    "set_dates": _Draft(
        "The dates of your access to %(tenant)s", "The days between which you have access to %(tenant)s have changed."
    ),
    "remove": _Draft("Your access to %(tenant)s has ended", "You were removed from %(tenant)s: your access has ended."),
    "assign_role": _LEVELS,
    "change_privileges": _LEVELS,
    "limit_segments": _LEVELS,
    "update_contact": _Draft(
        "Your details in %(tenant)s", "What %(tenant)s keeps as your name and contact has changed."
    ),
    "note_lapse": _Draft(
        "Your access to %(tenant)s is inactive",
        "You have not used your access to %(tenant)s for so long that it is inactive. It can be enabled again.",
    ),
    "lapse_warning": _Draft(
        "Your access to %(tenant)s becomes inactive",
        "You have not used your access to %(tenant)s for a while. Unless you use it, it becomes inactive.",
    ),
    "accept_link": _Draft("You are linked with %(tenant)s", "Your link with %(tenant)s was accepted."),
    "confirm_link": _Draft(
        "Your link with %(tenant)s",
        "Your link with %(tenant)s was confirmed: it no longer depends on another username.",
    ),
    "unlink": _Draft("Your link with %(tenant)s", "Your link with %(tenant)s was ended."),
    "suspend_principal": _Draft("Your username was suspended", "Your username %(username)s was suspended everywhere."),
    "reinstate_principal": _Draft(
        "Your username works again", "The suspension of your username %(username)s was ended."
    ),
    "change_password": _Draft(
        "Your password was changed",
        "The password of your username %(username)s was changed. If that was not you, choose another one now.",
    ),
    "reset_password": _Draft(
        "Your password was changed",
        "The password of your username %(username)s was reset, and you were signed out everywhere. If that was not "
        "you, choose another one now.",
    ),
    "send_password_reset": _Draft(
        "Choose a new password", "You can choose a new password for your username %(username)s."
    ),
    "request_password_reset": _Draft(
        "Choose a new password",
        "Somebody, probably you, asked for a new password for your username %(username)s. If it was not you, do "
        "nothing: your password stays as it is.",
    ),
    "change_email": _Draft("Verify your address", "This address was entered for the username %(username)s."),
}
"""What the person reads that it is about."""

_ANNOUNCED: Final[Mapping[str, _Draft]] = {
    "lapse_warning": _Draft(
        "Your access to %(tenant)s becomes inactive on %(day)s",
        "You have not used your access to %(tenant)s for a while. Unless you use it before, it becomes inactive on "
        "%(day)s.",
    ),
    "disable_later": _Draft(
        "Your access to %(tenant)s ends on %(day)s",
        "Your access to %(tenant)s will be disabled on %(day)s. Until then nothing changes for you.",
    ),
}
"""The same, where the day is known."""

_OTHERS: Final[Mapping[str, _Draft]] = {
    "request_access": _Draft(
        "%(username)s asks for access to %(tenant)s", "%(username)s asks for access to %(tenant)s."
    ),
    "request_waits": _Draft(
        "%(username)s waits for access to %(tenant)s",
        "%(username)s has asked for access to %(tenant)s and waits for an answer; others may wait as well.",
    ),
    "request_link": _Draft(
        "%(username)s asks to be linked",
        "%(username)s asks to be linked with %(tenant)s. An account manager has to accept.",
    ),
    "join_link": _Draft(
        "%(username)s is linked with %(tenant)s",
        "%(username)s signed in with the username and password of somebody in %(tenant)s, and is linked with it now.",
    ),
    "join_link_waits": _Draft(
        "%(username)s asks to be linked",
        "%(username)s signed in with the username and password of somebody in %(tenant)s, and asks to be linked "
        "with it. An account manager has to accept.",
    ),
    "accept_link": _Draft(
        "%(username)s is linked with %(tenant)s", "The link of %(username)s with %(tenant)s was accepted."
    ),
    "confirm_link": _Draft("%(username)s in %(tenant)s", "The link of %(username)s with %(tenant)s was confirmed."),
    "unlink": _Draft("%(username)s and %(tenant)s", "The link of %(username)s with %(tenant)s was ended."),
    "leave": _Draft("%(username)s left %(tenant)s", "%(username)s left %(tenant)s."),
    "accept_invitation": _Draft("%(username)s accepted", "%(username)s accepted the invitation to %(tenant)s."),
    "decline_invitation": _Draft(
        "An invitation was declined", "An invitation to %(tenant)s that you sent was declined."
    ),
    "copy_records": _Draft("Codes are copied to %(tenant)s", "Codes from elsewhere are being copied to %(tenant)s."),
    "erase_principal": _Draft(
        "Somebody left %(tenant)s", "Somebody was erased, and is no member of %(tenant)s any more."
    ),
    "change_linking": _Draft("Linking with %(tenant)s", "How others may link with %(tenant)s has changed."),
    "suspend_tenant": _Draft("%(tenant)s was suspended", "%(tenant)s was suspended: nobody has access for now."),
    "reopen_tenant": _Draft("%(tenant)s is open again", "%(tenant)s is open again."),
    "close_tenant": _Draft("%(tenant)s was closed", "%(tenant)s was closed: nobody has access any more."),
}
"""What somebody else reads: the managers, whoever was proven, whoever invited."""

_PROVEN: Final[Mapping[str, _Draft]] = {
    "join_link": _Draft(
        "%(username)s joined with your password",
        "%(username)s signed in with your username and password, and is linked with %(tenant)s now. If you do not know "
        "of it, choose another password now, and end the link.",
    ),
    "join_link_waits": _Draft(
        "%(username)s asked to join with your password",
        "%(username)s signed in with your username and password, and asks to be linked with %(tenant)s. If you do not "
        "know of it, choose another password now, and end the link.",
    ),
}
"""What whoever was proven reads."""
_FORMER: Final = _Draft(
    "Your address was changed",
    "This is no longer the address of the username %(username)s. If that was not you, choose another password now.",
)
_INVITED: Final = _Draft("You are invited to %(tenant)s", "You are invited to %(tenant)s.")
_UNKNOWN: Final = _Draft("A change in %(tenant)s", "Something changed in %(tenant)s.")

_ERRANDS: Final[Mapping[TokenPurpose, str]] = {
    TokenPurpose.REGISTRATION: "Complete your registration",
    TokenPurpose.INVITATION: "Accept or decline",
    TokenPurpose.RESET: "Choose a new password",
    TokenPurpose.EMAIL: "Confirm that this address is yours",
}

_CLOSINGS: Final = (
    "This was done by %(by)s: ask there if you have questions.",
    "If you have questions, ask an account manager of %(tenant)s.",
    "If you have questions, ask whoever runs the service.",
)
"""Whom to ask: who did it, somebody in the tenant, or anybody else."""
_UNTIL: Final = "The link works once, until %(until)s UTC."
_SIGN_IN: Final = "Sign in"
_HERE: Final = "%(errand)s here:"
"""Before the link, which stands on a line of its own."""
_SERVICE: Final = "the service"
_SOMEBODY: Final = "somebody"

_ASKS_IN: Final = frozenset(
    {
        "open_tenant", "appoint_manager", "adopt", "approve", "enable", "accept_link", "lapse_warning",
        "request_access", "request_waits", "request_link", "join_link_waits",
    }
)  # fmt: skip
"""What somebody is told who has something to do inside."""


def worded(message: Message, link_to: LinkMaker, gettext: Callable[[str], str] = str) -> Wording:
    """
    Return *message* in words; its secret stands in the link, and nowhere else.

    Args:
        message: What is told, to whom.
        link_to: Where links lead.
        gettext: Translates a text; what stands in it as ``%(tenant)s`` is put in afterwards. English by default.
    """
    names = {
        "tenant": inert(message.tenant_name) or gettext(_SERVICE),
        # Usernames hold no blank, colon or slash, and are shown exactly: people type them.
        "username": message.username or gettext(_SOMEBODY),
        "by": message.by,
        "day": "" if message.day is None else f"{message.day:%Y-%m-%d}",
        "until": "" if message.expires_at is None else f"{message.expires_at:%Y-%m-%d %H:%M}",
    }
    draft = _draft(message)
    subject, before = _filled(gettext(draft.subject), names), _filled(gettext(draft.sentence), names)
    errand, link, after = "", "", [_filled(gettext(_closing(message)), names)]
    if message.link is not None and message.token:
        errand, link = gettext(_ERRANDS[message.link]), link_to(message.link, message.token)
        if message.expires_at is not None:
            after.insert(0, _filled(gettext(_UNTIL), names))
    elif message.purpose in _ASKS_IN and message.audience in {Audience.PERSON, Audience.MANAGERS}:
        # A maker of links that is a plain function knows no page but those for secrets.
        link = getattr(link_to, "sign_in", "")
        errand = gettext(_SIGN_IN) if link else ""
    linked = [f"{_filled(gettext(_HERE), {'errand': errand})}\n{link}"] if link else []
    return Wording(subject, "\n\n".join([before, *linked, *after]) + "\n", (before,), errand, link, after)


def texts() -> frozenset[str]:
    """Return every text that mails pass to their ``gettext``, for translators."""
    tables = (_OWN, _ANNOUNCED, _OTHERS, _PROVEN)
    drafts = [*(draft for table in tables for draft in table.values()), _FORMER, _INVITED, _UNKNOWN]
    said = {part for draft in drafts for part in (draft.subject, draft.sentence)}
    return frozenset({*said, *_ERRANDS.values(), *_CLOSINGS, _SERVICE, _SOMEBODY, _UNTIL, _SIGN_IN, _HERE})


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
    by_somebody, in_a_tenant, anywhere = _CLOSINGS
    if message.by:
        return by_somebody
    return in_a_tenant if message.tenant_name else anywhere


def _filled(draft: str, names: Mapping[str, str]) -> str:
    """Put *names* in, each once: what stands in a name is never looked at again (A65)."""
    return re.sub(r"%\((\w+)\)s", lambda found: names.get(found[1], found[0]), draft)


def inert(name: str) -> str:
    """Return *name* on one line, cut, and with nothing in it that reads as the address of a page (A65)."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    line = line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
    return re.sub(r"(?<=\w)\.(?=(?:[a-z]{2,}|[A-Z]{2,})(?:[/:?#]|\s|$))", "[.]", line.replace("://", "[:]//"))
