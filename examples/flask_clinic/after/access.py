"""What the application says about access: its words, where its users are, and how its people were brought along."""

from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from models import Practice, User, db

from tenantaccess import (
    ACCOUNT_MANAGER,
    FULL,
    VIEW,
    Catalog,
    ExternalIdScheme,
    Grant,
    Operator,
    PrincipalId,
    Resource,
    TenantAccess,
)
from tenantaccess.commands import Adopt, OpenTenant
from tenantaccess.stores.sqlalchemy import Enrolment, HostUsers, SQLAlchemyStore, configure_sqlite, tables
from tenantaccess.web.flask import FlaskLogin, PortalSettings, TenantAccessFlask
from tenantaccess.web.flask.hashing import WerkzeugHasher

CATALOG = Catalog(
    schemes=[ExternalIdScheme("tin", "Tax ID", digits=9)],
    resources=[
        Resource("claims", "Claims", {"view": VIEW, "submit": FULL}),
        Resource("manage_account", "Manage account"),
    ],
    managed_by="manage_account",
)
USERS = HostUsers(User.__table__, key="id", username="login", email="email", password="password_hash")
TABLES = tables(db.metadata, prefix="access_", users=USERS)
US = Operator("claims-desk")


def _all(*columns: Any) -> list[Any]:
    """Return rows, and let go of the database: on SQLite a reader cannot begin to write once somebody else has."""
    rows = db.session.execute(db.select(*columns)).all()
    db.session.commit()
    return list(rows)


def init_access(app: Flask) -> TenantAccess:
    """Mount the portal, and return the library."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            configure_sqlite(db.engine)
        store = SQLAlchemyStore(db.engine, tables=TABLES)
    access = TenantAccess(store, CATALOG, hasher=WerkzeugHasher())
    enrolment = Enrolment(store)

    def principal_of(user: User) -> PrincipalId | None:
        found = enrolment.find(user.id)
        db.session.rollback()  # see `_all`: that somebody is here may be written down next
        return found

    identity = FlaskLogin(principal_of, "login")
    settings = PortalSettings(
        "Claims", home="/claims", sign_in="/sign-in", sign_out="/sign-out", tenant="practice", tenants="practices"
    )
    TenantAccessFlask(app, access, identity=identity, settings=settings)

    @app.cli.command("adopt")
    @with_appcontext
    def adopt() -> None:
        """Bring practices and their people along; whoever was brought along before stays as they are."""
        for number, name, tin in _all(Practice.id, Practice.name, Practice.tin):
            tenant = access.execute(OpenTenant(name, {"tin": tin}), by=US, key=tin).tenant_id
            db.session.execute(db.update(Practice).filter_by(id=number).values(tenant_id=tenant))
            db.session.commit()
        tenants = dict(_all(Practice.id, Practice.tenant_id))
        for number, login, practice, is_admin in _all(User.id, User.login, User.practice_id, User.is_admin):
            grant = Grant(role=ACCOUNT_MANAGER) if is_admin else Grant(levels={"claims": FULL})
            access.execute(Adopt(tenants[practice], enrolment.enrol(number), grant), by=US)
            click.echo(f"{login}: {'account manager' if is_admin else 'claims'}")

    return access
