"""Two clinics in which every command has something to do, and what each of them is there."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs
from tests.services.copies import CODES, DIAGNOSES, put, some
from tests.services.worlds import wait

from tenantaccess import commands as tc
from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import CopyJobId, InvitationId, PrincipalId, TenantId
from tenantaccess.model.adoption import NewPerson
from tenantaccess.model.copying import CopyPlan
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.ports.storage import Store
from tenantaccess.services.command import Command, PublicCommand
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy

VIEWS: Final = Grant(levels={"claims": VIEW})
NO_INVITATION: Final = InvitationId("")
NO_COPY: Final = CopyJobId("")
BROUGHT: Final = ("A00", "A01")
BROUGHT_BACK: Final = ("B00", "B01")
"""What each of the two clinics has of its own, by its key."""
MANAGES: Final = {"manage_account": FULL, "claims": VIEW}


def access_on(store: Store, seed: str, clock: FrozenClock) -> TenantAccess:
    """The library on *store*, with entropy of its own, so that it does the same whenever it is answered the same."""
    return TenantAccess(store, CODES, clock=clock, entropy=SeededEntropy(seed), hasher=QuickHasher())


@attrs.define
class Office:
    """
    Who there is: Ann and Bob manage both clinics, Eve by a role of her own the first.

    Jo, Rob and Max registered; Kim has not verified, Lee waits, Max is disabled, Sam suspended, Tim lapsed. Ned joined
    by Jo's proof, Oda asked to be linked, Pat holds an offer.
    """

    access: TenantAccess
    clock: FrozenClock
    here: TenantId
    there: TenantId
    closed_for_now: TenantId
    people: dict[str, PrincipalId] = attrs.field(factory=dict)
    secrets: dict[str, str] = attrs.field(factory=dict)
    invitation: InvitationId = NO_INVITATION
    plan: CopyPlan | None = None
    copy: CopyJobId = NO_COPY
    copy_back: CopyJobId = NO_COPY

    def __getitem__(self, name: str) -> PrincipalId:
        return self.people[name]

    def mailed(self, person: str) -> str:
        """The secret mailed last, after all that waits was mailed."""
        mailer = RecordingMailer()
        self.access.notices.deliver(mailer)
        self.secrets[person] = mailer.tokens()[-1]
        return self.secrets[person]


def office(store: Store) -> Office:
    """Furnish *store* by commands."""
    clock = FrozenClock()
    access = access_on(store, "office", clock)
    make, do = Given(access), access.execute
    here = make.tenant("Riverside Clinic", tin="012345678", segments=["medicaid"])
    found = Office(access, clock, here, make.tenant("Lakeside Clinic"), make.tenant("Hillside Clinic"))
    people = found.people
    people |= {"ann": make.manager(here, "ann"), "tim": make.member(here, levels={"claims": VIEW}, username="tim")}
    wait(access, clock, 91, (here, people["ann"]))
    people["bob"] = make.manager(here, "bob")
    for manager in ("ann", "bob"):
        do(tc.AppointManager(found.there, people[manager]), by=OPERATOR)
    do(tc.AddRole(here, "office", levels=MANAGES), by=OPERATOR)
    do(tc.AddRole(here, "spare", levels={"claims": VIEW}), by=OPERATOR)
    do(tc.EditRole(here, "biller", levels={"claims": VIEW}), by=OPERATOR)
    people["eve"] = make.member(here, role="office", username="eve")
    for name in ("jo", "rob", "max", "sam"):
        people[name] = make.registered(here, levels={"claims": VIEW}, username=name)
    do(tc.Disable(here, people["max"]), by=OPERATOR)
    do(tc.SuspendPrincipal(people["sam"]), by=OPERATOR)
    people["kim"] = make.unverified(here, username="kim")
    found.mailed("kim")
    people["lee"] = make.pending(here, "lee")
    people["ned"] = make.linked(here, people["jo"], by=make.pending(username="ned"))
    do(tc.ChangeLinking(here, linking=Linking.CONSENT), by=OPERATOR)
    people["oda"], people["pat"] = make.pending(username="oda"), make.pending(username="pat")
    do(tc.RequestLink(here), by=people["oda"])
    do(tc.ChangeLinking(here, linking=Linking.PROOF), by=OPERATOR)
    do(tc.ChangeLinking(found.there, linking=Linking.CONSENT), by=OPERATOR)
    found.secrets["pat"] = access.links.prove("jo", PASSWORD, by=people["pat"]).token
    do(tc.RequestPasswordReset("jo"))
    found.mailed("jo")
    do(tc.ChangeEmail("rob@elsewhere.example"), by=people["rob"])
    found.mailed("rob")
    found.invitation = do(tc.Invite(here, "new@people.example", VIEWS), by=people["ann"]).invitation
    found.mailed("new")
    do(tc.SuspendTenant(found.closed_for_now), by=OPERATOR)
    put(access, here, DIAGNOSES, some(*BROUGHT))
    found.plan = access.copying.plan(here, [found.there], [DIAGNOSES], by=people["ann"])
    found.copy = do(tc.CopyRecords(found.plan), by=people["ann"]).job
    do(tc.SendRegistration(here, people["kim"]), by=OPERATOR)
    return found


def begin_back(at: Office) -> None:
    """Let Bob begin a copy from where the other one goes to: not in every office, as it is much to do."""
    put(at.access, at.there, DIAGNOSES, some(*BROUGHT_BACK))
    plan = at.access.copying.plan(at.there, [at.here], [DIAGNOSES], by=at["bob"])
    at.copy_back = at.access.execute(tc.CopyRecords(plan), by=at["bob"]).job


Move = Callable[[TenantAccess, Office, PrincipalId], object]
"""What is done, by a manager where a manager does it."""


def by_manager(make: Callable[[Office], Command[Any]]) -> Move:
    return lambda access, office, manager: access.execute(make(office), by=manager)


def by_operator(make: Callable[[Office], Command[Any]]) -> Move:
    return lambda access, office, _: access.execute(make(office), by=OPERATOR)


def by_person(name: str, make: Callable[[Office], Command[Any]]) -> Move:
    return lambda access, office, _: access.execute(make(office), by=office[name])


def by_anybody(make: Callable[[Office], PublicCommand[Any]]) -> Move:
    return lambda access, office, _: access.execute(make(office))


def newcomer(name: str) -> NewUsername:
    return NewUsername(name, PASSWORD, email=f"{name}@people.example")


BACK: Final = "a copy that comes back"

MOVES: Final[Mapping[str, Move]] = {
    "accept_invitation": by_anybody(lambda at: tc.AcceptInvitation(at.secrets["new"], newcomer("new"))),
    "accept_link": by_manager(lambda at: tc.AcceptLink(at.here, at["oda"], VIEWS)),
    "add_role": by_manager(lambda at: tc.AddRole(at.here, "nurse", levels={"claims": VIEW})),
    "add_service": by_manager(lambda at: tc.AddService(at.here, "feed", VIEWS)),
    "add_username": by_manager(lambda at: tc.AddUsername(at.here, NewUsername("una", PASSWORD), VIEWS)),
    "adopt": by_operator(lambda at: tc.Adopt(at.here, NewPerson("vic"), VIEWS)),
    "apply_preset": by_manager(lambda at: tc.ApplyPreset(at.here, "biller")),
    "appoint_manager": by_operator(lambda at: tc.AppointManager(at.here, at["jo"])),
    "approve": by_manager(lambda at: tc.Approve(at.here, at["lee"], VIEWS)),
    "assign_role": by_manager(lambda at: tc.AssignRole(at.here, at["jo"], "spare")),
    "cancel_copy": by_manager(lambda at: tc.CancelCopy(at.here, at.copy)),
    "change_email": by_person("jo", lambda _: tc.ChangeEmail("jo@elsewhere.example")),
    "change_linking": by_manager(lambda at: tc.ChangeLinking(at.here, linking=Linking.OFF)),
    "change_password": by_person("jo", lambda _: tc.ChangePassword(PASSWORD, "another quick password")),
    "change_privileges": by_manager(lambda at: tc.ChangePrivileges(at.here, [Edit(at["jo"], "claims", FULL)])),
    "close_tenant": by_operator(lambda at: tc.CloseTenant(at.here)),
    "complete_registration": by_anybody(lambda at: tc.CompleteRegistration(at.secrets["kim"])),
    "confirm_link": by_manager(lambda at: tc.ConfirmLink(at.here, at["ned"])),
    "copy_records": by_manager(lambda at: tc.CopyRecords(planned(at))),
    "decline_invitation": by_anybody(lambda at: tc.DeclineInvitation(at.secrets["new"])),
    "disable": by_manager(lambda at: tc.Disable(at.here, at["jo"])),
    "edit_role": by_manager(lambda at: tc.EditRole(at.here, "office", levels={"manage_account": NONE})),
    "enable": by_operator(lambda at: tc.Enable(at.here, at["max"])),
    "erase_principal": by_operator(lambda at: tc.ErasePrincipal(at["jo"])),
    "invite": by_manager(lambda at: tc.Invite(at.here, "new@people.example", VIEWS)),
    "join_link": by_person("pat", lambda at: tc.JoinLink([at.here], at.secrets["pat"])),
    "leave": by_person("jo", lambda at: tc.Leave(at.here)),
    "limit_segments": by_manager(lambda at: tc.LimitSegments(at.here, at["jo"], ["medicaid"])),
    "open_tenant": by_operator(lambda _: tc.OpenTenant("Valley Clinic", external_ids={"tin": "987654321"})),
    "reinstate_principal": by_operator(lambda at: tc.ReinstatePrincipal(at["sam"])),
    "reject": by_manager(lambda at: tc.Reject(at.here, at["lee"])),
    "remove": by_manager(lambda at: tc.Remove(at.here, at["jo"])),
    "remove_role": by_manager(lambda at: tc.RemoveRole(at.here, "spare")),
    "reopen_tenant": by_operator(lambda at: tc.ReopenTenant(at.closed_for_now)),
    "request_access": by_anybody(lambda at: tc.RequestAccess(at.here, newcomer("wim"), source="wim")),
    "request_link": by_person("pat", lambda at: tc.RequestLink(at.there)),
    "request_password_reset": by_anybody(lambda _: tc.RequestPasswordReset("jo", source="jo")),
    "resend_invitation": by_manager(lambda at: tc.ResendInvitation(at.here, at.invitation)),
    "reset_password": by_anybody(lambda at: tc.ResetPassword(at.secrets["jo"], "another quick password")),
    "revoke_invitation": by_manager(lambda at: tc.RevokeInvitation(at.here, at.invitation)),
    "send_password_reset": by_manager(lambda at: tc.SendPasswordReset(at.here, at["jo"])),
    "send_registration": by_manager(lambda at: tc.SendRegistration(at.here, at["kim"])),
    "set_dates": by_manager(lambda at: tc.SetDates(at.here, at["jo"], valid_until=at.clock.now() + timedelta(days=7))),
    "sign_out_everywhere": by_person("jo", lambda _: tc.SignOutEverywhere()),
    "suspend_principal": by_operator(lambda at: tc.SuspendPrincipal(at["jo"])),
    "suspend_tenant": by_operator(lambda at: tc.SuspendTenant(at.here)),
    "unlink": by_manager(lambda at: tc.Unlink(at.here, at["ned"])),
    "update_contact": by_manager(lambda at: tc.UpdateContact(at.here, at["jo"], contact=Contact("Jo", "Lee"))),
    "verify_email": by_anybody(lambda at: tc.VerifyEmail(at.secrets["rob"])),
    # Beside commands.
    "a copy that goes on": lambda access, at, _manager: access.copying.resume(at.here, at.copy, by=at["ann"]).job.state,
    BACK: lambda access, at, _manager: access.copying.resume(at.there, at.copy_back, by=at["bob"]).job.state,
    "a sweep": lambda access, _at, _manager: access.sweeps.run(),
    "a worker": lambda access, _at, _manager: access.notices.deliver(RecordingMailer()),
    "a request": lambda access, at, _manager: access.contexts.enter(at.here, at["jo"]).session,
    "a proof": lambda access, at, _manager: len(access.links.prove("jo", PASSWORD, by=at["pat"]).tenants),
}
"""Every command, and what else writes; each finds something to do."""


def planned(at: Office) -> CopyPlan:
    assert at.plan is not None
    return at.plan
