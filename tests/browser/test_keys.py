"""A page that the keyboard is not enough for is seen to be one."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.acting import NO_MOUSE, Keys

PAGE = """<style>{style}</style><main><button>One</button> <input aria-label="Two"> <button {last}>Three</button>
<p id="over"></p></main>"""
COVER = "#over {position: fixed; inset: 0; margin: 0}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def test_what_is_in_order_is_reached_and_pushed(page: Page) -> None:
    page.set_content(PAGE.format(style="", last="onclick='this.textContent = 4'"))
    keys, three = Keys(page.keyboard), page.get_by_role("button").last
    keys.type(page.get_by_label("Two"), "text")
    keys.reach(three)
    keys.push(three)
    assert three.inner_text() == "4"


@pytest.mark.parametrize(
    ("style", "last", "complaint"),
    [
        ("", "tabindex=-1", "is not reached"),
        ("button {outline: none}", "", "the focus has no ring"),
        ("button:focus {outline: 2px solid transparent}", "", "the focus has no ring"),
        (COVER, "", "the focus is out of sight"),
    ],
    ids=["out-of-reach", "no-ring", "pale-ring", "covered"],
)
def test_what_is_not_in_order_is_told(page: Page, style: str, last: str, complaint: str) -> None:
    page.set_content(PAGE.format(style=style, last=last))
    with pytest.raises(AssertionError, match=complaint):
        Keys(page.keyboard).reach(page.get_by_role("button", name="Three"))


def test_a_mouse_is_noticed_and_does_nothing(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.add_init_script(NO_MOUSE)
    page.goto("data:text/html," + quote(PAGE.format(style="", last="")))
    page.get_by_label("Two").click()
    assert said
    assert set(said) == {"the mouse was used"}
    assert page.evaluate("document.activeElement === document.body")
