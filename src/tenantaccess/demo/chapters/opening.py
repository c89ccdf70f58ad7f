"""The operator opens practices and sets up their first account managers."""

import attrs

from tenantaccess import AccessDeniedError, NewUsername, PrincipalId, TakenError, TenantId
from tenantaccess.commands import AppointManager, ChangeEmail, OpenTenant, RequestAccess, VerifyEmail
from tenantaccess.demo.stage import Stage
from tenantaccess.demo.world import ANAS, MARIAS, PAYER, RIVERSIDE_TIN, TOMS


@attrs.frozen
class Cast:
    """The three practices, and who manages each."""

    riverside: TenantId
    lakeside: TenantId
    hilltop: TenantId
    maria: PrincipalId
    tom: PrincipalId
    ana: PrincipalId


def practices(stage: Stage) -> Cast:
    """Open three practices, each with the username of its provider."""
    stage.tell.chapter("Three practices")
    stage.tell.say("Each practice is a tenant, known by its tax id (TIN). Two of them begin with a username each.")
    segments = frozenset({"medicaid"})
    opening = OpenTenant("Lakeside Practice", {"tin": "02-3456789"}, segments, NewUsername("tom", TOMS, "", "Tom"))
    lakeside = stage.execute(opening, by=PAYER)
    opening = OpenTenant("Hilltop Pediatrics", {"tin": "03-4567890"}, manager=NewUsername("ana", ANAS, "", "Ana"))
    hilltop = stage.execute(opening, by=PAYER)
    stage.names.give(lakeside.tenant_id, "lakeside")
    stage.names.give(hilltop.tenant_id, "hilltop")
    stage.names.give(lakeside.manager_id, "tom")
    stage.names.give(hilltop.manager_id, "ana")

    stage.tell.say("Riverside is opened without one: its first account manager will register.")
    opening = OpenTenant("Riverside Clinic", {"tin": RIVERSIDE_TIN}, frozenset({"medicaid", "medicare"}))
    riverside = stage.execute(opening, by=PAYER).tenant_id
    stage.names.give(riverside, "riverside")

    stage.tell.say("A tax id belongs to one practice, however it is written; and only the operator opens any.")
    stage.refuse(OpenTenant("Riverside, once more", {"tin": "01 234 5678"}), TakenError, by=PAYER)
    stage.refuse(OpenTenant("Tom's own"), AccessDeniedError, by=lakeside.manager_id)

    stage.tell.say("Tom enters an address of his own, so that he can be told things. A mailed link proves it.")
    stage.execute(ChangeEmail("tom@lakeside.example"), by=lakeside.manager_id)
    stage.execute(VerifyEmail(stage.post.token()))
    maria = _first_manager(stage, riverside)
    return Cast(riverside, lakeside.tenant_id, hilltop.tenant_id, maria, lakeside.manager_id, hilltop.manager_id)


def _first_manager(stage: Stage, riverside: TenantId) -> PrincipalId:
    """Let Maria register, and the operator appoint her."""
    stage.tell.chapter("The first account manager")
    stage.tell.say("Maria registers with Riverside's tax id. Nobody is there yet who could let her in.")
    newcomer = NewUsername("maria", MARIAS, "maria@riverside.example", "Maria", "Lopez", "555-0101")
    maria = stage.execute(RequestAccess(("tin", RIVERSIDE_TIN), newcomer)).principal_id
    stage.names.give(maria, "maria")
    stage.check(riverside, maria, ("manage_account", "edit"), expected=False)

    stage.tell.say("The operator verifies who she is and sets her up as the Account Manager; she is told.")
    stage.execute(AppointManager(riverside, maria, "primary contact of the practice"), by=PAYER)
    stage.post.deliver()
    stage.check(riverside, maria, ("manage_account", "edit"), expected=True)
    return maria
