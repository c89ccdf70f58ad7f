"""Each template is rendered by both engines to one document, from the pages that browsers are shown."""

from collections.abc import Callable

import jinja2
import pytest
from tests.browser import world
from tests.browser.pages import PAGES
from tests.web import site
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import TenantAccess
from tenantaccess.model.notices import Message
from tenantaccess.services.wording import worded
from tenantaccess.web.portal import TEMPLATES, HtmlMail, Portal

Then = Callable[[Visitor, Answer], object]


class Noting(jinja2.FileSystemLoader):
    """Notes which templates were loaded, those that others extend and include among them."""

    def __init__(self) -> None:
        super().__init__(TEMPLATES)
        self.met: set[str] = set()

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        self.met.add(template)
        return super().get_source(environment, template)


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Noting:
    made = Noting()
    jinja = jinja2.Environment(loader=made, autoescape=True, undefined=jinja2.StrictUndefined)
    monkeypatch.setattr(site, "JINJA", jinja)
    return made


def preview(visitor: Visitor, page: Answer) -> None:
    """Change one level."""
    cell = page.soup.select_one("#matrix td select:not([disabled])")
    assert cell is not None
    visitor.submit(page, "Preview the changes", **{str(cell["name"]): "full"})


def find(visitor: Visitor, page: Answer) -> None:
    """Prove a password."""
    visitor.submit(page, "Find Account", username="lakedesk", password=world.PASSWORD)


def choose(visitor: Visitor, page: Answer) -> None:
    """Choose entries to copy."""
    visitor.submit(page, "Choose entries : Billing codes")


def mistype(visitor: Visitor, page: Answer) -> None:
    """Repeat another password than the one that was chosen."""
    visitor.submit(page, "Change Password", current="x", new="one and another", again="one and more")


THEN: dict[str, Then] = {
    "privileges-preview": preview,
    "join-found": find,
    "copy-entries": choose,
    "account-mistyped": mistype,
}
"""What leads on to a page that has no address."""


@pytest.mark.row("P5")
def test_no_template_is_left_out(access: TenantAccess, portal: Portal, loader: Noting) -> None:
    facts = world.build(access, world.Outbox())
    known = {**facts, **facts["people"], **facts["tokens"]}
    for name, shown in PAGES.items():
        by = facts["people"].get(shown.by) or (
            access.tenants.principal(shown.by, by=world.PAYER).id if shown.by else None
        )
        visitor = Visitor(portal, by, world.PAYER if shown.operates else None, shown.by)
        if shown.tenant:
            visitor.enter(facts[shown.tenant])
        page = visitor.get(f"{ROOT}{shown.path.format(**known)}")
        if name in THEN:
            THEN[name](visitor, page)
    mail = Message("not_1:pri_1", "jo@riverside.example", "disable", "Riverside Clinic")
    HtmlMail(site.rendered)(mail, worded(mail, lambda *_: ""))
    written = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    assert written - loader.met == set()
