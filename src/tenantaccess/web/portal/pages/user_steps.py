"""Each step that is taken with one user, as the form of its page sends it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.directory import MemberDetails
from tenantaccess.model.members import Contact
from tenantaccess.model.privileges import NOTHING, Cell, Edit
from tenantaccess.services.command import TenantCommand
from tenantaccess.services.links import AcceptLink, ConfirmLink, Unlink
from tenantaccess.services.members import Disable, Enable, Remove, SetDates, UpdateContact
from tenantaccess.services.passwords import SendPasswordReset
from tenantaccess.services.preflight import Makes
from tenantaccess.services.privileges import AssignRole, ChangePrivileges, LimitSegments
from tenantaccess.services.registrations import Approve, Reject, SendRegistration
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages import granting
from tenantaccess.web.portal.pages.users import day
from tenantaccess.web.portal.pages.users_review import nothing_given, reason_of
from tenantaccess.web.portal.visit import Visit


@attrs.frozen
class Sent:
    """A form that was sent about one user: where, about whom, as they are, and what is in it."""

    tenant: TenantId
    member: PrincipalId
    told: MemberDetails
    form: Form


@attrs.frozen
class Step:
    """
    One step.

    Args:
        fields: The fields of its form.
        make: Makes the command.
    """

    fields: Sequence[str]
    make: Callable[[Sent], TenantCommand[Any]]


def _disable(sent: Sent) -> Disable:
    form = sent.form
    return Disable(
        sent.tenant, sent.member, reason_of(form), at=_moment("disable_on", form.text("on")), note=form.text("note")
    )


def _accept(sent: Sent) -> AcceptLink:
    return AcceptLink(sent.tenant, sent.member, NOTHING if sent.told.row.is_link else granting.grant_of(sent.form))


def _contact(sent: Sent) -> UpdateContact:
    first, last, email, phone = (sent.form.text(name).strip() for name in ("first_name", "last_name", "email", "phone"))
    return UpdateContact(sent.tenant, sent.member, contact=Contact(first, last, email, phone))


def _levels(sent: Sent) -> ChangePrivileges:
    """Make the edits of those levels that were changed, each remembering what was seen."""
    seen, edits = sent.form.beginning("seen."), []
    for resource, level in sent.form.beginning("level.").items():
        cell = cell_of(seen.get(resource, ""))
        if level != own(cell):
            edits.append(Edit(sent.member, ResourceKey(resource), level or None, cell))
    return ChangePrivileges(sent.tenant, edits)


def _dates(sent: Sent) -> SetDates:
    told = sent.told
    begins, ends = sent.form.text("valid_from"), sent.form.text("valid_until")
    return SetDates(
        sent.tenant,
        sent.member,
        # A day that stands as it was shown is the very moment that it was, to the minute.
        told.valid_from if begins == day(told.valid_from) else _moment("valid_from", begins),
        told.valid_until if ends == day(told.valid_until) else _moment("valid_until", ends),
    )


STEPS: Final[Mapping[str, Step]] = {
    "enable": Step(("note",), lambda sent: Enable(sent.tenant, sent.member, sent.form.text("note"))),
    "disable": Step(("reason", "on", "note"), _disable),
    "approve": Step(granting.FIELDS, lambda sent: Approve(sent.tenant, sent.member, granting.grant_of(sent.form))),
    "reject": Step(("note",), lambda sent: Reject(sent.tenant, sent.member, sent.form.text("note"))),
    "registration": Step((), lambda sent: SendRegistration(sent.tenant, sent.member)),
    "reset": Step((), lambda sent: SendPasswordReset(sent.tenant, sent.member)),
    "accept": Step(granting.FIELDS, _accept),
    "confirm": Step((), lambda sent: ConfirmLink(sent.tenant, sent.member)),
    "unlink": Step(("note",), lambda sent: Unlink(sent.tenant, sent.member, sent.form.text("note"))),
    "contact": Step(("first_name", "last_name", "email", "phone"), _contact),
    "role": Step(("role",), lambda sent: AssignRole(sent.tenant, sent.member, sent.form.optional("role"))),
    "levels": Step(("level.", "seen."), _levels),
    "limits": Step(
        ("segment",),
        lambda sent: LimitSegments(sent.tenant, sent.member, frozenset(sent.form.many("segment"))),
    ),
    "dates": Step(("valid_from", "valid_until"), _dates),
}
"""By the last word of its address."""


def is_granting(step: str, told: MemberDetails) -> bool:
    """Tell whether *step* gives what its form says: a link by proof brings what was proven."""
    return step == "approve" or (step == "accept" and not told.row.is_link)


def probes(visit: Visit, told: MemberDetails, segments: frozenset[str]) -> Mapping[str, Makes]:
    """Return, for each step and for removing, a command that asks whether it may be taken at all: it moves nothing."""
    now, row, managing = visit.access.clock.now(), told.row, visit.access.catalog.managed_by
    grant, cell = nothing_given(visit), told.cells[managing]
    is_ahead = told.valid_until is None or told.valid_until > (told.valid_from or now)
    kept = (told.valid_from, told.valid_until) if is_ahead else (None, None)
    limits = [segment for segment in told.limits if segment in segments]
    edit = Edit(row.principal_id, managing, cell.level if cell.explicit else None)
    return {
        "enable": Enable,
        "disable": Disable,
        "approve": lambda tenant, member: Approve(tenant, member, grant),
        "reject": Reject,
        "registration": SendRegistration,
        "reset": SendPasswordReset,
        "accept": lambda tenant, member: AcceptLink(tenant, member, NOTHING if row.is_link else grant),
        "confirm": ConfirmLink,
        "unlink": Unlink,
        "contact": lambda tenant, member: UpdateContact(tenant, member, contact=row.contact),
        "role": lambda tenant, member: AssignRole(tenant, member, row.role),
        "levels": lambda tenant, _: ChangePrivileges(tenant, [edit]),
        "limits": lambda tenant, member: LimitSegments(tenant, member, frozenset(limits)),
        "dates": lambda tenant, member: SetDates(tenant, member, *kept),
        "remove": Remove,
    }


def own(cell: Cell) -> str:
    """Return the level that is set on a cell itself; empty if it is the role's."""
    return cell.level if cell.explicit else ""


def seen_text(cell: Cell) -> str:
    """Return *cell* as a form remembers it."""
    return f"{'set' if cell.explicit else 'role'}:{cell.level}"


def cell_of(text: str) -> Cell:
    """Return the cell that a form remembers."""
    kind, _, level = text.partition(":")
    if kind not in {"set", "role"}:
        raise InvalidInputError("levels", "must be sent with what was seen")
    return Cell(level, explicit=kind == "set")  # type: ignore[arg-type]  # a word


def _moment(field: str, text: str) -> datetime | None:
    """Return the beginning of a day in UTC; None for empty text."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(field, "must be a day, such as 2026-05-31") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
