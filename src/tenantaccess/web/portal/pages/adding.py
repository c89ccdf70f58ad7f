"""Allow account access: a username is set up, and can sign in at once (MU-03 to MU-05)."""

from typing import Final

import attrs

from tenantaccess.errors import TakenError
from tenantaccess.ids import TenantId
from tenantaccess.model.principals import MINIMUM_PASSWORD, NewUsername
from tenantaccess.services.members import AddUsername
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.pages import granting
from tenantaccess.web.portal.pages.users_review import nothing_given
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

CONTACT: Final = ("email", "first_name", "last_name", "phone")
FIELDS: Final = ("username", "password", "repeated", *CONTACT, *granting.FIELDS)
PROBE: Final = NewUsername("a", "is nobody's password")


@attrs.frozen
class Adding:
    """What the page shows: the fields as they were filled in, but for passwords."""

    username: str
    email: str
    first_name: str
    last_name: str
    phone: str
    password_hint: str
    grant: granting.GrantFields
    refused: str
    url: str
    back: str
    problem: Problem | None


def ask(visit: Visit, tenant: str) -> PageResponse:
    """Show the form."""
    visit.enter(tenant)
    return _asked(visit, TenantId(tenant), Form({}))


def add(visit: Visit, tenant: str) -> PageResponse:
    """Set the username up."""
    visit.enter(tenant)
    form, there = visit.form(*FIELDS), TenantId(tenant)
    username, password = form.text("username").strip(), form.text("password")
    if password != form.text("repeated"):
        return _asked(visit, there, form, Problem(422, visit.words.passwords_differ, "repeated"))
    try:
        contact = {name: form.text(name).strip() for name in CONTACT}
        newcomer = NewUsername(username, password, **contact)
        added = visit.access.execute(AddUsername(there, newcomer, granting.grant_of(form)), by=visit.by, key=form.once)
    except TakenError:
        return _asked(visit, there, form, Problem(409, visit.words.username_taken, "username"))
    except REFUSALS as error:
        return _asked(visit, there, form, visit.problem(error))
    return visit.done(visit.here("users", added.principal_id), visit.words.say("added", name=newcomer.username))


def _asked(visit: Visit, tenant: TenantId, form: Form, problem: Problem | None = None) -> PageResponse:
    words = visit.words
    may = visit.access.may(AddUsername(tenant, _nobody(visit), nothing_given(visit)), visit.by)
    view = Adding(
        username=form.text("username"),
        email=form.text("email"),
        first_name=form.text("first_name"),
        last_name=form.text("last_name"),
        phone=form.text("phone"),
        password_hint=words.say("password_hint", least=MINIMUM_PASSWORD),
        grant=granting.fields(visit, granting.offered(visit, tenant), form),
        refused="" if may else words.say("cannot_add", why=visit.explained(may)),
        url=visit.here("users", "add"),
        back=visit.here("users"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "add_username.html", words.allow_access, view, at="allow_access", status=status)


def _nobody(visit: Visit) -> NewUsername:
    """Return a newcomer whose username nobody has, to ask whether one may be set up at all."""
    return attrs.evolve(PROBE, username=f"a{visit.access.entropy.token()[:40]}")


ROUTES: Final = (
    Route("GET", "/t/{tenant}/users/add", ask),
    Route("POST", "/t/{tenant}/users/add", add),
)
