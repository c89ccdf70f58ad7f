"""What a plan changes, written: each record to where records of its kind are kept."""

from tenantaccess.errors import MisuseError
from tenantaccess.ids import StreamId
from tenantaccess.model.catalog import Role
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.erasure import Erasure
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Membership
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.ports.storage import Unit
from tenantaccess.services.command import Change


class MovedOnError(Exception):
    """Somebody committed to a stream in between."""


def write(unit: Unit, change: Change, heads: dict[StreamId, Head]) -> None:
    """Write *change*, whatever it is of."""
    match change.before, change.after:
        case None, Tenant() as tenant:
            unit.tenants.add(tenant, heads[tenant.id])
        case Tenant(), Tenant() as tenant:
            unit.tenants.put(tenant)
        case None, Principal() as principal:
            unit.principals.add(principal, heads[principal.id])
        case Principal() as before, Principal() as after:
            unit.principals.put(after, before)
        case (None | Membership()) as before, Membership() as after:
            if after != before:
                unit.memberships.put(after, before)
        case _:
            _write_beside(unit, change)


def erase(unit: Unit, erasure: Erasure) -> None:
    """Forget a person: before the events that say so are appended, so that their own side rows stay."""
    unit.erasure.rename(erasure.principal, erasure.username)
    unit.credentials.forget(erasure.principal)
    for invitation in erasure.invitations:
        unit.invitations.put(invitation)
    named = [invitation.id for invitation in erasure.invitations]
    unit.erasure.forget_parts([erasure.principal, *named])
    unit.erasure.forget_tokens(erasure.principal, named)


def _write_beside(unit: Unit, change: Change) -> None:
    """Write what a tenant has beside its members: roles, invitations and copies."""
    match change.before, change.after:
        case None, Invitation() as invitation:
            unit.invitations.add(invitation)
        case Invitation(), Invitation() as invitation:
            unit.invitations.put(invitation)
        case None, CopyJob() as job:
            unit.copy_jobs.add(job)
        case CopyJob() as seen, CopyJob() as job:
            # Equal ones: the start of a copy is an event in the stream of each target, too.
            if job != seen and not unit.copy_jobs.advance(seen, job):
                raise MovedOnError
        case None, Role() as role:
            unit.roles.add(change.stream, role)  # type: ignore[arg-type]  # roles live in tenants' streams
        case Role(), Role() as role:
            unit.roles.put(change.stream, role)  # type: ignore[arg-type]  # as above
        case Role() as role, None:
            unit.roles.remove(change.stream, role.key)  # type: ignore[arg-type]  # as above
        case _:
            raise MisuseError("a change leads from a record to one of its kind")
