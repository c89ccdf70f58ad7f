"""What is asked of a population, each question beside the bare statement for the same answer."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Final

import attrs
from floors import ENTER, IDLE, MANAGERS, TENANTS, WHO, Ask, Floors
from population import CROWD, MASTER, NOW, principal_id, tenant_id

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import ChangePrivileges
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.actors import Operator
from tenantaccess.model.directory import EVERYBODY, MemberSort
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.moments import EARLIEST
from tenantaccess.model.privileges import Edit
from tenantaccess.services.cursors import cursor
from tenantaccess.services.searching import Asked
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import CLINICS

DESK: Final = Operator("desk")
ROUNDS: Final = 60
PATIENCE: Final = 3.0
"""Seconds after which one of the two is asked no more, however few rounds there were."""
MOMENT: Final = 0.02
MOST: Final = 50
SIXTEEN: Final = [
    (resource.key, action) for resource in CLINICS.resources if resource.offered for action in resource.actions
][:16]
COLUMNS: Final = {
    MemberSort.USERNAME: "username_key",
    MemberSort.EMAIL: "email_key, principal_id",
    MemberSort.LAST_NAME: "last_name_key, principal_id",
    MemberSort.FIRST_NAME: "first_name_key, principal_id",
    MemberSort.PHONE: "phone, principal_id",
    MemberSort.ROLE: "coalesce(role_key, ''), principal_id",
    MemberSort.LAST_ACTIVE_AT: "active_at, principal_id",
    MemberSort.REQUESTED_AT: "asked_at, principal_id",
}
"""What a page is ordered by, in bare SQL; a status is derived, so that none can say it."""


@attrs.frozen
class Line:
    """
    One question, measured.

    Args:
        name: What is asked.
        size: Of the population.
        ours: Microseconds, of the quickest round.
        floor: The same for the bare statement.
    """

    name: str
    size: int
    ours: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times the floor it costs."""
        return self.ours / self.floor


def beside(name: str, size: int, ours: Ask, floor: Ask) -> Line:
    """
    Measure *ours* and *floor* in turns, so that what else the machine does meets both; of each, the quickest call.

    Calls shorter than a slice of the processor's time are then measured as on a quiet machine, if only some of many
    were let alone.
    """
    best: dict[Ask, float] = {}
    spent = dict.fromkeys((ours, floor), 0.0)
    for number in range(ROUNDS):
        for ask in spent:
            if spent[ask] < PATIENCE or not number:
                began = time.perf_counter()
                least = quickest(ask, MOST if number else 1)  # the first one warms up; it counts where it takes long
                best[ask] = min(best.get(ask, least), least)
                spent[ask] += time.perf_counter() - began
    return Line(name, size, best[ours] * 1e6, best[floor] * 1e6)


def quickest(ask: Ask, most: int) -> float:
    """Return how long the quickest of several calls took: *most*, or as many as fit into a moment."""
    ends = time.perf_counter() + MOMENT
    best = float("inf")
    for _ in range(most):
        began = time.perf_counter()
        ask()
        now = time.perf_counter()
        best = min(best, now - began)
        if now > ends:
            break
    return best


def changing(access: TenantAccess, tenant: TenantId, who: PrincipalId) -> Callable[[], None]:
    """Return what changes a level of *who* each time."""
    levels = itertools.cycle((VIEW, FULL))

    def change() -> None:
        access.execute(ChangePrivileges(tenant, [Edit(who, ResourceKey("claims"), next(levels).key)]), by=DESK)

    return change


def entering(access: TenantAccess, tenant: TenantId, who: PrincipalId) -> Ask:
    """Return what enters and checks sixteen times."""

    def enter() -> None:
        allows = access.contexts.enter(tenant, who).allows
        for resource, action in SIXTEEN:
            allows(resource, action)

    return enter


