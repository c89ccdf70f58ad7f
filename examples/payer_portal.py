"""
An account manager's work in a payer's portal: verify, invite, search, set permissions, disable and enable.

Run it: python examples/payer_portal.py
"""
# ruff: noqa: INP001, T201  # a script: it stands alone, and it prints

from datetime import UTC, datetime, timedelta

from tenantaccess import (
    FULL,
    VIEW,
    Catalog,
    DisableReason,
    ExternalIdScheme,
    Grant,
    Message,
    NewUsername,
    Operator,
    Resource,
    Role,
    TenantAccess,
)
from tenantaccess.commands import (
    AcceptInvitation,
    AppointManager,
    Approve,
    CompleteRegistration,
    Disable,
    Enable,
    Invite,
    OpenTenant,
    RequestAccess,
    ResetPassword,
    SendPasswordReset,
)
from tenantaccess.stores.memory import MemoryStore

CATALOG = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
    roles=[Role("biller", "Biller", {"claims": FULL})],
)


class Calendar:
    """A clock that this script turns; leave it out, and the machine's is read."""

    today = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment it shows."""
        return self.today


class Postbox:
    """Where mail goes here; a host's own sends it, `tenantaccess.mail` for example."""

    last: Message

    def send(self, message: Message) -> None:
        """Keep the latest, and say so."""
        self.last = message
        print("mail:", message.to, message.purpose)


def main() -> None:
    """Play it from the first day to the last."""
    calendar, post = Calendar(), Postbox()
    access = TenantAccess(MemoryStore(), CATALOG, clock=calendar)
    payer = Operator("provider-relations")

    # The payer opens the practice, verifies its first user and sets her up.
    riverside = access.execute(OpenTenant("Riverside Clinic", {"tin": "01-2345678"}), by=payer).tenant_id
    her = NewUsername("maria", "maria knows the way", "maria@riverside.example", "Maria", "Lopez")
    maria = access.execute(RequestAccess(("tin", "01-2345678"), her)).principal_id
    access.execute(AppointManager(riverside, maria), by=payer)
    access.notices.deliver(post)

    # Somebody registers by the tax id. Verification Pending shows her; Maria approves, Jo follows the mailed link.
    her = NewUsername("jo", "jo counts the claims", "jo@riverside.example", "Jo", "Smith")
    jo = access.execute(RequestAccess(("tin", "012345678"), her)).principal_id
    (row,) = access.directory.search(riverside, pending=True, by=maria).rows
    print(row.username, row.status.value, "-", access.check(riverside, jo, "claims", "view").explanation)
    access.execute(Approve(riverside, jo, Grant(role="biller")), by=maria)
    access.notices.deliver(post)
    access.execute(CompleteRegistration(post.last.token))
    print("may submit:", bool(access.check(riverside, jo, "claims", "submit")))

    # Invite a User, to a mailbox; whoever holds it accepts, and there is nothing left to verify.
    access.execute(Invite(riverside, "kim@riverside.example", Grant(levels={"claims": VIEW})), by=maria)
    access.notices.deliver(post)
    kim = access.execute(AcceptInvitation(post.last.token, NewUsername("kim", "kim has mail"))).principal_id

    # Send Password Reset Email: Maria triggers it and never sees the link.
    access.execute(SendPasswordReset(riverside, jo), by=maria)
    access.notices.deliver(post)
    access.execute(ResetPassword(post.last.token, "jo counts them again"))

    # Search for User, and what may be done to each row, from one load.
    page = access.directory.search(riverside, sort="last_name", by=maria)
    buttons = access.may_each([Disable, SendPasswordReset], riverside, page.ids, by=maria)
    for row in page.rows:
        print(row.username, [bool(answer) for answer in buttons[row.principal_id].values()])

    # Disable User and Enable User; then 90 days of silence. Kim's access has lapsed, sweep or no sweep.
    access.execute(Disable(riverside, jo, DisableReason.NOT_NEEDED), by=maria)
    print(access.check(riverside, jo, "claims", "view").explanation, access.contexts.who_can_help(riverside, jo))
    access.execute(Enable(riverside, jo), by=maria)
    calendar.today += timedelta(days=90)
    lapsed = access.check(riverside, kim, "claims", "view")
    print(lapsed.explanation, "-", lapsed.remedy)


if __name__ == "__main__":
    main()
