"""A username that the operator has suspended everywhere: what managers, the operator and the person read."""

import pytest
from tests.web.rosters import Office
from tests.web.site import ROOT, Visitor

from tenantaccess import TenantAccess
from tenantaccess.commands import ErasePrincipal, ReinstatePrincipal, SuspendPrincipal
from tenantaccess.testing.builders import OPERATOR, PASSWORD
from tenantaccess.web.portal import Portal

WHY = "a stolen laptop, ticket 4711"


def test_managers_read_that_it_is_suspended_and_not_why(access: TenantAccess, office: Office) -> None:
    jo = office.member("jo", levels={"claims": "view"})
    access.execute(SuspendPrincipal(jo, note=WHY), by=OPERATOR)
    listed, page = office.visitor.get(office.url), office.visitor.get(f"{office.url}/{jo}")
    row = next(one for one in listed.soup.select("tbody tr") if "jo" in one.get_text())
    chips = [(" ".join(one["class"]), one.get_text()) for one in row.select(".chip")]
    assert ("chip disabled", "Suspended") in chips
    assert "everywhere, by whoever runs this service; found here under Active" in row.get_text()
    heading = page.soup.select_one("#status .chip")
    assert heading is not None
    assert (heading["class"], heading.get_text()) == (["chip", "disabled"], "Suspended")
    assert "has suspended the username jo everywhere" in page.text
    assert WHY not in listed.html + page.html
    access.execute(ReinstatePrincipal(jo), by=OPERATOR)
    again = office.visitor.get(f"{office.url}/{jo}")
    assert "suspended the username" not in again.text
    assert office.visitor.get(office.url).soup.find(string="Suspended") is None


@pytest.mark.row("A43", "INV-27")
def test_the_person_reads_nothing_of_it_where_they_sign_in(
    access: TenantAccess, portal: Portal, office: Office
) -> None:
    jo = office.member("jo")
    access.execute(SuspendPrincipal(jo, note=WHY), by=OPERATOR)
    visitor = Visitor(portal)
    page = visitor.get(f"{ROOT}/sign-in")
    right, wrong = (visitor.submit(page, "Sign in", username="jo", password=one) for one in (PASSWORD, "a guess"))
    assert right.messages == wrong.messages


def test_whoever_lifts_it_reads_why_it_was_as_long_as_that_is_kept(
    access: TenantAccess, portal: Portal, office: Office
) -> None:
    jo = office.member("jo")
    access.execute(SuspendPrincipal(jo, note="an earlier reason"), by=OPERATOR)
    access.execute(ReinstatePrincipal(jo, note="all is well"), by=OPERATOR)
    operator = Visitor(portal, operator=OPERATOR)
    url = f"{ROOT}/operator/people?username=jo"
    assert "an earlier reason" not in operator.get(url).text
    access.execute(SuspendPrincipal(jo, note=WHY), by=OPERATOR)
    assert WHY in operator.get(url).text
    assert access.tenants.suspended_for(jo, by=OPERATOR) == WHY
    access.execute(ErasePrincipal(jo), by=OPERATOR)
    assert access.tenants.suspended_for(jo, by=OPERATOR) == ""
