"""People as lines of JSON: how a tenant's are written, and how such lines are read as rows to adopt."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.ids import TENANT, TenantId, is_id
from tenantaccess.model import names, words
from tenantaccess.model.adoption import AdoptionProblem, NewPerson
from tenantaccess.model.catalog import Catalog
from tenantaccess.model.lifecycle import STATUS
from tenantaccess.model.members import Row, Status
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Kind
from tenantaccess.model.privileges import Grant
from tenantaccess.rules import members
from tenantaccess.services.adoption_files import AdoptionRow, problem
from tenantaccess.services.command import require_grant_words
from tenantaccess.services.registrations import ExternalId, named_tenant

LINE_LIMIT: Final = 64_000
"""Longer than any line that is written; what is over it is refused before it is looked at (INV-40)."""
TEXTS: Final = ("tenant", "username", "email", "first_name", "last_name", "phone", "stored_hash", "kind", "status")
OPTIONAL: Final = ("role", "origin", "valid_from", "valid_until", "rests_on")
OTHERS: Final = ("email_is_verified", "levels", "segments")

STANDS_ALONE: Final[Mapping[str, tuple[tuple[object, ...], str]]] = {
    "kind": ((None, Kind.HUMAN.value), "add the service there: it is no person"),
    "status": ((None, Status.ACTIVE.value), "leave it out: only who is active is adopted, others would become so"),
    "rests_on": ((None,), "link it there anew: a link that stood alone could hold more"),
    "valid_from": ((None,), "adopt this person once the beginning has come"),
    "valid_until": ((None,), "adopt this person by a command, and set the end there: the row would have none"),
}
"""What a row to adopt cannot say, what it therefore has to be, and what to do where it is not: nobody gains by it."""


def written(row: Row, now: datetime, policy: Policy, *, by_operator: bool) -> str:
    """
    Return the line of one member; keys in one order, so that equal members are equal lines.

    The operator sees the person's own address and whether it was verified, for it is who may attest to that
    elsewhere; a member sees what the roster shows.
    """
    facts, principal = row.membership, row.principal
    own = principal.email if by_operator else ""
    line = {
        "tenant": facts.tenant,
        "username": principal.username,
        "email": own or facts.contact.email,
        "email_is_verified": bool(own) and principal.email_verified_at is not None,
        "first_name": facts.contact.first_name,
        "last_name": facts.contact.last_name,
        "phone": facts.contact.phone,
        "role": facts.role,
        "levels": dict(sorted(facts.overrides.items())),
        "segments": sorted(facts.segments),
        "kind": principal.kind.value,
        "status": STATUS[members.condition(row, now, policy)].value,
        "origin": facts.origin.value,
        "rests_on": None if facts.resting is None else facts.resting.on,
        "valid_from": _moment(facts.valid_from),
        "valid_until": _moment(facts.valid_until),
    }
    return f"{json.dumps(line, ensure_ascii=False)}\n"


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def read(lines: Iterable[str], catalog: Catalog, tenant: TenantId | None) -> Iterator[AdoptionRow | AdoptionProblem]:
    """
    Return the rows of *lines*, as they are asked for; one that cannot be read comes as its problem.

    Raises:
        InvalidInputError: a *tenant* that is no id.
    """
    if tenant is not None and not is_id(tenant, TENANT):
        raise InvalidInputError("tenant", "must be the id of a tenant")
    return (_row(number, line, catalog, tenant) for number, line in enumerate(lines, start=1) if line.strip())


def _row(number: int, line: str, catalog: Catalog, tenant: TenantId | None) -> AdoptionRow | AdoptionProblem:
    if len(line) > LINE_LIMIT:
        return AdoptionProblem(number, "", f"write at most {LINE_LIMIT} characters")
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return AdoptionProblem(number, "", "write one object of JSON a line")
    for name, (allowed, advice) in STANDS_ALONE.items():
        if values.get(name) not in allowed:
            return AdoptionProblem(number, name, advice)
    try:
        return _read(number, values, catalog, tenant)
    except (InvalidInputError, UnknownNameError) as error:
        return problem(number, error)


def _read(number: int, values: Mapping[str, Any], catalog: Catalog, tenant: TenantId | None) -> AdoptionRow:
    schemes = [scheme.key for scheme in catalog.schemes]
    known = (*TEXTS, *OPTIONAL, *OTHERS, *schemes)
    for name, value in values.items():
        if name not in known:
            raise InvalidInputError("", f"must hold nothing but {', '.join(known)}; {name[:40]!a} is none")
        if not isinstance(value, str) and not (value is None and name in OPTIONAL) and name not in OTHERS:
            raise InvalidInputError(name, "must be a text")
    for name in ("first_name", "last_name"):
        names.plain(name, values.get(name, ""))
    if "username" not in values:
        raise InvalidInputError("username", "must be given")
    person = {
        name: values[name] for name in ("username", "email", "first_name", "last_name", "phone") if name in values
    }
    grant = Grant(values.get("role") or None, _levels(values), _segments(values))
    require_grant_words(catalog, grant)
    return AdoptionRow(
        _tenant(values, catalog) if tenant is None else tenant,
        NewPerson(
            **person,
            email_is_verified=values.get("email_is_verified", False),
            stored_hash=values.get("stored_hash"),
        ),
        grant,
        number,
    )


def _tenant(values: Mapping[str, Any], catalog: Catalog) -> TenantId | ExternalId:
    given = [scheme for scheme in catalog.schemes if scheme.key in values]
    if len(given) + ("tenant" in values) != 1:
        ways = " or ".join(("tenant", *(scheme.key for scheme in catalog.schemes)))
        raise InvalidInputError("tenant", f"must be named once, as {ways}")
    for scheme in given:
        scheme.normal(values[scheme.key])
        return ExternalId(scheme.key, values[scheme.key])
    return named_tenant(TenantId(values["tenant"]))


def _levels(values: Mapping[str, Any]) -> Mapping[Any, Any]:
    levels = values.get("levels", {})
    if not isinstance(levels, dict) or not all(isinstance(level, str) for level in levels.values()):
        raise InvalidInputError("levels", "must be levels by resource")
    return levels


def _segments(values: Mapping[str, Any]) -> frozenset[Any]:
    segments = values.get("segments", [])
    if not isinstance(segments, list) or not all(isinstance(segment, str) for segment in segments):
        raise InvalidInputError("segments", "must be a list of segments")
    return words.segment_keys(segments)