def of_anybody(access: TenantAccess, floors: Floors, tenant: TenantId, who: PrincipalId, size: int) -> Iterator[Line]:
    """Yield what each request of anybody costs."""
    row = floors.ask(ENTER, tenant=tenant, principal=who)
    page = floors.page("ORDER BY username_key", tenant=tenant)
    yield beside("enter, and 16 checks", size, entering(access, tenant, who), row)
    yield beside("one check", size, lambda: access.check(tenant, who, "claims", "view"), row)
    yield beside("a directory page", size, lambda: access.directory.search(tenant, by=DESK), page)
    yield beside("a page of the matrix", size, lambda: access.privileges.matrix(tenant, by=DESK), page)
    yield beside("an audited change", size, changing(access, tenant, who), floors.update(tenant=tenant, principal=who))


def of_the_spread(store: SQLAlchemyStore, size: int) -> Iterator[Line]:
    """Yield what is asked where there are ever more tenants."""
    access, floors = TenantAccess(store, CLINICS), Floors(store)
    tenant, who = tenant_id(1), principal_id(51)
    yield from of_anybody(access, floors, tenant, who, size)
    mine = floors.ask(TENANTS, principal=who)
    yield beside("the tenants of one who has four", size, lambda: access.contexts.list_tenants(who), mine)
    all_mine = floors.ask(TENANTS, principal=MASTER)
    yield beside("the tenants of a master", size, lambda: access.contexts.list_tenants(MASTER), all_mine)
    submit = floors.ask(WHO, tenant=tenant, resource="claims")
    yield beside("who can", size, lambda: list(access.list_members_with(tenant, "claims", "submit")), submit)
    since, never = NOW - access.policy.inactive_after / 2, EARLIEST
    moments: dict[str, object] = {"since": since, "never": never}
    if store.engine.dialect.name == "sqlite":
        moments = {"since": since.isoformat(), "never": never.isoformat()}
    idle = floors.ask(IDLE, **moments)
    yield beside("a sweep of all tenants", size, access.sweeps.run, idle)


def of_the_crowd(store: SQLAlchemyStore, size: int) -> Iterator[Line]:
    """Yield what is asked of one tenant that has ever more members."""
    access, floors = TenantAccess(store, CLINICS), Floors(store)
    yield from of_anybody(access, floors, CROWD, principal_id(51), size)
    last = size - 51
    place = cursor(
        Asked(CROWD, EVERYBODY, MemberSort.USERNAME, descending=False, now=NOW).scope,
        ("0", f"u{last:07}", principal_id(last)),
    )
    page = floors.page("AND username_key > :after ORDER BY username_key", tenant=CROWD, after=f"u{last:07}")
    yield beside("the last page", size, lambda: access.directory.search(CROWD, after=place, by=DESK), page)
    for sort, columns in COLUMNS.items():
        yield beside(
            f"a page by {sort.value}",
            size,
            lambda word=sort.value: access.directory.search(CROWD, sort=word, by=DESK),  # type: ignore[misc]  # bound here
            floors.page(f"ORDER BY {columns}", tenant=CROWD),
        )
    for name, rest, asked in (
        (
            "found by last name",
            "AND last_name_key >= 'ka' AND last_name_key < 'kb' ORDER BY username_key",
            {"last_name": "ka"},
        ),
        ("found by address", "AND email_key = :email", {"email": "mejvtv@clinic.example"}),
        ("found by role", "AND role_key = 'account_manager' ORDER BY username_key", {"role": "account_manager"}),
        ("who is disabled", "AND disabled_at IS NOT NULL ORDER BY username_key", {"status": "disabled"}),
        ("who waits", "AND disabled_at IS NULL AND approved_at IS NULL ORDER BY username_key", {"status": "pending"}),
    ):
        yield beside(
            name,
            size,
            lambda asked=asked: access.directory.search(CROWD, by=DESK, **asked),  # type: ignore[misc]  # bound here
            floors.page(rest, tenant=CROWD, **({"email": asked["email"]} if "email" in asked else {})),
        )
    managers = floors.ask(MANAGERS, tenant=CROWD)
    yield beside(
        "who can manage", size, lambda: list(access.list_members_with(CROWD, "manage_account", "view")), managers
    )
    if size <= 10_000:  # beyond, it takes minutes, and each of them as long as before
        all_of = floors.ask(WHO, tenant=CROWD, resource="claims")
        yield beside("who can, of all", size, lambda: list(access.list_members_with(CROWD, "claims", "submit")), all_of)


QUESTIONS: Final = {"spread": of_the_spread, "crowd": of_the_crowd}
