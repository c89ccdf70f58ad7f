"""What checks, contexts and lists have in common: words made into questions, rows compiled, ids known to be such."""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PRINCIPAL, TENANT, PrincipalId, TenantId, is_id
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Question, Standing
from tenantaccess.model.members import Row
from tenantaccess.model.policy import Policy
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.storage import Kept, Store
from tenantaccess.rules import decisions
from tenantaccess.services.checked import own_row, own_standing

KNOWN_IDS: Final = 65_536
"""Of how many ids it is remembered that they have the shape of one: looking takes as long as a whole check."""


@attrs.define(eq=False)
class Standings:
    """
    The rows of one store as they are judged under one catalog and policy.

    Args:
        store: Where the facts are.
        catalog: The declared words.
        policy: The host's choices.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    questions: Mapping[str, Mapping[str, Question]] = attrs.field(init=False, repr=False)
    """All that can be asked, by resource and action."""
    kept: Kept = attrs.field(init=False, repr=False)
    """What the store has at hand at any time."""
    compile: Callable[[Tenant, Row], Standing] = attrs.field(init=False, repr=False)
    tenants: set[object] = attrs.field(factory=set, init=False, repr=False)
    principals: set[object] = attrs.field(factory=set, init=False, repr=False)
    """Ids that were found to have the shape of their kind."""

    def __attrs_post_init__(self) -> None:
        catalog, policy = self._catalog, self._policy

        def compiled(tenant: Tenant, row: Row) -> Standing:
            return decisions.standing(tenant, own_row(tenant.id, row), catalog, policy)

        self.questions = decisions.questions(catalog)
        self.compile = compiled
        self.kept = self._store.kept(compiled)

    def find(self, tenant: TenantId, principal: PrincipalId) -> Standing | None:
        """Return what the row of *principal* in *tenant* amounts to; None if there is no row."""
        try:
            found = self.kept[tenant][principal]
        except KeyError:
            found = self._store.standing(tenant, principal, self.compile)
        return own_standing(tenant, principal, found)

    def require_tenant(self, value: object) -> None:
        """Raise `InvalidInputError` for anything but the id of a tenant."""
        _require_id(self.tenants, value, "tenant", TENANT)

    def require_principal(self, value: object) -> None:
        """Raise `InvalidInputError` for anything but the id of a principal."""
        _require_id(self.principals, value, "principal", PRINCIPAL)


def _require_id(known: set[object], value: object, field: str, prefix: str) -> None:
    try:
        if value in known:
            return
    except TypeError:
        pass  # what cannot be hashed is no id
    if not is_id(value, prefix):
        raise InvalidInputError(field, f"must be the id of a {field}")
    if len(known) >= KNOWN_IDS:
        known.clear()
    known.add(value)
