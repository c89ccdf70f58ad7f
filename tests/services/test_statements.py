"""What a command costs in statements: the same for every size, and few (figures: a networked round trip each)."""

import pytest
from tests.services.statements import ON_SQL, statements

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddUsername, ChangePrivileges, Disable, EditRole, Enable, JoinLink, UpdateContact
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Contact
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Edit, Grant
from tenantaccess.services.command import Command, Done
from tenantaccess.testing.builders import PASSWORD, Given


@ON_SQL
@pytest.mark.row("INV-36", "INV-40")
def test_an_audited_change_with_its_notice_takes_few_statements(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    changes: list[tuple[Command[Done], int]] = [
        (UpdateContact(riverside, jo, contact=Contact(first_name="Jo")), 6),
        (ChangePrivileges(riverside, [Edit(jo, "claims", VIEW)]), 7),
        (Disable(riverside, jo), 6),
        (Enable(riverside, jo), 6),
    ]
    for command, limit in changes:
        with statements(access) as sent:
            access.execute(command, by=maria)
        assert len(sent) <= limit, (command.name, sent)


@ON_SQL
@pytest.mark.row("INV-40")
def test_a_role_edit_takes_the_same_statements_whoever_holds_it(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    def edited(level: str) -> int:
        with statements(access) as sent:
            access.execute(EditRole(riverside, "biller", {"claims": level}), by=maria)
        return len(sent)

    few = edited("view")
    for _ in range(30):
        make.member(riverside, role="biller")
    assert edited("full") == few
    assert few <= 8


@ON_SQL
@pytest.mark.row("INV-40")
def test_many_cells_at_once_take_no_statement_each_but_their_writes(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    people = [make.member(riverside, levels={"claims": FULL}) for _ in range(12)]

    def changed(count: int) -> list[str]:
        edits = [Edit(who, "claims", VIEW) for who in people[:count]]
        with statements(access) as sent:
            access.execute(ChangePrivileges(riverside, edits), by=maria)
        return [statement for statement in sent if statement.startswith(("SELECT", "WITH"))]

    assert len(changed(2)) == len(changed(12))


@ON_SQL
@pytest.mark.row("MU-10", "INV-40")
def test_a_join_reads_each_tenant_once(access: TenantAccess, make: Given, riverside: TenantId, jo: PrincipalId) -> None:
    master = make.pending()
    offer = access.links.prove("jo", PASSWORD, by=master)
    with statements(access) as sent:
        access.execute(JoinLink([riverside], offer.token), by=master)
    reads = [one for one in sent if one.startswith(("SELECT", "WITH"))]
    assert len(reads) <= 5, reads
    assert len(sent) <= 15, sent
    assert jo


@ON_SQL
@pytest.mark.row("MU-04")
def test_adding_a_username_takes_few_statements(access: TenantAccess, riverside: TenantId, maria: PrincipalId) -> None:
    with statements(access) as sent:
        access.execute(AddUsername(riverside, NewUsername("new", PASSWORD), Grant(levels={"claims": VIEW})), by=maria)
    assert len(sent) <= 12, sent
