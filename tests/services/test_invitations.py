"""Sending invitations: who may, to whom, what is answered and mailed; sending again, taking back, the list."""

from typing import Any

import attrs
import pytest
from tests.services.inviting import KIM, Post
from tests.services.worlds import ABSENT, days, dump, events, kinds, refusals

from tenantaccess.codec import plain, structured
from tenantaccess.commands import (
    CloseTenant,
    DeclineInvitation,
    Invite,
    RemoveRole,
    ResendInvitation,
    RevokeInvitation,
    SuspendTenant,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    ProofRefusedError,
    UnknownNameError,
)
from tenantaccess.ids import InvitationId, PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.decisions import Reason
from tenantaccess.model.invitations import InvitationState
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.policy import GrantCeiling, Policy
from tenantaccess.model.principals import Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.services.command import Command
from tenantaccess.services.redeeming import token_digest
from tenantaccess.testing.builders import OPERATOR

VIEWS = Grant(levels={"claims": VIEW})
NOTHING_THERE = InvitationId("inv_" + "0" * 32)


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.row("AM-19", "AM-37", "INV-32")
@pytest.mark.parametrize("by", ["manager", "operator"])
def test_an_invitation_is_stored_mailed_to_the_address_and_written_down(post: Post, by: str) -> None:
    sender: By = post.manager if by == "manager" else OPERATOR
    command = Invite(post.tenant, "Kim@People.example", VIEWS, "Kim", "Berg", "the new biller")
    done = post.access.execute(command, by=sender)
    found = post.find(done.invitation)
    assert (found.email, found.email_key, found.state.value) == ("Kim@People.example", KIM, "open")
    assert (found.expires_at - post.clock.now(), found.sends) == (days(14), 1)
    assert post.access.notices.deliver(post.mailer).sent == 1
    (mail,) = post.mailer.messages
    assert (mail.to, mail.purpose, mail.tenant_name) == ("Kim@People.example", "invite", "Riverside Clinic")
    assert mail.token
    event = events(post.access, post.tenant)[-1]
    assert (event.kind, event.subject, event.number) == ("invite", done.invitation, done.version)
    assert event.after["grant"] == {"levels": {"claims": "view"}, "role": None, "segments": []}
    assert event.after["inviter"]["id"] == (post.manager if by == "manager" else OPERATOR.name)


@pytest.mark.row("INV-32")
def test_names_and_addresses_stand_beside_the_chain(post: Post) -> None:
    post.access.execute(Invite(post.tenant, KIM, VIEWS, "Kim", "Berg", "said Jo"), by=post.manager)
    event, private = post.access.audit.read(post.tenant, by=OPERATOR)[-1]
    chained = str(plain(event))
    assert not any(word in chained for word in ("Kim", "kim@", "Berg", "said Jo"))
    assert private is not None
    assert private.content["after"]["email"] == KIM
    assert private.content["note"] == "said Jo"
    assert post.access.audit.verify(post.tenant).holds


@pytest.fixture
def strangers(post: Post, lena: PrincipalId, jo: PrincipalId) -> dict[str, tuple[Any, type[Exception]]]:
    """Everybody who may not invite here."""
    member = {"manage_account": FULL, "claims": FULL}
    return {
        "plain": (jo, AccessDeniedError),
        "reader": (post.make.member(post.tenant, levels={"manage_account": VIEW}), AccessDeniedError),
        "resting on whoever chose its password": (
            post.make.member(post.tenant, levels=member, by=post.manager),
            AccessDeniedError,
        ),
        "manager elsewhere": (lena, NotFoundError),
        "public": (None, AccessDeniedError),
    }


@pytest.mark.row("AM-19", "AM-37", "MC-14", "A02", "A18")
def test_whoever_manages_nobody_invites_nobody(
    post: Post, strangers: dict[str, tuple[Any, type[Exception]]], riverside: TenantId
) -> None:
    kept = post.invite("old@people.example")
    before = dump(post.access, riverside)
    commands: list[Command[Any]] = [Invite(riverside, KIM, VIEWS), ResendInvitation(riverside, kept)]
    for command in commands:
        for by, error in strangers.values():
            assert not post.access.may(command, by=by)
            with pytest.raises(error):
                post.access.execute(command, by=by)
    assert dump(post.access, riverside) == before


