"""A tenant with an account manager who has entered, and people in it, for tests of the pages about users."""

from typing import Any

import attrs
from tests.web.site import CSRF, ROOT, Answer, Visitor

from tenantaccess import PrincipalId, TenantAccess, TenantId
from tenantaccess.model.directory import MemberDetails
from tenantaccess.model.members import Status
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.web.portal import Csrf, Portal


def body(page: Answer) -> Answer:
    """The page without what stands around it: `Go` is pressed there, too."""
    return attrs.evolve(page, html=str(page.soup.main))


@attrs.frozen
class Office:
    """Riverside Clinic, and Maria who manages it."""

    access: TenantAccess
    portal: Portal
    tenant: TenantId
    manager: PrincipalId
    visitor: Visitor
    csrf: Csrf = CSRF

    @classmethod
    def open(cls, access: TenantAccess, portal: Portal) -> "Office":
        riverside = given(access).tenant(tin="01-2345678", segments=["medicaid", "medicare"])
        maria = given(access).manager(riverside, "maria")
        visitor = Visitor(portal, maria)
        visitor.enter(riverside)
        return cls(access, portal, riverside, maria, visitor)

    @property
    def url(self) -> str:
        """The address of the list of users."""
        return f"{ROOT}/t/{self.tenant}/users"

    def enter(self, principal: PrincipalId) -> Visitor:
        """Somebody else, who has entered."""
        visitor = Visitor(self.portal, principal)
        visitor.enter(self.tenant)
        return visitor

    def member(self, username: str, **granted: Any) -> PrincipalId:
        """Somebody active, vouched for by the operator."""
        return given(self.access).member(self.tenant, username=username, **granted)

    def pending(self, username: str) -> PrincipalId:
        """Somebody who awaits approval."""
        return given(self.access).pending(self.tenant, username)

    def unverified(self, username: str) -> PrincipalId:
        """Somebody who was approved, and has not verified."""
        return given(self.access).unverified(self.tenant, username=username)

    def registered(self, username: str, **granted: Any) -> PrincipalId:
        """Somebody with a verified mailbox."""
        return given(self.access).registered(self.tenant, username=username, **granted)

    def elsewhere(self, username: str) -> PrincipalId:
        """Somebody of another tenant."""
        return given(self.access).member(given(self.access).tenant("Lakeside"), username=username)

    def told(self, principal: PrincipalId) -> MemberDetails:
        """All about somebody, as it is."""
        return self.access.directory.member(self.tenant, principal, by=OPERATOR)

    def status(self, principal: PrincipalId) -> Status:
        """Somebody's status."""
        return self.told(principal).row.status

    def levels(self, principal: PrincipalId) -> dict[str, str]:
        """What somebody effectively holds."""
        return {str(key): str(level) for key, level in self.told(principal).row.levels.items()}

    def kinds(self) -> list[str]:
        """What happened here, the newest first."""
        return [event.kind for event, _ in self.access.audit.latest(self.tenant, limit=500, by=OPERATOR)]
