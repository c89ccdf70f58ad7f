"""Hashers of passwords: each knows the other's hashes, so that nobody is locked out by an upgrade (A49, INV-27)."""

import importlib.util

import attrs
import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.errors import MisuseError
from tenantaccess.ids import PrincipalId
from tenantaccess.model.principals import Secret
from tenantaccess.ports.world import PasswordHasher
from tenantaccess.system import Argon2Hasher, ScryptHasher, default_hasher
from tenantaccess.testing.builders import PASSWORD

ARGON2 = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
SCRYPT = ScryptHasher(n=2)
BOTH = pytest.mark.parametrize("hasher", [ARGON2, SCRYPT], ids=["argon2", "scrypt"])


@pytest.fixture
def without_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the extra."""
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "argon2" else found(name, *rest)
    )


@BOTH
@pytest.mark.row("A49")
def test_a_hasher_knows_its_own_to_the_last_letter(hasher: PasswordHasher) -> None:
    longest = "x" * 1_023
    stored = hasher.hash(Secret(longest + "y"))
    assert longest not in stored
    assert hasher.verify(Secret(longest + "y"), stored)
    assert not hasher.verify(Secret(longest + "z"), stored)
    assert hasher.hash(Secret(PASSWORD)) != hasher.hash(Secret(PASSWORD))
    assert hasher.is_current(stored)


@BOTH
def test_a_hasher_knows_the_others(hasher: PasswordHasher) -> None:
    for other in (ARGON2, SCRYPT, Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1), ScryptHasher(n=4)):
        stored = other.hash(Secret(PASSWORD))
        assert hasher.verify(Secret(PASSWORD), stored)
        assert not hasher.verify(Secret(PASSWORD + "!"), stored)
        assert hasher.is_current(stored) is (other == hasher)


@BOTH
@pytest.mark.row("INV-27")
@pytest.mark.parametrize(
    "stored",
    [
        "",
        "plain",
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$",
        "scrypt$2$8$1$!$!",
        "scrypt$x$8$1$YQ==$YQ==",
        "$2b$12$x",
    ],
)
def test_what_a_hasher_cannot_read_is_wrong_and_not_current(hasher: PasswordHasher, stored: str) -> None:
    assert not hasher.verify(Secret(PASSWORD), stored)
    assert not hasher.is_current(stored) or stored.startswith("scrypt$2$8$1$")


def test_the_default_is_argon2_where_it_is_installed() -> None:
    assert default_hasher() == Argon2Hasher()


@pytest.mark.usefixtures("without_argon2")
def test_without_the_extra_the_default_is_scrypt_and_argon2_says_what_to_install() -> None:
    assert default_hasher() == ScryptHasher()
    with pytest.raises(MisuseError, match="argon2"):
        Argon2Hasher()


@pytest.mark.usefixtures("without_argon2")
def test_without_the_extra_an_argon2_hash_is_refused_and_not_taken_for_anything() -> None:
    assert not SCRYPT.verify(Secret(PASSWORD), "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ")


@pytest.mark.row("INV-27")
def test_installing_the_extra_later_locks_nobody_out(access: TenantAccess, jo: PrincipalId) -> None:
    with access.store.begin() as unit:
        unit.credentials.put(jo, SCRYPT.hash(Secret(PASSWORD)))
        unit.commit()
    upgraded = attrs.evolve(access, hasher=ARGON2)
    assert upgraded.authenticate("jo", PASSWORD) == jo
    with access.store.reading() as unit:
        assert str(unit.credentials.find(jo)).startswith("$argon2id$")
    assert upgraded.authenticate("jo", PASSWORD) == jo
