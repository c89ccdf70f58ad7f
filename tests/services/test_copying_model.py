"""Copies beside a plain dictionary model: within the store, record by record, and planned, all tell the same."""

import itertools
from collections.abc import Iterator, Mapping

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as any_
from hypothesis import strategies as st
from tests.services.copies import BAD, BILLING, CODES, DIAGNOSES, PAYERS, SMALL, contents, marks, put, refuse_bad

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, OpenTenant
from tenantaccess.ids import PrincipalId, ReferenceSetKey, TenantId
from tenantaccess.model.copying import CopyState, OnConflict, Selection, Tally, Verdict
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.ports.storage import Store
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy

Contents = dict[ReferenceSetKey, dict[str, ReferenceRecord]]
ORDER = (DIAGNOSES, PAYERS, BILLING)
KEYS = ["A", "B", "C", "a", "é"]
NUMBERS = itertools.count()
ASIDE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def one(key: str, name: ReferenceSetKey) -> st.SearchStrategy[ReferenceRecord]:
    labels = st.sampled_from(["one", "two", "bad"])
    referred = st.sampled_from([{}, *({PAYERS: payer} for payer in KEYS[:3])])
    refers: st.SearchStrategy[Mapping[ReferenceSetKey, str]] = referred if name == BILLING else st.just({})
    return st.builds(ReferenceRecord, st.just(key), labels, st.just({}), refers)


def tenants_records() -> st.SearchStrategy[Contents]:
    def of(name: ReferenceSetKey) -> st.SearchStrategy[dict[str, ReferenceRecord]]:
        some = st.sets(st.sampled_from(KEYS)).flatmap(lambda keys: st.tuples(*(one(key, name) for key in sorted(keys))))
        return some.map(lambda found: {record.key: record for record in found})

    return st.fixed_dictionaries({name: of(name) for name in ORDER})


def verdicts(
    source: Contents, target: Contents, sets: list[ReferenceSetKey], selection: Selection
) -> dict[ReferenceSetKey, dict[str, Verdict]]:
    """What becomes of each record, said once more in plain words."""
    found: dict[ReferenceSetKey, dict[str, Verdict]] = {}
    gets = {name: set(target[name]) for name in ORDER}
    for name in [name for name in ORDER if name in sets]:
        found[name] = {}
        for key, record in source[name].items():
            if key not in selection.keys.get(name, source[name]):
                continue
            if name == PAYERS and record.label == "bad":
                found[name][key] = Verdict.INVALID
            elif any(payer not in gets[PAYERS] for payer in record.refers.values()):
                found[name][key] = Verdict.DANGLING
            elif key not in target[name]:
                found[name][key] = Verdict.NEW
                gets[name].add(key)
            else:
                found[name][key] = Verdict.IDENTICAL if target[name][key] == record else Verdict.CONFLICTING
    return found


def landed(
    source: Contents, target: Contents, found: dict[ReferenceSetKey, dict[str, Verdict]], on_conflict: OnConflict
) -> Contents:
    copied = {Verdict.NEW, Verdict.CONFLICTING} if on_conflict is OnConflict.UPDATE else {Verdict.NEW}
    return {
        name: {
            **target[name],
            **{key: source[name][key] for key, verdict in found.get(name, {}).items() if verdict in copied},
        }
        for name in ORDER
    }


@pytest.fixture
def access(store: Store) -> TenantAccess:
    return TenantAccess(store, CODES, SMALL, FrozenClock(), SeededEntropy(), QuickHasher())


@pytest.fixture
def lee(access: TenantAccess) -> PrincipalId:
    return Given(access).manager(Given(access).tenant("Home"))


def fresh(access: TenantAccess, lee: PrincipalId, records: Contents) -> TenantId:
    """A tenant of its own for each example, where somebody may do everything."""
    tenant = access.execute(OpenTenant(f"Clinic {next(NUMBERS)}"), by=OPERATOR).tenant_id
    access.execute(AppointManager(tenant, lee), by=OPERATOR)
    for name, found in records.items():
        put(access, tenant, name, list(found.values()))
    return tenant


