"""The tables: explicit names throughout, tenant first in every key and index of tenant data, plain types only."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import sqlalchemy as sa

from tenantaccess.stores.sqlalchemy import copying_tables, record_tables, versions
from tenantaccess.stores.sqlalchemy.columns import (
    count,
    flag,
    moment,
    optional_moment,
    optional_text,
    text,
)
from tenantaccess.stores.sqlalchemy.making import Maker
from tenantaccess.stores.sqlalchemy.users import USER, HostUsers

TOKEN_SLOT: Final = ("slot", "purpose")
IS_LIVE: Final = sa.text("state = 'live'")
"""Of which tokens there is one for each slot and purpose at most."""


@attrs.frozen(eq=False)
class Tables:
    """
    The library's tables within one `MetaData`.

    Args:
        metadata: Whose they are: the host's, or one of their own.
        marker: Always empty; its name tells the version of the tables.
        taken: What is in use when a unique constraint refuses, by its name and by how SQLite names its columns.
        users: The host's own; None if the library keeps what people are called, their addresses and passwords.
    """

    metadata: sa.MetaData
    tenant: sa.Table
    external_id: sa.Table
    principal: sa.Table
    credential: sa.Table
    membership: sa.Table
    override: sa.Table
    role: sa.Table
    role_level: sa.Table
    invitation: sa.Table
    event: sa.Table
    private_part: sa.Table
    access_log: sa.Table
    notice: sa.Table
    token: sa.Table
    attempt: sa.Table
    record: sa.Table
    record_set: sa.Table
    copy_job: sa.Table
    copy_job_tenant: sa.Table
    marker: sa.Table
    taken: Mapping[str, str]
    users: HostUsers | None = None

    def all(self) -> tuple[sa.Table, ...]:
        """Return all of them."""
        return tuple(value for value in attrs.astuple(self, recurse=False) if isinstance(value, sa.Table))


def tables(
    metadata: sa.MetaData,
    prefix: str = "tenantaccess_",
    schema: str | None = None,
    users: HostUsers | None = None,
) -> Tables:
    """
    Add the library's tables to *metadata*, which may be a host's, and return them.

    Args:
        metadata: Whose they are to be.
        prefix: What their names, and those of their constraints and indexes, begin with.
        schema: The database's schema they are in; by default the connection's own.
        users: The host's own users; by default the library keeps names, addresses and passwords.
    """
    make = Maker(metadata, prefix, schema)
    external_id, principal, role = _external_id(make), _principal(make, users), _role(make)
    record, copy_job = copying_tables.record(make), copying_tables.copy_job(make)
    taken = {
        name: kind
        for table, kind, columns, constraint in (
            (external_id, "external id", ("scheme", "value"), f"uq_{prefix}external_id_value"),
            (principal, "username", ("username_key",), f"uq_{prefix}principal_username"),
            (principal, "user", (USER,), f"uq_{prefix}principal_user"),
            (role, "role", ("tenant_id", "role_key"), f"pk_{prefix}role"),
            (record, "record", ("tenant_id", "set_key", "record_key"), f"pk_{prefix}record"),
            (copy_job, "copy job", ("job_id",), f"uq_{prefix}copy_job_id"),
            (copy_job, "copy job", ("tenant_id", "job_id"), f"pk_{prefix}copy_job"),
        )
        for name in (constraint, ", ".join(f"{table.name}.{column}" for column in columns))
    }
    if users is not None:
        taken |= dict(users.refusing())
    return Tables(
        metadata=metadata,
        tenant=_tenant(make),
        external_id=external_id,
        principal=principal,
        credential=_credential(make),
        membership=_membership(make),
        override=_override(make),
        role=role,
        role_level=_role_level(make),
        invitation=_invitation(make),
        event=record_tables.event(make),
        private_part=record_tables.private_part(make),
        access_log=record_tables.access_log(make),
        notice=_notice(make),
        token=_token(make),
        attempt=_attempt(make),
        record=record,
        record_set=copying_tables.record_set(make),
        copy_job=copy_job,
        copy_job_tenant=copying_tables.copy_job_tenant(make),
        marker=versions.marker(make),
        taken=taken,
        users=users,
    )


def _tenant(make: Maker) -> sa.Table:
    return make.table(
        "tenant",
        text("tenant_id", primary_key=True),
        *map(text, ("name", "name_key", "state", "segments", "linking")),
        *_head(),
        make.check("tenant_version", "version >= 0"),
        make.index("tenant_name", "name_key", "tenant_id"),
    )


def _head() -> tuple[sa.Column[Any], ...]:
    return count("version"), text("digest"), optional_moment("head_at")


def _external_id(make: Maker) -> sa.Table:
    return make.table(
        "external_id",
        text("tenant_id", primary_key=True),
        text("scheme", primary_key=True),
        text("value"),
        make.refers("external_id_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
        make.unique("external_id_value", "scheme", "value"),
    )


def _principal(make: Maker, users: HostUsers | None) -> sa.Table:
    return make.table(
        "principal",
        text("principal_id", primary_key=True),
        text("username"),
        text("username_key"),
        text("kind"),
        text("email"),
        text("email_key"),
        optional_moment("email_verified_at"),
        optional_moment("suspended_at"),
        count("proof_epoch"),
        count("access_epoch"),
        text("password_choice"),
        optional_text("chosen_in"),
        count("password_epoch"),
        text("password_changes"),
        *_head(),
        *_user(make, users),
        make.unique("principal_username", "username_key"),
        make.check("principal_version", "version >= 0"),
    )


def _user(make: Maker, users: HostUsers | None) -> tuple[sa.Column[Any] | sa.Constraint, ...]:
    if users is None:
        return ()
    key = users.table.c[users.key]
    return (
        sa.Column(USER, key.type, nullable=True),
        make.refers_to("principal_user", [USER], [key]),
        make.unique("principal_user", USER),
    )


def _credential(make: Maker) -> sa.Table:
    return make.table(
        "credential",
        text("principal_id", primary_key=True),
        text("stored"),
        make.refers("credential_principal", "principal", ["principal_id"], ["principal_id"]),
    )


def _membership(make: Maker) -> sa.Table:
    return make.table(
        "membership",
        text("tenant_id", primary_key=True),
        text("principal_id", primary_key=True),
        text("origin"),
        count("incarnation"),
        optional_moment("requested_at"),
        optional_moment("approved_at"),
        text("approved_by"),
        optional_moment("verified_at"),
        optional_text("verified_how"),
        optional_moment("disabled_at"),
        optional_text("disabled_by"),
        optional_text("disabled_reason"),
        flag("held_by_operator"),
        optional_moment("clock_started_at"),
        optional_moment("last_active_at"),
        optional_moment("valid_from"),
        optional_moment("valid_until"),
        optional_text("ends_by"),
        count("access_epoch"),
        count("proof_epoch"),
        optional_text("role_key"),
        text("segments"),
        optional_text("resting_on"),
        text("resting_kind"),
        count("resting_incarnation"),
        count("resting_proof_epoch"),
        count("resting_principal_epoch"),
        count("resting_password_epoch"),
        optional_text("proven_by"),
        optional_moment("proven_at"),
        *map(text, ("first_name", "last_name", "email", "phone")),
        optional_moment("gone_at"),
        optional_moment("lapse_noted_at"),
        count("warned"),
        # What follows is derived, so that one index orders and finds within the tenant.
        *map(text, ("username_key", "first_name_key", "last_name_key", "email_key")),
        *map(moment, ("clock_at", "active_at", "asked_at")),
        make.refers("membership_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
        make.refers("membership_principal", "principal", ["principal_id"], ["principal_id"]),
        make.check("membership_incarnation", "incarnation >= 1"),
        make.index("membership_principal", "principal_id", "tenant_id"),
        make.index("membership_role", "tenant_id", "role_key", "principal_id"),
        make.index("membership_username", "tenant_id", "username_key"),
        make.index("membership_last_name", "tenant_id", "last_name_key", "principal_id"),
        make.index("membership_first_name", "tenant_id", "first_name_key", "principal_id"),
        make.index("membership_email", "tenant_id", "email_key", "principal_id"),
        make.index("membership_active", "tenant_id", "active_at", "principal_id"),
        make.index("membership_asked", "tenant_id", "asked_at", "principal_id"),
        make.index("membership_clock", "tenant_id", "clock_at", "principal_id"),
        make.index("membership_resting", "tenant_id", "resting_on", "principal_id"),
        # Wide rows: clustered, SQLite would rather read all of a tenant than use another index.
        rowid=True,
    )


def _override(make: Maker) -> sa.Table:
    return make.table(
        "override",
        text("tenant_id", primary_key=True),
        text("principal_id", primary_key=True),
        text("resource", primary_key=True),
        text("level"),
        make.refers("override_membership", "membership", ["tenant_id", "principal_id"], ["tenant_id", "principal_id"]),
        make.index("override_level", "tenant_id", "resource", "level", "principal_id"),
    )


def _role(make: Maker) -> sa.Table:
    return make.table(
        "role",
        text("tenant_id", primary_key=True),
        text("role_key", primary_key=True),
        text("label"),
        make.refers("role_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
    )


def _role_level(make: Maker) -> sa.Table:
    return make.table(
        "role_level",
        text("tenant_id", primary_key=True),
        text("role_key", primary_key=True),
        text("resource", primary_key=True),
        text("level"),
        make.refers("role_level_role", "role", ["tenant_id", "role_key"], ["tenant_id", "role_key"]),
        make.index("role_level_level", "tenant_id", "resource", "level", "role_key"),
    )


def _invitation(make: Maker) -> sa.Table:
    return make.table(
        "invitation",
        text("tenant_id", primary_key=True),
        text("invitation_id", primary_key=True),
        *map(text, ("email", "email_key", "first_name", "last_name")),
        optional_text("role_key"),
        *map(text, ("levels", "segments", "inviter_kind", "inviter_id", "state")),
        optional_text("inviter_link"),
        *map(moment, ("created_at", "sent_at", "expires_at")),
        count("sends"),
        make.refers("invitation_tenant", "tenant", ["tenant_id"], ["tenant_id"]),
        make.index("invitation_email", "tenant_id", "state", "email_key"),
        make.index("invitation_inviter", "tenant_id", "state", "inviter_id"),
        make.index("invitation_created", "tenant_id", "created_at", "invitation_id"),
        make.index("invitation_address", "email_key", "tenant_id", "invitation_id"),
        rowid=True,
    )


def _notice(make: Maker) -> sa.Table:
    return make.table(
        "notice",
        text("notice_id", primary_key=True),
        text("purpose"),
        text("audience"),
        optional_text("principal_id"),
        optional_text("tenant_id"),
        moment("created_at"),
        count("incarnation"),
        count("access_epoch"),
        optional_text("token_purpose"),
        optional_text("recipient_id"),
        optional_text("invitation_id"),
        optional_text("by_id"),
        count("event"),
        text("state"),
        count("place"),
        moment("claimed_until"),
        make.index("notice_state", "state", "created_at", "place"),
    )


def _token(make: Maker) -> sa.Table:
    return make.table(
        "token",
        text("digest", primary_key=True),
        text("purpose"),
        text("slot"),
        moment("expires_at"),
        optional_text("tenant_id"),
        optional_text("principal_id"),
        optional_text("invitation_id"),
        optional_text("proven_id"),
        *map(count, ("incarnation", "access_epoch", "proof_epoch", "password_epoch")),
        text("email_key"),
        text("state"),
        optional_moment("used_at"),
        make.unique_where("token_slot", *TOKEN_SLOT, where=IS_LIVE),
        make.index("token_principal", "principal_id"),
        make.index("token_invitation", "invitation_id"),
    )


def _attempt(make: Maker) -> sa.Table:
    return make.table(
        "attempt",
        text("key", primary_key=True),
        moment("began_at"),
        count("count"),
        make.index("attempt_began", "began_at"),
    )
