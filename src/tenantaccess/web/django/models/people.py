"""Principals, what they prove themselves by, and what is said to them."""

from django.conf import settings
from django.db import models

from tenantaccess.web.django.fields import MomentField, WordField
from tenantaccess.web.django.models.facts import Fact


class Principal(Fact):
    """
    The library's small state of one sign-in identity.

    What it is called, its address and its password are its user's; only services have none.
    """

    principal_id = WordField(primary_key=True)
    username = WordField()
    username_key = WordField()
    kind = WordField()
    email = WordField()
    email_key = WordField()
    email_verified_at = MomentField(null=True)
    suspended_at = MomentField(null=True)
    proof_epoch = models.BigIntegerField()
    access_epoch = models.BigIntegerField()
    password_choice = WordField()
    chosen_in = WordField(null=True)
    password_epoch = models.BigIntegerField()
    password_changes = WordField()
    version = models.BigIntegerField()
    digest = WordField()
    head_at = MomentField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="tenantaccess_principals"
    )

    class Meta(Fact.Meta):
        db_table = "tenantaccess_principal"
        constraints = (
            models.UniqueConstraint(fields=("username_key",), name="uq_tenantaccess_principal_username"),
            models.UniqueConstraint(fields=("user",), name="uq_tenantaccess_principal_user"),
            models.CheckConstraint(condition=models.Q(version__gte=0), name="ck_tenantaccess_principal_version"),
        )

    def __str__(self) -> str:
        return str(self.username_key)


class Credential(Fact):
    """A password hash of somebody who has no user."""

    principal = models.OneToOneField(Principal, models.PROTECT, primary_key=True, related_name="+")
    stored = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_credential"

    def __str__(self) -> str:
        return "credential"


class Notice(Fact):
    """Something to tell somebody, until it is delivered."""

    notice_id = WordField(primary_key=True)
    purpose = WordField()
    audience = WordField()
    principal_id = WordField(null=True)
    tenant_id = WordField(null=True)
    created_at = MomentField()
    incarnation = models.BigIntegerField()
    access_epoch = models.BigIntegerField()
    token_purpose = WordField(null=True)
    recipient_id = WordField(null=True)
    invitation_id = WordField(null=True)
    by_id = WordField(null=True)
    event = models.BigIntegerField()
    state = WordField()
    place = models.BigIntegerField()
    claimed_until = MomentField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_notice"
        indexes = (models.Index(fields=("state", "created_at", "place"), name="ta_notice_state"),)

    def __str__(self) -> str:
        return str(self.purpose)


class Token(Fact):
    """The digest of a secret that works once."""

    digest = WordField(primary_key=True)
    purpose = WordField()
    slot = WordField()
    expires_at = MomentField()
    tenant_id = WordField(null=True)
    principal_id = WordField(null=True)
    invitation_id = WordField(null=True)
    proven_id = WordField(null=True)
    incarnation = models.BigIntegerField()
    access_epoch = models.BigIntegerField()
    proof_epoch = models.BigIntegerField()
    password_epoch = models.BigIntegerField()
    email_key = WordField()
    state = WordField()
    used_at = MomentField(null=True)

    class Meta(Fact.Meta):
        db_table = "tenantaccess_token"
        constraints = (
            models.UniqueConstraint(
                fields=("slot", "purpose"), condition=models.Q(state="live"), name="ix_tenantaccess_token_slot"
            ),
        )
        indexes = (
            models.Index(fields=("principal_id",), name="ta_token_principal"),
            models.Index(fields=("invitation_id",), name="ta_token_invitation"),
        )

    def __str__(self) -> str:
        return str(self.purpose)


class Attempt(Fact):
    """How often something was tried since when."""

    key = WordField(primary_key=True)
    began_at = MomentField()
    count = models.BigIntegerField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_attempt"
        indexes = (models.Index(fields=("began_at",), name="ta_attempt_began"),)

    def __str__(self) -> str:
        return str(self.count)
