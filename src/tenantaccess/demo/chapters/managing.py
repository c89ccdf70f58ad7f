"""Password reset, disabling and enabling, who can help, and the account manager who cannot be the last to go."""

from tenantaccess import (
    ACCOUNT_MANAGER,
    AccessContext,
    AccessDeniedError,
    DisableReason,
    LastManagerError,
    NotFoundError,
    PrincipalId,
    ProofRefusedError,
)
from tenantaccess.commands import (
    AssignRole,
    CompleteRegistration,
    Disable,
    Enable,
    Leave,
    ResetPassword,
    SendPasswordReset,
)
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.world import JOS, JOS_NEXT, PAYER


def password_reset(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Trigger a password reset for somebody who forgot theirs."""
    stage.tell.chapter("Send Password Reset Email")
    stage.tell.say("Jo works in a tab at Riverside, and on another day has forgotten her password.")
    tab = _entered(stage, cast, jo)
    stage.tell.say("Maria sends the mail. She sees neither the link nor the password.")
    stage.execute(SendPasswordReset(cast.riverside, jo), by=cast.maria)
    token = stage.post.token()
    stage.execute(ResetPassword(token, JOS_NEXT))
    stage.refuse(ResetPassword(token, "once more, by somebody else"), ProofRefusedError)

    stage.tell.say("The old password is nobody's any more, and every session from before has ended.")
    stage.fail("authenticate('jo', the old one)", lambda: stage.access.authenticate("jo", JOS), ProofRefusedError)
    stage.fail("contexts.resume(session, jo)", lambda: stage.access.contexts.resume(tab.session, jo), AccessDeniedError)
    stage.post.deliver()


def disabled_and_enabled(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Disable Jo, tell her who can help, and enable her again."""
    stage.tell.chapter("Disable User, Enable User")
    stage.tell.say("Jo no longer needs access; Maria ends it for Riverside, and for Riverside only.")
    tab = _entered(stage, cast, jo)
    stage.execute(Disable(cast.riverside, jo, DisableReason.NOT_NEEDED, note="parental leave"), by=cast.maria)
    stage.execute(Disable(cast.riverside, jo), by=cast.maria)
    stage.post.deliver()
    stage.check(cast.riverside, jo, ("claims", "view"), expected=False)
    stage.fail("contexts.resume(session, jo)", lambda: stage.access.contexts.resume(tab.session, jo), AccessDeniedError)
    stage.tell.say("Jo asks who can help. Whoever was never let in learns nothing.")
    _who_can_help(stage, cast, jo)
    stage.fail(
        "contexts.who_can_help(riverside, tom)",
        lambda: stage.access.contexts.who_can_help(cast.riverside, cast.tom),
        NotFoundError,
    )

    stage.tell.say("Enabled, she has her levels as before, but verifies her mailbox anew; the old tab stays dead.")
    stage.execute(Enable(cast.riverside, jo), by=cast.maria)
    token = stage.post.token()
    stage.check(cast.riverside, jo, ("claims", "view"), expected=False)
    stage.execute(CompleteRegistration(token))
    stage.check(cast.riverside, jo, ("claims", "view"), expected=True)
    stage.fail("contexts.resume(session, jo)", lambda: stage.access.contexts.resume(tab.session, jo), AccessDeniedError)


def the_last_manager(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Refuse to leave the practice without a manager."""
    stage.tell.chapter("The last Account Manager")
    stage.tell.say("Maria wants to leave. Riverside would be left without anybody who manages it.")
    stage.may(Leave(cast.riverside), by=cast.maria, expected=False)
    stage.refuse(Leave(cast.riverside), LastManagerError, by=cast.maria)
    stage.refuse(Disable(cast.riverside, cast.maria), LastManagerError, by=PAYER)

    stage.tell.say("She makes Jo an Account Manager first, and goes.")
    stage.execute(AssignRole(cast.riverside, jo, ACCOUNT_MANAGER), by=cast.maria)
    stage.execute(Leave(cast.riverside, "moving to the coast"), by=cast.maria)
    stage.check(cast.riverside, cast.maria, ("claims", "view"), expected=False)
    stage.post.deliver()


def _entered(stage: Stage, cast: Cast, jo: PrincipalId) -> AccessContext:
    stage.tell.call("contexts.enter(riverside, jo)")
    context = stage.access.contexts.enter(cast.riverside, jo)
    stage.tell.done("entered riverside")
    return context


def _who_can_help(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    stage.tell.call("contexts.who_can_help(riverside, jo)")
    found = stage.access.contexts.who_can_help(cast.riverside, jo)
    expect(found, ("kim", "lee", "maria"), "who can help")
    stage.tell.done(", ".join(found))
