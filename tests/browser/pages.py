"""Every page of the portal, with who opens it and how."""

from collections.abc import Callable
from typing import Any, Final

import attrs
from playwright.sync_api import Browser, Locator, expect
from tests.browser.visiting import Host, Visit, visiting
from tests.browser.world import PASSWORD

Step = Callable[[Visit], object]


@attrs.frozen
class Shown:
    """
    One page.

    Args:
        path: Its address below the portal.
        by: Who opens it; empty for a stranger.
        tenant: Which tenant they have entered, as the host's facts call it; empty for none.
        then: What they do on it first.
        operates: Whether they act as the operator.
    """

    path: str
    by: str = ""
    tenant: str = ""
    then: Step | None = None
    operates: bool = False

    def state(self, browser: Browser, host: Host) -> Any:
        """Return what the session of whoever opens it holds; each person signs in once and enters once."""
        key = (self.by, self.tenant, self.operates)
        if key not in host.states:
            with visiting(browser, host) as visit:
                visit.come(self.by, host.facts[self.tenant] if self.tenant else "", operates=self.operates)
                host.states[key] = visit.page.context.storage_state()
        return host.states[key]

    def open(self, visit: Visit) -> None:
        """Open it, by somebody whose session holds its `state`."""
        visit.open(self.path)
        if self.then is not None:
            self.then(visit)


RIVERSIDE, LAKESIDE, WESTGATE = "riverside", "lakeside", "westgate"


def find_account(visit: Visit) -> None:
    """Prove the lake's desk."""
    visit.page.get_by_label("Username").fill("lakedesk")
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    _press(visit, "Find Account")


def _press(visit: Visit, button: str) -> None:
    _go(visit, visit.page.get_by_role("main").get_by_role("button", name=button, exact=True).first)


def _go(visit: Visit, control: Locator) -> None:
    """Push what leads to another page, and be there."""
    with visit.page.expect_navigation():
        control.click()


def preview(visit: Visit) -> None:
    """Change a level, and look at what that comes to."""
    visit.page.get_by_label("Assessments: jo").select_option(label="Full access")
    _press(visit, "Preview the changes")


def unfold(visit: Visit) -> None:
    """Look at the details of an event."""
    visit.page.locator("main summary").first.click()


def ask(visit: Visit) -> None:
    """Ask who could do what is suggested."""
    _go(visit, visit.page.get_by_role("main").locator("button.main"))


def choose_entries(visit: Visit) -> None:
    """Go on to choosing entries."""
    _go(visit, visit.page.get_by_role("main").get_by_role("button", name="Choose entries").first)


def copy(visit: Visit) -> None:
    """Copy what was planned, as far as it is not there yet."""
    if visit.page.get_by_role("button", name="Copy Now").is_enabled():
        visit.page.get_by_label("Keep the one that is there").check()
        _press(visit, "Copy Now")
        expect(visit.page.get_by_role("main")).to_contain_text("Result as CSV")


def meet(visit: Visit) -> None:
    """Change what the operator changes meanwhile, to something else."""
    cell = visit.page.get_by_label("Assessments: raj")
    theirs = "none" if cell.input_value() == "view" else "view"
    facts = visit.host.facts
    named = {"tenant": facts["riverside"], "who": facts["people"]["raj"], "resource": "assessments", "to": theirs}
    assert visit.page.request.get(f"{visit.host.base}/given", params={"what": "level", **named}).ok
    cell.select_option(label="Full access")
    _press(visit, "Preview the changes")


def invite_some(visit: Visit) -> None:
    """Invite some whose addresses are good, and some whose are not."""
    visit.page.get_by_label("E-mail addresses").fill("uma@riverside.example, jo@riverside.example, nobody-there")
    visit.page.get_by_label("Role", exact=True).select_option(label="Biller")
    _press(visit, "Send Invitation")


def mistype(visit: Visit) -> None:
    """Repeat another password than the one that was chosen."""
    for label, text in (("Current password", PASSWORD), ("New password", "one and another"), ("again", "one and more")):
        visit.page.get_by_label(label).fill(text)
    _press(visit, "Change Password")


def suspend(visit: Visit) -> None:
    """Be asked whether somebody is really to be suspended."""
    visit.page.locator("main button.danger").first.click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()


PLAN: Final = "/copy/plan?from={riverside}&to={lakeside}&set=billing_codes&set=insurance_payers"

