"""Several users at once: what would happen to each is looked through, and confirmed by name (AM-08, AM-21, AM-27)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import attrs

from tenantaccess.errors import InvalidInputError, NotFoundError
from tenantaccess.ids import PRINCIPAL, LevelKey, PrincipalId, TenantId, is_id
from tenantaccess.model.decisions import EXPLANATIONS, Decision, Reason
from tenantaccess.model.directory import DirectoryRow
from tenantaccess.model.lifecycle import LIFECYCLE
from tenantaccess.model.members import DisableReason, Origin
from tenantaccess.model.privileges import Grant
from tenantaccess.services.command import MemberCommand
from tenantaccess.services.members import Disable, Enable, Remove
from tenantaccess.services.passwords import SendPasswordReset
from tenantaccess.services.registrations import Approve, SendRegistration
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form, local
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages import granting, telling, users
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

FIELDS: Final = ("action", "member", "back", "reason", "note", *granting.FIELDS)
MOST: Final = 500
MOST_NAMED: Final = 5
"""Of more than these, a message tells only how many they were."""
REASONS: Final = (DisableReason.LEFT, DisableReason.NOT_NEEDED, DisableReason.SECURITY, DisableReason.OTHER)

Makes = Callable[[TenantId, PrincipalId, Form], MemberCommand[Any]]


def _disable(tenant: TenantId, member: PrincipalId, form: Form) -> Disable:
    return Disable(tenant, member, reason_of(form), note=form.text("note"))


def _enable(tenant: TenantId, member: PrincipalId, form: Form) -> Enable:
    return Enable(tenant, member, form.text("note"))


def _approve(tenant: TenantId, member: PrincipalId, form: Form) -> Approve:
    return Approve(tenant, member, granting.grant_of(form))


def _registration(tenant: TenantId, member: PrincipalId, _: Form) -> SendRegistration:
    return SendRegistration(tenant, member)


def _reset(tenant: TenantId, member: PrincipalId, _: Form) -> SendPasswordReset:
    return SendPasswordReset(tenant, member)


def _remove(tenant: TenantId, member: PrincipalId, form: Form) -> Remove:
    return Remove(tenant, member, form.text("note"))


ACTIONS: Final[Mapping[str, Makes]] = {
    "disable": _disable,
    "enable": _enable,
    "approve": _approve,
    "registration": _registration,
    "reset": _reset,
    "remove": _remove,
}
"""By the word that addresses and forms say."""
LETS_IN: Final = frozenset({"approve", "enable"})
"""Of these, those that open something: their page goes on to say what has yet to happen."""
COMMANDS: Final[Mapping[str, str]] = {
    "registration": "send_registration",
    "reset": "send_password_reset",
    "accept": "accept_link",
    "confirm": "confirm_link",
}
"""What the lifecycle calls those that it calls otherwise."""


def reason_of(form: Form) -> DisableReason:
    """Return why somebody is disabled, as it was chosen; `InvalidInputError` for a word that is none."""
    chosen = form.text("reason", DisableReason.LEFT.value)
    for reason in REASONS:
        if reason.value == chosen:
            return reason
    raise InvalidInputError("disable_reason", "must be one of the list")


def reasons(visit: Visit, chosen: str) -> Sequence[Option]:
    """Return why somebody may be disabled, to choose from."""
    return [Option(one.value, visit.words.say(f"reason_{one.value}"), is_chosen=one.value == chosen) for one in REASONS]


def refusal(visit: Visit, action: str, row: DirectoryRow, decision: Decision) -> str:
    """
    Return why *action* is refused, as an account manager reads it.

    Where it does not lead on from where somebody stands, that is all there is to say: what leads on stands on the
    same page.
    """
    if action == "approve" and row.origin is Origin.LINKED and row.reason is Reason.PENDING:
        return visit.words.accept_link_instead
    if action == "registration" and row.reason is Reason.ACTIVE:
        return visit.words.idle_registration
    if action == "reset" and row.reason is Reason.ACTIVE and decision.reasons[0] is Reason.ILLEGAL_STEP:
        return visit.words.no_mailbox
    if decision.reasons[0] is Reason.ILLEGAL_STEP and len(decision.reasons) > 1:
        return visit.words.sentence(EXPLANATIONS[decision.reasons[1]][0])
    return visit.explained(decision)


def is_idle(command: str, row: DirectoryRow) -> bool:
    """Tell whether *command*, by the name that the lifecycle has for it, would leave *row* as it is."""
    step = LIFECYCLE.get(COMMANDS.get(command, command))
    return step is not None and row.reason in step.idle


def nothing_given(visit: Visit) -> Grant:
    """Return a grant that raises nobody, to ask whether somebody may be let in at all."""
    catalog = visit.access.catalog
    return Grant(levels={catalog.managed_by: LevelKey(catalog.ladder.lowest.key)})


@attrs.frozen
class Outcome:
    """
    What would happen to one user.

    Args:
        principal: Who.
        username: What they sign in as.
        status: As it is, for style.
        status_label: In words.
        text: What would happen, or why nothing does.
        is_meant: Whether it would.
        is_refused: Whether it may not.
    """

    principal: PrincipalId
    username: str
    status: str
    status_label: str
    text: str
    is_meant: bool
    is_refused: bool


@attrs.frozen
class Review:
    """What the page shows."""

    outcomes: Sequence[Outcome]
    meant: Sequence[PrincipalId]
    action: str
    button: str
    is_grave: bool
    empty: str
    reasons: Sequence[Option]
    takes_note: bool
    note: str
    how: str
    grant: granting.GrantFields | None
    url: str
    back: str
    problem: Problem | None


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show what would happen to those who were ticked; nothing does yet."""
    visit.enter(tenant)
    query = visit.request.query
    asked = Form({name: tuple(query.get(name, ())) for name in ("action", "member", "back")})
    if not asked.text("action"):
        title, lead = visit.words.review_nothing, visit.words.nothing_chosen
        return telling.told(visit, title, lead, url=_back(visit, asked), button=visit.words.to_the_users, status=422)
    return _shown(visit, TenantId(tenant), asked)


