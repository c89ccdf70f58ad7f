"""The portal's two files, served by itself: no host collects, copies or configures anything for them."""

import hashlib
from importlib.resources import files
from typing import Final

import attrs

from tenantaccess.web.portal.exchange import File

FOREVER: Final = "public, max-age=31536000, immutable"


@attrs.frozen
class Asset:
    """
    One file.

    Args:
        name: As addresses say it; it changes with the content, so that nothing stale is ever used.
        content_type: What it is.
        content: What is in it.
    """

    name: str
    content_type: str
    content: bytes = attrs.field(repr=False)


def _asset(stem: str, ending: str, content_type: str) -> Asset:
    content = files(__package__).joinpath("static", f"{stem}.{ending}").read_bytes()
    return Asset(f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}", content_type, content)


STYLE: Final = _asset("portal", "css", "text/css; charset=utf-8")
SCRIPT: Final = _asset("portal", "js", "text/javascript; charset=utf-8")
ASSETS: Final = {asset.name: asset for asset in (STYLE, SCRIPT)}


def served(name: str) -> File | None:
    """Return the file that an address calls *name*; None for any other, of an earlier version too."""
    asset = ASSETS.get(name)
    if asset is None:
        return None
    return File(asset.content_type, [asset.content], headers={"Cache-Control": FOREVER})
