"""Every job of the two sources from its first page to its last, in each framework, with scripts and without."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.visiting import Host, Visit, visiting
from tests.browser.world import PASSWORD

RIVERSIDE = "Riverside Clinic"
LAKESIDE = "Lakeside Practice"


@pytest.fixture(params=[True, False], ids=["scripts", "bare"])
def visit(browser: Browser, host: Host, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Somebody's browser; without scripts everything works as well."""
    with visiting(browser, host, java_script_enabled=request.param) as opened:
        opened.has_scripts = request.param
        opened.name = f"{host.framework[0]}{int(request.param)}"
        yield opened


def pressed(page: Page, button: str) -> None:
    page.get_by_role("main").get_by_role("button", name=button, exact=True).first.click()


def told(page: Page, text: str) -> None:
    expect(page.locator(".message").first).to_contain_text(text)


def mailed(visit: Visit, purpose: str, to: str) -> str:
    """Return the latest secret that was mailed to *to*."""
    found: list[Any] = json.loads(visit.page.request.get(f"{visit.host.base}/outbox").text())
    return str(next(token for was, whom, token in reversed(found) if (was, whom) == (purpose, to) and token))


def registered(visit: Visit, username: str) -> None:
    """Ask for access to the clinic as somebody new."""
    page = visit.open("/request-access")
    page.get_by_label("Tax ID").fill("01-2345678")
    page.get_by_label("First name").fill("Nora")
    page.get_by_label("Last name").fill(f"Newman {username}")
    page.get_by_label("E-mail").fill(f"{username}@riverside.example")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    pressed(page, "Ask for Access")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request was received")


def found_user(visit: Visit, last_name: str) -> Page:
    """Search the users, and open the one that is found."""
    page = visit.open("/t/{riverside}/users")
    page.get_by_label("Last name").fill(last_name)
    pressed(page, "Go")
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.locator("main tbody tr").get_by_role("link").first.click()
    return page


def joined(visit: Visit, desk: str, tenant: str) -> None:
    """Prove the credentials of *desk*, and join its tenant."""
    page = visit.open("/join")
    page.get_by_label("Username").fill(desk)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    pressed(page, "Find Account")
    page.get_by_label(tenant).check()
    pressed(page, "Join Account")
    told(page, "You have joined")


@pytest.mark.row("AM-11", "AM-24", "AM-25", "AM-30", "P1")
def test_somebody_registers_is_verified_and_comes_in(visit: Visit) -> None:
    username = f"nora.{visit.name}"
    registered(visit, username)
    visit.sign_in("maria")
    visit.enter(RIVERSIDE)
    page = found_user(visit, f"Newman {username}")
    page.get_by_label("Claims").first.select_option(label="View only")
    pressed(page, "Verify Account")
    told(page, "is approved")
    visit.sign_out()
    visit.open("/complete-registration?token=" + mailed(visit, "approve", f"{username}@riverside.example"))
    pressed(page, "Complete Registration")
    told(page, "Your registration is complete.")
    visit.sign_in(username)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your access to Riverside Clinic")


@pytest.mark.row("AM-27", "AM-28", "P1")
def test_a_user_is_disabled_and_enabled_again(visit: Visit) -> None:
    username = f"nils.{visit.name}"
    registered(visit, username)
    visit.sign_in("maria")
    visit.enter(RIVERSIDE)
    page = found_user(visit, f"Newman {username}")
    page.get_by_label("Claims").first.select_option(label="View only")
    pressed(page, "Verify Account")
    page = found_user(visit, f"Newman {username}")
    page.get_by_label("Reason").select_option(label="Left the practice")
    pressed(page, "Disable User")
    told(page, "is disabled")
    pressed(page, "Enable User")
    told(page, "is enabled")


@pytest.mark.row("MU-08", "MU-09", "MU-10", "MU-11", "P1")
def test_an_account_is_found_joined_and_chosen(visit: Visit) -> None:
    visit.sign_in("jo")
    page = visit.open("/join")
    page.get_by_label("Username").fill("lakedesk")
    page.get_by_label("Password", exact=True).fill("not the password")
    pressed(page, "Find Account")
    told(page, "Nothing can be joined with this username and password.")
    joined(visit, "lakedesk", LAKESIDE)
    visit.enter(LAKESIDE)
    expect(page.get_by_role("main")).to_contain_text("lakedesk")


