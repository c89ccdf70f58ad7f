"""
A clinic to test in, always beside a neighbour that has the same people, roles and words (INV-12).

What is named here is legal at the ports: ids have their shape, whoever is referred to exists.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import evolve

from tenantaccess.ids import (
    TENANT,
    CopyJobId,
    InvitationId,
    LevelKey,
    NoticeId,
    PrincipalId,
    ReferenceSetKey,
    ResourceKey,
    RoleKey,
    SchemeKey,
    SegmentKey,
    TenantId,
    is_id,
)
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.catalog import Role
from tenantaccess.model.copying import EVERYTHING, CopyJob, Cursor, OnConflict
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import (
    Authority,
    Disabled,
    DisableReason,
    Membership,
    Origin,
    Resting,
    RestKind,
    Row,
    VerifiedHow,
)
from tenantaccess.model.notices import Audience, Notice
from tenantaccess.model.principals import Principal
from tenantaccess.model.privileges import Grant
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.repositories import Loaded
from tenantaccess.ports.storage import Store, Unit

NOON: Final = datetime(2026, 3, 1, 12, 0, 0, 123_457, tzinfo=UTC)
DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)

TIN: Final = SchemeKey("tin")
CLAIMS: Final = ResourceKey("claims")
BILLING: Final = ResourceKey("billing")
NONE: Final = LevelKey("none")
VIEW: Final = LevelKey("view")
FULL: Final = LevelKey("full")
LEVELS: Final = (NONE, VIEW, FULL)
MEDICAID: Final = SegmentKey("medicaid")
CODES: Final = ReferenceSetKey("codes")
PAYERS: Final = ReferenceSetKey("payers")

MANAGER: Final = RoleKey("account_manager")
CLERK: Final = Role(key=RoleKey("clerk"), label="Clerk", levels={CLAIMS: VIEW})
NURSE: Final = Role(key=RoleKey("nurse"), label="Nurse", levels={CLAIMS: FULL, BILLING: VIEW})
SYSTEM: Final = Actor(ActorKind.SYSTEM)


def tenant_id(number: int) -> TenantId:
    """Return the tenant id that counts *number*; ids sort as their numbers do."""
    return TenantId(f"ten_{number:032x}")


def principal_id(number: int) -> PrincipalId:
    """Return the principal id that counts *number*; ids sort as their numbers do."""
    return PrincipalId(f"pri_{number:032x}")


def notice_id(number: int) -> NoticeId:
    """Return the notice id that counts *number*."""
    return NoticeId(f"not_{number:032x}")


def invitation_id(number: int) -> InvitationId:
    """Return the invitation id that counts *number*; ids sort as their numbers do."""
    return InvitationId(f"inv_{number:032x}")


CLINIC: Final = tenant_id(0xC0FFEE)
NEIGHBOUR: Final = tenant_id(0xC0FFED)
VACANT: Final = tenant_id(0xC0FFEF)
"""A tenant with nothing in it: whatever is found there is somebody else's."""

ANN, BOB, CAT, DAN, EVE = (principal_id(0xA0 + number) for number in range(5))
PEOPLE: Final = {ANN: "Ann", BOB: "bob.b", CAT: "cat+1@clinic.example", DAN: "dan", EVE: "EVE"}
NOBODY: Final = principal_id(0xDEAD)
NOWHERE: Final = tenant_id(0xDEAD)


def person(principal: PrincipalId) -> Principal:
    """Return one of `PEOPLE`."""
    return Principal(id=principal, username=PEOPLE[principal], email=f"{principal}@mail.example")


def member(tenant: TenantId, principal: PrincipalId) -> Membership:
    """Return an active row without role or levels."""
    return Membership(
        tenant=tenant,
        principal=principal,
        origin=Origin.HOME,
        approved_at=NOON,
        approved_by="support",
        verified_at=NOON,
        verified_how=VerifiedHow.ATTESTED,
        clock_started_at=NOON,
    )


def disabled(row: Membership) -> Membership:
    """Return *row* disabled."""
    return evolve(row, disabled=Disabled(NOON, Authority.MANAGER, DisableReason.LEFT))


def gone(row: Membership) -> Membership:
    """Return the tombstone of *row*."""
    bare = Membership(tenant=row.tenant, principal=row.principal, origin=row.origin)
    return evolve(bare, incarnation=row.incarnation, access_epoch=1, proof_epoch=1, gone_at=NOON)


def resting(row: Membership, on: PrincipalId) -> Membership:
    """Return *row* as a link that rests on the row of *on*."""
    return evolve(row, origin=Origin.LINKED, resting=Resting(on, RestKind.LINK, 1, 0, 0))


def event(tenant: TenantId, number: int) -> Event:
    """Return a plain event of *tenant*."""
    return Event(stream=tenant, number=number, kind="disable", at=NOON, actor=SYSTEM, subject=ANN)


def private(tenant: TenantId, number: int) -> PrivatePart:
    """Return a personal side row of the event with *number*."""
    return PrivatePart(stream=tenant, number=number, salt="5a17", content={"reason": "moved to Łódź 🙂"})


def entry(tenant: TenantId) -> AccessEntry:
    """Return a line of the access log of *tenant*."""
    return AccessEntry(
        stream=tenant,
        actor=Actor(ActorKind.MEMBER, ANN),
        what="refused:disable",
        reason="own_row",
        subject=BOB,
        first_at=NOON,
        last_at=NOON,
    )


