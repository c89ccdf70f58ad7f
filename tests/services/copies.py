"""What tests of copying start from: three sets, two clinics and somebody who works for both."""

from collections.abc import Mapping, Sequence

import attrs

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AppointManager, AssignRole, ChangePrivileges
from tenantaccess.ids import PrincipalId, ReferenceSetKey, TenantId
from tenantaccess.model.catalog import Catalog, ReferenceSet
from tenantaccess.model.levels import AccessLevel
from tenantaccess.model.policy import Policy
from tenantaccess.model.privileges import Edit
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.testing.builders import CLINICS, OPERATOR, Given

DIAGNOSES, BILLING, PAYERS = (ReferenceSetKey(key) for key in ("diagnosis_codes", "billing_codes", "insurance_payers"))
ALL = [DIAGNOSES, BILLING, PAYERS]
BAD = "must not be copied"


def refuse_bad(record: ReferenceRecord) -> str:
    """A host's own check: what it says is shown."""
    return BAD if record.label == "bad" else ""


CODES: Catalog = attrs.evolve(
    CLINICS,
    reference_sets=[
        ReferenceSet(DIAGNOSES, "Diagnosis codes", resource="codes"),
        ReferenceSet(BILLING, "Billing codes", resource="codes", refers_to=[PAYERS]),
        ReferenceSet(PAYERS, "Insurance payers", resource="codes", check=refuse_bad),
    ],
)
SMALL = Policy(copy_batch=2, copy_slice=2)
"""Batches of two, so that a handful of records takes several."""


def some(*keys: str, label: str = "") -> list[ReferenceRecord]:
    return [ReferenceRecord(key, label or f"Label {key}") for key in keys]


def billing(key: str, payer: str) -> ReferenceRecord:
    return ReferenceRecord(key, "Visit", {"price": "10"}, {PAYERS: payer})


def put(access: TenantAccess, tenant: TenantId, name: str, records: Sequence[ReferenceRecord]) -> None:
    """Load records by the operator's word, past the set's own check."""
    with access.store.begin() as unit:
        there = {one.key for one in unit.records.find(tenant, ReferenceSetKey(name), [one.key for one in records])}
        unit.records.put(tenant, ReferenceSetKey(name), [one for one in records if one.key in there])
        unit.records.add(tenant, ReferenceSetKey(name), [one for one in records if one.key not in there])
        unit.commit()


def contents(access: TenantAccess, tenant: TenantId) -> Mapping[str, Mapping[str, ReferenceRecord]]:
    """All records of a tenant, by set and key."""
    with access.store.reading() as unit:
        return {
            name: {one.key: one for one in unit.records.page(tenant, name, "", 100_000)}
            for name in (DIAGNOSES, BILLING, PAYERS)
        }


def marks(access: TenantAccess, tenant: TenantId) -> list[str]:
    with access.store.reading() as unit:
        return [unit.records.fingerprint(tenant, name) for name in (DIAGNOSES, BILLING, PAYERS)]


def load(access: TenantAccess, tenant: TenantId, name: str, *records: ReferenceRecord) -> None:
    access.records.load(tenant, name, records, by=OPERATOR)


def works(
    access: TenantAccess, make: Given, here: TenantId, there: TenantId, reads: AccessLevel, writes: AccessLevel
) -> PrincipalId:
    """Somebody with these levels on codes in two tenants."""
    lee = make.member(here, levels={"codes": reads})
    access.execute(AppointManager(there, lee), by=OPERATOR)
    # A second one, so that the first may be told its levels.
    boss = make.manager(there)
    access.execute(AssignRole(there, lee, None), by=boss)
    access.execute(ChangePrivileges(there, [Edit(lee, "codes", writes)]), by=boss)
    return lee
