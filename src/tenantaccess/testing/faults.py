"""
Stores that fail on purpose: at a chosen call, before or after its effect; or that return a neighbour's rows.

A host wraps its own store in one of these to see that its pages, like our commands, allow nothing on an outage.
"""

import enum
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import attrs

from tenantaccess.errors import StoreError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.decisions import Standing
from tenantaccess.model.members import Row
from tenantaccess.model.tenants import Tenant
from tenantaccess.ports.repositories import Loaded, MembershipRepository
from tenantaccess.ports.storage import Kept, NothingKept, Store, Unit


class FaultKind(enum.Enum):
    """When a call fails; what failed after its effect has an outcome that the caller cannot know."""

    BEFORE = "before"
    AFTER = "after"
    BEFORE_COMMIT = "before_commit"
    """The next commit from this call on fails, and keeps nothing."""
    AFTER_COMMIT = "after_commit"
    """The next commit from this call on keeps everything, and fails."""


AT_COMMIT = frozenset({FaultKind.BEFORE_COMMIT, FaultKind.AFTER_COMMIT})


@attrs.frozen
class Fault:
    """One failure to come: at the call with this number, counted from 1."""

    at: int = attrs.field(validator=attrs.validators.ge(1))
    kind: FaultKind


class FaultyStore(Store):
    """
    A store that numbers every call and fails where it is told to.

    `begin`, `reading`, `commit`, `standing` and each method of each repository count as one call each.

    Args:
        inner: The store that does the work.
        plan: The faults to come.

    Attributes:
        trace: The calls so far, in order, such as ``memberships.load``.
    """

    def __init__(self, inner: Store, plan: Collection[Fault] = ()) -> None:
        self.inner = inner
        self.trace: list[str] = []
        self._plan = tuple(plan)

    def restart(self, *plan: Fault) -> None:
        """Forget the trace, number from 1 again, and fail by *plan*."""
        self.trace = []
        self._plan = plan

    def count(self, run: Callable[[], object]) -> int:
        """Return how many calls *run* makes: the numbers at which a fault can be placed."""
        before = len(self.trace)
        run()
        return len(self.trace) - before

    @property
    def is_hosted(self) -> bool:
        """As the inner store."""
        return self.inner.is_hosted

    def begin(self) -> AbstractContextManager[Unit]:
        """Open a unit whose calls are numbered."""
        return self._open("begin", self.inner.begin)

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a reading unit whose calls are numbered."""
        return self._open("reading", self.inner.reading)

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """Ask the inner store; one call."""
        with self._call("standing"):
            return self.inner.standing(tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:  # noqa: ARG002  # whatever it is
        """Offer nothing, so that each question is a call."""
        return NothingKept()

    @contextmanager
    def _open(self, name: str, begin: Callable[[], AbstractContextManager[Unit]]) -> Iterator[Unit]:
        due = self._enter(name)
        with begin() as unit:
            self._leave(name, due)
            yield self._numbered(unit)

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        due = self._enter(name)
        yield
        self._leave(name, due)

    def _enter(self, name: str) -> Collection[FaultKind]:
        self.trace.append(name)
        number = len(self.trace)
        struck = [
            fault
            for fault in self._plan
            if (name == "commit" and fault.at <= number if fault.kind in AT_COMMIT else fault.at == number)
        ]
        self._plan = tuple(fault for fault in self._plan if fault not in struck)
        due = {fault.kind for fault in struck}
        if due & {FaultKind.BEFORE, FaultKind.BEFORE_COMMIT}:
            raise StoreError(f"{name}, before its effect")
        return due

    def _leave(self, name: str, due: Collection[FaultKind]) -> None:
        if due:
            raise StoreError(f"{name}, after its effect")

    def _numbered(self, unit: Unit) -> Unit:
        parts: dict[str, Any] = {
            field.name: _Numbered(field.name, getattr(unit, field.name), self._call)
            for field in attrs.fields(Unit)
            if field.name != "commit" and getattr(unit, field.name) is not None
        }

        def commit() -> None:
            with self._call("commit"):
                unit.commit()

        return attrs.evolve(unit, commit=commit, **parts)


class _Numbered:
    """A repository whose every method is one call."""

    def __init__(self, name: str, inner: object, call: Callable[[str], AbstractContextManager[None]]) -> None:
        self._name = name
        self._inner = inner
        self._call = call

    def __getattr__(self, method: str) -> Callable[..., object]:
        inner = getattr(self._inner, method)

        def numbered(*args: object, **kwargs: object) -> object:
            with self._call(f"{self._name}.{method}"):
                return inner(*args, **kwargs)

        return numbered


class ForeignRowsStore(Store):
    """
    A store whose `memberships.load` returns the rows that the same people have in another tenant (INV-12).

    Args:
        inner: The store that does the work.
        neighbour: The tenant whose rows come back, whichever tenant is asked for.
    """

    def __init__(self, inner: Store, neighbour: TenantId) -> None:
        self.inner = inner
        self.neighbour = neighbour

    @property
    def is_hosted(self) -> bool:
        """As the inner store."""
        return self.inner.is_hosted

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit that loads a neighbour's rows."""
        with self.inner.begin() as unit:
            yield self._mixed_up(unit)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Open a reading unit that loads a neighbour's rows."""
        with self.inner.reading() as unit:
            yield self._mixed_up(unit)

    def standing(
        self, tenant: TenantId, principal: PrincipalId, compile_row: Callable[[Tenant, Row], Standing]
    ) -> Standing | None:
        """Ask the inner store, truthfully."""
        return self.inner.standing(tenant, principal, compile_row)

    def kept(self, compile_row: Callable[[Tenant, Row], Standing]) -> Kept:
        """As the inner store."""
        return self.inner.kept(compile_row)

    def _mixed_up(self, unit: Unit) -> Unit:
        mixed = _MixedUpMemberships(unit.memberships, self.neighbour)
        return attrs.evolve(unit, memberships=cast("MembershipRepository", mixed))


class _MixedUpMemberships:
    """Memberships that forget which tenant was asked for."""

    def __init__(self, inner: MembershipRepository, neighbour: TenantId) -> None:
        self._inner = inner
        self._neighbour = neighbour

    def load(self, tenant: TenantId, principals: Collection[PrincipalId]) -> Loaded | None:
        """Return tenant and head as they are, with the neighbour's rows."""
        found, foreign = self._inner.load(tenant, principals), self._inner.load(self._neighbour, principals)
        return attrs.evolve(found, rows=foreign.rows) if found and foreign else found

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401  # whatever the inner one offers
        return getattr(self._inner, method)
