"""
One person, three practices: a master username is linked, switches, sets privileges and copies codes.

Run it: python examples/practice_group.py
"""
# ruff: noqa: INP001, T201  # a script: it stands alone, and it prints

from tenantaccess import (
    ACCOUNT_MANAGER,
    FULL,
    NONE,
    VIEW,
    Catalog,
    ConflictError,
    Grant,
    NewUsername,
    Operator,
    PrincipalId,
    ProofRefusedError,
    ReferenceRecord,
    ReferenceSet,
    Resource,
    Segment,
    TenantAccess,
    TenantId,
)
from tenantaccess.commands import AddUsername, ChangePassword, ChangePrivileges, JoinLink, OpenTenant
from tenantaccess.stores.memory import MemoryStore

CATALOG = Catalog(
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("codes", "Codes and payers"),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
    segments=[Segment("medicaid", "Medicaid")],
    reference_sets=[
        ReferenceSet("insurance_payers", "Insurance payers", resource="codes"),
        ReferenceSet("billing_codes", "Billing codes", resource="codes", refers_to=["insurance_payers"]),
    ],
)
ACCESS = TenantAccess(MemoryStore(), CATALOG)


def opened(name: str, manager: str) -> tuple[TenantId, PrincipalId]:
    """Open a practice with the username of its provider."""
    opening = OpenTenant(name, segments=["medicaid"], manager=NewUsername(manager, f"{manager} has a secret"))
    done = ACCESS.execute(opening, by=Operator("sales"))
    return done.tenant_id, done.manager_id


def main() -> None:
    """Play it on a store in memory."""
    riverside, maria = opened("Riverside Clinic", "maria")
    lakeside, tom = opened("Lakeside Practice", "tom")
    hilltop, _ = opened("Hilltop Pediatrics", "ana")

    # Allow Account Access: a new username in one of them. Its password was chosen by Maria, so Lee changes it.
    adding = AddUsername(riverside, NewUsername("lee", "chosen by maria"), Grant(role=ACCOUNT_MANAGER))
    lee = ACCESS.execute(adding, by=maria).principal_id
    ACCESS.execute(ChangePassword("chosen by maria", "chosen by lee"), by=lee)

    # Access Other Accounts: Find Account proves a username and its password, Join Account takes what was found.
    try:
        ACCESS.links.prove("tom", "a guess", by=lee)
    except ProofRefusedError as refused:
        print("find account:", refused)
    for username in ("tom", "ana"):
        offer = ACCESS.links.prove(username, f"{username} has a secret", by=lee)
        ACCESS.execute(JoinLink([found.id for found in offer.tenants], offer.token), by=lee)

    # The provider drop-down; a context answers without asking the store.
    for entry in ACCESS.contexts.list_tenants(lee).entries:
        print("provider:", entry.name, *entry.segments)
    context = ACCESS.contexts.enter(lakeside, lee, "medicaid")
    print("may submit at Lakeside:", context.allows("claims", "submit"))

    # Username Privileges: the practice has the last word on its links. Two pages, one cell: the second is told.
    page = ACCESS.privileges.matrix(lakeside, by=tom)
    old_page = ACCESS.privileges.matrix(lakeside, by=tom)
    ACCESS.execute(ChangePrivileges(lakeside, page.edit({(lee, "claims"): VIEW})), by=tom)
    try:
        ACCESS.execute(ChangePrivileges(lakeside, old_page.edit({(lee, "claims"): NONE})), by=tom)
    except ConflictError as conflict:
        print(f"conflict: seen {conflict.seen}, found {conflict.found}")
    context = ACCESS.contexts.resume(context.session, lee)
    print(context.check("claims", "submit").explanation)

    # Copy Codes to Another Account: entered once, planned, copied; what is there in other words is kept.
    payers = [ReferenceRecord("PAY-1", "Bluebird Health"), ReferenceRecord("PAY-2", "Harbor Mutual")]
    visits = [ReferenceRecord("BILL-1", "Office visit", {"fee": "40.00"}, {"insurance_payers": "PAY-1"})]
    ACCESS.records.load(riverside, "insurance_payers", payers, by=lee)
    ACCESS.records.load(riverside, "billing_codes", visits, by=lee)
    ACCESS.records.load(lakeside, "insurance_payers", [ReferenceRecord("PAY-2", "Harbor, as we call it")], by=tom)
    plan = ACCESS.copying.plan(riverside, [lakeside, hilltop], ["billing_codes", "insurance_payers"], by=lee)
    for one in plan.comparisons:
        print(one.set, dict(one.counts))
    done = ACCESS.copying.run(plan, by=lee)
    print(f"copied: {done.total.added} added, {done.total.conflicting} kept as they were")
    print("the record holds:", all(ACCESS.audit.verify(tenant).holds for tenant in (riverside, lakeside, hilltop)))


if __name__ == "__main__":
    main()
