"""A host's own users: the contract holds on them, and names, addresses and passwords have one place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest
import sqlalchemy as sa

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import InvalidInputError, MisuseError, NotFoundError, ProofRefusedError, TakenError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.adoption import Known, NewPerson
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.principals import NewUsername, Principal, Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tenants import Head
from tenantaccess.ports.storage import Store
from tenantaccess.services.addresses import ChangeEmail, VerifyEmail
from tenantaccess.services.adopting import Adopt
from tenantaccess.services.erasure import ErasePrincipal
from tenantaccess.services.passwords import ChangePassword
from tenantaccess.services.principals import ReinstatePrincipal, SuspendPrincipal
from tenantaccess.services.registrations import RequestAccess
from tenantaccess.services.service_principals import AddService
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.stores.sqlalchemy import Enrolment, HostUsers, SQLAlchemyStore, tables
from tenantaccess.testing.builders import CLINICS, OPERATOR, PASSWORD, Given
from tenantaccess.testing.contracts import Ability, Lack, StoreContract
from tenantaccess.testing.doubles import QuickHasher, RecordingMailer
from tenantaccess.testing.plugin import access, catalog, clock, mailer, policy

__all__ = ["access", "catalog", "clock", "mailer", "policy"]

ONE_WRITER = Lack(Ability.WAITING_LOCKS, "SQLite has one writer at a time: begin() itself waits, not lock()")


def of_host(metadata: sa.MetaData, prefix: str = "app_") -> HostUsers:
    """A table as applications have one: numbered rows, an address, a hash, and a column the library never heard of."""
    users = sa.Table(
        f"{prefix}users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String(150), nullable=False, unique=True),
        sa.Column("mail", sa.String(254), nullable=True),
        sa.Column("hash", sa.String(200), nullable=False),
        sa.Column("likes_tea", sa.Boolean, nullable=False, default=True),
    )
    return HostUsers(users, username="login", email="mail", password="hash")


def hosted(url: str, prefix: str = "tenantaccess_") -> SQLAlchemyStore:
    metadata = sa.MetaData()
    users = of_host(metadata, prefix=f"{prefix}app_")
    store = SQLAlchemyStore(url, tables=tables(metadata, prefix=prefix, users=users))
    with store.for_writing.begin() as connection:
        metadata.create_all(connection)
    return store


def emptied(store: SQLAlchemyStore) -> SQLAlchemyStore:
    with store.for_writing.begin() as connection:
        for table in reversed(store.tables.metadata.sorted_tables):
            connection.execute(table.delete())
    return store


@pytest.fixture(scope="module")
def in_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLAlchemyStore]:
    store = hosted(f"sqlite:///{tmp_path_factory.mktemp('users')}/facts.db")
    yield store
    store.dispose()


class TestOnSQLite(StoreContract):
    lacks = frozenset({ONE_WRITER})

    @pytest.fixture(autouse=True)
    def _store(self, in_file: SQLAlchemyStore) -> None:
        self._hosted = in_file

    def make(self) -> Store:
        return emptied(self._hosted)


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[SQLAlchemyStore]:
    store = hosted(postgres_url, prefix="users_")
    yield store
    store.tables.metadata.drop_all(store.engine)
    store.dispose()


@pytest.mark.postgres
class TestOnPostgreSQL(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, postgres: SQLAlchemyStore) -> None:
        self._hosted = postgres

    def make(self) -> Store:
        return emptied(self._hosted)


def users_of(store: SQLAlchemyStore) -> list[dict[str, Any]]:
    table = store.tables.users
    assert table is not None
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table.table)).mappings()]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> SQLAlchemyStore:
    return emptied(request.getfixturevalue("in_file" if request.param == "sqlite" else "postgres"))


@pytest.fixture
def make(access: TenantAccess) -> Given:
    return Given(access)


@pytest.fixture
def riverside(make: Given) -> TenantId:
    return make.tenant("Riverside Clinic", tin="01-2345678")


@pytest.fixture
def jo(make: Given, riverside: TenantId) -> PrincipalId:
    return make.registered(riverside, username="jo")


def user_of(store: SQLAlchemyStore, login: str) -> dict[str, Any]:
    (found,) = [user for user in users_of(store) if user["login"] == login]
    return found


def change(store: SQLAlchemyStore, who: str, **values: Any) -> None:
    """What the host's own application does to its user."""
    users = store.tables.users
    assert users is not None
    with store.for_writing.begin() as connection:
        connection.execute(sa.update(users.table).where(users.table.c.login == who).values(values))


