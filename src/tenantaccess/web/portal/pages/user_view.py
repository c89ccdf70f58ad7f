"""One user as their page shows them: where they stand, what they hold, and which steps may be taken."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.decisions import EXPLANATIONS, Decision, Reason
from tenantaccess.model.directory import DirectoryRow, MemberDetails
from tenantaccess.model.members import NO_CONTACT, Origin
from tenantaccess.model.privileges import Cell
from tenantaccess.web.portal.forms import Form
from tenantaccess.web.portal.layout import Option
from tenantaccess.web.portal.pages import evidence, granting, users
from tenantaccess.web.portal.pages.evidence import EventLine
from tenantaccess.web.portal.pages.previews import ASKING
from tenantaccess.web.portal.pages.user_steps import cell_of, own, probes, seen_text
from tenantaccess.web.portal.pages.users import day
from tenantaccess.web.portal.pages.users_review import is_idle, reasons, refusal
from tenantaccess.web.portal.visit import Problem, Visit

MOST_EVENTS: Final = 10
ACTS: Final = ("enable", "disable", "registration", "reset", "remove")
"""The steps that stand together, in their order."""
OWN: Final = "why-own"
"""Where the page says, once for all steps, that nobody takes them with themselves."""
GRAVE: Final = frozenset({"disable", "remove"})
NOTHING_TYPED: Final = Form({})


@attrs.frozen
class Control:
    """
    One step.

    Args:
        url: Where its form goes.
        why: Why it cannot be taken; empty if it can.
        why_id: Where on the page that is said.
        told: Whether it is said beside the step itself.
    """

    url: str
    why: str
    why_id: str
    told: bool


@attrs.frozen
class Act:
    """One step that may be taken: its word, where its form goes, what its button says, and what it does."""

    name: str
    url: str
    label: str
    hint: str
    is_grave: bool


@attrs.frozen
class Shut:
    """Steps that may not be taken for one and the same reason: what their buttons say, and why."""

    id: str
    labels: Sequence[str]
    why: str
    told: bool


@attrs.frozen
class Fact:
    """One thing that is known."""

    label: str
    value: str


@attrs.frozen
class Gate:
    """One of the two that lead in: whether it was passed, and when, by whom or how."""

    label: str
    style: str
    state: str
    text: str


@attrs.frozen
class LevelLine:
    """
    One portion.

    Args:
        resource: Its word.
        label: What people read.
        held: What is effectively held now.
        source: Whether that is from the role or set here; empty if neither.
        options: What it may be set to.
        seen: The cell as it is, as the form remembers it.
        meanwhile: What it was changed to by somebody else; empty if it was not.
    """

    resource: str
    label: str
    held: str
    source: str
    options: Sequence[Option]
    seen: str
    meanwhile: str


@attrs.frozen
class Typed:
    """What stands in the fields of the forms."""

    first_name: str
    last_name: str
    email: str
    phone: str
    valid_from: str
    valid_until: str
    on: str
    note: str


@attrs.frozen
class UserView:
    """What the page shows; `steps` by their names, `grant` where somebody is to be let in."""

    username: str
    is_you: bool
    own: str
    status: str
    status_label: str
    suspended: str
    why: str
    remedy: str
    gates: Sequence[Gate]
    facts: Sequence[Fact]
    may_change: bool
    may_do_nothing: str
    steps: Mapping[str, Control]
    acts: Sequence[Act]
    shut: Sequence[Shut]
    is_to_verify: bool
    is_linked: bool
    is_link_request: bool
    link_lead: str
    asker: Sequence[Fact]
    asker_note: str
    takes_grant: bool
    grant: granting.GrantFields
    reasons: Sequence[Option]
    typed: Typed
    roles: Sequence[Option]
    levels: Sequence[LevelLine]
    limits: Sequence[Option]
    history: Sequence[EventLine]
    history_latest_url: str
    history_earlier_url: str
    audit_url: str
    list_url: str
    problem: Problem | None


def user_view(visit: Visit, told: MemberDetails, step: str, form: Form, problem: Problem | None) -> UserView:
    """
    Return what the page shows.

    Args:
        visit: The visit.
        told: All about the user.
        step: The step whose form was sent and not accepted; empty if none was.
        form: What was sent.
        problem: Why it was not accepted.
    """
    row, words, there = told.row, visit.words, granting.offered(visit, _tenant(visit))
    why, remedy = EXPLANATIONS[row.reason]
    awaits_mail = row.reason is Reason.UNVERIFIED and visit.manages
    is_linked, is_request = row.origin is Origin.LINKED, users.is_link_request(row)
    is_to_verify = row.reason in ASKING and not is_linked
    takes_grant = is_to_verify or (is_request and not row.is_link)
    sent, steps = {step: form}, _steps(visit, told, there)
    history, earlier = _history(visit, row.principal_id)
    grant_form = sent.get("approve") or sent.get("accept") or NOTHING_TYPED
    limits = sent["limits"].many("segment") if "limits" in sent else tuple(told.limits)
    role = sent["role"].text("role") if "role" in sent else row.role or ""
    return UserView(
        username=row.username,
        is_you=row.principal_id == visit.principal,
        own=words.own_membership if any(one.why_id == OWN for one in steps.values()) else "",
        status="disabled" if row.is_suspended else row.status.value,
        status_label=words.suspended if row.is_suspended else words.say(f"status_{row.status.value}"),
        suspended=words.say("user_suspended", name=row.username) if row.is_suspended else "",
        why=words.awaits_mail if awaits_mail else "" if row.reason is Reason.ACTIVE else words.sentence(why),
        remedy="" if row.reason is Reason.ACTIVE or visit.manages else words.sentence(remedy),
        gates=_gates(visit, told),
        facts=_facts(visit, told),
        may_change=visit.manages,
        may_do_nothing=words.say("user_may_do_nothing", name=row.username) if users.may_do_nothing(visit, row) else "",
        steps=steps,
        acts=_acts(visit, steps),
        shut=_shut(visit, steps),
        is_to_verify=is_to_verify,
        is_linked=is_linked,
        is_link_request=is_request,
        link_lead=_link_lead(visit, told),
        asker=_asker(visit, row),
        asker_note=words.asker_unknown if row.contact == NO_CONTACT else words.asker_said,
        takes_grant=takes_grant,
        grant=granting.fields(visit, there, grant_form, problem),
        reasons=reasons(visit, form.text("reason")),
        typed=_typed(told, sent),
        roles=granting.role_options(visit, there, role, words.no_role_given),
        levels=_levels(visit, told, sent.get("levels", NOTHING_TYPED), there),
        limits=granting.segment_options(visit, there, limits),
        history=history,
        history_latest_url=visit.here("users", row.principal_id) + "#history" if _before(visit) else "",
        history_earlier_url=earlier,
        audit_url=visit.here("audit", member=row.principal_id),
        list_url=visit.here("users"),
        problem=problem,
    )


def _tenant(visit: Visit) -> TenantId:
    assert visit.context is not None  # noqa: S101  # the page has entered
    return visit.context.tenant


def _typed(told: MemberDetails, sent: Mapping[str, Form]) -> Typed:
    contact, note = told.row.contact, next((form.text("note") for form in sent.values()), "")
    typed, dates = sent.get("contact", NOTHING_TYPED), sent.get("dates")
    return Typed(
        first_name=typed.text("first_name", contact.first_name),
        last_name=typed.text("last_name", contact.last_name),
        email=typed.text("email", contact.email),
        phone=typed.text("phone", contact.phone),
        valid_from=day(told.valid_from) if dates is None else dates.text("valid_from"),
        valid_until=day(told.valid_until) if dates is None else dates.text("valid_until"),
        on=sent["disable"].text("on") if "disable" in sent else "",
        note=note,
    )


def _steps(visit: Visit, told: MemberDetails, there: granting.Offered) -> Mapping[str, Control]:
    """Return all steps, each with why it is refused; asked for all at once, of the plans that the commands obey."""
    who = told.row.principal_id
    asked = probes(visit, told, frozenset(there.tenant.segments)) if visit.manages else {}
    answers = visit.access.may_each(list(asked.values()), there.tenant.id, [who], visit.by)
    controls = {name: _control(visit, told, name, answers[who][make]) for name, make in asked.items()}
    removing = visit.here("users", "review", action="remove", member=who)
    return {**controls, "remove": attrs.evolve(controls["remove"], url=removing)} if controls else {}


def _control(visit: Visit, told: MemberDetails, name: str, decision: Decision) -> Control:
    url = visit.here("users", told.row.principal_id, name)
    if not decision and decision.reasons[0] is Reason.OWN_ROW and told.row.principal_id == visit.principal:
        return Control(url, visit.words.own_membership, OWN, told=False)
    why = "" if decision else visit.words.say("not_possible", why=refusal(visit, name, told.row, decision))
    if decision and is_idle(name, told.row):
        why = visit.words.say(f"idle_{name}")
    return Control(url, why, f"why-{name}", told=bool(why))


def _acts(visit: Visit, steps: Mapping[str, Control]) -> Sequence[Act]:
    words = visit.words
    return [
        Act(name, steps[name].url, words.say(f"act_{name}"), words.say(f"act_{name}_hint"), name in GRAVE)
        for name in ACTS
        if name in steps and not steps[name].why
    ]


def _shut(visit: Visit, steps: Mapping[str, Control]) -> Sequence[Shut]:
    first = {steps[name].why: steps[name] for name in ACTS if name in steps and steps[name].why}
    return [
        Shut(one.why_id, [visit.words.say(f"act_{name}") for name in ACTS if steps[name].why == why], why, one.told)
        for why, one in first.items()
    ]


def _link_lead(visit: Visit, told: MemberDetails) -> str:
    """Return how somebody from elsewhere came to be here; what is asked today goes by no proof of long ago (MC-09)."""
    asked = "_asked" if users.is_link_request(told.row) else ""
    way = "proof" if (told.row.is_link if asked else told.proven_by) else "request"
    return visit.words.say(f"link_by_{way}{asked}", name=told.row.username, proven=told.proven_by)


def _asker(visit: Visit, row: DirectoryRow) -> Sequence[Fact]:
    """Return who asks to be let in, as they said themselves, and since when."""
    words, contact = visit.words, row.contact
    told = [
        Fact(words.username, row.username),
        Fact(words.full_name, " ".join(part for part in (contact.first_name, contact.last_name) if part)),
        Fact(words.email, contact.email),
        Fact(words.phone, contact.phone),
        Fact(words.asked_at, day(row.requested_at)),
    ]
    return [fact for fact in told if fact.value]


def _gates(visit: Visit, told: MemberDetails) -> Sequence[Gate]:
    words, approved, verified = visit.words, day(told.approved_at), day(told.verified_at)
    approver = told.approved_by or words.the_operator
    how = "" if told.verified_how is None else words.say(f"verified_{told.verified_how.value}")
    return [
        Gate(
            words.gate_approval,
            "active" if approved else "pending",
            words.gate_approved if approved else words.gate_not_approved,
            words.say("on_by", day=approved, who=approver) if approved else "",
        ),
        Gate(
            words.gate_verification,
            "active" if verified else "unverified",
            words.gate_verified if verified else words.gate_not_verified,
            words.say("on_how", day=verified, how=how) if verified else "",
        ),
    ]


def _facts(visit: Visit, told: MemberDetails) -> Sequence[Fact]:
    words, row, disabled = visit.words, told.row, told.disabled
    rests = "" if told.rest_kind is None else words.say(f"rests_{told.rest_kind.value}", name=told.rests_on)
    was_disabled = ""
    if disabled is not None:
        reason = words.say(f"reason_{disabled.reason.value}")
        was_disabled = ", ".join((day(disabled.at), words.say(f"by_{disabled.by.value}"), reason))
    ends_by = "" if told.ends_by is None else f" ({words.say(f'by_{told.ends_by.value}')})"
    facts = [
        Fact(words.origin, words.say(f"origin_{row.origin.value}")),
        Fact(words.asked_at, day(row.requested_at)),
        Fact(words.last_active, day(row.last_active_at) or words.never),
        Fact(words.becomes_inactive, day(row.lapses_at) if row.reason is Reason.ACTIVE else ""),
        Fact(words.rests_on, rests),
        Fact(words.proven_with, "" if rests else told.proven_by),
        Fact(words.disabled_fact, was_disabled),
        Fact(words.valid_from, day(told.valid_from)),
        Fact(words.valid_until, f"{day(told.valid_until)}{ends_by}" if told.valid_until else ""),
    ]
    return [fact for fact in facts if fact.value]


def _levels(visit: Visit, told: MemberDetails, typed: Form, there: granting.Offered) -> Sequence[LevelLine]:
    role = next((one for one in there.roles if one.key == told.row.role), None)
    given = {} if role is None else {str(key): str(level) for key, level in role.levels.items()}
    return [_level(visit, told, typed, (key, label), given) for key, label in granting.portions(visit)]


def _level(
    visit: Visit, told: MemberDetails, typed: Form, portion: tuple[ResourceKey, str], given: Mapping[str, str]
) -> LevelLine:
    (key, label), words = portion, visit.words
    cell, held = told.cells[key], told.row.levels[key]
    seen, chosen = typed.text(f"seen.{key}"), typed.text(f"level.{key}", own(cell))
    changed = bool(seen) and seen != seen_text(cell)
    if changed and chosen == own(cell_of(seen)):
        changed, chosen = False, own(cell)  # nothing else was chosen for it: it stands as it is
    capped = held != cell.level
    source = words.set_on_user if cell.explicit else words.from_the_role if key in given else ""
    by_role = words.say("by_role" if told.row.role else "by_no_role", level=_label(visit, given.get(key, "")))
    return LevelLine(
        resource=key,
        label=label,
        held=words.say("capped", level=_label(visit, held)) if capped else _label(visit, held),
        source=source,
        options=granting.level_options(visit, chosen, by_role),
        seen=seen_text(cell),
        meanwhile=words.say("changed_to_meanwhile", level=_shown(visit, cell)) if changed else "",
    )


def _shown(visit: Visit, cell: Cell) -> str:
    source = visit.words.set_on_user if cell.explicit else visit.words.from_the_role
    return f"{_label(visit, cell.level)} ({source})"


def _label(visit: Visit, level: str) -> str:
    """Return what people read for *level*; of a word that the ladder has not, what it means: none."""
    ladder = visit.access.catalog.ladder
    return visit.words.label(ladder.steps[ladder.rank(level)].label)


def _history(visit: Visit, principal: PrincipalId) -> tuple[Sequence[EventLine], str]:
    """Return a page of what happened to the user, and where it goes on."""
    tenant = _tenant(visit)
    found = visit.access.audit.latest(tenant, _before(visit), MOST_EVENTS + 1, about=principal, by=visit.by)
    listed, last = found[:MOST_EVENTS], found[:MOST_EVENTS][-1:]
    more = last[0][0].number if len(found) > MOST_EVENTS else 0
    url = visit.here("users", principal, before=str(more)) + "#history" if more else ""
    return evidence.told(visit, tenant, listed), url


def _before(visit: Visit) -> int | None:
    """Return the number of the event before which the history begins; None for the latest, and for what is none."""
    text = visit.request.value("before")
    return int(text) if re.fullmatch(r"[1-9]\d{0,17}", text, re.ASCII) else None
