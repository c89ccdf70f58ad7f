"""What people read: who, what, until when, one link, and nothing of others that does anything (INV-31, INV-38, A65)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    Approve,
    AssignRole,
    ChangeEmail,
    ChangeLinking,
    ConfirmLink,
    DeclineInvitation,
    Disable,
    Enable,
    Invite,
    Leave,
    Remove,
    RequestPasswordReset,
    SendPasswordReset,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
    Unlink,
)
from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.mail import MailLinks
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.notices import Audience, Message
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tokens import TokenPurpose
from tenantaccess.services import wording
from tenantaccess.services.wording import inert, worded
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

CANARY = "canary-sings-in-the-mine"
MAILED = [one for one in TokenPurpose if one is not TokenPurpose.OFFER]
PLAIN = Message("key", "kim@people.example", "disable", "Riverside Clinic", "kim")


def link_to(purpose: TokenPurpose, secret: str) -> str:
    return f"https://portal.example/{purpose.value}?token={secret}"


def told(message: Message) -> str:
    shown = worded(message, link_to)
    return f"{shown.subject}\n\n{shown.text}"


@pytest.mark.row("INV-38", "AM-31")
def test_a_reader_learns_what_changed_where_and_whom_to_ask() -> None:
    levels = attrs.evolve(PLAIN, purpose="change_privileges", by="maria")
    assert told(levels) == (
        "Levels changed in Riverside Clinic\n\nWhat you may do in Riverside Clinic has changed.\n\n"
        "This was done by maria: ask there if you have questions.\n"
    )
    assert "ask an account manager of Riverside Clinic" in told(PLAIN)
    assert "ask whoever runs the service" in told(attrs.evolve(PLAIN, purpose="change_password", tenant_name=""))


@pytest.mark.row("INV-38", "AM-28", "MU-10")
def test_a_mail_says_what_has_happened_and_what_is_still_to_come(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    mailer = RecordingMailer()
    ann, bob, desk = (make.registered(riverside, username=name) for name in ("ann", "bob", "desk"))
    access.notices.deliver(RecordingMailer())
    access.execute(Disable(riverside, ann), by=maria)
    access.execute(Disable(riverside, bob, at=clock.now() + timedelta(days=2)), by=maria)
    make.linked(riverside, desk)
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=OPERATOR)
    make.linked(riverside, desk)
    access.notices.deliver(mailer)
    texts = {(one.purpose, one.to.partition("@")[0]): worded(one, link_to).text for one in mailer.messages}
    assert "was disabled: it has ended." in texts["disable", "ann"]
    assert f"will be disabled on {clock.now() + timedelta(days=2):%Y-%m-%d}." in texts["disable_later", "bob"]
    assert "and is linked with Riverside Clinic now." in texts["join_link", "desk"]
    assert "and asks to be linked with Riverside Clinic." in texts["join_link_waits", "desk"]
    managers = attrs.evolve(PLAIN, audience=Audience.MANAGERS, is_own=False)
    assert "An account manager has to accept." in told(attrs.evolve(managers, purpose="join_link_waits"))
    assert "is linked with it now." in told(attrs.evolve(managers, purpose="join_link"))


@pytest.mark.row("INV-38", "AM-28")
def test_an_end_that_was_lifted_or_of_a_former_presence_is_announced_to_nobody(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    ann, bob = (make.registered(riverside, username=name) for name in ("ann", "bob"))
    access.notices.deliver(RecordingMailer())
    for one in (ann, bob):
        access.execute(Disable(riverside, one, at=clock.now() + timedelta(days=2)), by=maria)
    access.execute(SetDates(riverside, ann), by=maria)
    access.execute(Remove(riverside, bob), by=maria)
    mailer = RecordingMailer()
    access.notices.deliver(mailer)
    assert sorted((one.username, one.purpose) for one in mailer.messages) == [("ann", "set_dates"), ("bob", "remove")]


def test_no_mail_says_one_thing_or_another() -> None:
    drafts = [*wording._OWN.values(), *wording._OTHERS.values(), *wording._PROVEN.values()]
    assert not [one.sentence for one in drafts if " or " in one.sentence]


@pytest.mark.row("INV-38", "AM-20", "AM-28")
def test_what_is_to_come_is_announced_with_its_day_as_it_is_at_delivery(
    access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    mailer = RecordingMailer()
    ann, bob, gone = (make.registered(riverside, username=name) for name in ("ann", "bob", "gone"))
    access.notices.deliver(RecordingMailer())
    starts, ends = clock.now(), clock.now() + timedelta(days=2)
    access.execute(Disable(riverside, bob, at=ends), by=maria)
    access.execute(Disable(riverside, gone, at=ends), by=maria)
    clock.advance(timedelta(days=3))
    access.notices.deliver(mailer)
    late = [(one.username, worded(one, link_to).subject) for one in mailer.messages if "disable" in one.purpose]
    assert sorted(late) == [(name, "Your access to Riverside Clinic has ended") for name in ("bob", "gone")]
    clock.advance(timedelta(days=85) - (clock.now() - starts))
    access.sweeps.run()
    access.notices.deliver(mailer)
    warned = next(one for one in mailer.messages if one.purpose == "lapse_warning" and one.username == "ann")
    assert ann
    day = f"{starts + access.policy.inactive_after:%Y-%m-%d}"
    assert worded(warned, link_to).subject == f"Your access to Riverside Clinic becomes inactive on {day}"
    assert f"Unless you use it before, it becomes inactive on {day}." in worded(warned, link_to).text


@pytest.mark.row("INV-31", "AM-30", "AM-31")
@pytest.mark.parametrize("purpose", MAILED, ids=lambda one: one.value)
def test_a_link_stands_alone_on_its_line_with_the_one_secret(purpose: TokenPurpose) -> None:
    until = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    message = attrs.evolve(PLAIN, token=CANARY, link=purpose, expires_at=until)
    shown = worded(message, link_to)
    assert shown.text.count(CANARY) == 1
    assert f"\n{link_to(purpose, CANARY)}\n" in shown.text
    assert "until 2026-01-05 10:30 UTC" in shown.text
    assert CANARY not in shown.subject + repr(shown) + repr(message)


@pytest.mark.row("INV-38", "A63")
def test_whoever_has_something_to_do_inside_reads_where_to_sign_in() -> None:
    links = MailLinks("https://portal.example/access", sign_in="https://portal.example/sign-in/")
    shown = worded(attrs.evolve(PLAIN, purpose="approve"), links)
    assert (shown.errand, shown.link) == ("Sign in", "https://portal.example/sign-in/")
    assert "\n\nSign in here:\nhttps://portal.example/sign-in/\n\n" in shown.text
    mailed = attrs.evolve(PLAIN, purpose="approve", token=CANARY, link=TokenPurpose.REGISTRATION)
    assert worded(mailed, links).errand == "Complete your registration"
    assert worded(PLAIN, links).link == ""  # whose access has ended has nothing to do inside
    assert worded(attrs.evolve(PLAIN, purpose="approve"), MailLinks("https://portal.example")).link == ""
    with pytest.raises(InvalidInputError):
        MailLinks("https://portal.example", sign_in="http://portal.example")


@pytest.mark.row("A63")
@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("sign-in", "https://portal.example/access/sign-in"),
        ("/accounts/login/", "https://portal.example/accounts/login/"),
        ("https://id.example/go?to=portal", "https://id.example/go?to=portal"),
        ("http://portal.example/login", ""),
        ("//user@id.example/login", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_page_to_sign_in_is_found_from_the_base_or_left_out(page: str, address: str) -> None:
    links = MailLinks("https://portal.example/access", {TokenPurpose.RESET: "neu"})
    assert links.signing_in_at(page) == attrs.evolve(links, sign_in=address)


@pytest.mark.row("INV-38")
@pytest.mark.parametrize("purpose", [None, *MAILED])
def test_the_parts_of_a_mail_are_its_text(purpose: TokenPurpose | None) -> None:
    until = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    shown = worded(attrs.evolve(PLAIN, token=CANARY if purpose else "", link=purpose, expires_at=until), link_to)
    linked = [f"{shown.errand} here:\n{shown.link}"] if purpose else []
    assert "\n\n".join([*shown.before, *linked, *shown.after]) + "\n" == shown.text
    assert bool(shown.link) is bool(shown.errand) is bool(purpose)


def test_a_link_without_an_end_says_none() -> None:
    assert "until" not in told(attrs.evolve(PLAIN, token=CANARY, link=TokenPurpose.RESET))


@pytest.mark.row("INV-38")
def test_every_notice_of_the_library_has_words_of_its_own(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    mailer = RecordingMailer()
    ann = make.registered(riverside, levels={"manage_account": FULL, "claims": FULL}, username="ann")
    kim, lee, sue, out = (make.registered(riverside, username=name) for name in ("kim", "lee", "sue", "out"))
    waiting = make.pending(riverside)
    steps: list[tuple[Any, Any]] = [
        (Approve(riverside, waiting, Grant(levels={"claims": VIEW})), ann),
        (AssignRole(riverside, kim, None), ann),
        (Disable(riverside, lee), ann),
        (Enable(riverside, lee), ann),
        (SendPasswordReset(riverside, kim), ann),
        (ChangeLinking(riverside, linking=Linking.BOTH), ann),
        (Invite(riverside, "new@people.example", Grant(levels={"claims": VIEW})), ann),
        (Leave(riverside), out),
        (ChangeEmail("lee@elsewhere.example"), lee),
        (SuspendPrincipal(sue), OPERATOR),
    ]
    for command, by in steps:
        access.execute(command, by=by)
    access.execute(RequestPasswordReset("kim"))
    access.execute(ChangeLinking(riverside, linking=Linking.PROOF), by=ann)
    master = make.linked(riverside, kim)
    access.execute(ConfirmLink(riverside, master), by=OPERATOR)
    access.execute(Unlink(riverside, master), by=OPERATOR)
    access.notices.deliver(mailer)
    invitation = next(one for one in mailer.messages if one.audience is Audience.INVITEE)
    access.execute(DeclineInvitation(invitation.token))
    access.execute(SuspendTenant(riverside), by=OPERATOR)
    access.notices.deliver(mailer)
    assert lakeside
    assert {one.purpose for one in mailer.messages} >= {
        "approve", "change_email", "change_linking", "confirm_link", "decline_invitation", "disable", "enable",
        "invite", "join_link", "leave", "request_access", "request_password_reset", "send_password_reset",
        "suspend_principal", "suspend_tenant", "unlink",
    }  # fmt: skip
    unknown = wording._UNKNOWN.subject.replace("%(tenant)s", "")
    for message in mailer.messages:
        shown = worded(message, link_to)
        assert not shown.subject.startswith(unknown), message.purpose
        assert "%(" not in shown.subject + shown.text


@pytest.mark.parametrize(
    ("purpose", "audience"),
    [("adopt", Audience.PERSON), ("copy_records", Audience.MANAGERS), ("erase_principal", Audience.MANAGERS)],
)
def test_adoption_copies_and_erasure_have_words(purpose: str, audience: Audience) -> None:
    shown = told(attrs.evolve(PLAIN, purpose=purpose, audience=audience, username=""))
    assert "Riverside Clinic" in shown
    assert "Something changed" not in shown


def test_each_reader_has_words_of_their_own() -> None:
    readers = [
        PLAIN,
        attrs.evolve(PLAIN, audience=Audience.MANAGERS, purpose="leave"),
        attrs.evolve(PLAIN, audience=Audience.INVITEE, purpose="invite"),
        attrs.evolve(PLAIN, audience=Audience.FORMER, purpose="change_email"),
        attrs.evolve(PLAIN, is_own=False, purpose="join_link"),
        attrs.evolve(PLAIN, is_own=False, purpose="unlink"),
        attrs.evolve(PLAIN, purpose="something_new"),
    ]
    shown = [told(one) for one in readers]
    assert len(set(shown)) == len(readers)
    assert "signed in with your username and password" in shown[4]
    assert "Something changed in Riverside Clinic" in shown[-1]


@pytest.mark.row("A65", "INV-38")
@pytest.mark.parametrize(
    "name",
    [
        "Click https://evil.example/now",
        "www.evil.example",
        "evil.com",
        "EVIL.COM is here",
        "two\r\nBcc: eve@evil.example",
        "{0.__class__} %(username)s %(by)s %s",
        "<b>bold</b>",
        "x" * 200,
        "\u202egnp.exe",
        "\\1 \\g<0>",
    ],
)
def test_a_name_does_nothing_in_a_mail(name: str) -> None:
    shown = worded(attrs.evolve(PLAIN, tenant_name=name, by="maria"), link_to)
    assert "\n" not in shown.subject
    assert "\r" not in shown.subject + shown.text
    assert len(shown.subject) < 150
    for trigger in ("://", "evil.", "EVIL.C", "\u202e"):
        assert trigger not in shown.subject + shown.text.replace("evil[.]", "")
    for kept in ("{0.__class__} %(username)s %(by)s %s", "\\1 \\g<0>", "<b>bold</b>"):
        assert (kept in shown.text) is (kept == name)


@pytest.mark.row("A65", "INV-40")
@given(st.text(max_size=300))
def test_an_inert_name_is_one_short_printable_line(name: str) -> None:
    shown = inert(name)
    assert shown.isprintable()
    assert "://" not in shown
    assert shown == " ".join(shown.split())
    assert len(inert("a" * 300)) == wording.SHOWN


@pytest.mark.row("A65")
@pytest.mark.parametrize("name", ["St.Mary Clinic", "Dr. Lee & Sons", "Łódź 24", "No. 7", "Smith, Jones and Co."])
def test_an_honest_name_is_shown_as_it_is(name: str) -> None:
    assert inert(name) == name


def test_who_did_it_is_named_to_others_alone(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.registered(riverside, username="kim")
    access.execute(Disable(riverside, kim), by=maria)
    access.execute(Enable(riverside, kim), by=OPERATOR)
    access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
    access.notices.deliver(mailer)
    assert {(one.purpose, one.by) for one in mailer.messages if one.to == "kim@elsewhere.example"} == {
        ("disable", "maria"), ("enable", ""), ("change_email", ""),
    }  # fmt: skip
