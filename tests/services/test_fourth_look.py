"""What a fourth reader tried against keys, evidence and what is left of who was erased."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.services.inviting import Post
from tests.services.worlds import events, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain
from tenantaccess.commands import (
    AcceptInvitation,
    AddUsername,
    ChangeEmail,
    Disable,
    ErasePrincipal,
    Invite,
    OpenTenant,
    RequestAccess,
    RequestPasswordReset,
)
from tenantaccess.errors import ConflictError, InvalidInputError
from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model.audit import Event
from tenantaccess.model.levels import VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given

# --- keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.row("A70", "INV-39")
def test_a_key_of_a_batch_stands_for_no_longer_and_no_shorter_one(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    """Else what was added to it would be answered as if there were nothing to do."""
    first, second, third = (make.member(riverside) for _ in range(3))
    both = [Disable(riverside, first), Disable(riverside, second)]
    access.execute_all(both[:1], by=maria, key="short")
    with pytest.raises(ConflictError):
        access.execute_all(both, by=maria, key="short")
    assert row_of(access, riverside, second).membership.disabled is None
    longer = [Disable(riverside, third), *both]
    access.execute_all(longer, by=maria, key="long")
    with pytest.raises(ConflictError):
        access.execute_all(longer[:2], by=maria, key="long")


@pytest.mark.row("A70", "INV-39")
def test_a_key_of_a_batch_stands_for_what_had_nothing_to_do_too(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    idle, moved, other = (make.member(riverside) for _ in range(3))
    access.execute(Disable(riverside, idle), by=maria)
    batch = [Disable(riverside, idle), Disable(riverside, moved)]
    first = access.execute_all(batch, by=maria, key="k")
    assert access.execute_all(batch, by=maria, key="k") == first
    with pytest.raises(ConflictError):
        access.execute_all([Disable(riverside, other), Disable(riverside, moved)], by=maria, key="k")
    assert row_of(access, riverside, other).membership.disabled is None


@pytest.mark.row("INV-39", "INV-27")
def test_a_batch_that_holds_something_mute_tells_nothing_of_it_by_its_key(
    access: TenantAccess, make: Given, riverside: TenantId
) -> None:
    make.registered(riverside, username="kim")
    for name in ("kim", "nobody"):
        first, second = RequestPasswordReset(name, source="a"), RequestPasswordReset(name, source="b")
        assert (
            access.execute_all([first, second], by=None, key="k") == access.execute_all([first], by=None, key="k") * 2
        )


@pytest.mark.row("INV-39", "INV-15")
def test_one_key_for_two_people_is_two_calls(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, post: Post
) -> None:
    mine = post.secret("kim@people.example")
    access.execute(Invite(lakeside, "eve@people.example", Grant(levels={"claims": VIEW})), by=OPERATOR)
    theirs = post.deliver()
    kim = access.execute(AcceptInvitation(mine, NewUsername("kim", PASSWORD)), key="accept").principal_id
    eve = access.execute(AcceptInvitation(theirs, NewUsername("eve", "another password")), key="accept").principal_id
    assert (access.authenticate("kim", PASSWORD), access.authenticate("eve", "another password")) == (kim, eve)
    for person in (kim, make.member(riverside)):
        assert access.execute(ErasePrincipal(person), by=OPERATOR, key="monday").changed


# --- what could be guessed ----------------------------------------------------------------------------------------


def guessed(command: Command[object], event: Event) -> bool:
    """Whether the record alone confirms what the command held, to somebody who guesses it."""
    texts = [json.dumps([command.name, plain(command), *rest], sort_keys=True) for rest in ([""], ["", ""])]
    made = {hmac.new(event.key.encode(), text.encode(), hashlib.sha256).hexdigest() for text in texts}
    return bool(made.intersection(_digests(event)))


def _digests(event: Event) -> Iterator[str]:
    yield event.command
    yield event.key


def left(access: TenantAccess, *streams: StreamId) -> list[Event]:
    return [event for stream in streams for event in events(access, stream)]


@pytest.mark.row("INV-31", "INV-37")
def test_the_chain_confirms_no_guess_at_who_was_erased(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    """A command may hold a name, or where it came from, though nothing personal changes with it."""
    kim = make.registered(riverside, username="kim")
    asked, reset = RequestAccess(lakeside, source="192.0.2.7"), RequestPasswordReset("kim")
    access.execute(asked, by=kim)
    access.execute(reset)
    access.execute(ErasePrincipal(kim), by=OPERATOR)
    found = left(access, kim, riverside, lakeside)
    assert {event.kind for event in found}.issuperset({asked.name, reset.name})
    assert not [event.kind for event in found for command in (asked, reset) if guessed(command, event)]
    assert access.audit.verify(kim).holds


@pytest.mark.row("INV-31", "INV-37")
def test_side_rows_that_stay_confirm_no_guess_at_who_was_erased(access: TenantAccess) -> None:
    manager = NewUsername("hilda", PASSWORD, email="hilda@clinic.example")
    opening = OpenTenant("Hillside", manager=manager)
    opened = access.execute(opening, by=OPERATOR)
    assert opened.manager_id is not None
    access.execute(ErasePrincipal(opened.manager_id, [opened.tenant_id]), by=OPERATOR)
    text = json.dumps([opening.name, plain(opening), ""], sort_keys=True).encode()
    more = json.dumps([opening.name, plain(opening), "", ""], sort_keys=True).encode()
    with access.store.reading() as unit:
        kept = [(event, part) for event, part in unit.events.read(opened.tenant_id, 0, 9) if part is not None]
    assert kept
    for event, part in kept:
        told = [hmac.new(event.key.encode(), one, hashlib.sha256).hexdigest() for one in (text, more)]
        assert part.content.get("command") not in told


@pytest.mark.row("INV-39")
def test_the_record_keeps_no_key(access: TenantAccess, riverside: TenantId) -> None:
    adding = AddUsername(riverside, NewUsername("kim", PASSWORD))
    first = access.execute(adding, by=OPERATOR, key="order-4711")
    assert access.execute(adding, by=OPERATOR, key="order-4711") == first
    assert not [event for event in left(access, riverside, first.principal_id) if "order-4711" in event.key]


# --- erasing ------------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-32")
def test_invitations_to_an_address_that_was_verified_once_go_with_the_person(
    access: TenantAccess, make: Given, riverside: TenantId, post: Post
) -> None:
    kim = make.registered(riverside, username="kim")
    sent = post.invite("kim@people.example")
    access.execute(ChangeEmail("another@people.example"), by=kim)
    access.execute(ErasePrincipal(kim), by=OPERATOR)
    assert (post.state(sent), post.find(sent).email) == ("void", "")


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("after", ["\x00", "\ud800", "inv_", "x" * 100_000, 5, [], ""])
def test_a_list_of_invitations_begins_after_one_of_them(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, after: Any
) -> None:
    with pytest.raises(InvalidInputError):
        access.invitations.search(riverside, after=after, by=maria)


@pytest.mark.row("INV-10", "INV-37", "A75")
@pytest.mark.parametrize("later", [False, True])
def test_nobody_takes_the_invitations_of_an_address_along_that_they_merely_wrote_down(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, post: Post, *, later: bool
) -> None:
    """Else whoever is erased ends other people's invitations, and the record of them, in any tenant."""
    sent = post.invite("kim@people.example")
    mallory = make.pending() if later else make.pending(username="kim")
    if later:
        access.execute(ChangeEmail("kim@people.example"), by=mallory)
        access.execute(ChangeEmail("mallory@people.example"), by=mallory)
    before = access.audit.read(riverside, by=maria)
    access.execute(ErasePrincipal(mallory), by=OPERATOR)
    assert (post.state(sent), post.find(sent).email) == ("open", "kim@people.example")
    assert access.audit.read(riverside, by=maria) == before
