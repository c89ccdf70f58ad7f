"""How tests use a browser: hosts, people, and what a browser must never do."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import attrs
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from tests.browser.world import PASSWORD


@attrs.frozen
class Host:
    """
    An application that serves the portal.

    Args:
        framework: Of which kind.
        facts: What is in it.
        states: What sessions hold of people who have signed in and entered, for whoever needs no more than that.
        counter: Tells flows apart.
    """

    framework: str
    facts: dict[str, Any] = attrs.field(repr=False)
    states: dict[Any, Any] = attrs.field(factory=dict, repr=False, eq=False)
    counter: Iterator[int] = attrs.field(factory=itertools.count, repr=False, eq=False)

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
        wrong: What the browser complained about, and where it went besides the host.
    """

    host: Host
    page: Page
    wrong: list[str] = attrs.field(factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the portal."""
        self.page.goto(self.host.url(path))
        return self.page

    def come(self, username: str = "", tenant: str = "", *, operates: bool = False) -> None:
        """Be signed in, and have entered, without a look at the pages for it; without a name, be a stranger."""
        self.page.context.clear_cookies()
        if operates:
            self.page.context.add_cookies([{"name": "operator", "value": "yes", "url": self.host.base}])
        if username:
            self._send(self.host.url("/tenants"), "input[type=password]", username=username, password=PASSWORD)
        if tenant:
            self._send(self.host.url("/tenants"), f"input[name=tenant][value={tenant}]")

    def _send(self, url: str, field: str, **filled: str) -> None:
        """Open a page, and send the form that has *field* in it."""
        page = self.page.request.get(url)
        form = BeautifulSoup(page.text(), "html.parser").select_one(f"main form:has({field})")
        assert form is not None, f"no form on {page.url} has {field}"
        hidden = {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}
        answer = self.page.request.post(urljoin(page.url, str(form.get("action", ""))), form={**hidden, **filled})
        assert answer.ok, answer.text()
        assert answer.url != page.url, f"{page.url} was sent, and refused"


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
