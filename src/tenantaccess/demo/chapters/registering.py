"""Verification pending: somebody registers, the manager is told and approves, the person completes."""

from tenantaccess import (
    AccessDeniedError,
    Grant,
    NewUsername,
    PrincipalId,
    ProofRefusedError,
    UnknownNameError,
)
from tenantaccess.commands import Approve, CompleteRegistration, RequestAccess
from tenantaccess.demo import tables
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.world import JOS


def somebody_registers(stage: Stage, cast: Cast) -> PrincipalId:
    """Let Jo ask for access; the manager is told."""
    stage.tell.chapter("Somebody registers")
    stage.tell.say("Jo asks for access by the tax id on the office door.")
    newcomer = NewUsername("jo", JOS, "jo@riverside.example", "Jo", "Smith", "555-0100")
    jo = stage.execute(RequestAccess(("tin", "012345678"), newcomer)).principal_id
    stage.names.give(jo, "jo")

    stage.tell.say("Who mistypes it gets the same receipt: nothing is learned about who is a customer.")
    mistyped = NewUsername("joe", "typed the wrong number", "joe@riverside.example")
    stage.execute(RequestAccess(("tin", "01-2345679"), mistyped))

    stage.tell.say("The Account Managers of Riverside are told. Until one approves, nothing is open.")
    stage.post.deliver()
    answer = stage.check(cast.riverside, jo, ("claims", "view"), expected=False)
    stage.tell.say(f"That was for the manager's eyes. What anybody may read: {answer.safe}")
    return jo


def verification_pending(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Find who is pending, approve with a role, and complete with the mailed link."""
    stage.tell.chapter("Verification pending")
    stage.tell.say("User Management: Maria ticks the Verification Pending box.")
    stage.tell.call("directory.search(riverside, pending=True, by=maria)")
    found = stage.access.directory.search(cast.riverside, pending=True, by=cast.maria)
    expect(found.ids, (jo,), "who is pending")
    tables.roster(stage, found.rows)

    stage.tell.say("Nobody lets themselves in. `may` asks the rule beforehand; it is the rule the command obeys.")
    approving = Approve(cast.riverside, jo, Grant(role="biller"))
    stage.may(approving, by=jo, expected=False)
    stage.refuse(approving, AccessDeniedError, by=jo)

    stage.tell.say("Verify Account: Maria approves Jo as a biller. A second click changes nothing.")
    stage.execute(approving, by=cast.maria)
    stage.execute(approving, by=cast.maria)
    token = stage.post.token()

    stage.tell.say("Approved is one gate, verified the other: the status is Unverified until Jo follows the link.")
    stage.check(cast.riverside, jo, ("claims", "submit"), expected=False)
    stage.refuse(CompleteRegistration("a guess"), ProofRefusedError)
    stage.execute(CompleteRegistration(token))
    stage.check(cast.riverside, jo, ("claims", "submit"), expected=True)
    stage.tell.say("The link works once.")
    stage.refuse(CompleteRegistration(token), ProofRefusedError)


def asking(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Ask in several ways, with refusals explained."""
    stage.tell.chapter("Denials explained")
    stage.tell.say("Billers have claims, not authorizations; the health passport is not offered to anybody.")
    stage.check(cast.riverside, jo, ("authorizations", "view"), expected=False)
    stage.check(cast.riverside, jo, ("health_passport", "view"), expected=False)

    stage.tell.say("Being somebody at Riverside is being nobody at Lakeside.")
    stage.check(cast.lakeside, jo, ("claims", "view"), expected=False)

    stage.tell.say("A word that was never declared is a mistake of the program, never a quiet no.")
    stage.fail(
        "check(riverside, jo, 'claim', 'view')",
        lambda: stage.access.check(cast.riverside, jo, "claim", "view"),
        UnknownNameError,
    )

    stage.tell.say("Lists agree with checks.")
    stage.tell.call("list_members_with(riverside, 'claims', 'submit')")
    members = stage.access.list_members_with(cast.riverside, "claims", "submit")
    found = sorted(stage.names.of(who) for who in members)
    expect(found, ["jo", "lee", "maria"], "who may submit claims")
    stage.tell.done(", ".join(found), members=found)
