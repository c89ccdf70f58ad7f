"""What a host builds once: the store, the catalog and the rooms, put together."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar, overload

import attrs

from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.actors import By
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Decision
from tenantaccess.model.policy import Policy
from tenantaccess.ports.storage import Store
from tenantaccess.ports.world import Clock, Entropy, PasswordHasher, PasswordRules
from tenantaccess.services.adoption import Adoption
from tenantaccess.services.attempts import Attempts
from tenantaccess.services.audit import Audit
from tenantaccess.services.authentication import Authentication
from tenantaccess.services.checked import CheckedStore
from tenantaccess.services.command import Command, PublicCommand
from tenantaccess.services.contexts import Contexts
from tenantaccess.services.copying import Copying
from tenantaccess.services.decisions import Check, Decisions
from tenantaccess.services.directory import Directory
from tenantaccess.services.hashing import PreparingHasher
from tenantaccess.services.invitations import Invitations
from tenantaccess.services.mailed import MailedLinks
from tenantaccess.services.notices import Notices
from tenantaccess.services.overview import Tenants
from tenantaccess.services.pipeline import Pipeline
from tenantaccess.services.preflight import Makes, may_each
from tenantaccess.services.privileges import Privileges
from tenantaccess.services.proofs import Links
from tenantaccess.services.records import Records
from tenantaccess.services.standings import Standings
from tenantaccess.services.sweeps import Sweeps
from tenantaccess.system import SystemClock, SystemEntropy, UncommonPasswords, default_hasher

R = TypeVar("R")


@attrs.frozen(eq=False)
class TenantAccess:
    """
    The whole library, for one store and one catalog; safe to share between threads.

    Args:
        store: Where everything lives.
        catalog: The words the host declares.
        policy: Periods and choices; the defaults are the sources'.
        clock: Tells the time; the machine's by default.
        entropy: Random source; the operating system's by default.
        hasher: For passwords; Argon2id by default where the extra ``argon2`` is installed, else scrypt.
        passwords: Judges passwords that people choose; by default what is common or to be expected is refused.
    """

    store: Store
    catalog: Catalog
    policy: Policy = attrs.field(factory=Policy)
    clock: Clock = attrs.field(factory=SystemClock)
    entropy: Entropy = attrs.field(factory=SystemEntropy)
    hasher: PasswordHasher = attrs.field(factory=default_hasher)
    passwords: PasswordRules = attrs.field(factory=UncommonPasswords)
    pipeline: Pipeline = attrs.field(init=False, repr=False)
    decisions: Decisions = attrs.field(init=False, repr=False)
    check: Check = attrs.field(init=False, repr=False)
    """Answers whether a principal may do something in a tenant, now; see `Check`."""
    authenticate: Authentication = attrs.field(init=False, repr=False)
    contexts: Contexts = attrs.field(init=False, repr=False)
    directory: Directory = attrs.field(init=False, repr=False)
    privileges: Privileges = attrs.field(init=False, repr=False)
    invitations: Invitations = attrs.field(init=False, repr=False)
    mailed: MailedLinks = attrs.field(init=False, repr=False)
    links: Links = attrs.field(init=False, repr=False)
    copying: Copying = attrs.field(init=False, repr=False)
    records: Records = attrs.field(init=False, repr=False)
    audit: Audit = attrs.field(init=False, repr=False)
    notices: Notices = attrs.field(init=False, repr=False)
    sweeps: Sweeps = attrs.field(init=False, repr=False)
    adoption: Adoption = attrs.field(init=False, repr=False)
    tenants: Tenants = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        store, hasher = CheckedStore(self.store), PreparingHasher(self.hasher, self.passwords)
        pipeline = Pipeline(store, self.catalog, self.policy, self.clock, self.entropy, hasher)
        attempts = Attempts(store, self.policy, self.clock)
        authentication = Authentication(store, hasher, attempts)
        standings = Standings(store, self.catalog, self.policy)
        decisions = Decisions(store, self.catalog, self.policy, self.clock, standings)
        rooms = {
            "pipeline": pipeline,
            "decisions": decisions,
            "check": decisions.check,
            "authenticate": authentication,
            "contexts": Contexts(store, self.catalog, self.policy, self.clock, standings),
            "directory": Directory(store, self.catalog, self.policy, self.clock),
            "privileges": Privileges(store, self.catalog, self.policy, self.clock),
            "invitations": Invitations(store, self.catalog, self.policy, self.clock),
            "mailed": MailedLinks(store, self.policy, self.clock),
            "copying": Copying(store, self.catalog, self.policy, self.clock, pipeline),
            "records": Records(store, self.catalog, self.policy, self.clock),
            "links": Links(store, self.catalog, self.policy, self.clock, self.entropy, authentication),
            "audit": Audit(store, self.catalog, self.policy, self.clock),
            "notices": Notices(store, self.catalog, self.policy, self.clock, self.entropy),
            "sweeps": Sweeps(store, pipeline, self.policy, self.clock),
            "tenants": Tenants(store, self.catalog, self.policy, self.clock),
            "adoption": Adoption(store, pipeline, self.catalog, self.policy, self.clock),
        }
        for name, room in rooms.items():
            object.__setattr__(self, name, room)

    @overload
    def execute(self, command: PublicCommand[R], by: By | None = None, key: str | None = None) -> R: ...

    @overload
    def execute(self, command: Command[R], by: By, key: str | None = None) -> R: ...

    def execute(self, command: Command[R], by: By | None = None, key: str | None = None) -> R:
        """
        Run one command: state, events and notices together, or nothing.

        Args:
            command: What is to happen; its class says who may, and what it raises.
            by: Who acts; None only for public commands.
            key: Idempotency key, best one that nobody guesses; a repeated call with the same one has one effect and
                the first answer.
        """
        return self.pipeline.execute_all([command], by, key)[0]

    def execute_all(self, commands: Sequence[Command[R]], by: By | None, key: str | None = None) -> list[R]:
        """Run several commands in order, all or nothing; as `execute`."""
        return self.pipeline.execute_all(commands, by, key)

    def may(self, command: Command[R], by: By) -> Decision:
        """Answer what would happen to *command*: the same rule, the same reasons, nothing written."""
        return self.pipeline.may(command, by)

    def may_each(
        self, commands: Sequence[Makes], tenant: TenantId, principals: Collection[PrincipalId], by: By
    ) -> Mapping[PrincipalId, Mapping[Makes, Decision]]:
        """
        Answer `may` for each of *commands* about each of *principals*, from facts that are read once for all.

        Args:
            commands: Classes of commands about one member; where one takes more than a tenant and a member, a
                function that makes it of these two.
            tenant: Where.
            principals: At most 500, such as `DirectoryPage.ids`.
            by: Who would act.

        Returns:
            By principal and then by what was given as the command: the Decision.
        """
        return may_each(self.pipeline, commands, tenant, principals, by)

    def require(
        self, tenant: TenantId, principal: PrincipalId, resource: str, action: str, segment: str | None = None
    ) -> None:
        """Pass if `check` allows, else raise; see `Decisions.require`."""
        self.decisions.require(tenant, principal, resource, action, segment)

    def list_members_with(
        self, tenant: TenantId, resource: str, action: str, segment: str | None = None
    ) -> Iterator[PrincipalId]:
        """Yield who may do *action* on *resource* in *tenant*; see `Decisions.list_members_with`."""
        return self.decisions.list_members_with(tenant, resource, action, segment)

    def list_tenants_with(
        self, principal: PrincipalId, resource: str, action: str, segment: str | None = None
    ) -> list[TenantId]:
        """Return where *principal* may do *action* on *resource*; see `Decisions.list_tenants_with`."""
        return self.decisions.list_tenants_with(principal, resource, action, segment)
