"""Tokens and passwords stay where they belong (INV-30, INV-31, A41, A49, A66)."""

import copy
import json
import pickle
import traceback
from typing import Any

import pytest
from tests.services.worlds import refusals

from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain
from tenantaccess.commands import (
    AddUsername,
    ChangePassword,
    CompleteRegistration,
    OpenTenant,
    RequestAccess,
    ResetPassword,
    SendRegistration,
    UpdateContact,
    VerifyEmail,
)
from tenantaccess.errors import InvalidInputError, ProofRefusedError, TenantAccessError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.mail import MailLinks, SmtpMailer
from tenantaccess.model.members import Contact
from tenantaccess.model.notices import Message
from tenantaccess.model.principals import NewUsername, Secret
from tenantaccess.services.authentication import Verification
from tenantaccess.services.command import Evidence, Plan
from tenantaccess.services.redeeming import token_digest
from tenantaccess.system import SystemEntropy
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import RecordingMailer

CANARY = "canary-sings-in-the-mine"


def texts(*values: object) -> str:
    """Everything that values show of themselves."""
    return "\n".join(shown for value in values for shown in (repr(value), str(value), f"{value}"))


@pytest.mark.row("INV-31", "A66")
@pytest.mark.parametrize(
    "value",
    [
        Secret(CANARY),
        NewUsername("kim", CANARY),
        ChangePassword(CANARY, CANARY),
        CompleteRegistration(CANARY),
        ResetPassword(CANARY, CANARY),
        VerifyEmail(CANARY),
        SmtpMailer("localhost", 25, "portal@clinic.example", MailLinks("https://portal.example"), password=CANARY),
        Verification(None, (), CANARY),
        AddUsername(TenantId("ten_" + "0" * 32), NewUsername("kim", CANARY)),
        RequestAccess(TenantId("ten_" + "0" * 32), NewUsername("kim", CANARY, "kim@people.example")),
        OpenTenant("Riverside", manager=NewUsername("kim", CANARY)),
        Message("key", "kim@people.example", token=CANARY),
        Evidence(CANARY, CANARY, CANARY),
        Plan(None, hashes={PrincipalId("pri_" + "0" * 32): CANARY}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_that_carries_a_secret_shows_it(value: object) -> None:
    assert CANARY not in texts(value)


@pytest.mark.row("INV-31", "A41")
def test_a_secret_is_not_stored_copied_or_compared_by_accident() -> None:
    secret = Secret(CANARY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    assert secret != Secret(CANARY)
    assert CANARY not in json.dumps(plain(ChangePassword(secret, secret)))


@pytest.mark.row("INV-31", "MU-04", "A66")
def test_no_record_error_or_trace_holds_a_password(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = access.execute(AddUsername(riverside, NewUsername("kim", CANARY)), by=maria).principal_id
    shown = []
    attempts: list[tuple[Any, Any]] = [
        (AddUsername(riverside, NewUsername("kim", CANARY)), maria),
        (AddUsername(riverside, NewUsername("lee", CANARY)), kim),
        (ChangePassword(CANARY + "!", CANARY), kim),
        (CompleteRegistration(CANARY), None),
    ]
    for command, by in attempts:
        with pytest.raises(TenantAccessError) as refused:
            access.execute(command, by=by)
        shown += traceback.format_exception(refused.value)
    everything = texts(shown, access, access.audit.read(riverside, by=OPERATOR), refusals(access, riverside))
    assert CANARY not in everything


@pytest.mark.row("INV-30", "INV-31")
def test_a_mailed_secret_is_kept_as_a_digest_and_shown_nowhere(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    kim = make.unverified(riverside)
    access.notices.deliver(mailer)
    (secret,) = mailer.tokens()
    with access.store.reading() as unit:
        kept: Any = unit.tokens.find(token_digest(Secret(secret)))
        assert unit.tokens.find(secret) is None
        recorded = texts(kept, unit.events.read(riverside, 0, 100), unit.events.read(kim, 0, 100))
    access.execute(CompleteRegistration(secret))
    assert secret not in recorded + texts(access.audit.read(riverside, by=OPERATOR), mailer.messages)


@pytest.mark.row("INV-30")
def test_a_secret_has_256_random_bits() -> None:
    tokens = {SystemEntropy().token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(bytes.fromhex(token)) == 32 for token in tokens)


@pytest.mark.row("INV-31")
def test_a_registration_mail_goes_to_the_address_on_record_and_to_no_other(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId, maria: PrincipalId
) -> None:
    kim = make.unverified(riverside, username="kim")
    access.execute(UpdateContact(riverside, kim, contact=Contact(email="thief@elsewhere.example")), by=maria)
    access.execute(SendRegistration(riverside, kim), by=maria)
    access.notices.deliver(mailer)
    assert {message.to for message in mailer.messages if message.token} == {"kim@people.example"}


@pytest.mark.row("A49", "INV-40")
@pytest.mark.parametrize("password", ["x" * 1_025, "x" * 1_000_000, "", "\ud800" * 8, 12345678, None, b"x" * 9])
def test_a_password_over_the_limit_or_of_another_kind_is_refused_and_never_cut(password: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        NewUsername("kim", password)
    assert str(password) not in str(refused.value) or not password


@pytest.mark.row("A49")
def test_a_password_of_the_longest_kind_counts_to_its_last_letter(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    long = "x" * 1_023
    kim = access.execute(AddUsername(riverside, NewUsername("kim", long + "a")), by=maria).principal_id
    with pytest.raises(ProofRefusedError):
        access.execute(ChangePassword(long + "b", PASSWORD), by=kim)
    assert access.execute(ChangePassword(long + "a", PASSWORD), by=kim).changed


@pytest.mark.row("A60", "INV-09")
@pytest.mark.parametrize(
    "address", ["a@b.example,c@d.example", "a@b@c.example", "a b@c.example", "a@b", ["a@b.example"]]
)
def test_an_address_is_exactly_one_mailbox(address: Any) -> None:  # a list, too, is tried
    with pytest.raises(InvalidInputError):
        NewUsername("kim", PASSWORD, address)
