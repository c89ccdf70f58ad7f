"""
A store whose answers are looked at before anybody uses them.

No row of another tenant, or of anybody who was not asked for, gets through (INV-12), and no list in which somebody
stands twice: which row would be believed?
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import attrs

from tenantaccess.errors import ForeignRowError, StoreError
from tenantaccess.ids import CopyJobId, InvitationId, PrincipalId, StreamId, TenantId
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.decisions import Standing
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Row
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.repositories import Listed, Loaded
from tenantaccess.ports.storage import Kept, Store, Unit
from tenantaccess.services import hooks

Look = Callable[..., Any]
"""Returns an answer as it is, or raises; given the answer, and then all that was asked with."""

Found = tuple[Event, PrivatePart | None]


def require_own(asked: str, *found: str) -> None:
    """Raise `ForeignRowError` unless all that was *found* is what was *asked* for."""
    for one in found:
        if one != asked:
            raise ForeignRowError("reading what belongs to it", asked)


def own_row(tenant: TenantId, row: Row) -> Row:
    """Return *row*, which with all that it rests on is of *tenant*, and each of the principal that is named there."""
    below: Row | None = row
    whose: str = row.id
    while below is not None:
        facts = below.membership
        require_own(tenant, facts.tenant)
        require_own(whose, facts.principal, below.principal.id)
        whose, below = "" if facts.resting is None else facts.resting.on, below.base
    return row


def own_standing(tenant: TenantId, principal: PrincipalId, found: Standing | None) -> Standing | None:
    """Return what was *found*, which is compiled from the row of *principal* in *tenant*; None if there is no row."""
    if found is not None and (found.principal != principal or found.tenant != tenant):
        raise ForeignRowError("reading what the row of one principal amounts to", tenant)
    return found


def require_once(asked: str, *found: str) -> None:
    """Raise `StoreError` if one of what was *found*, in what belongs to who was *asked* for, is there twice."""
    if len(set(found)) != len(found):
        raise StoreError(f"listing each row of `{asked}` once")


def _loaded(found: Loaded | None, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
    if found is not None:
        require_own(tenant, found.tenant.id, found.head.stream)
        asked = frozenset(principals)
        for principal, row in found.rows.items():
            require_own(principal, own_row(tenant, row).id)
            _require_among(asked, principal, tenant)
    return found


def _require_among(asked: Collection[str], one: str, where: str) -> None:
    if one not in asked:
        raise ForeignRowError("reading only what was asked for", where)


def _listed(
    found: Listed | None, tenant: TenantId, reader: PrincipalId | None, *_: object, **__: object
) -> Listed | None:
    if found is not None:
        _loaded(found.loaded, tenant, () if reader is None else (reader,))
        _all([row for _, row in found.rows], tenant)
    return found


def _each(found: Iterable[Row], tenant: TenantId, *_: object) -> Iterator[Row]:
    return (own_row(tenant, row) for row in found)


def _all(found: Iterable[Row], tenant: TenantId, *_: object) -> list[Row]:
    kept = list(_each(found, tenant))
    require_once(tenant, *(row.id for row in kept))
    return kept


def _resting_on(found: Iterable[Row], tenant: TenantId, principal: PrincipalId) -> list[Row]:
    kept = _all(found, tenant)
    require_own(principal, *map(_rests_on, kept))
    return kept


def _rests_on(row: Row) -> str:
    return "" if row.membership.resting is None else row.membership.resting.on


def _of_principal(found: Iterable[tuple[Tenant, Row]], principal: PrincipalId) -> list[tuple[Tenant, Row]]:
    kept = [(tenant, own_row(tenant.id, row)) for tenant, row in found]
    require_own(principal, *(row.id for _, row in kept))
    require_once(principal, *(tenant.id for tenant, _ in kept))
    return kept


def _resting_everywhere(found: Iterable[tuple[Tenant, Row]], principal: PrincipalId) -> list[tuple[Tenant, Row]]:
    kept = [(tenant, own_row(tenant.id, row)) for tenant, row in found]
    require_own(principal, *(_rests_on(row) for _, row in kept))
    require_once(principal, *(f"{tenant.id} {row.id}" for tenant, row in kept))
    return kept


def _of_tenants(
    found: Mapping[TenantId, Iterable[Row]], tenants: Collection[TenantId], *_: object, **__: object
) -> dict[TenantId, list[Row]]:
    for tenant in found:
        _require_among(tenants, tenant, tenant)
    return {tenant: _all(rows, tenant) for tenant, rows in found.items()}


def _invitation(found: Invitation | None, tenant: TenantId, invitation: InvitationId) -> Invitation | None:
    if found is not None:
        require_own(tenant, found.tenant)
        require_own(invitation, found.id)
    return found


def _invitations(found: Iterable[Invitation], tenant: TenantId, *_: object) -> list[Invitation]:
    kept = list(found)
    require_own(tenant, *(one.tenant for one in kept))
    require_once(tenant, *(one.id for one in kept))
    return kept


def _concerning(
    found: Iterable[Invitation], tenant: TenantId, senders: Collection[PrincipalId], email_key: str
) -> list[Invitation]:
    kept = _invitations(found, tenant)
    for one in kept:
        if one.sender not in senders:
            _require_among({email_key} - {""}, one.email_key, tenant)
    return kept


def _addressed(found: Iterable[Invitation], email_keys: Collection[str]) -> list[Invitation]:
    kept = list(found)
    for one in kept:
        _require_among(email_keys, one.email_key, one.tenant)
    return kept


def _tenant(found: tuple[Tenant, Head] | None, tenant: TenantId) -> tuple[Tenant, Head] | None:
    require_own(tenant, *(() if found is None else (found[0].id, found[1].stream)))
    return found


def _principal(found: tuple[Principal, Head] | None, principal: PrincipalId) -> tuple[Principal, Head] | None:
    require_own(principal, *(() if found is None else (found[0].id, found[1].stream)))
    return found


def _job(found: CopyJob | None, source: TenantId, job: CopyJobId) -> CopyJob | None:
    if found is not None:
        require_own(source, found.source)
        require_own(job, found.id)
    return found


def _jobs(found: Iterable[CopyJob], tenant: TenantId, *_: object) -> list[CopyJob]:
    kept = list(found)
    require_own(tenant, *(tenant if tenant in {job.source, *job.targets} else job.source for job in kept))
    require_once(tenant, *(job.id for job in kept))
    return kept


def _head(found: Head | None, stream: StreamId) -> Head | None:
    require_own(stream, *(() if found is None else (found.stream,)))
    return found


def _record(found: Iterable[Found], stream: StreamId, *_: object) -> list[Found]:
    kept = list(found)
    for event, private in kept:
        require_own(stream, event.stream)
        if private is not None and (private.stream, private.number) != (event.stream, event.number):
            raise ForeignRowError("reading what stands beside an event", stream)
    return kept


def _about(found: Iterable[Found], stream: StreamId, subject: str, *_: object) -> list[Found]:
    kept = _record(found, stream)
    for event, _private in kept:
        _require_among((subject,), event.subject, stream)
    return kept


def _keyed(found: Event | None, stream: StreamId, actor: str, key: str) -> Event | None:
    if found is not None:
        require_own(stream, found.stream)
        if (found.actor.key, found.key) != (actor, key):
            raise ForeignRowError("looking for what was done under a key", stream)
    return found


def _log(found: Iterable[AccessEntry], stream: StreamId, *_: object) -> list[AccessEntry]:
    kept = list(found)
    require_own(stream, *(entry.stream for entry in kept))
    return kept


def _token(found: Token | None, digest: str, purpose: TokenPurpose | None = None, *_: object) -> Token | None:
    if found is not None and (found.digest != digest or purpose not in {None, found.purpose}):
        raise ForeignRowError("looking for it by its digest", "a token")
    return found


LOOKS: Final[Mapping[str, Mapping[str, Look]]] = {
    "tenants": {"find": _tenant},
    "principals": {"find": _principal},
    "memberships": {"load": _loaded, "candidates": _each},
    "queries": {
        "reaching": _all,
        "resting_on": _resting_on,
        "page": _all,
        "idle": _all,
        "of_principal": _of_principal,
        "resting_everywhere": _resting_everywhere,
        "deciding_or_waiting": _of_tenants,
    },
    "directory": {"search": _listed},
    "invitations": {
        "find": _invitation,
        "concerning": _concerning,
        "open": _invitations,
        "page": _invitations,
    },
    "copy_jobs": {"find": _job, "page": _jobs},
    "streams": {"head": _head},
    "events": {"read": _record, "about": _about, "find_key": _keyed},
    "access_log": {"read": _log},
    "tokens": {"alive": _token, "find": _token},
    "erasure": {"addressed": _addressed},
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
        return lambda *asked, **named: look(ask(*asked, **named), *asked, **named)


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
        """Ask the inner store; what it comes to names whose row it was compiled from: see `own_standing`."""
        return self._inner.standing(tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:
        """As the inner store."""
        return self._inner.kept(compile_row)

    def after_commit(self, run: Callable[[], None]) -> None:
        """See `hooks.after_commit`, of the inner store."""
        hooks.after_commit(self._inner, run)
