"""What somebody is to hold, as fields of a form: a role, levels that win over it, and the segments it is limited to."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.ids import LevelKey, ResourceKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tenants import Tenant
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.visit import Problem, Visit

FIELDS: Final = ("role", "level.", "segment", "sure")
"""The fields of a grant, for `Visit.form`."""
EMPTY: Final = Form({})


@attrs.frozen
class LevelField:
    """One portion, with the levels to choose from; the empty one leaves it to the role."""

    name: str
    label: str
    options: Sequence[Option]


@attrs.frozen
class GrantFields:
    """
    What a form offers to grant.

    Args:
        roles: To choose from.
        levels: Likewise, by portion.
        not_used: Which portions are not offered, in words; empty for none.
        segments: To tick; none where the tenant has none.
        is_missing: Whether nothing was chosen.
        asks: Whether it is asked once more, because nothing would be opened.
        is_sure: Whether that was answered.
    """

    roles: Sequence[Option]
    levels: Sequence[LevelField]
    not_used: str
    segments: Sequence[Option]
    is_missing: bool
    asks: bool
    is_sure: bool


@attrs.frozen
class Offered:
    """What may be granted in one tenant, read once for a page."""

    tenant: Tenant
    roles: Sequence[Role]


def offered(visit: Visit, tenant: TenantId) -> Offered:
    """Return what may be granted in *tenant*."""
    access = visit.access
    return Offered(access.tenants.look(tenant, by=visit.by), access.privileges.roles(tenant, by=visit.by))


def fields(visit: Visit, there: Offered, typed: Form = EMPTY, problem: Problem | None = None) -> GrantFields:
    """Return the fields, as they were filled in before; *problem* is why that was not accepted."""
    wrong = "" if problem is None else problem.field
    return GrantFields(
        role_options(visit, there, typed.text("role"), visit.words.no_role_given),
        [
            LevelField(f"level.{key}", label, level_options(visit, typed.text(f"level.{key}"), visit.words.by_the_role))
            for key, label in portions(visit)
        ],
        not_used(visit),
        segment_options(visit, there, typed.many("segment")),
        is_missing=wrong == "role",
        asks=wrong == "sure" or typed.ticked("sure"),
        is_sure=typed.ticked("sure"),
    )


def doubt(visit: Visit, there: Offered, form: Form) -> Problem | None:
    """Return what is asked before what *form* holds is given: of what names nothing, and of what opens nothing."""
    grant = grant_of(form)
    if grant.role is None and not grant.levels:
        return Problem(422, visit.words.grant_nothing, "role")
    given = next((role.levels for role in there.roles if role.key == grant.role), {})
    if form.ticked("sure") or not _is_offered(visit, there, grant) or opens(visit, {**given, **grant.levels}):
        return None
    return Problem(422, visit.words.grant_opens_nothing, "sure")


def _is_offered(visit: Visit, there: Offered, grant: Grant) -> bool:
    """Tell whether each word of *grant* is one that there is; whatever takes the grant says of others what is wrong."""
    catalog = visit.access.catalog
    roles, portions = {role.key for role in there.roles}, {one.key for one in catalog.resources}
    levels = {step.key for step in catalog.ladder.steps}
    is_role = grant.role is None or grant.role in roles
    return is_role and portions.issuperset(grant.levels) and levels.issuperset(grant.levels.values())


def opens(visit: Visit, levels: Mapping[ResourceKey, LevelKey]) -> bool:
    """Tell whether any of *levels* opens anything that is offered."""
    ladder = visit.access.catalog.ladder
    return any(ladder.rank(levels.get(key, ladder.lowest.key)) for key, _ in portions(visit))


def grant_of(form: Form) -> Grant:
    """Return what was filled in."""
    levels = {resource: level for resource, level in form.beginning("level.").items() if level}
    return Grant(form.optional("role"), levels, frozenset(form.many("segment")))


def portions(visit: Visit) -> Sequence[tuple[ResourceKey, str]]:
    """Return the portions that are offered, each with what people read."""
    return [(one.key, visit.words.label(one.label)) for one in visit.access.catalog.resources if one.offered]


def not_used(visit: Visit) -> str:
    """Return which portions are not offered, in words; empty for none."""
    names = ", ".join(visit.words.label(one.label) for one in visit.access.catalog.resources if not one.offered)
    return visit.words.say("areas_not_used", names=names) if names else ""


def role_options(visit: Visit, there: Offered, chosen: str, none: str) -> Sequence[Option]:
    """Return the roles of the tenant to choose from, *none* of them first."""
    labels = {str(role.key): role.label for role in there.roles}
    return [
        Option("", none, is_chosen=not chosen),
        *(Option(key, layout.role_label(visit, key, labels), is_chosen=key == chosen) for key in labels),
    ]


def level_options(visit: Visit, chosen: str, by_role: str) -> Sequence[Option]:
    """Return the levels to choose from, what the role says first."""
    steps = visit.access.catalog.ladder.steps
    return [
        Option("", by_role, is_chosen=not chosen),
        *(Option(step.key, visit.words.label(step.label), is_chosen=step.key == chosen) for step in reversed(steps)),
    ]


def segment_options(visit: Visit, there: Offered, chosen: Sequence[str]) -> Sequence[Option]:
    """Return the segments of the tenant to tick."""
    return [
        Option(one.key, visit.words.label(one.label), is_chosen=one.key in chosen)
        for one in visit.access.catalog.segments
        if one.key in there.tenant.segments
    ]
