"""What there is to try: one list for each of the two documents that the library was made from, line by line."""

from collections.abc import Sequence
from urllib.parse import urlencode

import attrs

from tenantaccess.demo.host.people import ANA, JO, MARIA, MASTER, TOM, Practices

NOBODY = ""
OPERATOR = "the operator"


@attrs.frozen
class Line:
    """
    One thing to try.

    Args:
        who: As whom: a username to sign in with, the operator, or nobody, who is not signed in.
        what: What it is.
        how: What to do there.
        to: The page to begin on.
    """

    who: str
    what: str
    how: str
    to: str


@attrs.frozen
class Part:
    """
    One document's worth of things to try.

    Args:
        title: What it is about.
        lines: In the order of the document.
    """

    title: str
    lines: Sequence[Line]


def parts(at: Practices, portal: str) -> Sequence[Part]:
    """
    Return what there is to try.

    Args:
        at: The practices.
        portal: Where the portal is.
    """
    return (
        Part("Practice management: one username for several accounts", _practice_management(at, portal)),
        Part("Payer portal: who works here, and with what", _payer_portal(at, portal)),
    )


def _practice_management(at: Practices, portal: str) -> Sequence[Line]:
    riverside, lakeside = (f"{portal}/t/{tenant}" for tenant in (at.riverside, at.lakeside))
    wanted = {"from": at.riverside, "to": at.lakeside, "set": ["billing_codes", "insurance_payers"]}
    return (
        Line(
            MASTER.username,
            "Join accounts by proving their credentials",
            f"Find Account with {ANA.username} and “{ANA.password}”, then join Hilltop Pediatrics.",
            f"{portal}/join",
        ),
        Line(
            JO.username,
            "Ask an account to be joined, by its number",
            "Ask for Tax ID 02-3456789.",
            f"{portal}/join",
        ),
        Line(TOM.username, "Answer whoever asks", "Accept what jo has asked for.", f"{lakeside}/users?pending=1"),
        Line(
            MARIA.username,
            "Allow account access",
            "Add a username for somebody who works here.",
            f"{riverside}/users/add",
        ),
        Line(
            MASTER.username,
            "Switch between accounts",
            "Choose Lakeside at the top, press Go, and come back to the claims of Lakeside.",
            "/claims",
        ),
        Line(
            MARIA.username,
            "Set the levels of everybody on one page",
            "Change a few, look at what would change, and save once.",
            f"{riverside}/privileges",
        ),
        Line(
            MASTER.username,
            "Copy codes to another account",
            "Lakeside words one payer in its own way: Continue shows the conflict, and you say which one stays.",
            f"{portal}/copy?{urlencode(wanted, doseq=True)}",
        ),
    )


def _payer_portal(at: Practices, portal: str) -> Sequence[Line]:
    here = f"{portal}/t/{at.riverside}"
    return (
        Line(NOBODY, "Request access", "Register at Riverside Clinic, Tax ID 01-2345678.", f"{portal}/request-access"),
        Line(MARIA.username, "Approve", "Open kim, give a role, and press Verify Account.", f"{here}/users?pending=1"),
        Line(
            NOBODY,
            "Verify your address",
            "Follow the registration mail; an invitation and a new password wait there, too.",
            "/outbox",
        ),
        Line(MARIA.username, "Search", "By address, name or status; sort by any column.", f"{here}/users?last_name=s"),
        Line(
            MARIA.username,
            "Disable and enable",
            "Open sam, and enable him again; disabled with a reason, he sees nothing here from that moment on.",
            f"{here}/users?status=disabled",
        ),
        Line(MARIA.username, "Invite", "One address, or fifty at once.", f"{here}/users/invite"),
        Line(JO.username, "View for one plan", "Choose Medicaid beside the practice, and press Go.", "/claims"),
        Line(MARIA.username, "Remove", "Open zoe, and remove her from the account.", f"{here}/users?first_name=zoe"),
        Line(
            MARIA.username,
            "Lapse after 90 silent days",
            "wei is listed, eva has lapsed already: her page says when.",
            f"{here}/users?soon=1",
        ),
        Line(MARIA.username, "Look into the audit", "Who did what, and whether the record is whole.", f"{here}/audit"),
        Line(
            MARIA.username,
            "Ask who could do what on a day",
            "Name a day: the answer is as of then.",
            f"{here}/audit/who-could",
        ),
        Line(
            OPERATOR,
            "Open a practice",
            "Press the button above first; then give it a number, plans and a manager.",
            f"{portal}/operator/open",
        ),
    )