PAGES: Final = {
    "sign-in": Shown("/sign-in"),
    "tenants": Shown("/tenants", by="maria"),
    "my-access": Shown("/t/{riverside}", by="jo", tenant=RIVERSIDE),
    "not-found": Shown("/nothing", by="maria", tenant=RIVERSIDE),
    "denied": Shown("/t/{riverside}/users", by="jo", tenant=RIVERSIDE),
    "users": Shown("/t/{riverside}/users", by="maria", tenant=RIVERSIDE),
    "users-none": Shown("/t/{riverside}/users?last_name=zz", by="maria", tenant=RIVERSIDE),
    "privileges": Shown("/t/{riverside}/privileges", by="maria", tenant=RIVERSIDE),
    "roles": Shown("/t/{riverside}/roles", by="maria", tenant=RIVERSIDE),
    "users-pending": Shown("/t/{riverside}/users?pending=1", by="maria", tenant=RIVERSIDE),
    "user": Shown("/t/{riverside}/users/{jo}", by="maria", tenant=RIVERSIDE),
    "user-pending": Shown("/t/{riverside}/users/{eva}", by="maria", tenant=RIVERSIDE),
    "user-link-request": Shown("/t/{westgate}/users/{lee}", by="max", tenant=WESTGATE),
    "user-linked": Shown("/t/{lakeside}/users/{lee}", by="tom", tenant=LAKESIDE),
    "user-disabled": Shown("/t/{riverside}/users/{raj}", by="maria", tenant=RIVERSIDE),
    "users-soon": Shown("/t/{riverside}/users?soon=1", by="maria", tenant=RIVERSIDE),
    "users-review": Shown(
        "/t/{riverside}/users/review?action=disable&member={jo}&member={eva}&member={raj}", by="maria", tenant=RIVERSIDE
    ),
    "users-approve": Shown("/t/{riverside}/users/review?action=approve&member={eva}", by="maria", tenant=RIVERSIDE),
    "invite": Shown("/t/{riverside}/users/invite", by="maria", tenant=RIVERSIDE),
    "invitations": Shown("/t/{riverside}/invitations", by="maria", tenant=RIVERSIDE),
    "add-username": Shown("/t/{riverside}/users/add", by="maria", tenant=RIVERSIDE),
    "audit": Shown("/t/{riverside}/audit", by="maria", tenant=RIVERSIDE),
    "privileges-preview": Shown("/t/{riverside}/privileges", by="maria", tenant=RIVERSIDE, then=preview),
    "audit-details": Shown("/t/{riverside}/audit", by="maria", tenant=RIVERSIDE, then=unfold),
    "access-log": Shown("/t/{riverside}/audit/log", by="maria", tenant=RIVERSIDE),
    "who-could": Shown("/t/{riverside}/audit/who-could", by="maria", tenant=RIVERSIDE, then=ask),
    "settings": Shown("/t/{riverside}/settings", by="maria", tenant=RIVERSIDE),
    "copy-plan": Shown(PLAN, by="lee", tenant=RIVERSIDE),
    "copy-entries": Shown(PLAN, by="lee", tenant=RIVERSIDE, then=choose_entries),
    "copy-result": Shown(PLAN, by="lee", tenant=RIVERSIDE, then=copy),
    "links-joined": Shown("/links", by="lee", tenant=RIVERSIDE),
    "copy-running": Shown("/copy/{hilltop}/{copying}", by="ida", tenant="hilltop"),
    "unlink": Shown("/links/{lakeside}/{lee}", by="lee", tenant=RIVERSIDE),
    "tenants-many": Shown("/tenants", by="ida", tenant="hilltop"),
    "users-enable": Shown(
        "/t/{riverside}/users/review?action=enable&member={raj}&member={jo}", by="maria", tenant=RIVERSIDE
    ),
    "users-remove": Shown("/t/{riverside}/users/review?action=remove&member={raj}", by="maria", tenant=RIVERSIDE),
    "invite-results": Shown("/t/{riverside}/users/invite", by="maria", tenant=RIVERSIDE, then=invite_some),
    "privileges-contested": Shown("/t/{riverside}/privileges", by="maria", tenant=RIVERSIDE, then=meet),
    "account-mistyped": Shown("/account", by="jo", tenant=RIVERSIDE, then=mistype),
    "operator-suspends": Shown("/operator/people?username=tom", operates=True, then=suspend),
    "verify-email": Shown("/verify-email?token={address}"),
    "access-requested": Shown("/request-access/received"),
    "password-asked": Shown("/forgot-password/sent"),
    "done": Shown("/done"),
    "link-works-no-more": Shown("/reset-password?token=nothing"),
    "operator": Shown("/operator", operates=True),
    "operator-open": Shown("/operator/open", operates=True),
    "operator-tenant": Shown("/operator/t/{riverside}", operates=True),
    "operator-unmanaged": Shown("/operator/unmanaged", operates=True),
    "operator-people": Shown("/operator/people", operates=True),
    "role": Shown("/t/{riverside}/roles/biller", by="maria", tenant=RIVERSIDE),
    "join": Shown("/join", by="jo", tenant=RIVERSIDE),
    "join-found": Shown("/join", by="jo", tenant=RIVERSIDE, then=find_account),
    "links": Shown("/links", by="jo", tenant=RIVERSIDE),
    "copy": Shown("/copy", by="lee", tenant=RIVERSIDE),
    "copy-nowhere": Shown("/copy", by="maria", tenant=RIVERSIDE),
    "account": Shown("/account", by="jo", tenant=RIVERSIDE),
    "request-access": Shown("/request-access"),
    "forgot-password": Shown("/forgot-password"),
    "complete-registration": Shown("/complete-registration?token={registration}"),
    "invitation": Shown("/invitation?token={invitation}"),
    "reset-password": Shown("/reset-password?token={reset}"),
}
