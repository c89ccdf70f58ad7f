"""What people do on pages, in a few words that a mouse or the keyboard alone carries out."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import attrs
from playwright.sync_api import Browser, Keyboard, Locator, Page, expect
from tests.browser.visiting import Host, Visit, visiting
from tests.browser.world import PASSWORD

MODES: Final = ("bare", "keyboard")
"""Without scripts, by a mouse; and with scripts, by nothing but the keyboard: what a mouse clicks, keys push too."""

MOST_TABS: Final = 150
"""Further away than this from where one is, nothing is reached."""

LOOKED_AT: Final = """wanted => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const radios = [at, wanted].every(one => one.type === "radio") && at.name === wanted.name && at.form === wanted.form;
  const isPartOfField = !at.matches(":focus");  // such as a date's calendar: the browser rings it by itself
  const isRinged = isPartOfField || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
    && !/, 0\\)$/.test(style.outlineColor);
  const points = [[.5, .5], [.1, .1], [.9, .9], [.1, .9], [.9, .1]];
  // Of what is larger than the window, the part that is in it.
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const [width, height] = [Math.min(box.right, innerWidth) - left, Math.min(box.bottom, innerHeight) - top];
  const isInSight = points.some(([x, y]) => {
    const hit = document.elementFromPoint(left + width * x, top + height * y);
    return hit && (at.contains(hit) || hit.contains(at) && hit.closest("a, button, label, summary"));
  });
  const isNowhere = at === document.body || at.tagName === "MAIN";
  return {
    isThere: at === wanted || radios,
    isSkip: at.matches(".skip") && !!wanted.closest("main"),
    hidden: isNowhere ? "" : !isRinged ? "has no ring" : !isInSight ? "is out of sight" : "",
    what: isNowhere ? "the page" : at.outerHTML.slice(0, 160),
  };
}"""
"""Where the focus is, as seen from where it is wanted."""

NO_MOUSE: Final = """for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, event => {
  event.preventDefault();
  event.stopImmediatePropagation();
  console.error("the mouse was used");
}, {capture: true, passive: false});"""
"""What a browser without a mouse begins every page with."""


class Hands(Protocol):
    """How the words are carried out."""

    def reach(self, control: Locator) -> None:
        """Go to a control."""

    def type(self, field: Locator, text: str) -> None:
        """Have *text* stand in a field, and nothing else."""

    def push(self, control: Locator) -> None:
        """Push what was reached: a button, or a link."""

    def tick(self, box: Locator) -> None:
        """Tick a box, or choose one of a few."""

    def choose(self, select: Locator, option: str) -> None:
        """Choose the option that reads *option*."""


class Mouse:
    """Clicks."""

    def reach(self, control: Locator) -> None:
        """Nothing is far from a mouse."""

    def type(self, field: Locator, text: str) -> None:
        """Fill the field in."""
        field.fill(text)

    def push(self, control: Locator) -> None:
        """Click it."""
        control.click()

    def tick(self, box: Locator) -> None:
        """Click it, if it is not ticked."""
        box.check()

    def choose(self, select: Locator, option: str) -> None:
        """Choose."""
        select.select_option(label=option)


@attrs.frozen
class Keys:
    """Tab to get somewhere; there Enter, Space, arrows, and letters."""

    keyboard: Keyboard

    def reach(self, control: Locator) -> None:
        """
        Go to a control.

        Raises:
            AssertionError: it is not reached, or somewhere on the way nobody sees where they are.
        """
        seen: dict[str, Any] = {}
        for _ in range(MOST_TABS):
            seen = control.evaluate(LOOKED_AT)
            assert not seen["hidden"], f"the focus {seen['hidden']}: {seen['what']}"
            if seen["isThere"]:
                return
            self.keyboard.press("Enter" if seen["isSkip"] else "Tab")
        raise AssertionError(f"{control} is not reached within {MOST_TABS} tabs; the last was {seen['what']}")

    def type(self, field: Locator, text: str) -> None:
        """Write over what is there; a date as an American does, whose browser it is."""
        self.reach(field)
        if field.get_attribute("type") == "date":
            self.keyboard.type(f"{dt.date.fromisoformat(text):%m%d%Y}")
        else:
            self.keyboard.press("Control+a")
            self.keyboard.type(text)
        assert field.input_value() == text

    def push(self, control: Locator) -> None:
        """Press Enter, where one is."""
        assert control.evaluate("one => one === document.activeElement")
        self.keyboard.press("Enter")

    def tick(self, box: Locator) -> None:
        """Go there, and press Space; among those of which one is chosen, go on by arrows."""
        self.reach(box)
        if box.get_attribute("type") == "radio":
            among = box.evaluate("one => one.form.elements[one.name].length ?? 1")
            for _ in range(among):
                if not box.is_checked():
                    self.keyboard.press("ArrowDown")
        elif not box.is_checked():
            self.keyboard.press("Space")
        assert box.is_checked()

    def choose(self, select: Locator, option: str) -> None:
        """Go there, and on to the option by arrows."""
        self.reach(select)
        labels, at = select.evaluate(
            "one => [[...one.options].filter(o => !o.disabled).map(o => o.text.trim()), "
            "[...one.options].filter(o => !o.disabled).indexOf(one.selectedOptions[0])]"
        )
        steps = labels.index(option) - at
        for _ in range(abs(steps)):
            self.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        assert select.locator("option:checked").inner_text().strip() == option


@attrs.frozen
class Part:
    """
    A page, or a part of one, and what people do there: each word by the label that they read.

    Args:
        hands: With what.
        page: The page.
        where: The part.
        has_scripts: Whether the page's scripts run.
    """

    _hands: Hands
    _page: Page = attrs.field(repr=False)
    _where: Locator
    has_scripts: bool

    def type(self, label: str, text: str) -> None:
        """Type *text* into the field called *label*."""
        self._hands.type(self.field(label), text)

    def tick(self, label: str) -> None:
        """Tick the box called *label*, or choose it where one of a few is."""
        self._hands.tick(self.field(label))

    def choose(self, label: str, option: str) -> None:
        """Choose *option* of the list called *label*."""
        self._hands.choose(self.field(label), option)

    def press(self, button: str) -> None:
        """Press a button that leads to a page."""
        self._go(self.button(button))

    def follow(self, link: str) -> None:
        """Follow a link to a page."""
        self._go(self.link(link))

    def press_and_say(self, button: str, answer: str) -> None:
        """Press a button; without scripts that is all, with them a dialog asks once more and is told *answer*."""
        if self.has_scripts:
            self._hands.reach(self.button(button))
            self._hands.push(self.button(button))
            self._go(self._page.locator("dialog[open]").get_by_role("button", name=_read_as(answer)))
        else:
            self.press(button)

    def save(self, link: str) -> str:
        """Follow a link to a file; return what is in it."""
        self._hands.reach(self.link(link))
        with self._page.expect_download() as download:
            self._hands.push(self.link(link))
        return download.value.path().read_text("utf-8-sig")

    def within(self, name: str) -> "Part":
        """Return the part under the heading *name*, or the row or card that begins with it."""
        begins = re.compile(rf"^\s*{re.escape(name)}(?!\d)")
        heading = self._page.locator("h2, h3, legend, th", has_text=begins)
        parts = self._where.locator("section, fieldset, tr, li").filter(has=heading)
        return Part(self._hands, self._page, parts.last, self.has_scripts)

    def sees(self, *texts: str) -> None:
        """Hold that each of *texts* is read here."""
        for text in texts:
            expect(self._where).to_contain_text(text)

    def misses(self, text: str) -> None:
        """Hold that *text* is not read here."""
        expect(self._where).not_to_contain_text(text)

    def has_rows(self, count: int) -> None:
        """Hold how many lines the table has."""
        expect(self._where.locator("tbody tr")).to_have_count(count)

    def holds(self, label: str, value: str) -> None:
        """Hold what stands in the field called *label*; of a list, the option's value."""
        expect(self.field(label)).to_have_value(value)

    def field(self, label: str) -> Locator:
        """Return the field called *label*, to look at."""
        return self._where.get_by_label(label, exact=True).and_(self._page.locator("input, select, textarea"))

    def button(self, name: str) -> Locator:
        """Return a button, to look at."""
        return self._where.get_by_role("button", name=_read_as(name))

    def link(self, name: str) -> Locator:
        """Return a link, to look at."""
        return self._where.get_by_role("link", name=_read_as(name))

    def _go(self, control: Locator) -> None:
        self._hands.reach(control)
        with self._page.expect_navigation():
            self._hands.push(control)


