"""The contract bites: each of these stores breaks one promise, and the test of that promise fails on it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import attrs
import pytest

from tenantaccess.errors import TakenError, TenantAccessError
from tenantaccess.ids import InvitationId, PrincipalId, RoleKey, TenantId
from tenantaccess.model.attempts import Attempt
from tenantaccess.model.catalog import Role
from tenantaccess.model.decisions import Standing
from tenantaccess.model.directory import MemberSort
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Membership, Row
from tenantaccess.model.principals import Principal
from tenantaccess.model.tenants import Head, Tenant
from tenantaccess.model.tokens import Token, TokenPurpose
from tenantaccess.ports.repositories import Listed
from tenantaccess.ports.storage import Kept, KeptHere, Store, Unit
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.contracts import StoreContract
from tenantaccess.testing.contracts.samples import CLINIC, DAY, NEIGHBOUR, NOON, PEOPLE, TICK, person

Bend = Callable[[Unit], Unit]
Compiler = Callable[[Tenant, Row], Standing]
FAILURES = (AssertionError, pytest.fail.Exception, TenantAccessError, KeyError)


class Bent:
    """A repository with one method replaced."""

    def __init__(self, inner: object, method: str, replacement: Callable[..., object]) -> None:
        self._inner = inner
        setattr(self, method, replacement)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


class Sabotaged(Store):
    """A memory store whose units are bent; on its own it is sound."""

    bend: Bend = staticmethod(lambda unit: unit)

    def __init__(self) -> None:
        self.inner = MemoryStore()

    @property
    def is_hosted(self) -> bool:
        return False

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        with self.inner.begin() as unit:
            yield type(self).bend(unit)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        with self.inner.reading() as unit:
            yield type(self).bend(unit)

    def standing(self, tenant: TenantId, principal: PrincipalId, compile_row: Compiler) -> Standing | None:
        return self.inner.standing(tenant, principal, compile_row)

    def kept(self, compile_row: Compiler) -> Kept:
        return self.inner.kept(compile_row)


class KeepsWithoutCommit(Sabotaged):
    @contextmanager
    def begin(self) -> Iterator[Unit]:
        with self.inner.begin() as unit:
            yield unit
            with suppress(TenantAccessError):
                unit.commit()


class KeepsAfterAnError(Sabotaged):
    @contextmanager
    def begin(self) -> Iterator[Unit]:
        with self.inner.begin() as unit:
            try:
                yield unit
            except ZeroDivisionError:
                unit.commit()
                raise


class SwallowsErrors(Sabotaged):
    @contextmanager
    def begin(self) -> Iterator[Unit]:
        with suppress(KeyboardInterrupt), self.inner.begin() as unit:
            yield unit


class RemembersStandings(Sabotaged):
    def __init__(self) -> None:
        super().__init__()
        self.remembered: dict[tuple[TenantId, PrincipalId], Standing | None] = {}

    def standing(self, tenant: TenantId, principal: PrincipalId, compile_row: Compiler) -> Standing | None:
        if (tenant, principal) not in self.remembered:
            self.remembered[tenant, principal] = super().standing(tenant, principal, compile_row)
        return self.remembered[tenant, principal]


class Lasting(dict[PrincipalId, Standing | None]):
    def __init__(self, inner: KeptHere) -> None:
        super().__init__()
        self.inner = inner

    def __missing__(self, principal: PrincipalId) -> Standing | None:
        return self.setdefault(principal, self.inner[principal])

    def everybody(self) -> Iterable[tuple[PrincipalId, Standing]]:
        return [(who, self[who] or found) for who, found in self.inner.everybody()]


class LastingAnywhere(dict[TenantId, KeptHere]):
    def __init__(self, inner: Kept) -> None:
        super().__init__()
        self.inner = inner

    def __missing__(self, tenant: TenantId) -> KeptHere:
        return self.setdefault(tenant, Lasting(self.inner[tenant]))

    def everywhere(self, principal: PrincipalId) -> Iterable[tuple[TenantId, Standing]]:
        return [(tenant, self[tenant][principal] or found) for tenant, found in self.inner.everywhere(principal)]


class KeepsStandings(Sabotaged):
    def kept(self, compile_row: Compiler) -> Kept:
        return LastingAnywhere(super().kept(compile_row))


class StandsAnywhere(Sabotaged):
    def standing(self, tenant: TenantId, principal: PrincipalId, compile_row: Compiler) -> Standing | None:
        found = super().standing(tenant, principal, compile_row)
        return found or super().standing(NEIGHBOUR, principal, compile_row)


def bent(where: str, make: Callable[[Unit], Callable[..., object]]) -> type[Sabotaged]:
    """A store in which the method *where*, as in ``roles.find``, is what *make* makes of the sound unit."""
    part, method = where.split(".")

    def bend(unit: Unit) -> Unit:
        parts: dict[str, Any] = {part: Bent(getattr(unit, part), method, make(unit))}
        return attrs.evolve(unit, **parts)

    return type("Bent", (Sabotaged,), {"bend": staticmethod(bend)})


def slide(unit: Unit) -> Callable[..., Attempt]:
    """Taking that counts the period from the last attempt, refused ones too."""

    def take(key: str, limit: int, period: timedelta, at: datetime) -> Attempt:
        taken = unit.attempts.take(key, limit, period, at)
        if not taken.is_counted:
            unit.attempts.forget(at, 99)
            for _ in range(limit):
                unit.attempts.take(key, limit, period, at)
        return taken

    return take


def give_back_anyhow(unit: Unit) -> Callable[[Attempt], None]:
    """Giving back to whichever period is running."""

    def give_back(attempt: Attempt) -> None:
        running = unit.attempts.take(attempt.key, 1, timedelta(days=999), attempt.began_at).began_at
        unit.attempts.give_back(attrs.evolve(attempt, began_at=running))

    return give_back


def used_up(unit: Unit, token: Token | None, at: datetime) -> Token | None:
    """What was looked at, and is used up by that."""
    return token if token is not None and unit.tokens.redeem(token, at) else None


def add_for_all_purposes(unit: Unit) -> Callable[[Token], None]:
    """Adding that ends the older tokens of the slot, whatever they are for."""

    def add(token: Token) -> None:
        for purpose in set(TokenPurpose) - {token.purpose}:
            unit.tokens.add(attrs.evolve(token, digest=f"{token.digest} {purpose.value}", purpose=purpose))
        unit.tokens.add(token)

    return add


def loading(change: Callable[[Row], Row | None]) -> type[Sabotaged]:
    """A store that loads each row as *change* makes it."""

    def make(unit: Unit) -> Callable[..., object]:
        def load(tenant: TenantId, principals: list[PrincipalId]) -> object:
            found = unit.memberships.load(tenant, principals)
            rows = {who: change(row) for who, row in found.rows.items()} if found else {}
            kept = {who: row for who, row in rows.items() if row is not None}
            return found and attrs.evolve(found, rows=kept)

        return load

    return bent("memberships.load", make)


def writing(change: Callable[[Membership, Membership | None], Membership]) -> type[Sabotaged]:
    """A store that puts what *change* makes of a membership after and before."""
    return bent(
        "memberships.put",
        lambda unit: lambda after, before: unit.memberships.put(change(after, before), before),
    )


def twice(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        yield from (row, row)


def without_grounds(row: Row) -> Row:
    return attrs.evolve(row, base=attrs.evolve(row.base, base=None)) if row.base else row


def whole_seconds(after: Membership, _: object) -> Membership:
    moment = after.last_active_at
    return attrs.evolve(after, last_active_at=moment and moment.replace(microsecond=0))


def joined_overrides(after: Membership, before: Membership | None) -> Membership:
    return attrs.evolve(after, overrides={**before.overrides, **after.overrides}) if before else after


def touch_anyhow(unit: Unit) -> Callable[..., None]:
    def touch(tenant: TenantId, principal: PrincipalId, _: int, at: datetime) -> None:
        found = unit.memberships.load(tenant, [principal])
        if found and principal in found.rows:
            row = found.rows[principal].membership
            unit.memberships.put(attrs.evolve(row, last_active_at=at), row)

    return touch


def advance_anyhow(unit: Unit) -> Callable[..., bool]:
    def advance(seen: Head, to: Head) -> bool:
        present = unit.streams.head(seen.stream)
        return unit.streams.advance(present or seen, to)

    return advance


def anywhere(where: str) -> type[Sabotaged]:
    """A store in which *where* answers from next door what it does not find."""
    part, method = where.split(".")

    def make(unit: Unit) -> Callable[..., object]:
        ask = getattr(getattr(unit, part), method)
        return lambda tenant, *rest: ask(tenant, *rest) or ask(NEIGHBOUR, *rest)

    return bent(where, make)


def filtered(where: str, keeps: Callable[[Row], object]) -> type[Sabotaged]:
    """A store in which *where* leaves out rows that it should not."""
    part, method = where.split(".")

    def make(unit: Unit) -> Callable[..., object]:
        ask = getattr(getattr(unit, part), method)
        return lambda *given: [row for row in ask(*given) if keeps(row)]

    return bent(where, make)


def reversing(where: str) -> type[Sabotaged]:
    """A store in which *where* answers back to front."""
    part, method = where.split(".")

    def make(unit: Unit) -> Callable[..., object]:
        ask = getattr(getattr(unit, part), method)
        return lambda *given: list(reversed(ask(*given)))

    return bent(where, make)


def first_page_again(unit: Unit) -> Callable[..., object]:
    return lambda at, what, levels, role, _, limit: unit.queries.reaching(at, what, levels, role, None, limit)


def cut_short(unit: Unit) -> Callable[..., object]:
    def ask(*asked: Any) -> Mapping[TenantId, object]:
        tenants, resource, level, built_in, after, most = asked
        found = unit.queries.deciding_or_waiting(tenants, resource, level, built_in, after, 10_000)
        return {tenant: rows[:most] for tenant, rows in found.items()}

    return ask


def of_those_who_wait(unit: Unit) -> Callable[..., object]:
    def ask(*asked: Any) -> Mapping[TenantId, object]:
        found = unit.queries.deciding_or_waiting(*asked)
        return {tenant: [row for row in rows if not row.membership.approved_at] for tenant, rows in found.items()}

    return ask


def whenever_asked(unit: Unit) -> Callable[..., object]:
    def ask(*asked: Any) -> object:
        tenants, resource, level, built_in, _, most = asked
        return unit.queries.deciding_or_waiting(tenants, resource, level, built_in, NOON - 99 * DAY, most)

    return ask


def repeating_the_last(unit: Unit) -> Callable[..., object]:
    def page(after: TenantId | None, limit: int) -> list[Tenant]:
        last = None if after is None else unit.tenants.find(after)
        return [*([] if last is None else [last[0]]), *unit.tenants.page(after, limit)][:limit]

    return page


def in_a_dictionarys_order(unit: Unit) -> Callable[..., object]:
    return lambda tenant: sorted(unit.roles.list(tenant), key=lambda role: role.key.replace("_", ""))


def skipping_one(unit: Unit) -> Callable[..., object]:
    return lambda stream, after, limit: unit.events.read(stream, after and after + 1, limit)


def taken_by_look(unit: Unit) -> Callable[..., None]:
    def add(principal: Principal, head: Head) -> None:
        if unit.principals.find_by_username(f"0{principal.username_key}") not in {None, principal.id}:
            raise TakenError("username")
        unit.principals.add(principal, head)

    return add


def forget_live_tokens(unit: Unit) -> Callable[..., None]:
    """Forgetting that leaves what was used or replaced."""

    def forget(who: PrincipalId, invitations: list[InvitationId]) -> None:
        digests = ["d1", *(f"d{number}" for number in range(9))]
        kept = [token for digest in digests if (token := unit.tokens.find(digest)) and token.purpose.value != "offer"]
        unit.erasure.forget_tokens(who, invitations)
        for token in kept:
            unit.tokens.add(token)

    return forget


def put_everywhere(unit: Unit) -> Callable[..., None]:
    def put(_: TenantId, role: Role) -> None:
        for tenant in (CLINIC, NEIGHBOUR):
            unit.roles.put(tenant, role)

    return put


def keeping_the_sender(unit: Unit) -> Callable[..., None]:
    def put(invitation: Invitation) -> None:
        found = unit.invitations.find(invitation.tenant, invitation.id)
        unit.invitations.put(attrs.evolve(invitation, inviter=found.inviter) if found else invitation)

    return put


def addressed(unit: Unit, tenant: TenantId, who: Collection[PrincipalId], key: str) -> list[Invitation]:
    return [one for one in unit.invitations.open(tenant, None, 99) if one.sender in who or one.email_key == key]


def searching(change: Callable[..., object]) -> type[Sabotaged]:
    """A store that searches as *change* has it: it is given the sound search and all that was asked."""
    return bent("directory.search", lambda unit: lambda *asked, **way: change(unit.directory.search, *asked, **way))


def found_by(change: Callable[[Listed], object]) -> type[Sabotaged]:
    """A store whose searches find what *change* makes of it."""

    def changed(search: Callable[..., Any], *asked: object, **way: object) -> object:
        found = search(*asked, **way)
        return found and change(found)

    return searching(changed)


def without_limit(search: Callable[..., object], *asked: object, **way: object) -> object:
    return search(*asked[:-1], 10_000, **way)


def first_again(search: Callable[..., object], *asked: object, **way: object) -> object:
    return search(*asked[:-2], None, asked[-1], **way)


def one_way(search: Callable[..., object], *asked: object, **_: object) -> object:
    return search(*asked)


def asked_otherwise(**changes: object) -> type[Sabotaged]:
    """A store that changes what is asked for."""

    def changed(
        search: Callable[..., object], at: object, by: object, wanted: Any, *rest: object, **way: object
    ) -> object:
        return search(at, by, attrs.evolve(wanted, **changes), *rest, **way)

    return searching(changed)


def of_the_active(
    search: Callable[..., Any], at: object, by: object, wanted: Any, *rest: object, **way: object
) -> object:
    found = search(at, by, wanted, *rest, **way)
    if found is None or wanted.conditions is None:
        return found
    return attrs.evolve(found, rows=[one for one in found.rows if one[1].membership.disabled is None])


def next_door(search: Callable[..., Any], at: TenantId, *asked: object, **way: object) -> object:
    found, other = search(at, *asked, **way), search(NEIGHBOUR, *asked, **way)
    return found and attrs.evolve(found, rows=found.rows or other.rows)


SABOTAGES: Mapping[str, tuple[type[Sabotaged], str]] = {
    "usernames without case": (
        bent("principals.find_by_username", lambda unit: lambda key: unit.principals.find_by_username(key.lower())),
        "test_usernames_are_told_apart_exactly",
    ),
    "usernames without trailing blanks": (
        bent("principals.find_by_username", lambda unit: lambda key: unit.principals.find_by_username(key.rstrip())),
        "test_usernames_are_told_apart_exactly",
    ),
    "role keys without case": (
        bent("roles.find", lambda unit: lambda tenant, role: unit.roles.find(tenant, RoleKey(role.lower()))),
        "test_role_keys_are_told_apart_exactly",
    ),
    "tax ids as numbers": (
        bent(
            "tenants.find_by_external_id",
            lambda unit: lambda scheme, value: unit.tenants.find_by_external_id(scheme, value)
            or unit.tenants.find_by_external_id(scheme, f"0{value}"),
        ),
        "test_external_ids_are_told_apart_exactly",
    ),
    "digests cut to 199 characters": (
        bent(
            "tokens.find",
            lambda unit: lambda digest: unit.tokens.find(digest) or unit.tokens.find(f"{digest[:199]}a"),
        ),
        "test_digests_are_told_apart_exactly",
    ),
    "usernames that are taken by their look": (
        bent("principals.add", taken_by_look),
        "test_usernames_that_look_alike_are_several",
    ),
    "ids without blanks": (
        bent("tenants.find", lambda unit: lambda tenant: unit.tenants.find(tenant.strip())),
        "test_a_tenant_is_found_under_its_exact_id_only",
    ),
    "principals' ids without case": (
        bent("principals.find", lambda unit: lambda principal: unit.principals.find(principal.lower())),
        "test_a_principal_is_found_under_its_exact_id_only",
    ),
    "roles of any tenant": (
        anywhere("roles.find"),
        "test_a_role_of_another_tenant_is_none",
    ),
    "rosters of any tenant": (
        anywhere("queries.page"),
        "test_nothing_of_a_neighbour_comes_back",
    ),
    "holders in any tenant": (
        anywhere("memberships.holds_role"),
        "test_a_role_is_not_held_by_members_of_another_tenant",
    ),
    "idempotency keys of any tenant": (
        anywhere("events.find_key"),
        "test_a_key_in_another_stream_is_another_key",
    ),
    "events about somebody in any tenant": (
        anywhere("events.about"),
        "test_events_about_somebody_are_those_of_one_stream",
    ),
    "roles edited in every tenant": (
        bent("roles.put", put_everywhere),
        "test_a_write_in_one_tenant_changes_nothing_in_another",
    ),
    "standings in any tenant": (StandsAnywhere, "test_without_a_row_there_is_no_standing"),
    "standings at hand for ever": (KeepsStandings, "test_what_is_kept_falls_with_the_commit_that_changes_it"),
    "standings kept for ever": (RemembersStandings, "test_a_standing_is_fresh_after_every_commit"),
    "absences kept for ever": (RemembersStandings, "test_a_new_row_stands_at_once"),
    "ends of nobody in particular": (
        writing(lambda after, _: attrs.evolve(after, ends_by=None)),
        "test_whose_act_an_end_is_comes_back",
    ),
    "tombstones lost": (
        loading(lambda row: None if row.membership.gone_at else row),
        "test_load_returns_tombstones",
    ),
    "bases lost": (
        loading(lambda row: attrs.evolve(row, base=None)),
        "test_a_base_comes_with_the_row_that_rests_on_it",
    ),
    "bases of bases lost": (loading(without_grounds), "test_the_base_of_a_base_comes_too"),
    "moments in seconds": (writing(whole_seconds), "test_load_returns_tenant_head_and_the_named_rows"),
    "overrides joined": (writing(joined_overrides), "test_overrides_are_replaced_not_joined"),
    "an advance that always succeeds": (
        bent("streams.advance", advance_anyhow),
        "test_whoever_saw_an_older_head_loses",
    ),
    "an advance that does nothing": (
        bent("streams.advance", lambda _: lambda _seen, _to: True),
        "test_whoever_loses_keeps_nothing",
    ),
    "an advance without a guard, raced": (
        bent("streams.advance", lambda _: lambda _seen, _to: True),
        "test_of_many_units_that_advance_from_one_head_one_wins",
    ),
    "kept without commit": (KeepsWithoutCommit, "test_nothing_is_kept_without_commit"),
    "kept after an error": (KeepsAfterAnError, "test_nothing_is_kept_after_an_error"),
    "errors swallowed": (SwallowsErrors, "test_an_error_leaves_a_unit_as_it_is"),
    "tokens redeemed twice": (
        bent("tokens.redeem", lambda _: lambda _token, _at: True),
        "test_a_token_is_redeemed_once_within_a_unit",
    ),
    "hashes replaced unseen": (
        bent("credentials.replace", lambda unit: lambda who, _, made: (unit.credentials.put(who, made), True)[1]),
        "test_a_hash_is_replaced_only_while_it_is_the_one_seen",
    ),
    "hashes given to those without": (
        bent("credentials.replace", lambda unit: lambda who, _seen, made: unit.credentials.put(who, made)),
        "test_where_there_is_no_hash_none_is_replaced",
    ),
    "attempts without a limit": (
        bent("attempts.take", lambda unit: lambda key, _limit, *when: unit.attempts.take(key, 999, *when)),
        "test_attempts_are_counted_up_to_the_limit",
    ),
    "attempts without a period": (
        bent("attempts.take", lambda unit: lambda key, limit, _, at: unit.attempts.take(key, limit, 9 * DAY, at)),
        "test_a_period_ends_at_its_end",
    ),
    "periods that slide": (
        bent("attempts.take", slide),
        "test_refused_attempts_do_not_prolong_a_period",
    ),
    "attempts that say no period": (
        bent("attempts.take", lambda unit: lambda *given: attrs.evolve(unit.attempts.take(*given), began_at=given[3])),
        "test_an_attempt_says_when_its_period_began",
    ),
    "one key for all attempts": (
        bent("attempts.take", lambda unit: lambda _, *given: unit.attempts.take("k", *given)),
        "test_keys_are_counted_apart",
    ),
    "attempts never cleared": (
        bent("attempts.clear", lambda _: lambda _key: None),
        "test_what_is_counted_under_a_key_is_cleared",
    ),
    "attempts cleared everywhere": (
        bent("attempts.clear", lambda unit: lambda _key: unit.attempts.forget(NOON, 99)),
        "test_what_is_counted_under_a_key_is_cleared",
    ),
    "attempts never given back": (
        bent("attempts.give_back", lambda _: lambda _attempt: None),
        "test_an_attempt_is_given_back",
    ),
    "successes that clear all": (
        bent("attempts.give_back", lambda unit: lambda one: [unit.attempts.give_back(one) for _ in range(9)]),
        "test_giving_back_never_clears_what_others_counted",
    ),
    "refusals given back": (
        bent(
            "attempts.give_back",
            lambda unit: lambda one: unit.attempts.give_back(attrs.evolve(one, is_counted=True)),
        ),
        "test_what_was_not_counted_is_not_given_back",
    ),
    "attempts given back to any period": (
        bent("attempts.give_back", give_back_anyhow),
        "test_what_is_given_back_late_counts_for_nothing",
    ),
    "attempts never forgotten": (
        bent("attempts.forget", lambda _: lambda _until, _limit: 0),
        "test_old_attempts_are_forgotten",
    ),
    "attempts forgotten all at once": (
        bent("attempts.forget", lambda unit: lambda until, limit: min(limit, unit.attempts.forget(until, 99))),
        "test_the_oldest_are_forgotten_first_and_few_at_a_time",
    ),
    "tokens alive for ever": (
        bent("tokens.alive", lambda unit: lambda digest, _purpose, _at: unit.tokens.find(digest)),
        "test_a_token_opens_its_own_purpose_only",
    ),
    "tokens redeemed at any time": (
        bent("tokens.redeem", lambda unit: lambda token, at: unit.tokens.redeem(token, at - 9 * DAY)),
        "test_at_its_expiry_a_token_is_dead",
    ),
    "tokens used up by looking": (
        bent("tokens.alive", lambda unit: lambda *given: used_up(unit, unit.tokens.alive(*given), given[2])),
        "test_looking_uses_nothing_up",
    ),
    "one slot for all tokens": (
        bent("tokens.add", lambda unit: lambda token: unit.tokens.add(attrs.evolve(token, slot="s"))),
        "test_tokens_of_others_live_on",
    ),
    "tokens that kill across purposes": (
        bent("tokens.add", add_for_all_purposes),
        "test_a_token_for_another_purpose_lives_on",
    ),
    "notices queued in the order of their ids": (
        bent("notices.add", lambda unit: lambda notices: unit.notices.add(sorted(notices, key=lambda one: one.id))),
        "test_of_one_moment_the_order_of_queuing_counts",
    ),
    "claims that ignore holds": (
        bent("notices.claim", lambda unit: lambda now, until, limit: unit.notices.claim(now + 9 * DAY, until, limit)),
        "test_a_claimed_notice_is_held",
    ),
    "claims youngest first": (
        reversing("notices.claim"),
        "test_the_oldest_are_claimed_first",
    ),
    "notices finished again and again": (
        bent("notices.finish", lambda unit: lambda *given: unit.notices.finish(*given) or True),
        "test_a_notice_is_finished_once",
    ),
    "activity in any direction": (bent("activity.touch", touch_anyhow), "test_activity_never_moves_back"),
    "activity of any presence": (
        bent("activity.touch", touch_anyhow),
        "test_activity_of_another_presence_counts_for_nothing",
    ),
    "warnings counted twice": (
        bent("activity.warn", lambda unit: lambda *given: unit.activity.warn(*given) or True),
        "test_a_warning_is_counted_once",
    ),
    "one event too many": (
        bent("events.read", lambda unit: lambda stream, after, limit: unit.events.read(stream, after, limit + 1)),
        "test_pages_of_events_join_to_all_of_them",
    ),
    "an event skipped between pages": (
        bent("events.read", skipping_one),
        "test_pages_of_events_join_to_all_of_them",
    ),
    "side rows lost": (
        bent("events.read", lambda unit: lambda *given: [(event, None) for event, _ in unit.events.read(*given)]),
        "test_side_rows_come_with_their_events",
    ),
    "the last tenant repeated": (
        bent("tenants.page", repeating_the_last),
        "test_pages_of_tenants_join_to_all_of_them_in_order",
    ),
    "tenants by name in the order of their ids": (
        bent("tenants.named", lambda unit: lambda *given: sorted(unit.tenants.named(*given), key=lambda one: one.id)),
        "test_tenants_are_found_by_how_their_names_begin",
    ),
    "tenants by the names they had": (
        bent("tenants.put", lambda unit: lambda one: unit.tenants.put(attrs.evolve(one, name="Clinic"))),
        "test_a_renamed_tenant_is_found_by_its_new_name_alone",
    ),
    "the log from its beginning again": (
        bent("access_log.read", lambda unit: lambda stream, limit, _=None: unit.access_log.read(stream, limit)),
        "test_lines_before_a_moment_are_of_earlier_ones",
    ),
    "roles in a dictionary's order": (
        bent("roles.list", in_a_dictionarys_order),
        "test_all_roles_of_a_tenant_are_listed_by_key",
    ),
    "who is gone rests on": (
        bent("queries.resting_on", lambda unit: lambda tenant, _: unit.queries.page(tenant, "", 1_000)),
        "test_exactly_the_rows_that_rest_on_somebody_are_found",
    ),
    "invitations of any tenant": (
        anywhere("invitations.find"),
        "test_an_invitation_of_another_tenant_is_none",
    ),
    "invitations' ids without case": (
        bent("invitations.find", lambda unit: lambda tenant, one: unit.invitations.find(tenant, one.lower())),
        "test_an_invitation_is_found_under_its_exact_id_only",
    ),
    "invitations that keep their sender": (
        bent("invitations.put", keeping_the_sender),
        "test_putting_an_invitation_replaces_every_fact",
    ),
    "invitations that stay open": (
        bent("invitations.put", lambda _: lambda _one: None),
        "test_a_write_is_seen_by_its_unit_and_undone_with_it",
    ),
    "invitations of nobody": (
        bent("invitations.concerning", lambda unit: lambda tenant, who, key: addressed(unit, tenant, who, key)),
        "test_exactly_the_open_ones_that_concern_somebody_are_found",
    ),
    "invitations back to front": (
        reversing("invitations.open"),
        "test_pages_of_open_ones_join_to_all_of_them_in_order",
    ),
    "invitations oldest first": (
        reversing("invitations.page"),
        "test_pages_of_all_join_to_all_of_them_the_newest_first",
    ),
    "invitations that never expire": (
        bent("invitations.count_open", lambda unit: lambda tenant, _: unit.invitations.count_open(tenant, NOON)),
        "test_open_ones_are_counted_until_they_expire",
    ),
    "idle a microsecond late": (
        bent("queries.idle", lambda unit: lambda at, since, *rest: unit.queries.idle(at, since - TICK, *rest)),
        "test_the_limit_of_idleness_is_exact_to_the_microsecond",
    ),
    "candidates twice": (
        bent("memberships.candidates", lambda unit: lambda *given: twice(unit.memberships.candidates(*given))),
        "test_who_holds_it_by_role_is_a_candidate",
    ),
    "candidates without the built-in role": (
        filtered("memberships.candidates", lambda row: row.role is None or row.role.levels),
        "test_who_holds_the_built_in_role_is_a_candidate",
    ),
    "candidates without overrides": (
        filtered("memberships.candidates", lambda row: not row.membership.overrides),
        "test_who_holds_it_by_override_is_a_candidate",
    ),
    "of many tenants half of those who decide": (
        bent("queries.deciding_or_waiting", cut_short),
        "test_a_tenant_in_which_more_decide_or_wait_than_asked_for_is_left_out",
    ),
    "of many tenants the requests only": (
        bent("queries.deciding_or_waiting", of_those_who_wait),
        "test_of_each_of_many_tenants_those_come_who_decide_or_wait_each_once",
    ),
    "of many tenants whoever ever asked": (
        bent("queries.deciding_or_waiting", whenever_asked),
        "test_whoever_cannot_decide_and_does_not_wait_is_in_nobodys_way",
    ),
    "lists without the disabled": (
        filtered("queries.reaching", lambda row: not row.membership.disabled),
        "test_a_disabled_row_is_not_left_out",
    ),
    "lists from the first page again": (
        bent("queries.reaching", first_page_again),
        "test_rows_inserted_between_pages_hide_no_row_and_repeat_none",
    ),
    "searches without a limit": (searching(without_limit), "test_a_search_is_never_longer_than_asked"),
    "searches from the beginning again": (
        searching(first_again),
        "test_people_who_join_between_pages_of_a_search_hide_nobody_and_repeat_nobody",
    ),
    "searches in one order only": (searching(one_way), "test_a_search_goes_the_other_way_round"),
    "searches for anybody": (
        asked_otherwise(brought_in_by=None),
        "test_whoever_was_brought_in_by_somebody_is_found",
    ),
    "searches without the disabled": (searching(of_the_active), "test_nobody_is_left_out_who_may_be_in_a_condition"),
    "searches next door": (searching(next_door), "test_nobody_of_another_tenant_is_found_or_counted"),
    "searches of nowhere": (
        searching(lambda search, at, *asked, **way: search(at, *asked, **way) or search(CLINIC, *asked, **way)),
        "test_there_is_no_roster_of_an_absent_tenant",
    ),
    "searches without the reader": (
        found_by(lambda found: attrs.evolve(found, loaded=attrs.evolve(found.loaded, rows={}))),
        "test_the_reader_comes_with_the_roster",
    ),
    "searches that find nobody tell nothing": (
        found_by(lambda found: found if found.rows else None),
        "test_the_reader_comes_where_nobody_is_found",
    ),
    "searches without bases": (
        found_by(
            lambda found: attrs.evolve(
                found, rows=[(place, attrs.evolve(row, base=None)) for place, row in found.rows]
            )
        ),
        "test_rows_of_a_search_are_as_loading_gives_them",
    ),
    "searches blind to activity": (
        searching(
            lambda search, at, by, wanted, _, *rest, **way: search(at, by, wanted, MemberSort.USERNAME, *rest, **way)
        ),
        "test_a_touch_moves_somebody_in_the_order_of_activity",
    ),
    "counts without end": (
        bent("directory.count", lambda unit: lambda at, wanted, _: unit.directory.count(at, wanted, 10_000)),
        "test_counting_ends_where_it_is_told",
    ),
    "only one's own rows where others rest on them": (
        bent("queries.resting_everywhere", lambda unit: unit.queries.of_principal),
        "test_what_rests_on_a_person_is_found_in_each_tenant_they_have_not_left",
    ),
    "own tenants in another order": (
        reversing("queries.of_principal"),
        "test_a_person_finds_each_of_their_tenants_with_the_row",
    ),
    "the access log oldest first": (
        reversing("access_log.read"),
        "test_the_latest_lines_come_first_up_to_the_limit",
    ),
    "addresses in open invitations only": (
        bent(
            "erasure.addressed",
            lambda unit: lambda keys: [one for one in unit.erasure.addressed(keys) if one.state.value == "open"],
        ),
        "test_what_went_to_an_address_is_found_in_every_tenant",
    ),
    "addresses by their look": (
        bent(
            "erasure.addressed",
            lambda unit: lambda keys: unit.erasure.addressed([key.strip().lower() for key in keys]),
        ),
        "test_what_went_to_others_is_not_found",
    ),
    "an empty address is an address": (
        bent(
            "erasure.addressed",
            lambda unit: lambda keys: [one for one in unit.invitations.page(CLINIC, None, 9) if one.email_key in keys],
        ),
        "test_an_erased_address_is_nobodys",
    ),
    "renamed by name, not by key": (
        bent(
            "erasure.rename",
            lambda unit: lambda who, name: unit.principals.put(attrs.evolve(person(who), username=name), person(who)),
        ),
        "test_a_renamed_principal_is_found_under_its_new_name_alone",
    ),
    "names kept for ever": (
        bent("erasure.rename", lambda _: lambda _who, _name: None),
        "test_the_name_so_far_is_free",
    ),
    "names given up at commit": (
        bent("erasure.rename", lambda _: lambda _who, _name: None),
        "test_a_name_is_free_within_the_unit_that_gave_it_up",
    ),
    "rosters by the old name": (
        bent("queries.page", lambda unit: lambda *given: sorted(unit.queries.page(*given), key=lambda row: row.id)),
        "test_a_renamed_principal_has_its_new_name_in_every_roster",
    ),
    "names given twice": (
        bent("erasure.rename", lambda _: lambda _who, _name: None),
        "test_nobody_is_renamed_to_a_name_in_use",
    ),
    "everybody renamed": (
        bent(
            "erasure.rename",
            lambda unit: lambda who, name: [
                unit.erasure.rename(one, name if one == who else f"{one}.{name}") for one in PEOPLE
            ],
        ),
        "test_renaming_somebody_leaves_the_others",
    ),
    "side rows forgotten one subject at a time": (
        bent("erasure.forget_parts", lambda unit: lambda subjects: unit.erasure.forget_parts(subjects[:1])),
        "test_side_rows_about_somebody_go_from_every_stream_and_the_events_stay",
    ),
    "side rows of whoever looks alike forgotten": (
        bent(
            "erasure.forget_parts",
            lambda unit: lambda subjects: unit.erasure.forget_parts([*subjects, *(who.upper() for who in subjects)]),
        ),
        "test_side_rows_about_others_stay",
    ),
    "live tokens forgotten only": (
        bent("erasure.forget_tokens", forget_live_tokens),
        "test_tokens_for_somebody_go_those_used_and_dead_included",
    ),
    "tokens of invitations kept": (
        bent("erasure.forget_tokens", lambda unit: lambda who, _: unit.erasure.forget_tokens(who, [])),
        "test_tokens_of_an_invitation_go",
    ),
    "tokens of everybody forgotten": (
        bent(
            "erasure.forget_tokens",
            lambda unit: lambda _, sent: [unit.erasure.forget_tokens(who, sent) for who in PEOPLE],
        ),
        "test_tokens_of_others_outlive_somebody",
    ),
    "hashes of everybody forgotten": (
        bent("credentials.forget", lambda unit: lambda _: [unit.credentials.forget(who) for who in PEOPLE]),
        "test_a_forgotten_hash_is_gone_and_the_others_stay",
    ),
    "forgotten whether kept or not": (KeepsWithoutCommit, "test_what_is_forgotten_is_back_if_the_unit_is_not_kept"),
}  # fmt: skip


def cases(name: str) -> Iterator[dict[str, Any]]:
    """The arguments of each case of a contract test, read off its marks."""
    marks = [mark for mark in getattr(getattr(StoreContract, name), "pytestmark", []) if mark.name == "parametrize"]
    axes = []
    for mark in marks:
        names = [part.strip() for part in mark.args[0].split(",")] if isinstance(mark.args[0], str) else mark.args[0]
        values = [given if len(names) > 1 else (given,) for given in mark.args[1]]
        axes.append([dict(zip(names, value, strict=True)) for value in values])
    for combination in product(*axes):
        yield {name: value for part in combination for name, value in part.items()}


def failing(store: type[Sabotaged], name: str) -> list[dict[str, Any]]:
    """The cases of a contract test that fail on *store*."""
    contract: StoreContract = type("Contract", (StoreContract,), {"make": lambda _: store()})()
    found = []
    for case in cases(name):
        try:
            getattr(contract, name)(**case)
        except FAILURES:
            found.append(case)
    return found


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_broken_promise_fails_its_test(sabotage: str) -> None:
    store, name = SABOTAGES[sabotage]

    assert failing(Sabotaged, name) == []
    assert failing(store, name) != []


def test_a_store_that_forgets_a_method_cannot_be_made() -> None:
    forgetful = type("Forgetful", (Store,), {"begin": None, "reading": None, "is_hosted": False})

    with pytest.raises(TypeError, match="standing"):
        forgetful()


def test_assertions_of_the_contract_show_their_values() -> None:
    store, name = SABOTAGES["tombstones lost"]
    contract: Any = type("Contract", (StoreContract,), {"make": lambda _: store()})()

    with pytest.raises(AssertionError, match="1 more item"):
        getattr(contract, name)()


def test_no_promise_hides_another() -> None:
    promises = [name for part in StoreContract.__mro__ for name in vars(part) if name.startswith("test_")]

    assert len(promises) > 200
    assert sorted(promises) == sorted(set(promises))
