"""What goes wrong around a unit is told: nothing is lost in silence, and nobody is taken for somebody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import OperationalError, connections, transaction
from django.utils.functional import SimpleLazyObject
from tests.django.project import in_file
from tests.django.test_in_a_host import User, access, admit, jo, riverside, store

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError, ProofRefusedError, StoreError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.principals import Principal as Known
from tenantaccess.model.principals import Secret
from tenantaccess.ports.storage import Unit
from tenantaccess.testing.builders import CLINICS, PASSWORD, Given
from tenantaccess.testing.contracts.samples import CLERK, CLINIC, clinic
from tenantaccess.testing.doubles import QuickHasher
from tenantaccess.web.django.models import Principal
from tenantaccess.web.django.store import DjangoStore

__all__ = ["access", "jo", "riverside", "store"]


def has_clerk(store: DjangoStore) -> bool:
    with store.reading() as unit:
        return unit.roles.find(CLINIC, CLERK.key) is not None


def close(unit: Unit, using: str) -> None:  # noqa: ARG001  # as the other one
    connections[using].close()


def mark(unit: Unit, using: str) -> None:  # noqa: ARG001  # as the other one
    transaction.set_rollback(True, using=using)


@pytest.mark.parametrize("spoil", [close, mark])
def test_a_unit_that_the_framework_would_undo_does_not_say_that_it_is_kept(
    store: DjangoStore, spoil: Callable[[Unit, str], None]
) -> None:
    """A receiver that swallows an error, or closes connections, leaves a block that is undone without a word."""
    clinic(store)

    def spoilt() -> None:
        with store.begin() as unit:
            unit.roles.remove(CLINIC, CLERK.key)
            spoil(unit, store.using)
            unit.commit()

    with pytest.raises(StoreError):
        spoilt()
    assert has_clerk(store)


def test_a_unit_is_not_kept_within_a_block_that_was_opened_in_it(store: DjangoStore) -> None:
    clinic(store)

    def nested() -> None:
        with store.begin() as unit, transaction.atomic(using=store.using):
            unit.roles.remove(CLINIC, CLERK.key)
            unit.commit()

    with pytest.raises(MisuseError, match="leave the blocks"):
        nested()
    assert has_clerk(store)


def test_a_database_that_cannot_be_reached_is_an_outage_from_the_first_question_on(tmp_path: Path) -> None:
    connections.databases["gone"] = in_file(tmp_path / "no" / "such.db")
    connections.configure_settings(connections.databases)
    store = DjangoStore("gone")
    try:
        assert not store.is_hosted
        for opening in (store.begin, store.reading):
            with pytest.raises(StoreError), opening():
                pass
    finally:
        del connections["gone"]
        del connections.databases["gone"]


@pytest.mark.postgres
def test_a_server_that_goes_away_in_mid_unit_is_an_outage(postgres_alias: str) -> None:
    store = DjangoStore(postgres_alias)
    connection = connections[postgres_alias]

    def cut() -> None:
        with store.begin() as unit:
            connection.connection.close()
            unit.roles.remove(CLINIC, CLERK.key)

    with pytest.raises(StoreError), mock.patch.object(connection, "connect", side_effect=OperationalError("down")):
        cut()
    assert not store.is_hosted
    with store.begin():
        assert not store.is_hosted


# --- who is who ------------------------------------------------------------------------------------------------------


def test_the_lazy_user_of_a_request_is_that_user(store: DjangoStore) -> None:
    admit(store, "pat")
    pat = User.objects.using(store.using).get(username="pat")
    lazy: Any = SimpleLazyObject(lambda: pat)

    assert store.principal_of(lazy) == store.principal_of(pat)


def test_what_has_the_key_of_a_user_is_not_that_user(store: DjangoStore) -> None:
    """Numbers are equal everywhere: a group, nobody in particular, and a user of another database are not the user."""
    admit(store, "pat")
    key = User.objects.using(store.using).get(username="pat").pk
    stranger = User(pk=key, username="somebody else")
    stranger._state.db = "elsewhere"
    strangers: list[Any] = [Group(pk=key), AnonymousUser(), SimpleLazyObject(AnonymousUser), stranger]

    for one in strangers:
        with pytest.raises(MisuseError):
            store.principal_of(one)


def test_who_is_not_active_in_the_project_signs_in_nowhere(access: TenantAccess, store: DjangoStore) -> None:
    pat = User(username="pat", password=QuickHasher().hash(Secret(PASSWORD)))
    pat.save(using=store.using)
    principal = store.principal_of(pat)
    assert access.authenticate("pat", PASSWORD) == principal

    User.objects.using(store.using).filter(pk=pat.pk).update(is_active=False)
    with pytest.raises(ProofRefusedError):
        access.authenticate("pat", PASSWORD)


def test_no_way_around_the_models_changes_a_row(store: DjangoStore, jo: PrincipalId) -> None:
    """Above all, no principal is given to another user through the relation."""
    admit(store, "pat")
    pat = User.objects.using(store.using).get(username="pat")
    principal = Principal.objects.using(store.using).get(principal_id=jo)
    before = principal.user_id
    rows, plain = Principal.objects.using(store.using), Principal._base_manager.using(store.using)
    ways: list[Callable[[], object]] = [
        lambda: pat.tenantaccess_principals.add(principal),
        lambda: plain.update(version=9),
        lambda: rows._raw_delete(store.using),
        lambda: rows.update_or_create(principal_id=jo, defaults={"version": 9}),
        lambda: rows.get_or_create(principal_id="somebody"),
        principal.save_base,
    ]

    for way in ways:
        with pytest.raises(MisuseError):
            way()
    assert rows.get(principal_id=jo).user_id == before


def test_a_host_fills_in_what_else_its_users_must_have(store: DjangoStore) -> None:
    def complete(user: Any, principal: Known) -> None:
        user.first_name = f"{principal.username} of the clinic"

    own = DjangoStore(store.using, complete_user=complete)
    Given(TenantAccess(own, CLINICS, hasher=QuickHasher())).pending(username="sam")

    assert User.objects.using(store.using).get(username="sam").first_name == "sam of the clinic"
