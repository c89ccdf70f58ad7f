"""Where people sign in on the host's own page, what is said after a link in a mail is said before it."""

from tests.web.site import ROOT, Visitor

from tenantaccess import TenantAccess
from tenantaccess.testing.builders import given
from tenantaccess.testing.doubles import RecordingMailer
from tenantaccess.web.portal import Portal, PortalSettings, Redirect


def test_a_stranger_reads_that_it_worked_and_goes_on_to_the_hosts_page(access: TenantAccess) -> None:
    mailer, riverside = RecordingMailer(), given(access).tenant()
    given(access).unverified(riverside)
    access.notices.deliver(mailer)
    jo = Visitor(Portal(access, PortalSettings(sign_in="/sign-in/")))
    page = jo.get(f"{ROOT}/complete-registration?token={mailer.tokens()[-1]}")
    done = jo.submit(page, "Complete Registration")
    assert done.messages == ["Your registration is complete."]
    assert [link["href"] for link in done.soup.select("main a")] == ["/sign-in/"]


def test_whoever_must_sign_in_comes_back_to_the_page(access: TenantAccess) -> None:
    riverside = given(access).tenant()
    portal = Portal(access, PortalSettings(sign_in="/sign-in/?plain=1"))
    answer = Visitor(portal).ask("GET", f"{ROOT}/t/{riverside}/users", {})
    assert answer == Redirect(f"/sign-in/?plain=1&next=%2Faccess%2Ft%2F{riverside}%2Fusers")
