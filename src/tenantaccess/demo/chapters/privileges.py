"""Username privileges: shown, previewed, edited, refused; a role whose edit moves its holders."""

from collections.abc import Mapping, Sequence

from tenantaccess import (
    FULL,
    NONE,
    VIEW,
    AccessContext,
    AccessLevel,
    ConflictError,
    Edit,
    Grant,
    GrantRefusedError,
    NewUsername,
    PrincipalId,
    TenantId,
)
from tenantaccess.commands import AddUsername, ChangePrivileges, EditRole, LimitSegments, Remove
from tenantaccess.demo import tables
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.world import PATS

Levels = Mapping[tuple[PrincipalId, str], AccessLevel | None]


def the_matrix(stage: Stage, cast: Cast, lee: PrincipalId) -> PrincipalId:
    """Show the matrix of a practice that a master username has joined, and edit it; return whom was added."""
    stage.tell.chapter("Username Privileges")
    stage.tell.say("Tom adds a username for Lakeside's front desk, and looks at them all. Lee is here like everybody.")
    newcomer = NewUsername("pat", PATS, "", "Pat", "Quinn")
    adding = AddUsername(cast.lakeside, newcomer, Grant(levels={"eligibility": VIEW, "claims": FULL}))
    pat = stage.execute(adding, by=cast.tom).principal_id
    stage.names.give(pat, "pat")
    _show(stage, cast.lakeside, cast.tom, tables.LEVELS)

    stage.tell.say("Full Access, View Only or No Access: Tom chooses for Lee and Pat, and sees what would change.")
    levels: Levels = {(lee, "claims"): VIEW, (lee, "health_record"): NONE, (pat, "authorizations"): VIEW}
    edits = stage.access.privileges.matrix(cast.lakeside, by=cast.tom).edit(levels)
    tables.preview(stage, stage.access.privileges.preview(cast.lakeside, edits, by=cast.tom))
    stage.may(ChangePrivileges(cast.lakeside, edits), by=cast.tom, expected=True)
    stage.execute(ChangePrivileges(cast.lakeside, edits), by=cast.tom)
    _show(stage, cast.lakeside, cast.tom)
    stage.check(cast.lakeside, lee, ("health_record", "view"), expected=False)
    return pat


def two_editors(stage: Stage, cast: Cast, lee: PrincipalId, pat: PrincipalId, lakeside: AccessContext) -> None:
    """Edit the same cell on two pages, and one's own row: both are refused."""
    stage.tell.say("Tom and Lee have the page open at the same time, and change the same place. The first one wins.")
    toms = stage.access.privileges.matrix(cast.lakeside, by=cast.tom)
    lees = stage.access.privileges.matrix(cast.lakeside, by=lakeside)
    stage.execute(ChangePrivileges(cast.lakeside, toms.edit({(pat, "claims"): NONE})), by=cast.tom)
    late: Sequence[Edit] = lees.edit({(pat, "claims"): VIEW})
    stage.refuse(ChangePrivileges(cast.lakeside, late), ConflictError, by=lakeside)
    stage.tell.say("Another place on the old page is nobody's conflict.")
    stage.execute(ChangePrivileges(cast.lakeside, lees.edit({(pat, "eligibility"): FULL})), by=lakeside)

    stage.tell.say("Nobody edits their own row, and a link never the row that it was proven with.")
    stage.refuse(
        ChangePrivileges(cast.lakeside, toms.edit({(cast.tom, "claims"): NONE})), GrantRefusedError, by=cast.tom
    )
    stage.refuse(ChangePrivileges(cast.lakeside, lees.edit({(cast.tom, "claims"): NONE})), GrantRefusedError, by=lee)


def segments_and_unused(stage: Stage, cast: Cast, pat: PrincipalId) -> None:
    """Limit a username to a segment; delete it, as it is unused."""
    stage.tell.say("Pat is for Medicaid patients only.")
    stage.execute(LimitSegments(cast.lakeside, pat, ["medicaid"]), by=cast.tom)
    stage.check(cast.lakeside, pat, ("eligibility", "check"), expected=False)
    stage.check(cast.lakeside, pat, ("eligibility", "check"), "medicaid", expected=True)

    stage.tell.say("You may also delete unused usernames. Pat's was never used.")
    stage.tell.call("directory.search(lakeside, username='pat', by=tom)")
    rows = stage.access.directory.search(cast.lakeside, username="pat", by=cast.tom).rows
    expect([row.last_active_at for row in rows], [None], "when Pat was last active")
    tables.roster(stage, rows)
    stage.execute(Remove(cast.lakeside, pat, note="never used"), by=cast.tom)
    stage.check(cast.lakeside, pat, ("eligibility", "check"), "medicaid", expected=False)


def access_levels(stage: Stage, cast: Cast, jo: PrincipalId) -> None:
    """Adjust what somebody may do whose job changed; edit the role itself."""
    stage.tell.chapter("Access levels")
    stage.tell.say("Jo takes over authorizations: Maria adjusts her permissions. Roles are the practice's own.")
    edits = stage.access.privileges.matrix(cast.riverside, by=cast.maria).edit({(jo, "authorizations"): FULL})
    tables.preview(stage, stage.access.privileges.preview(cast.riverside, edits, by=cast.maria))
    stage.execute(ChangePrivileges(cast.riverside, edits), by=cast.maria)
    stage.check(cast.riverside, jo, ("authorizations", "submit"), expected=True)
    stage.tell.say("Billers may edit codes, until the role says otherwise; its holders feel it on the next question.")
    stage.check(cast.riverside, jo, ("codes", "edit"), expected=True)
    stage.execute(EditRole(cast.riverside, "biller", {"codes": VIEW}), by=cast.maria)
    stage.check(cast.riverside, jo, ("codes", "edit"), expected=False)
    _show(stage, cast.riverside, cast.maria)
    stage.post.deliver()


def _show(stage: Stage, tenant: TenantId, by: PrincipalId, legend: str = "") -> None:
    stage.tell.call(f"privileges.matrix({stage.names.of(tenant)}, by={stage.names.of(by)})")
    tables.matrix(stage, stage.access.privileges.matrix(tenant, by=by), legend)
