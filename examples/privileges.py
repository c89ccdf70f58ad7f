"""
A matrix shown and edited, an old page refused, a role edited, and the record of it all.

Run it: python examples/privileges.py
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
    Resource,
    Role,
    TenantAccess,
)
from tenantaccess.commands import AddUsername, ChangePrivileges, EditRole, OpenTenant
from tenantaccess.model.privileges import Matrix
from tenantaccess.stores.memory import MemoryStore

CATALOG = Catalog(
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("codes", "Codes"),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
    roles=[Role("biller", "Biller", {"claims": FULL, "codes": FULL})],
)


def show(matrix: Matrix) -> None:
    """Print usernames by resources; a star marks an explicit level."""
    for row in matrix.rows:
        cells = [f"{cell.level}{'*' if cell.explicit else ''}" for cell in row.cells.values()]
        print(f"{row.username:8}", *(f"{cell:6}" for cell in cells))


def main() -> None:
    """Play it on a store in memory."""
    access = TenantAccess(MemoryStore(), CATALOG)
    operator = Operator("sales")
    riverside = access.execute(OpenTenant("Riverside Clinic"), by=operator).tenant_id
    adding = AddUsername(riverside, NewUsername("maria", "maria knows the way"), Grant(role=ACCOUNT_MANAGER))
    maria = access.execute(adding, by=operator).principal_id
    adding = AddUsername(riverside, NewUsername("jo", "jo counts the claims"), Grant(role="biller"))
    jo = access.execute(adding, by=maria).principal_id

    # Two windows show the same page; the first edit of a cell wins, the second is told.
    first = access.privileges.matrix(riverside, by=maria)
    second = access.privileges.matrix(riverside, by=maria)
    access.execute(ChangePrivileges(riverside, first.edit({(jo, "claims"): VIEW})), by=maria)
    try:
        access.execute(ChangePrivileges(riverside, second.edit({(jo, "claims"): NONE})), by=maria)
    except ConflictError as conflict:
        print(f"conflict: seen {conflict.seen}, found {conflict.found}")
    show(access.privileges.matrix(riverside, by=maria))

    # A role's edit moves its holders at once; what was set explicitly stays.
    access.execute(EditRole(riverside, "biller", {"claims": NONE, "codes": VIEW}), by=maria)
    show(access.privileges.matrix(riverside, by=maria))

    # Nobody edits their own row; asked beforehand, the rule says the same.
    page = access.privileges.matrix(riverside, by=maria)
    print(access.may(ChangePrivileges(riverside, page.edit({(maria, "claims"): NONE})), by=maria).explanation)

    for event, _ in access.audit.read(riverside, by=maria):
        print(event.number, event.kind)
    print("the record holds:", access.audit.verify(riverside).holds)


if __name__ == "__main__":
    main()
