"""What a second, sceptical look at the core found: each is closed, and stays closed."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa

from tenantaccess import (
    AccessDeniedError,
    Catalog,
    ConflictError,
    Grant,
    GrantCeiling,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    Policy,
    Secret,
    StoreError,
    System,
)
from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AddUsername,
    ApplyPreset,
    Approve,
    AssignRole,
    ChangePassword,
    Disable,
    Remove,
    RequestAccess,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.audit import Event
from tenantaccess.model.notices import Message
from tenantaccess.model.policy import AfterEnable
from tenantaccess.model.principals import NewUsername
from tenantaccess.services import pipeline, refusals
from tenantaccess.services.writing import MovedOnError
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.system import ScryptHasher
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, RecordingMailer


@pytest.mark.row("A19", "A35", "INV-24")
def test_a_word_that_looks_like_a_choice_is_refused_where_it_enters(riverside: TenantId, jo: PrincipalId) -> None:
    with pytest.raises(InvalidInputError):
        Disable(riverside, jo, last_manager="keep")  # type: ignore[arg-type]  # the attack
    with pytest.raises(InvalidInputError):
        Policy(grant_ceiling="held")  # type: ignore[arg-type]  # the attack
    with pytest.raises(InvalidInputError):
        Policy(after_enable="active")  # type: ignore[arg-type]  # the attack
    chosen = Policy(grant_ceiling=GrantCeiling.ANY, after_enable=AfterEnable.ACTIVE)
    assert chosen.after_enable is AfterEnable.ACTIVE


@pytest.mark.row("INV-22", "INV-23")
def test_the_system_manages_nobody(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    with pytest.raises(NotFoundError):
        access.execute(AssignRole(riverside, jo, "account_manager"), by=System())


@pytest.mark.row("INV-40", "A01")
def test_a_stranger_writes_no_lines_into_a_tenants_log(
    access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId
) -> None:
    stranger = make.member(make.tenant())
    for _ in range(3):
        with pytest.raises(NotFoundError):
            access.execute(Remove(riverside, jo), by=stranger)
    assert access.audit.access_log(riverside, by=OPERATOR) == []
    with access.store.reading() as unit:
        (line,) = unit.access_log.read(stranger, 10)
    assert (line.count, line.subject) == (3, "")


def test_a_hook_that_fails_undoes_and_repeats_nothing(access: TenantAccess, riverside: TenantId) -> None:
    seen: list[Sequence[Event]] = []

    def failing(events: Sequence[Event]) -> None:
        seen.append(events)
        raise ConflictError("the host's own thing", retryable=True)

    access.pipeline.hooks.append(failing)
    with pytest.raises(ConflictError):
        access.execute(AddUsername(riverside, NewUsername("ann", PASSWORD)), by=OPERATOR)
    assert len(seen) == 1
    assert len(seen[0]) == 2


class BrokenFor:
    """A mailer whose library knows errors of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sent: list[str] = []

    def send(self, message: Message) -> None:
        if message.to == self.address:
            raise OSError("connection reset")
        self.sent.append(message.to)


@pytest.mark.row("INV-38", "A76")
def test_one_address_that_cannot_be_reached_keeps_nobody_else_waiting(
    access: TenantAccess, riverside: TenantId
) -> None:
    for name in ("ann", "bob", "cy"):
        newcomer = NewUsername(name, PASSWORD, email=f"{name}@clinic.example")
        receipt = access.execute(RequestAccess(riverside, newcomer))
        access.execute(Approve(riverside, receipt.principal_id, Grant(role="biller")), by=OPERATOR)
    mailer = BrokenFor("bob@clinic.example")
    done = access.notices.deliver(mailer)
    assert sorted(mailer.sent) == ["ann@clinic.example", "cy@clinic.example"]
    assert done.failed == 1
    assert access.notices.queued() == 1


@pytest.mark.row("INV-31", "INV-37")
def test_the_chain_holds_nothing_that_an_address_could_be_guessed_from(
    access: TenantAccess, riverside: TenantId
) -> None:
    newcomer = NewUsername("ann", PASSWORD, email="ann@clinic.example")
    receipt = access.execute(RequestAccess(riverside, newcomer), key="once")
    with access.store.reading() as unit:
        events = [event for stream in (riverside, receipt.principal_id) for event, _ in unit.events.read(stream, 0, 9)]
    assert all(event.command == "" for event in events if event.kind == "request_access")
    assert access.execute(RequestAccess(riverside, newcomer), key="once") == receipt
    with pytest.raises(ConflictError):
        access.execute(RequestAccess(riverside, attrs.evolve(newcomer, email="bob@clinic.example")), key="once")


