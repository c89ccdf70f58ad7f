"""Erasing a person: nothing that says who it was stays, the record holds, and nothing is reborn."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import ABSENT, NOBODY, condition, dump, events, kinds, row_of

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    AddService,
    AddUsername,
    Adopt,
    AppointManager,
    Approve,
    ChangeEmail,
    ChangePassword,
    CloseTenant,
    CompleteRegistration,
    DeclineInvitation,
    Disable,
    ErasePrincipal,
    Invite,
    Leave,
    OpenTenant,
    ReinstatePrincipal,
    RequestAccess,
    RequestPasswordReset,
    ResendInvitation,
    ResetPassword,
    SuspendPrincipal,
    UpdateContact,
    VerifyEmail,
)
from tenantaccess.errors import (
    AccessDeniedError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    NotFoundError,
    ProofRefusedError,
    StoreError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Reason
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.levels import FULL
from tenantaccess.model.members import NO_CONTACT, Contact
from tenantaccess.model.principals import Kind, NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.services import erasure
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer, SeededEntropy

CLAIMS = Grant(levels={"claims": FULL})
WORDS = ("wojtyska", "zbigniew", "półtorak", "555-0199", "warsaw")
"""What is to be found nowhere: parts of username and addresses, names, telephone, and what a note said."""


def everything(access: TenantAccess) -> str:
    """All that a store holds, as one text in lower case."""
    store = access.store
    if isinstance(store, MemoryStore):
        return " ".join(_texts(store._database.tables)).lower()
    assert isinstance(store, SQLAlchemyStore)
    with store.engine.connect() as connection:
        return " ".join(
            " ".join(str(cell) for cell in row)
            for table in store.tables.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        ).lower()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from (*_texts(key), *_texts(item))
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


def found_words(access: TenantAccess) -> list[str]:
    text = everything(access)
    return [word for word in WORDS if word in text]


def erase(access: TenantAccess, who: PrincipalId, **others: Any) -> Any:
    return access.execute(ErasePrincipal(who, **others), by=OPERATOR)


@pytest.fixture
def zbigniew(
    access: TenantAccess,
    riverside: TenantId,
    lakeside: TenantId,
    maria: PrincipalId,
    lena: PrincipalId,
    mailer: RecordingMailer,
) -> PrincipalId:
    """Somebody who left traces everywhere: two tenants, a tombstone, invitations, tokens, notes, two addresses."""
    newcomer = NewUsername(
        "wojtyska", PASSWORD, "wojtyska@old.example", first_name="Zbigniew", last_name="Półtorak", phone="555-0199"
    )
    who = access.execute(RequestAccess(riverside, newcomer, source="1")).principal_id
    access.execute(Approve(riverside, who, CLAIMS), by=maria)
    access.notices.deliver(mailer)
    access.execute(CompleteRegistration(mailer.tokens()[-1]))

    access.execute(Invite(lakeside, "Wojtyska@old.example", CLAIMS, first_name="Zbigniew"), by=lena)
    access.notices.deliver(mailer)
    access.execute(AcceptInvitation(mailer.tokens()[-1]), by=who)
    contact = Contact("Zbigniew", "Półtorak", "wojtyska@work.example", "555-0199")
    access.execute(UpdateContact(lakeside, who, contact=contact), by=lena)
    access.execute(Disable(lakeside, who, note="Zbigniew moved to Warsaw"), by=lena)

    hillside = access.execute(OpenTenant("Hillside", manager=maria), by=OPERATOR).tenant_id
    access.execute(RequestAccess(hillside, source="2"), by=who)
    access.execute(Leave(hillside, note="Zbigniew left"), by=who)
    for invited in ("wojtyska@old.example", "wojtyska@new.example"):
        access.execute(Invite(hillside, invited, CLAIMS, last_name="Półtorak"), by=maria)
    access.execute(ChangeEmail("wojtyska@new.example"), by=who)
    access.notices.deliver(mailer)
    verifying = next(
        one.token for one in mailer.messages if one.to == "wojtyska@new.example" and "change" in one.purpose
    )
    access.execute(VerifyEmail(verifying))
    access.execute(ChangePassword(PASSWORD, "correct horse"), by=who)
    access.execute(RequestPasswordReset("wojtyska", source="3"))
    access.notices.deliver(mailer)
    assert found_words(access) == list(WORDS)
    return who


# --- what is forgotten --------------------------------------------------------------------------------------------


@pytest.mark.row("INV-15", "A34")
def test_no_table_says_who_it_was(access: TenantAccess, zbigniew: PrincipalId) -> None:
    assert erase(access, zbigniew).changed
    assert found_words(access) == []


@pytest.mark.row("INV-37")
def test_the_record_still_verifies_and_says_what_was_erased(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, zbigniew: PrincipalId
) -> None:
    streams = (riverside, lakeside, zbigniew)
    before = {stream: events(access, stream) for stream in streams}
    erase(access, zbigniew, note="request 17")

    for stream in streams:
        found = access.audit.verify(stream)
        about = [one.number for one in before[stream] if one.subject == zbigniew and one.private_digest]
        assert found.holds
        assert set(about) <= set(found.erased)
        assert events(access, stream)[: len(before[stream])] == before[stream]
    others = [one for one in before[riverside] if one.subject == riverside]
    assert not {one.number for one in others} & set(access.audit.verify(riverside).erased)


def test_the_event_says_only_that_it_happened_and_why(access: TenantAccess, zbigniew: PrincipalId) -> None:
    erase(access, zbigniew, note="request 17")
    with access.store.reading() as unit:
        *_, (event, private) = unit.events.read(zbigniew, 0, 99)
    assert event.kind == "erase_principal"
    assert (event.before["kind"], event.after["kind"]) == ("human", "erased")
    assert set(event.after) == {"kind", "email_verified_at", "proof_epoch", "access_epoch"}
    assert private is not None
    assert set(private.content) == {"note", "command"}
    assert private.content["note"] == "request 17"


def test_what_others_are_called_stays(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, zbigniew: PrincipalId
) -> None:
    other = access.execute(AddUsername(riverside, NewUsername("kim", PASSWORD, last_name="Moore")), by=maria)
    invited = access.execute(Invite(riverside, "al@people.example", CLAIMS), by=maria).invitation
    before = row_of(access, riverside, other.principal_id), invitation(access, riverside, invited)
    sides = sides_about(access, riverside, other.principal_id)
    erase(access, zbigniew)
    assert (row_of(access, riverside, other.principal_id), invitation(access, riverside, invited)) == before
    assert sides == sides_about(access, riverside, other.principal_id) != []


def sides_about(access: TenantAccess, tenant: TenantId, who: PrincipalId) -> list[Any]:
    with access.store.reading() as unit:
        return [side for event, side in unit.events.read(tenant, 0, 99) if event.subject == who and side]


def invitation(access: TenantAccess, tenant: TenantId, one: Any) -> Invitation:
    with access.store.reading() as unit:
        found = unit.invitations.find(tenant, one)
    assert found is not None
    return found


@pytest.mark.row("INV-32")
def test_what_was_sent_to_the_person_is_void_and_without_address(
    access: TenantAccess, lakeside: TenantId, lena: PrincipalId, zbigniew: PrincipalId, mailer: RecordingMailer
) -> None:
    sent = access.execute(Invite(lakeside, "Wojtyska@new.example", CLAIMS, first_name="Zbigniew"), by=lena).invitation
    access.notices.deliver(mailer)
    token = mailer.tokens()[-1]
    erase(access, zbigniew)

    found = invitation(access, lakeside, sent)
    assert (found.state, found.email, found.first_name) == (InvitationState.VOID, "", "")
    assert kinds(access, lakeside).count("erase_principal") == 2, "the membership, and the invitation that was open"
    for command in (AcceptInvitation(token, NewUsername("new", PASSWORD)), DeclineInvitation(token)):
        with pytest.raises(ProofRefusedError):
            access.execute(command)
    with pytest.raises(IllegalTransitionError):
        access.execute(ResendInvitation(lakeside, sent), by=lena)
    with access.store.reading() as unit:
        states = {one.state for one in unit.invitations.page(lakeside, None, 99)}
    assert states == {InvitationState.VOID, InvitationState.ACCEPTED}


@pytest.mark.row("MC-10")
def test_what_the_person_sent_is_void(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    make.manager(riverside)
    manager = make.manager(riverside)
    access.execute(AddUsername(riverside, NewUsername("u", PASSWORD)), by=manager)
    sent = access.execute(Invite(riverside, "al@people.example", CLAIMS), by=manager).invitation
    erase(access, manager)
    assert invitation(access, riverside, sent).state is InvitationState.VOID
    assert invitation(access, riverside, sent).email == "al@people.example"


def test_an_invitation_to_oneself_is_changed_once(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    who = make.registered(riverside, username="pat")
    access.execute(AppointManager(riverside, who), by=OPERATOR)
    sent = access.execute(Invite(riverside, "pat@people.example", CLAIMS), by=who).invitation
    erase(access, who)
    assert invitation(access, riverside, sent).email == ""
    assert [event.kind for event in events(access, riverside) if event.subject == sent] == ["invite", "erase_principal"]
    assert access.audit.verify(riverside).holds
    assert row_of(access, riverside, maria).membership.gone_at is None


@pytest.mark.row("INV-40")
def test_a_long_record_is_looked_through_in_slices(
    access: TenantAccess, zbigniew: PrincipalId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "SLICE", 2)
    erase(access, zbigniew)
    assert found_words(access) == []


# --- what is left -------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-15")
def test_every_membership_ends_as_if_removed(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, zbigniew: PrincipalId
) -> None:
    before = {tenant: row_of(access, tenant, zbigniew).membership for tenant in (riverside, lakeside)}
    erase(access, zbigniew)
    for tenant, facts in before.items():
        after = row_of(access, tenant, zbigniew).membership
        assert after.gone_at == access.clock.now()
        assert after.contact == NO_CONTACT
        assert (after.access_epoch, after.proof_epoch) == (facts.access_epoch + 1, facts.proof_epoch + 1)
        assert access.check(tenant, zbigniew, "claims", "submit").reasons == (Reason.NOT_A_MEMBER,)
    assert row_of(access, lakeside, zbigniew).membership.disabled is not None, "a standing disable stands"
    found = row_of(access, riverside, zbigniew).principal
    assert found.kind is Kind.ERASED
    assert (found.email, found.email_verified_at) == ("", None)
    assert found.username.startswith("erased.")
    assert zbigniew.removeprefix("pri_") not in found.username


def test_in_closed_and_suspended_tenants_too(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    who = make.member(riverside, levels={"claims": FULL})
    access.execute(SuspendPrincipal(who), by=OPERATOR)
    access.execute(CloseTenant(riverside), by=OPERATOR)
    assert erase(access, who).changed
    assert row_of(access, riverside, who).membership.gone_at is not None


@pytest.mark.row("INV-15", "A34")
def test_the_username_is_free_and_inherits_nothing(
    access: TenantAccess, make: Given, riverside: TenantId, zbigniew: PrincipalId, mailer: RecordingMailer
) -> None:
    tokens = mailer.tokens()
    erase(access, zbigniew)
    with pytest.raises(ProofRefusedError):
        access.authenticate("wojtyska", "correct horse")

    heir = make.pending(username="Wojtyska")
    assert heir != zbigniew
    assert access.authenticate("wojtyska", PASSWORD) == heir
    with pytest.raises(ProofRefusedError):
        access.authenticate("wojtyska", "correct horse")
    for token in tokens:
        for command in (ResetPassword(token, "another password"), VerifyEmail(token), CompleteRegistration(token)):
            with pytest.raises(ProofRefusedError):
                access.execute(command)
    assert access.contexts.list_tenants(heir).entries == ()
    assert access.check(riverside, heir, "claims", "submit").reasons == (Reason.NOT_A_MEMBER,)
    assert kinds(access, heir) == ["request_access"]
    access.execute(RequestAccess(riverside, source="9"), by=heir)
    assert condition(access, riverside, heir) is Reason.PENDING
    assert row_of(access, riverside, heir).membership.incarnation == 1


@pytest.mark.row("INV-28", "INV-21")
def test_what_rested_on_the_person_is_stale(
    access: TenantAccess, make: Given, riverside: TenantId, zbigniew: PrincipalId
) -> None:
    master = make.linked(riverside, zbigniew, password="correct horse")
    context = access.contexts.enter(riverside, zbigniew)
    erase(access, zbigniew)
    assert condition(access, riverside, master) is Reason.STALE
    with pytest.raises(NotFoundError):
        access.execute(Leave(riverside), by=context)


def test_whoever_was_erased_is_as_good_as_absent(
    access: TenantAccess, riverside: TenantId, zbigniew: PrincipalId
) -> None:
    erase(access, zbigniew)
    before = dump(access, riverside, [zbigniew])
    commands: list[Any] = [
        SuspendPrincipal(zbigniew),
        ReinstatePrincipal(zbigniew),
        AppointManager(riverside, zbigniew),
        OpenTenant("Woodside", manager=zbigniew),
    ]
    for command in commands:
        with pytest.raises(NotFoundError):
            access.execute(command, by=OPERATOR)
    calls: list[Any] = [
        lambda: access.execute(RequestAccess(riverside, source="8"), by=zbigniew),
        lambda: access.execute(ChangeEmail("new@people.example"), by=zbigniew),
        lambda: access.execute(Leave(riverside), by=zbigniew),
        lambda: access.links.prove("maria", PASSWORD, by=zbigniew),
    ]
    for call in calls:
        with pytest.raises(NotFoundError):
            call()
    assert dump(access, riverside, [zbigniew]) == before


@pytest.mark.row("INV-39")
def test_repeating_it_changes_nothing(access: TenantAccess, riverside: TenantId, zbigniew: PrincipalId) -> None:
    first = access.execute(ErasePrincipal(zbigniew), by=OPERATOR, key="k")
    before = dump(access, riverside, [zbigniew])
    assert not erase(access, zbigniew).changed
    assert access.execute(ErasePrincipal(zbigniew), by=OPERATOR, key="k") == first
    assert dump(access, riverside, [zbigniew]) == before


@pytest.mark.row("INV-38")
def test_nobody_is_told_but_the_managers_of_the_tenants_left(
    access: TenantAccess, make: Given, riverside: TenantId, zbigniew: PrincipalId, mailer: RecordingMailer
) -> None:
    boss = make.registered(riverside, username="boss")
    access.execute(AppointManager(riverside, boss), by=OPERATOR)
    access.execute(ChangeEmail("wojtyska@third.example"), by=zbigniew)
    access.notices.deliver(RecordingMailer())
    access.execute(ChangePassword("correct horse", PASSWORD), by=zbigniew)
    mailer.messages.clear()
    erase(access, zbigniew)
    access.notices.deliver(mailer)
    assert [(message.to, message.purpose) for message in mailer.messages] == [
        ("boss@people.example", "erase_principal")
    ]
    assert not any(word in str(mailer.messages).lower() for word in WORDS)


def test_an_address_so_far_is_told_nothing_once_it_is_erased(
    access: TenantAccess, zbigniew: PrincipalId, mailer: RecordingMailer
) -> None:
    access.execute(ChangeEmail("wojtyska@third.example"), by=zbigniew)
    erase(access, zbigniew)
    mailer.messages.clear()
    access.notices.deliver(mailer)
    assert mailer.messages == []


def test_as_of_an_earlier_day_the_record_answers_by_id(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, zbigniew: PrincipalId
) -> None:
    then = clock.now()
    clock.advance(timedelta(days=1))
    erase(access, zbigniew)
    ask = access.audit.list_members_with
    assert zbigniew in ask(riverside, "claims", "submit", then, by=OPERATOR)
    assert zbigniew not in ask(riverside, "claims", "submit", clock.now(), by=OPERATOR)


def test_a_service_is_erased_like_anybody(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    feed = access.execute(AddService(riverside, "wojtyska.feed", CLAIMS), by=maria).principal_id
    erase(access, feed)
    assert found_words(access) == []
    assert access.execute(AddService(riverside, "wojtyska.feed", CLAIMS), by=maria).principal_id != feed


# --- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-13", "INV-23")
def test_only_the_operator_erases(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, zbigniew: PrincipalId
) -> None:
    before = everything(access)
    for by in (maria, zbigniew):
        with pytest.raises(AccessDeniedError):
            access.execute(ErasePrincipal(zbigniew), by=by)
    with pytest.raises(NotFoundError):
        erase(access, NOBODY)
    with pytest.raises(InvalidInputError):
        ErasePrincipal(zbigniew, orphaning=("riverside",))
    assert row_of(access, riverside, zbigniew).membership.gone_at is None
    assert everything(access).count("zbigniew") == before.count("zbigniew")


@pytest.mark.row("INV-19")
def test_a_managed_tenant_stays_managed_unless_it_is_named(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
) -> None:
    access.execute(AppointManager(lakeside, maria), by=OPERATOR)
    before = dump(access, riverside, [maria])
    for orphaning in ((), (lakeside,), (ABSENT,)):
        with pytest.raises(LastManagerError) as refused:
            erase(access, maria, orphaning=orphaning)
        assert refused.value.tenant not in orphaning
    assert dump(access, riverside, [maria]) == before
    assert erase(access, maria, orphaning=(riverside, lakeside)).changed
    assert row_of(access, riverside, maria).membership.gone_at is not None


def test_the_preflight_says_the_same(access: TenantAccess, maria: PrincipalId, zbigniew: PrincipalId) -> None:
    assert access.may(ErasePrincipal(zbigniew), by=OPERATOR)
    assert access.may(ErasePrincipal(maria), by=OPERATOR).reasons == (Reason.LAST_MANAGER,)
    assert found_words(access) == list(WORDS)


# --- meanwhile ----------------------------------------------------------------------------------------------------


MEANWHILE: dict[str, Any] = {
    "appointed where they once were": AppointManager,
    "adopted where they once were": lambda tenant, who: Adopt(tenant, who, CLAIMS),
}


@pytest.mark.row("INV-06", "INV-15")
@pytest.mark.parametrize("name", MEANWHILE)
@pytest.mark.parametrize("at", ["streams.advance", "commit"])
def test_nobody_who_is_erased_meanwhile_is_let_in(at: str, name: str, catalog: Catalog) -> None:
    access = TenantAccess(MemoryStore(), catalog, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    make = Given(access)
    tenant = make.tenant()
    who = make.member(tenant)
    access.execute(Leave(tenant), by=who)
    slow = attrs.evolve(access, store=InterruptedStore(access.store, at, lambda: erase(access, who)))
    with pytest.raises(NotFoundError):
        slow.execute(MEANWHILE[name](tenant, who), by=OPERATOR)
    assert row_of(access, tenant, who).membership.gone_at is not None


@pytest.mark.row("INV-06")
@pytest.mark.parametrize("at", ["streams.advance", "commit"])
def test_what_is_sent_to_a_person_meanwhile_is_erased_too(at: str, catalog: Catalog) -> None:
    access = TenantAccess(MemoryStore(), catalog, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    make = Given(access)
    tenant = make.tenant()
    who = make.registered(tenant, username="wojtyska")
    invite = Invite(tenant, "wojtyska@people.example", CLAIMS)
    slow = attrs.evolve(access, store=InterruptedStore(access.store, at, lambda: access.execute(invite, by=OPERATOR)))
    slow.execute(ErasePrincipal(who), by=OPERATOR)
    assert found_words(access) == []


@pytest.mark.row("INV-25")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_invitation_that_cannot_be_read_is_not_passed_over(
    access: TenantAccess, store: SQLAlchemyStore, zbigniew: PrincipalId
) -> None:
    table = store.tables.invitation
    with store.engine.begin() as connection:
        connection.execute(table.update().values(state="of a later version"))
    with pytest.raises(StoreError):
        erase(access, zbigniew)
    assert found_words(access) == list(WORDS)
