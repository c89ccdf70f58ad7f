"""Records of reference sets in the library's own tables: loaded, read and removed, by whoever may."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, cast

import attrs
import pytest
from tests.services.copies import CODES, DIAGNOSES, PAYERS, billing, contents, marks, some
from tests.services.interrupted import InterruptedStore
from tests.services.worlds import ABSENT, events

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, ChangePrivileges, CloseTenant, CopyRecords, Disable, Enable
from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MisuseError,
    NotFoundError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By, System
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.copying import Tally
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, NONE, VIEW
from tenantaccess.model.privileges import Edit
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.records import StreamRepository
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.faults import FaultKind, FaultyStore

SEVERAL_WRITERS = ["memory", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def catalog() -> Catalog:
    return CODES


@pytest.fixture
def coder(make: Given, riverside: TenantId) -> PrincipalId:
    return make.member(riverside, levels={"codes": FULL})


@pytest.mark.row("MU-19")
def test_loading_adds_replaces_and_counts(access: TenantAccess, riverside: TenantId, coder: PrincipalId) -> None:
    assert access.records.load(riverside, DIAGNOSES, some("A", "B"), by=coder) == Tally(added=2)
    again = [*some("A"), ReferenceRecord("B", "new words"), *some("C")]
    assert access.records.load(riverside, DIAGNOSES, again, by=coder) == Tally(added=1, updated=1, identical=1)
    assert list(contents(access, riverside)[DIAGNOSES].values()) == again


def test_loading_what_is_there_changes_nothing(access: TenantAccess, riverside: TenantId, coder: PrincipalId) -> None:
    access.records.load(riverside, DIAGNOSES, some("A"), by=coder)
    before, count = marks(access, riverside), len(events(access, riverside))
    assert access.records.load(riverside, DIAGNOSES, some("A"), by=coder) == Tally(identical=1)
    assert (marks(access, riverside), len(events(access, riverside))) == (before, count)


def test_loading_is_done_in_batches_of_any_iterable(
    access: TenantAccess, riverside: TenantId, coder: PrincipalId
) -> None:
    met: list[int] = []

    def many() -> Iterator[ReferenceRecord]:
        yield from some(*(f"A{number:04}" for number in range(2_500)))

    done = access.records.load(
        riverside, DIAGNOSES, many(), by=coder, on_progress=lambda tally: met.append(tally.added)
    )
    assert (done, met) == (Tally(added=2_500), [1_000, 2_000, 2_500])


def test_of_equal_keys_the_last_counts(access: TenantAccess, riverside: TenantId, coder: PrincipalId) -> None:
    access.records.load(riverside, DIAGNOSES, [ReferenceRecord("A", "one"), ReferenceRecord("A", "two")], by=coder)
    assert contents(access, riverside)[DIAGNOSES]["A"].label == "two"


@pytest.mark.row("A71", "INV-40")
def test_a_label_holds_what_a_published_master_file_says(
    access: TenantAccess, riverside: TenantId, coder: PrincipalId
) -> None:
    longest = "x" * 500
    access.records.load(riverside, DIAGNOSES, [ReferenceRecord("A", longest)], by=coder)
    assert contents(access, riverside)[DIAGNOSES]["A"].label == longest
    with pytest.raises(InvalidInputError):
        ReferenceRecord("A", longest + "x")


@pytest.mark.row("MU-22")
@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        (PAYERS, ReferenceRecord("P1", "bad"), "must not be copied"),
        (DIAGNOSES, billing("V1", "P1"), "refers to a set"),
        (DIAGNOSES, "A00", "must be reference records"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_its_batch(
    access: TenantAccess, riverside: TenantId, coder: PrincipalId, name: str, wrong: Any, told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told):
        access.records.load(riverside, name, [*some("A"), wrong], by=coder)
    assert not any(contents(access, riverside).values())


@pytest.mark.row("INV-33")
@pytest.mark.parametrize("level", [NONE, VIEW])
def test_loading_needs_the_highest_level(access: TenantAccess, make: Given, riverside: TenantId, level: Any) -> None:
    kim = make.member(riverside, levels={"codes": level})
    for write in (
        lambda: access.records.load(riverside, DIAGNOSES, some("A"), by=kim),
        lambda: access.records.remove(riverside, DIAGNOSES, ["A"], by=kim),
    ):
        with pytest.raises(AccessDeniedError):
            write()
    assert not any(contents(access, riverside).values())


def test_reading_needs_a_level(access: TenantAccess, make: Given, riverside: TenantId, coder: PrincipalId) -> None:
    access.records.load(riverside, DIAGNOSES, some("A", "B", "C"), by=coder)
    reader = make.member(riverside, levels={"codes": VIEW})
    page = access.records.page(riverside, DIAGNOSES, limit=2, by=reader)
    assert ([one.key for one in page.records], page.next) == (["A", "B"], "B")
    page = access.records.page(riverside, DIAGNOSES, page.next, 2, by=reader)
    assert ([one.key for one in page.records], page.next) == (["C"], None)
    with pytest.raises(AccessDeniedError):
        access.records.page(riverside, DIAGNOSES, by=make.member(riverside))
    for wrong in (0, 1_001):
        with pytest.raises(InvalidInputError, match="limit"):
            access.records.page(riverside, DIAGNOSES, limit=wrong, by=reader)


@pytest.mark.row("INV-12", "INV-11")
def test_records_of_a_stranger_are_not_there(access: TenantAccess, lakeside: TenantId, coder: PrincipalId) -> None:
    for tenant in (lakeside, ABSENT):
        for attempt in (
            lambda tenant=tenant: access.records.load(tenant, DIAGNOSES, some("A"), by=coder),
            lambda tenant=tenant: access.records.page(tenant, DIAGNOSES, by=coder),
            lambda tenant=tenant: access.records.remove(tenant, DIAGNOSES, ["A"], by=coder),
        ):
            with pytest.raises(NotFoundError) as refused:
                attempt()
            assert str(refused.value) == f"no tenant `{tenant}`"
    with pytest.raises(NotFoundError):
        access.records.load(ABSENT, DIAGNOSES, some("A"), by=OPERATOR)


@pytest.mark.parametrize("by", [OPERATOR, System()])
def test_the_operator_and_the_system_load_read_and_remove(access: TenantAccess, riverside: TenantId, by: By) -> None:
    assert access.records.load(riverside, DIAGNOSES, some("A", "B"), by=by) == Tally(added=2)
    assert access.records.remove(riverside, DIAGNOSES, ["A", "Z"], by=by) == 1
    assert [one.key for one in access.records.page(riverside, DIAGNOSES, by=by).records] == ["B"]

    access.execute(CloseTenant(riverside), by=OPERATOR)
    assert [one.key for one in access.records.page(riverside, DIAGNOSES, by=by).records] == ["B"]
    with pytest.raises(IllegalTransitionError):
        access.records.load(riverside, DIAGNOSES, some("C"), by=by)


def test_removing_is_by_exact_key(access: TenantAccess, riverside: TenantId, coder: PrincipalId) -> None:
    access.records.load(riverside, DIAGNOSES, some("A", "a", "B"), by=coder)
    assert access.records.remove(riverside, DIAGNOSES, {"a", "B"}, by=coder) == 2
    assert list(contents(access, riverside)[DIAGNOSES]) == ["A"]
    assert access.records.remove(riverside, DIAGNOSES, [], by=coder) == 0
    for wrong in ("A", ["x"] * 10_001, ["x\n"]):
        with pytest.raises(InvalidInputError):
            access.records.remove(riverside, DIAGNOSES, wrong, by=coder)


def test_many_records_are_removed_at_once(access: TenantAccess, riverside: TenantId, coder: PrincipalId) -> None:
    keys = [f"A{number:04}" for number in range(2_100)]
    access.records.load(riverside, DIAGNOSES, some(*keys), by=coder)
    assert access.records.remove(riverside, DIAGNOSES, keys[:2_050], by=coder) == 2_050
    assert list(contents(access, riverside)[DIAGNOSES]) == keys[2_050:]


@pytest.mark.row("MU-17", "INV-25")
def test_an_undeclared_set_is_unknown(access: TenantAccess, riverside: TenantId, coder: PrincipalId) -> None:
    for attempt in (
        lambda: access.records.load(riverside, "patients", some("A"), by=coder),
        lambda: access.records.page(riverside, "patients", by=coder),
        lambda: access.records.remove(riverside, "patients", ["A"], by=coder),
    ):
        with pytest.raises(UnknownNameError):
            attempt()


def test_a_swapped_id_is_refused(access: TenantAccess, coder: PrincipalId) -> None:
    with pytest.raises(InvalidInputError, match="tenant"):
        access.records.page(TenantId(coder), DIAGNOSES, by=coder)


@pytest.mark.row("A13")
def test_a_context_works_in_its_own_tenant_while_it_lasts(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, coder: PrincipalId
) -> None:
    context = access.contexts.enter(riverside, coder)
    assert access.records.load(riverside, DIAGNOSES, some("A"), by=context) == Tally(added=1)
    with pytest.raises(MisuseError):
        access.records.load(lakeside, DIAGNOSES, some("A"), by=context)
    access.execute(Disable(riverside, coder), by=OPERATOR)
    access.execute(Enable(riverside, coder), by=OPERATOR)
    with pytest.raises(AccessDeniedError) as refused:
        access.records.load(riverside, DIAGNOSES, some("B"), by=context)
    assert refused.value.decision.reasons == (Reason.SESSION_ENDED,)


@pytest.mark.parametrize("store", SEVERAL_WRITERS, indirect=True)
def test_a_tenant_that_others_change_meanwhile_is_written_to_all_the_same(
    access: TenantAccess, riverside: TenantId, coder: PrincipalId, jo: PrincipalId
) -> None:
    def edit() -> None:
        access.execute(ChangePrivileges(riverside, [Edit(jo, "claims", VIEW)]), by=OPERATOR)

    slow = attrs.evolve(access, store=InterruptedStore(access.store, "streams.advance", edit))
    assert slow.records.load(riverside, DIAGNOSES, some("A"), by=coder) == Tally(added=1)


@pytest.mark.row("INV-33")
@pytest.mark.parametrize("store", SEVERAL_WRITERS, indirect=True)
def test_whoever_loses_the_right_meanwhile_writes_nothing(
    access: TenantAccess, riverside: TenantId, coder: PrincipalId
) -> None:
    def revoke() -> None:
        access.execute(ChangePrivileges(riverside, [Edit(coder, "codes", VIEW)]), by=OPERATOR)

    slow = attrs.evolve(access, store=InterruptedStore(access.store, "streams.advance", revoke))
    with pytest.raises(AccessDeniedError):
        slow.records.load(riverside, DIAGNOSES, some("A"), by=coder)
    assert not any(contents(access, riverside).values())


class Contested(InterruptedStore):
    """A store on which somebody else is first every time."""

    def __init__(self, inner: Store, at: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(inner, at, meanwhile)
        self._again = meanwhile

    def _enter(self, name: str) -> Collection[FaultKind]:
        self._meanwhile = self._again
        return super()._enter(name)


class Losing(FaultyStore):
    """A store whose every advance comes too late."""

    def _numbered(self, unit: Unit) -> Unit:
        class Late:
            def __getattr__(self, name: str) -> object:
                return (lambda *_: False) if name == "advance" else getattr(unit.streams, name)

        return attrs.evolve(unit, streams=cast("StreamRepository", Late()))


@pytest.mark.parametrize("store", ["memory"], indirect=True)
@pytest.mark.parametrize("what", ["load", "copy"])
@pytest.mark.parametrize("how", ["streams.advance", "commit", "losing"])
def test_whoever_never_comes_first_is_told_to_try_again(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, what: str, how: str
) -> None:
    both = make.manager(riverside)
    access.execute(AppointManager(lakeside, both), by=OPERATOR)
    access.records.load(riverside, DIAGNOSES, some("A"), by=both)
    plan = access.copying.plan(riverside, [lakeside], [DIAGNOSES], by=both)
    job = access.execute(CopyRecords(plan), by=both).job
    levels = iter([VIEW, FULL] * 50)

    def edit() -> None:
        access.execute(ChangePrivileges(riverside, [Edit(both, "claims", next(levels))]), by=OPERATOR)

    inner = access.store
    crowded = attrs.evolve(access, store=Losing(inner) if how == "losing" else Contested(inner, how, edit))
    attempts: dict[str, Callable[[], object]] = {
        "load": lambda: crowded.records.load(riverside, DIAGNOSES, some("B"), by=both),
        "copy": lambda: crowded.copying.resume(riverside, job, by=both),
    }
    with pytest.raises(ConflictError) as refused:
        attempts[what]()
    assert refused.value.retryable
    assert list(contents(access, riverside)[DIAGNOSES]) == ["A"]
    assert contents(access, lakeside)[DIAGNOSES] == {}
    assert access.copying.resume(riverside, job, by=both).total == Tally(added=1)
