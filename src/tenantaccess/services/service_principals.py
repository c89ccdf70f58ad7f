"""Service principals: usernames of programs, which sign in nowhere and never lapse."""

from typing import ClassVar

import attrs

from tenantaccess.ids import PRINCIPAL, PrincipalId
from tenantaccess.model import names, words
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.members import Membership, Origin, Row
from tenantaccess.model.principals import Kind, Principal
from tenantaccess.model.privileges import NOTHING, Grant
from tenantaccess.rules import members
from tenantaccess.services import guards
from tenantaccess.services.command import Change, Plan, TenantCommand, require_grant_words
from tenantaccess.services.members import Added, granted
from tenantaccess.services.scene import Scene, change


@attrs.frozen
class AddService(TenantCommand[Added]):
    """
    Let a program act in a tenant, under a username of its own.

    Who: an account manager whose row rests on no other, or the operator; no service adds another one. From nothing
    to active: whoever adds it attests to it, and the row keeps who that was: it may touch nothing that counts as
    theirs. Nobody is told. It has no password and
    no address, signs in nowhere, proves, links and requests nothing, never lapses, and counts for nothing where a
    tenant must stay managed. The host decides which program acts as it.

    Args:
        tenant: Where.
        username: Globally unique; letters, digits and ``._@+-``.
        grant: Role, levels and segments; nothing by default.

    Raises:
        TakenError: the username is in use, anywhere.
        GrantRefusedError: above what the actor holds.
        AccessDeniedError: no account manager, one whose own row rests on another, or a service.
    """

    name: ClassVar[str] = "add_service"
    answers: ClassVar[type] = Added
    username: str = attrs.field(converter=names.username)
    grant: Grant = attrs.field(default=NOTHING, validator=words.exactly(Grant))

    def require_words(self, catalog: Catalog) -> None:
        """Check levels, resources and segments."""
        require_grant_words(catalog, self.grant)

    def plan(self, scene: Scene) -> Plan[Added]:
        """See the class."""
        actor = guards.require_manager(scene, admits=True)
        if actor is not None:
            guards.require_human(scene, actor.principal)
        principal = Principal(
            id=PrincipalId(scene.ids.make(PRINCIPAL, "principal")), username=self.username, kind=Kind.SERVICE
        )
        fresh = Membership(scene.tenant.id, principal.id, Origin.PROVISIONED)
        row = granted(Row(members.attested(fresh, scene.now, scene.actor.id), principal), scene, self.grant)
        guards.require_free_username(scene, principal)
        guards.require_may_give(scene, actor, None, row)
        return Plan(
            Added(principal.id),
            (Change(principal.id, principal.id, None, principal), change(None, row.membership)),
        )
