"""Who is what in which tenant: memberships, roles, levels and invitations."""

from django.db import models

from tenantaccess.web.django.fields import MomentField, WordField
from tenantaccess.web.django.models.facts import Fact, to_principal, to_tenant


class Membership(Fact):
    """What a principal has in a tenant, as facts; the status is derived from them when it is asked for."""

    id = models.BigAutoField(primary_key=True)
    tenant = to_tenant()
    principal = to_principal()
    origin = WordField()
    incarnation = models.BigIntegerField()
    requested_at = MomentField(null=True)
    approved_at = MomentField(null=True)
    approved_by = WordField()
    verified_at = MomentField(null=True)
    verified_how = WordField(null=True)
    disabled_at = MomentField(null=True)
    disabled_by = WordField(null=True)
    disabled_reason = WordField(null=True)
    held_by_operator = models.BooleanField()
    clock_started_at = MomentField(null=True)
    last_active_at = MomentField(null=True)
    valid_from = MomentField(null=True)
    valid_until = MomentField(null=True)
    ends_by = WordField(null=True)
    access_epoch = models.BigIntegerField()
    proof_epoch = models.BigIntegerField()
    role_key = WordField(null=True)
    segments = WordField()
    resting_on = WordField(null=True)
    resting_kind = WordField()
    resting_incarnation = models.BigIntegerField()
    resting_proof_epoch = models.BigIntegerField()
    resting_principal_epoch = models.BigIntegerField()
    resting_password_epoch = models.BigIntegerField()
    proven_by = WordField(null=True)
    proven_at = MomentField(null=True)
    first_name = WordField()
    last_name = WordField()
    email = WordField()
    phone = WordField()
    gone_at = MomentField(null=True)
    lapse_noted_at = MomentField(null=True)
    warned = models.BigIntegerField()
    username_key = WordField()
    first_name_key = WordField()
    last_name_key = WordField()
    email_key = WordField()
    clock_at = MomentField()
    active_at = MomentField()
    asked_at = MomentField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_membership"
        ordering = ("tenant_id", "username_key")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "principal"), name="pk_tenantaccess_membership"),
            models.CheckConstraint(
                condition=models.Q(incarnation__gte=1), name="ck_tenantaccess_membership_incarnation"
            ),
        )
        indexes = (
            models.Index(fields=("principal", "tenant"), name="ta_membership_principal"),
            models.Index(fields=("tenant", "role_key", "principal"), name="ta_membership_role"),
            models.Index(fields=("tenant", "username_key"), name="ta_membership_username"),
            models.Index(fields=("tenant", "last_name_key", "principal"), name="ta_membership_last_name"),
            models.Index(fields=("tenant", "first_name_key", "principal"), name="ta_membership_first_name"),
            models.Index(fields=("tenant", "email_key", "principal"), name="ta_membership_email"),
            models.Index(fields=("tenant", "active_at", "principal"), name="ta_membership_active"),
            models.Index(fields=("tenant", "asked_at", "principal"), name="ta_membership_asked"),
            models.Index(fields=("tenant", "clock_at", "principal"), name="ta_membership_clock"),
            models.Index(fields=("tenant", "resting_on", "principal"), name="ta_membership_resting"),
        )

    def __str__(self) -> str:
        return str(self.username_key)


class Override(Fact):
    """A level that a member has by itself, whatever its role says."""

    pk = models.CompositePrimaryKey("tenant_id", "principal_id", "resource")
    tenant = to_tenant()
    principal = to_principal()
    resource = WordField()
    level = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_override"
        indexes = (models.Index(fields=("tenant", "resource", "level", "principal"), name="ta_override_level"),)

    def __str__(self) -> str:
        return f"{self.resource} {self.level}"


class Role(Fact):
    """A role of a tenant."""

    pk = models.CompositePrimaryKey("tenant_id", "role_key")
    tenant = to_tenant()
    role_key = WordField()
    label = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_role"

    def __str__(self) -> str:
        return str(self.label)


class RoleLevel(Fact):
    """A level that a role gives."""

    pk = models.CompositePrimaryKey("tenant_id", "role_key", "resource")
    tenant = to_tenant()
    role_key = WordField()
    resource = WordField()
    level = WordField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_role_level"
        indexes = (models.Index(fields=("tenant", "resource", "level", "role_key"), name="ta_role_level_level"),)

    def __str__(self) -> str:
        return f"{self.resource} {self.level}"


class Invitation(Fact):
    """Somebody asked to join a tenant."""

    id = models.BigAutoField(primary_key=True)
    tenant = to_tenant()
    invitation_id = WordField()
    email = WordField()
    email_key = WordField()
    first_name = WordField()
    last_name = WordField()
    role_key = WordField(null=True)
    levels = WordField()
    segments = WordField()
    inviter_kind = WordField()
    inviter_id = WordField()
    state = WordField()
    inviter_link = WordField(null=True)
    created_at = MomentField()
    sent_at = MomentField()
    expires_at = MomentField()
    sends = models.BigIntegerField()

    class Meta(Fact.Meta):
        db_table = "tenantaccess_invitation"
        ordering = ("tenant_id", "-created_at")
        constraints = (models.UniqueConstraint(fields=("tenant", "invitation_id"), name="pk_tenantaccess_invitation"),)
        indexes = (
            models.Index(fields=("tenant", "state", "email_key"), name="ta_invitation_email"),
            models.Index(fields=("tenant", "state", "inviter_id"), name="ta_invitation_inviter"),
            models.Index(fields=("tenant", "created_at", "invitation_id"), name="ta_invitation_created"),
            models.Index(fields=("email_key", "tenant", "invitation_id"), name="ta_invitation_address"),
        )

    def __str__(self) -> str:
        return str(self.email)
