"""What a refusal amounts to, and how it is written down."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from tenantaccess.errors import (
    AccessDeniedError,
    ConflictError,
    IllegalTransitionError,
    LastManagerError,
    NotFoundError,
    OutageError,
    ProofRefusedError,
    RefusedError,
    TakenError,
    TooManyAttemptsError,
)
from tenantaccess.ids import PrincipalId, StreamId
from tenantaccess.model.actors import ActorKind
from tenantaccess.model.audit import AccessEntry
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.decisions import Decision, Reason, denied
from tenantaccess.ports.storage import Store, Unit
from tenantaccess.services.calls import Call
from tenantaccess.services.command import Lookup, MemberCommand
from tenantaccess.services.hooks import after_commit

TRIES = 3

_CONDITIONS: Final[Mapping[str, Reason]] = {reason.value: reason for reason in Reason}
"""What a step may be illegal from, where it is a condition of a row or of a tenant: it says why, and the way out."""


def decision_of(refusal: RefusedError, about: str) -> Decision:
    """Return the Decision that a refusal amounts to: preflight equals command."""
    match refusal:
        case AccessDeniedError(decision=decision):
            return decision
        case NotFoundError():
            return denied(Reason.NOT_FOUND, about=about)
        case IllegalTransitionError(status=status):
            found = _CONDITIONS.get(status)
            return denied(Reason.ILLEGAL_STEP, *([] if found is None else [found]), about=about)
        case LastManagerError():
            return denied(Reason.LAST_MANAGER, about=about)
        case TakenError():
            return denied(Reason.TAKEN, about=about)
        case ProofRefusedError():
            return denied(Reason.PROOF_REFUSED, about=about)
        case TooManyAttemptsError():
            return denied(Reason.TOO_MANY_ATTEMPTS, about=about)
        case _:
            return denied(Reason.CHANGED, about=about)


def write_down(store: Store, call: Call, refusal: RefusedError, catalog: Catalog, now: datetime) -> None:
    """
    Write a refused command to the access log, in a unit of its own: the refused one is undone.

    Best effort: that it could not be written changes nothing about the refusal. Inside a host's transaction it is
    written once the host has committed, and not at all where it undoes what was refused with everything else.
    """
    after_commit(store, partial(_written, store, call, refusal, catalog, now))


def _written(store: Store, call: Call, refusal: RefusedError, catalog: Catalog, now: datetime) -> None:
    for _ in range(TRIES):
        try:
            with store.begin() as unit:
                entry = _entry(unit, call, refusal, catalog, now)
                if entry is None:
                    return
                unit.access_log.record(entry)
                unit.commit()
        except (ConflictError, OutageError):
            continue
        return


def _entry(unit: Unit, call: Call, refusal: RefusedError, catalog: Catalog, now: datetime) -> AccessEntry | None:
    """
    Return the line; None where there is no stream it belongs to.

    Somebody who asks for what is not there is noted under their own name, without what they asked for: a stranger
    writes no lines into a tenant's log, however many things they guess, and a member one for each that there is
    (INV-40).
    """
    stream: StreamId | None = call.command.stream(Lookup(unit, call.actor, call.ids, catalog))
    subject = _subject(unit, call)
    if isinstance(refusal, NotFoundError) and call.actor.kind is ActorKind.MEMBER:
        stream, subject = PrincipalId(call.actor.id), ""
    if stream is None or unit.streams.head(stream) is None:
        return None
    reason = decision_of(refusal, call.command.name).reasons[0].value
    return AccessEntry(stream, call.actor, f"refused:{call.command.name}", reason, subject, now, now)


def _subject(unit: Unit, call: Call) -> str:
    """Return whom a command is about; empty if nobody, or nobody whom the tenant ever had."""
    if not isinstance(call.command, MemberCommand):
        return ""
    loaded = unit.memberships.load(call.command.tenant, (call.command.member,))
    return call.command.member if loaded is not None and call.command.member in loaded.rows else ""