def hire(store: SQLAlchemyStore, login: str, password: str = "quick$nobody knows") -> int:
    """Somebody whom the host knew before the library came."""
    users = store.tables.users
    assert users is not None
    with store.for_writing.begin() as connection:
        made = connection.execute(
            sa.insert(users.table).values(login=login, mail=f"{login}@host.example", hash=password)
        )
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # one row was added


def state_of(store: SQLAlchemyStore, principal: PrincipalId) -> dict[str, Any]:
    table = store.tables.principal
    with store.engine.connect() as connection:
        return dict(connection.execute(sa.select(table).where(table.c.principal_id == principal)).mappings().one())


def found(store: SQLAlchemyStore, principal: PrincipalId) -> Principal:
    with store.reading() as unit:
        known = unit.principals.find(principal)
    assert known is not None
    return known[0]


def test_who_registers_becomes_a_user_of_the_hosts(store: SQLAlchemyStore, jo: PrincipalId) -> None:
    user, state = user_of(store, "jo"), state_of(store, jo)

    assert (user["mail"], user["hash"][:6], user["likes_tea"]) == ("jo@people.example", "quick$", True)
    assert (state["user_id"], state["username"], state["username_key"]) == (user["id"], "", "jo")
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(store.tables.credential)).all() == []


def test_a_password_has_one_place(access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId) -> None:
    before = user_of(store, "jo")["hash"]
    access.execute(ChangePassword(PASSWORD, "another brown password"), by=jo)

    assert user_of(store, "jo")["hash"] != before
    assert access.authenticate("jo", "another brown password") == jo
    change(store, "jo", hash=before)
    assert access.authenticate("jo", PASSWORD) == jo


def test_somebody_without_a_usable_password_signs_in_with_none(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId
) -> None:
    assert found(store, jo).username == "jo"
    change(store, "jo", hash="")

    with pytest.raises(ProofRefusedError):
        access.authenticate("jo", PASSWORD)


@pytest.mark.parametrize("username", ["kim", "Kim", "KIM"])
def test_a_user_of_the_hosts_is_never_taken_over_by_asking(
    access: TenantAccess, store: SQLAlchemyStore, riverside: TenantId, username: str
) -> None:
    """Whoever asks for a username that the host gave somebody gets neither it nor its password."""
    hire(store, "Kim")
    before = users_of(store)

    with pytest.raises(TakenError):
        access.execute(RequestAccess(riverside, NewUsername(username, "the intruder's own", email="evil@mail.example")))
    assert users_of(store) == before


def test_a_user_is_enrolled_once_and_granted_nothing(access: TenantAccess, store: SQLAlchemyStore) -> None:
    key = hire(store, "kim")
    enrolment = Enrolment(store)
    assert enrolment.find(key) is None

    kim = enrolment.enrol(key)

    assert enrolment.enrol(key) == enrolment.find(key) == kim
    assert found(store, kim).email == "kim@host.example"
    assert found(store, kim).email_verified_at is None
    assert access.contexts.list_tenants(kim).entries == ()
    assert access.audit.verify(kim).holds


def test_who_was_enrolled_lives_as_everybody_else(
    access: TenantAccess, store: SQLAlchemyStore, riverside: TenantId
) -> None:
    kim = Enrolment(store).enrol(hire(store, "kim", password=QuickHasher().hash(Secret(PASSWORD))))
    access.execute(SuspendPrincipal(kim), by=OPERATOR)
    with pytest.raises(ProofRefusedError):
        access.authenticate("kim", PASSWORD)
    access.execute(ReinstatePrincipal(kim), by=OPERATOR)
    assert access.authenticate("kim", PASSWORD) == kim
    access.execute(ChangeEmail("kim@elsewhere.example"), by=kim)
    person = NewPerson("kim")
    access.execute(Adopt(riverside, person, Grant(levels={"claims": VIEW}), known=Known.ADOPT), by=OPERATOR)

    assert access.check(riverside, kim, "claims", "view")
    assert user_of(store, "kim")["mail"] == "kim@elsewhere.example"
    assert access.audit.verify(kim).holds


