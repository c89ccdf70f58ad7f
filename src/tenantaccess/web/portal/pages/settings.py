"""What an account manager chooses for the whole tenant: how usernames of others may join (MU-08)."""

from collections.abc import Sequence
from typing import Final

import attrs

from tenantaccess.errors import InvalidInputError
from tenantaccess.model.decisions import Decision
from tenantaccess.model.policy import Linking
from tenantaccess.model.tenants import Tenant
from tenantaccess.services.links import ChangeLinking
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit


@attrs.frozen
class Settings:
    """What the page shows: the ways to join, and why they may not be changed."""

    linking: Sequence[Option]
    why: str
    url: str
    problem: Problem | None


def show(visit: Visit, tenant: str, problem: Problem | None = None, chosen: str = "") -> PageResponse:
    """Show the settings."""
    there = visit.access.tenants.look(visit.enter(tenant).tenant, by=visit.by)
    view = Settings(
        linking=linking_options(visit, chosen or there.linking.value),
        why=_why(visit, visit.access.may(_other(there), by=visit.by)),
        url=visit.here("settings"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "settings.html", visit.words.settings, view, at="settings", status=status)


def change(visit: Visit, tenant: str) -> PageResponse:
    """Change how others may join."""
    there = visit.enter(tenant).tenant
    form = visit.form("linking")
    chosen = form.text("linking")
    try:
        done = visit.access.execute(ChangeLinking(there, linking=linking_of(chosen)), by=visit.by, key=form.once)
    except REFUSALS as error:
        return show(visit, tenant, visit.problem(error), chosen)
    said = visit.words.op_linking_saved if done.changed else visit.words.op_linking_same
    return visit.done(visit.here("settings"), said)


def linking_of(word: str) -> Linking:
    """Return the way to join that is called *word*; `InvalidInputError` if none is."""
    try:
        return Linking(word)
    except ValueError:
        raise InvalidInputError("linking", "must be one of those listed") from None


def linking_options(visit: Visit, chosen: str) -> list[Option]:
    """Return the ways to join, to choose from."""
    return [
        Option(one.value, visit.words.say(f"linking_{one.value}"), is_chosen=one.value == chosen) for one in Linking
    ]


def _other(tenant: Tenant) -> ChangeLinking:
    """Return a change there would be something to, so that the answer is about changing."""
    other = Linking.OFF if tenant.linking is not Linking.OFF else Linking.PROOF
    return ChangeLinking(tenant.id, linking=other)


def _why(visit: Visit, decision: Decision) -> str:
    if decision:
        return ""
    return visit.explained(decision) if visit.manages else visit.words.label(decision.safe)


ROUTES: Final = (
    Route("GET", "/t/{tenant}/settings", show),
    Route("POST", "/t/{tenant}/settings", change),
)