def test_a_row_that_rests_may_take_back_what_it_could_not_send(post: Post) -> None:
    resting = post.make.member(post.tenant, levels={"manage_account": FULL}, by=post.manager)
    kept = post.invite()
    assert post.access.execute(RevokeInvitation(post.tenant, kept), by=resting).changed


@pytest.mark.row("MC-14")
def test_a_link_that_rests_invites_nobody(post: Post) -> None:
    link = post.make.linked(post.tenant, post.make.manager(post.tenant))
    with pytest.raises(AccessDeniedError) as refused:
        post.invite(by=link)
    assert refused.value.decision.reasons == (Reason.RESTING,)


@pytest.mark.parametrize("command", [SuspendTenant, CloseTenant])
def test_nobody_is_invited_into_a_tenant_that_is_shut(post: Post, command: Any) -> None:
    kept = post.invite()
    post.access.execute(command(post.tenant), by=OPERATOR)
    for shut in (Invite(post.tenant, KIM, VIEWS), ResendInvitation(post.tenant, kept)):
        with pytest.raises(AccessDeniedError):
            post.access.execute(shut, by=post.manager)
        with pytest.raises(IllegalTransitionError) as refused:
            post.access.execute(shut, by=OPERATOR)
        assert refused.value.status == ("tenant_suspended" if command is SuspendTenant else "tenant_closed")


# --- what may be given ----------------------------------------------------------------------------------------------


@pytest.mark.row("INV-22", "AM-05", "A15", "A16", "A17")
def test_nobody_invites_above_what_they_hold(post: Post) -> None:
    office = post.make.member(post.tenant, levels={"manage_account": FULL, "claims": VIEW}, segments=["medicaid"])
    post.invite(by=office, segments=["medicaid"])
    too_much = [
        Grant(levels={"claims": FULL}, segments=frozenset({"medicaid"})),
        Grant(levels={"codes": VIEW}, segments=frozenset({"medicaid"})),
        Grant(levels={"claims": VIEW}),
        Grant("biller", segments=frozenset({"medicaid"})),
        Grant("account_manager"),
    ]
    for grant in too_much:
        command = Invite(post.tenant, "lu@people.example", grant)
        assert post.access.may(command, by=office).reasons == (Reason.ABOVE_HELD,)
        with pytest.raises(GrantRefusedError):
            post.access.execute(command, by=office)
        post.access.execute(command, by=OPERATOR)


@pytest.mark.row("INV-22", "MC-15")
def test_the_built_in_role_is_offered_by_its_holders_alone(post: Post) -> None:
    offered = {one.key: FULL for one in post.access.catalog.resources if one.offered}
    by_overrides = post.make.member(post.tenant, levels=offered)
    with pytest.raises(GrantRefusedError):
        post.invite(role="account_manager", by=by_overrides)
    post.invite(role="account_manager", by=post.manager)


class TestWhereOnlyManagingIsUnderTheCeiling:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(grant_ceiling=GrantCeiling.ANY)

    @pytest.mark.row("INV-22", "AM-37")
    def test_an_office_invites_to_work_it_does_not_do_itself(self, post: Post) -> None:
        office = post.make.member(post.tenant, levels={"manage_account": FULL})
        post.invite(by=office, levels={"claims": FULL})
        with pytest.raises(GrantRefusedError):
            post.invite(by=office, role="account_manager")


@pytest.mark.parametrize(
    "grant",
    [Grant(), Grant(segments=frozenset({"medicaid"})), Grant(levels={"claims": "high"}), Grant(levels={"claim": VIEW})],
)
def test_an_invitation_offers_something_that_there_is(post: Post, grant: Grant) -> None:
    with pytest.raises((InvalidInputError, UnknownNameError)):
        post.access.execute(Invite(post.tenant, KIM, grant), by=post.manager)


def test_a_role_or_segment_of_another_tenant_is_unknown(post: Post) -> None:
    for grant in (Grant("nurse"), Grant(levels={"claims": VIEW}, segments=frozenset({"medicare"}))):
        with pytest.raises(UnknownNameError):
            post.access.execute(Invite(post.tenant, KIM, grant), by=post.manager)


