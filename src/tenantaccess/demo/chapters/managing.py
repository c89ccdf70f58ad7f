"""Disabling and enabling, and the account manager who cannot be the last to go."""

from tenantaccess import ACCOUNT_MANAGER, DisableReason, LastManagerError, PrincipalId, TenantId
from tenantaccess.commands import AssignRole, CompleteRegistration, Disable, Enable, Leave
from tenantaccess.demo.chapters.registering import mailed_token
from tenantaccess.demo.stage import Stage
from tenantaccess.demo.world import PAYER


def disabled_and_enabled(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> None:
    """Disable Jo, and enable her again."""
    stage.teller.tell("chapter", "Disabled, and enabled again")
    stage.say("Jo is away for some months; Maria ends her access to Riverside, and to Riverside only.")
    stage.execute(Disable(riverside, jo, DisableReason.NOT_NEEDED, note="parental leave"), by=maria)
    stage.deliver()
    stage.check(riverside, jo, ("claims", "view"), expected=False)

    stage.say("Enabled, she has her levels as before, but verifies her mailbox anew.")
    stage.execute(Enable(riverside, jo), by=maria)
    token = mailed_token(stage)
    stage.check(riverside, jo, ("claims", "view"), expected=False)
    stage.execute(CompleteRegistration(token))
    stage.check(riverside, jo, ("claims", "view"), expected=True)


def the_last_manager(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> None:
    """Refuse to leave the practice without a manager."""
    stage.teller.tell("chapter", "The last account manager")
    stage.say("Maria wants to leave. Riverside would be left without anybody who manages it.")
    stage.may(Leave(riverside), by=maria, expected=False)
    stage.refuse(Leave(riverside), LastManagerError, by=maria)
    stage.refuse(Disable(riverside, maria), LastManagerError, by=PAYER)

    stage.say("She makes Jo an account manager first, and goes.")
    stage.execute(AssignRole(riverside, jo, ACCOUNT_MANAGER), by=maria)
    stage.execute(Leave(riverside, "moving to the coast"), by=maria)
    stage.check(riverside, maria, ("claims", "view"), expected=False)
    stage.deliver()
