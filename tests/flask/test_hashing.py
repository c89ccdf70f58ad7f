"""Passwords that Werkzeug hashed are verified, and renewed where they were made otherwise."""

import pytest
from werkzeug.security import generate_password_hash

from tenantaccess import NewUsername, Secret, TenantAccess
from tenantaccess.commands import AddUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import CLINICS, OPERATOR, given
from tenantaccess.web.flask.hashing import WerkzeugHasher

CHEAP = "pbkdf2:sha256:1000"
PASSWORD = "a quick brown password"


def test_what_it_hashed_it_verifies() -> None:
    hasher = WerkzeugHasher(CHEAP)
    stored = hasher.hash(Secret(PASSWORD))
    assert hasher.verify(Secret(PASSWORD), stored)
    assert not hasher.verify(Secret(f"{PASSWORD}!"), stored)


def test_what_was_made_otherwise_is_verified_and_not_current() -> None:
    older = generate_password_hash(PASSWORD, "pbkdf2:sha256:500")
    hasher = WerkzeugHasher(CHEAP)
    assert hasher.verify(Secret(PASSWORD), older)
    assert not hasher.is_current(older)
    assert hasher.is_current(hasher.hash(Secret(PASSWORD)))


@pytest.mark.parametrize("stored", ["", "nothing", "md5$salt$digest", "$$"])
def test_nothing_opens_what_holds_no_hash(stored: str) -> None:
    assert not WerkzeugHasher(CHEAP).verify(Secret(PASSWORD), stored)


def test_a_sign_in_renews_it() -> None:
    store = MemoryStore()
    before = TenantAccess(store, CLINICS, hasher=WerkzeugHasher("pbkdf2:sha256:500"))
    tenant = given(before).tenant()
    jo = before.execute(AddUsername(tenant, NewUsername("jo", PASSWORD), Grant()), by=OPERATOR).principal_id
    after = TenantAccess(store, CLINICS, hasher=WerkzeugHasher(CHEAP))
    assert after.authenticate("jo", PASSWORD) == jo
    with store.reading() as unit:
        assert (unit.credentials.find(jo) or "").startswith(CHEAP)
