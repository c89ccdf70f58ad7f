"""Many at once, and what others commit between reading and writing: one secret lets one in, once (A56, INV-06)."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import attrs
import pytest
from tests.services.interrupted import InterruptedStore
from tests.services.inviting import KIM, Post
from tests.services.worlds import events, kinds

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    ChangePrivileges,
    DeclineInvitation,
    Disable,
    Invite,
    Remove,
    RemoveRole,
    ResendInvitation,
    RevokeInvitation,
    SuspendTenant,
)
from tenantaccess.errors import ProofRefusedError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.system import SystemEntropy
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.contracts.threads import at_once
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

CROWD = 8
Meanwhile = Callable[[Post, PrincipalId], object]


@pytest.fixture
def post(
    access: TenantAccess,
    make: Given,
    clock: FrozenClock,
    mailer: RecordingMailer,
    riverside: TenantId,
    maria: PrincipalId,
) -> Post:
    # Threads share it, and would draw equal keys from seeded entropy.
    return Post(attrs.evolve(access, entropy=SystemEntropy()), make, clock, mailer, riverside, maria)


def answer(run: Callable[[], object]) -> str:
    try:
        run()
    except ProofRefusedError:
        return "refused"
    return "accepted"


@pytest.mark.row("A56", "INV-30", "INV-32")
def test_of_many_newcomers_with_one_secret_one_joins(post: Post) -> None:
    secret = post.secret()
    rows = len(post.access.privileges.matrix(post.tenant, by=OPERATOR).rows)
    jobs = [partial(answer, partial(post.join, secret, f"kim{number}")) for number in range(CROWD)]
    assert Counter(at_once(jobs)) == {"accepted": 1, "refused": CROWD - 1}
    assert len(post.access.privileges.matrix(post.tenant, by=OPERATOR).rows) == rows + 1
    assert kinds(post.access, post.tenant).count("accept_invitation") == 2
    assert post.access.audit.verify(post.tenant).holds


@pytest.mark.row("A56", "INV-30", "AM-17")
def test_of_many_clicks_by_one_person_one_counts(post: Post, lakeside: TenantId) -> None:
    kim = post.make.registered(lakeside, username="kim")
    secret = post.secret()
    at = [partial(answer, partial(post.accept, secret, kim))] * CROWD
    assert Counter(at_once(at)) == {"accepted": 1, "refused": CROWD - 1}
    subjects = [event.subject for event in events(post.access, post.tenant) if event.kind == "accept_invitation"]
    assert subjects.count(kim) == 1


@pytest.mark.row("A56", "INV-30")
def test_accepting_and_declining_at_once_is_one_of_them(post: Post) -> None:
    secret = post.secret()
    accept = partial(answer, partial(post.join, secret))
    decline = partial(answer, partial(post.access.execute, DeclineInvitation(secret)))
    assert Counter(at_once([accept, decline])) == {"accepted": 1, "refused": 1}
    assert post.newest().state.value in {"accepted", "declined"}


@pytest.mark.row("AM-19")
def test_of_many_invitations_to_one_address_at_once_one_stays_open(post: Post) -> None:
    sent = at_once([partial(post.invite, KIM)] * 4)
    assert Counter(post.state(one) for one in sent) == {"open": 1, "revoked": 3}


def demoted(post: Post, office: PrincipalId) -> None:
    edits = [Edit(office, "manage_account", "none")]
    post.access.execute(ChangePrivileges(post.tenant, edits), by=post.manager)


MEANWHILE: dict[str, Meanwhile] = {
    "revoked": lambda post, _: post.access.execute(RevokeInvitation(post.tenant, post.newest().id), by=post.manager),
    "sender demoted": demoted,
    "sender disabled": lambda post, office: post.access.execute(Disable(post.tenant, office), by=post.manager),
    "sender removed": lambda post, office: post.access.execute(Remove(post.tenant, office), by=post.manager),
    "tenant suspended": lambda post, _: post.access.execute(SuspendTenant(post.tenant), by=OPERATOR),
    "replaced": lambda post, _: post.invite(),
    "sent again and mailed": lambda post, _: (
        post.access.execute(ResendInvitation(post.tenant, post.newest().id), by=post.manager),
        post.deliver(),
    ),
}


@pytest.mark.row("INV-06", "INV-32", "A56")
@pytest.mark.parametrize("happens", MEANWHILE)
@pytest.mark.parametrize("at", ["invitations.find", "memberships.load", "streams.advance", "commit"])
@pytest.mark.parametrize("store", ["memory"], indirect=True)
def test_what_closes_an_invitation_meanwhile_counts(post: Post, happens: str, at: str) -> None:
    office = post.make.member(post.tenant, levels={"manage_account": FULL, "claims": FULL})
    secret = post.secret(by=office)
    slow = InterruptedStore(post.access.store, at, lambda: MEANWHILE[happens](post, office))
    command = AcceptInvitation(secret, NewUsername("kim", PASSWORD))
    with pytest.raises(ProofRefusedError):
        attrs.evolve(post.access, store=slow).execute(command)
    with post.access.store.reading() as unit:
        assert unit.principals.find_by_username("kim") is None


@pytest.mark.row("INV-06", "INV-22")
@pytest.mark.parametrize("at", ["invitations.find", "streams.advance", "commit"])
@pytest.mark.parametrize("store", ["memory"], indirect=True)
def test_what_the_inviter_loses_meanwhile_is_cut(post: Post, at: str) -> None:
    office = post.make.member(post.tenant, levels={"manage_account": FULL, "claims": FULL})
    secret = post.secret(by=office, levels={"claims": FULL})
    edits = [Edit(office, "claims", "view")]
    narrowing = ChangePrivileges(post.tenant, edits)
    slow = InterruptedStore(post.access.store, at, lambda: post.access.execute(narrowing, by=post.manager))
    command = AcceptInvitation(secret, NewUsername("kim", PASSWORD))
    kim = attrs.evolve(post.access, store=slow).execute(command).principal_id
    assert post.access.check(post.tenant, kim, "claims", "view")
    assert not post.access.check(post.tenant, kim, "claims", "submit")


@pytest.mark.row("INV-06")
@pytest.mark.parametrize("store", ["memory"], indirect=True)
def test_a_role_that_goes_meanwhile_is_not_offered(post: Post) -> None:
    going = RemoveRole(post.tenant, "biller")
    slow = InterruptedStore(post.access.store, "streams.advance", lambda: post.access.execute(going, by=post.manager))
    grant = Grant("biller", {"claims": VIEW})
    with pytest.raises(UnknownNameError):
        attrs.evolve(post.access, store=slow).execute(Invite(post.tenant, KIM, grant), by=post.manager)