def notice(number: int) -> Notice:
    """Return a queued notice; the higher *number*, the younger."""
    return Notice(
        id=notice_id(number),
        purpose="disable",
        audience=Audience.PERSON,
        principal=ANN,
        tenant=CLINIC,
        created_at=NOON + number * TICK,
    )


def token(tenant: TenantId, principal: PrincipalId, digest: str) -> Token:
    """Return a token that lives for a day from `NOON`."""
    return Token(
        digest=digest,
        purpose=TokenPurpose.REGISTRATION,
        slot=f"{tenant}:{principal}",
        tenant=tenant,
        principal=principal,
        incarnation=1,
        access_epoch=0,
        email_key="ann@mail.example",
        expires_at=NOON + DAY,
    )


def invitation(tenant: TenantId, number: int) -> Invitation:
    """Return an open invitation by Ann to Cat's address, for a day from `NOON`; the higher *number*, the younger."""
    return Invitation(
        id=invitation_id(number),
        tenant=tenant,
        email="Cat@mail.example",
        inviter=Actor(ActorKind.MEMBER, ANN),
        created_at=NOON + number * TICK,
        sent_at=NOON + number * TICK,
        expires_at=NOON + DAY,
        grant=Grant(CLERK.key, {CLAIMS: VIEW, BILLING: NONE}, frozenset({MEDICAID})),
        first_name="Cät",
    )


def copy_job_id(number: int) -> CopyJobId:
    """Return the id that counts *number*; ids sort as their numbers do."""
    return CopyJobId(f"cpy_{number:032x}")


def copy_job(number: int = 0xC0, source: TenantId = CLINIC, *targets: TenantId) -> CopyJob:
    """Return a job at its beginning; the higher *number*, the younger."""
    to = targets or (VACANT,)
    return CopyJob(
        id=copy_job_id(number),
        source=source,
        targets=to,
        sets=(PAYERS, CODES),
        selection=EVERYTHING,
        on_conflict=OnConflict.SKIP,
        actor=ANN,
        fingerprints={PAYERS: "1", CODES: "2"},
        started_at=NOON + number * TICK,
        cursor=Cursor(to[0], PAYERS),
    )


def own_copy(tenant: TenantId) -> CopyJob:
    """Return the job that a furnished *tenant* has, in which no other one has a part; the clinic's for what is none."""
    number = int(tenant[-32:], 16) if is_id(tenant, TENANT) else int(CLINIC[-32:], 16)
    return evolve(copy_job(number, tenant), targets=())


@contextmanager
def kept(store: Store) -> Iterator[Unit]:
    """Open a unit that is committed at the end of the block."""
    with store.begin() as unit:
        yield unit
        unit.commit()


def clinic(store: Store) -> Store:
    """Give *store* a clinic without members, a vacant tenant, and a neighbour that is full."""
    with kept(store) as unit:
        assert not unit.tenants.page(None, 1), (
            "`make` gave a store that is not empty: it is to be a fresh one each time"
        )
        for principal in PEOPLE:
            unit.principals.add(person(principal), Head(principal))
        unit.tenants.add(Tenant(id=CLINIC, name="Clinic", external_ids={TIN: "012345678"}), Head(CLINIC))
        unit.tenants.add(Tenant(id=NEIGHBOUR, name="Clinic", external_ids={TIN: "12345678"}), Head(NEIGHBOUR))
        unit.tenants.add(Tenant(id=VACANT, name="Clinic"), Head(VACANT))
        unit.roles.add(CLINIC, CLERK)
        unit.roles.add(CLINIC, NURSE)
        unit.roles.add(NEIGHBOUR, Role(key=CLERK.key, label="Other", levels={CLAIMS: FULL, BILLING: FULL}))
        unit.roles.add(NEIGHBOUR, Role(key=NURSE.key, label="Other", levels={CLAIMS: VIEW}))
        furnish(unit, NEIGHBOUR)
    return store


def furnish(unit: Unit, tenant: TenantId) -> None:
    """Give everybody a row with role and override in *tenant*, and put something into its records."""
    assert unit.streams.advance(Head(tenant), Head(tenant, 1, "d1", NOON))
    for principal in PEOPLE:
        row = evolve(member(tenant, principal), role=CLERK.key, overrides={BILLING: FULL})
        unit.memberships.put(evolve(row, incarnation=7, segments=frozenset({MEDICAID})), None)
    unit.events.append([evolve(event(tenant, 1), key="k1")], [private(tenant, 1)])
    unit.access_log.record(entry(tenant))
    unit.tokens.add(token(tenant, ANN, f"digest-of-{tenant}"))
    unit.invitations.add(invitation(tenant, 1))
    unit.records.add(tenant, CODES, [ReferenceRecord("A", "Code", {"chapter": "I"})])
    unit.copy_jobs.add(own_copy(tenant))


def put(store: Store, *rows: Membership) -> None:
    """Write *rows* in one committed unit, whether they exist or not."""
    with kept(store) as unit:
        for row in rows:
            facts = unit.memberships.load(row.tenant, [row.principal])
            assert facts is not None
            found = facts.rows.get(row.principal)
            unit.memberships.put(row, None if found is None else found.membership)


def load(store: Store, tenant: TenantId, *principals: PrincipalId) -> Loaded:
    """Return the facts of a tenant that exists, as a new unit reads them."""
    with store.reading() as unit:
        found = unit.memberships.load(tenant, principals)
    assert found is not None
    return found


def read(store: Store, tenant: TenantId, principal: PrincipalId) -> Row:
    """Return the row of *principal*, as a new unit reads it."""
    return load(store, tenant, principal).rows[principal]