def _read_as(name: str) -> re.Pattern[str]:
    # What is read to those who do not see the row stands in a box of its own: a space comes before it.
    return re.compile(rf"^{re.escape(name)}$".replace(":", r"\s?:"))


@attrs.frozen
class Somebody(Part):
    """
    Somebody with a browser, who goes through a flow.

    The browser itself is not given to flows: what they do, they do by its words, so that none takes a mouse where there
    is none.

    Args:
        visit: The browser.
        name: Tells what this flow makes from what others make.
    """

    _visit: Visit
    name: str

    @property
    def framework(self) -> str:
        """Which one serves the pages."""
        return self._visit.host.framework

    @property
    def facts(self) -> Any:
        """What is in the host from the beginning."""
        return self._visit.host.facts

    def open(self, path: str) -> None:
        """Open a page of the portal."""
        self._visit.open(path)

    def around(self) -> Part:
        """Return all of the page, with what stands around it."""
        return Part(self._hands, self._page, self._page.locator("body"), self.has_scripts)

    def heads(self, title: str) -> None:
        """Hold what the page is called."""
        expect(self._page.get_by_role("heading", level=1)).to_have_text(title)

    def hears(self, text: str) -> None:
        """Hold that the page says *text* at its beginning."""
        expect(self._page.locator(".message").first).to_contain_text(text)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in, on the page for it."""
        self.open("/")
        self.type("Username", username)
        self.type("Password", password)
        self.press("Sign in")

    def come(self, username: str = "", tenant: str = "", *, operates: bool = False) -> None:
        """Be signed in, and have entered, without a look at the pages for it; without a name, be a stranger."""
        self._visit.come(username, tenant, operates=operates)

    def session(self) -> Any:
        """Return what keeps one signed in."""
        return self._page.context.cookies()

    def resume(self, session: Any) -> None:
        """Be whoever *session* kept signed in."""
        self._page.context.clear_cookies()
        self._page.context.add_cookies(session)

    def given(self, what: str, **named: str) -> Any:
        """Have *what* be so, as `world.GIVEN` knows it; return what is told of it."""
        answer = self._page.request.get(f"{self._visit.host.base}/given", params={"what": what, **named})
        assert answer.ok, answer.text()
        return answer.json()

    def manage(self) -> Any:
        """Be the account manager of a practice of one's own; return what is told of it."""
        place = self.given("practice", name=self.name)
        self.come(place["manager"], place["tenant"])
        return place

    def mailed(self, purpose: str, to: str) -> str:
        """Return the latest secret that was mailed to *to*."""
        found = self._page.request.get(f"{self._visit.host.base}/outbox").json()
        return str(next(token for was, whom, token in reversed(found) if (was, whom) == (purpose, to) and token))


@contextmanager
def acting(browser: Browser, host: Host, mode: str) -> Iterator[Somebody]:
    """Give somebody a browser, used as *mode* says."""
    has_scripts = mode != "bare"
    with visiting(browser, host, java_script_enabled=has_scripts, locale="en-US") as visit:
        page = visit.page
        if mode == "keyboard":
            page.add_init_script(NO_MOUSE)
        hands = Keys(page.keyboard) if mode == "keyboard" else Mouse()
        yield Somebody(hands, page, page.locator("main"), has_scripts, visit, f"{mode[0]}{next(host.counter)}")
