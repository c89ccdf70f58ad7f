"""What races are run on: a SQLite file and a PostgreSQL server, as hosts run them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenantaccess.stores.sqlalchemy import SQLAlchemyStore, tables


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQLAlchemyStore]:
    """An empty store of each kind, with tables of its own."""
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/races.db" if is_file else request.getfixturevalue("postgres_url")
    made = SQLAlchemyStore(url, tables=tables(sa.MetaData(), prefix="single_"))
    made.create_all()
    yield made
    if not is_file:
        made.drop_all()
    made.dispose()
