"""
A host's own users: they keep their names, addresses and passwords, and become principals one by one.

The host has had its table of users for years, with hashes of its own kind. The library keeps a small row beside each
person it was told of, and nothing that the host has already; what the host changes counts from the next read on.

Run it: python examples/own_users.py
"""
# ruff: noqa: INP001, T201, D102  # a script: it stands alone, and it prints; what a method does, its port says

import hashlib
import hmac
import secrets  # noqa: TID251  # the host makes its own salt

import sqlalchemy as sa

from tenantaccess import (
    VIEW,
    Catalog,
    Grant,
    NewUsername,
    Operator,
    ProofRefusedError,
    Resource,
    Secret,
    TakenError,
    TenantAccess,
)
from tenantaccess.commands import Adopt, ChangePassword, ErasePrincipal, OpenTenant, RequestAccess
from tenantaccess.ports.world import PasswordHasher
from tenantaccess.stores.sqlalchemy import Enrolment, HostUsers, SQLAlchemyStore, tables

# --- what the host has had all along ---

METADATA = sa.MetaData()
STAFF = sa.Table(
    "staff",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("login", sa.String(80), nullable=False, unique=True),
    sa.Column("mail", sa.String(200), nullable=False),
    sa.Column("hash", sa.String(200), nullable=False),
    sa.Column("extension", sa.String(10), nullable=False, default=""),
    sqlite_autoincrement=True,  # a number is never given to somebody else
)


class HostHasher(PasswordHasher):
    """The host's own kind of hash, so that everybody signs in with the password they have."""

    def hash(self, password: Secret) -> str:
        salt = secrets.token_hex(8)
        return f"{salt}${self._digest(salt, password)}"

    def verify(self, password: Secret, stored: str) -> bool:
        salt, _, digest = stored.partition("$")
        return hmac.compare_digest(self._digest(salt, password), digest)

    def is_current(self, stored: str) -> bool:
        return "$" in stored

    def _digest(self, salt: str, password: Secret) -> str:
        return hashlib.pbkdf2_hmac("sha256", password.reveal().encode(), salt.encode(), 20_000).hex()


# --- what it adds: where its users' names, addresses and passwords are ---

USERS = HostUsers(STAFF, key="number", username="login", email="mail", password="hash")  # noqa: S106  # a column's name
CATALOG = Catalog(
    resources=[Resource("claims", "Claims"), Resource("manage_account", "Manage account")],
    managed_by="manage_account",
)
HOST = Operator("front-desk")


def main() -> None:
    """Sign in somebody the host has known for years, let somebody new register, and forget one of them."""
    store = SQLAlchemyStore("sqlite://", tables=tables(METADATA, users=USERS))
    with store.for_writing.begin() as connection:
        METADATA.create_all(connection)
        known = {"login": "Pat", "mail": "pat@clinic.example", "hash": HostHasher().hash(Secret("pat's own password"))}
        (number,) = connection.execute(sa.insert(STAFF).values(known)).inserted_primary_key or (0,)
    access = TenantAccess(store, CATALOG, hasher=HostHasher())
    clinic = access.execute(OpenTenant("Riverside Clinic"), by=HOST).tenant_id

    # Nobody gets a user's name, or password, by asking for it.
    try:
        access.execute(RequestAccess(clinic, NewUsername("pat", "an intruder's", email="evil@mail.example")))
    except TakenError as refused:
        print("registering as `pat`:", refused)

    # Whom the host has signed in, it may make known: a principal without any access.
    pat = Enrolment(store).enrol(number)
    print("pat may edit claims:", bool(access.check(clinic, pat, "claims", "edit")))
    access.execute(Adopt(clinic, pat, Grant(levels={"claims": VIEW})), by=HOST)
    print("pat may view claims:", bool(access.check(clinic, pat, "claims", "view")))
    print("signed in by the host's hash:", access.authenticate("pat", "pat's own password") == pat)

    # A password has one place, and a new user is a row of the host's.
    access.execute(ChangePassword("pat's own password", "a better password"), by=pat)
    access.execute(RequestAccess(clinic, NewUsername("jo", "jo's own password", email="jo@clinic.example")))
    with store.engine.connect() as connection:
        for login, mail in connection.execute(sa.select(STAFF.c.login, STAFF.c.mail).order_by(STAFF.c.number)):
            print("the host's own row:", login, mail)

    # Who is erased is nobody in the host's table, either.
    access.execute(ErasePrincipal(pat), by=HOST)
    try:
        access.authenticate("pat", "a better password")
    except ProofRefusedError as refused:
        print("pat signs in:", refused)
    with store.engine.connect() as connection:
        gone = connection.execute(sa.select(STAFF).where(STAFF.c.number == number)).mappings().one()
    print("what is left of pat:", gone["login"].split(".")[0], repr(gone["mail"]), repr(gone["hash"]))
    store.dispose()


if __name__ == "__main__":
    main()
