"""The matrix: shown, edited, refused; a role whose edit moves its holders; a password somebody else chose."""

from tenantaccess import FULL, NONE, VIEW, ConflictError, Grant, GrantRefusedError, NewUsername, PrincipalId, TenantId
from tenantaccess.commands import AddUsername, ChangePassword, ChangePrivileges, EditRole, LimitSegments
from tenantaccess.demo.stage import Stage, draw
from tenantaccess.demo.world import PATS, PATS_FIRST


def the_matrix(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> PrincipalId:
    """Add a username, show the matrix and edit it; return whom was added."""
    stage.teller.tell("chapter", "The matrix")
    stage.say("Maria adds a username for the front desk, with a first password.")
    newcomer = NewUsername("pat", PATS_FIRST, first_name="Pat")
    pat = stage.execute(AddUsername(riverside, newcomer, Grant(levels={"eligibility": VIEW})), by=maria).principal_id
    stage.names.give(pat, "pat")

    stage.say("Usernames by resources. A star marks a level set for that username; the others come from its role.")
    matrix = stage.access.privileges.matrix(riverside, by=maria)
    draw(stage, matrix)

    stage.say("Several cells at once, all or nothing. An explicit `none` denies, whatever the role says.")
    edits = matrix.edit({(jo, "authorizations"): FULL, (jo, "eligibility"): NONE, (pat, "claims"): VIEW})
    stage.execute(ChangePrivileges(riverside, edits), by=maria)
    stage.check(riverside, jo, ("authorizations", "submit"), expected=True)
    stage.check(riverside, jo, ("eligibility", "check"), expected=False)
    draw(stage, stage.access.privileges.matrix(riverside, by=maria))
    return pat


def old_page_and_own_row(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> None:
    """Edit an old page, and one's own row: both are refused."""
    stage.teller.tell("chapter", "Two windows, and one's own row")
    stage.say("Maria has the matrix open in two windows and edits the same cell in both.")
    first = stage.access.privileges.matrix(riverside, by=maria)
    second = stage.access.privileges.matrix(riverside, by=maria)
    stage.execute(ChangePrivileges(riverside, first.edit({(jo, "health_record"): VIEW})), by=maria)
    stage.refuse(ChangePrivileges(riverside, second.edit({(jo, "health_record"): NONE})), ConflictError, by=maria)

    stage.say("Another cell of the old page is nobody's conflict.")
    stage.execute(ChangePrivileges(riverside, second.edit({(jo, "eligibility"): None})), by=maria)

    stage.say("Nobody edits their own row, managers neither.")
    stage.refuse(ChangePrivileges(riverside, second.edit({(maria, "claims"): NONE})), GrantRefusedError, by=maria)


def somebody_elses_password(stage: Stage, riverside: TenantId, maria: PrincipalId, pat: PrincipalId) -> None:
    """Limit Pat to a segment; let her choose a password of her own."""
    stage.teller.tell("chapter", "Viewing for, and a password of one's own")
    stage.say("Pat works for Medicaid patients only.")
    stage.execute(LimitSegments(riverside, pat, ["medicaid"]), by=maria)
    stage.check(riverside, pat, ("eligibility", "check"), expected=False)
    stage.check(riverside, pat, ("eligibility", "check"), "medicaid", expected=True)
    stage.check(riverside, pat, ("eligibility", "check"), "medicare", expected=False)

    stage.say("Maria chose Pat's password: until Pat changes it, her membership rests on Maria's.")
    stage.execute(ChangePassword(PATS_FIRST, PATS), by=pat)


def a_role_edited(stage: Stage, riverside: TenantId, maria: PrincipalId, jo: PrincipalId) -> None:
    """Edit a role; its holders feel it at once."""
    stage.teller.tell("chapter", "A role edited")
    stage.say("Billers may edit codes, until the role says otherwise; its holders feel it on the next question.")
    stage.check(riverside, jo, ("codes", "edit"), expected=True)
    stage.execute(EditRole(riverside, "biller", {"codes": VIEW}), by=maria)
    stage.check(riverside, jo, ("codes", "edit"), expected=False)
