"""Commands as plain data: a closed set of fields of exact types, or nothing (INV-24, INV-25, A18 to A20)."""

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as any_
from hypothesis import strategies as st
from tests.services.worlds import dump, row_of

from tenantaccess import commands
from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import changed, plain, structured
from tenantaccess.commands import ChangePrivileges, Disable
from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.ids import PrincipalId, TenantId
from tenantaccess.model.principals import Secret
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import PASSWORD

hold = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TENANT, MEMBER = "ten_" + "a" * 32, "pri_" + "b" * 32
NEWCOMER = {"username": "kim", "password": PASSWORD, "email": "kim@people.example"}
PERSON = {"username": "kim", "email": "kim@people.example", "email_is_verified": True, "stored_hash": "md5$0"}
ABOUT = {"tenant": TENANT, "member": MEMBER}
GRANT = {"role": "biller", "levels": {"claims": "view"}, "segments": ["medicaid"]}
INVITATION = {"tenant": TENANT, "invitation": "inv_" + "c" * 32}
SAMPLES: dict[str, dict[str, Any]] = {
    "AcceptInvitation": {"token": "a" * 64},
    "AcceptLink": {**ABOUT, "grant": GRANT},
    "AddRole": {"tenant": TENANT, "role": "clerk", "label": "Clerk", "levels": {"claims": "view"}},
    "AddService": {"tenant": TENANT, "username": "claims.feed", "grant": GRANT},
    "AddUsername": {"tenant": TENANT, "newcomer": NEWCOMER, "grant": GRANT},
    "Adopt": {"tenant": TENANT, "person": PERSON, "grant": GRANT, "contact": {"first_name": "Kim"}, "known": "adopt"},
    "ApplyPreset": {"tenant": TENANT, "role": "biller"},
    "AppointManager": {**ABOUT, "note": "called"},
    "Approve": {**ABOUT, "grant": GRANT},
    "AssignRole": {**ABOUT, "role": None, "last_manager": "keep"},
    "ChangeEmail": {"email": "kim@people.example"},
    "CancelCopy": {"source": TENANT, "job": "cpy_" + "c" * 32},
    "ChangeLinking": {"tenant": TENANT, "linking": "consent"},
    "ChangePassword": {"current": PASSWORD, "new": "another password"},
    "ChangePrivileges": {
        "tenant": TENANT,
        "edits": [
            {"principal": MEMBER, "resource": "claims", "level": "view", "seen": {"level": "none", "explicit": False}},
            {"principal": MEMBER, "resource": "codes", "level": None},
        ],
    },
    "CloseTenant": {"tenant": TENANT},
    "CompleteRegistration": {"token": "a" * 64},
    "ConfirmLink": ABOUT,
    "DeclineInvitation": {"token": "a" * 64},
    "CopyRecords": {
        "planned": {
            "source": TENANT,
            "targets": ["ten_" + "d" * 32],
            "sets": ["codes"],
            "fingerprints": {"codes": "1"},
            "comparisons": [{"target": "ten_" + "d" * 32, "set": "codes", "new": 1}],
        },
        "on_conflict": "skip",
    },
    "Disable": {**ABOUT, "reason": "left", "at": "2026-02-01T00:00:00+01:00", "note": "x"},
    "EditRole": {"tenant": TENANT, "role": "biller", "levels": {"claims": "view"}, "seen": {"claims": "none"}},
    "Enable": ABOUT,
    "ErasePrincipal": {"principal": MEMBER, "orphaning": [TENANT], "note": "request 17"},
    "Invite": {"tenant": TENANT, "email": "kim@people.example", "grant": GRANT, "first_name": "Kim"},
    "JoinLink": {"tenants": [TENANT], "offer": "a" * 64},
    "Leave": {"tenant": TENANT},
    "LimitSegments": {**ABOUT, "segments": ["medicaid"]},
    "OpenTenant": {"label": "Riverside", "external_ids": {"tin": "012345678"}, "segments": [], "linking": "off"},
    "ReinstatePrincipal": {"principal": MEMBER},
    "Reject": ABOUT,
    "Remove": ABOUT,
    "RemoveRole": {"tenant": TENANT, "role": "biller"},
    "ReopenTenant": {"tenant": TENANT},
    "RequestAccess": {"tenant": TENANT},
    "RequestLink": {"tenant": TENANT, "contact": {"first_name": "Kim"}},
    "RequestPasswordReset": {"username": "kim", "source": "203.0.113.9"},
    "ResendInvitation": INVITATION,
    "ResetPassword": {"token": "a" * 64, "new": "another password"},
    "RevokeInvitation": {**INVITATION, "note": "a mistake"},
    "SendPasswordReset": ABOUT,
    "SendRegistration": ABOUT,
    "SetDates": {**ABOUT, "valid_from": None, "valid_until": "2026-02-01T00:00:00Z"},
    "SignOutEverywhere": {},
    "SuspendPrincipal": {"principal": MEMBER, "orphaning": [TENANT]},
    "SuspendTenant": {"tenant": TENANT, "note": ""},
    "Unlink": {**ABOUT, "note": "", "last_manager": "keep"},
    "UpdateContact": {**ABOUT, "contact": {"first_name": "Kim"}},
    "VerifyEmail": {"token": "a" * 64},
}
UNIONS = {
    "AcceptInvitation": {"token": "a" * 64, "newcomer": NEWCOMER},
    "OpenTenant": {"label": "Riverside", "manager": NEWCOMER},
    "RequestAccess": {"tenant": {"scheme": "tin", "value": "012345678"}, "newcomer": NEWCOMER},
}
by_sample = pytest.mark.parametrize("name", SAMPLES)


