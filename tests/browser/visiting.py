"""How tests use a browser: hosts, people, and what a browser must never do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from playwright.sync_api import Browser, Page, expect
from tests.browser.world import PASSWORD


@attrs.frozen
class Host:
    """
    An application that serves the portal.

    Args:
        framework: Of which kind.
        facts: What is in it.
        states: What sessions hold of people who have signed in and entered, for whoever needs no more than that.
    """

    framework: str
    facts: dict[str, Any] = attrs.field(repr=False)
    states: dict[Any, Any] = attrs.field(factory=dict, repr=False, eq=False)

    @property
    def base(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.facts['port']}"

    @property
    def root(self) -> str:
        """Where its portal is."""
        return f"{self.base}/access"

    def url(self, path: str) -> str:
        """Return the address of a page: ``{riverside}`` and the like are filled in."""
        known = {**self.facts, **self.facts["people"], **self.facts["tokens"]}
        return f"{self.root}{path.format(**known)}"


@attrs.define
class Visit:
    """
    Somebody's browser.

    Args:
        host: Where.
        page: What they see.
        has_scripts: Whether the browser runs them.
        name: Tells the people that this test makes from those of others.
        wrong: What the browser complained about, and where it went besides the host.
    """

    host: Host
    page: Page
    has_scripts: bool = True
    name: str = ""
    wrong: list[str] = attrs.field(factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the portal."""
        self.page.goto(self.host.url(path))
        return self.page

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in."""
        self.open("/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password", exact=self.host.framework == "flask").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def sign_out(self) -> None:
        """Sign out."""
        self.page.get_by_role("button", name="Sign out").click()

    def enter(self, tenant: str) -> None:
        """Choose a tenant in the list."""
        self.open("/tenants")
        self.page.locator(".card", has_text=tenant).get_by_role("button").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(tenant)


@contextmanager
def visiting(browser: Browser, host: Host, state: Any = None, **context: Any) -> Iterator[Visit]:
    """Give somebody a browser with nothing in it but *state*; whatever goes wrong in it fails the test."""
    opened = browser.new_context(storage_state=state, **context)
    opened.set_default_timeout(15_000)
    page = opened.new_page()
    visit = Visit(host, page)
    page.on("console", lambda said: visit.wrong.append(said.text) if _is_complaint(said) else None)
    page.on("pageerror", lambda error: visit.wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(host.base) else visit.wrong.append(asked.url))
    yield visit
    opened.close()
    assert visit.wrong == []


def _is_complaint(said: Any) -> bool:
    # A page that is refused on purpose is no complaint of ours.
    return said.type in {"error", "warning"} and "the server responded with a status of 4" not in said.text
