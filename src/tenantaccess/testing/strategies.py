"""Hypothesis strategies for the model's values: whatever is legal at a port, and the corners of it."""

import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tenantaccess.ids import (
    InvitationId,
    LevelKey,
    NoticeId,
    PrincipalId,
    ResourceKey,
    RoleKey,
    SchemeKey,
    SegmentKey,
    TenantId,
)
from tenantaccess.model import names
from tenantaccess.model.actors import Actor, ActorKind
from tenantaccess.model.audit import AccessEntry, Event, PrivatePart
from tenantaccess.model.catalog import Role
from tenantaccess.model.invitations import Invitation, InvitationState
from tenantaccess.model.members import (
    Authority,
    Contact,
    Disabled,
    DisableReason,
    Membership,
    Origin,
    Resting,
    RestKind,
    VerifiedHow,
)
from tenantaccess.model.moments import EARLIEST, LATEST
from tenantaccess.model.notices import Audience, Notice, NoticeState
from tenantaccess.model.policy import Linking
from tenantaccess.model.principals import PASSWORD_CHANGES, Kind, PasswordChoice, Principal
from tenantaccess.model.privileges import Grant
from tenantaccess.model.tenants import Head, Tenant, TenantState
from tenantaccess.model.tokens import Token, TokenPurpose

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
VISIBLE: Final = "".join(map(chr, range(ord("!"), ord("~") + 1)))
COUNT_LIMIT: Final = 2**31 - 2
"""Epochs, incarnations and versions, and one more, fit a database's common integer."""

T = TypeVar("T")
Test = TypeVar("Test", bound=Callable[..., None])


def promise(test: Test) -> Test:
    """
    Set a property of a contract up: few examples, for each makes a store; no deadline, for stores differ.

    One property runs in the class of every store, which is what the suppressed health check warns of.
    """
    quiet = [HealthCheck.differing_executors, HealthCheck.too_slow]
    return settings(max_examples=25, deadline=None, suppress_health_check=quiet)(test)


# ------------------------------------------------------------------------------------ words, keys, moments


def _hex() -> st.SearchStrategy[str]:
    # Small numbers are left to tests that name their ids.
    return st.integers(2**64, 2**128 - 1).map(lambda number: f"{number:032x}")


def tenant_ids() -> st.SearchStrategy[TenantId]:
    """Ids of tenants."""
    return _hex().map(lambda digits: TenantId(f"ten_{digits}"))


def principal_ids() -> st.SearchStrategy[PrincipalId]:
    """Ids of principals."""
    return _hex().map(lambda digits: PrincipalId(f"pri_{digits}"))


def notice_ids() -> st.SearchStrategy[NoticeId]:
    """Ids of notices."""
    return _hex().map(lambda digits: NoticeId(f"not_{digits}"))


def invitation_ids() -> st.SearchStrategy[InvitationId]:
    """Ids of invitations."""
    return _hex().map(lambda digits: InvitationId(f"inv_{digits}"))


def words() -> st.SearchStrategy[str]:
    """Declared words, up to their longest."""
    rest = st.text(f"{LETTERS}0123456789_", max_size=names.WORD_LIMIT - 1)
    return st.tuples(st.sampled_from(LETTERS), rest).map("".join)


def keys() -> st.SearchStrategy[str]:
    """Keys of callers and external ids: visible ASCII, up to the longest."""
    return st.text(VISIBLE, min_size=1, max_size=20) | st.text(
        VISIBLE, min_size=names.KEY_LIMIT, max_size=names.KEY_LIMIT
    )


def lines(limit: int = names.TEXT_LIMIT) -> st.SearchStrategy[str]:
    """Names and other single lines in any script, as `names.plain` leaves them."""
    letters = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
    plain = st.text(letters, max_size=min(limit, 30)).map(lambda text: unicodedata.normalize("NFC", text).strip())
    corners = st.sampled_from(["O'Neil", "100 %_\\", "Łódź", "José", "🙂", "名前", "a" * limit, '"; DROP'])
    return (plain | corners).filter(lambda text: len(text) <= limit)


def moments() -> st.SearchStrategy[datetime]:
    """Aware moments in UTC, to the microsecond, over all that is accepted."""
    earliest, latest = EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None)
    return st.datetimes(earliest, latest, timezones=st.just(UTC))


def counts(least: int = 0) -> st.SearchStrategy[int]:
    """Epochs, incarnations, versions."""
    return st.integers(least, least + 3) | st.integers(least, COUNT_LIMIT)


