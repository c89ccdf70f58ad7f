"""Every page, as a browser shows it: accessible, narrow enough, and alone with its host."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.browser.acting import LOOKED_AT
from tests.browser.pages import PAGES
from tests.browser.visiting import Host, visiting

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASKED = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
"""What is not broken need not be told: that takes as long as looking."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WALKED = f"""() => {{
  const look = {LOOKED_AT};
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
  const walked = all.map(one => {{
    one.focus();
    return document.activeElement === one ? look(one) : null;
  }}).filter(Boolean);
  return [walked.length, walked.filter(one => one.hidden).map(one => `the focus ${{one.hidden}}: ${{one.what}}`)];
}}"""
"""Focuses whatever can be focused; returns how many those are, and where the focus cannot be seen."""


FOLDED = """() => [...document.querySelectorAll(".fold tbody td[data-label]")].map(one => [
  getComputedStyle(one.parentElement).display, getComputedStyle(one, "::before").content === `"${one.dataset.label}"`,
])"""
"""Of each cell of a table that is folded: how its row is displayed, and whether its label is."""


NAMED = {
    "audit": "Audit of Riverside Clinic",
    "audit-details": "Audit of Riverside Clinic",
    "access-log": "Access log of Riverside Clinic",
    "who-could": "Who could do what in Riverside Clinic",
}
PRINTED = """() => {
  const all = [...document.querySelectorAll("h1, nav, main form, button, summary")];
  return all.filter(one => one.checkVisibility()).map(one => one.textContent.trim());
}"""
"""What paper shows of headings, menus and forms."""


def violations(page: Page) -> list[str]:
    """Return which rules the page breaks, and where."""
    found = Axe().run(page, options=ASKED)
    return [f"{one['id']}: {node['html']}" for one in found.response["violations"] for node in one["nodes"]]


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(browser: Browser, host: Host, name: str) -> None:
    with visiting(browser, host, PAGES[name].state(browser, host)) as visit:
        PAGES[name].open(visit)
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert violations(visit.page) == [], scheme
        if name in NAMED:
            visit.page.emulate_media(media="print")
            assert visit.page.evaluate(PRINTED) == [NAMED[name]]
        visit.page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
        visit.page.set_viewport_size({"width": 320, "height": 640})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
        cells = visit.page.evaluate(FOLDED)
        assert all(cell == ["block", True] for cell in cells)
        assert cells or name != "users"
        visit.page.keyboard.press("Tab")  # rings are shown to whoever uses the keyboard
        count, out_of_sight = visit.page.evaluate(WALKED)
        assert count
        assert out_of_sight == []
        if host.framework == "flask":  # the other one's pages are the same
            assert violations(visit.page) == []


def test_a_bad_page_is_seen(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<html><body><img src='x.png'><input><p style='color:#ccc;background:#fff'>hardly read</p>"
        "<a href='#'></a><h4>out of order</h4></body></html>"
    )
    found = {one.partition(":")[0] for one in violations(page)}
    page.close()
    assert {"image-alt", "label", "color-contrast", "link-name", "html-has-lang"} <= found
