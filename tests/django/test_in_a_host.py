"""In a Django project: its transactions, its requests and its test cases, and what they mean for a unit."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from django.contrib.auth import get_user_model
from django.core.handlers.base import BaseHandler
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.test import TestCase as DjangoTestCase
from django.urls import path
from tests.django.project import empty
from tests.django.test_contract import undone
from tests.services.durable import DURABLE, run

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import ConflictError, MisuseError, ProofRefusedError, TakenError, TooManyAttemptsError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL
from tenantaccess.ports.storage import Store
from tenantaccess.services.members import Disable, Enable
from tenantaccess.services.pipeline import HOSTED_TRIES
from tenantaccess.testing.builders import CLINICS, PASSWORD, Given
from tenantaccess.testing.contracts.samples import CLERK, CLINIC, clinic, kept
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.testing.faults import FaultyStore
from tenantaccess.web.django.store import DjangoStore

User: Any = get_user_model()
Founded = tuple[TenantAccess, TenantId, PrincipalId, PrincipalId]

ON_POSTGRESQL = [pytest.param(kind, marks=pytest.mark.postgres) for kind in ("postgres", "prepared")]


@pytest.fixture(params=["sqlite", *ON_POSTGRESQL])
def store(request: pytest.FixtureRequest) -> DjangoStore:
    """An empty store of each kind."""
    alias = request.getfixturevalue(f"{request.param}_alias")
    empty(alias)
    return DjangoStore(alias)


@pytest.fixture
def access(store: DjangoStore) -> TenantAccess:
    return TenantAccess(store, CLINICS, hasher=QuickHasher())


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return Given(access).tenant("Riverside Clinic", tin="01-2345678")


@pytest.fixture
def maria(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return Given(access).manager(riverside, "maria")


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return Given(access).member(riverside, levels={"claims": FULL}, username="jo")


def admit(store: DjangoStore, name: str) -> None:
    """Something that the host writes itself."""
    User(username=name).save(using=store.using)


def admitted(store: DjangoStore, name: str) -> bool:
    return bool(User.objects.using(store.using).filter(username=name).exists())


def test_outside_of_a_block_a_unit_is_a_transaction(store: DjangoStore) -> None:
    seen = [store.is_hosted]
    with transaction.atomic(using=store.using):
        seen.append(store.is_hosted)
    assert [*seen, store.is_hosted] == [False, True, False]


def test_a_unit_does_not_take_itself_for_the_host(store: DjangoStore) -> None:
    with store.begin():
        assert not store.is_hosted


def test_where_the_host_commits_by_itself_a_unit_is_a_savepoint(store: DjangoStore) -> None:
    transaction.set_autocommit(False, using=store.using)
    try:
        assert store.is_hosted
        clinic(store)
        transaction.rollback(using=store.using)
        with store.reading() as unit:
            assert unit.tenants.find(CLINIC) is None
        transaction.rollback(using=store.using)
    finally:
        transaction.set_autocommit(True, using=store.using)


def test_what_the_host_commits_is_kept(
    access: TenantAccess, store: DjangoStore, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    with transaction.atomic(using=store.using):
        admit(store, "pat")
        access.execute(Disable(riverside, jo), by=maria)

    assert admitted(store, "pat")
    assert not access.check(riverside, jo, "claims", "view")


def test_what_the_host_undoes_never_was(
    access: TenantAccess, store: DjangoStore, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    with undone(store.using):
        admit(store, "pat")
        access.execute(Disable(riverside, jo), by=maria)
        assert not access.check(riverside, jo, "claims", "view")

    assert not admitted(store, "pat")
    assert access.check(riverside, jo, "claims", "view")
    assert access.audit.verify(riverside).holds


def test_a_unit_that_is_left_undoes_its_own_work_only(store: DjangoStore) -> None:
    clinic(store)
    with transaction.atomic(using=store.using):
        admit(store, "pat")
        with store.begin() as unit:
            unit.roles.remove(CLINIC, CLERK.key)

    assert admitted(store, "pat")
    with store.reading() as unit:
        assert unit.roles.find(CLINIC, CLERK.key) == CLERK


def test_a_refused_statement_leaves_the_hosts_work_usable(store: DjangoStore) -> None:
    clinic(store)
    with transaction.atomic(using=store.using):
        admit(store, "pat")
        with pytest.raises(TakenError), kept(store) as unit:
            unit.roles.add(CLINIC, CLERK)
        admit(store, "sam")

    assert admitted(store, "pat")
    assert admitted(store, "sam")


def test_a_unit_in_a_unit_is_refused(store: DjangoStore) -> None:
    """A thread has one connection: what the inner one commits, the outer one could undo."""
    with store.begin(), pytest.raises(MisuseError, match="leave the unit"), store.begin():
        pass


def test_a_savepoint_is_set_at_once_only_where_something_is_written(store: DjangoStore) -> None:
    clinic(store)
    with transaction.atomic(using=store.using), store.reading() as unit:
        assert unit.tenants.find(CLINIC) is not None
        assert len(connections[store.using].atomic_blocks) == 1
        unit.roles.remove(CLINIC, CLERK.key)
        assert len(connections[store.using].atomic_blocks) == 2

    with store.reading() as unit:
        assert unit.roles.find(CLINIC, CLERK.key) == CLERK


def test_a_connection_that_was_closed_is_opened_again(store: DjangoStore) -> None:
    clinic(store)
    connections[store.using].close()

    with store.reading() as unit:
        assert unit.tenants.find(CLINIC) is not None


# --- what needs a transaction of its own -----------------------------------------------------------------------------


def test_signing_in_within_a_transaction_of_the_hosts_is_refused(
    access: TenantAccess, store: DjangoStore, jo: PrincipalId
) -> None:
    """Else a rollback would undo the count of attempts."""
    with transaction.atomic(using=store.using), pytest.raises(MisuseError):
        access.authenticate("jo", PASSWORD)
    assert access.authenticate("jo", PASSWORD) == jo


def signing_in(access: TenantAccess) -> Callable[[HttpRequest], HttpResponse]:
    """A view that signs people in, and breaks after a guess was counted."""

    def sign_in(request: HttpRequest) -> HttpResponse:
        try:
            access.authenticate("jo", request.GET["password"])
        except ProofRefusedError as refusal:
            raise RuntimeError("the page breaks") from refusal
        except TooManyAttemptsError:
            return HttpResponse(status=429)
        return HttpResponse()

    return sign_in


class Site:
    """Two pages to sign in on: one in a transaction of the request's, one not."""

    def __init__(self, access: TenantAccess, using: str) -> None:
        self.urlpatterns = [
            path("atomic/", signing_in(access)),
            path("by-itself/", transaction.non_atomic_requests(using=using)(signing_in(access))),
        ]

    def get(self, url: str, **data: str) -> HttpResponse:
        handler = BaseHandler()
        handler.load_middleware()
        request = RequestFactory().get(url, data)
        return handler.get_response(request)  # type: ignore[return-value]


