"""Every page, as a browser shows it: accessible, narrow enough, and alone with its host."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.browser.pages import PAGES
from tests.browser.visiting import Host, visiting

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def violations(page: Page) -> list[str]:
    """Return which rules the page breaks, and where."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [f"{one['id']}: {node['html']}" for one in found.response["violations"] for node in one["nodes"]]


@pytest.mark.row("P1")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(browser: Browser, host: Host, name: str) -> None:
    with visiting(browser, host, PAGES[name].state(browser, host)) as visit:
        PAGES[name].open(visit)
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert violations(visit.page) == [], scheme
        visit.page.set_viewport_size({"width": 320, "height": 640})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_bad_page_is_seen(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<html><body><img src='x.png'><input><p style='color:#ccc;background:#fff'>hardly read</p>"
        "<a href='#'></a><h4>out of order</h4></body></html>"
    )
    found = {one.partition(":")[0] for one in violations(page)}
    page.close()
    assert {"image-alt", "label", "color-contrast", "link-name", "html-has-lang"} <= found