def confirm(visit: Visit, tenant: str) -> PageResponse:
    """Do it to all who were confirmed, or to none."""
    visit.enter(tenant)
    form, there = visit.form(*FIELDS), TenantId(tenant)
    make, members = _make(form), _members(form)
    if make is _approve and visit.manages:
        doubt = granting.doubt(visit, granting.offered(visit, there), form)
        if doubt is not None:
            return _shown(visit, there, form, doubt)
    try:
        commands = [make(there, member, form) for member in members]
        names = visit.access.directory.usernames(there, members, by=visit.by)
        visit.access.execute_all(commands, by=visit.by, key=form.once)
    except REFUSALS as error:
        return _shown(visit, there, form, visit.problem(error))
    who = ", ".join(names.values()) if len(names) <= MOST_NAMED else str(len(names))
    said = visit.words.say(f"done_{form.text('action')}", who=who)
    if form.text("action") in LETS_IN and _is_any_unverified(visit, there, members):
        said = f"{said}. {visit.words.done_unverified}"
    return visit.done(_back(visit, form), said)


def _is_any_unverified(visit: Visit, tenant: TenantId, members: Sequence[PrincipalId]) -> bool:
    """Tell whether a mail is on its way to any of *members*; what was done is told even where that cannot be read."""
    with suppress(*REFUSALS):
        found = visit.access.directory.members(tenant, members, by=visit.by)
        return any(row.reason is Reason.UNVERIFIED for row in found.values())
    return False


def _make(form: Form) -> Makes:
    found = ACTIONS.get(form.text("action"))
    if found is None:
        raise NotFoundError("action", form.text("action")[:40])
    return found


def _members(form: Form) -> Sequence[PrincipalId]:
    """Return who was ticked, each once; what is no id is nobody."""
    found = list(dict.fromkeys(PrincipalId(one) for one in form.many("member") if is_id(one, PRINCIPAL)))
    if len(found) > MOST:
        raise InvalidInputError("member", f"must be at most {MOST}")
    return found


def _back(visit: Visit, form: Form) -> str:
    return local(form.text("back"), visit.here("users"))


def _shown(visit: Visit, tenant: TenantId, form: Form, problem: Problem | None = None) -> PageResponse:
    _make(form)
    action, words = form.text("action"), visit.words
    outcomes = _outcomes(visit, tenant, form)
    meant = [one.principal for one in outcomes if one.is_meant]
    first = next((one.username for one in outcomes if one.is_meant), "")
    one_or_many = words.say(f"one_{action}", name=first) if len(meant) == 1 else ""
    view = Review(
        outcomes=outcomes,
        meant=meant,
        action=action,
        button=one_or_many or words.say(f"many_{action}", count=len(meant)),
        is_grave=action in {"disable", "remove"},
        empty=words.nothing_to_confirm if outcomes else words.nobody_ticked,
        reasons=reasons(visit, form.text("reason")) if action == "disable" else [],
        takes_note=action in {"disable", "enable", "remove"},
        note=form.text("note"),
        how=words.all_or_nothing if len(meant) == len(outcomes) else words.all_but_left_out,
        grant=granting.fields(visit, granting.offered(visit, tenant), form, problem) if action == "approve" else None,
        url=visit.here("users", "review"),
        back=_back(visit, form),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "users_review.html", words.say(f"review_{action}"), view, at="users", status=status)


def _outcomes(visit: Visit, tenant: TenantId, form: Form) -> Sequence[Outcome]:
    """Return what would happen to each: by the plans that the commands themselves obey, asked for all at once."""
    found = visit.access.directory.members(tenant, _members(form), by=visit.by)
    make, probe = _make(form), Form({})

    def made(there: TenantId, member: PrincipalId) -> MemberCommand[Any]:
        return Approve(there, member, nothing_given(visit)) if make is _approve else make(there, member, probe)

    answers = visit.access.may_each([made], tenant, list(found), visit.by)
    return [_outcome(visit, row, answers[who][made], form.text("action")) for who, row in found.items()]


def _outcome(visit: Visit, row: DirectoryRow, decision: Decision, action: str) -> Outcome:
    is_done = bool(decision) and is_idle(action, row)
    told = visit.words.say(f"idle_{action}") if is_done else visit.words.say(f"will_{action}")
    return Outcome(
        row.principal_id,
        row.username,
        row.status.value,
        " · ".join(part for part in (visit.words.say(f"status_{row.status.value}"), users.why(visit, row)) if part),
        told if decision else refusal(visit, action, row, decision),
        is_meant=bool(decision) and not is_done,
        is_refused=not decision,
    )


ROUTES: Final = (
    Route("GET", "/t/{tenant}/users/review", show),
    Route("POST", "/t/{tenant}/users/review", confirm),
)