def test_who_is_enrolled_twice_at_once_is_one_principal(
    store: SQLAlchemyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = hire(store, "kim")
    late, asked = Enrolment(store), []
    look = late.find

    def find(sought: object) -> PrincipalId | None:
        asked.append(sought)
        return None if len(asked) == 1 else look(sought)

    monkeypatch.setattr(late, "find", find)
    assert Enrolment(store).enrol(key) == late.enrol(key)


def test_nobody_is_enrolled_who_is_not_there(store: SQLAlchemyStore) -> None:
    with pytest.raises(NotFoundError):
        Enrolment(store).enrol(4711)


def test_a_username_that_cannot_be_compared_is_not_enrolled(store: SQLAlchemyStore) -> None:
    with pytest.raises(InvalidInputError):
        Enrolment(store).enrol(hire(store, "jörg müller"))


def test_a_username_that_differs_by_nothing_that_counts_is_not_enrolled(store: SQLAlchemyStore) -> None:
    Enrolment(store).enrol(hire(store, "kim"))

    with pytest.raises(TakenError):
        Enrolment(store).enrol(hire(store, "KIM"))


def test_enrolling_needs_users_of_the_hosts() -> None:
    plain = SQLAlchemyStore("sqlite://")
    plain.create_all()

    with pytest.raises(MisuseError, match="HostUsers"):
        Enrolment(plain).enrol(1)
    with pytest.raises(MisuseError, match="store itself"):
        Enrolment(MemoryStore()).find(1)


def test_an_address_that_the_host_changed_is_unverified_until_it_is_the_old_one_again(
    store: SQLAlchemyStore, jo: PrincipalId
) -> None:
    assert found(store, jo).email_verified_at is not None

    change(store, "jo", mail="jo@elsewhere.example")
    assert (found(store, jo).email, found(store, jo).email_verified_at) == ("jo@elsewhere.example", None)

    change(store, "jo", mail="jo@people.example")
    assert found(store, jo).email_verified_at is not None


def test_a_command_writes_over_nothing_that_it_does_not_change(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId
) -> None:
    """The host changes an address while a command that is about something else runs."""
    before = found(store, jo)
    change(store, "jo", mail="jo@elsewhere.example")
    with store.begin() as unit:
        unit.principals.put(attrs.evolve(before, suspended_at=access.clock.now()), before)
        unit.commit()

    assert user_of(store, "jo")["mail"] == "jo@elsewhere.example"
    assert found(store, jo).suspended_at is not None


def test_a_command_about_something_else_takes_no_proof_away(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId
) -> None:
    """What is read of an address that the host changed is not written down as what was proven."""
    change(store, "jo", mail="jo@elsewhere.example")
    access.execute(SuspendPrincipal(jo), by=OPERATOR)
    access.execute(ReinstatePrincipal(jo), by=OPERATOR)
    assert found(store, jo).email_verified_at is None

    change(store, "jo", mail="jo@people.example")
    assert found(store, jo).email_verified_at is not None


def test_an_address_proven_anew_is_verified(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId, mailer: RecordingMailer
) -> None:
    access.execute(ChangeEmail("jo@new.example"), by=jo)
    access.notices.deliver(mailer)
    token = next(message.token for message in mailer.messages if message.token)
    assert found(store, jo).email_verified_at is None

    access.execute(VerifyEmail(token))

    assert (found(store, jo).email, user_of(store, "jo")["mail"]) == ("jo@new.example", "jo@new.example")
    assert found(store, jo).email_verified_at is not None


def test_who_is_erased_is_erased_at_the_hosts_too(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId
) -> None:
    key = user_of(store, "jo")["id"]
    access.execute(ErasePrincipal(jo), by=OPERATOR)

    (user,) = users_of(store)
    assert (user["id"], user["mail"], user["hash"]) == (key, "", "")
    assert user["login"].startswith("erased.")
    assert state_of(store, jo)["user_id"] is None
    assert Enrolment(store).find(key) is None


@pytest.mark.row("A34")
def test_of_who_is_erased_no_address_is_left_verified_or_not(
    access: TenantAccess, store: SQLAlchemyStore, riverside: TenantId, jo: PrincipalId
) -> None:
    kim = access.execute(RequestAccess(riverside, NewUsername("kim", PASSWORD, "kim@kim.example"))).principal_id
    assert {found(store, one).email_verified_at is None for one in (jo, kim)} == {False, True}
    for one in (jo, kim):
        access.execute(ErasePrincipal(one), by=OPERATOR)
        kept = state_of(store, one)
        assert (kept["email"], kept["email_key"], kept["email_verified_at"]) == ("", "", None)
        assert found(store, one).email == ""


def test_a_user_whom_the_host_deleted_has_no_access(
    access: TenantAccess, store: SQLAlchemyStore, riverside: TenantId, jo: PrincipalId
) -> None:
    """Where nothing enforces the foreign key, a key that leads nowhere is nobody's."""
    assert access.check(riverside, jo, "claims", "view")
    users = store.tables.users
    assert users is not None
    if store.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.IntegrityError), store.for_writing.begin() as connection:
            connection.execute(sa.delete(users.table))
        return
    # An engine that nobody configured: SQLite enforces nothing there.
    careless = sa.create_engine(store.engine.url)
    with careless.begin() as connection:
        connection.execute(sa.delete(users.table))
    careless.dispose()

    assert access.check(riverside, jo, "claims", "view").reasons == (Reason.PRINCIPAL_SUSPENDED,)


