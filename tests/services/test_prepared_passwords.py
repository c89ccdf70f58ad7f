"""A password is one, whatever a keyboard makes of its letters and spaces (RFC 8265, OpaqueString)."""

import unicodedata

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddUsername, ChangePassword, RequestPasswordReset, ResetPassword
from tenantaccess.errors import InvalidInputError, ProofRefusedError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.principals import MINIMUM_PASSWORD, NewUsername, Secret, new_password, prepared
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import QuickHasher, RecordingMailer

TYPED = "cafe\u0301 by the\u00a0lake"
PREPARED = "caf\u00e9 by the lake"


class Listening(QuickHasher):
    """Hashes quickly, and notes what it verified."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    def verify(self, password: Secret, stored: str) -> bool:
        self.given.append(password.reveal())
        return super().verify(password, stored)


@pytest.mark.row("INV-09", "A49")
@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_preparing_is_idempotent_and_changes_letters_and_spaces_only(text: str) -> None:
    made = prepared(Secret(text)).reveal()
    assert prepared(Secret(made)).reveal() == made
    assert unicodedata.is_normalized("NFC", made)
    assert {letter for letter in made if unicodedata.category(letter) == "Zs"} <= {" "}
    assert unicodedata.normalize("NFC", "".join(" " if letter.isspace() else letter for letter in text)) == (
        "".join(" " if letter.isspace() else letter for letter in made)
    )


@pytest.mark.row("A49")
def test_length_is_judged_after_preparing() -> None:
    assert new_password("e\u0301" * MINIMUM_PASSWORD).reveal() == "\u00e9" * MINIMUM_PASSWORD
    with pytest.raises(InvalidInputError):
        new_password("e\u0301" * (MINIMUM_PASSWORD - 1))
    with pytest.raises(InvalidInputError):
        new_password("\u0958" * (Secret.LIMIT // 2 + 1))
    assert new_password("plain letters").reveal() == "plain letters"


@pytest.mark.row("INV-09")
@pytest.mark.parametrize(("chosen", "typed"), [(TYPED, PREPARED), (PREPARED, TYPED), (TYPED, TYPED)])
def test_who_chose_a_password_signs_in_however_it_is_typed(
    access: TenantAccess, riverside: TenantId, chosen: str, typed: str
) -> None:
    added = access.execute(AddUsername(riverside, NewUsername("kim", chosen)), by=OPERATOR)
    assert access.authenticate("kim", typed) == added.principal_id
    with pytest.raises(ProofRefusedError):
        access.authenticate("kim", typed.upper())


@pytest.mark.row("INV-09")
def test_a_password_is_changed_reset_and_proven_by_its_prepared_form(
    access: TenantAccess, make: Given, mailer: RecordingMailer, riverside: TenantId
) -> None:
    kim = make.registered(riverside, username="kim")
    access.execute(ChangePassword(PASSWORD, TYPED), by=kim)
    with pytest.raises(InvalidInputError):
        access.execute(ChangePassword(TYPED, PREPARED), by=kim)
    access.execute(ChangePassword(PREPARED, "yet another one"), by=kim)
    access.execute(RequestPasswordReset("kim"))
    access.notices.deliver(mailer)
    access.execute(ResetPassword(mailer.tokens()[-1], TYPED))
    assert access.links.prove("kim", PREPARED, by=make.pending()).tenants


@pytest.mark.row("INV-27")
def test_one_hash_is_computed_of_the_prepared_form_alone(access: TenantAccess, jo: PrincipalId) -> None:
    hasher = Listening()
    heard = attrs.evolve(access, hasher=hasher)
    with pytest.raises(ProofRefusedError):
        heard.authenticate("jo", TYPED)
    assert hasher.given == [PREPARED]
    assert heard.authenticate("jo", PASSWORD) == jo