def maybe(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """Sometimes nothing."""
    return st.none() | values


def usernames() -> st.SearchStrategy[str]:
    """Usernames as shown, capitals included."""
    letters = f"{LETTERS}{LETTERS.upper()}0123456789"
    rest = st.text(f"{letters}._@+-", max_size=20) | st.just("x" * (names.USERNAME_LIMIT - 1))
    return st.tuples(st.sampled_from(letters), rest).map("".join)


def emails() -> st.SearchStrategy[str]:
    """Plain addresses, capitals and odd characters included."""
    local = st.text(f"{LETTERS}ABC0123456789!#$%&'*+/=?^_`{{|}}~-", min_size=1, max_size=names.LOCAL_PART_LIMIT)
    host = st.text(f"{LETTERS}0123456789", min_size=1, max_size=20)
    return st.builds("{}@{}.example".format, local, host)


def levels() -> st.SearchStrategy[dict[ResourceKey, LevelKey]]:
    """Levels by resource; words of other catalogs too, because rows outlive a catalog."""
    step = st.sampled_from(["none", "view", "full"]) | words()
    return st.dictionaries(words().map(ResourceKey), step.map(LevelKey), max_size=4)


def segments() -> st.SearchStrategy[frozenset[SegmentKey]]:
    """Sets of segments."""
    return st.frozensets(words().map(SegmentKey), max_size=3)


def plain_data() -> st.SearchStrategy[dict[str, Any]]:
    """What events hold: text, whole numbers, flags and nothing, nested."""
    leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | lines()
    nested = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(lines(), inner, max_size=3)
    )
    return st.dictionaries(lines(), nested, max_size=4)


# -------------------------------------------------------------------------------------- the model's values


def heads() -> st.SearchStrategy[Head]:
    """Heads of a stream; give them the stream that is meant."""
    return st.builds(Head, stream=tenant_ids(), version=counts(), digest=st.just("") | keys(), at=maybe(moments()))


def tenants() -> st.SearchStrategy[Tenant]:
    """Tenants in every state."""
    return st.builds(
        Tenant,
        id=tenant_ids(),
        name=lines(),
        state=st.sampled_from(TenantState),
        external_ids=st.dictionaries(words().map(SchemeKey), keys(), max_size=3),
        segments=segments(),
        linking=st.sampled_from(Linking),
    )


def principals(tenants: Collection[TenantId] = ()) -> st.SearchStrategy[Principal]:
    """Principals; who had a password chosen by a member had it chosen in one of *tenants*."""
    own = st.tuples(st.sampled_from([PasswordChoice.OWN, PasswordChoice.OPERATOR]), st.none())
    member = st.tuples(st.just(PasswordChoice.MEMBER), st.sampled_from(sorted(tenants))) if tenants else st.nothing()
    plain = st.builds(
        Principal,
        id=principal_ids(),
        username=usernames().map(lambda username: f"z{username}"[: names.USERNAME_LIMIT]),
        kind=st.sampled_from(Kind),
        email=st.just("") | emails(),
        email_verified_at=maybe(moments()),
        suspended_at=maybe(moments()),
        proof_epoch=counts(),
        access_epoch=counts(),
        password_epoch=counts(),
        password_changes=st.lists(moments(), max_size=PASSWORD_CHANGES).map(sorted),
    )
    return st.builds(
        lambda made, chosen: evolve(made, password_choice=chosen[0], chosen_in=chosen[1]), plain, own | member
    )


def roles() -> st.SearchStrategy[Role]:
    """Roles of a tenant."""
    return st.builds(Role, key=words().map(RoleKey), label=lines().filter(bool), levels=levels())


def contacts() -> st.SearchStrategy[Contact]:
    """Contact profiles, empty ones included."""
    email = st.just("") | emails()
    return st.builds(Contact, first_name=lines(), last_name=lines(), email=email, phone=lines(40))


def disables() -> st.SearchStrategy[Disabled]:
    """Disables in force."""
    return st.builds(Disabled, at=moments(), by=st.sampled_from(Authority), reason=st.sampled_from(DisableReason))


@st.composite
def memberships(
    draw: st.DrawFn,
    tenant: TenantId,
    principal: PrincipalId,
    roles: Sequence[RoleKey] = (),
    bases: Sequence[PrincipalId] = (),
) -> Membership:
    """Rows with consistent facts, tombstones included; role and base are none or one of those given."""
    numbers = st.builds(
        Membership,
        tenant=st.just(tenant),
        principal=st.just(principal),
        origin=st.sampled_from(Origin),
        incarnation=counts(1),
        access_epoch=counts(),
        proof_epoch=counts(),
        disabled=maybe(disables()),
        held_by_operator=st.booleans(),
        lapse_noted_at=maybe(moments()),
        warned=st.integers(0, 3),
    )
    row = draw(numbers)
    if draw(st.integers(0, 5)) == 0:
        return evolve(row, gone_at=draw(moments()))
    approved, verified = draw(st.booleans()), draw(st.booleans())
    valid_until = draw(maybe(moments()))
    rest = st.builds(
        Resting,
        on=st.sampled_from(bases),
        kind=st.sampled_from(RestKind),
        incarnation=counts(1),
        proof_epoch=counts(),
        principal_epoch=counts(),
        password_epoch=counts(),
    )
    return evolve(
        row,
        requested_at=draw(maybe(moments())),
        approved_at=draw(moments()) if approved else None,
        approved_by=draw(principal_ids() | lines()) if approved else "",
        verified_at=draw(moments()) if verified else None,
        verified_how=draw(st.sampled_from(VerifiedHow)) if verified else None,
        clock_started_at=draw(maybe(moments())),
        last_active_at=draw(maybe(moments())),
        valid_from=draw(maybe(moments())),
        valid_until=valid_until,
        ends_by=None if valid_until is None else draw(st.sampled_from(Authority)),
        role=draw(st.sampled_from([None, *roles])),
        overrides=draw(levels()),
        segments=draw(segments()),
        resting=draw(maybe(rest)) if bases else None,
        proven_by=draw(maybe(principal_ids())),
        proven_at=draw(maybe(moments())),
        contact=draw(contacts()),
    )


