"""The portal's own two files: small, alone with their host, and served for good under names that change."""

import re

import pytest
from tests.web.site import ROOT, Visitor

from tenantaccess.web.portal import File, Portal, headers_of
from tenantaccess.web.portal.static import SCRIPT, STYLE, Asset


@pytest.mark.parametrize(("asset", "most"), [(STYLE, 12_000), (SCRIPT, 5_000)], ids=["style", "script"])
def test_it_is_small(asset: Asset, most: int) -> None:
    assert len(asset.content) < most


@pytest.mark.parametrize("asset", [STYLE, SCRIPT], ids=["style", "script"])
def test_it_asks_nobody_else_for_anything(asset: Asset) -> None:
    assert not re.search(rb"@import|url\(|https?:", asset.content)


@pytest.mark.parametrize("asset", [STYLE, SCRIPT], ids=["style", "script"])
def test_it_is_kept_for_good_by_browsers(portal: Portal, asset: Asset) -> None:
    answer = Visitor(portal).get(f"{ROOT}/static/{asset.name}")
    assert isinstance(answer.response, File)
    assert "immutable" in headers_of(answer.response)["Cache-Control"]
    assert answer.text.encode() == asset.content


def test_a_file_of_an_earlier_version_is_not_there(portal: Portal) -> None:
    assert Visitor(portal).get(f"{ROOT}/static/portal.000000000000.css").status == 404
    assert Visitor(portal).get(f"{ROOT}/static/../kept.py").status == 404
