"""Creating a master username: allow account access, find another account, join it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import attrs

from tenantaccess import (
    ACCOUNT_MANAGER,
    FULL,
    AccessDeniedError,
    Grant,
    Linking,
    NewUsername,
    PrincipalId,
    ProofRefusedError,
    Reason,
    TakenError,
    TenantId,
    TooManyAttemptsError,
)
from tenantaccess.commands import AcceptLink, AddUsername, ChangeLinking, ChangePassword, JoinLink
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.tables import role
from tenantaccess.demo.wording import tin
from tenantaccess.demo.world import CATALOG, DESKS, LEES, LEES_FIRST, OFFICE, TOMS, TOMS_NEXT
from tenantaccess.services.proofs import Offer

GUESSES: Final = 4
"""How many wrong passwords the story tries after the first."""
GRACE: Final = timedelta(days=14)
STANDS: Final[Mapping[Reason, str]] = {Reason.NOT_A_MEMBER: "not a member", Reason.STALE: "link stale"}


def allow_account_access(stage: Stage, cast: Cast) -> PrincipalId:
    """Add the username that is to become the master."""
    stage.tell.chapter("Allow Account Access")
    stage.tell.say("Maria is logged in at Riverside. Allow Account Access: a username and a password, Add Username.")
    newcomer = NewUsername("lee", LEES_FIRST, "", "Lee", "Park")
    adding = AddUsername(cast.riverside, newcomer, Grant(role=ACCOUNT_MANAGER))
    lee = stage.execute(adding, by=cast.maria).principal_id
    stage.names.give(lee, "lee")
    stage.refuse(attrs.evolve(adding, newcomer=NewUsername("LEE", "another one")), TakenError, by=cast.maria)

    stage.tell.say(
        "She logs out, Lee logs in: still in the Riverside account, but it is the username that is important."
    )
    _sign_in(stage, "lee", LEES_FIRST, lee)

    stage.tell.say("Maria knows that password, so it links nothing yet: Lee chooses another one first.")
    stage.fail("links.prove('tom', ..., by=lee)", lambda: _prove(stage, lee, "tom", TOMS), AccessDeniedError)
    stage.execute(ChangePassword(LEES_FIRST, LEES, OFFICE), by=lee)
    return lee


def access_other_accounts(stage: Stage, cast: Cast, lee: PrincipalId) -> None:
    """Guess, be stopped, find the account, and join it."""
    stage.tell.chapter("Access Other Accounts")
    stage.tell.say("Lee enters Lakeside's username and a wrong password: Find Account. No reason is given, on purpose.")
    text = "links.prove('tom', 'a guess', source='203.0.113.9', by=lee)"
    stage.fail(text, lambda: _prove(stage, lee, "tom", "a guess"), ProofRefusedError)
    stage.tell.say("Every attempt is counted before anything is verified: after five, the right password is too late.")
    for number in range(GUESSES):
        again = f"links.prove('tom', 'guess {number + 2}', source='{OFFICE}', by=lee)"
        stage.fail(again, lambda: _prove(stage, lee, "tom", "a guess"), ProofRefusedError)
    stopped = stage.fail(
        "links.prove('tom', ..., source='203.0.113.9', by=lee)",
        lambda: _prove(stage, lee, "tom", TOMS),
        TooManyAttemptsError,
    )

    stage.tell.say("A quarter of an hour later: Find Account. Only now does Lee learn what there is to join.")
    stage.clock.wait(stopped.retry_after + timedelta(seconds=1))
    offer = _found(stage, lee, ("tom", TOMS), cast.lakeside)
    stage.tell.say("Join Account. The offer works once, for ten minutes, for Lee only. Tom is told at once.")
    joining = JoinLink([cast.lakeside], offer.token)
    stage.execute(joining, by=lee)
    stage.refuse(joining, ProofRefusedError, by=lee)
    stage.post.deliver()
    stage.check(cast.lakeside, lee, ("claims", "submit"), expected=True)


def with_acceptance(stage: Stage, cast: Cast, lee: PrincipalId) -> None:
    """Join a practice that wants a manager to accept."""
    stage.tell.say("Hilltop is careful: it wants a proof, and a manager who accepts. Its billing desk is to be joined.")
    stage.execute(ChangeLinking(cast.hilltop, linking=Linking.BOTH), by=cast.ana)
    adding = AddUsername(cast.hilltop, NewUsername("desk", DESKS, "", "Desk"), Grant(role="biller"))
    desk = stage.execute(adding, by=cast.ana).principal_id
    stage.names.give(desk, "desk")
    offer = _found(stage, lee, ("desk", DESKS), cast.hilltop)
    stage.execute(JoinLink([cast.hilltop], offer.token), by=lee)
    stage.check(cast.hilltop, lee, ("claims", "view"), expected=False)
    stage.execute(AcceptLink(cast.hilltop, lee), by=cast.ana)
    stage.check(cast.hilltop, lee, ("claims", "submit"), expected=True)
    stage.check(cast.hilltop, lee, ("manage_account", "view"), expected=False)
    stage.post.deliver()


def what_a_link_rests_on(stage: Stage, cast: Cast, lee: PrincipalId) -> None:
    """Change the proven password, let the grace pass, and prove again."""
    stage.tell.chapter("What a link rests on")
    stage.tell.say("Tom changes his password. The link holds for 14 days more, and is stale then.")
    stage.execute(ChangePassword(TOMS, TOMS_NEXT), by=cast.tom)
    stage.clock.wait(GRACE)
    stage.check(cast.lakeside, lee, ("claims", "view"), expected=False)
    stage.tell.say("Lee asks Tom for the new one and proves it: the levels are as Tom's edits left them.")
    offer = _found(stage, lee, ("tom", TOMS_NEXT), cast.lakeside)
    stage.execute(JoinLink([cast.lakeside], offer.token), by=lee)
    stage.check(cast.lakeside, lee, ("claims", "view"), expected=True)
    stage.check(cast.lakeside, lee, ("claims", "submit"), expected=False)
    stage.post.deliver()


def _sign_in(stage: Stage, username: str, password: str, expected: PrincipalId) -> None:
    stage.tell.call(f"authenticate({username!r}, ..., source='{OFFICE}')")
    found = stage.access.authenticate(username, password, OFFICE)
    expect(found, expected, "who signed in")
    stage.tell.done(f"signed in: {stage.names.of(found)}")


def _prove(stage: Stage, lee: PrincipalId, username: str, password: str) -> Offer:
    return stage.access.links.prove(username, password, OFFICE, by=lee)


def _found(stage: Stage, lee: PrincipalId, proof: tuple[str, str], expected: TenantId) -> Offer:
    """Prove, tell what is offered, and return the offer."""
    username, password = proof
    stage.tell.call(f"links.prove({username!r}, ..., source='{OFFICE}', by=lee)")
    offer = _prove(stage, lee, username, password)
    expect([one.id for one in offer.tenants], [expected], "what is offered")
    stage.tell.done(f"an offer until {offer.expires_at:%H:%M}")
    rows = [
        [
            one.name,
            tin(one.external_ids),
            role(one.role),
            ", ".join(sorted(CATALOG.resource(key).label for key, level in one.levels.items() if level == FULL.key)),
            STANDS.get(one.condition, one.condition.value),
        ]
        for one in offer.tenants
    ]
    stage.tell.table("found", ["found", "tax id", "role", "full access to", "Lee there now"], rows)
    return offer
