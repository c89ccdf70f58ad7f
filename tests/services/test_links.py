"""Linking: what was proven is joined, rests on its proof, is accepted or confirmed, and ends from either side."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest
from tests.services.worlds import ABSENT, condition, days, dump, events, kinds, row_of, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptLink,
    AppointManager,
    Approve,
    ChangeLinking,
    ChangePassword,
    ChangePrivileges,
    ConfirmLink,
    Disable,
    Enable,
    JoinLink,
    Leave,
    LimitSegments,
    Reject,
    Remove,
    RequestAccess,
    RequestLink,
    SendRegistration,
    SuspendPrincipal,
    SuspendTenant,
    Unlink,
)
from tenantaccess.errors import (
    AccessDeniedError,
    GrantRefusedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.members import Contact, Origin, RestKind, VerifiedHow
from tenantaccess.model.policy import Linking, LinkingPassword, Policy
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services.command import Command, Done
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

OTHER_PASSWORD = "another quick password"


@pytest.fixture
def lee(make: Given) -> PrincipalId:
    """Somebody with a password of their own, who is a member nowhere."""
    return make.pending(username="lee")


@pytest.fixture
def linked(make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId) -> PrincipalId:
    """Lee, joined to Riverside by proving Jo's credentials."""
    assert maria
    return make.linked(riverside, jo, by=lee)


def edit(who: PrincipalId, level: Any, resource: str = "claims") -> Edit:
    return Edit(who, resource, level.key)


@pytest.mark.row("MU-09", "MU-10", "MU-00", "INV-28")
def test_proof_offers_what_it_would_bring_and_joining_brings_that(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId
) -> None:
    assert maria
    offer = access.links.prove("JO", PASSWORD, source="203.0.113.9", by=lee)
    assert [one.id for one in offer.tenants] == [riverside]
    assert offer.tenants[0].name == "Riverside Clinic"
    assert offer.tenants[0].external_ids == {"tin": "012345678"}
    assert offer.tenants[0].levels["claims"] == FULL.key  # type: ignore[index]  # a word
    assert offer.tenants[0].condition is Reason.NOT_A_MEMBER
    assert not access.check(riverside, lee, "claims", "submit")
    done = access.execute(JoinLink([riverside], offer.token), by=lee)
    assert done.changed
    assert access.check(riverside, lee, "claims", "submit")
    facts = row_of(access, riverside, lee).membership
    assert (facts.origin, facts.verified_how, facts.proven_by) == (Origin.LINKED, VerifiedHow.PROVEN, jo)
    assert facts.resting is not None
    assert (facts.resting.on, facts.resting.kind) == (jo, RestKind.LINK)
    assert kinds(access, riverside)[-1] == "join_link"
    assert kinds(access, lee)[-1] == "join_link"


@pytest.mark.row("MU-09", "AM-07")
def test_the_managers_and_whoever_was_proven_are_told_of_a_link(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, lee: PrincipalId
) -> None:
    jo = make.registered(riverside, levels={"claims": FULL}, username="jo2")
    boss = make.registered(riverside, levels={"manage_account": FULL}, username="boss")
    assert boss
    access.notices.deliver(RecordingMailer())
    make.linked(riverside, jo, by=lee)
    access.notices.deliver(mailer)
    told = sorted((sent.to, sent.purpose) for sent in mailer.messages)
    assert told == [("boss@people.example", "join_link"), ("jo2@people.example", "join_link")]


@pytest.mark.row("MU-09", "INV-27", "A42", "A43", "A37", "A38")
@pytest.mark.parametrize(
    "case", ["unknown", "wrong", "own", "suspended", "disabled", "linking off", "tenant suspended"]
)
def test_a_proof_that_opens_nothing_is_refused_uniformly(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId, case: str
) -> None:
    username, password = "jo", PASSWORD
    if case == "unknown":
        username = "nobody"
    if case == "wrong":
        password = OTHER_PASSWORD
    if case == "own":
        username = "lee"
    if case == "suspended":
        access.execute(SuspendPrincipal(jo), by=OPERATOR)
    if case == "disabled":
        access.execute(Disable(riverside, jo), by=maria)
    if case == "linking off":
        access.execute(ChangeLinking(riverside, linking=Linking.OFF), by=maria)
    if case == "tenant suspended":
        access.execute(SuspendTenant(riverside), by=OPERATOR)
    with pytest.raises(ProofRefusedError) as refused:
        access.links.prove(username, password, by=lee)
    assert str(refused.value) == "this proof is not accepted"