def cases() -> Iterator[st.SearchStrategy[object]]:
    yield tenants_records()
    yield tenants_records()
    yield st.lists(st.sampled_from(ORDER), min_size=1, max_size=3, unique=True)
    yield st.dictionaries(st.sampled_from(ORDER), st.sets(st.sampled_from(KEYS)), max_size=2)
    yield st.sampled_from([OnConflict.SKIP, OnConflict.UPDATE])


@pytest.mark.row("INV-34", "INV-35", "MU-22", "MU-23")
@any_(*cases())
@ASIDE
def test_a_copy_leads_to_what_dictionaries_say(
    access: TenantAccess,
    lee: PrincipalId,
    source: Contents,
    target: Contents,
    sets: list[ReferenceSetKey],
    named: dict[ReferenceSetKey, set[str]],
    on_conflict: OnConflict,
) -> None:
    """Sets that a store copies within itself, sets whose records are looked at: whichever way, one answer."""
    selection = Selection({name: keys & set(source[name]) for name, keys in named.items() if name in sets})
    here, there = fresh(access, lee, source), fresh(access, lee, target)
    before = contents(access, here), marks(access, here)
    expected = verdicts(source, target, sets, selection)

    plan = access.copying.plan(here, [there], sets, selection, by=lee)
    for comparison in plan.comparisons:
        told = expected[comparison.set]
        assert comparison.counts == {
            verdict.value: sum(found is verdict for found in told.values()) for verdict in Verdict
        }
        assert {name: [one.key for one in some] for name, some in comparison.samples.items()} == {
            verdict.value: sorted(key for key, found in told.items() if found is verdict)
            for verdict in Verdict
            if verdict in told.values()
        }
        assert all(one.why == BAD for one in comparison.samples.get("invalid", ()))

    result = access.copying.run(plan, on_conflict=on_conflict, by=lee)
    assert contents(access, there) == landed(source, target, expected, on_conflict)
    assert (contents(access, here), marks(access, here)) == before
    assert result.job.state is CopyState.DONE
    conflicting = plan.count(Verdict.CONFLICTING)
    updated = conflicting if on_conflict is OnConflict.UPDATE else 0
    assert result.total == Tally(
        added=plan.count(Verdict.NEW),
        updated=updated,
        identical=plan.count(Verdict.IDENTICAL),
        conflicting=conflicting - updated,
        invalid=plan.count(Verdict.INVALID),
        dangling=plan.count(Verdict.DANGLING),
    )


@pytest.mark.row("INV-34")
@any_(tenants_records(), tenants_records(), st.sampled_from(OnConflict))
@ASIDE
def test_within_the_store_or_record_by_record_is_all_one(
    access: TenantAccess, lee: PrincipalId, source: Contents, target: Contents, on_conflict: OnConflict
) -> None:
    """The same set with a check that lets all pass is looked at record by record."""
    here = fresh(access, lee, source)
    checked = [attrs.evolve(one, check=_good) for one in CODES.reference_sets if one.key == DIAGNOSES]
    looked_at = attrs.evolve(access, catalog=attrs.evolve(CODES, reference_sets=checked))
    told = []
    for way in (access, looked_at):
        there = fresh(access, lee, target)
        before = marks(access, there)
        plan = way.copying.plan(here, [there], [DIAGNOSES], by=lee)
        if on_conflict is OnConflict.FAIL and plan.count(Verdict.CONFLICTING):
            continue
        total = way.copying.run(plan, on_conflict=on_conflict, by=lee).total
        (comparison,) = plan.comparisons
        told.append(
            (
                comparison.counts,
                dict(comparison.samples),
                total,
                contents(access, there),
                marks(access, there) == before,
            )
        )
    assert told[:1] == told[1:]


def _good(_: ReferenceRecord) -> str:
    return ""


def test_the_check_of_the_model_is_the_catalogs() -> None:
    assert refuse_bad(ReferenceRecord("A", "bad")) == BAD
    assert refuse_bad(ReferenceRecord("A", "good")) == ""
