"""
The storage contract as tests: subclass `StoreContract`, give `make`, and every promise of the ports is tried.

    class TestMyStore(StoreContract):
        def make(self) -> Store:
            return MyStore.fresh()

One promise a test; its name is the promise, its docstring says why. What a store cannot do is declared in
`lacks`, with a reason, and reported as an expected failure instead of being run.
"""

from typing import Final

import pytest

MODULES: Final = (
    "activity",
    "attempts",
    "candidates",
    "copy_jobs",
    "directory",
    "erasure",
    "events",
    "invitations",
    "isolation",
    "memberships",
    "notices",
    "pages",
    "principals",
    "queries",
    "races",
    "records",
    "roles",
    "samples",
    "slices",
    "standing",
    "streams",
    "tenants",
    "threads",
    "tokens",
    "units",
)
pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in MODULES))

# Only now: a module that is loaded before it is registered reports bare assertion errors.
from tenantaccess.testing.contracts.abilities import Ability, Lack, needs  # noqa: E402
from tenantaccess.testing.contracts.hostile import HOSTILE, Pair  # noqa: E402
from tenantaccess.testing.contracts.stores import StoreContract  # noqa: E402

__all__ = ["HOSTILE", "Ability", "Lack", "Pair", "StoreContract", "needs"]
