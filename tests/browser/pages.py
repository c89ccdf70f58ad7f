"""Every page of the portal, with who opens it and how."""

from collections.abc import Callable
from typing import Final

import attrs
from tests.browser.visiting import Visit

Step = Callable[[Visit], object]


@attrs.frozen
class Shown:
    """
    One page.

    Args:
        path: Its address below the portal.
        by: Who opens it; empty for a stranger.
        tenant: Which tenant they have entered; empty for none.
        then: What they do on it first.
        operates: Whether they act as the operator.
    """

    path: str
    by: str = ""
    tenant: str = ""
    then: Step | None = None
    operates: bool = False

    def open(self, visit: Visit) -> None:
        """Open it."""
        if self.operates:
            visit.page.context.add_cookies([{"name": "operator", "value": "yes", "url": visit.host.base}])
        if self.by:
            visit.sign_in(self.by)
        if self.tenant:
            visit.enter(self.tenant)
        visit.open(self.path)
        if self.then is not None:
            self.then(visit)


RIVERSIDE: Final = "Riverside Clinic"

PAGES: Final = {
    "sign-in": Shown("/sign-in"),
    "tenants": Shown("/tenants", by="maria"),
    "my-access": Shown("/t/{riverside}", by="maria", tenant=RIVERSIDE),
    "not-found": Shown("/nothing", by="maria", tenant=RIVERSIDE),
}
