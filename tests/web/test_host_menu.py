"""The host's own menu, at the top of every page of the portal."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from tests.web.site import Visitor

from tenantaccess import InvalidInputError, TenantAccess
from tenantaccess.testing.builders import given
from tenantaccess.web.portal import Portal, PortalSettings

LINKS = [("Eligibility", "/eligibility?from=menu"), ("Claims & more", "/claims/"), ("Help", "https://help.example/us")]


def shown(html: str) -> list[tuple[str, str]]:
    """Return what the header of a page leads to, besides what is the portal's."""
    found = BeautifulSoup(html, "html.parser").select("header.top nav.links a")
    return [(link.get_text(), str(link["href"])) for link in found]


def test_every_page_shows_it_whoever_asks(access: TenantAccess) -> None:
    portal = Portal(access, PortalSettings("Clearwater", links=LINKS))
    riverside = given(access).tenant()
    maria = Visitor(portal, given(access).manager(riverside, "maria"))
    maria.enter(riverside)
    for path in ("/tenants", f"/t/{riverside}/users", "/nowhere"):
        assert shown(maria.get(path).html) == LINKS
    assert shown(Visitor(portal).get("/sign-in").html) == LINKS


def test_who_has_none_shows_none(access: TenantAccess) -> None:
    assert "<nav" not in Visitor(Portal(access)).get("/sign-in").html


@pytest.mark.row("A52")
@pytest.mark.parametrize(
    "links",
    [
        [("Claims", address)]
        for address in (
            "claims",
            "",
            "//evil.example/claims",
            "/\\evil.example",
            "http://clinic.example/claims",
            "https:/claims",
            "https://",
            "https://clinic.example/a b",
            "https://[clinic/",
            "javascript:alert(1)",
            " /claims",
            "/claims\n",
        )
    ]
    + [[("", "/claims")], [("Claims",)], [("Claims", 7)], ["/claims"], "/claims", {"Claims": "/claims"}, None],
    ids=str,
)
def test_what_leads_nowhere_or_anywhere_is_refused_at_the_start(links: Any) -> None:
    with pytest.raises(InvalidInputError, match="links"):
        PortalSettings(links=links)
