"""What browsers are shown: two practices with people in every state, one who works for both, and mails."""

import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs

from tenantaccess import (
    FULL,
    VIEW,
    Edit,
    Grant,
    NewUsername,
    Operator,
    PrincipalId,
    ReferenceRecord,
    TenantAccess,
    TenantId,
)
from tenantaccess.commands import (
    AddUsername,
    AppointManager,
    Approve,
    ChangeEmail,
    ChangeLinking,
    ChangePassword,
    ChangePrivileges,
    CompleteRegistration,
    CopyRecords,
    Disable,
    Invite,
    JoinLink,
    OpenTenant,
    RequestAccess,
    RequestLink,
    SendPasswordReset,
)
from tenantaccess.demo.codes import billing_codes, insurance_payers
from tenantaccess.ids import CopyJobId, ResourceKey
from tenantaccess.model.members import Contact
from tenantaccess.model.notices import Message
from tenantaccess.model.policy import Linking
from tenantaccess.testing.doubles import FrozenClock

PAYER: Final = Operator("provider-relations")
PASSWORD: Final = "a quick brown password"
AWAY: Final = timedelta(days=70)
"""Whoever is away for so long is about to become inactive."""
MANY: Final = 25
"""Of more tenants than fifteen, one is looked for; more than these are shown a page at a time."""
STAFF: Final = (
    ("jo", "Jo", "Smith"),
    ("ana", "Ana", "Jones"),
    ("raj", "Raj", "Patel"),
    ("wei", "Wei", "Li"),
    ("sam", "Sam", "O'Neil"),
    ("eva", "Eva", "Nováková"),
)


@attrs.define
class Outbox:
    """A mailer that keeps what it is given."""

    messages: list[Message] = attrs.field(factory=list)

    def send(self, message: Message) -> None:
        """Keep *message*."""
        self.messages.append(message)

    def token(self, purpose: str, to: str) -> str:
        """Return the latest secret that was mailed to *to* for *purpose*."""
        return next(
            one.token for one in reversed(self.messages) if one.purpose == purpose and one.to == to and one.token
        )


def person(username: str, first: str = "", last: str = "", at: str = "riverside.example") -> NewUsername:
    """Return somebody new."""
    return NewUsername(username, PASSWORD, email=f"{username}@{at}", first_name=first, last_name=last, phone="555-0100")


def build(access: TenantAccess, outbox: Outbox) -> dict[str, Any]:
    """Fill *access*; return the ids and secrets that pages are opened with."""
    then = attrs.evolve(access, clock=FrozenClock(access.clock.now() - AWAY))
    riverside, maria = _practice(then, "Riverside Clinic", "01-2345678", person("maria", "Maria", "Rivera"))
    then.execute(AddUsername(riverside, person("olga", "Olga", "Berg"), Grant(role="biller")), by=PAYER)
    lakeside, tom = _practice(access, "Lakeside Practice", "98-7654321", person("tom", "Tom", "Lake"))
    hilltop, ida = _practice(access, "Hilltop Pediatrics", "55-5555555", person("ida", "Ida", "Hill"))
    westgate, max_ = _practice(access, "Westgate Dental", "44-4444444", person("max", "Max", "West"))
    people = {"maria": maria, "tom": tom, "max": max_}
    for username, first, last in STAFF:
        asked = RequestAccess(riverside, person(username, first, last))
        people[username] = access.execute(asked).principal_id
    for username in ("jo", "ana", "raj", "wei"):
        access.execute(Approve(riverside, people[username], Grant(levels={"claims": VIEW, "codes": VIEW})), by=maria)
    access.notices.deliver(outbox)
    for username in ("jo", "ana", "raj"):
        access.execute(CompleteRegistration(outbox.token("approve", f"{username}@riverside.example")))
    access.execute(Disable(riverside, people["raj"]), by=maria)
    # Jo works for both practices, with a password of their own.
    for tenant, desk in ((lakeside, "lakedesk"), (hilltop, "hilldesk")):
        levels = Grant(levels={"claims": FULL, "codes": FULL})
        access.execute(AddUsername(tenant, NewUsername(desk, PASSWORD), levels), by=PAYER)
        payers(access, outbox, tenant)
    lee = access.execute(RequestAccess(riverside, person("lee", "Lee", "Chan"))).principal_id
    access.execute(Approve(riverside, lee, Grant(levels={"codes": VIEW})), by=maria)
    access.notices.deliver(outbox)
    access.execute(CompleteRegistration(outbox.token("approve", "lee@riverside.example")))
    offer = access.links.prove("lakedesk", PASSWORD, by=lee)
    access.execute(JoinLink([lakeside], offer.token), by=lee)
    people["lee"] = lee
    # Westgate asks for no password: whoever wants to be linked says who it is.
    access.execute(ChangeLinking(westgate, linking=Linking.CONSENT), by=max_)
    access.execute(RequestLink(westgate, contact=Contact("Lee", "Chan", "lee@riverside.example")), by=lee)
    access.execute(AddUsername(riverside, NewUsername("first.day", PASSWORD), Grant(role="biller")), by=maria)
    access.records.load(riverside, "insurance_payers", insurance_payers(), by=PAYER)
    good = [record for record in billing_codes() if record.content["fee"] != "on request"]
    access.records.load(riverside, "billing_codes", good, by=PAYER)
    access.execute(Invite(riverside, "kim@riverside.example", Grant(levels={"claims": VIEW})), by=maria)
    access.execute(Invite(riverside, "pat@riverside.example", Grant(levels={"claims": VIEW})), by=maria)
    access.execute(SendPasswordReset(riverside, people["ana"]), by=maria)
    access.execute(ChangeEmail("tom@lakeside.example"), by=tom)
    access.notices.deliver(outbox)
    return {
        "riverside": riverside,
        "lakeside": lakeside,
        "hilltop": hilltop,
        "westgate": westgate,
        "copying": _copying(access, hilltop, ida),
        "people": people,
        "tokens": {
            "registration": outbox.token("approve", "wei@riverside.example"),
            "invitation": outbox.token("invite", "kim@riverside.example"),
            "declined": outbox.token("invite", "pat@riverside.example"),
            "reset": outbox.token("send_password_reset", "ana@riverside.example"),
            "address": outbox.token("change_email", "tom@lakeside.example"),
        },
    }


