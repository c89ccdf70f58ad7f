"""What a list leaves out is logged: there is nobody to raise to, and the rest of the list is good."""

import logging
from typing import Final

LOGGER: Final = logging.getLogger("tenantaccess.stores")


def left_out(what: str, *ids: str) -> None:
    """Warn that a list leaves out *what* is called *ids*; its words, which a later version wrote, are not told."""
    LOGGER.warning("left out %s %s: this version cannot read it", what, " ".join(f"`{one}`" for one in ids))