def kind(name: str) -> type[Command[Any]]:
    found: type[Command[Any]] = getattr(commands, name)
    return found


def test_there_is_a_sample_of_every_command() -> None:
    public = [name for name in commands.__all__ if isinstance(getattr(commands, name), type)]
    assert {name for name in public if issubclass(getattr(commands, name), Command)} == set(SAMPLES)


@pytest.mark.row("INV-24")
@by_sample
def test_a_command_is_made_from_plain_data(name: str) -> None:
    assert isinstance(structured(SAMPLES[name], kind(name)), kind(name))


@pytest.mark.row("INV-24")
@pytest.mark.parametrize("name", UNIONS)
def test_a_field_that_takes_one_of_two_things_is_made_from_plain_data(name: str) -> None:
    assert isinstance(structured(UNIONS[name], kind(name)), kind(name))


@pytest.mark.row("INV-24", "A18")
@by_sample
@pytest.mark.parametrize("extra", ["is_manager", "status", "verified", "tenant_id", "name", "_tenant"])
def test_an_unknown_field_refuses_the_whole_command(name: str, extra: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        structured({**SAMPLES[name], extra: "x"}, kind(name))
    assert refused.value.field == extra


@pytest.mark.row("INV-24", "A18")
@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("AddUsername", "newcomer"),
        ("AddUsername", "grant"),
        ("Adopt", "person"),
        ("UpdateContact", "contact"),
    ],
)
def test_an_unknown_field_inside_refuses_the_whole_command(name: str, inside: str) -> None:
    data = {**SAMPLES[name], inside: {**SAMPLES[name][inside], "is_manager": True}}
    with pytest.raises(InvalidInputError) as refused:
        structured(data, kind(name))
    assert refused.value.field == "is_manager"


OPTIONAL = {
    ("Adopt", "contact"),
    ("AssignRole", "role"),
    ("AddRole", "label"),
    ("OpenTenant", "label"),
    ("RequestLink", "contact"),
}
REQUIRED = [
    (name, field)
    for name, sample in SAMPLES.items()
    for field in ("tenant", "member", "role", "principal", "newcomer", "edits", "contact", "label", "token", "new")
    if field in sample and (name, field) not in OPTIONAL
]


@pytest.mark.row("INV-24")
@pytest.mark.parametrize(("name", "field"), REQUIRED)
def test_a_missing_field_refuses_the_whole_command(name: str, field: str) -> None:
    data = {key: value for key, value in SAMPLES[name].items() if key != field}
    with pytest.raises(InvalidInputError) as refused:
        structured(data, kind(name))
    assert refused.value.rule in {"is missing", "must have the declared type"}


@pytest.mark.row("INV-24", "A19")
@by_sample
@pytest.mark.parametrize("wrong", [True, 2, 2.0, [2], {"$gt": 0}, b"x", object()], ids=lambda value: str(type(value)))
def test_a_field_of_another_type_refuses_the_whole_command(name: str, wrong: object) -> None:
    for field, value in SAMPLES[name].items():
        if type(wrong) is not type(value):
            with pytest.raises(InvalidInputError):
                structured({**SAMPLES[name], field: wrong}, kind(name))


