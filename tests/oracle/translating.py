"""The oracle's commands in the library's."""

from collections.abc import Callable
from typing import Any

import attrs
from tests.oracle.side_by_side import Pair
from tests.oracle.terms import LEVELS, contact_of, levels_of, moment, word

import tenantaccess as ta
from tenantaccess import commands as tc
from tenantaccess.ids import LevelKey
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Cell, Edit
from tenantaccess.testing import reference as ref


def _override(command: Any) -> tc.LastManager:
    return tc.LastManager.OVERRIDE if command.override else tc.LastManager.KEEP


def _edit(pair: Pair, edit: ref.Edit) -> Edit:
    seen = None if edit.seen is None else Cell(LevelKey(LEVELS.get(edit.seen[0], "unheard_of")), edit.seen[1])
    level = None if edit.level is None else LEVELS.get(edit.level, "unheard_of")
    return Edit(pair.principal(edit.member), word(edit.resource), level, seen)


def _manager(pair: Pair, command: ref.OpenTenant) -> Any:
    if command.manager is None:
        return None
    return pair.newcomer(command.manager) if command.manager_is_new else pair.principal(command.manager)


TRANSLATIONS: dict[Any, Callable[[Pair, Any], Any]] = {
    ref.OpenTenant: lambda pair, c: tc.OpenTenant(
        c.tenant,
        {word(scheme): value for scheme, value in c.external_ids},
        [word(segment) for segment in c.segments],
        _manager(pair, c),
    ),
    ref.SuspendTenant: lambda pair, c: tc.SuspendTenant(pair.tenant(c.tenant)),
    ref.ReopenTenant: lambda pair, c: tc.ReopenTenant(pair.tenant(c.tenant)),
    ref.CloseTenant: lambda pair, c: tc.CloseTenant(pair.tenant(c.tenant)),
    ref.AppointManager: lambda pair, c: tc.AppointManager(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.AddUsername: lambda pair, c: tc.AddUsername(
        pair.tenant(c.tenant),
        attrs.evolve(pair.newcomer(c.member), **attrs.asdict(contact_of(c.contact))),
        pair.grant(c),
    ),
    ref.RequestAccess: lambda pair, c: tc.RequestAccess(
        pair.tenant(c.tenant), None if c.username is None else pair.newcomer(c.username, c.email or "")
    ),
    ref.Approve: lambda pair, c: tc.Approve(pair.tenant(c.tenant), pair.principal(c.member), pair.grant(c)),
    ref.Reject: lambda pair, c: tc.Reject(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.SendRegistration: lambda pair, c: tc.SendRegistration(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.Complete: lambda pair, c: tc.CompleteRegistration(pair.secret(*c.token)),
    ref.Disable: lambda pair, c: tc.Disable(
        pair.tenant(c.tenant),
        pair.principal(c.member),
        ta.DisableReason(c.reason),
        moment(c.at),
        last_manager=_override(c),
    ),
    ref.Enable: lambda pair, c: tc.Enable(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.SetDates: lambda pair, c: tc.SetDates(
        pair.tenant(c.tenant), pair.principal(c.member), moment(c.valid_from), moment(c.valid_until), _override(c)
    ),
    ref.Leave: lambda pair, c: tc.Leave(pair.tenant(c.tenant)),
    ref.Remove: lambda pair, c: tc.Remove(pair.tenant(c.tenant), pair.principal(c.member), last_manager=_override(c)),
    ref.AssignRole: lambda pair, c: tc.AssignRole(
        pair.tenant(c.tenant), pair.principal(c.member), None if c.role is None else word(c.role), _override(c)
    ),
    ref.ChangePrivileges: lambda pair, c: tc.ChangePrivileges(
        pair.tenant(c.tenant), [_edit(pair, edit) for edit in c.edits], _override(c)
    ),
    ref.LimitSegments: lambda pair, c: tc.LimitSegments(
        pair.tenant(c.tenant), pair.principal(c.member), [word(segment) for segment in c.segments]
    ),
    ref.UpdateContact: lambda pair, c: tc.UpdateContact(
        pair.tenant(c.tenant), pair.principal(c.member), contact=contact_of(c.contact)
    ),
    ref.AddRole: lambda pair, c: tc.AddRole(pair.tenant(c.tenant), word(c.key), "", levels_of(c.levels)),
    ref.EditRole: lambda pair, c: tc.EditRole(pair.tenant(c.tenant), word(c.key), levels_of(c.levels), _override(c)),
    ref.ApplyPreset: lambda pair, c: tc.ApplyPreset(pair.tenant(c.tenant), word(c.key)),
    ref.Adopt: lambda pair, c: tc.Adopt(
        pair.tenant(c.tenant), pair.known_person(c) if c.is_new else pair.principal(c.member), pair.grant(c)
    ),
    ref.AddService: lambda pair, c: tc.AddService(pair.tenant(c.tenant), f"u.{c.member}", pair.grant(c)),
    ref.ErasePrincipal: lambda pair, c: tc.ErasePrincipal(
        pair.principal(c.principal), [pair.tenant(tenant) for tenant in c.override]
    ),
    ref.RemoveRole: lambda pair, c: tc.RemoveRole(pair.tenant(c.tenant), word(c.key)),
    ref.SuspendPrincipal: lambda pair, c: tc.SuspendPrincipal(
        pair.principal(c.principal), [pair.tenant(tenant) for tenant in c.override]
    ),
    ref.ReinstatePrincipal: lambda pair, c: tc.ReinstatePrincipal(pair.principal(c.principal)),
    ref.JoinLink: lambda pair, c: tc.JoinLink(
        [pair.tenant(tenant) for tenant in c.tenants], pair.secret("offer", c.offer.asker, c.offer.serial)
    ),
    ref.RequestLink: lambda pair, c: tc.RequestLink(pair.tenant(c.tenant)),
    ref.AcceptLink: lambda pair, c: tc.AcceptLink(pair.tenant(c.tenant), pair.principal(c.member), pair.grant(c)),
    ref.ConfirmLink: lambda pair, c: tc.ConfirmLink(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.Unlink: lambda pair, c: tc.Unlink(pair.tenant(c.tenant), pair.principal(c.member), last_manager=_override(c)),
    ref.ChangeLinking: lambda pair, c: tc.ChangeLinking(pair.tenant(c.tenant), linking=Linking(c.linking)),
    ref.Invite: lambda pair, c: tc.Invite(pair.tenant(c.tenant), c.email, pair.grant(c)),
    ref.ResendInvitation: lambda pair, c: tc.ResendInvitation(
        pair.tenant(c.tenant), pair.invitation(c.tenant, c.invitation)
    ),
    ref.RevokeInvitation: lambda pair, c: tc.RevokeInvitation(
        pair.tenant(c.tenant), pair.invitation(c.tenant, c.invitation)
    ),
    ref.AcceptInvitation: lambda pair, c: tc.AcceptInvitation(
        pair.secret(*c.slot, c.serial), None if c.username is None else pair.newcomer(c.username, c.email or "")
    ),
    ref.DeclineInvitation: lambda pair, c: tc.DeclineInvitation(pair.secret(*c.slot, c.serial)),
    ref.SendPasswordReset: lambda pair, c: tc.SendPasswordReset(pair.tenant(c.tenant), pair.principal(c.member)),
    ref.RequestPasswordReset: lambda _, c: tc.RequestPasswordReset(f"u.{c.principal}"),
    ref.ResetPassword: lambda pair, c: tc.ResetPassword(pair.secret(*c.slot, c.serial), pair.following(c.slot[1])),
    ref.SignOutEverywhere: lambda _pair, _command: tc.SignOutEverywhere(),
    ref.ChangeEmail: lambda _, c: tc.ChangeEmail(c.email),
    ref.VerifyEmail: lambda pair, c: tc.VerifyEmail(pair.secret(*c.slot, c.serial)),
}