# --- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.row("A62", "A65")
@pytest.mark.parametrize(
    "email",
    [
        *("", "kim", "kim@", "@people.example", "kim@people", "a@b.example, c@d.example", "Kim <kim@people.example>"),
        *("kim@people.example\r\nBcc: all@people.example", "kïm@people.example", "x" * 255 + "@people.example"),
    ],
)
def test_an_address_is_one_plain_mailbox(post: Post, email: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Invite(post.tenant, email, VIEWS)
    assert refused.value.field == "email"


@pytest.mark.row("A62", "AM-19")
def test_addresses_are_normalised_before_they_are_judged_and_compared_case_folded(post: Post) -> None:
    first = post.invite("Kim\uff20People.example")
    assert post.find(first).email == "Kim@People.example"
    post.invite("KIM@PEOPLE.EXAMPLE")
    assert post.state(first) == "revoked"


@pytest.mark.row("A65")
@pytest.mark.parametrize("name", ["Click\r\nhttps://evil.example", "a\x00b", "\u202egnp", " Kim"])
def test_a_name_is_one_line_of_plain_text(post: Post, name: str) -> None:
    with pytest.raises(InvalidInputError):
        Invite(post.tenant, KIM, VIEWS, name)


@pytest.mark.row("A09", "AM-19")
def test_whether_somebody_has_the_address_changes_nothing_that_can_be_seen(
    post: Post, lakeside: TenantId, lena: PrincipalId
) -> None:
    assert lena
    known = post.make.registered(lakeside, username="known")
    post.make.registered(post.tenant, username="here")
    own_record = kinds(post.access, known)
    told = []
    for name in ("known", "here", "nobody"):
        before = len(events(post.access, post.tenant))
        done = post.access.execute(Invite(post.tenant, f"{name}@people.example", VIEWS), by=post.manager)
        wrote = events(post.access, post.tenant)[before:]
        shown = attrs.evolve(post.find(done.invitation), id=NOTHING_THERE, email="")
        told.append((shown, [(event.kind, dict(event.after)) for event in wrote], post.access.notices.queued()))
        post.access.notices.deliver(post.mailer)
    assert told[0] == told[1] == told[2]
    assert kinds(post.access, known) == own_record
    assert len({len(mail.token) for mail in post.mailer.messages}) == 1


class TestWhereDomainsAreNamed:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(invited_domains=frozenset({"Clinic.example"}))

    @pytest.mark.row("AM-19")
    def test_only_their_addresses_are_invited(self, post: Post) -> None:
        post.invite("kim@CLINIC.example")
        for email in ("kim@people.example", "kim@sub.clinic.example", "kim@evilclinic.example"):
            with pytest.raises(InvalidInputError) as refused:
                post.invite(email)
            assert refused.value.field == "email"
            with pytest.raises(InvalidInputError):
                post.invite(email, by=OPERATOR)


@pytest.mark.parametrize("domains", ["clinic.example", ["a@b.example"], [""], [7]])
def test_domains_are_a_list_of_domains(domains: Any) -> None:
    with pytest.raises(InvalidInputError):
        Policy(invited_domains=domains)


# --- how many -------------------------------------------------------------------------------------------------------


class TestWhereThreeMayBeOpen:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(open_invitations=3)

    @pytest.mark.row("AM-19")
    def test_a_fourth_is_one_too_many_until_one_is_closed(self, post: Post) -> None:
        sent = [post.invite(f"p{number}@people.example") for number in range(3)]
        with pytest.raises(InvalidInputError):
            post.invite("p3@people.example")
        sent[0] = post.invite("P0@people.example")
        post.access.execute(RevokeInvitation(post.tenant, sent[1]), by=post.manager)
        post.invite("p3@people.example")
        with pytest.raises(InvalidInputError):
            post.invite("p4@people.example")

    def test_what_has_expired_makes_room_and_is_sent_again_only_where_there_is_some(self, post: Post) -> None:
        old = post.invite("p0@people.example")
        post.clock.advance(days(14))
        for number in range(1, 4):
            post.invite(f"p{number}@people.example")
        with pytest.raises(InvalidInputError):
            post.access.execute(ResendInvitation(post.tenant, old), by=post.manager)
        assert post.access.execute(ResendInvitation(post.tenant, post.newest().id), by=post.manager).changed


def test_at_least_one_may_be_open() -> None:
    with pytest.raises(InvalidInputError):
        Policy(open_invitations=0)


@pytest.mark.row("AM-19")
def test_fifty_at_once_are_all_or_nothing_and_each_line_has_its_own_answer(post: Post) -> None:
    lines = [f"p{number}@people.example" for number in range(50)]
    commands = [Invite(post.tenant, line, VIEWS) for line in lines]
    bad = Invite(post.tenant, "p50@people.example", Grant("nurse"))
    with pytest.raises(UnknownNameError):
        post.access.execute_all([*commands, bad], by=post.manager)
    assert not post.access.invitations.search(post.tenant, by=OPERATOR).rows

    answers = post.access.execute_all(commands, by=post.manager)
    assert len({answer.invitation for answer in answers}) == 50
    assert [post.find(answer.invitation).email for answer in answers] == lines
    assert post.access.notices.deliver(post.mailer).sent == 50
    assert len(set(post.mailer.tokens())) == 50


# --- replaced, sent again, taken back -------------------------------------------------------------------------------


@pytest.mark.row("AM-19", "INV-32")
def test_a_newer_invitation_replaces_the_older_in_an_event_of_its_own(post: Post) -> None:
    older = post.invite()
    old_secret = post.deliver()
    newer = post.invite(levels={"codes": VIEW})
    assert (post.state(older), post.state(newer)) == ("revoked", "open")
    assert [event.subject for event in events(post.access, post.tenant)[-2:]] == [newer, older]
    with pytest.raises(ProofRefusedError):
        post.join(old_secret)
    assert post.access.check(post.tenant, post.join(post.deliver()), "codes", "view")


@pytest.mark.row("AM-19")
@pytest.mark.parametrize("end", ["expired", "declined", "revoked", "accepted"])
def test_what_became_of_one_invitation_never_blocks_another(post: Post, end: str) -> None:
    first = post.invite()
    secret = post.deliver()
    if end == "expired":
        post.clock.advance(days(14))
    elif end == "declined":
        post.access.execute(DeclineInvitation(secret))
    elif end == "revoked":
        post.access.execute(RevokeInvitation(post.tenant, first), by=post.manager)
    else:
        post.join(secret)
    assert post.state(post.invite()) == "open"


@pytest.mark.row("AM-19", "A32")
def test_sending_again_keeps_the_invitation_and_kills_the_older_secret(post: Post) -> None:
    invitation = post.invite()
    first = post.deliver()
    post.clock.advance(days(10))
    assert post.access.execute(ResendInvitation(post.tenant, invitation), by=post.manager).changed
    second = post.deliver()
    found = post.find(invitation)
    assert (found.sends, found.expires_at - post.clock.now()) == (2, days(14))
    assert first != second
    with pytest.raises(ProofRefusedError):
        post.join(first)
    post.clock.advance(days(13))
    post.join(second)
    assert post.state(invitation) == "accepted"


@pytest.mark.row("AM-19")
def test_an_expired_one_may_be_sent_again(post: Post) -> None:
    invitation = post.invite()
    post.clock.advance(days(14))
    post.access.execute(ResendInvitation(post.tenant, invitation), by=post.manager)
    post.join(post.deliver())
    assert post.state(invitation) == "accepted"


@pytest.mark.row("INV-22")
def test_whoever_sends_again_stands_for_it_and_is_judged(post: Post) -> None:
    invitation = post.invite(levels={"codes": FULL})
    office = post.make.member(post.tenant, levels={"manage_account": FULL, "claims": FULL})
    with pytest.raises(GrantRefusedError):
        post.access.execute(ResendInvitation(post.tenant, invitation), by=office)
    post.access.execute(ResendInvitation(post.tenant, invitation), by=OPERATOR)
    assert post.find(invitation).sender is None


def test_what_offers_a_role_that_is_gone_is_not_sent_again(post: Post) -> None:
    invitation = post.invite(role="biller")
    post.access.execute(RemoveRole(post.tenant, "biller"), by=post.manager)
    with pytest.raises(UnknownNameError):
        post.access.execute(ResendInvitation(post.tenant, invitation), by=post.manager)


ENDS = ["accepted", "declined", "revoked", "void"]


def ended(post: Post, end: str) -> InvitationId:
    """An invitation that came to an *end*."""
    invitation = post.invite(by=post.make.manager(post.tenant))
    secret = post.deliver()
    if end == "accepted":
        post.join(secret)
    elif end == "declined":
        post.access.execute(DeclineInvitation(secret))
    elif end == "revoked":
        post.access.execute(RevokeInvitation(post.tenant, invitation, "a mistake"), by=post.manager)
    else:
        post.access.execute(SuspendTenant(post.tenant), by=OPERATOR)
    assert post.state(invitation) == end
    return invitation


@pytest.mark.row("MC-12")
@pytest.mark.parametrize("end", ENDS)
def test_what_came_to_an_end_is_not_sent_again(post: Post, end: str) -> None:
    invitation = ended(post, end)
    with pytest.raises(IllegalTransitionError) as refused:
        post.access.execute(ResendInvitation(post.tenant, invitation), by=OPERATOR)
    assert refused.value.status == ("tenant_suspended" if end == "void" else end)
    assert post.state(invitation) == end


@pytest.mark.row("AM-19")
@pytest.mark.parametrize("end", ENDS)
def test_taking_back_ends_what_is_open_and_nothing_else(post: Post, end: str) -> None:
    invitation = ended(post, end)
    command = RevokeInvitation(post.tenant, invitation)
    if end in {"revoked", "void"}:
        before = dump(post.access, post.tenant)
        assert not post.access.execute(command, by=OPERATOR).changed
        assert dump(post.access, post.tenant) == before
    else:
        with pytest.raises(IllegalTransitionError) as refused:
            post.access.execute(command, by=OPERATOR)
        assert refused.value.status == end


def test_nobody_is_told_when_an_invitation_is_taken_back_and_the_mail_is_void(post: Post) -> None:
    invitation = post.invite()
    post.access.execute(RevokeInvitation(post.tenant, invitation), by=post.manager)
    assert post.access.notices.deliver(post.mailer).void == 1
    assert post.mailer.messages == []


@pytest.mark.row("A02", "A53", "INV-12")
def test_an_invitation_of_another_tenant_looks_like_none(post: Post, lakeside: TenantId, lena: PrincipalId) -> None:
    foreign = post.invite()
    assert lena
    for invitation in (foreign, NOTHING_THERE):
        for command in (ResendInvitation(lakeside, invitation), RevokeInvitation(lakeside, invitation)):
            for by in (lena, OPERATOR):
                with pytest.raises(NotFoundError) as refused:
                    post.access.execute(command, by=by)
                assert (refused.value.kind, refused.value.id) == ("invitation", invitation)
    assert post.state(foreign) == "open"


@pytest.mark.parametrize("swapped", ["", "inv_", "pri_" + "0" * 32, 7])
def test_swapped_ids_are_refused_before_anything_is_read(post: Post, swapped: Any) -> None:
    for command in (ResendInvitation, RevokeInvitation):
        with pytest.raises(InvalidInputError):
            command(post.tenant, swapped)


@pytest.mark.row("A18")
@pytest.mark.parametrize("extra", ["state", "inviter", "expires_at", "tenant_id", "verified", "is_manager"])
def test_a_body_with_a_field_too_many_is_refused_whole(post: Post, extra: str) -> None:
    body = {"tenant": post.tenant, "email": KIM, "grant": {"levels": {"claims": "view"}}}
    assert structured(body, Invite) == Invite(post.tenant, KIM, VIEWS)
    with pytest.raises(InvalidInputError):
        structured({**body, extra: "open"}, Invite)


@pytest.mark.row("INV-39")
def test_a_repeated_key_invites_once(post: Post) -> None:
    command = Invite(post.tenant, KIM, VIEWS)
    answers = [post.access.execute(command, by=post.manager, key="line-1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(post.access.invitations.search(post.tenant, by=OPERATOR).rows) == 1


def test_a_refused_invitation_is_in_the_log(post: Post, jo: PrincipalId) -> None:
    with pytest.raises(AccessDeniedError):
        post.invite(by=jo)
    (line,) = refusals(post.access, post.tenant)
    assert (line.what, line.reason) == ("refused:invite", "not_manager")


# --- delivery -------------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-30")
@pytest.mark.parametrize("end", ["revoked", "expired", "void"])
def test_no_secret_is_minted_for_what_nobody_could_accept(post: Post, end: str) -> None:
    invitation = post.invite()
    if end == "revoked":
        post.access.execute(RevokeInvitation(post.tenant, invitation), by=post.manager)
    elif end == "expired":
        post.clock.advance(days(14))
    else:
        post.access.execute(SuspendTenant(post.tenant), by=OPERATOR)
    done = post.access.notices.deliver(post.mailer)
    assert (done.void, post.mailer.tokens()) == (1, [])


@pytest.mark.row("INV-30", "INV-31")
def test_only_the_digest_of_a_secret_is_stored_and_it_expires_with_the_invitation(post: Post) -> None:
    invitation = post.invite()
    post.clock.advance(days(3))
    secret = post.deliver()
    assert secret not in str(dump(post.access, post.tenant))
    assert secret not in repr(post.access.invitations.search(post.tenant, by=OPERATOR))
    with post.access.store.reading() as unit:
        token = unit.tokens.find(_digest(secret))
        assert unit.tokens.find(secret) is None
    assert token is not None
    assert (token.invitation, token.expires_at) == (invitation, post.find(invitation).expires_at)
    post.clock.advance(days(11))
    with pytest.raises(ProofRefusedError):
        post.join(secret)


def _digest(secret: str) -> str:
    return token_digest(Secret(secret))


def test_an_address_that_was_erased_is_mailed_nothing_and_opens_nothing(post: Post) -> None:
    invitation = post.invite()
    secret = post.deliver()
    with post.access.store.begin() as unit:
        unit.invitations.put(attrs.evolve(post.find(invitation), email=""))
        unit.commit()
    nobody = post.make.member(post.tenant, levels={"claims": VIEW})
    for by in (None, nobody):
        with pytest.raises(ProofRefusedError):
            post.join(secret) if by is None else post.accept(secret, by)
    post.access.execute(ResendInvitation(post.tenant, invitation), by=post.manager)
    post.mailer.messages.clear()
    assert post.access.notices.deliver(post.mailer).shown == 1


# --- the list -------------------------------------------------------------------------------------------------------


@pytest.mark.row("AM-19", "AM-20")
def test_the_list_shows_what_became_of_each_the_newest_first(post: Post) -> None:
    expired = post.invite("p0@people.example")
    post.clock.advance(days(14))
    taken = post.invite("p1@people.example")
    post.access.execute(RevokeInvitation(post.tenant, taken), by=post.manager)
    post.clock.advance(days(1))
    fresh = post.invite("p2@people.example")
    page = post.access.invitations.search(post.tenant, by=post.manager)
    assert [(row.invitation.id, row.invitation.state, row.is_expired) for row in page.rows] == [
        (fresh, InvitationState.OPEN, False),
        (taken, InvitationState.REVOKED, False),
        (expired, InvitationState.OPEN, True),
    ]
    assert page.next is None


def test_pages_of_the_list_join_to_all_of_it(post: Post) -> None:
    sent = post.access.execute_all(
        [Invite(post.tenant, f"p{number}@people.example", VIEWS) for number in range(7)], by=post.manager
    )
    met, after = [], None
    while True:
        page = post.access.invitations.search(post.tenant, after, 3, by=post.manager)
        met += [row.invitation.id for row in page.rows]
        after = page.next
        if after is None:
            break
    assert met == sorted([one.invitation for one in sent], reverse=True)


@pytest.mark.row("AM-20", "INV-11")
def test_whoever_sees_the_roster_sees_the_list_and_nobody_else(
    post: Post, lakeside: TenantId, lena: PrincipalId, jo: PrincipalId
) -> None:
    post.invite()
    reader = post.make.member(post.tenant, levels={"manage_account": VIEW})
    for by in (reader, post.manager, OPERATOR):
        assert len(post.access.invitations.search(post.tenant, by=by).rows) == 1
    assert post.access.invitations.search(lakeside, by=lena).rows == ()
    with pytest.raises(AccessDeniedError):
        post.access.invitations.search(post.tenant, by=jo)
    for tenant, by in ((post.tenant, lena), (ABSENT, lena), (ABSENT, OPERATOR)):
        with pytest.raises(NotFoundError):
            post.access.invitations.search(tenant, by=by)


def test_a_page_begins_after_an_invitation_of_this_tenant(post: Post, lakeside: TenantId, lena: PrincipalId) -> None:
    foreign = post.invite()
    for after in (foreign, NOTHING_THERE):
        with pytest.raises(NotFoundError):
            post.access.invitations.search(lakeside, after, by=lena)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_a_limit(post: Post, limit: int) -> None:
    with pytest.raises(InvalidInputError):
        post.access.invitations.search(post.tenant, limit=limit, by=OPERATOR)
