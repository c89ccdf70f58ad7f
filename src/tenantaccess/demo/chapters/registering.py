"""Somebody registers, the manager is told and approves, the person completes, and is asked about."""

from tenantaccess import (
    AccessDeniedError,
    Grant,
    NewUsername,
    PrincipalId,
    ProofRefusedError,
    TenantId,
    UnknownNameError,
)
from tenantaccess.commands import Approve, CompleteRegistration, RequestAccess
from tenantaccess.demo.stage import PlotError, Stage
from tenantaccess.demo.world import JOS


def somebody_registers(stage: Stage, riverside: TenantId) -> PrincipalId:
    """Let Jo ask for access; the manager is told."""
    stage.teller.tell("chapter", "Somebody registers")
    stage.say("Jo asks for access by the tax id on the office door.")
    newcomer = NewUsername("jo", JOS, "jo@riverside.example", "Jo", "Smith", "555-0100")
    jo = stage.execute(RequestAccess(("tin", "012345678"), newcomer)).principal_id
    stage.names.give(jo, "jo")

    stage.say("Who mistypes it gets the same receipt: nothing is learned about who is a customer.")
    mistyped = NewUsername("joe", "typed the wrong number", "joe@riverside.example")
    stage.execute(RequestAccess(("tin", "01-2345679"), mistyped))

    stage.say("The managers at Riverside are told; until one approves, nothing is open.")
    stage.deliver()
    answer = stage.check(riverside, jo, ("claims", "view"), expected=False)
    stage.say(f"That was for the manager's eyes. What anybody may read: {answer.safe}")
    return jo


def the_manager_approves(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> None:
    """Approve with a role; complete with the mailed link."""
    stage.teller.tell("chapter", "The manager approves, the person verifies")
    stage.say("Nobody lets themselves in. `may` asks the rule beforehand; it is the rule the command obeys.")
    stage.may(Approve(riverside, jo, Grant(role="biller")), by=jo, expected=False)
    stage.refuse(Approve(riverside, jo, Grant(role="biller")), AccessDeniedError, by=jo)

    stage.say("Maria approves Jo as a biller. Jo gets a registration mail; a second click changes nothing.")
    stage.execute(Approve(riverside, jo, Grant(role="biller")), by=maria)
    stage.execute(Approve(riverside, jo, Grant(role="biller")), by=maria)
    token = mailed_token(stage)

    stage.say("Approved is one gate, verified the other.")
    stage.check(riverside, jo, ("claims", "submit"), expected=False)
    stage.refuse(CompleteRegistration("a guess"), ProofRefusedError)
    stage.execute(CompleteRegistration(token))
    stage.check(riverside, jo, ("claims", "submit"), expected=True)

    stage.say("The link works once.")
    stage.refuse(CompleteRegistration(token), ProofRefusedError)


def mailed_token(stage: Stage) -> str:
    """Deliver the mail and return the secret of the registration link in it."""
    message = stage.deliver()
    if message is None or not message.token:
        raise PlotError("a registration mail was to arrive")
    return message.token


def asking(stage: Stage, riverside: TenantId, lakeside: TenantId, jo: PrincipalId) -> None:
    """Ask in several ways, with refusals explained."""
    stage.teller.tell("chapter", "Asking, with reasons")
    stage.say("Billers have claims, not authorizations; the health passport is not offered to anybody.")
    stage.check(riverside, jo, ("authorizations", "view"), expected=False)
    stage.check(riverside, jo, ("health_passport", "view"), expected=False)

    stage.say("Being somebody at Riverside is being nobody at Lakeside.")
    stage.check(lakeside, jo, ("claims", "view"), expected=False)

    stage.say("A word that was never declared is a mistake of the program, never a quiet no.")
    stage.teller.tell("call", "check(riverside, jo, 'claim', 'view')")
    try:
        stage.access.check(riverside, jo, "claim", "view")
    except UnknownNameError as error:
        stage.teller.tell("refused", f"{type(error).__name__}, {error}", nearest=list(error.nearest))
    else:
        raise PlotError("an undeclared word was to be an error")

    stage.say("Lists agree with checks.")
    stage.teller.tell("call", "list_members_with(riverside, 'claims', 'submit')")
    found = sorted(stage.names.of(who) for who in stage.access.list_members_with(riverside, "claims", "submit"))
    stage.teller.tell("done", ", ".join(found), members=found)
