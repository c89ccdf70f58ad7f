"""A tenant is opened, with its first account manager in the same step (AM-40, MU-01)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import attrs

from tenantaccess.errors import NotFoundError, TakenError, TenantAccessError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import NewUsername
from tenantaccess.services.tenants import OpenTenant
from tenantaccess.web.portal import fields, layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.fields import Field
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages.operator import tenant_url
from tenantaccess.web.portal.pages.settings import linking_of, linking_options
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit, scheme_label

NUMBER: Final = "number."
NEW: Final = "new"
KNOWN: Final = "known"
NAMES: Final = ("username", "password", "email", "first_name", "last_name", "phone", "known")


@attrs.frozen
class Opening:
    """What the page shows."""

    names: Sequence[Field]
    segments: Sequence[Option]
    linking: Sequence[Option]
    managers: Sequence[Option]
    manager: Sequence[Field]
    known: Sequence[Field]
    url: str
    back_url: str
    problem: Problem | None


def show(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> PageResponse:
    """Show the form, with what was typed; never a password."""
    visit.operator  # noqa: B018  # the page is not there for others
    typed = _typed(form)
    words, catalog = visit.words, visit.access.catalog
    ticked = () if form is None else form.many("segment")
    who = typed.get("manager", NEW)
    numbers = [
        Field(f"{NUMBER}{one.key}", words.label(one.label), typed.get(f"{NUMBER}{one.key}", ""), is_optional=True)
        for one in catalog.schemes
    ]
    view = Opening(
        names=fields.marked([Field("label", words.op_name, typed.get("label", "")), *numbers], problem),
        segments=[Option(one.key, words.label(one.label), is_chosen=one.key in ticked) for one in catalog.segments],
        linking=linking_options(visit, typed.get("linking", Linking.PROOF.value)),
        managers=_who(visit, who),
        manager=fields.marked(_manager_fields(visit, typed), problem),
        known=fields.marked([Field("known", words.op_known, typed.get("known", ""), is_optional=True)], problem),
        url=visit.url("operator", "open"),
        back_url=visit.url("operator"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "operator_open.html", words.op_open_title, view, at="op_title", status=status)


def open_it(visit: Visit) -> PageResponse:
    """Open a tenant."""
    operator = visit.operator
    form = visit.form("label", NUMBER, "segment", "linking", "manager", *NAMES)
    try:
        command = OpenTenant(
            form.text("label").strip(),
            external_ids={scheme: text for scheme, text in form.beginning(NUMBER).items() if text.strip()},
            segments=frozenset(form.many("segment")),
            manager=_manager(visit, form),
            linking=linking_of(form.text("linking")),
        )
        opened = visit.access.execute(command, by=operator, key=form.once)
    except NotFoundError:
        return show(visit, form, Problem(422, visit.words.op_nobody, "known"))
    except REFUSALS as error:
        return show(visit, form, _refused(visit, form, error))
    return visit.done(tenant_url(visit, opened.tenant_id), _opened(visit, command))


def _refused(visit: Visit, form: Form, error: TenantAccessError) -> Problem:
    """Return what is wrong, at the field that it is about."""
    if isinstance(error, TakenError) and (scheme := _taken(visit, form)):
        said = visit.words.say("number_taken", label=scheme_label(visit, scheme))
        return Problem(visit.problem(error).status, said, f"{NUMBER}{scheme}")
    names = {"secret": "password", **{str(one.key): f"{NUMBER}{one.key}" for one in visit.access.catalog.schemes}}
    return fields.refused(visit, error, names, {"password": visit.words.op_first_password})


def _taken(visit: Visit, form: Form) -> str:
    """Return the scheme of the number that another tenant carries; empty if none is carried."""
    for scheme, text in form.beginning(NUMBER).items():
        if not text.strip():
            continue
        with suppress(NotFoundError):
            visit.access.tenants.find(scheme, text, by=visit.operator)
            return scheme
    return ""


def _opened(visit: Visit, command: OpenTenant) -> str:
    """Return what was done, and what is left to do about the first account manager."""
    words, manager = visit.words, command.manager
    said = [words.say("op_opened", name=command.label)]
    if isinstance(manager, NewUsername):
        said.append(words.say("op_hand_over", username=manager.username))
    return " ".join(said)


def _manager(visit: Visit, form: Form) -> NewUsername | PrincipalId | None:
    match form.text("manager"):
        case "new":
            return NewUsername(
                form.text("username"),
                form.text("password"),
                email=form.text("email"),
                first_name=form.text("first_name"),
                last_name=form.text("last_name"),
                phone=form.text("phone"),
            )
        case "known":
            return visit.access.tenants.principal(form.text("known"), by=visit.operator).id
        case _:
            return None


def _who(visit: Visit, chosen: str) -> list[Option]:
    words = visit.words
    ways = ((NEW, words.op_manager_new), (KNOWN, words.op_manager_known), ("", words.op_manager_none))
    return [Option(key, label, is_chosen=key == chosen) for key, label in ways]


def _manager_fields(visit: Visit, typed: Mapping[str, str]) -> list[Field]:
    words = visit.words
    password = fields.password(visit, label=words.op_first_password, is_new=True)
    plain = [
        Field("username", words.username, typed.get("username", "")),
        password,
        Field("email", words.email, typed.get("email", ""), type="email"),
        Field("first_name", words.first_name, typed.get("first_name", "")),
        Field("last_name", words.last_name, typed.get("last_name", "")),
        Field("phone", words.phone, typed.get("phone", ""), type="tel"),
    ]
    # Which of them are needed depends on who is to be the manager.
    return [attrs.evolve(one, is_optional=True) for one in plain]


def _typed(form: Form | None) -> dict[str, str]:
    if form is None:
        return {}
    return {name: form.text(name) for name in form.values if name not in ("segment", "password")}


ROUTES: Final = (
    Route("GET", "/operator/open", show),
    Route("POST", "/operator/open", open_it),
)
