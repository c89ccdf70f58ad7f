"""Records of reference sets, for hosts without tables of their own: loaded, read and removed."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Final, TypeVar

import attrs

from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
)
from tenantaccess.ids import TENANT, PrincipalId, ReferenceSetKey, TenantId, is_id
from tenantaccess.model.actors import ActorKind, By, actor_of
from tenantaccess.model.catalog import Catalog, ReferenceSet
from tenantaccess.model.copying import NAMED_KEY_LIMIT, Tally
from tenantaccess.model.decisions import Reason, denied
from tenantaccess.model.policy import Policy
from tenantaccess.model.records import ReferenceRecord, record_key
from tenantaccess.model.tenants import TenantState
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.ports.world import Clock
from tenantaccess.rules import copying
from tenantaccess.services import copy_authority, sessions
from tenantaccess.services.command import NO_EVIDENCE, Ids
from tenantaccess.services.copy_surveys import BATCH
from tenantaccess.services.cursors import require_limit
from tenantaccess.services.pipeline import HOSTED_TRIES, TRIES
from tenantaccess.services.scene import Scene
from tenantaccess.services.timing import now_of

PAGE_LIMIT: Final = 1_000
T = TypeVar("T")


@attrs.frozen
class RecordPage:
    """
    A page of records.

    Args:
        records: By key.
        next: The key after which the next page begins; None after the last.
    """

    records: Sequence[ReferenceRecord]
    next: str | None = None


@attrs.frozen
class Records:
    """
    Records of reference sets in the library's own tables, or in a host's behind the port.

    What is written here raises no version and is no event: these are data of the tenant, not access to it.

    Args:
        store: Where they live.
        catalog: The declared sets.
        policy: The host's choices.
        clock: For the actor's own standing.
    """

    _store: Store
    _catalog: Catalog
    _policy: Policy
    _clock: Clock

    def load(
        self,
        tenant: TenantId,
        reference_set: str,
        records: Iterable[ReferenceRecord],
        *,
        by: By,
        on_progress: Callable[[Tally], object] | None = None,
    ) -> Tally:
        """
        Add *records*, or replace those of equal keys, in batches of 1,000; nothing is removed.

        Each batch is kept by itself, so that loading again after a failure goes on; of equal keys the last counts.

        Who: whoever holds the highest level on the set's resource, the operator or the system.

        Args:
            tenant: Where.
            reference_set: Which set.
            records: Any number, from any iterable: one batch is held at a time.
            by: Who loads them.
            on_progress: Called with the tally so far after each batch.

        Returns:
            How many were added, updated and identical.

        Raises:
            UnknownNameError: an undeclared set.
            InvalidInputError: a record that the set's check refuses, or that refers to a set it may not.
            NotFoundError: no such tenant, or no member of it: alike.
            AccessDeniedError: a member who may not.
            IllegalTransitionError: a closed tenant.
        """
        declared = copying.reference_set(self._catalog, reference_set)
        done, left = Tally(), iter(records)
        while batch := list(islice(left, BATCH)):
            chosen = {record.key: record for record in map(_record, batch)}
            for record in chosen.values():
                _require_good(declared, record)
            done += self._written(tenant, declared, by, partial(_put, tenant, declared, chosen))
            if on_progress is not None:
                on_progress(done)
        return done

    def page(
        self, tenant: TenantId, reference_set: str, after: str | None = None, limit: int = 50, *, by: By
    ) -> RecordPage:
        """
        Return a page of the records of a set, by key.

        Who: whoever holds more than the lowest level on the set's resource, the operator or the system.
        """
        require_limit(limit, PAGE_LIMIT)
        declared = copying.reference_set(self._catalog, reference_set)
        with self._store.reading() as unit:
            self._entered(unit, tenant, declared, by, writes=False)
            first = "" if after is None else record_key(after)
            found = unit.records.page(tenant, declared.key, first, limit + 1)
        records = tuple(found[:limit])
        return RecordPage(records, records[-1].key if len(found) > limit else None)

    def remove(self, tenant: TenantId, reference_set: str, keys: Collection[str], *, by: By) -> int:
        """
        Remove those of at most 10,000 *keys* that exist, all or nothing; return how many it were.

        Who: as `load`.
        """
        declared = copying.reference_set(self._catalog, reference_set)
        if isinstance(keys, str) or len(keys) > NAMED_KEY_LIMIT:
            raise InvalidInputError("keys", f"must be a list of at most {NAMED_KEY_LIMIT}")
        named = sorted({record_key(key) for key in keys})

        def removed(unit: Unit) -> int:
            parts = (named[first : first + BATCH] for first in range(0, len(named), BATCH))
            return sum(unit.records.remove(tenant, declared.key, part) for part in parts)

        return self._written(tenant, declared, by, removed)

    def _written(self, tenant: TenantId, declared: ReferenceSet, by: By, write: Callable[[Unit], T]) -> T:
        """Write in a unit that holds tenant and actor: no right to write is lost, and no copy taken, in between."""
        tries = HOSTED_TRIES if self._store.is_hosted else TRIES
        for number in range(tries):
            try:
                with self._store.begin() as unit:
                    if number:
                        unit.streams.lock(tenant)
                    scene = self._entered(unit, tenant, declared, by, writes=True)
                    if all(unit.streams.advance(head, head) for _, head in sorted(scene.heads.items())):
                        answer = write(unit)
                        unit.commit()
                        return answer
            except ConflictError as conflict:
                if not conflict.retryable or number + 1 == tries:
                    raise
        raise ConflictError("the tenant", retryable=True)

    def _entered(self, unit: Unit, tenant: TenantId, declared: ReferenceSet, by: By, *, writes: bool) -> Scene:
        """Return the tenant's scene, if *by* may read the set there, or write it."""
        if not is_id(tenant, TENANT):
            raise InvalidInputError("tenant", "must be the id of a tenant")
        actor, context = actor_of(by), sessions.context_of(by)
        sessions.require_here(context, tenant)
        name = "load_records" if writes else "read_records"
        if actor.kind is ActorKind.PUBLIC:
            raise AccessDeniedError(denied(Reason.NOT_A_MEMBER, about=name))
        now = now_of(self._clock)
        scene = Scene(unit, name, actor, now, self._catalog, self._policy, Ids(""), NO_EVIDENCE)
        if actor.kind is not ActorKind.MEMBER:
            scene.enter(tenant, ())
            if scene.tenant.state is TenantState.CLOSED and writes:
                raise IllegalTransitionError(name, Reason.TENANT_CLOSED.value)
            return scene
        scene.enter(tenant, (PrincipalId(actor.id),))
        answer = copy_authority.judged(scene, [declared], writes=writes)
        if answer.reasons[0] is Reason.NOT_A_MEMBER:
            raise NotFoundError("tenant", tenant)
        if not answer:
            raise AccessDeniedError(answer)
        sessions.require_alive(context, scene.of_actor(), name)
        if writes:
            copy_authority.rely_on_people(scene)
        return scene


def _record(value: object) -> ReferenceRecord:
    if not isinstance(value, ReferenceRecord):
        raise InvalidInputError("records", "must be reference records")
    return value


def _require_good(declared: ReferenceSet, record: ReferenceRecord) -> None:
    why = copying.problem(declared, record)
    if why:
        raise InvalidInputError("records", f"hold `{record.key}`, which the set refuses: {why}"[:300])
    if not set(declared.refers_to).issuperset(record.refers):
        raise InvalidInputError("records", f"hold `{record.key}`, which refers to a set that `{declared.key}` does not")


def _put(tenant: TenantId, declared: ReferenceSet, records: dict[str, ReferenceRecord], unit: Unit) -> Tally:
    key: ReferenceSetKey = declared.key
    there = {record.key: record.digest for record in unit.records.find(tenant, key, list(records))}
    added = [record for record in records.values() if record.key not in there]
    updated = [record for record in records.values() if there.get(record.key, record.digest) != record.digest]
    if added:
        unit.records.add(tenant, key, added)
    if updated:
        unit.records.put(tenant, key, updated)
    return Tally(len(added), len(updated), len(records) - len(added) - len(updated))
