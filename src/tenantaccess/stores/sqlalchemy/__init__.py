"""Facts in SQLite or PostgreSQL by SQLAlchemy Core, in a database of their own or inside a host's transactions."""

from tenantaccess.stores.sqlalchemy.columns import render_item
from tenantaccess.stores.sqlalchemy.enrolment import Enrolment
from tenantaccess.stores.sqlalchemy.schema import Tables, tables
from tenantaccess.stores.sqlalchemy.sqlite import configure_sqlite
from tenantaccess.stores.sqlalchemy.store import SQLAlchemyStore
from tenantaccess.stores.sqlalchemy.users import HostUsers

__all__ = ["Enrolment", "HostUsers", "SQLAlchemyStore", "Tables", "configure_sqlite", "render_item", "tables"]