@pytest.mark.row("INV-39")
def test_one_key_in_two_tenants_is_two_calls(access: TenantAccess, make: Given, riverside: TenantId) -> None:
    lakeside, mailer = make.tenant(), RecordingMailer()
    access.notices.deliver(mailer)
    for tenant in (riverside, lakeside):
        ann = make.member(tenant)
        assert access.execute(Disable(tenant, ann), by=OPERATOR, key="monday").changed
        assert access.execute(
            AddUsername(tenant, NewUsername(f"new.{tenant[-5:]}", PASSWORD)), by=OPERATOR, key="tuesday"
        ).principal_id
    assert access.notices.queued() == 2


@pytest.mark.row("INV-37", "AM-32")
def test_a_preset_that_only_renames_a_role_leaves_its_past_alone(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId
) -> None:
    ann = make.member(riverside, role="biller")
    roles = [attrs.evolve(role, label=f"{role.label} (new)") for role in access.catalog.roles]
    renamed = attrs.evolve(access, catalog=attrs.evolve(access.catalog, roles=roles))
    assert renamed.execute(ApplyPreset(riverside, "biller"), by=OPERATOR).changed
    asked = access.audit.list_members_with(riverside, "claims", "view", clock.now(), by=OPERATOR)
    assert ann in asked


def test_a_changed_password_is_another_one(access: TenantAccess, jo: PrincipalId) -> None:
    with pytest.raises(InvalidInputError):
        access.execute(ChangePassword(PASSWORD, PASSWORD), by=jo)


@pytest.mark.parametrize("stored", ["", "scrypt$a$b$c$d$e", "scrypt$1", "argon2$x"])
def test_a_hash_that_cannot_be_read_is_no_match(stored: str) -> None:
    assert not ScryptHasher(n=2**4).verify(Secret(PASSWORD), stored)


@pytest.mark.row("A31", "INV-07")
def test_a_clock_set_back_revives_nobody(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, jo: PrincipalId
) -> None:
    clock.advance(timedelta(days=30))
    access.require(riverside, jo, "claims", "view")
    clock.advance(timedelta(days=90))
    assert not access.check(riverside, jo, "claims", "view")
    clock.advance(-timedelta(days=90, minutes=5))
    assert access.check(riverside, jo, "claims", "view")
    clock.advance(-timedelta(microseconds=1))
    assert not access.check(riverside, jo, "claims", "view")


def test_inside_a_hosts_transaction_nothing_is_mailed_logged_or_touched(catalog: Catalog, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db")
    store = SQLAlchemyStore(engine)
    store.create_all()
    with engine.connect() as connection:
        hosted = TenantAccess(store.joined(connection), catalog, clock=FrozenClock(), hasher=QuickHasher())
        make = Given(hosted)
        tenant = make.tenant()
        member = make.member(tenant, levels={"claims": "view"})
        hosted.require(tenant, member, "claims", "view")
        with pytest.raises(AccessDeniedError):
            hosted.execute(Remove(tenant, member), by=member)
        with pytest.raises(MisuseError):
            hosted.notices.deliver(RecordingMailer())
        assert hosted.audit.access_log(tenant, by=OPERATOR) == []
    store.dispose()


@pytest.mark.row("INV-06")
def test_a_preflight_that_never_comes_to_rest_says_so(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moving(*_: object) -> None:
        raise MovedOnError

    monkeypatch.setattr(pipeline.Pipeline, "_planned", moving)
    with pytest.raises(ConflictError):
        access.may(Disable(riverside, jo), by=OPERATOR)


@pytest.mark.row("A72", "INV-36")
def test_a_refusal_stands_when_it_cannot_be_written_down(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise StoreError("writing it down")

    monkeypatch.setattr(refusals, "_entry", failing)
    with pytest.raises(AccessDeniedError):
        access.execute(Remove(riverside, maria), by=jo)
