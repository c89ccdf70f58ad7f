"""The store of docs/how-to/write-your-own-store.md passes the whole contract; the mistakes on that page do not."""

from pathlib import Path
from uuid import uuid4

import pytest
from own_store import OwnStore
from tests.oracle.differential import ACCEPTED, episode

from tenantaccess.errors import MisuseError, StoreError, UnreadableRowError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Store
from tenantaccess.testing.contracts import Ability, Lack, StoreContract


class TestOwnStore(StoreContract):
    lacks = frozenset(
        {
            Lack(Ability.WAITING_LOCKS, "SQLite has one writer at a time: begin() itself waits, not lock()"),
            Lack(Ability.COPIES_WITHIN, "records are copied one by one"),
        }
    )

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self._path = tmp_path

    def make(self) -> Store:
        return OwnStore(self._path / f"{uuid4()}.db", is_durable=False)


# --- the library on it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [31, 32])
def test_the_library_on_it_and_the_oracle_agree(seed: int, tmp_path: Path) -> None:
    """What the contract leads to: four hundred commands, and the oracle's answer to each."""
    counts = episode(seed, lambda: OwnStore(tmp_path / f"{uuid4()}.db", is_durable=False), every=40)

    assert counts["done"] >= 0.7 * ACCEPTED * sum(counts[kind] for kind in ("done", "noop", "refused"))


# --- what the contract cannot try: it knows no driver and no file -----------------------------------------------------

TENANT = TenantId(f"ten_{1:032x}")
PRINCIPAL = PrincipalId(f"pri_{1:032x}")


def test_a_file_that_is_no_database_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "facts.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        OwnStore(tmp_path / "facts.db")


def test_a_file_that_cannot_be_opened_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        OwnStore(tmp_path / "nowhere" / "facts.db")


@pytest.mark.parametrize("body", ["{", "{}", '"text"', '{"id": "ten_1", "name": "From a later release", "colour": 1}'])
def test_a_document_that_is_not_understood_is_an_outage(tmp_path: Path, body: str) -> None:
    """What a later release wrote, or something else did, is never half read."""
    store = OwnStore(tmp_path / "facts.db")
    with store.opened("BEGIN IMMEDIATE") as documents:
        documents.save("Tenant", "", TENANT, body)
        documents.commit()

    with pytest.raises(UnreadableRowError), store.reading() as unit:
        unit.tenants.find(TENANT)
    with pytest.raises(UnreadableRowError):
        store.standing(TENANT, PRINCIPAL, lambda *_: pytest.fail("nobody stands on what cannot be read"))


def test_a_unit_that_is_committed_writes_no_more(tmp_path: Path) -> None:
    with OwnStore(tmp_path / "facts.db").begin() as unit:
        unit.commit()
        with pytest.raises(MisuseError):
            unit.tenants.add(Tenant(id=TENANT, name="Clinic"), Head(TENANT))
        with pytest.raises(MisuseError):
            unit.credentials.put(PRINCIPAL, "$hash")
        with pytest.raises(MisuseError):
            unit.commit()


def test_a_factory_that_forgets_to_empty_its_store_is_told_so(tmp_path: Path) -> None:
    store = OwnStore(tmp_path / "facts.db")

    class TestStale(StoreContract):
        def make(self) -> Store:
            return store

    TestStale().test_an_absent_tenant_is_none()
    with pytest.raises(AssertionError, match="`make` gave a store that is not empty"):
        TestStale().test_an_absent_tenant_is_none()
