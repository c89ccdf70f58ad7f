"""
Which version of the tables this release works on, and how a database tells which version it has.

Beside this module lie the statements that create each version that was ever released, for each engine. They are never
changed: an upgrade starts from them.
"""

from collections.abc import Collection
from importlib import resources
from typing import Final

import sqlalchemy as sa

from tenantaccess.errors import MisuseError
from tenantaccess.stores.sqlalchemy.columns import count
from tenantaccess.stores.sqlalchemy.making import Maker

VERSION: Final = 1


def marker(make: Maker) -> sa.Table:
    """Return the table that stays empty: its name tells the version, so that whatever creates tables writes it down."""
    return make.table(f"schema_{VERSION}", count("version", primary_key=True))


def released(version: int, dialect: str) -> str:
    """Return the statements that created the tables of *version*, for ``postgresql`` or ``sqlite``."""
    return resources.files(__name__).joinpath(f"v{version}_{dialect}.sql").read_text(encoding="utf-8")


def require_no_other(found: Collection[str], marked: str) -> None:
    """
    Refuse a database that has tables of another version.

    Args:
        found: The names of all tables there are.
        marked: The name of the marker of this version.

    Raises:
        MisuseError: says which version there is, and what to do.
    """
    stem = marked.removesuffix(str(VERSION))
    numbers = (name.removeprefix(stem) for name in found if name.startswith(stem))
    others = [int(number) for number in numbers if number.isdecimal() and int(number) != VERSION]
    if others and max(others) > VERSION:
        raise MisuseError(
            f"the tables are of version {max(others)}, this release works on version {VERSION}: "
            f"install the release that they were made for"
        )
    if others:
        raise MisuseError(
            f"the tables are of version {max(others)}, this release works on version {VERSION}: "
            f"migrate them, and drop `{stem}{max(others)}` with it"
        )


def require_complete(found: Collection[str], wanted: Collection[str], marked: str) -> None:
    """
    Refuse a database that has not all tables of this version.

    Args:
        found: The names of all tables there are.
        wanted: The names of those there must be.
        marked: The name of the marker of this version, one of them.

    Raises:
        MisuseError: says which are missing, and what to do.
    """
    missing = sorted(set(wanted) - set(found))
    if len(missing) == len(set(wanted)):
        raise MisuseError(f"there is no `{marked}`, nor any other table: run your migrations, or call `create_all`")
    if missing:
        raise MisuseError(f"tables are missing: {', '.join(missing)}; run your migrations, or call `create_all`")
