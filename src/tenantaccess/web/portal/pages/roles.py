"""Roles of a tenant: which there are, what they open, who holds them, and how they are changed (AM-05)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.errors import ConflictError, NotFoundError, TakenError
from tenantaccess.ids import LevelKey, ResourceKey, RoleKey
from tenantaccess.model.catalog import ACCOUNT_MANAGER, Role
from tenantaccess.model.directory import DirectoryPage
from tenantaccess.services.roles import AddRole, ApplyPreset, EditRole, RemoveRole
from tenantaccess.web.portal import layout
from tenantaccess.web.portal.exchange import PageResponse
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Item, Option, Pager
from tenantaccess.web.portal.routing import Route
from tenantaccess.web.portal.visit import REFUSALS, Problem, Visit

MOST_NAMED: Final = 25
LEVEL: Final = "level."


@attrs.frozen
class Held:
    """What a role opens of one portion: its name, and the level."""

    portion: str
    level: str


@attrs.frozen
class RoleLine:
    """One role: its word and name, what it opens, where it is opened, and whether it is the built-in one."""

    key: str
    label: str
    held: Sequence[Held]
    url: str
    is_built_in: bool


@attrs.frozen
class Level:
    """
    The level of one portion, to choose.

    Args:
        key: The resource.
        portion: What people read for it.
        options: The levels.
        now: What it is by now, where somebody else changed it meanwhile; else empty.
    """

    key: str
    portion: str
    options: Sequence[Option]
    now: str


@attrs.frozen
class Adding:
    """What was typed to add a role."""

    label: str
    word: str
    levels: Sequence[Level]
    is_begun: bool


@attrs.frozen
class RolesView:
    """What the list shows: the roles, presets that the tenant has not, and the form to add one."""

    lines: Sequence[RoleLine]
    presets: Sequence[RoleLine]
    adding: Adding
    is_open: bool
    url: str
    problem: Problem | None


@attrs.frozen
class RoleView:
    """
    What the page of one role shows.

    Args:
        line: The role.
        levels: To choose.
        seen: Its levels as they are, for the form.
        affected: How many hold it.
        holders: A page of them, each with where it is opened.
        why: Why it may not be edited; empty if it may.
        why_not_remove: Why it may not be removed, where that is not because somebody holds it.
        can_remove: Whether it may be removed.
        preset: What the preset says where that is something else.
        has_preset: Whether the catalog has one.
        url: Where its forms post to.
        back_url: The list.
        pager: Where the list of holders goes on.
        problem: Why something was not done.
    """

    line: RoleLine
    levels: Sequence[Level]
    seen: str
    affected: str
    holders: Sequence[Item]
    why: str
    why_not_remove: str
    can_remove: bool
    preset: Sequence[Held]
    has_preset: bool
    url: str
    back_url: str
    pager: Pager
    problem: Problem | None


def show(visit: Visit, tenant: str) -> PageResponse:
    """Show the roles."""
    visit.enter(tenant)
    return _list(visit)


def add(visit: Visit, tenant: str) -> PageResponse:
    """Add a role."""
    visit.enter(tenant)
    form = visit.form("label", "word", LEVEL)
    label = form.text("label").strip()
    word = form.text("word").strip() or re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_0123456789")[:40]
    if not word:
        return _list(visit, form, Problem(422, visit.words.role_word_needed, "word"))
    try:
        command = AddRole(visit.by.tenant, RoleKey(word), label, _wanted(form))
        visit.access.execute(command, by=visit.by, key=form.once)
    except TakenError as error:
        return _list(visit, form, attrs.evolve(visit.problem(error), text=visit.words.role_taken, field="word"))
    except REFUSALS as error:
        return _list(visit, form, visit.problem(error))
    return visit.done(visit.here("roles"), visit.words.say("role_added", role=label or word))


def open_one(visit: Visit, tenant: str, role: str) -> PageResponse:
    """Show one role."""
    visit.enter(tenant)
    return _one(visit, _found(visit, role))


def change(visit: Visit, tenant: str, role: str) -> PageResponse:
    """Save, remove, or bring to its preset one role, as the button says that was pressed."""
    visit.enter(tenant)
    form = visit.form("do", "seen", LEVEL)
    key = RoleKey(role)
    try:
        match form.text("do"):
            case "remove":
                visit.access.execute(RemoveRole(visit.by.tenant, key), by=visit.by, key=form.once)
                return visit.done(visit.here("roles"), visit.words.say("role_removed", role=role))
            case "preset":
                visit.access.execute(ApplyPreset(visit.by.tenant, key), by=visit.by, key=form.once)
                said = visit.words.say("role_applied", role=layout.role_label(visit, role))
                return visit.done(visit.here("roles"), said)
            case _:
                return _edited(visit, _found(visit, role), form)
    except REFUSALS as error:
        if isinstance(error, NotFoundError):
            raise
        return _one(visit, _found(visit, role), visit.problem(error), form)


def _edited(visit: Visit, role: Role, form: Form) -> PageResponse:
    """Change the levels that differ from what was seen and are not so already; the command judges whether they may."""
    lowest, sent, wanted = visit.access.catalog.ladder.lowest.key, _read(form.text("seen")), _wanted(form)
    seen = {key: sent.get(key, lowest) for key in wanted}
    edited = {key: level for key, level in wanted.items() if level not in (seen[key], role.levels.get(key, lowest))}
    if not edited:
        return _one(visit, role, Problem(422, visit.words.role_as_before), form)
    count = _holders(visit, role).total
    try:
        visit.access.execute(EditRole(visit.by.tenant, role.key, edited, seen=seen), by=visit.by, key=form.once)
    except ConflictError as error:
        return _one(visit, _found(visit, role.key), _meanwhile(visit, error), form)
    return visit.done(
        visit.here("roles", role.key), visit.words.say("role_saved", role=_label(visit, role), count=count)
    )


def _meanwhile(visit: Visit, error: ConflictError) -> Problem:
    problem = visit.problem(error)
    return problem if error.retryable else attrs.evolve(problem, text=visit.words.role_changed_meanwhile)


def _list(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> PageResponse:
    roles = visit.access.privileges.roles(visit.by.tenant, by=visit.by)
    known = {role.key for role in roles}
    view = RolesView(
        lines=[_line(visit, role) for role in roles],
        presets=[_line(visit, role) for role in visit.access.catalog.roles if role.key not in known],
        adding=Adding(
            label="" if form is None else form.text("label"),
            word="" if form is None else form.text("word"),
            levels=_levels(visit, {} if form is None else _wanted(form), {}),
            is_begun=form is not None,
        ),
        is_open=visit.manages,
        url=visit.here("roles"),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "roles.html", visit.words.roles, view, at="roles", status=status)


def _one(visit: Visit, role: Role, problem: Problem | None = None, form: Form | None = None) -> PageResponse:
    after = visit.request.value("after")
    found = _holders(visit, role, after)
    preset = next((one for one in visit.access.catalog.roles if one.key == role.key), None)
    differs = preset is not None and visit.access.catalog.normal(preset).levels != role.levels
    wanted = {**role.levels, **({} if form is None else _wanted(form))}
    seen = _read(form.text("seen")) if form is not None else role.levels
    is_held = found.total is not None and found.total.count > 0
    removable = visit.access.may(RemoveRole(visit.by.tenant, role.key), by=visit.by)
    view = RoleView(
        line=_line(visit, role),
        levels=_levels(visit, wanted, _moved(visit, seen, role)),
        seen=" ".join(f"{key}={level}" for key, level in role.levels.items()),
        affected=visit.words.say("role_affected", count=found.total) if is_held else "",
        holders=[Item(row.username, visit.here("users", row.principal_id)) for row in found.rows],
        why=_why(visit, role),
        why_not_remove="" if is_held else visit.explained(removable),
        can_remove=bool(removable),
        preset=_held(visit, preset.levels) if differs and preset is not None else [],
        has_preset=preset is not None,
        url=visit.here("roles", role.key),
        back_url=visit.here("roles"),
        pager=Pager(
            visit.here("roles", role.key) if after else "",
            visit.here("roles", role.key, after=found.next) if found.next else "",
        ),
        problem=problem,
    )
    status = 200 if problem is None else problem.status
    return layout.page(visit, "role.html", _label(visit, role), view, at="roles", status=status)


def _found(visit: Visit, key: str) -> Role:
    for role in visit.access.privileges.roles(visit.by.tenant, by=visit.by):
        if role.key == key:
            return role
    raise NotFoundError("role", key)


def _holders(visit: Visit, role: Role, after: str = "") -> DirectoryPage:
    return visit.access.directory.search(
        visit.by.tenant, role=role.key, after=after or None, limit=MOST_NAMED, total=True, by=visit.by
    )


def _why(visit: Visit, role: Role) -> str:
    """Return why nothing about *role* may be changed, neither all of it lowered nor all of it raised."""
    if role.key == ACCOUNT_MANAGER:
        return visit.words.role_built_in
    ladder, offered = visit.access.catalog.ladder, [one.key for one in visit.access.catalog.resources if one.offered]
    asked = [
        visit.access.may(EditRole(visit.by.tenant, role.key, dict.fromkeys(offered, step.key)), by=visit.by)
        for step in (ladder.lowest, ladder.highest)
    ]
    return "" if any(asked) else visit.explained(asked[0])


def _line(visit: Visit, role: Role) -> RoleLine:
    return RoleLine(
        key=role.key,
        label=_label(visit, role),
        held=_held(visit, role.levels),
        url=visit.here("roles", role.key),
        is_built_in=role.key == ACCOUNT_MANAGER,
    )


def _label(visit: Visit, role: Role) -> str:
    return visit.words.label(role.label)


def _held(visit: Visit, levels: Mapping[ResourceKey, LevelKey]) -> list[Held]:
    catalog, words = visit.access.catalog, visit.words
    labels = {step.key: words.label(step.label) for step in catalog.ladder.steps}
    return [
        Held(words.label(one.label), labels.get(levels[one.key], levels[one.key]))
        for one in catalog.resources
        if catalog.ladder.rank(levels.get(one.key, catalog.ladder.lowest.key)) > 0
    ]


def _levels(visit: Visit, wanted: Mapping[ResourceKey, LevelKey], moved: Mapping[str, str]) -> list[Level]:
    catalog, words = visit.access.catalog, visit.words
    lowest = catalog.ladder.lowest.key
    return [
        Level(
            key=one.key,
            portion=words.label(one.label),
            options=[
                Option(step.key, words.label(step.label), is_chosen=step.key == wanted.get(one.key, lowest))
                for step in reversed(catalog.ladder.steps)
            ],
            now=moved.get(one.key, ""),
        )
        for one in catalog.resources
        if one.offered
    ]


def _moved(visit: Visit, seen: Mapping[ResourceKey, LevelKey], role: Role) -> dict[str, str]:
    """Return what levels are by now that were something else when they were seen."""
    ladder = visit.access.catalog.ladder
    labels = {step.key: visit.words.label(step.label) for step in ladder.steps}
    lowest = ladder.lowest.key
    return {
        one.key: visit.words.say("role_is_now", level=labels.get(role.levels.get(one.key, lowest), ""))
        for one in visit.access.catalog.resources
        if seen.get(one.key, lowest) != role.levels.get(one.key, lowest)
    }


def _wanted(form: Form) -> dict[ResourceKey, LevelKey]:
    return {ResourceKey(key): LevelKey(level) for key, level in form.beginning(LEVEL).items()}


def _read(text: str) -> dict[ResourceKey, LevelKey]:
    parts = [part.partition("=") for part in text.split()]
    return {ResourceKey(key): LevelKey(level) for key, _, level in parts}


ROUTES: Final = (
    Route("GET", "/t/{tenant}/roles", show),
    Route("POST", "/t/{tenant}/roles", add),
    Route("GET", "/t/{tenant}/roles/{role}", open_one),
    Route("POST", "/t/{tenant}/roles/{role}", change),
)
