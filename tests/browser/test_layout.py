"""What stands where, whatever things are called and however many there are."""

from typing import Final

import pytest
from playwright.sync_api import Browser
from tests.browser.pages import PAGES
from tests.browser.visiting import Host, visiting

DESK: Final = 1280
LONG: Final = """() => {
  const chosen = document.querySelector("#switch-tenant option[selected]");
  chosen.textContent = "The Riverside Clinic for Family Medicine ".repeat(3);
  document.querySelector(".who bdi").textContent = "maximiliana.featherstonehaugh@riverside-clinic.example";
  document.querySelector(".brand").textContent = "Clearwater Health Plan of the Northwest and Beyond";
}"""
EDGE: Final = """() => {
  const style = getComputedStyle(document.querySelector(".matrix"));
  return [style.backgroundImage.split("linear-gradient").length - 1, style.backgroundAttachment];
}"""


def test_the_header_keeps_to_one_line_on_a_desk(browser: Browser, host: Host) -> None:
    page = PAGES["users"]
    view = {"width": DESK, "height": 800}
    with visiting(browser, host, page.state(browser, host), viewport=view) as visit:
        page.open(visit)
        usual = visit.page.evaluate("document.querySelector('.top').offsetHeight")
        visit.page.evaluate(LONG)
        assert visit.page.evaluate("document.querySelector('.top').offsetHeight") == usual
        assert visit.page.evaluate("document.documentElement.scrollWidth") == DESK
        ids = visit.page.locator(".top .ids")
        assert ids.evaluate("one => one.scrollWidth <= one.offsetWidth"), "numbers are never cut"


@pytest.mark.row("MU-13")
def test_the_matrix_shows_that_it_goes_on(browser: Browser, host: Host) -> None:
    """An edge on the side where columns are out of sight, which goes with them; usernames stay."""
    page = PAGES["privileges"]
    view = {"width": DESK, "height": 800}
    with visiting(browser, host, page.state(browser, host), viewport=view) as visit:
        page.open(visit)
        assert visit.page.evaluate(EDGE) == [2, "local, scroll"]
        matrix, name = visit.page.locator(".matrix"), visit.page.locator(".matrix tbody th").first
        begun = name.evaluate("one => one.getBoundingClientRect().left")
        matrix.evaluate("one => { one.scrollLeft = one.scrollWidth; }")
        assert matrix.evaluate("one => one.scrollLeft") > 0
        assert name.evaluate("one => one.getBoundingClientRect().left") == begun
        # On a telephone usernames stand below each other; a column is filled all the same.
        visit.page.set_viewport_size({"width": 320, "height": 640})
        visit.page.get_by_label("Set whole rows or columns to").select_option(label="Full access")
        visit.page.locator(".matrix thead button").first.click()
        filled = visit.page.locator('.matrix select[data-column="claims"]:enabled')
        assert set(filled.evaluate_all("all => all.map(one => one.value)")) == {"full"}
        assert filled.count() > 1