def _copying(access: TenantAccess, hilltop: TenantId, ida: PrincipalId) -> CopyJobId:
    """Have Ida manage many practices, and a copy between two of them that is not gone on with."""
    others = [access.execute(OpenTenant(f"Southside {number + 1}"), by=PAYER).tenant_id for number in range(MANY)]
    for other in others:
        access.execute(AppointManager(other, ida), by=PAYER)
    desk = access.tenants.principal("hilldesk", by=PAYER).id
    access.execute(AppointManager(others[0], desk), by=PAYER)
    plan = access.copying.plan(hilltop, others[:1], ["insurance_payers"], by=desk)
    return access.execute(CopyRecords(plan), by=desk).job


def _practice(access: TenantAccess, name: str, tin: str, manager: NewUsername) -> tuple[Any, Any]:
    segments = frozenset({"medicaid", "medicare"})
    opened = access.execute(OpenTenant(name, {"tin": tin}, segments, manager), by=PAYER)
    assert opened.manager_id is not None
    access.execute(ChangePassword(PASSWORD, PASSWORD + "!"), by=opened.manager_id)
    access.execute(ChangePassword(PASSWORD + "!", PASSWORD), by=opened.manager_id)
    return opened.tenant_id, opened.manager_id


# --- what a single flow needs besides ---------------------------------------------------------------------------------


def practice(access: TenantAccess, _: Outbox, name: str) -> dict[str, str]:
    """Open a practice for one flow, and say how it is called, by which number, and who manages it."""
    tin, manager = f"{zlib.crc32(name.encode()) % 10**9:09d}", f"mia.{name}"
    tenant, mia = _practice(access, f"Meadow {name}", tin, person(manager, "Mia", "Meadow"))
    return {"tenant": tenant, "name": f"Meadow {name}", "tin": tin, "manager": manager, "manager_id": mia}


def applicant(access: TenantAccess, _: Outbox, tenant: TenantId, username: str) -> PrincipalId:
    """Have somebody ask for access."""
    return access.execute(RequestAccess(tenant, person(username, "Nora", f"Newman {username}"))).principal_id


def member(access: TenantAccess, outbox: Outbox, tenant: TenantId, username: str, manager: PrincipalId) -> PrincipalId:
    """Have somebody ask for access, be let in by *manager*, and complete the registration."""
    principal = applicant(access, outbox, tenant, username)
    access.execute(Approve(tenant, principal, Grant(levels={"claims": VIEW, "codes": VIEW})), by=manager)
    access.notices.deliver(outbox)
    access.execute(CompleteRegistration(outbox.token("approve", f"{username}@riverside.example")))
    return principal


def payers(access: TenantAccess, _: Outbox, tenant: TenantId) -> None:
    """Have a practice know a payer by another name."""
    another = ReferenceRecord("PAY-01", "Bluebird Health under another name (invented)")
    access.records.load(tenant, "insurance_payers", [another], by=PAYER)


def level(access: TenantAccess, _: Outbox, tenant: TenantId, who: PrincipalId, resource: str, to: str) -> None:
    """Have the operator set a level of somebody."""
    access.execute(ChangePrivileges(tenant, [Edit(who, ResourceKey(resource), to)]), by=PAYER)


GIVEN: Final[Mapping[str, Callable[..., Any]]] = {
    "applicant": applicant,
    "level": level,
    "member": member,
    "payers": payers,
    "practice": practice,
}
"""What flows ask a host to make so."""
