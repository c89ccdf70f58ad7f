"""The operator opens practices and sets up their first account managers."""

from tenantaccess import AccessDeniedError, NewUsername, PrincipalId, TakenError, TenantId
from tenantaccess.commands import AppointManager, OpenTenant, RequestAccess
from tenantaccess.demo.stage import Stage
from tenantaccess.demo.world import ANAS, MARIAS, PAYER, RIVERSIDE_TIN, TOMS


def practices(stage: Stage) -> tuple[TenantId, TenantId, PrincipalId]:
    """Open three practices; return two of them and the second one's manager."""
    stage.teller.tell("chapter", "The operator opens three practices")
    stage.say("Each practice is a tenant, known by its tax id. Riverside's people will register themselves.")
    opening = OpenTenant("Riverside Clinic", {"tin": RIVERSIDE_TIN}, segments=frozenset({"medicaid", "medicare"}))
    riverside = stage.execute(opening, by=PAYER).tenant_id
    stage.names.give(riverside, "riverside")

    stage.say("The other two begin with a manager whom the operator names, in the same unit of work.")
    opening = OpenTenant("Lakeside Practice", {"tin": "02-3456789"}, manager=NewUsername("tom", TOMS))
    lakeside = stage.execute(opening, by=PAYER)
    opening = OpenTenant("Hilltop Pediatrics", {"tin": "03-4567890"}, manager=NewUsername("ana", ANAS))
    hilltop = stage.execute(opening, by=PAYER)
    stage.names.give(lakeside.tenant_id, "lakeside")
    stage.names.give(hilltop.tenant_id, "hilltop")
    stage.names.give(lakeside.manager_id, "tom")
    stage.names.give(hilltop.manager_id, "ana")

    stage.say("A tax id belongs to one practice, however it is written; and only the operator opens any.")
    stage.refuse(OpenTenant("Riverside, once more", {"tin": "01 234 5678"}), TakenError, by=PAYER)
    stage.refuse(OpenTenant("Tom's own"), AccessDeniedError, by=lakeside.manager_id)
    return riverside, lakeside.tenant_id, lakeside.manager_id


def first_manager(stage: Stage, riverside: TenantId) -> PrincipalId:
    """Let Maria register, and the operator appoint her."""
    stage.teller.tell("chapter", "The first account manager")
    stage.say("Maria registers with Riverside's tax id and an address of her own. Nobody is there yet to be told.")
    newcomer = NewUsername("maria", MARIAS, "maria@riverside.example", "Maria", "Lopez")
    maria = stage.execute(RequestAccess(("tin", RIVERSIDE_TIN), newcomer)).principal_id
    stage.names.give(maria, "maria")
    stage.deliver()
    stage.check(riverside, maria, ("manage_account", "edit"), expected=False)

    stage.say("The operator, who knows her, sets her up; she is told.")
    stage.execute(AppointManager(riverside, maria, "primary contact of the practice"), by=PAYER)
    stage.deliver()
    stage.check(riverside, maria, ("manage_account", "edit"), expected=True)
    return maria