@pytest.fixture
def site(access: TenantAccess, store: DjangoStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(access, store.using)
    monkeypatch.setitem(connections[store.using].settings_dict, "ATOMIC_REQUESTS", value=True)
    with override_settings(ROOT_URLCONF=made, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], DEBUG_PROPAGATE_EXCEPTIONS=False):
        yield made


@pytest.mark.row("INV-27")
@pytest.mark.usefixtures("jo")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_guesses_through_requests_that_are_transactions_are_counted(site: Site) -> None:
    """A page that breaks undoes its transaction, and no guess with it."""
    answers = [site.get("/by-itself/", password="wrong").status_code for _ in range(7)]

    assert answers[0] == 500
    assert answers[-1] == 429


@pytest.mark.row("INV-27")
@pytest.mark.usefixtures("jo")
def test_a_view_that_is_a_transaction_verifies_no_guess_at_all(site: Site, access: TenantAccess) -> None:
    assert [site.get("/atomic/", password=PASSWORD).status_code for _ in range(20)] == [500] * 20
    assert isinstance(access.hasher, QuickHasher)
    assert access.hasher.verified == 0


# --- conflicts -------------------------------------------------------------------------------------------------------


def in_thread(run: Callable[[], object]) -> BaseException | None:
    """What *run* raises in a thread with a connection of its own."""
    raised: list[BaseException] = []

    def body() -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001  # it is what the test looks at
            raised.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def test_two_threads_write_one_after_the_other(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    assert in_thread(lambda: access.execute(Disable(riverside, jo), by=maria)) is None
    assert not access.check(riverside, jo, "claims", "view")
    assert access.audit.verify(riverside).holds


def test_a_reading_unit_sees_one_moment(
    access: TenantAccess, store: DjangoStore, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    with store.reading() as unit:
        before = unit.memberships.load(riverside, [jo])
        assert in_thread(lambda: access.execute(Disable(riverside, jo), by=maria)) is None
        assert unit.memberships.load(riverside, [jo]) == before


@pytest.mark.postgres
def test_a_host_that_cannot_see_what_is_newer_gets_a_conflict_to_retry_outside(
    postgres_alias: str, riverside_on_server: Founded
) -> None:
    access, riverside, maria, jo = riverside_on_server
    with transaction.atomic(using=postgres_alias):
        with connections[postgres_alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1 FROM tenantaccess_tenant")
        assert in_thread(lambda: access.execute(Disable(riverside, jo), by=maria)) is None
        with pytest.raises(ConflictError) as refused:
            access.execute(Disable(riverside, jo), by=maria)
        assert refused.value.retryable

    access.execute(Disable(riverside, jo), by=maria)


def test_a_host_whose_block_on_sqlite_read_before_somebody_else_wrote_gets_a_conflict_to_retry_outside(
    sqlite_alias: str,
) -> None:
    """The block sees what was when it first read, and may write no more: however often it is tried, it is told."""
    access, riverside, maria, jo = founded(sqlite_alias)
    noting = FaultyStore(access.store)
    with transaction.atomic(using=sqlite_alias):
        assert not admitted(DjangoStore(sqlite_alias), "pat")
        assert in_thread(lambda: access.execute(Disable(riverside, jo), by=maria)) is None
        with pytest.raises(ConflictError) as refused:
            attrs.evolve(access, store=noting).execute(Disable(riverside, jo), by=maria)
        assert refused.value.retryable
        assert noting.trace.count("begin") == HOSTED_TRIES

    assert access.execute(Enable(riverside, jo), by=maria).changed
    assert access.audit.verify(riverside).holds


@pytest.fixture
def riverside_on_server(postgres_alias: str) -> Founded:
    return founded(postgres_alias)


def founded(alias: str) -> Founded:
    empty(alias)
    access = TenantAccess(DjangoStore(alias), CLINICS, hasher=QuickHasher())
    make = Given(access)
    riverside = make.tenant("Riverside Clinic", tin="01-2345678")
    return access, riverside, make.manager(riverside, "maria"), make.member(riverside, username="jo")


def test_a_locked_file_is_a_conflict(sqlite_alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DjangoStore(sqlite_alias)
    empty(sqlite_alias)
    monkeypatch.setitem(connections[sqlite_alias].settings_dict, "OPTIONS", {"timeout": 0.05})

    def beginning() -> None:
        with store.begin():
            pass

    with store.begin():
        refused = in_thread(beginning)
    assert isinstance(refused, ConflictError)
    assert refused.retryable


# --- a host's own tests ----------------------------------------------------------------------------------------------


def test_the_block_of_a_test_case_counts_for_none(sqlite_alias: str) -> None:
    """In Django's `TestCase` people sign in, and nothing is left behind."""
    empty(sqlite_alias)
    store: Store = DjangoStore(sqlite_alias)
    access = TenantAccess(store, CLINICS, hasher=QuickHasher())
    seen: list[bool] = []

    class Case(DjangoTestCase):
        databases = {sqlite_alias}  # noqa: RUF012  # the framework's own way

        def test_signing_in(self) -> None:
            jo = Given(access).member(Given(access).tenant(), username="jo")
            seen.append(access.authenticate("jo", PASSWORD) == jo)
            with transaction.atomic(using=sqlite_alias):
                seen.append(store.is_hosted)

    Case.setUpClass()
    try:
        Case("test_signing_in").debug()
    finally:
        Case.tearDownClass()
        Case.doClassCleanups()
    assert seen == [True, True]
    assert not User.objects.using(sqlite_alias).exists()


@pytest.mark.parametrize("name", DURABLE)
def test_what_limits_guessing_is_not_run_where_a_rollback_would_undo_it(access: TenantAccess, name: str) -> None:
    store = access.store
    assert isinstance(store, DjangoStore)
    with transaction.atomic(using=store.using):
        with pytest.raises(MisuseError, match="outside the transaction"):
            run(access, name)
        admit(store, "pat")
    assert admitted(store, "pat")
