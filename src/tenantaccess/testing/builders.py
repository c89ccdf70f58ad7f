"""Arrange a test in words: tenants and people in each state of their life, by real commands only."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tenantaccess.assembly import TenantAccess
from tenantaccess.ids import TENANT, PrincipalId, TenantId
from tenantaccess.model.actors import By, Operator
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Catalog, ExternalIdScheme, Resource, Role, Segment
from tenantaccess.model.levels import FULL, VIEW, AccessLevel
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.services.joining import JoinLink
from tenantaccess.services.members import AddUsername
from tenantaccess.services.registrations import Approve, CompleteRegistration, RequestAccess
from tenantaccess.services.tenants import OpenTenant
from tenantaccess.testing.doubles import RecordingMailer

OPERATOR: Final = Operator("provider-relations")
"""Who opens tenants and vouches for people, unless somebody else is named."""

PASSWORD: Final = "a quick brown password"
"""What everybody made here signs in with."""

CLINICS: Final = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[
        Resource("claims", "Claims", actions={"view": VIEW, "submit": FULL}),
        Resource("assessments", "Assessments", actions={"view": VIEW, "complete": FULL}),
        Resource("health_passport", "Health passport", offered=False),
        Resource("health_record", "Health record", actions={"view": VIEW}),
        Resource("codes", "Codes and payers"),
        Resource("eligibility", "Eligibility", actions={"check": VIEW}),
        Resource("authorizations", "Authorizations", actions={"view": VIEW, "submit": FULL}),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
    segments=[Segment("medicaid", "Medicaid"), Segment("medicare", "Medicare")],
    roles=[Role("biller", "Biller", {"claims": FULL, "eligibility": VIEW, "codes": FULL})],
)
"""An example to test with where a host's own catalog does not matter: clinics and their payer's portal."""

Levels = Mapping[Any, AccessLevel | str]


class Given:
    """
    What a test is given: ``jo = given(access).member(riverside, levels={"claims": VIEW})`` is active in one line.

    Everything is done by commands, as in life: nothing here can make what the library would not allow. Names are
    made up unless given; everybody's password is `PASSWORD`.

    Args:
        access: Where.
    """

    def __init__(self, access: TenantAccess) -> None:
        self._access = access

    def tenant(self, name: str = "Riverside Clinic", *, tin: str = "", segments: Iterable[str] = ()) -> TenantId:
        """Return a new open tenant that nobody manages yet."""
        external_ids = {"tin": tin} if tin else {}
        command = OpenTenant(name, external_ids=external_ids, segments=frozenset(segments))
        return self._access.execute(command, by=OPERATOR).tenant_id

    def manager(self, tenant: TenantId, username: str = "", *, by: By = OPERATOR) -> PrincipalId:
        """Return a new active account manager; one set up by a member rests on that member."""
        return self.member(tenant, role=ACCOUNT_MANAGER, username=username, by=by)

    def member(
        self,
        tenant: TenantId,
        *,
        levels: Levels | None = None,
        role: str | None = None,
        segments: Iterable[str] = (),
        username: str = "",
        by: By = OPERATOR,
    ) -> PrincipalId:
        """Return a new active member without a mailbox of its own, vouched for by *by*."""
        grant = Grant(role, levels or {}, frozenset(segments))
        return self._access.execute(AddUsername(tenant, self._newcomer(username), grant), by=by).principal_id

    def pending(self, tenant: TenantId | None = None, username: str = "") -> PrincipalId:
        """
        Return a newcomer with a password and a mailbox of its own, whose request for access awaits approval.

        Without a *tenant* it asked for one that is not there, and is a member nowhere.
        """
        name = username or self._name()
        newcomer = NewUsername(name, PASSWORD, email=f"{name}@people.example")
        asked = tenant or TenantId(f"{TENANT}{self._access.entropy.token()[:32]}")
        return self._access.execute(RequestAccess(asked, newcomer, source=name)).principal_id

    def unverified(
        self, tenant: TenantId, *, levels: Levels | None = None, username: str = "", by: By = OPERATOR
    ) -> PrincipalId:
        """Return an applicant who was approved, by default to view everything offered, and has not verified."""
        applicant = self.pending(tenant, username)
        offered = {resource.key: VIEW for resource in self._access.catalog.resources if resource.offered}
        self._access.execute(Approve(tenant, applicant, Grant(levels=levels or offered)), by=by)
        return applicant

    def registered(self, tenant: TenantId, *, levels: Levels | None = None, username: str = "") -> PrincipalId:
        """Return an active member with a verified mailbox; delivers all queued notices, to nobody."""
        applicant, mailer = self.unverified(tenant, levels=levels, username=username), RecordingMailer()
        self._access.notices.deliver(mailer)
        token = next(sent.token for sent in mailer.messages if sent.token and sent.key.endswith(applicant))
        self._access.execute(CompleteRegistration(token))
        return applicant

    def linked(
        self, tenant: TenantId, proven: PrincipalId, *, by: PrincipalId | None = None, password: str = PASSWORD
    ) -> PrincipalId:
        """Return *by*, or a newcomer who is a member nowhere else, joined by proving the credentials of *proven*."""
        master = by or self.pending()
        with self._access.store.reading() as unit:
            found = unit.principals.find(proven)
        username = "" if found is None else found[0].username
        offer = self._access.links.prove(username, password, by=master)
        self._access.execute(JoinLink([tenant], offer.token), by=master)
        return master

    def _newcomer(self, username: str) -> NewUsername:
        return NewUsername(username or self._name(), PASSWORD)

    def _name(self) -> str:
        return f"u{self._access.entropy.token()[:12]}"


def given(access: TenantAccess) -> Given:
    """Return what makes tenants and people in *access*."""
    return Given(access)
