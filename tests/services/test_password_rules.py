"""Passwords are judged wherever one is chosen, and nowhere else."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import (
    AcceptInvitation,
    AddUsername,
    ChangePassword,
    Invite,
    OpenTenant,
    RequestAccess,
    RequestPasswordReset,
    ResetPassword,
)
from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.principals import NewUsername, Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.rules.passwords import COMMON, NAMED
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer

Choosing = Callable[[TenantAccess, TenantId, PrincipalId, str], Any]


def lee(password: str) -> NewUsername:
    return NewUsername("lee", password, email="lee.ito@people.example")


def by_reset(access: TenantAccess, _: TenantId, __: PrincipalId, password: str) -> object:
    mailer = RecordingMailer()
    access.execute(RequestPasswordReset("kim"))
    access.notices.deliver(mailer)
    return access.execute(ResetPassword(mailer.tokens()[-1], password))


def by_invitation(access: TenantAccess, tenant: TenantId, maria: PrincipalId, password: str) -> object:
    mailer = RecordingMailer()
    access.execute(Invite(tenant, "lee.ito@people.example", Grant(levels={"claims": "view"})), by=maria)
    access.notices.deliver(mailer)
    return access.execute(AcceptInvitation(mailer.tokens()[-1], NewUsername("lee", password)))


CHOOSING: dict[str, Choosing] = {
    "add": lambda access, tenant, maria, one: access.execute(AddUsername(tenant, lee(one)), by=maria),
    "open": lambda access, _, __, one: access.execute(OpenTenant("New", manager=lee(one)), by=OPERATOR),
    "request": lambda access, tenant, _, one: access.execute(RequestAccess(tenant, lee(one))),
    "change": lambda access, _, maria, one: access.execute(ChangePassword(PASSWORD, one), by=maria),
    "reset": by_reset,
    "invitation": by_invitation,
}
THEIRS = {
    "add": "lee.ito12",
    "open": "leeito2026",
    "request": "lee.ito@people.example",
    "change": "maria4711",
    "reset": "kim12345",
    "invitation": "LeeIto77",
}


@pytest.mark.parametrize("way", CHOOSING)
def test_whoever_chooses_one_reads_what_is_wrong_with_it(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, way: str
) -> None:
    make.registered(riverside, username="kim")
    for password, fault in (("password", COMMON), ("Passw0rd!", COMMON), (THEIRS[way], NAMED)):
        with pytest.raises(InvalidInputError) as refused:
            CHOOSING[way](access, riverside, maria, password)
        assert (refused.value.field, refused.value.rule) == ("password", fault)
    CHOOSING[way](access, riverside, maria, "horses by the lake")


def test_a_password_that_is_in_use_is_never_judged(access: TenantAccess, maria: PrincipalId) -> None:
    strict = attrs.evolve(access, passwords=Nothing())
    assert strict.authenticate("maria", PASSWORD) == maria
    with pytest.raises(InvalidInputError, match="does not please"):
        strict.execute(ChangePassword(PASSWORD, "another quick password"), by=maria)
    assert access.authenticate("maria", PASSWORD) == maria


class Nothing:
    """Rules of a host that nothing pleases; told whose it is."""

    def fault(self, password: Secret, names: Sequence[str]) -> str:
        assert password.reveal() == "another quick password"
        assert names == ["maria"]
        return "does not please"
