"""Invite a user: one accepts, one declines, and one whose inviter was demoted meanwhile."""

from tenantaccess import ACCOUNT_MANAGER, VIEW, Grant, NewUsername, PrincipalId, ProofRefusedError
from tenantaccess.commands import AcceptInvitation, AssignRole, DeclineInvitation, Invite, ResendInvitation
from tenantaccess.demo.chapters.opening import Cast
from tenantaccess.demo.stage import Stage, expect
from tenantaccess.demo.tables import role
from tenantaccess.demo.wording import day
from tenantaccess.demo.world import KIMS

KIM, RAVI, DANA = "kim@riverside.example", "ravi@elsewhere.example", "dana@riverside.example"


def invite_a_user(stage: Stage, cast: Cast) -> PrincipalId:
    """Invite three people; return the one who accepts and stays."""
    stage.tell.chapter("Invite a User")
    stage.tell.say("Maria invites two by e-mail: a second Account Manager, and somebody to look at claims.")
    inviting = Invite(cast.riverside, KIM, Grant(role=ACCOUNT_MANAGER), "Kim", "Smythe")
    stage.execute(inviting, by=cast.maria)
    kims = stage.post.token()
    first = stage.execute(Invite(cast.riverside, RAVI, Grant(levels={"claims": VIEW})), by=cast.maria)
    stage.names.give(first.invitation, "ravi's invitation")
    before = stage.post.token()
    stage.tell.say("Ravi cannot find his mail: Maria sends it again, with a new secret. The old one is dead.")
    stage.execute(ResendInvitation(cast.riverside, first.invitation), by=cast.maria)
    ravis = stage.post.token()

    stage.tell.say("Kim accepts. The link proves the address, so there is nothing left to verify. Ravi declines.")
    newcomer = NewUsername("kim", KIMS, "", "Kim", "Smythe", "555-0102")
    kim = stage.execute(AcceptInvitation(kims, newcomer)).principal_id
    stage.names.give(kim, "kim")
    stage.check(cast.riverside, kim, ("manage_account", "edit"), expected=True)
    stage.refuse(DeclineInvitation(before), ProofRefusedError)
    stage.execute(DeclineInvitation(ravis))
    stage.post.deliver()
    return kim


def the_inviter_demoted(stage: Stage, cast: Cast, kim: PrincipalId) -> None:
    """Demote an inviter: what she sent is void for good."""
    stage.tell.say("Kim invites Dana. Before Dana answers, Maria makes Kim a biller: Kim may invite nobody any more.")
    stage.execute(Invite(cast.riverside, DANA, Grant(role="biller")), by=kim)
    danas = stage.post.token()
    stage.execute(AssignRole(cast.riverside, kim, "biller"), by=cast.maria)
    stage.refuse(AcceptInvitation(danas, NewUsername("dana", "dana has the mail still")), ProofRefusedError)
    stage.tell.say("Promoted again, Kim may invite; the old invitation stays void.")
    stage.execute(AssignRole(cast.riverside, kim, ACCOUNT_MANAGER), by=cast.maria)
    stage.refuse(AcceptInvitation(danas, NewUsername("dana", "dana has the mail still")), ProofRefusedError)
    stage.post.deliver()

    stage.tell.call("invitations.search(riverside, by=maria)")
    page = stage.access.invitations.search(cast.riverside, by=cast.maria)
    rows = [
        [
            row.invitation.email,
            role(row.invitation.grant.role),
            stage.names.actor(row.invitation.inviter),
            day(row.invitation.expires_at),
            "expired" if row.is_expired else row.invitation.state.value,
        ]
        for row in page.rows
    ]
    expect(sorted(row[-1] for row in rows), ["accepted", "declined", "void"], "what became of them")
    stage.tell.table("invitations", ["to", "role", "by", "until", "now"], rows)