def test_a_service_is_no_user(access: TenantAccess, store: SQLAlchemyStore, riverside: TenantId) -> None:
    robot = access.execute(AddService(riverside, "robot"), by=OPERATOR).principal_id

    assert users_of(store) == []
    assert (found(store, robot).username, state_of(store, robot)["user_id"]) == ("robot", None)


def test_where_people_sign_in_by_their_address_it_is_their_username(tmp_path: Path) -> None:
    metadata = sa.MetaData()
    table = sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True, default=uuid4),
        sa.Column("mail", sa.String(254), nullable=False, unique=True),
        sa.Column("hash", sa.String(200), nullable=False),
    )
    users = HostUsers(table, username="mail", email="mail", password="hash")
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/addresses.db", tables=tables(metadata, users=users))
    metadata.create_all(store.engine)
    access = TenantAccess(store, CLINICS, hasher=QuickHasher())
    clinic = Given(access).tenant()

    with pytest.raises(InvalidInputError):
        access.execute(RequestAccess(clinic, NewUsername("jo", PASSWORD, email="jo@mail.example")))
    receipt = access.execute(RequestAccess(clinic, NewUsername("jo@mail.example", PASSWORD, email="jo@mail.example")))
    assert access.authenticate("JO@mail.example", PASSWORD) == receipt.principal_id
    with pytest.raises(InvalidInputError):
        access.execute(ChangeEmail("jo@elsewhere.example"), by=receipt.principal_id)
    change_address(store, "jo@mail.example", "jo@new.example")
    with pytest.raises(InvalidInputError):  # the name it signs in by, and no longer the address that the host has
        access.execute(ChangeEmail("jo@mail.example"), by=receipt.principal_id)
    verified = Principal(
        PrincipalId(f"pri_{'1' * 32}"),
        "Kim@mail.example",
        email="kim@mail.example",
        email_verified_at=access.clock.now(),
    )
    with store.begin() as unit:
        unit.principals.add(verified, Head(verified.id))
        unit.commit()
    kim = found(store, verified.id)
    assert (kim.email, kim.email_verified_at) == ("Kim@mail.example", verified.email_verified_at)
    store.dispose()


def change_address(store: SQLAlchemyStore, old: str, new: str) -> None:
    users = store.tables.users
    assert users is not None
    with store.for_writing.begin() as connection:
        connection.execute(sa.update(users.table).where(users.table.c.mail == old).values(mail=new))


def test_a_host_makes_its_users_its_own_way(tmp_path: Path) -> None:
    metadata = sa.MetaData()
    users = of_host(metadata)

    def hired(connection: sa.Connection, principal: Principal) -> int:
        named = {**users.named(principal), "likes_tea": False}
        return int(connection.execute(sa.insert(users.table).values(named)).inserted_primary_key[0])  # type: ignore[index]

    own = attrs.evolve(users, make=hired)
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/own.db", tables=tables(metadata, users=own))
    metadata.create_all(store.engine)
    access = TenantAccess(store, CLINICS, hasher=QuickHasher())
    Given(access).member(Given(access).tenant(), username="jo")

    assert user_of(store, "jo")["likes_tea"] is False
    store.dispose()


UNCOMPARABLE = [
    "jörg@people.example",
    " ",
    "jo@[192.0.2.1]",
    "ｊo@people.example",
    "jo@people.example, evil@mail.example",
]


