"""
A store whose answers are looked at before anybody uses them.

No row of another tenant gets through (INV-12), and no list in which somebody stands twice: which row would be believed?
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import attrs

from tenantaccess.errors import ForeignRowError, StoreError
from tenantaccess.ids import PrincipalId, StreamId, TenantId
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.decisions import Standing
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.repositories import Listed, Loaded
from tenantaccess.ports.storage import Kept, Store, Unit
from tenantaccess.services import hooks

Look = Callable[[Any, Any], Any]
"""Returns an answer as it is, or raises; given what was asked for first, which is the tenant or the principal."""


def require_own(tenant: StreamId, *found: str) -> None:
    """Raise `ForeignRowError` unless all that was *found* is of *tenant*."""
    for one in found:
        if one != tenant:
            raise ForeignRowError("reading what belongs to one tenant", tenant)


def own_row(tenant: TenantId, row: Row) -> Row:
    """Return *row*, which with all that it rests on is of *tenant*."""
    below: Row | None = row
    while below is not None:
        require_own(tenant, below.membership.tenant)
        below = below.base
    return row


def require_once(tenant: str, *found: str) -> None:
    """Raise `StoreError` if one of what was *found*, in what belongs to *tenant*, is there twice."""
    if len(set(found)) != len(found):
        raise StoreError(f"listing each row of `{tenant}` once")


def _loaded(tenant: TenantId, found: Loaded | None) -> Loaded | None:
    if found is not None:
        require_own(tenant, found.tenant.id, found.head.stream)
        for row in found.rows.values():
            own_row(tenant, row)
    return found


def _listed(tenant: TenantId, found: Listed | None) -> Listed | None:
    if found is not None:
        _loaded(tenant, found.loaded)
        _all(tenant, (row for _, row in found.rows))
    return found


def _each(tenant: TenantId, found: Iterable[Row]) -> Iterator[Row]:
    return (own_row(tenant, row) for row in found)


def _all(tenant: TenantId, found: Iterable[Row]) -> list[Row]:
    kept = list(_each(tenant, found))
    require_once(tenant, *(row.id for row in kept))
    return kept


def _of_principal(principal: PrincipalId, found: Iterable[tuple[Tenant, Row]]) -> list[tuple[Tenant, Row]]:
    kept = _everywhere(principal, found)
    require_once(principal, *(tenant.id for tenant, _ in kept))
    return kept


def _everywhere(_: PrincipalId, found: Iterable[tuple[Tenant, Row]]) -> list[tuple[Tenant, Row]]:
    return [(tenant, own_row(tenant.id, row)) for tenant, row in found]


def _of_tenants(tenants: Collection[TenantId], found: Mapping[TenantId, Sequence[Row]]) -> dict[TenantId, list[Row]]:
    return {tenant: _all(tenant, found[tenant]) for tenant in tenants if tenant in found}


def _invitation(tenant: TenantId, found: Invitation | None) -> Invitation | None:
    if found is not None:
        require_own(tenant, found.tenant)
    return found


def _invitations(tenant: TenantId, found: Iterable[Invitation]) -> list[Invitation]:
    kept = list(found)
    require_own(tenant, *(one.tenant for one in kept))
    require_once(tenant, *(one.id for one in kept))
    return kept


def _tenant(tenant: TenantId, found: tuple[Tenant, Head] | None) -> tuple[Tenant, Head] | None:
    require_own(tenant, *(() if found is None else (found[0].id, found[1].stream)))
    return found


def _job(source: TenantId, found: CopyJob | None) -> CopyJob | None:
    if found is not None:
        require_own(source, found.source)
    return found


def _jobs(tenant: TenantId, found: Iterable[CopyJob]) -> list[CopyJob]:
    kept = list(found)
    require_own(tenant, *(tenant if tenant in {job.source, *job.targets} else job.source for job in kept))
    require_once(tenant, *(job.id for job in kept))
    return kept


def _record(stream: StreamId, found: Iterable[tuple[Event, PrivatePart | None]]) -> list[tuple[Event, Any]]:
    kept = list(found)
    for event, private in kept:
        require_own(stream, event.stream, event.stream if private is None else private.stream)
    return kept


def _log(stream: StreamId, found: Iterable[AccessEntry]) -> list[AccessEntry]:
    kept = list(found)
    require_own(stream, *(entry.stream for entry in kept))
    return kept


LOOKS: Final[Mapping[str, Mapping[str, Look]]] = {
    "tenants": {"find": _tenant},
    "memberships": {"load": _loaded, "candidates": _each},
    "queries": {
        "reaching": _all,
        "resting_on": _all,
        "page": _all,
        "idle": _all,
        "of_principal": _of_principal,
        "resting_everywhere": _everywhere,
        "deciding_or_waiting": _of_tenants,
    },
    "directory": {"search": _listed},
    "invitations": {
        "find": _invitation,
        "concerning": _invitations,
        "open": _invitations,
        "page": _invitations,
    },
    "copy_jobs": {"find": _job, "page": _jobs},
    "events": {"read": _record},
    "access_log": {"read": _log},
}
"""By repository and method, how its answer is looked at; whatever is not named here goes through as it is."""


class _Checked:
    """A repository some of whose answers are looked at."""

    def __init__(self, inner: object, looks: Mapping[str, Look]) -> None:
        self._inner = inner
        self._looks = looks

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401  # whatever the inner one offers
        ask, look = getattr(self._inner, method), self._looks.get(method)
        if look is None:
            return ask
        return lambda first, *others, **named: look(first, ask(first, *others, **named))


def _checked(unit: Unit) -> Unit:
    checked: dict[str, Any] = {name: _Checked(getattr(unit, name), looks) for name, looks in LOOKS.items()}
    return attrs.evolve(unit, **checked)


@attrs.frozen
class CheckedStore(Store):
    """
    The store that the rooms ask.

    Args:
        inner: The host's store, which does the work.
    """

    _inner: Store

    @property
    def is_hosted(self) -> bool:
        """As the inner store."""
        return self._inner.is_hosted

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit that may write."""
        with self._inner.begin() as unit:
            yield _checked(unit)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Open a unit that only reads."""
        with self._inner.reading() as unit:
            yield _checked(unit)

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """Ask the inner store; whoever compiles a row looks whose it is."""
        return self._inner.standing(tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:
        """As the inner store."""
        return self._inner.kept(compile_row)

    def after_commit(self, run: Callable[[], None]) -> None:
        """See `hooks.after_commit`, of the inner store."""
        hooks.after_commit(self._inner, run)
