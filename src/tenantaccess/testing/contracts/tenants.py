"""What the repository of tenants promises."""

import pytest
from attrs import evolve
from hypothesis import given

from tenantaccess.errors import ConflictError, StoreError, TakenError
from tenantaccess.ids import SchemeKey, TenantId
from tenantaccess.model.names import search_key
from tenantaccess.model.policy import Linking
from tenantaccess.model.tenants import Head, Tenant, TenantState
from tenantaccess.ports.storage import Store
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Contract
from tenantaccess.testing.contracts.hostile import TEXTS, confused, is_key, is_word, pairs, texts
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.samples import (
    CLINIC,
    MEDICAID,
    NEIGHBOUR,
    NOON,
    NOWHERE,
    TIN,
    VACANT,
    clinic,
    kept,
    tenant_id,
)


def _add(store: Store, *tenants: Tenant) -> None:
    with kept(store) as unit:
        for tenant in tenants:
            unit.tenants.add(tenant, Head(tenant.id))


class TenantContract(Contract):
    """Tenants come back as they were added, and are found exactly."""

    @given(strategies.tenants(), strategies.heads())
    @strategies.promise
    def test_every_fact_of_a_tenant_and_its_head_comes_back(self, tenant: Tenant, head: Head) -> None:
        """A fact lost or rounded in the store would be decided on wrongly ever after."""
        store = self.make()
        first = evolve(head, stream=tenant.id)
        with kept(store) as unit:
            unit.tenants.add(tenant, first)

        with store.reading() as unit:
            assert unit.tenants.find(tenant.id) == (tenant, first)

    def test_an_absent_tenant_is_none(self) -> None:
        """Absence is an answer, not an error."""
        with clinic(self.make()).reading() as unit:
            assert unit.tenants.find(NOWHERE) is None

    def test_a_tenant_is_found_by_external_id(self) -> None:
        """People ask for access by tax id."""
        with clinic(self.make()).reading() as unit:
            assert unit.tenants.find_by_external_id(TIN, "012345678") == CLINIC

    def test_nobody_carries_an_unused_external_id(self) -> None:
        """Absence is an answer, not an error."""
        with clinic(self.make()).reading() as unit:
            assert unit.tenants.find_by_external_id(TIN, "999999999") is None

    def test_external_ids_are_told_apart_exactly(self) -> None:
        """A tax id that only looks alike is another practice's (INV-09)."""
        store = self.make()
        for stored, near in pairs(is_key):
            with store.begin() as unit:
                unit.tenants.add(Tenant(id=CLINIC, name="Clinic", external_ids={TIN: stored}), Head(CLINIC))

                assert unit.tenants.find_by_external_id(TIN, near) is None, confused(stored, near)
                assert unit.tenants.find_by_external_id(TIN, stored) == CLINIC

    def test_external_ids_that_look_alike_are_several(self) -> None:
        """None of them is taken because of another, and each leads to its own practice (INV-09)."""
        store = self.make()
        owners = {value: tenant_id(number) for number, value in enumerate(texts(is_key))}
        _add(store, *(Tenant(id=owner, name="Lab", external_ids={TIN: value}) for value, owner in owners.items()))

        with store.reading() as unit:
            found = {text: unit.tenants.find_by_external_id(TIN, text) for text in TEXTS}
        assert {text: owner for text, owner in found.items() if owner} == owners

    def test_schemes_are_told_apart_exactly(self) -> None:
        """A number under one scheme says nothing under another."""
        store = self.make()
        for stored, near in pairs(is_word):
            with store.begin() as unit:
                ids = {SchemeKey(stored): "1"}
                unit.tenants.add(Tenant(id=CLINIC, name="Clinic", external_ids=ids), Head(CLINIC))

                assert unit.tenants.find_by_external_id(SchemeKey(near), "1") is None, confused(stored, near)

    def test_an_external_id_in_use_is_taken(self) -> None:
        """Two practices under one tax id would be asked for each other's access."""
        store = clinic(self.make())

        with pytest.raises(TakenError) as caught:
            _add(store, Tenant(id=NOWHERE, name="Clinic", external_ids={TIN: "012345678"}))

        assert caught.value.kind == "external id"

    def test_a_tenant_whose_external_id_is_taken_is_not_kept(self) -> None:
        """A refusal leaves nothing behind."""
        store = clinic(self.make())
        with pytest.raises(TakenError):
            _add(store, Tenant(id=NOWHERE, name="Clinic", external_ids={TIN: "012345678"}))

        with store.reading() as unit:
            assert unit.tenants.find(NOWHERE) is None
            assert unit.tenants.find_by_external_id(TIN, "012345678") == CLINIC

    def test_a_tenants_id_in_use_is_refused(self) -> None:
        """`add` never replaces: an id is somebody's for ever (INV-15)."""
        store = clinic(self.make())

        with pytest.raises((TakenError, ConflictError, StoreError)):
            _add(store, Tenant(id=VACANT, name="Usurper"))
        with store.reading() as unit:
            assert unit.tenants.find(VACANT) == (Tenant(id=VACANT, name="Clinic"), Head(VACANT))

    def test_one_value_under_two_schemes_is_two_external_ids(self) -> None:
        """External ids are unique per scheme."""
        store = clinic(self.make())
        _add(store, Tenant(id=NOWHERE, name="Lab", external_ids={SchemeKey("npi"): "012345678"}))

        with store.reading() as unit:
            assert unit.tenants.find_by_external_id(SchemeKey("npi"), "012345678") == NOWHERE

    def test_putting_a_tenant_replaces_name_state_segments_and_linking(self) -> None:
        """What the operator changes is what the next decision reads."""
        store = clinic(self.make())
        changed = Tenant(
            id=CLINIC,
            name="Clínica 🙂",
            state=TenantState.SUSPENDED,
            external_ids={TIN: "012345678"},
            segments=frozenset({MEDICAID}),
            linking=Linking.OFF,
        )
        with kept(store) as unit:
            unit.tenants.put(changed)

        with store.reading() as unit:
            assert unit.tenants.find(CLINIC) == (changed, Head(CLINIC))

    def test_putting_a_tenant_takes_its_segments_away_again(self) -> None:
        """A replaced set is replaced, not joined."""
        store = self.make()
        tenant = Tenant(id=CLINIC, name="Clinic", segments=frozenset({MEDICAID}))
        _add(store, tenant)
        with kept(store) as unit:
            unit.tenants.put(evolve(tenant, segments=frozenset()))

        with store.reading() as unit:
            assert unit.tenants.find(CLINIC) == (evolve(tenant, segments=frozenset()), Head(CLINIC))

    def test_putting_a_tenant_changes_no_external_id(self) -> None:
        """An external id stays who it was given to (INV-15)."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.tenants.put(Tenant(id=CLINIC, name="Clinic", external_ids={TIN: "777777777"}))

        with store.reading() as unit:
            assert unit.tenants.find_by_external_id(TIN, "012345678") == CLINIC
            assert unit.tenants.find_by_external_id(TIN, "777777777") is None

    def test_putting_a_tenant_leaves_its_head(self) -> None:
        """The version moves by compare-and-set alone."""
        store = clinic(self.make())
        with kept(store) as unit:
            assert unit.streams.advance(Head(CLINIC), Head(CLINIC, 3, "d3", NOON))
            unit.tenants.put(Tenant(id=CLINIC, name="Renamed", external_ids={TIN: "012345678"}))

        with store.reading() as unit:
            assert unit.streams.head(CLINIC) == Head(CLINIC, 3, "d3", NOON)

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_tenants_are_found_by_how_their_names_begin(self, limit: int) -> None:
        """The operator types what people say; letter case and accents do not matter, and pages join (INV-04)."""
        store = self.make()
        names = {9: "Ärzte Nord", 2: "arzte Sud", 5: "Arzte 100% Ost", 1: "Arz", 7: "Arztet", 3: "ärzte nord", 4: "Lab"}
        _add(store, *(Tenant(id=tenant_id(number), name=name) for number, name in names.items()))

        def met(beginning: str) -> list[int]:
            found: list[tuple[str, TenantId]] = []
            while True:
                with store.reading() as unit:
                    page = unit.tenants.named(beginning, found[-1] if found else None, limit)
                found += [(search_key(tenant.name), tenant.id) for tenant in page]
                if len(page) < limit:
                    return [number for _, one in found for number in names if tenant_id(number) == one]

        assert met("arzte") == [5, 3, 9, 2, 7]
        assert met("arzte 1") == [5]
        assert met("") == [1, 5, 3, 9, 2, 7, 4]
        assert met("%") == met("zz") == []

    def test_a_renamed_tenant_is_found_by_its_new_name_alone(self) -> None:
        """What finds a tenant goes with its name."""
        store = clinic(self.make())
        with kept(store) as unit:
            unit.tenants.put(Tenant(id=CLINIC, name="Élan", external_ids={TIN: "012345678"}))

        with store.reading() as unit:
            assert [tenant.id for tenant in unit.tenants.named("elan", None, 9)] == [CLINIC]
            assert CLINIC not in [tenant.id for tenant in unit.tenants.named("clinic", None, 9)]

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_pages_of_tenants_join_to_all_of_them_in_order(self, limit: int) -> None:
        """A sweep meets every tenant, once."""
        store = clinic(self.make())
        _add(store, *(Tenant(id=tenant_id(number), name="Lab") for number in (7, 2, 0xFFFF << 100)))
        with store.reading() as unit:
            met = joined(lambda after: [tenant.id for tenant in unit.tenants.page(after, limit)], limit)

        everybody = [CLINIC, NEIGHBOUR, VACANT, tenant_id(7), tenant_id(2), tenant_id(0xFFFF << 100)]
        assert met == sorted(everybody)