SPOILED: Final[dict[str, tuple[Callable[[TenantId, PrincipalId], Command[Any]], str]]] = {
    "password": (lambda _tenant, _jo: ChangePassword(PASSWORD, OTHER_PASSWORD), "jo"),
    "suspended": (lambda _, jo: SuspendPrincipal(jo), "operator"),
    "disabled": (Disable, "maria"),
    "linking off": (lambda riverside, _: ChangeLinking(riverside, linking=Linking.OFF), "maria"),
    "tenant suspended": (lambda riverside, _: SuspendTenant(riverside), "operator"),
}


@pytest.mark.row("INV-26", "A39")
@pytest.mark.parametrize("case", SPOILED)
def test_an_offer_is_dead_once_the_proof_would_not_be_given_again(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId, case: str
) -> None:
    token = access.links.prove("jo", PASSWORD, by=lee).token
    spoil, who = SPOILED[case]
    actors: dict[str, By] = {"jo": jo, "maria": maria, "operator": OPERATOR}
    access.execute(spoil(riverside, jo), by=actors[who])
    before = dump(access, riverside, [lee])
    with pytest.raises(ProofRefusedError):
        access.execute(JoinLink([riverside], token), by=lee)
    with pytest.raises(ProofRefusedError):
        access.links.offered(token, by=lee)
    assert dump(access, riverside, [lee]) == before


