"""What stands around every page: where one is, where else one may go, and what there is to say."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import attrs

from tenantaccess.errors import RefusedError, TenantAccessError, UnknownNameError
from tenantaccess.ids import RoleKey, SchemeKey, TenantId
from tenantaccess.model.catalog import BUILT_IN
from tenantaccess.model.contexts import TenantEntry
from tenantaccess.model.frozen import EMPTY
from tenantaccess.web.answers import Answer
from tenantaccess.web.portal import static
from tenantaccess.web.portal.exchange import Csrf, Page
from tenantaccess.web.portal.visit import NotEnteredError, Visit

MOST_IN_SELECT: Final = 15
"""Of more tenants than this, one is chosen on a page of its own, by search."""
OPERATED: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("op_title", ()),
    ("op_orphans", ("unmanaged",)),
    ("op_people", ("people",)),
)
"""What whoever runs the service may choose from, by its word, and where it is."""
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


@attrs.frozen
class Option:
    """One choice of a list."""

    value: str
    label: str
    is_chosen: bool = False
    is_shut: bool = False


@attrs.frozen
class Item:
    """One line of a menu."""

    label: str
    url: str
    is_current: bool = False
    count: str = ""


@attrs.frozen
class Group:
    """Lines of the menu under one heading; without one they stand alone."""

    label: str
    lines: Sequence[Item]


@attrs.frozen
class Pager:
    """Where a list goes on, and where it begins; empty where it does not."""

    first_url: str = ""
    more_url: str = ""

    def __bool__(self) -> bool:
        return bool(self.first_url or self.more_url)


@attrs.frozen
class Switcher:
    """
    The list at the top of every page: where one is, and where else one may go.

    Args:
        url: Where it posts to.
        tenants: To choose from; empty where there are too many, or none.
        segments: Of the tenant that was entered, to view for.
        current: Its name; empty where none was entered.
        ids: Its public identifiers, masked.
        all_url: The page to choose on.
        next: Where switching leads, with ``{tenant}`` for the one that is chosen.
    """

    url: str
    tenants: Sequence[Option]
    segments: Sequence[Option]
    current: str
    ids: str
    all_url: str
    next: str


@attrs.frozen
class Layout:
    """
    What every template sees as ``page``.

    Args:
        title: Of the page, and its heading.
        brand: What stands at the top.
        home: Where that leads.
        language: Code of the language.
        direction: ``ltr`` or ``rtl``.
        style: Address of the style sheet.
        script: Address of the script.
        csrf: What each form carries.
        once: A fresh idempotency key, for a page that has one form.
        user: What the person is called; empty if nobody is signed in.
        operator: As which operator they act; empty if as none.
        sign_in: Address of the page to sign in; empty if somebody is.
        sign_out: Where the button to sign out posts to; empty for none.
        switcher: Where one is; None if nobody is signed in.
        menu: Where one may go.
        messages: What there is to say, as kind and text.
        links: The host's own menu.
    """

    title: str
    brand: str
    home: str
    language: str
    direction: str
    style: str
    script: str
    csrf: Csrf
    once: str
    user: str = ""
    operator: str = ""
    sign_in: str = ""
    sign_out: str = ""
    switcher: Switcher | None = None
    menu: Sequence[Group] = ()
    messages: Sequence[tuple[str, str]] = ()
    links: Sequence[Item] = ()


def page(visit: Visit, template: str, title: str, view: object, *, at: str = "", status: int = 200) -> Page:
    """
    Return the page to render; one query where somebody is signed in.

    Args:
        visit: The visit.
        template: Which, below ``tenantaccess/``.
        title: Its heading.
        view: What it shows.
        at: The name of the line in the menu that leads here.
        status: The HTTP status.
    """
    return Page(template, _context(visit, _layout(visit, title, at), view), status, visit.headers)


def bare_page(visit: Visit, template: str, title: str, view: object, *, status: int = 200) -> Page:
    """Return a page without menu and list of tenants: one that asks the store for nothing."""
    return Page(template, _context(visit, _bare(visit, title), view), status, visit.headers)


def switcher(visit: Visit, back: str) -> Mapping[str, Any]:
    """
    Return what ``elements/switcher.html`` is rendered with on a page of the host's own; one query.

    Args:
        visit: Of somebody who is signed in, in the tenant that the page is about, if it is about one.
        back: Where switching leads, with ``{tenant}`` for the one that is chosen.
    """
    stay(visit)
    made = attrs.evolve(_switcher(visit), next=back)
    return _context(visit, attrs.evolve(_bare(visit, ""), switcher=made), None)


def error_page(visit: Visit, answer: Answer, text: str = "", helpers: Sequence[str] = (), missing: str = "") -> Page:
    """
    Return the page that says what *answer* does; a bare one where the store may be out of order.

    Args:
        visit: The visit.
        answer: What is answered.
        text: What to say instead of its own words.
        helpers: Who can help.
        missing: The portion of the host's system that the visitor has too little access to; empty for none.
    """
    words = visit.words
    view = {
        "text": text or words.label(answer.detail),
        "helpers": helpers,
        "missing": missing,
        "support": visit.settings.support,
        "home": visit.url(""),
    }
    title = words.label(answer.title)
    try:
        made = page(visit, "error.html", title, view, status=answer.status)
    except TenantAccessError:
        made = bare_page(visit, "error.html", title, view, status=answer.status)
    return attrs.evolve(made, headers=answer.headers)


def _context(visit: Visit, layout: Layout, view: object) -> Mapping[str, Any]:
    return {"page": layout, "view": view, "t": visit.words}


def _bare(visit: Visit, title: str) -> Layout:
    request, settings = visit.request, visit.settings
    return Layout(
        title=title,
        brand=settings.brand,
        home=settings.home,
        language=request.language,
        direction=direction(request.language),
        style=visit.url("static", static.STYLE.name),
        script=visit.url("static", static.SCRIPT.name),
        csrf=request.csrf,
        once=visit.access.entropy.token(),
        messages=request.kept.told(),
        links=[Item(visit.words.label(label), address) for label, address in settings.links],
    )


def _layout(visit: Visit, title: str, at: str) -> Layout:
    visitor, settings = visit.request.visitor, visit.settings
    stay(visit)
    sign_out = settings.sign_out or ("" if settings.sign_in else visit.url("sign-out"))
    if visitor.principal is None:
        bare = _bare(visit, title)
        if visitor.operator is None:
            return attrs.evolve(bare, sign_in=settings.sign_in or visit.url("sign-in"))
        menu = list(_menu(visit, at))
        return attrs.evolve(
            bare, user=visitor.name, operator=visitor.operator.name, sign_out=settings.sign_out, menu=menu
        )
    return attrs.evolve(
        _bare(visit, title),
        user=visitor.name,
        operator="" if visitor.operator is None else visitor.operator.name,
        sign_out=sign_out,
        switcher=_switcher(visit),
        menu=list(_menu(visit, at)),
    )


def direction(language: str) -> str:
    """Return ``ltr`` or ``rtl`` for the code of a language."""
    return "rtl" if language.replace("_", "-").partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def stay(visit: Visit) -> None:
    """Where an address names no tenant, show the one that was entered last, if it still lets the visitor in."""
    current = None if visit.request.path.startswith("/t/") else visit.request.kept.current
    if visit.context is None and current is not None and visit.request.visitor.principal is not None:
        with suppress(RefusedError, UnknownNameError, NotEnteredError):
            visit.enter(current)


def _switcher(visit: Visit) -> Switcher:
    context = visit.context
    entered = None if context is None else context.tenant
    listed = visit.access.contexts.list_tenants(visit.principal, limit=MOST_IN_SELECT)
    entries = [entry for entry in listed.entries if entry.is_available]
    here = next((entry for entry in entries if entry.id == entered), None)
    if here is None and entered is not None:
        here = _entry(visit, entered)
    fits = listed.next is None
    return Switcher(
        url=visit.url("switch"),
        tenants=[Option(one.id, one.name, is_chosen=one.id == entered) for one in entries] if fits else [],
        segments=[] if here is None else segments_of(visit, here, None if context is None else context.segment),
        current="" if here is None else here.name,
        ids="" if here is None else masked_ids(visit, here.external_ids),
        all_url=visit.url("tenants"),
        next=_next(visit),
    )


def _entry(visit: Visit, tenant: TenantId) -> TenantEntry | None:
    """Return the line of a tenant that is not among the first; where there are many, one more question."""
    mine = visit.access.contexts.mine(tenant, visit.principal)
    found = visit.access.contexts.list_tenants(visit.principal, search=mine.name)
    return next((entry for entry in found.entries if entry.id == tenant), None)


def segments_of(visit: Visit, here: TenantEntry, chosen: str | None) -> list[Option]:
    """Return what one may view for in *here*; nothing where it has no segments."""
    if not here.segments:
        return []
    labels = {segment.key: segment.label for segment in visit.access.catalog.segments}
    listed = [
        Option(key, visit.words.label(labels[key]), is_chosen=key == chosen) for key in here.segments if key in labels
    ]
    every = [] if here.is_limited else [Option("", visit.words.every_segment, is_chosen=chosen is None)]
    return every + listed


def role_label(visit: Visit, role: str | None, labels: Mapping[str, str] = EMPTY) -> str:
    """Return what people read for *role*: as the tenant calls it, the catalog, or its word; empty for none."""
    if not role:
        return ""
    declared: dict[str, str] = {
        BUILT_IN.key: BUILT_IN.label,
        **{one.key: one.label for one in visit.access.catalog.roles},
        **labels,
    }
    return visit.words.label(declared.get(RoleKey(role), role))


def masked_ids(visit: Visit, ids: Mapping[SchemeKey, str]) -> str:
    """Return public identifiers as screens show them: each with what it is, and little more than its end."""
    schemes = {scheme.key: scheme for scheme in visit.access.catalog.schemes}
    return ", ".join(
        f"{visit.words.label(schemes[key].label)} {schemes[key].masked(value)}"
        for key, value in sorted(ids.items())
        if key in schemes
    )


def _next(visit: Visit) -> str:
    """Return the same kind of page of whichever tenant is chosen; what names somebody or something is left out."""
    if visit.context is None:
        return f"{visit.request.root}/t/{{tenant}}"
    _, _, rest = visit.request.path.partition(visit.context.tenant)
    section = rest.strip("/").partition("/")[0]
    return "/".join(part for part in (f"{visit.request.root}/t/{{tenant}}", section) if part)


def _menu(visit: Visit, at: str) -> Iterator[Group]:
    words = visit.words

    def item(name: str, url: str) -> Item:
        return Item(words.say(name), url, is_current=name == at)

    if visit.context is not None:
        yield Group("", [item("my_access", visit.here())])
    if visit.sees_roster:
        yield Group(
            words.user_management,
            [item(name, visit.here(name)) for name in ("users", "roles", "audit", "settings")],
        )
    if visit.request.visitor.principal is not None:
        yield Group(words.account_access, list(_account_access(visit, item)))
    if visit.request.visitor.operator is not None:
        yield Group(words.operator, [item(name, visit.url("operator", *path)) for name, path in OPERATED])


def _account_access(visit: Visit, item: Any) -> Iterator[Item]:  # noqa: ANN401  # makes an item of a name and address
    if visit.manages:
        yield item("allow_access", visit.here("users", "add"))
    yield item("join", visit.url("join"))
    if visit.sees_roster:
        yield item("privileges", visit.here("privileges"))
    if visit.access.catalog.reference_sets:
        yield item("copy", visit.url("copy"))
    yield item("my_account", visit.url("account"))
