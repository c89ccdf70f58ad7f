"""What the repository of reference records promises."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.errors import InvalidInputError, TakenError
from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.records import CONTENT_LIMIT, RECORD_KEY_LIMIT, ReferenceRecord, record_key
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing import strategies
from tenantaccess.testing.contracts.abilities import Ability, Contract, needs
from tenantaccess.testing.contracts.hostile import pairs, texts
from tenantaccess.testing.contracts.pages import joined
from tenantaccess.testing.contracts.samples import CLINIC, CODES, NEIGHBOUR, PAYERS, VACANT, clinic, kept
from tenantaccess.testing.contracts.threads import at_once

CONCURRENT: Final = needs(Ability.CONCURRENT_UNITS)


def is_record_key(text: str) -> bool:
    """Tell whether *text* is the key of a record, as it reaches a store."""
    try:
        return record_key(text) == text
    except InvalidInputError:
        return False


def keys() -> st.SearchStrategy[str]:
    """Keys of records: what looks alike, what sorts unlike in other orders, and the longest."""
    corners = [
        "A00.0",
        "a00.0",
        "Z",
        "é",
        "\U0001f642",
        "A 1",
        "A\u30001".replace("\u3000", "-"),
        "x" * RECORD_KEY_LIMIT,
    ]
    return st.sampled_from([*corners, *texts(is_record_key)])


def records(key: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[ReferenceRecord]:
    """Records with any content: in any script, with quotes and line breaks, up to the longest."""
    text = strategies.lines() | st.sampled_from(["", "two\nlines", "{}", "\\", "x" * (CONTENT_LIMIT - 10)])
    return st.builds(
        ReferenceRecord,
        keys() if key is None else key,
        strategies.lines(),
        st.dictionaries(st.sampled_from(["chapter", "O'Neil", "名前"]), text, max_size=1),
        st.dictionaries(st.sampled_from([PAYERS, ReferenceSetKey("others")]), keys(), max_size=2),
    )


def some() -> st.SearchStrategy[list[ReferenceRecord]]:
    """Some records of different keys."""
    return st.lists(records(), max_size=8, unique_by=lambda record: record.key)


def plain(*names: str) -> list[ReferenceRecord]:
    """Return a record for each of *names*."""
    return [ReferenceRecord(name, f"Label {name[:9]}".strip()) for name in names]


def loaded(
    store: Store, found: Sequence[ReferenceRecord], tenant: TenantId = CLINIC, name: ReferenceSetKey = CODES
) -> Store:
    """Add *found* in one committed unit."""
    with kept(store) as unit:
        unit.records.add(tenant, name, found)
    return store


def everything(unit: Unit, tenant: TenantId = CLINIC, name: ReferenceSetKey = CODES) -> list[ReferenceRecord]:
    """Return all records of a set."""
    return list(unit.records.page(tenant, name, "", 1_000))


def marks(unit: Unit) -> list[str]:
    """Return what the sets of two tenants are recognised by."""
    return [unit.records.fingerprint(tenant, name) for tenant in (CLINIC, VACANT) for name in (CODES, PAYERS)]


class RecordContract(Contract):
    """Records come back as they were written, in order; and each write shows in what the set is recognised by."""

    @given(some())
    @strategies.promise
    def test_every_field_of_a_record_comes_back(self, found: list[ReferenceRecord]) -> None:
        """A copy brings what was there, to the letter (INV-34)."""
        with loaded(clinic(self.make()), found).reading() as unit:
            back = everything(unit)

        assert back == sorted(found, key=lambda record: record.key)
        assert [one.digest for one in back] == [one.digest for one in sorted(found, key=lambda record: record.key)]

    @given(some(), st.integers(1, 4))
    @strategies.promise
    def test_pages_of_records_join_to_all_of_them_by_key(self, found: list[ReferenceRecord], limit: int) -> None:
        """A key that is passed over is never copied, one that comes twice stops the copy."""
        with loaded(clinic(self.make()), found).reading() as unit:
            repository = unit.records
            pages = joined(lambda last: repository.page(CLINIC, CODES, "" if last is None else last.key, limit), limit)

        assert [one.key for one in pages] == sorted(one.key for one in found)

    @given(some(), st.sets(keys()))
    @strategies.promise
    def test_exactly_the_named_records_are_found_by_key(self, found: list[ReferenceRecord], wanted: set[str]) -> None:
        """What is selected by name is neither more nor less."""
        with loaded(clinic(self.make()), found).reading() as unit:
            back = unit.records.find(CLINIC, CODES, wanted)

        assert [one.key for one in back] == sorted({one.key for one in found} & wanted)

    @pytest.mark.parametrize(("stored", "near"), pairs(is_record_key))
    def test_keys_of_records_are_told_apart_exactly(self, stored: str, near: str) -> None:
        """Codes that look alike are several (INV-09)."""
        with loaded(clinic(self.make()), plain(stored)).reading() as unit:
            assert [one.key for one in unit.records.find(CLINIC, CODES, [stored])] == [stored]
            assert list(unit.records.find(CLINIC, CODES, [near])) == []

    def test_a_key_in_use_is_refused(self) -> None:
        """Adding never replaces (INV-35)."""
        store = loaded(clinic(self.make()), plain("A", "B"))
        with pytest.raises(TakenError) as refused:
            loaded(store, [ReferenceRecord("C"), ReferenceRecord("B", "another")])
        assert refused.value.kind == "record"

        with store.reading() as unit:
            assert everything(unit) == plain("A", "B")

    def test_a_key_in_another_set_or_tenant_is_another_key(self) -> None:
        """Each set of each tenant has keys of its own (INV-12)."""
        store = clinic(self.make())
        for tenant, name in ((CLINIC, CODES), (CLINIC, PAYERS), (NEIGHBOUR, PAYERS)):
            loaded(store, plain(f"{tenant[-1]}{name}", "same"), tenant, name)
        with store.reading() as unit:
            assert everything(unit) == plain("ecodes", "same")
            assert everything(unit, CLINIC, PAYERS) == plain("epayers", "same")

    @given(st.lists(records(st.just("A")), min_size=2, max_size=2))
    @strategies.promise
    def test_putting_a_record_replaces_every_field(self, two: list[ReferenceRecord]) -> None:
        """Nothing of what was there before shines through."""
        store = loaded(clinic(self.make()), two[:1])
        with kept(store) as unit:
            unit.records.put(CLINIC, CODES, two[1:])

        with store.reading() as unit:
            assert everything(unit) == two[1:]
            assert everything(unit)[0].digest == two[1].digest

    def test_putting_a_record_leaves_the_others_and_makes_none(self) -> None:
        """Only what exists is replaced."""
        store = loaded(clinic(self.make()), plain("A", "B"))
        loaded(store, plain("A"), VACANT)
        with kept(store) as unit:
            unit.records.put(CLINIC, CODES, [ReferenceRecord("A", "new"), ReferenceRecord("Z", "new")])

        with store.reading() as unit:
            assert everything(unit) == [ReferenceRecord("A", "new"), *plain("B")]
            assert everything(unit, VACANT) == plain("A")

    def test_exactly_the_named_records_are_removed(self) -> None:
        """How many it were is told; what is not there is nothing."""
        store = loaded(loaded(clinic(self.make()), plain("A", "B", "C")), plain("A"), VACANT)
        with kept(store) as unit:
            assert unit.records.remove(CLINIC, CODES, ["A", "C", "Z"]) == 2
            assert unit.records.remove(CLINIC, CODES, ["A"]) == 0

        with store.reading() as unit:
            assert everything(unit) == plain("B")
            assert everything(unit, VACANT) == plain("A")

    def test_records_are_counted(self) -> None:
        """By set and tenant."""
        with loaded(clinic(self.make()), plain("A", "B")).reading() as unit:
            assert [unit.records.count(CLINIC, name) for name in (CODES, PAYERS)] == [2, 0]

    def test_a_write_of_records_is_seen_by_its_unit_and_undone_with_it(self) -> None:
        """With what the set is recognised by."""
        store = loaded(clinic(self.make()), plain("A", "B"))
        with store.begin() as unit:
            before = marks(unit)
            unit.records.add(CLINIC, CODES, plain("C"))
            unit.records.remove(CLINIC, CODES, ["A"])
            assert (everything(unit), unit.records.count(CLINIC, CODES)) == (plain("B", "C"), 2)
            assert marks(unit) != before

        with store.reading() as unit:
            assert everything(unit) == plain("A", "B")
            assert marks(unit) == before

    def test_every_write_shows_in_the_fingerprint_of_its_set_alone(self) -> None:
        """What was planned is done of what was seen, or not at all; what was is never again."""
        store, met = clinic(self.make()), []
        with store.reading() as unit:
            met.append(marks(unit))
        for write in ("add", "put", "remove", "add"):
            with kept(store) as unit:
                getattr(unit.records, write)(CLINIC, CODES, ["A"] if write == "remove" else plain("A"))
            with store.reading() as unit:
                met.append(marks(unit))

        assert len({found[0] for found in met}) == len(met)
        assert {tuple(found[1:]) for found in met} == {tuple(met[0][1:])}
        assert all(0 < len(mark) <= 200 and mark.isascii() and mark.isprintable() for found in met for mark in found)

    @CONCURRENT
    def test_of_many_units_that_add_one_key_one_wins(self) -> None:
        """Two workers on one job write nothing twice (INV-34)."""
        store = clinic(self.make())

        def add(number: int) -> bool:
            try:
                loaded(store, [ReferenceRecord("A", str(number))])
            except TakenError:
                return False
            return True

        won = at_once([partial(add, number) for number in range(4)])

        with store.reading() as unit:
            assert [one.label for one in everything(unit)] == [str(won.index(True))]
        assert won.count(True) == 1