@pytest.mark.row("MU-10", "INV-26")
def test_an_offer_is_looked_at_again_without_using_it_up(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    assert jo
    offer = access.links.prove("jo", PASSWORD, by=lee)
    before = dump(access, riverside, [lee])
    assert access.links.offered(offer.token, by=lee) == offer
    assert dump(access, riverside, [lee]) == before
    assert access.execute(JoinLink([riverside], offer.token), by=lee).changed


@pytest.mark.row("INV-26", "INV-30", "A39", "A40", "A50", "A57")
def test_an_offer_is_for_one_principal_a_few_minutes_and_one_use(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    def refused(token: str, by: PrincipalId = lee) -> bool:
        with pytest.raises(ProofRefusedError):
            access.execute(JoinLink([riverside], token), by=by)
        with pytest.raises(ProofRefusedError):
            access.links.offered(token, by=by)
        return True

    older = access.links.prove("jo", PASSWORD, by=lee).token
    token = access.links.prove("jo", PASSWORD, by=lee).token
    assert refused(older), "a newer offer replaces it"
    assert refused(token, make.pending()), "it is somebody else's"
    access.execute(JoinLink([riverside], token), by=lee)
    access.execute(Unlink(riverside, lee), by=lee)
    assert refused(token), "it was used"
    late = access.links.prove("jo", PASSWORD, by=lee).token
    clock.advance(access.policy.offer_expires_after)
    assert refused(late), "it has expired"
    assert jo


@pytest.mark.row("INV-26", "INV-11", "A02")
def test_an_offer_opens_no_tenant_that_it_did_not_name(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    assert jo
    token = access.links.prove("jo", PASSWORD, by=lee).token
    for tenants in ([riverside, lakeside], [ABSENT]):
        with pytest.raises(ProofRefusedError):
            access.execute(JoinLink(tenants, token), by=lee)
    assert access.execute(JoinLink([riverside], token), by=lee).changed, "a refusal uses nothing up"


@pytest.mark.row("MU-10", "INV-39")
def test_a_join_is_all_or_nothing_once_and_repeatable_under_its_key(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    lakeside: TenantId,
    maria: PrincipalId,
    lena: PrincipalId,
    lee: PrincipalId,
) -> None:
    assert maria, lena
    both = make.registered(riverside, levels={"claims": VIEW}, username="both")
    access.execute(RequestAccess(lakeside), by=both)
    access.execute(Approve(lakeside, both, Grant(levels={"claims": FULL})), by=lena)
    offer = access.links.prove("both", PASSWORD, by=lee)
    assert [one.name for one in offer.tenants] == ["Lakeside Clinic", "Riverside Clinic"]
    ids = [one.id for one in offer.tenants]
    first = access.execute(JoinLink(ids, offer.token), by=lee, key="one")
    assert first.changed
    assert access.execute(JoinLink(ids, offer.token), by=lee, key="one") == first
    assert [access.check(tenant, lee, "claims", "submit").allowed for tenant in ids] == [True, False]
    again = access.links.prove("both", PASSWORD, by=lee)
    assert [one.condition for one in again.tenants] == [Reason.ACTIVE, Reason.ACTIVE]
    assert not access.execute(JoinLink(ids, again.token), by=lee).changed
    assert access.execute(JoinLink(ids[:1], again.token), by=lee).version == 0, "what changes nothing uses nothing up"


@pytest.mark.row("INV-24", "INV-40")
def test_a_join_names_tenants_each_once_and_not_too_many(riverside: TenantId) -> None:
    for tenants in ([], [riverside, riverside], [riverside] * 101, ["pri_" + "0" * 32]):
        with pytest.raises(InvalidInputError):
            JoinLink(tenants, "x" * 64)


@pytest.mark.row("MC-17", "MU-08")
def test_a_username_with_a_password_of_somebody_elses_choice_does_not_link_until_the_policy_says_so(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert jo
    chosen = make.member(riverside, levels={"claims": VIEW}, username="chosen", by=maria)
    for attempt in (
        lambda: access.links.prove("jo", PASSWORD, by=chosen),
        lambda: access.execute(JoinLink([riverside], "x" * 64), by=chosen),
        lambda: access.execute(RequestLink(riverside), by=chosen),
    ):
        with pytest.raises(AccessDeniedError) as refused:
            attempt()
        assert refused.value.decision.reasons == (Reason.PASSWORD_NOT_OWN,)
    lenient = attrs.evolve(access, policy=attrs.evolve(access.policy, linking_password=LinkingPassword.ANY))
    assert lenient.links.prove("jo", PASSWORD, by=chosen).tenants
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=chosen)
    assert access.links.prove("jo", PASSWORD, by=chosen).tenants


@pytest.mark.row("MU-08", "INV-23")
def test_who_is_suspended_nobody_or_no_person_does_not_link(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, lee: PrincipalId
) -> None:
    assert jo
    with pytest.raises(AccessDeniedError):
        access.links.prove("jo", PASSWORD, by=OPERATOR)
    with pytest.raises(AccessDeniedError):
        access.execute(JoinLink([riverside], "x" * 64), by=OPERATOR)
    with pytest.raises(NotFoundError):
        access.links.prove("jo", PASSWORD, by=PrincipalId("pri_" + "0" * 32))
    access.execute(SuspendPrincipal(lee), by=OPERATOR)
    with pytest.raises(AccessDeniedError):
        access.links.prove("jo", PASSWORD, by=lee)
    with pytest.raises(AccessDeniedError) as refused:
        access.execute(RequestLink(riverside), by=lee)
    assert refused.value.decision.reasons == (Reason.PRINCIPAL_SUSPENDED,)


@pytest.mark.row("MU-00")
def test_links_are_never_followed_transitively(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, linked: PrincipalId
) -> None:
    other = make.pending()
    with pytest.raises(ProofRefusedError):
        make.linked(riverside, linked, by=other)
    access.execute(ConfirmLink(riverside, linked), by=maria)
    with pytest.raises(ProofRefusedError):
        make.linked(riverside, linked, by=other)


@pytest.mark.row("MU-08")
@pytest.mark.parametrize("case", ["active", "disabled"])
def test_a_member_already_does_not_join(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, case: str
) -> None:
    member = make.registered(riverside, levels={"claims": VIEW})
    if case == "disabled":
        access.execute(Disable(riverside, member), by=maria)
    with pytest.raises(IllegalTransitionError) as refused:
        make.linked(riverside, jo, by=member)
    assert refused.value.status == case


@pytest.mark.row("INV-28", "INV-02")
def test_a_link_never_exceeds_what_it_rests_on_whatever_it_is_given(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, linked: PrincipalId
) -> None:
    access.execute(ChangePrivileges(riverside, [edit(linked, FULL, "eligibility")]), by=maria)
    assert not access.check(riverside, linked, "eligibility", "check"), "Jo has none of it"
    access.execute(ChangePrivileges(riverside, [edit(jo, VIEW)]), by=maria)
    assert access.check(riverside, linked, "claims", "view")
    assert not access.check(riverside, linked, "claims", "submit")
    access.execute(ChangePrivileges(riverside, [edit(linked, NONE)]), by=maria)
    assert not access.check(riverside, linked, "claims", "view")
    access.execute(LimitSegments(riverside, jo, ["medicaid"]), by=maria)
    assert access.check(riverside, linked, "claims", "view").reasons == (Reason.SEGMENT_REQUIRED,)


ENDINGS = ["disable", "remove", "leave", "suspend"]


@pytest.mark.row("INV-28", "MU-16")
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_link_is_stale_at_once_when_what_was_proven_ends(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, linked: PrincipalId, ending: str
) -> None:
    endings: dict[str, tuple[Command[Done], By]] = {
        "disable": (Disable(riverside, jo), maria),
        "remove": (Remove(riverside, jo), maria),
        "leave": (Leave(riverside), jo),
        "suspend": (SuspendPrincipal(jo), OPERATOR),
    }
    command, by = endings[ending]
    access.execute(command, by=by)
    assert access.check(riverside, linked, "claims", "view").reasons == (Reason.STALE,)
    if ending == "disable":
        access.execute(Enable(riverside, jo), by=maria)
        assert access.check(riverside, linked, "claims", "view").reasons == (Reason.STALE,), "nothing is revived"


@pytest.mark.row("INV-28")
def test_a_link_outlives_the_mere_lapse_of_what_was_proven(
    access: TenantAccess,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    linked: PrincipalId,
) -> None:
    for _ in range(4):
        wait(access, clock, 25, (riverside, maria))
        access.require(riverside, linked, "claims", "view")
    assert condition(access, riverside, jo) is Reason.LAPSED
    assert access.check(riverside, linked, "claims", "submit")


@pytest.mark.row("MC-04", "MC-05", "INV-21")
def test_joining_again_revives_no_session_and_winds_no_clock(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    linked: PrincipalId,
) -> None:
    access.execute(ChangePrivileges(riverside, [edit(linked, VIEW)]), by=maria)
    before = row_of(access, riverside, linked).membership
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Enable(riverside, jo), by=maria)
    clock.advance(days(1))
    make.linked(riverside, jo, by=linked)
    after = row_of(access, riverside, linked).membership
    assert after.access_epoch == before.access_epoch + 1
    assert (after.clock_started_at, after.overrides) == (before.clock_started_at, before.overrides)
    assert access.check(riverside, linked, "claims", "view")
    for _ in range(3):
        wait(access, clock, 89 / 3, (riverside, maria))
        access.require(riverside, jo, "claims", "view")
    assert condition(access, riverside, linked) is Reason.LAPSED
    access.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=jo)
    make.linked(riverside, jo, by=linked, password=OTHER_PASSWORD)
    assert condition(access, riverside, linked) is Reason.LAPSED, "a lapsed link needs a manager"
    access.execute(Enable(riverside, linked), by=maria)
    assert condition(access, riverside, linked) is Reason.UNVERIFIED, "and a fresh proof"
    make.linked(riverside, jo, by=linked, password=OTHER_PASSWORD)
    assert condition(access, riverside, linked) is Reason.ACTIVE


@pytest.mark.row("INV-28", "INV-16")
def test_enabling_does_not_revive_a_stale_link_and_no_mail_verifies_one(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, linked: PrincipalId
) -> None:
    access.execute(Disable(riverside, linked), by=maria)
    assert access.execute(Enable(riverside, linked), by=maria).changed
    assert condition(access, riverside, linked) is Reason.UNVERIFIED
    assert not access.execute(Enable(riverside, linked), by=maria).changed
    with pytest.raises(IllegalTransitionError):
        access.execute(SendRegistration(riverside, linked), by=maria)
    access.execute(Disable(riverside, jo), by=maria)
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(Enable(riverside, linked), by=maria)
    assert (refused.value.status, refused.value.legal[0]) == ("stale", "join_link")


@pytest.mark.row("INV-18", "MU-14")
def test_whoever_was_proven_narrows_a_link_and_raises_or_leads_back_none(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    proven = make.manager(riverside, "proven")
    link = make.linked(riverside, proven)
    access.execute(ChangePrivileges(riverside, [edit(link, VIEW)]), by=proven)
    for command in (
        ChangePrivileges(riverside, [edit(link, FULL)]),
        ConfirmLink(riverside, link),
    ):
        with pytest.raises(GrantRefusedError) as refused:
            access.execute(command, by=proven)
        assert refused.value.decision.reasons == (Reason.OWN_ROW,)
    access.execute(Disable(riverside, link), by=proven)
    with pytest.raises(GrantRefusedError):
        access.execute(Enable(riverside, link), by=proven)
    assert access.execute(Enable(riverside, link), by=maria).changed


@pytest.mark.row("INV-18", "MC-13")
def test_a_link_touches_neither_its_own_row_nor_its_proof_nor_a_sibling(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    assert maria
    proven = make.manager(riverside, "proven")
    one, two = make.linked(riverside, proven), make.linked(riverside, proven)
    for target in (one, proven, two):
        for command in (ChangePrivileges(riverside, [edit(target, NONE)]), Disable(riverside, target)):
            with pytest.raises(GrantRefusedError) as refused:
                access.execute(command, by=one)
            assert refused.value.decision.reasons == (Reason.OWN_ROW,)
    access.execute(ConfirmLink(riverside, one), by=maria)
    with pytest.raises(GrantRefusedError):
        access.execute(Disable(riverside, proven), by=one)
    assert access.execute(Disable(riverside, two), by=one).changed, "a sibling of old, once it stands alone"


@pytest.mark.row("INV-28", "INV-22")
def test_a_confirmed_link_stands_alone_with_what_it_had(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    proven = make.member(riverside, role="biller", segments=["medicaid"], username="proven")
    link = make.linked(riverside, proven)
    access.execute(ConfirmLink(riverside, link), by=maria)
    facts = row_of(access, riverside, link).membership
    assert (facts.role, facts.resting) == (None, None)
    assert sorted(facts.segments) == ["medicaid"]
    assert facts.overrides["claims"] == FULL.key  # type: ignore[index]  # a word
    assert "health_passport" not in facts.overrides
    access.execute(Remove(riverside, proven), by=maria)
    assert access.check(riverside, link, "claims", "submit", "medicaid")
    assert not access.execute(ConfirmLink(riverside, link), by=maria).changed


@pytest.mark.row("INV-22")
def test_a_link_that_reaches_no_segment_is_confirmed_with_nothing_to_reach(access: TenantAccess, make: Given) -> None:
    wide = make.tenant("Wide Clinic", segments=["medicaid", "medicare"])
    boss = make.manager(wide)
    proven = make.member(wide, levels={"claims": FULL, "manage_account": VIEW}, segments=["medicaid"], username="seg")
    link = make.linked(wide, proven)
    access.execute(LimitSegments(wide, link, ["medicare"]), by=boss)
    access.execute(ConfirmLink(wide, link), by=boss)
    for segment in (None, "medicaid", "medicare"):
        assert not access.check(wide, link, "claims", "view", segment)
    assert access.check(wide, link, "manage_account", "view"), "the managing resource knows no segments"


@pytest.mark.row("INV-22", "MC-14")
def test_confirming_is_under_the_ceiling_and_by_nobody_who_rests(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, linked: PrincipalId
) -> None:
    lesser = make.member(riverside, levels={"manage_account": FULL, "claims": VIEW})
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(ConfirmLink(riverside, linked), by=lesser)
    assert (linked, "claims", "*") in refused.value.cells
    second = make.manager(riverside, "second")
    resting = make.linked(riverside, second)
    with pytest.raises(AccessDeniedError) as denied:
        access.execute(ConfirmLink(riverside, linked), by=resting)
    assert denied.value.decision.reasons == (Reason.RESTING,)
    access.execute(Disable(riverside, linked), by=maria)
    with pytest.raises(IllegalTransitionError):
        access.execute(ConfirmLink(riverside, linked), by=maria)


@pytest.mark.row("INV-19", "INV-28")
def test_a_link_manages_but_counts_as_an_enduring_manager_only_once_confirmed(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    link = make.linked(riverside, maria)
    jo = make.member(riverside)
    access.execute(Disable(riverside, jo), by=link)
    with pytest.raises(LastManagerError):
        access.execute(Leave(riverside), by=maria)
    access.execute(ConfirmLink(riverside, link), by=OPERATOR)
    assert access.execute(Leave(riverside), by=maria).changed
    with pytest.raises(LastManagerError):
        access.execute(Unlink(riverside, link), by=link)


@pytest.mark.row("INV-28", "INV-36")
@pytest.mark.parametrize("by", ["the person", "who was proven", "a manager", "the operator"])
def test_a_link_ends_from_either_side(
    access: TenantAccess,
    riverside: TenantId,
    maria: PrincipalId,
    jo: PrincipalId,
    linked: PrincipalId,
    by: str,
) -> None:
    actors: dict[str, By] = {
        "the person": linked,
        "who was proven": jo,
        "a manager": maria,
        "the operator": OPERATOR,
    }
    assert access.execute(Unlink(riverside, linked), by=actors[by]).changed
    assert access.check(riverside, linked, "claims", "view").reasons == (Reason.NOT_A_MEMBER,)
    assert kinds(access, riverside)[-1] == "unlink"
    assert row_of(access, riverside, linked).membership.access_epoch == 1


@pytest.mark.row("INV-11", "INV-12", "A14")
def test_nobody_else_ends_a_link_and_nothing_but_a_link_is_ended(
    access: TenantAccess,
    make: Given,
    riverside: TenantId,
    maria: PrincipalId,
    lena: PrincipalId,
    jo: PrincipalId,
    linked: PrincipalId,
) -> None:
    bystander = make.member(riverside, levels={"claims": FULL})
    with pytest.raises(AccessDeniedError):
        access.execute(Unlink(riverside, linked), by=bystander)
    with pytest.raises(AccessDeniedError):
        access.execute(Unlink(riverside, PrincipalId("pri_" + "0" * 32)), by=bystander)
    for stranger, target in ((lena, linked), (maria, lena)):
        with pytest.raises(NotFoundError):
            access.execute(Unlink(riverside, target), by=stranger)
    with pytest.raises(IllegalTransitionError):
        access.execute(Unlink(riverside, jo), by=maria)
    with pytest.raises(IllegalTransitionError):
        access.execute(Unlink(riverside, jo), by=jo)
    sibling = make.linked(riverside, make.manager(riverside, "p2"))
    twin = make.linked(riverside, make.manager(riverside, "p3"))
    assert access.execute(Unlink(riverside, sibling), by=twin).changed


@pytest.mark.row("MU-09", "INV-38")
@pytest.mark.parametrize(
    ("by", "told"), [("person", {"boss", "jo2"}), ("proven", {"boss", "lee"}), ("manager", {"jo2", "lee"})]
)
def test_the_other_sides_are_told_when_a_link_ends(
    access: TenantAccess,
    make: Given,
    mailer: RecordingMailer,
    riverside: TenantId,
    lee: PrincipalId,
    by: str,
    told: set[str],
) -> None:
    proven = make.registered(riverside, levels={"claims": FULL}, username="jo2")
    boss = make.registered(riverside, levels={"manage_account": FULL}, username="boss")
    make.linked(riverside, proven, by=lee)
    access.notices.deliver(RecordingMailer())
    access.execute(Unlink(riverside, lee), by={"person": lee, "proven": proven, "manager": boss}[by])
    access.notices.deliver(mailer)
    assert {sent.to.removesuffix("@people.example") for sent in mailer.messages} == told


@pytest.mark.row("MU-08", "INV-16")
def test_where_a_manager_must_accept_a_proof_waits_and_brings_what_was_proven(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    assert not access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria).changed
    make.linked(riverside, jo, by=lee)
    assert condition(access, riverside, lee) is Reason.PENDING
    before = dump(access, riverside, [lee])
    make.linked(riverside, jo, by=lee)
    assert dump(access, riverside, [lee])[:-1] == before[:-1], "a second proof changes nothing"
    for command in (Approve(riverside, lee, Grant(levels={"claims": VIEW})),):
        with pytest.raises(IllegalTransitionError):
            access.execute(command, by=maria)
    with pytest.raises(InvalidInputError):
        access.execute(AcceptLink(riverside, lee, Grant(levels={"claims": VIEW})), by=maria)
    assert access.may(AcceptLink(riverside, lee), by=maria)
    assert access.execute(AcceptLink(riverside, lee), by=maria).changed
    assert access.check(riverside, lee, "claims", "submit")
    assert row_of(access, riverside, lee).membership.verified_how is VerifiedHow.PROVEN
    assert not access.execute(AcceptLink(riverside, lee), by=maria).changed


def test_a_waiting_proof_that_no_longer_holds_is_proven_again_before_it_is_accepted(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    make.linked(riverside, jo, by=lee)
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Enable(riverside, jo), by=maria)
    with pytest.raises(IllegalTransitionError) as refused:
        access.execute(AcceptLink(riverside, lee), by=maria)
    assert refused.value.status == "stale"
    make.linked(riverside, jo, by=lee)
    assert access.execute(AcceptLink(riverside, lee), by=maria).changed


@pytest.mark.row("MU-08", "AM-04", "INV-22")
def test_a_link_by_consent_gets_what_the_accepting_manager_grants_and_stands_alone(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=maria)
    receipt = access.execute(RequestLink(("tin", "01-2345678")), by=lee)
    assert receipt.principal_id == lee
    assert condition(access, riverside, lee) is Reason.PENDING
    assert access.execute(RequestLink(riverside), by=lee) == receipt
    with pytest.raises(InvalidInputError):
        access.execute(AcceptLink(riverside, lee), by=maria)
    lesser = make.member(riverside, levels={"manage_account": FULL, "claims": VIEW})
    with pytest.raises(GrantRefusedError):
        access.execute(AcceptLink(riverside, lee, Grant(levels={"claims": FULL})), by=lesser)
    with pytest.raises(UnknownNameError):
        access.execute(AcceptLink(riverside, lee, Grant(role="nurse")), by=maria)
    access.execute(AcceptLink(riverside, lee, Grant(levels={"claims": FULL})), by=maria)
    facts = row_of(access, riverside, lee).membership
    assert (facts.verified_how, facts.resting, facts.proven_by) == (VerifiedHow.ATTESTED, None, None)
    assert access.check(riverside, lee, "claims", "submit")
    with pytest.raises(IllegalTransitionError):
        access.execute(AcceptLink(riverside, make.pending(riverside), Grant(levels={"claims": VIEW})), by=maria)


@pytest.mark.row("INV-11", "INV-20")
@pytest.mark.parametrize("case", ["absent", "suspended", "proof only", "proof first", "member"])
def test_a_request_is_answered_alike_and_leads_nowhere_where_it_may_not(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, lee: PrincipalId, case: str
) -> None:
    tenant = riverside
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=maria)
    if case == "absent":
        tenant = ABSENT
    if case == "suspended":
        access.execute(SuspendTenant(riverside), by=OPERATOR)
    if case == "proof only":
        access.execute(ChangeLinking(riverside, linking=Linking.PROOF), by=maria)
    if case == "proof first":
        access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    by = make.registered(riverside, levels={"claims": VIEW}) if case == "member" else lee
    before = len(events(access, riverside))
    assert access.execute(RequestLink(tenant), by=by).principal_id == by
    assert len(events(access, riverside)) == before


@pytest.mark.row("MU-08", "INV-15")
def test_who_left_asks_again_and_inherits_nothing(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=maria)
    access.execute(RequestLink(riverside), by=lee)
    access.execute(AcceptLink(riverside, lee, Grant(levels={"claims": FULL})), by=maria)
    access.execute(Leave(riverside), by=lee)
    access.execute(RequestLink(riverside), by=lee)
    facts = row_of(access, riverside, lee).membership
    assert (facts.incarnation, dict(facts.overrides), facts.approved_at) == (2, {}, None)


@pytest.mark.row("MU-08", "AM-04", "INV-13")
def test_who_asks_to_be_linked_says_who_it_is_and_nothing_is_taken_from_elsewhere(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, lee: PrincipalId
) -> None:
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=maria)
    access.execute(RequestLink(riverside), by=lee)
    assert row_of(access, riverside, lee).membership.contact == Contact()
    access.execute(Reject(riverside, lee), by=maria)
    said = Contact("Lee", "Chan", "lee@billing.example", "555-0100")
    access.execute(RequestLink(riverside, contact=said), by=lee)
    assert access.directory.member(riverside, lee, by=maria).row.contact == said
    access.execute(Reject(riverside, lee), by=maria)
    access.execute(RequestLink(riverside), by=lee)
    assert row_of(access, riverside, lee).membership.contact == said
    with pytest.raises(InvalidInputError):
        RequestLink(riverside, contact=Contact(email="nowhere"))


@pytest.mark.row("INV-27", "A47")
def test_nothing_is_proven_or_joined_inside_a_hosts_transaction(
    access: TenantAccess, file: SQLAlchemyStore, riverside: TenantId, lee: PrincipalId
) -> None:
    with file.engine.begin() as connection:
        hosted = attrs.evolve(access, store=file.joined(connection))
        for attempt in (
            lambda: hosted.links.prove("jo", PASSWORD, by=lee),
            lambda: hosted.execute(JoinLink([riverside], "x" * 64), by=lee),
            lambda: hosted.execute(RequestLink(riverside), by=lee),
        ):
            with pytest.raises(MisuseError):
                attempt()


@pytest.mark.row("MC-09", "MC-08")
def test_a_row_remembers_whose_proof_it_rested_on_and_that_one_never_admits_it(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    proven = make.manager(riverside, "proven")
    link = make.linked(riverside, proven)
    access.execute(ChangeLinking(riverside, linking=Linking.BOTH), by=maria)
    access.execute(Remove(riverside, link), by=proven)
    make.linked(riverside, proven, by=link)
    assert condition(access, riverside, link) is Reason.PENDING
    with pytest.raises(GrantRefusedError):
        access.execute(AcceptLink(riverside, link), by=proven)
    access.execute(Reject(riverside, link), by=proven)
    access.execute(ChangeLinking(riverside, linking=Linking.CONSENT), by=maria)
    access.execute(RequestLink(riverside), by=link)
    assert condition(access, riverside, link) is Reason.PENDING
    with pytest.raises(GrantRefusedError) as refused:
        access.execute(AcceptLink(riverside, link, Grant(levels={"claims": VIEW})), by=proven)
    assert refused.value.decision.reasons == (Reason.OWN_ROW,)
    access.execute(Reject(riverside, link), by=proven)
    access.execute(RequestAccess(riverside), by=link)
    assert row_of(access, riverside, link).membership.resting is None
    with pytest.raises(GrantRefusedError):
        access.execute(Approve(riverside, link, Grant(levels={"claims": VIEW})), by=proven)
    assert access.execute(Approve(riverside, link, Grant(levels={"claims": VIEW})), by=maria).changed


@pytest.mark.row("INV-21", "INV-15", "MC-11")
def test_after_a_tombstone_or_a_rejection_a_proof_waits_for_a_manager(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, linked: PrincipalId
) -> None:
    access.execute(Disable(riverside, linked), by=OPERATOR)
    access.execute(Unlink(riverside, linked), by=linked)
    make.linked(riverside, jo, by=linked)
    assert condition(access, riverside, linked) is Reason.PENDING
    with pytest.raises(AccessDeniedError):
        access.execute(AcceptLink(riverside, linked), by=maria)
    access.execute(Reject(riverside, linked), by=maria)
    make.linked(riverside, jo, by=linked)
    assert condition(access, riverside, linked) is Reason.PENDING
    assert access.execute(AcceptLink(riverside, linked), by=OPERATOR).changed
    assert not row_of(access, riverside, linked).membership.held_by_operator


@pytest.mark.row("MU-07", "INV-36")
def test_the_record_says_through_which_row_a_link_acts(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    link = make.linked(riverside, maria)
    access.execute(ChangePrivileges(riverside, [edit(jo, VIEW)]), by=link)
    assert events(access, riverside)[-1].actor.link == maria
    access.execute(ChangePrivileges(riverside, [edit(jo, NONE)]), by=maria)
    assert events(access, riverside)[-1].actor.link is None
    assert access.audit.verify(riverside).holds


@pytest.mark.row("INV-10")
def test_joining_one_tenant_changes_nothing_in_another(
    access: TenantAccess, make: Given, lakeside: TenantId, lena: PrincipalId, riverside: TenantId, jo: PrincipalId
) -> None:
    assert lena
    before = dump(access, lakeside)[:-1]
    make.linked(riverside, jo)
    assert dump(access, lakeside)[:-1] == before


def test_appointing_ends_the_resting_of_a_link(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, linked: PrincipalId
) -> None:
    access.execute(AppointManager(riverside, linked), by=OPERATOR)
    assert row_of(access, riverside, linked).membership.resting is None
    assert access.check(riverside, linked, "manage_account", "edit")
    assert jo


@pytest.mark.row("MC-03", "INV-28")
@pytest.mark.parametrize("kind", ["stale", "keep", "revoke"])
def test_the_policy_says_what_a_new_password_does_to_links(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId, linked: PrincipalId, kind: str
) -> None:
    policy = Policy(after_password_change=type(access.policy.after_password_change)(kind))
    there = attrs.evolve(access, policy=policy)
    there.execute(ChangePassword(PASSWORD, OTHER_PASSWORD), by=jo)
    assert bool(there.check(riverside, linked, "claims", "view")) is (kind != "revoke")
    clock.advance(days(10))
    there.execute(ChangePassword(OTHER_PASSWORD, PASSWORD), by=jo)
    clock.advance(days(4) - policy.activity_every)
    assert bool(there.check(riverside, linked, "claims", "view")) is (kind != "revoke")
    clock.advance(policy.activity_every)
    assert bool(there.check(riverside, linked, "claims", "view")) is (kind == "keep"), "from the first change on"
