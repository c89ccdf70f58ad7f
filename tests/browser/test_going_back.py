"""What the browser's own buttons and several tabs come to."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from tests.browser.visiting import Host, Visit, visiting

HEADING = "main h1"
PRESSED_AGAIN = """button => {
    const stopped = [];
    addEventListener("submit", (event) => stopped.push(event.defaultPrevented));
    button.click();
    button.click();
    dispatchEvent(new Event("pageshow"));
    button.click();
    return stopped;
}"""
"""Presses twice, and once more after coming back; tells which of these was stopped."""


@pytest.fixture
def visit(browser: Browser, host: Host) -> Iterator[Visit]:
    with visiting(browser, host) as opened:
        name = f"back{next(host.counter)}"
        place = given(opened, "practice", name=name)
        given(opened, "member", tenant=place["tenant"], username=f"nora.{name}", manager=place["manager_id"])
        opened.come(place["manager"], place["tenant"])
        opened.page.goto(f"{host.root}/t/{place['tenant']}/privileges")
        yield opened


def given(visit: Visit, what: str, **named: str) -> Any:
    answer = visit.page.request.get(f"{visit.host.base}/given", params={"what": what, **named})
    assert answer.ok, answer.text()
    return answer.json()


def changed(page: Page) -> Any:
    """Choose another level in the first cell that is open, and look at the preview."""
    cell = page.locator("#matrix td select:enabled").first
    cell.select_option(index=1)
    page.get_by_role("button", name="Preview the changes").click()
    expect(page.locator(HEADING)).not_to_have_text("Username privileges")
    return cell


def test_back_and_reload_after_saving_lead_to_the_table_and_send_nothing_again(visit: Visit) -> None:
    page = visit.page
    changed(page)
    page.reload()
    expect(page.locator(HEADING)).to_have_text("Username privileges")
    changed(page)
    assert page.locator("main form button.main").first.evaluate(PRESSED_AGAIN) == [False, True, False]
    expect(page.locator(".message").first).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.method))
    page.go_back()
    expect(page.locator(HEADING)).to_have_text("Username privileges")
    assert set(sent) == {"GET"}


def test_what_was_changed_is_counted_after_coming_back_too(visit: Visit) -> None:
    page = visit.page
    changed(page)
    page.go_back()
    expect(page.locator(HEADING)).to_have_text("Username privileges")
    restored = page.locator("#matrix td select:enabled").first.evaluate(
        "one => one.value !== (one.querySelector('[data-seen]') ?? one.options[0]).value"
    )
    expect(page.locator("#matrix output")).to_have_text(f"Changes: {int(restored)}")


def test_leaving_a_form_that_was_changed_for_another_one_is_asked_about(visit: Visit) -> None:
    page, asked = visit.page, list[str]()

    def ask(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.goto(page.url.replace("/privileges", "/users"))
    page.locator("main tbody tr").filter(has_text="nora").get_by_role("link").first.click()
    page.get_by_label("Telephone").fill("555-0199")
    page.on("dialog", ask)
    page.get_by_role("button", name="Save dates").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.get_by_label("Telephone").input_value() == "555-0199"
    page.get_by_role("button", name="Save dates").click()
    page.wait_for_timeout(300)
    page.get_by_label("Telephone").fill("")
    page.get_by_label("Medicaid").last.click()
    page.get_by_role("navigation").get_by_role("link").first.click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] * 3


def test_what_a_mailed_link_opened_stands_a_reload_after_it_was_refused(visit: Visit) -> None:
    page = visit.open("/reset-password?token={reset}")
    heading = page.locator(HEADING).inner_text()
    page.get_by_label("New password").first.fill("quite another password")
    page.get_by_label("The same password again").fill("quite a different one")
    page.locator("main form button.main").click()
    expect(page.locator(".message")).to_have_text("The two new passwords are not the same.")
    page.reload()
    expect(page.locator(HEADING)).to_have_text(heading)
