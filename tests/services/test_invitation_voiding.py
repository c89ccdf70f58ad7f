"""Invitations that die with what a command does to whoever sent them or was to get them: for good, in one unit."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import pytest
from tests.services.inviting import KIM, Post
from tests.services.worlds import condition, days, dump, events, row_of

from tenantaccess.commands import (
    AddRole,
    ApplyPreset,
    AppointManager,
    AssignRole,
    ChangePrivileges,
    CloseTenant,
    ConfirmLink,
    Disable,
    EditRole,
    Enable,
    Leave,
    LimitSegments,
    ReinstatePrincipal,
    Remove,
    ReopenTenant,
    ResendInvitation,
    SetDates,
    SuspendPrincipal,
    SuspendTenant,
    Unlink,
    UpdateContact,
)
from tenantaccess.errors import IllegalTransitionError, LastManagerError, ProofRefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import Role
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.privileges import Edit
from tenantaccess.services import invitation_voiding
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.testing.faults import FaultyStore

_PAST = FrozenClock().now()
MANAGES = {"manage_account": FULL, "claims": FULL}
Step = Callable[[Post, PrincipalId], tuple[Command[Any], By]]


def by_manager(make_command: Callable[[TenantId, PrincipalId], Command[Any]]) -> Step:
    return lambda post, who: (make_command(post.tenant, who), post.manager)


def by_operator(make_command: Callable[[TenantId, PrincipalId], Command[Any]]) -> Step:
    return lambda post, who: (make_command(post.tenant, who), OPERATOR)


def cell(tenant: TenantId, who: PrincipalId, resource: str, level: str | None) -> Command[Any]:
    return ChangePrivileges(tenant, [Edit(who, resource, level)])


# --- sent by somebody who may invite no more ------------------------------------------------------------------------


VOIDS: Final[dict[str, Step]] = {
    "disable": by_manager(Disable),
    "disable by the operator": by_operator(Disable),
    "disable at a moment that has come": by_manager(lambda at, who: Disable(at, who, at=_PAST)),
    "remove": by_manager(Remove),
    "leave": lambda post, who: (Leave(post.tenant), who),
    "demotion to reading": by_manager(lambda at, who: cell(at, who, "manage_account", "view")),
    "demotion by taking the override away": by_manager(lambda at, who: cell(at, who, "manage_account", None)),
    "suspension of the principal": lambda _, who: (SuspendPrincipal(who), OPERATOR),
    "suspension of the tenant": by_operator(lambda at, _: SuspendTenant(at)),
    "closing of the tenant": by_operator(lambda at, _: CloseTenant(at)),
}
SPARES: Final[dict[str, Step]] = {
    "a disable to come": lambda post, who: (Disable(post.tenant, who, at=post.clock.now() + days(1)), post.manager),
    "dates": lambda post, who: (SetDates(post.tenant, who, valid_until=post.clock.now() + days(9)), post.manager),
    "another level": by_manager(lambda at, who: cell(at, who, "claims", "none")),
    "a limit to segments": by_manager(lambda at, who: LimitSegments(at, who, frozenset({"medicaid"}))),
    "contact details": by_manager(lambda at, who: UpdateContact(at, who, contact=Contact("Kim"))),
    "an appointment of who is active": by_operator(AppointManager),
    "a role beside what it holds itself": by_manager(lambda at, who: AssignRole(at, who, "biller")),
}


def of_voiding(post: Post, command: Command[Any], by: By) -> list[str]:
    """The invitations that *command* voided, by their events."""
    before = len(events(post.access, post.tenant))
    post.access.execute(command, by=by)
    wrote = events(post.access, post.tenant)[before:]
    voided = [event for event in wrote if event.subject.startswith("inv_")]
    assert {event.kind for event in voided} <= {command.name}
    assert all((event.before["state"], event.after["state"]) == ("open", "void") for event in voided)
    return sorted(event.subject for event in voided)


@pytest.mark.row("MC-10", "AM-07", "INV-32", "INV-36")
@pytest.mark.parametrize("step", VOIDS)
def test_what_a_manager_sent_dies_with_the_right_to_send_it(post: Post, step: str) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    sent = [post.invite(f"p{number}@people.example", by=office) for number in range(2)]
    secret = post.deliver()
    command, by = VOIDS[step](post, office)
    assert of_voiding(post, command, by) == sorted(sent)
    assert {post.state(one) for one in sent} == {"void"}
    with pytest.raises(ProofRefusedError):
        post.join(secret)
    assert post.access.audit.verify(post.tenant).holds


@pytest.mark.row("MC-10")
@pytest.mark.parametrize("step", SPARES)
def test_what_takes_no_right_to_invite_voids_nothing(post: Post, step: str) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    sent = post.invite(by=office)
    command, by = SPARES[step](post, office)
    assert of_voiding(post, command, by) == []
    post.join(post.deliver())
    assert post.state(sent) == "accepted"


@pytest.mark.row("MC-10")
@pytest.mark.parametrize("step", sorted(set(VOIDS) - {"suspension of the tenant", "closing of the tenant"}))
def test_what_others_sent_lives_on(post: Post, step: str) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    others = [post.invite("a@people.example"), post.invite("b@people.example", by=OPERATOR)]
    command, by = VOIDS[step](post, office)
    assert of_voiding(post, command, by) == []
    assert {post.state(one) for one in others} == {"open"}


@pytest.mark.row("INV-12", "MC-10")
def test_what_somebody_sent_in_another_tenant_lives_on(post: Post, lakeside: TenantId) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    post.access.execute(AppointManager(lakeside, office), by=OPERATOR)
    there = attrs.evolve(post, tenant=lakeside)
    sent = there.invite(by=office)
    post.access.execute(Remove(post.tenant, office), by=post.manager)
    assert there.state(sent) == "open"
    post.access.execute(AppointManager(lakeside, post.make.member(lakeside)), by=OPERATOR)
    post.access.execute(SuspendPrincipal(office), by=OPERATOR)
    assert there.state(sent) == "void"


@pytest.mark.row("MC-10", "AM-07")
def test_only_what_is_open_is_voided_and_only_once(post: Post) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    taken = post.invite("a@people.example", by=office)
    post.join(post.deliver())
    post.invite("b@people.example", by=office)
    newer = post.invite("b@people.example", by=office)
    assert of_voiding(post, Disable(post.tenant, office), post.manager) == [newer]
    assert post.state(taken) == "accepted"
    before = dump(post.access, post.tenant)
    assert not post.access.execute(Disable(post.tenant, office), by=post.manager).changed
    assert dump(post.access, post.tenant) == before


@pytest.mark.row("MC-10")
def test_what_was_sent_again_by_another_is_the_others(post: Post) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    sent = post.invite(by=office)
    post.access.execute(ResendInvitation(post.tenant, sent), by=post.manager)
    assert of_voiding(post, Remove(post.tenant, office), post.manager) == []
    post.join(post.deliver())


@pytest.mark.row("MC-12", "INV-21")
@pytest.mark.parametrize("again", ["promoted", "enabled", "appointed", "reinstated", "reopened"])
def test_what_was_voided_is_void_for_good(post: Post, again: str) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    sent = post.invite(by=office)
    secret = post.deliver()
    there_and_back: dict[str, list[tuple[Command[Any], By]]] = {
        "promoted": [
            (cell(post.tenant, office, "manage_account", "none"), post.manager),
            (cell(post.tenant, office, "manage_account", "full"), post.manager),
        ],
        "enabled": [(Disable(post.tenant, office), post.manager), (Enable(post.tenant, office), post.manager)],
        "appointed": [(Remove(post.tenant, office), post.manager), (AppointManager(post.tenant, office), OPERATOR)],
        "reinstated": [(SuspendPrincipal(office), OPERATOR), (ReinstatePrincipal(office), OPERATOR)],
        "reopened": [(SuspendTenant(post.tenant), OPERATOR), (ReopenTenant(post.tenant), OPERATOR)],
    }
    for command, by in there_and_back[again]:
        post.access.execute(command, by=by)
    assert post.access.check(post.tenant, office, "manage_account", "edit")
    with pytest.raises(ProofRefusedError):
        post.join(secret)
    with pytest.raises(IllegalTransitionError):
        post.access.execute(ResendInvitation(post.tenant, sent), by=office)
    assert post.state(sent) == "void"


@pytest.mark.row("MC-10", "AM-27")
@pytest.mark.parametrize("step", ["enable", "appoint"])
def test_what_was_sent_before_a_lapse_does_not_come_back_with_the_sender(post: Post, step: str) -> None:
    office = post.make.member(post.tenant, levels=MANAGES)
    post.clock.advance(days(80))
    post.access.require(post.tenant, post.manager, "manage_account", "view")
    sent = post.invite(by=office)
    post.clock.advance(days(10))
    assert condition(post.access, post.tenant, office) is Reason.LAPSED
    assert post.state(sent) == "open"
    command: Command[Any] = Enable(post.tenant, office) if step == "enable" else AppointManager(post.tenant, office)
    assert of_voiding(post, command, OPERATOR) == [sent]


@pytest.mark.row("AM-07")
def test_unlinking_a_confirmed_link_voids_what_it_sent_and_was_sent(post: Post) -> None:
    master = post.make.linked(post.tenant, post.make.manager(post.tenant))
    post.access.execute(ConfirmLink(post.tenant, master), by=post.manager)
    own = row_of(post.access, post.tenant, master).principal.email
    both = [post.invite("a@people.example", by=master), post.invite(own)]
    assert of_voiding(post, Unlink(post.tenant, master), master) == sorted(both)


# --- roles ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def offices(post: Post) -> dict[str, PrincipalId]:
    """Holders of a role that manages, by it alone, by an override as well, and by another role."""
    levels = {"manage_account": FULL, "claims": FULL}
    for role in ("office", "other"):
        post.access.execute(AddRole(post.tenant, role, levels=levels), by=post.manager)
    return {
        "by the role": post.make.member(post.tenant, role="office"),
        "by an override": post.make.member(post.tenant, role="office", levels={"manage_account": FULL}),
        "by another role": post.make.member(post.tenant, role="other"),
    }


@pytest.mark.row("MC-12", "MC-13", "INV-32")
def test_a_role_that_manages_no_more_takes_what_its_holders_sent_with_it(
    post: Post, offices: dict[str, PrincipalId]
) -> None:
    sent = {how: post.invite(f"p{len(how)}@people.example", by=who) for how, who in offices.items()}
    by_operator = post.invite("op@people.example", by=OPERATOR)
    edit = EditRole(post.tenant, "office", {"manage_account": VIEW})
    assert of_voiding(post, edit, post.manager) == [sent["by the role"]]
    post.access.execute(EditRole(post.tenant, "office", {"manage_account": FULL}), by=post.manager)
    assert {how: post.state(one) for how, one in sent.items()} == {
        "by the role": "void",
        "by an override": "open",
        "by another role": "open",
    }
    assert post.state(by_operator) == "open"


def test_a_role_that_manages_still_takes_nothing(post: Post, offices: dict[str, PrincipalId]) -> None:
    sent = post.invite(by=offices["by the role"])
    assert of_voiding(post, EditRole(post.tenant, "office", {"claims": VIEW}), post.manager) == []
    assert post.state(sent) == "open"


@pytest.mark.parametrize("sender", [None, OPERATOR])
def test_a_role_without_senders_takes_nothing(post: Post, offices: dict[str, PrincipalId], sender: Any) -> None:
    assert offices
    if sender is not None:
        post.invite(by=sender)
    assert of_voiding(post, EditRole(post.tenant, "office", {"manage_account": VIEW}), post.manager) == []


@pytest.mark.row("MC-12")
def test_a_preset_that_manages_no_more_takes_it_too(post: Post, offices: dict[str, PrincipalId]) -> None:
    sent = post.invite(by=offices["by the role"])
    catalog = attrs.evolve(
        post.access.catalog, roles=[*post.access.catalog.roles, Role("office", "Office", {"claims": FULL})]
    )
    tomorrow = attrs.evolve(post.access, catalog=catalog)
    assert tomorrow.execute(ApplyPreset(post.tenant, "office"), by=post.manager).changed
    assert post.state(sent) == "void"


def test_a_role_taken_from_somebody_takes_what_they_sent_with_it(post: Post, offices: dict[str, PrincipalId]) -> None:
    sent = {how: post.invite(f"p{len(how)}@people.example", by=who) for how, who in offices.items()}
    for how, voided in (("by the role", True), ("by an override", False)):
        found = of_voiding(post, AssignRole(post.tenant, offices[how]), post.manager)
        assert found == [sent[how]] * voided


def test_many_are_demoted_in_one_edit(post: Post) -> None:
    several = [post.make.member(post.tenant, levels=MANAGES) for _ in range(3)]
    sent = [post.invite(f"p{number}@people.example", by=who) for number, who in enumerate(several)]
    edits = [Edit(who, "manage_account", "view") for who in several[:2]]
    edits.append(Edit(several[2], "claims", "view"))
    assert of_voiding(post, ChangePrivileges(post.tenant, edits), post.manager) == sorted(sent[:2])


# --- sent to somebody who is shut out -------------------------------------------------------------------------------


SHUTS: Final[dict[str, Step]] = {
    "disable": by_manager(Disable),
    "disable by the operator": by_operator(Disable),
    "remove": by_manager(Remove),
    "leave": lambda post, who: (Leave(post.tenant), who),
}


@pytest.mark.row("MC-10", "AM-07")
@pytest.mark.parametrize("step", SHUTS)
def test_what_waits_for_somebody_dies_when_they_are_shut_out(post: Post, step: str) -> None:
    kim = post.make.registered(post.tenant, username="kim")
    waiting = post.invite("KIM@people.example")
    others = [post.invite("kim@people.example.org"), post.invite("lu@people.example", by=OPERATOR)]
    command, by = SHUTS[step](post, kim)
    assert of_voiding(post, command, by) == [waiting]
    assert {post.state(one) for one in others} == {"open"}


@pytest.mark.row("MC-10", "INV-12")
def test_what_waits_for_somebody_elsewhere_or_for_nobody_lives_on(post: Post, lakeside: TenantId) -> None:
    there = attrs.evolve(post, tenant=lakeside, manager=post.make.manager(lakeside))
    kim = post.make.registered(post.tenant, username="kim")
    elsewhere = there.invite(KIM)
    assert of_voiding(post, Remove(post.tenant, kim), post.manager) == []
    assert there.state(elsewhere) == "open"
    without_address = post.make.member(post.tenant)
    waiting = post.invite(KIM)
    assert of_voiding(post, Remove(post.tenant, without_address), post.manager) == []
    assert post.state(waiting) == "open"


@pytest.mark.row("MC-10")
@pytest.mark.parametrize("step", ["suspend", "demote", "enable"])
def test_what_waits_for_somebody_who_keeps_their_membership_lives_on(post: Post, step: str) -> None:
    kim = post.make.registered(post.tenant, username="kim", levels=MANAGES)
    if step == "enable":
        post.access.execute(Disable(post.tenant, kim), by=post.manager)
    waiting = post.invite(KIM)
    commands: dict[str, tuple[Command[Any], By]] = {
        "suspend": (SuspendPrincipal(kim), OPERATOR),
        "demote": (cell(post.tenant, kim, "manage_account", "none"), post.manager),
        "enable": (Enable(post.tenant, kim), post.manager),
    }
    assert of_voiding(post, *commands[step]) == []
    assert post.state(waiting) == "open"


@pytest.mark.row("MC-10")
@pytest.mark.parametrize("remover", ["manager", "the person"])
def test_disabled_then_invited_then_removed_opens_nothing(post: Post, remover: str) -> None:
    kim = post.make.registered(post.tenant, username="kim")
    post.access.execute(Disable(post.tenant, kim), by=post.manager)
    secret = post.secret(KIM)
    if remover == "manager":
        post.access.execute(Remove(post.tenant, kim), by=post.manager)
    else:
        post.access.execute(Leave(post.tenant), by=kim)
    with pytest.raises(ProofRefusedError):
        post.accept(secret, kim)
    assert not post.access.check(post.tenant, kim, "claims", "view")


@pytest.mark.row("MC-16")
def test_suspending_a_tenant_voids_all_and_its_sole_manager_stays(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitation_voiding, "SLICE", 2)
    sent = [post.invite(f"p{number}@people.example") for number in range(5)]
    expired = sent[0]
    post.clock.advance(days(14))
    sent += [post.invite("op@people.example", by=OPERATOR)]
    assert post.state(expired) == "open"
    assert of_voiding(post, SuspendTenant(post.tenant), OPERATOR) == sorted(sent)
    with pytest.raises(LastManagerError):
        post.access.execute(Leave(post.tenant), by=post.manager)
    post.access.execute(ReopenTenant(post.tenant), by=OPERATOR)
    with pytest.raises(ProofRefusedError):
        post.join(post.secret("q@people.example")[:-1])
    assert {post.state(one) for one in sent} == {"void"}


# --- what it costs --------------------------------------------------------------------------------------------------


def asked(post: Post, command: Command[Any], by: By) -> list[str]:
    """What *command* asks about invitations."""
    store = FaultyStore(post.access.store)
    attrs.evolve(post.access, store=store).execute(command, by=by)
    return [call.partition(".")[2] for call in store.trace if call.startswith("invitations.")]


@pytest.mark.row("AM-07")
def test_whoever_cannot_have_sent_or_got_any_costs_nothing(post: Post) -> None:
    plain = post.make.member(post.tenant, levels={"claims": FULL})
    resting = post.make.member(post.tenant, levels=MANAGES, by=post.manager)
    for who in (plain, resting):
        assert asked(post, Disable(post.tenant, who), post.manager) == []
        assert asked(post, Enable(post.tenant, who), post.manager) == []
        assert asked(post, Remove(post.tenant, who), post.manager) == []
    assert asked(post, UpdateContact(post.tenant, post.manager, contact=Contact("Maria")), post.manager) == []
    post.access.execute(SuspendTenant(post.tenant), by=OPERATOR)
    assert asked(post, CloseTenant(post.tenant), OPERATOR) == []


@pytest.mark.row("AM-07")
def test_whoever_may_have_costs_one_question(post: Post) -> None:
    kim = post.make.registered(post.tenant, username="kim", levels=MANAGES)
    lu = post.make.registered(post.tenant, levels=MANAGES)
    steps: list[tuple[Command[Any], By]] = [
        (ChangePrivileges(post.tenant, [Edit(one, "manage_account", "none") for one in (kim, lu)]), post.manager),
        (Disable(post.tenant, kim), post.manager),
        (Remove(post.tenant, kim), post.manager),
        (Leave(post.tenant), lu),
    ]
    for command, by in steps:
        assert asked(post, command, by) == ["concerning"]
    assert asked(post, SuspendTenant(post.tenant), OPERATOR) == ["open"]
