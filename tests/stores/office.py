"""A small office on a store, and all that is asked and done there: for stores that are not what they should be."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
from tests.services.copies import ALL, CODES, SMALL, put, some

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddRole,
    AppointManager,
    ChangePrivileges,
    Disable,
    Invite,
    RequestAccess,
    SuspendTenant,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.contexts import AccessContext, Session
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.ports.storage import Store
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy


@attrs.frozen
class Office:
    """Two clinics: people in each condition, a link, a role, an invitation, an applicant, codes and a copy of some."""

    access: TenantAccess
    clock: FrozenClock
    here: TenantId
    there: TenantId
    maria: PrincipalId
    lee: PrincipalId
    jo: PrincipalId
    bo: PrincipalId
    session: Session

    def on(self, store: Store) -> "Office":
        """Return the same office, seen through another store."""
        access = TenantAccess(store, CODES, SMALL, self.clock, SeededEntropy("elsewhere"), QuickHasher())
        return attrs.evolve(self, access=access)

    @property
    def people(self) -> tuple[PrincipalId, ...]:
        return self.maria, self.lee, self.jo, self.bo


def office(store: Store) -> Office:
    """Found the office on *store*, which is empty."""
    clock = FrozenClock()
    access = TenantAccess(store, CODES, SMALL, clock, SeededEntropy(), QuickHasher())
    make = Given(access)
    here, there = make.tenant("Riverside", tin="01-2345678", segments=["medicaid"]), make.tenant("Lakeside")
    maria = make.manager(here, "maria")
    lee = make.manager(here, "lee")
    access.execute(AppointManager(there, lee), by=OPERATOR)
    access.execute(AddRole(here, "clerk", levels={"claims": VIEW}), by=maria)
    jo = make.member(here, role="clerk", username="jo")
    access.execute(ChangePrivileges(here, [Edit(jo, "eligibility", FULL)]), by=maria)
    bo = make.linked(here, jo)
    make.registered(here, username="kim", levels={"claims": VIEW})
    gone = make.member(here, levels={"claims": VIEW}, username="gus")
    access.execute(Disable(here, gone, note="left"), by=maria)
    make.pending(here, "ann")
    access.execute(Invite(here, "lu@people.example", Grant(levels={"claims": VIEW})), by=maria)
    put(access, here, ALL[0], some("A", "B", "C"))
    access.copying.run(access.copying.plan(here, [there], [ALL[0]], by=lee), by=lee)
    context = access.contexts.enter(here, jo)
    return Office(access, clock, here, there, maria, lee, jo, bo, context.session)


def told(context: AccessContext) -> Any:
    return context.tenant, context.principal, bool(context.check("claims", "view"))


Question = Callable[[Office], Any]

QUESTIONS: Final[Mapping[str, Question]] = {
    "check": lambda at: [bool(at.access.check(at.here, who, "claims", "view")) for who in at.people],
    "enter": lambda at: told(at.access.contexts.enter(at.here, at.jo)),
    "resume": lambda at: told(at.access.contexts.resume(at.session, at.jo)),
    "list tenants": lambda at: [entry.id for entry in at.access.contexts.list_tenants(at.lee).entries],
    "members with": lambda at: list(at.access.list_members_with(at.here, "claims", "view")),
    "tenants with": lambda at: at.access.list_tenants_with(at.lee, "claims", "view"),
    "directory": lambda at: at.access.directory.search(at.here, by=at.maria).ids,
    "matrix": lambda at: [row.principal for row in at.access.privileges.matrix(at.here, by=at.maria).rows],
    "invitations": lambda at: [row.invitation.email for row in at.access.invitations.search(at.here, by=at.maria).rows],
    "plan a copy": lambda at: at.access.copying.plan(at.here, [at.there], ALL, by=at.lee).comparisons,
    "copies": lambda at: at.access.copying.jobs(at.here, by=at.maria).jobs,
    "record": lambda at: len(at.access.audit.read(at.here, by=at.maria)),
    "verify": lambda at: at.access.audit.verify(at.here).holds,
    "as of": lambda at: at.access.audit.list_members_with(at.here, "claims", "view", at.clock.now(), by=at.maria),
    "access log": lambda at: len(at.access.audit.access_log(at.here, by=at.maria)),
    "preflight": lambda at: bool(at.access.may(Disable(at.here, at.jo), by=at.maria)),
    "orphans": lambda at: [orphan.tenant.id for orphan in at.access.tenants.orphaned(by=OPERATOR)],
}
"""What may be asked, each with an answer that can be compared."""

COMMANDS: Final[Mapping[str, Question]] = {
    "disable": lambda at: at.access.execute(Disable(at.here, at.jo), by=at.maria),
    "raise": lambda at: at.access.execute(ChangePrivileges(at.here, [Edit(at.jo, "claims", FULL)]), by=at.maria),
    "invite": lambda at: at.access.execute(Invite(at.here, "al@people.example", Grant("clerk")), by=at.maria),
    "suspend": lambda at: at.access.execute(SuspendTenant(at.here), by=OPERATOR),
    "request": lambda at: at.access.execute(RequestAccess(at.here, NewUsername("zoe", PASSWORD, "zoe@people.example"))),
    "sign in": lambda at: at.access.authenticate("maria", PASSWORD),
    "copy": lambda at: at.access.copying.run(at.access.copying.plan(at.here, [at.there], ALL, by=at.lee), by=at.lee),
    "load": lambda at: at.access.records.load(at.here, ALL[0], some("D"), by=at.lee),
    "sweep": lambda at: at.access.sweeps.run(),
    "deliver": lambda at: at.access.notices.deliver(RecordingMailer()),
}
"""What may be done; each writes."""
