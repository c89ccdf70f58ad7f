"""Bring somebody into each condition of the lifecycle by the commands that lead there."""

from collections.abc import Callable
from typing import Any, Final

import attrs
from tests.services.worlds import days, wait

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    Approve,
    Disable,
    Enable,
    Reject,
    Remove,
    SendRegistration,
    SetDates,
)
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import VIEW
from tenantaccess.model.privileges import Grant
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import Given
from tenantaccess.testing.doubles import FrozenClock

Manage = Callable[[TenantId, PrincipalId, FrozenClock], Command[Any]]

MANAGING: Final[dict[str, Manage]] = {
    "approve": lambda tenant, member, _: Approve(tenant, member, Grant(levels={"claims": VIEW})),
    "disable": lambda tenant, member, _: Disable(tenant, member),
    "enable": lambda tenant, member, _: Enable(tenant, member),
    "reject": lambda tenant, member, _: Reject(tenant, member),
    "remove": lambda tenant, member, _: Remove(tenant, member),
    "send_registration": lambda tenant, member, _: SendRegistration(tenant, member),
    "set_dates": lambda tenant, member, clock: SetDates(tenant, member, valid_until=clock.now() + days(7)),
}
"""The commands about one member that an account manager gives, by name."""


@attrs.frozen
class World:
    """A tenant with a manager, in which people are brought into conditions."""

    access: TenantAccess
    make: Given
    clock: FrozenClock
    tenant: TenantId
    manager: PrincipalId

    def somebody(self, condition: Reason) -> PrincipalId:
        """A member in *condition*."""
        arranged: PrincipalId = getattr(self, f"_{condition.value}")()
        return arranged

    def do(self, command: Command[Any]) -> None:
        self.access.execute(command, by=self.manager)

    def wait(self, count: float) -> None:
        wait(self.access, self.clock, count, (self.tenant, self.manager))

    def _active(self) -> PrincipalId:
        return self.make.registered(self.tenant)

    def _unverified(self) -> PrincipalId:
        return self.make.unverified(self.tenant)

    def _pending(self) -> PrincipalId:
        return self.make.pending(self.tenant)

    def _rejected(self) -> PrincipalId:
        applicant = self._pending()
        self.do(Reject(self.tenant, applicant))
        return applicant

    def _disabled(self) -> PrincipalId:
        member = self._active()
        self.do(Disable(self.tenant, member))
        return member

    def _ended(self) -> PrincipalId:
        member = self._active()
        self.do(SetDates(self.tenant, member, valid_until=self.clock.now() + days(1)))
        self.wait(1)
        return member

    def _not_yet_valid(self) -> PrincipalId:
        member = self._active()
        self.do(SetDates(self.tenant, member, valid_from=self.clock.now() + days(1)))
        return member

    def _request_expired(self) -> PrincipalId:
        applicant = self._pending()
        self.wait(90)
        return applicant

    def _lapsed(self) -> PrincipalId:
        member = self._active()
        self.wait(90)
        return member

    def _stale(self) -> PrincipalId:
        chooser = self.make.manager(self.tenant)
        member = self.make.member(self.tenant, levels={"claims": VIEW}, by=chooser)
        self.do(Disable(self.tenant, chooser))
        return member