@pytest.mark.row("A19", "INV-24")
@pytest.mark.parametrize("level", [True, 2, 2.0, [2], {"$gt": 0}, "Full access", "", "FULL"])
def test_a_level_is_its_exact_word_or_nothing(level: object) -> None:
    data = {"tenant": TENANT, "edits": [{"principal": MEMBER, "resource": "claims", "level": level}]}
    with pytest.raises(InvalidInputError):
        structured(data, ChangePrivileges)


@pytest.mark.row("INV-24")
@pytest.mark.parametrize("flag", [1, 0, "false", None])
def test_a_flag_is_true_or_false_and_nothing_like_it(flag: object) -> None:
    seen = {"level": "none", "explicit": flag}
    edit = {"principal": MEMBER, "resource": "claims", "level": None, "seen": seen}
    with pytest.raises(InvalidInputError):
        structured({"tenant": TENANT, "edits": [edit]}, ChangePrivileges)


@pytest.mark.row("INV-24")
@pytest.mark.parametrize("data", [None, [], "disable", 1, [("tenant", TENANT), ("member", MEMBER)]])
def test_what_is_no_object_is_no_command(data: object) -> None:
    with pytest.raises(InvalidInputError):
        structured(data, Disable)


@pytest.mark.row("INV-24", "A31")
@pytest.mark.parametrize("moment", ["2026-02-01", "2026-02-01T00:00:00", "tomorrow", "9999-01-01T00:00:00Z", 0, True])
def test_a_moment_is_aware_and_within_reason(moment: object) -> None:
    with pytest.raises(InvalidInputError):
        structured({**ABOUT, "at": moment}, Disable)


@pytest.mark.row("INV-24")
def test_a_moment_is_kept_in_utc() -> None:
    found = structured(SAMPLES["Disable"], Disable).at
    assert found == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert found.tzinfo is UTC


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.row("INV-24", "INV-01")
@hold
@any_(name=st.sampled_from(sorted(SAMPLES)), field=st.text(max_size=8), value=JSON, data=st.data())
def test_whatever_is_sent_is_a_command_or_a_typed_refusal(
    name: str, field: str, value: object, data: st.DataObject
) -> None:
    chosen = data.draw(st.sampled_from([field, *SAMPLES[name]]))
    sent = {**SAMPLES[name], chosen: value}
    try:
        made = structured(sent, kind(name))
    except InvalidInputError:
        return
    assert isinstance(made, kind(name))
    assert chosen in SAMPLES[name]


@pytest.mark.row("INV-25", "A20")
@pytest.mark.parametrize("wrong", [{"claims": "owner"}, {"porters": "view"}])
def test_an_undeclared_word_is_refused_before_anything_is_read(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, wrong: dict[str, str]
) -> None:
    before = dump(access, riverside)
    (resource, level), *_ = wrong.items()
    for name, data in (
        ("Approve", {"grant": {"levels": wrong}}),
        ("AddUsername", {"newcomer": NEWCOMER, "grant": {"levels": wrong}}),
        ("EditRole", {"role": "biller", "levels": wrong}),
        ("AddRole", {"role": "clerk", "levels": wrong}),
        ("ChangePrivileges", {"edits": [{"principal": jo, "resource": resource, "level": level}]}),
    ):
        about = {"tenant": riverside, **({"member": jo} if name == "Approve" else {})}
        with pytest.raises(UnknownNameError):
            access.execute(structured({**about, **data}, kind(name)), by=maria)
    assert dump(access, riverside) == before


@pytest.mark.row("INV-25", "A20", "INV-01")
@pytest.mark.parametrize("old", [{"claims": "owner"}, {"porters": "full"}])
def test_words_of_another_catalog_deny_and_do_not_break_the_rest(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId, old: dict[str, str]
) -> None:
    row = row_of(access, riverside, jo).membership
    with access.store.begin() as unit:
        head = unit.streams.head(riverside)
        assert head is not None
        assert unit.streams.advance(head, attrs.evolve(head, version=head.version + 1))
        unit.memberships.put(attrs.evolve(row, overrides={**old, "codes": "view"}), row)
        unit.commit()
    assert not access.check(riverside, jo, "claims", "view")
    assert access.check(riverside, jo, "codes", "view")
    assert access.privileges.matrix(riverside, by=maria).rows


@pytest.mark.row("INV-31", "INV-24")
def test_plain_data_holds_no_secret_and_nothing_without_a_plain_form() -> None:
    assert plain(Secret(PASSWORD)) is None
    with pytest.raises(InvalidInputError):
        plain(object())
    assert changed(None, None) == ({}, {})
