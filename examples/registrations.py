"""
Somebody registers, an account manager lets them in, and 90 silent days disable them again.

Run it: python examples/registrations.py
"""
# ruff: noqa: INP001, T201  # a script: it stands alone, and it prints

from datetime import timedelta

from tenantaccess import VIEW, Catalog, ExternalIdScheme, Grant, NewUsername, Operator, Resource, Role, TenantAccess
from tenantaccess.commands import (
    AppointManager,
    Approve,
    CompleteRegistration,
    Disable,
    Enable,
    OpenTenant,
    RequestAccess,
)
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer

CATALOG = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[Resource("claims", "Claims"), Resource("manage_account", "Manage account")],
    managed_by="manage_account",
    roles=[Role("reader", "Reader", {"claims": VIEW})],
)


def main() -> None:
    """Play it from the first day to the last."""
    clock, mailer = FrozenClock(), RecordingMailer()
    access = TenantAccess(MemoryStore(), CATALOG, clock=clock)
    payer = Operator("provider-relations")

    # The operator opens the practice; its first account manager registers and is set up.
    riverside = access.execute(OpenTenant("Riverside Clinic", {"tin": "01-2345678"}), by=payer).tenant_id
    newcomer = NewUsername("maria", "maria knows the way", "maria@riverside.example")
    maria = access.execute(RequestAccess(("tin", "012345678"), newcomer)).principal_id
    access.execute(AppointManager(riverside, maria), by=payer)
    access.notices.deliver(mailer)

    # Jo registers; the managers are told.
    newcomer = NewUsername("jo", "jo counts the claims", "jo@riverside.example")
    jo = access.execute(RequestAccess(("tin", "01-2345678"), newcomer)).principal_id
    access.notices.deliver(mailer)
    print("told:", mailer.messages[-1].to, mailer.messages[-1].purpose)
    print(access.check(riverside, jo, "claims", "view").explanation)

    # Maria approves; Jo follows the link in the mail.
    access.execute(Approve(riverside, jo, Grant(role="reader")), by=maria)
    print(access.check(riverside, jo, "claims", "view").explanation)
    access.notices.deliver(mailer)
    access.execute(CompleteRegistration(mailer.tokens()[-1]))
    print(access.check(riverside, jo, "claims", "view").explanation)

    # Disabled and enabled: levels as before, the mailbox verified anew.
    access.execute(Disable(riverside, jo), by=maria)
    access.execute(Enable(riverside, jo), by=maria)
    access.notices.deliver(mailer)
    access.execute(CompleteRegistration(mailer.tokens()[-1]))

    # Maria works on, Jo does not: at 90 days Jo's access has lapsed, sweep or no sweep.
    clock.advance(timedelta(days=80))
    access.require(riverside, maria, "manage_account", "view")
    clock.advance(timedelta(days=10))
    print(access.check(riverside, jo, "claims", "view").explanation)
    print(access.check(riverside, jo, "claims", "view").remedy)


if __name__ == "__main__":
    main()