@pytest.mark.row("MU-13", "MU-14", "MU-15", "P1")
def test_a_level_is_set_previewed_and_saved(visit: Visit) -> None:
    visit.sign_in("maria")
    visit.enter(RIVERSIDE)
    page = visit.open("/t/{riverside}/privileges")
    cell = page.get_by_label("Eligibility: ana")
    wanted = "Full access" if "View" in cell.locator("option:checked").inner_text() else "View only"
    cell.select_option(label=wanted)
    pressed(page, "Preview the changes")
    expect(page.get_by_role("main")).to_contain_text(wanted)
    page.get_by_role("main").locator("button.main").click()
    told(page, "")
    visit.open("/t/{riverside}/privileges")
    expect(page.get_by_label("Eligibility: ana").locator("option:checked")).to_contain_text(wanted)


@pytest.mark.row("MU-20", "MU-21", "MU-22", "MU-23", "P1")
def test_codes_are_planned_copied_and_told(visit: Visit) -> None:
    desk, tenant = ("lakedesk", LAKESIDE) if visit.has_scripts else ("hilldesk", "Hilltop Pediatrics")
    visit.sign_in("jo")
    joined(visit, desk, tenant)
    page = visit.open("/copy")
    page.get_by_label("Copy From").select_option(label=RIVERSIDE)
    page.get_by_label("Billing codes").check()
    page.get_by_label("Insurance payers").check()
    page.get_by_label(tenant).check()
    pressed(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy codes: what would happen")
    page.get_by_label("Replace it").check()
    pressed(page, "Copy Now")
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy codes")
    while page.get_by_role("button", name="Go on").is_visible():
        pressed(page, "Go on")
    expect(page.get_by_role("main")).to_contain_text("What happened")
    with page.expect_download() as download:
        page.get_by_role("link", name="Result as CSV").click()
    sheet = download.value.path().read_text("utf-8-sig")
    assert all(one in sheet for one in (tenant, "Insurance payers", "Replaced"))


@pytest.mark.row("AM-31", "P1")
def test_a_password_is_reset_by_mail(visit: Visit) -> None:
    visit.sign_in("maria")
    visit.enter(RIVERSIDE)
    page = found_user(visit, "Jones")
    pressed(page, "Send Password Reset Email")
    told(page, "on its way")
    visit.sign_out()
    visit.open("/reset-password?token=" + mailed(visit, "send_password_reset", "ana@riverside.example"))
    page.get_by_label("New password").fill(f"{PASSWORD} {visit.name}")
    page.get_by_label("The same password again").fill(f"{PASSWORD} {visit.name}")
    pressed(page, "Save the New Password")
    told(page, "Your password was changed.")
    visit.sign_in("ana", f"{PASSWORD} {visit.name}")


@pytest.mark.row("INV-37", "P1")
def test_an_auditor_is_answered(visit: Visit) -> None:
    visit.sign_in("maria")
    visit.enter(RIVERSIDE)
    page = visit.open("/t/{riverside}/audit")
    pressed(page, "Verify the chain")
    expect(page.get_by_role("main")).to_contain_text("verified")
    visit.open("/t/{riverside}/audit/who-could")
    page.get_by_role("main").locator("button.main").click()
    expect(page.get_by_role("main")).to_contain_text("maria")


@pytest.mark.row("INV-14", "A13")
def test_two_tabs_on_two_tenants_never_mix(browser: Browser, host: Host) -> None:
    with visiting(browser, host) as visit:
        visit.sign_in("jo")
        joined(visit, "lakedesk", LAKESIDE)
        visit.enter(RIVERSIDE)
        page, here = visit.page, visit.page.url
        visit.enter(LAKESIDE)
        other = page.context.new_page()
        other.goto(here)
        expect(other.get_by_role("heading", level=1)).to_have_text(f"Your access to {RIVERSIDE}")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Your access to {LAKESIDE}")


def test_the_keyboard_reaches_all_of_the_matrix(browser: Browser, host: Host) -> None:
    with visiting(browser, host) as visit:
        visit.sign_in("maria")
        visit.enter(RIVERSIDE)
        page = visit.open("/t/{riverside}/privileges")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the content")
        page.keyboard.press("Enter")
        cell = page.get_by_label("Health record: ana")
        for _ in range(60):
            page.keyboard.press("Tab")
            if cell.evaluate("one => one === document.activeElement"):
                break
        expect(cell).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(page.locator("output")).to_have_text("Changes: 1")
        page.on("dialog", lambda dialog: dialog.accept())