def actors() -> st.SearchStrategy[Actor]:
    """Everybody who acts."""
    return (
        st.builds(Actor, kind=st.just(ActorKind.MEMBER), id=principal_ids(), link=maybe(principal_ids()))
        | st.builds(Actor, kind=st.just(ActorKind.OPERATOR), id=keys())
        | st.sampled_from([Actor(ActorKind.SYSTEM), Actor(ActorKind.PUBLIC)])
    )


def events(stream: TenantId | PrincipalId, number: int) -> st.SearchStrategy[Event]:
    """Events of *stream*; their digests are made up."""
    return st.builds(
        Event,
        stream=st.just(stream),
        number=st.just(number),
        kind=words(),
        at=moments(),
        actor=actors(),
        subject=principal_ids() | words(),
        before=plain_data(),
        after=plain_data(),
        key=st.just("") | keys(),
        command=st.just("") | keys(),
        result=plain_data(),
        private_digest=st.just("") | keys(),
        previous=st.just("") | keys(),
        digest=st.just("") | keys(),
    )


def private_parts(stream: TenantId | PrincipalId, number: int) -> st.SearchStrategy[PrivatePart]:
    """Personal side rows of one event."""
    return st.builds(PrivatePart, stream=st.just(stream), number=st.just(number), salt=keys(), content=plain_data())


def access_entries(stream: TenantId | PrincipalId) -> st.SearchStrategy[AccessEntry]:
    """Lines of the access log as they are recorded: of one moment."""
    once = st.builds(
        AccessEntry,
        stream=st.just(stream),
        actor=actors(),
        what=words().map("refused:{}".format) | st.just("entered"),
        reason=st.just("") | words(),
        subject=principal_ids() | words(),
        first_at=st.just(EARLIEST),
        last_at=st.just(EARLIEST),
    )
    return st.builds(lambda entry, at: evolve(entry, first_at=at, last_at=at), once, moments())


def notices(tenants: Sequence[TenantId], principals: Sequence[PrincipalId]) -> st.SearchStrategy[Notice]:
    """Queued notices, with and without a tenant and a principal."""
    return st.builds(
        Notice,
        id=notice_ids(),
        purpose=words(),
        audience=st.sampled_from(Audience),
        principal=st.sampled_from([None, *principals]),
        tenant=st.sampled_from([None, *tenants]),
        created_at=moments(),
        incarnation=counts(),
        access_epoch=counts(),
        token=maybe(st.sampled_from(TokenPurpose)),
        recipient=st.sampled_from([None, *principals]),
        invitation=maybe(invitation_ids()),
        by=st.sampled_from([None, *principals]),
        event=counts(),
        state=st.just(NoticeState.QUEUED),
    )


def tokens(tenant: TenantId, principal: PrincipalId) -> st.SearchStrategy[Token]:
    """Tokens of one person in one tenant that expire at some time; their digests are made up."""
    return st.builds(
        Token,
        digest=st.binary(min_size=32, max_size=32).map(bytes.hex),
        purpose=st.sampled_from(TokenPurpose),
        slot=st.sampled_from([tenant, principal]) | invitation_ids(),
        expires_at=moments(),
        tenant=maybe(st.just(tenant)),
        principal=maybe(st.just(principal)),
        invitation=maybe(invitation_ids()),
        proven=maybe(principal_ids()),
        incarnation=counts(),
        access_epoch=counts(),
        proof_epoch=counts(),
        password_epoch=counts(),
        email_key=st.just("") | emails().map(names.email_key),
    )


def invitations(tenant: TenantId, senders: Sequence[PrincipalId]) -> st.SearchStrategy[Invitation]:
    """Invitations into one tenant, by some of *senders* or the operator, to addresses that may be erased."""
    grants = st.builds(Grant, role=maybe(words()), levels=levels(), segments=segments())
    by_member = st.builds(Actor, st.just(ActorKind.MEMBER), st.sampled_from(senders), maybe(principal_ids()))
    return st.builds(
        Invitation,
        id=invitation_ids(),
        tenant=st.just(tenant),
        email=st.just("") | emails(),
        inviter=by_member | st.builds(Actor, st.just(ActorKind.OPERATOR), keys()),
        created_at=moments(),
        sent_at=moments(),
        expires_at=moments(),
        grant=grants,
        state=st.sampled_from(InvitationState),
        first_name=lines(),
        last_name=lines(),
        sends=counts(1),
    )