@pytest.mark.parametrize("address", UNCOMPARABLE)
def test_an_address_that_cannot_be_compared_is_none_and_shields_nobody(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId, address: str
) -> None:
    """Whoever enters one at the host's can be suspended and erased as everybody else."""
    change(store, "jo", mail=address)
    assert (found(store, jo).email, found(store, jo).email_verified_at) == ("", None)

    access.execute(SuspendPrincipal(jo), by=OPERATOR)

    assert found(store, jo).suspended_at is not None
    assert user_of(store, "jo")["mail"] == address
    access.execute(ErasePrincipal(jo), by=OPERATOR)
    assert users_of(store)[0]["mail"] == ""


@pytest.mark.parametrize("name", ["maria", "jörg müller", "", "ｊo", "İan"])
def test_whom_the_host_renamed_is_shown_as_what_it_signs_in_by(
    access: TenantAccess, store: SQLAlchemyStore, jo: PrincipalId, name: str
) -> None:
    """One name at a time: nobody passes for somebody else in a roster, and pages go on where they ended."""
    change_name(store, "jo", name)
    assert found(store, jo).username == "jo"

    assert access.authenticate("jo", PASSWORD) == jo
    access.execute(ChangePassword(PASSWORD, "another brown password"), by=jo)
    access.execute(SuspendPrincipal(jo), by=OPERATOR)
    assert users_of(store)[0]["login"] == name
    access.execute(ErasePrincipal(jo), by=OPERATOR)
    assert users_of(store)[0]["login"].startswith("erased.")


def test_letters_of_a_name_are_the_hosts(store: SQLAlchemyStore, jo: PrincipalId) -> None:
    change_name(store, "jo", "JO")
    assert (found(store, jo).username, found(store, jo).username_key) == ("JO", "jo")


def change_name(store: SQLAlchemyStore, login: str, name: str) -> None:
    change(store, login, login=name)


def test_nobody_signs_in_whom_the_host_does_not_let_sign_in(tmp_path: Path) -> None:
    """Nor is their password a proof for a link; a service, and whoever is let in again, is as before."""
    metadata = sa.MetaData()
    users = of_host(metadata)
    users.table.append_column(sa.Column("is_active", sa.Boolean, nullable=True, default=True))
    own = attrs.evolve(users, active="is_active")
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/active.db", tables=tables(metadata, users=own))
    metadata.create_all(store.engine)
    access = TenantAccess(store, CLINICS, hasher=QuickHasher())
    jo = Given(access).registered(Given(access).tenant(), username="jo")

    for state in (False, None):
        change(store, "jo", is_active=state)
        with pytest.raises(ProofRefusedError):
            access.authenticate("jo", PASSWORD)
        with pytest.raises(ProofRefusedError):
            access.execute(ChangePassword(PASSWORD, "another brown password"), by=jo)
    change(store, "jo", is_active=True)
    assert access.authenticate("jo", PASSWORD) == jo
    store.dispose()


@pytest.mark.parametrize("is_optional", [True, False])
def test_where_no_address_is_there_twice_people_are_refused_by_name_and_erased_one_after_the_other(
    tmp_path: Path, *, is_optional: bool
) -> None:
    metadata = sa.MetaData()
    table = sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String(150), nullable=False, unique=True),
        sa.Column("mail", sa.String(254), nullable=is_optional, unique=True),
        sa.Column("hash", sa.String(200), nullable=False),
    )
    users = HostUsers(table, username="login", email="mail", password="hash")
    store = SQLAlchemyStore(f"sqlite:///{tmp_path}/once.db", tables=tables(metadata, users=users))
    metadata.create_all(store.engine)
    access = TenantAccess(store, CLINICS, hasher=QuickHasher())
    make = Given(access)
    clinic = make.tenant()
    jo, kim = (make.registered(clinic, username=name) for name in ("jo", "kim"))

    with pytest.raises(TakenError, match="email"):
        access.execute(RequestAccess(clinic, NewUsername("pat", PASSWORD, email="jo@people.example")))
    with pytest.raises(TakenError, match="email"):
        access.execute(ChangeEmail("jo@people.example"), by=kim)
    for one in (jo, kim):
        access.execute(ErasePrincipal(one), by=OPERATOR)
    for name in ("sam", "ann") if is_optional else ("sam",):
        make.member(clinic, username=name)

    erased = [user for user in users_of(store) if user["login"].startswith("erased.")]
    assert [user["mail"] for user in erased] == [
        None if is_optional else f"{user['login']}@erased.invalid" for user in erased
    ]
    store.dispose()
