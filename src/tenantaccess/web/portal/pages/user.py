"""One user of a tenant, and each step with them: the sources' Update User (AM-12, AM-21, AM-23 to AM-32, MU-14)."""

from typing import Final

from tenantaccess.errors import NotFoundError
from tenantaccess.ids import PRINCIPAL, PrincipalId, TenantId, is_id
from tenantaccess.model.decisions import Reason
from tenantaccess.model.directory import DirectoryRow, MemberDetails
from tenantaccess.model.members import VerifiedHow
from tenantaccess.services.command import Done
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse, Redirect
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages import granting
from tenantaccess.web.portal.pages.user_steps import STEPS, Sent, is_granting
from tenantaccess.web.portal.pages.user_view import NOTHING_TYPED, user_view
from tenantaccess.web.portal.pages.users_review import LETS_IN
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit


def show(visit: Visit, tenant: str, principal: str) -> PageResponse:
    """Show the user."""
    visit.enter(tenant)
    return _shown(visit, TenantId(tenant), _principal(principal))


def back(visit: Visit, tenant: str, principal: str, step: str) -> PageResponse:
    """Lead back to the user, from where a refused *step* was answered."""
    if step not in STEPS:
        raise NotFoundError("page", visit.request.path)
    return Redirect(visit.url("t", tenant, "users", principal))


def act(visit: Visit, tenant: str, principal: str, step: str) -> PageResponse:
    """Take *step* with the user."""
    visit.enter(tenant)
    there, who, found = TenantId(tenant), _principal(principal), STEPS.get(step)
    if found is None:
        raise NotFoundError("page", visit.request.path)
    form = visit.form(*found.fields)
    told = visit.access.directory.member(there, who, by=visit.by)
    if visit.manages and is_granting(step, told):
        doubt = granting.doubt(visit, granting.offered(visit, there), form)
        if doubt is not None:
            return _shown(visit, there, who, step, form, doubt)
    try:
        command = found.make(Sent(there, who, told, form))
        # One page has many forms: what makes each one command is not the same for all of them.
        answer = visit.access.execute(command, by=visit.by, key=form.once and f"{form.once}.{step}")
    except REFUSALS as error:
        return _shown(visit, there, who, step, form, visit.problem(error))
    to = visit.here("users") if step == "unlink" else visit.here("users", who)
    if isinstance(answer, Done) and not answer.changed:
        return visit.done(to, visit.words.nothing_new, "note")
    return visit.done(to, _said(visit, Sent(there, who, told, form), step))


def _said(visit: Visit, sent: Sent, step: str) -> str:
    """Return what became of *step*; of one that lets somebody in, also what has yet to happen, and who sees to it."""
    name = f"said_{step}"
    if step == "disable" and sent.form.text("on"):
        name = "said_disable_later"
    elif step in LETS_IN:
        name += _ending(step, visit.access.directory.member(sent.tenant, sent.member, by=visit.by))
    return visit.words.say(name, name=sent.told.row.username)


def _ending(step: str, told: MemberDetails) -> str:
    if told.row.reason is Reason.UNVERIFIED:
        return "_unverified"
    # Enabling without a mail may be the host's choice; approving without one means that there is no mailbox.
    is_attested = step == "approve" and told.verified_how is VerifiedHow.ATTESTED
    return "_attested" if is_attested else ""


def _principal(principal: str) -> PrincipalId:
    if not is_id(principal, PRINCIPAL):
        raise NotFoundError("member", principal[:40])
    return PrincipalId(principal)


def _shown(  # a page, and what of it was sent in vain
    visit: Visit,
    tenant: TenantId,
    who: PrincipalId,
    step: str = "",
    form: Form = NOTHING_TYPED,
    problem: Problem | None = None,
) -> PageResponse:
    told = visit.access.directory.member(tenant, who, by=visit.by)
    view = user_view(visit, told, step, form, problem)
    status = 200 if problem is None else problem.status
    return layout.page(visit, "user.html", _title(visit, told.row), view, at="users", status=status)


def _title(visit: Visit, row: DirectoryRow) -> str:
    called = " ".join(part for part in (row.contact.first_name, row.contact.last_name) if part)
    return visit.words.say("user_title", name=called, username=row.username) if called else row.username


ROUTES: Final = (
    Route("GET", "/t/{tenant}/users/{principal}", show),
    Route("GET", "/t/{tenant}/users/{principal}/{step}", back),
    Route("POST", "/t/{tenant}/users/{principal}/{step}", act),
)
