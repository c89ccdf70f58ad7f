"""
A visitor to the portal without a browser and without a framework: pages, forms and a session that is kept.

Every page is rendered by both engines, each with names that must exist, and has to come to the same document.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import attrs
import jinja2
from bs4 import BeautifulSoup, Tag

import django
from tenantaccess import Operator, PrincipalId, TenantAccess, TenantId
from tenantaccess.web.portal import TEMPLATES, Csrf, File, Kept, Page, PageRequest, Portal, PortalSettings, Redirect
from tenantaccess.web.portal import Visitor as Asking

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.django.settings")
django.setup()
from django.template import Context, Engine  # noqa: E402  # needs the settings

ROOT: Final = "/access"
CSRF: Final = Csrf("csrf_token", "a token that the door gave")
MOST_REDIRECTS: Final = 5


class Missing(str):
    """What Django puts where a name is missing: it fails instead."""

    __slots__ = ()

    def __contains__(self, _: object) -> bool:
        return True

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"the template names `{name}`, which there is not")


JINJA: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
)
DJANGO: Final = Engine(dirs=[str(TEMPLATES)], string_if_invalid=Missing("%s"))


def document(html: str) -> str:
    """Return *html* in one form: engines quote and break lines in different ways."""
    soup = BeautifulSoup(html, "html.parser")
    for text in soup.find_all(string=True):
        text.replace_with(" ".join(text.split()))
    return str(soup)


def rendered(name: str, context: Mapping[str, Any]) -> str:
    """Return what the template called *name* comes to, the same by both engines."""
    ours = JINJA.get_template(name).render(**context)
    theirs = DJANGO.get_template(name).render(Context(dict(context)))
    assert document(ours) == document(theirs)
    assert undescribed(ours) == []
    return ours


def undescribed(html: str) -> list[str]:
    """Return the fields that are marked as wrong, of which nothing on the page says what is."""
    soup = BeautifulSoup(html, "html.parser")
    told = {str(one["id"]) for one in soup.select(".wrong[id], .message.problem[id]")}
    marked = soup.select("[aria-invalid=true]")
    return [str(one.get("name")) for one in marked if not told & set(str(one.get("aria-describedby", "")).split())]


@attrs.frozen
class Answer:
    """
    What a visitor got.

    Args:
        url: The page's address.
        status: Its HTTP status.
        response: What the portal answered.
        html: The page; empty for a file.
    """

    url: str
    status: int
    response: Page | File
    html: str = ""

    @property
    def soup(self) -> BeautifulSoup:
        """The page, to look at."""
        return BeautifulSoup(self.html, "html.parser")

    @property
    def text(self) -> str:
        """What is read on the page, or in the file."""
        if isinstance(self.response, File):
            return b"".join(self.response.body).decode()
        return " ".join(self.soup.get_text(" ").split())

    @property
    def heading(self) -> str:
        """What the page is called."""
        found = self.soup.h1
        assert found is not None
        return found.get_text(strip=True)

    @property
    def messages(self) -> list[str]:
        """What there is to say, and what is wrong."""
        return [one.get_text(" ", strip=True) for one in self.soup.select(".message")]

    def rows(self, selector: str = "main table tbody tr") -> list[list[str]]:
        """Return the cells of a table."""
        return [
            [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
            for row in self.soup.select(selector)
        ]


@attrs.define
class Visitor:
    """
    Somebody with a session.

    Args:
        portal: What they visit.
        principal: Who they are; None for a stranger.
        operator: As which operator they act.
        name: What they are called.
        stored: What their session keeps.
        renewed: How often it was to get another identifier.
        csrf: What their forms carry.
        ends_sessions: Whether the door ends what they have ended.
    """

    portal: Portal
    principal: PrincipalId | None = None
    operator: Operator | None = None
    name: str = "somebody"
    stored: dict[str, Any] = attrs.field(factory=dict)
    renewed: int = 0
    csrf: Csrf = CSRF
    ends_sessions: bool = False

    def get(self, url: str) -> Answer:
        """Open *url*, and whatever it leads to."""
        return self._follow("GET", url, {})

    def post(self, url: str, fields: Mapping[str, str | Sequence[str]], *, is_genuine: bool = True) -> Answer:
        """Send *fields*, and open whatever that leads to."""
        sent = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in fields.items()}
        return self._follow("POST", url, sent, is_genuine=is_genuine)

    def submit(self, on: Answer, button: str, /, **fields: str | Sequence[str] | None) -> Answer:
        """
        Fill in the form that has *button* on it, and press that.

        Args:
            on: The page.
            button: What is read on the button.
            fields: What is filled in besides what stands there, dots as ``__``; None leaves a field out.
        """
        pressed = next(
            (one for one in on.soup.select("form button") if " ".join(one.get_text(" ").split()) == button), None
        )
        assert pressed is not None, f"no button `{button}` on {on.url}: {[b.get_text() for b in on.soup('button')]}"
        assert not pressed.has_attr("disabled"), f"`{button}` cannot be pressed"
        form = on.soup.find("form", id=pressed["form"]) if pressed.has_attr("form") else pressed.find_parent("form")
        assert isinstance(form, Tag)
        sent = _filled(on.soup, form)
        if pressed.has_attr("name"):
            sent[str(pressed["name"])] = [str(pressed.get("value", ""))]
        for name, value in fields.items():
            key = name.replace("__", ".")
            if value is None:
                sent.pop(key, None)
            else:
                sent[key] = [value] if isinstance(value, str) else list(value)
        url = urljoin(on.url, str(pressed.get("formaction") or form.get("action") or on.url))
        if str(form.get("method", "get")).lower() == "post":
            return self._follow("POST", url, sent)
        asked = "&".join(f"{name}={value}" for name, values in sent.items() for value in values if value)
        return self.get(f"{url}?{asked}")

    def enter(self, tenant: TenantId) -> Answer:
        """Choose *tenant* in the list."""
        return self.post(f"{ROOT}/switch", {"tenant": tenant})

    def _follow(self, method: str, url: str, form: Mapping[str, Sequence[str]], *, is_genuine: bool = True) -> Answer:
        for _ in range(MOST_REDIRECTS):
            response = self.ask(method, url, form, is_genuine=is_genuine)
            if not isinstance(response, Redirect):
                break
            method, url, form = "GET", urljoin(url, response.to), {}
            if not url.startswith(ROOT):
                return Answer(url, 302, Page("", {}))
        else:
            raise AssertionError(f"{url} leads to nowhere")
        assert not isinstance(response, Redirect)
        if isinstance(response, File):
            return Answer(url, 200, response)
        return Answer(url, response.status, response, rendered(f"tenantaccess/{response.template}", response.context))

    def ask(
        self, method: str, url: str, form: Mapping[str, Sequence[str]], *, is_genuine: bool = True
    ) -> Page | Redirect | File:
        """Return the portal's very answer."""
        parts = urlsplit(url)
        kept = Kept.loaded(self.stored, self.principal)
        response = self.portal.respond(
            PageRequest(
                method=method,
                path=parts.path.removeprefix(ROOT) or "/",
                root=ROOT,
                visitor=Asking(self.principal, self.name, self.operator, "203.0.113.9"),
                kept=kept,
                csrf=self.csrf,
                query=parse_qs(parts.query, keep_blank_values=True),
                form=form,
                is_genuine=is_genuine,
                ends_sessions=self.ends_sessions,
            )
        )
        if kept.signed is not None:
            self.principal, self.name = kept.signed
        if kept.is_signed_out:
            self.principal = None
        if kept.is_changed:
            self.stored = kept.stored
        self.renewed += kept.is_renewed
        return response


def _filled(soup: BeautifulSoup, form: Tag) -> dict[str, list[str]]:
    """Return what a browser would send of *form*."""
    sent: dict[str, list[str]] = {}
    fields = [*form.select("input, select, textarea"), *soup.select(f'[form="{form.get("id", "")}"]:not(button)')]
    for field in fields:
        name = field.get("name")
        if not name or field.has_attr("disabled"):
            continue
        values = _values(field)
        if values:
            sent.setdefault(str(name), []).extend(values)
    return sent


def _values(field: Tag) -> list[str]:
    if field.name == "select":
        options = field.find_all("option")
        chosen = [one for one in options if one.has_attr("selected")] or options[:1]
        return [str(one.get("value", one.get_text())) for one in chosen]
    if field.name == "textarea":
        return [field.get_text()]
    if field.get("type") in {"checkbox", "radio"}:
        return [str(field.get("value", "on"))] if field.has_attr("checked") else []
    return [str(field.get("value", ""))]


def portal_of(access: TenantAccess, **settings: str) -> Portal:
    """Return the portal of *access*."""
    return Portal(access, PortalSettings(**settings))
