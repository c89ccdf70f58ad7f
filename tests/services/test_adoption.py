"""Adopting an existing application's people: one by one, and from files."""

import io
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from tests.services.worlds import ABSENT, NOBODY, condition, dump, events, kinds, refusals, row_of

from tenantaccess import AdoptionReport, AdoptionRow, Known, NewPerson
from tenantaccess.assembly import TenantAccess
from tenantaccess.codec import plain
from tenantaccess.commands import (
    AddService,
    AddUsername,
    Adopt,
    Adopted,
    AppointManager,
    CloseTenant,
    Disable,
    Invite,
    Leave,
    Reject,
    Remove,
    SetDates,
)
from tenantaccess.errors import (
    AccessDeniedError,
    ClockError,
    IllegalTransitionError,
    InvalidInputError,
    LastManagerError,
    MisuseError,
    NotFoundError,
    ProofRefusedError,
    StoreError,
    TakenError,
    UnknownNameError,
)
from tenantaccess.ids import PrincipalId, SegmentKey, TenantId
from tenantaccess.model.adoption import AdoptionProblem
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.levels import FULL, VIEW
from tenantaccess.model.members import Contact, Origin, VerifiedHow
from tenantaccess.model.principals import NewUsername, PasswordChoice, Secret
from tenantaccess.model.privileges import Grant
from tenantaccess.services import adoption
from tenantaccess.testing.builders import OPERATOR, PASSWORD, Given
from tenantaccess.testing.doubles import FrozenClock, RecordingMailer
from tenantaccess.testing.faults import Fault, FaultKind, FaultyStore

BILLER = Grant("biller")
KIM = NewPerson("kim", "Kim@people.example", email_is_verified=True, first_name="Kim", last_name="Łęcka", phone="+48 1")


def adopt(access: TenantAccess, tenant: TenantId, person: NewPerson | PrincipalId, **others: Any) -> Adopted:
    return access.execute(Adopt(tenant, person, BILLER, **others), by=OPERATOR)


def principal_of(access: TenantAccess, username: str) -> PrincipalId:
    with access.store.reading() as unit:
        found = unit.principals.find_by_username(username)
    assert found is not None
    return found


# --- one person ---------------------------------------------------------------------------------------------------


@pytest.mark.row("INV-36")
def test_somebody_new_is_adopted_as_they_were_known(access: TenantAccess, riverside: TenantId) -> None:
    stored = access.hasher.hash(Secret(PASSWORD))
    done = adopt(access, riverside, attrs.evolve(KIM, stored_hash=stored))
    assert done.principal is not None

    row = row_of(access, riverside, done.principal)
    assert done == Adopted(row.id, changed=True, version=2)
    assert row.membership.origin is Origin.ADOPTED
    assert row.membership.verified_how is VerifiedHow.ATTESTED
    assert row.membership.approved_by == OPERATOR.name
    assert row.membership.contact == Contact("Kim", "Łęcka", "Kim@people.example", "+48 1")
    assert (row.principal.username, row.principal.email) == ("kim", "Kim@people.example")
    assert row.principal.email_verified_at == access.clock.now()
    assert row.principal.password_choice is PasswordChoice.OWN
    assert condition(access, riverside, row.id) is Reason.ACTIVE
    assert access.check(riverside, row.id, "claims", "submit")
    assert access.authenticate("kim", PASSWORD) == row.id
    assert kinds(access, row.id) == ["adopt"]
    assert kinds(access, riverside)[-1] == "adopt"


@pytest.mark.row("INV-31")
def test_a_stored_hash_is_kept_as_it_is_and_shown_nowhere(access: TenantAccess, riverside: TenantId) -> None:
    canary = "md5$c4nary"
    command = Adopt(riverside, NewPerson("kim", stored_hash=canary), BILLER)
    done = access.execute(command, by=OPERATOR)
    assert done.principal is not None

    with access.store.reading() as unit:
        assert unit.credentials.find(done.principal) == canary
        recorded = [*unit.events.read(riverside, 0, 99), *unit.events.read(done.principal, 0, 99)]
    assert canary not in f"{command} {plain(command)} {recorded}"


def test_a_host_that_keeps_credentials_elsewhere_gives_no_hash(access: TenantAccess, riverside: TenantId) -> None:
    done = adopt(access, riverside, NewPerson("kim", stored_hash=""))
    assert done.principal is not None
    with access.store.reading() as unit:
        assert unit.credentials.find(done.principal) is None
    with pytest.raises(ProofRefusedError):
        access.authenticate("kim", PASSWORD)


def test_an_address_is_verified_only_if_the_host_says_so(access: TenantAccess, riverside: TenantId) -> None:
    done = adopt(access, riverside, NewPerson("kim", "kim@people.example"))
    assert done.principal is not None
    assert row_of(access, riverside, done.principal).principal.email_verified_at is None
    with pytest.raises(InvalidInputError):
        NewPerson("kim", email_is_verified=True)
    with pytest.raises(InvalidInputError):
        NewPerson("kim", "kim@people.example", email_is_verified="yes")  # type: ignore[arg-type]  # as JSON may have it


def test_the_person_is_told(access: TenantAccess, riverside: TenantId, mailer: RecordingMailer) -> None:
    adopt(access, riverside, KIM)
    access.notices.deliver(mailer)
    assert [(message.to, message.purpose, message.token) for message in mailer.messages] == [
        ("Kim@people.example", "adopt", "")
    ]


@pytest.mark.row("INV-20", "INV-11")
def test_only_the_operator_adopts(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, lena: PrincipalId
) -> None:
    before = dump(access, riverside)
    with pytest.raises(AccessDeniedError):
        access.execute(Adopt(riverside, KIM, BILLER), by=maria)
    with pytest.raises(NotFoundError):
        access.execute(Adopt(riverside, KIM, BILLER), by=lena)
    with pytest.raises(AccessDeniedError):
        access.adoption.run([], by=maria)
    assert dump(access, riverside) == before


def test_nobody_is_adopted_into_nowhere(access: TenantAccess, riverside: TenantId) -> None:
    with pytest.raises(NotFoundError):
        adopt(access, ABSENT, KIM)
    with pytest.raises(NotFoundError):
        adopt(access, riverside, NOBODY)
    with pytest.raises(UnknownNameError):
        access.execute(Adopt(riverside, KIM, Grant("porter")), by=OPERATOR)
    with pytest.raises(InvalidInputError):
        Adopt(riverside, "kim", BILLER)  # type: ignore[arg-type]  # a username is no id
    access.execute(CloseTenant(riverside), by=OPERATOR)
    with pytest.raises(IllegalTransitionError):
        adopt(access, riverside, KIM)


def somebody(make: Given, access: TenantAccess, tenant: TenantId, state: str, clock: FrozenClock) -> PrincipalId:
    """Somebody in a state from which the operator adopts."""
    match state:
        case "pending" | "rejected":
            who = make.pending(tenant)
            if state == "rejected":
                access.execute(Reject(tenant, who), by=OPERATOR)
        case "unverified":
            who = make.unverified(tenant)
        case _:
            who = make.member(tenant, levels={"codes": VIEW})
    if state == "ended":
        dates = SetDates(tenant, who, valid_until=clock.now() + access.policy.token_expires_after)
        access.execute(dates, by=make.manager(tenant))
        clock.advance(access.policy.token_expires_after)
    if state == "lapsed":
        clock.advance(access.policy.inactive_after)
    if state == "gone":
        access.execute(Leave(tenant), by=who)
    return who


@pytest.mark.row("INV-16")
@pytest.mark.parametrize("state", ["pending", "rejected", "unverified", "ended", "lapsed", "gone"])
def test_from_any_state_to_active_with_exactly_what_is_granted(
    access: TenantAccess, make: Given, clock: FrozenClock, riverside: TenantId, state: str
) -> None:
    who = somebody(make, access, riverside, state, clock)
    before = row_of(access, riverside, who).membership
    assert adopt(access, riverside, who).changed

    after = row_of(access, riverside, who).membership
    assert condition(access, riverside, who) is Reason.ACTIVE
    assert (after.origin, after.role, after.overrides) == (Origin.ADOPTED, "biller", {})
    assert after.access_epoch > before.access_epoch
    assert after.incarnation == before.incarnation + (state == "gone")
    assert after.resting is None


@pytest.mark.row("INV-32")
def test_who_is_active_keeps_what_they_hold(access: TenantAccess, riverside: TenantId, jo: PrincipalId) -> None:
    before = dump(access, riverside, [jo])
    assert adopt(access, riverside, jo) == Adopted(jo, changed=False)
    assert adopt(access, riverside, NewPerson("JO", "jo@people.example"), known=Known.ADOPT).changed is False
    assert dump(access, riverside, [jo]) == before


@pytest.mark.row("MC-11")
def test_whom_the_operator_disabled_is_enabled_not_adopted(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    for legal in ("enable", "request_access"):
        with pytest.raises(IllegalTransitionError) as refused:
            adopt(access, riverside, jo)
        assert refused.value.legal == (legal,)
        if legal == "enable":
            access.execute(Remove(riverside, jo), by=maria)


def test_whom_a_manager_disabled_is_adopted(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=maria)
    assert adopt(access, riverside, jo).changed
    assert condition(access, riverside, jo) is Reason.ACTIVE


@pytest.mark.row("MC-05", "INV-28")
def test_a_link_that_is_adopted_stands_alone_and_stays_a_link(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    proven = make.registered(riverside, levels={"claims": FULL})
    master = make.linked(riverside, proven)
    access.execute(Disable(riverside, proven), by=maria)
    assert condition(access, riverside, master) is Reason.STALE

    adopt(access, riverside, master)

    after = row_of(access, riverside, master).membership
    assert (after.origin, after.resting, after.proven_by) == (Origin.LINKED, None, proven)
    assert condition(access, riverside, master) is Reason.ACTIVE


@pytest.mark.row("INV-19")
def test_who_lapsed_is_not_adopted_with_less_than_the_last_manager_rests_on(
    access: TenantAccess, clock: FrozenClock, riverside: TenantId, maria: PrincipalId, make: Given
) -> None:
    master = make.linked(riverside, maria)
    clock.advance(access.policy.inactive_after / 2)
    access.contexts.enter(riverside, master)
    clock.advance(access.policy.inactive_after / 2)
    assert condition(access, riverside, maria) is Reason.LAPSED
    with pytest.raises(LastManagerError):
        adopt(access, riverside, maria)
    assert access.execute(Adopt(riverside, maria, Grant(ACCOUNT_MANAGER)), by=OPERATOR).changed


@pytest.mark.row("MC-12")
def test_what_a_manager_sent_before_is_void(
    access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
) -> None:
    other = make.manager(riverside)
    sent = access.execute(Invite(riverside, "new@people.example", BILLER), by=other).invitation
    access.execute(SetDates(riverside, other, valid_from=access.clock.now() + access.policy.link_grace), by=maria)
    adopt(access, riverside, other)
    with access.store.reading() as unit:
        found = unit.invitations.find(riverside, sent)
    assert found is not None
    assert found.state.value == "void"


def test_contact_details_fill_what_the_roster_does_not_say(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, jo: PrincipalId
) -> None:
    kim = Contact("Jo", "Moore", "", "")
    adopt(access, lakeside, jo, contact=kim)
    assert row_of(access, lakeside, jo).membership.contact == kim

    known = access.execute(AddUsername(riverside, NewUsername("al", PASSWORD, first_name="Al")), by=OPERATOR)
    access.execute(Disable(riverside, known.principal_id), by=make.manager(riverside))
    adopt(access, riverside, known.principal_id, contact=kim)
    assert row_of(access, riverside, known.principal_id).membership.contact.first_name == "Al"


@pytest.mark.row("INV-13")
def test_a_known_username_is_somebody_else_unless_it_is_said_to_be_the_person(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    who = make.registered(riverside, username="kim")
    mine = NewPerson("Kim", "kim@people.example", stored_hash="md5$0")
    other = NewPerson("kim", "kim@elsewhere.example")
    for refused in (Adopt(lakeside, mine), Adopt(lakeside, other, known=Known.ADOPT)):
        with pytest.raises(TakenError):
            access.execute(refused, by=OPERATOR)
    before = row_of(access, riverside, who).principal

    assert adopt(access, lakeside, mine, known=Known.ADOPT) == Adopted(who, changed=True, version=2)
    assert row_of(access, lakeside, who).principal == before
    assert access.authenticate("kim", PASSWORD) == who


def test_without_an_address_on_either_side_a_username_of_the_operators_is_the_person(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, jo: PrincipalId
) -> None:
    kim = adopt(access, riverside, KIM, known=Known.ADOPT).principal
    assert adopt(access, lakeside, NewPerson("kim"), known=Known.ADOPT) == Adopted(kim, changed=True, version=2)
    assert adopt(access, lakeside, NewPerson("jo", "jo@people.example"), known=Known.ADOPT).principal == jo


@pytest.mark.row("A03")
def test_a_service_is_no_person_to_adopt(access: TenantAccess, riverside: TenantId, lakeside: TenantId) -> None:
    feed = access.execute(AddService(riverside, "feed"), by=OPERATOR).principal_id
    for refused in (Adopt(lakeside, feed), Adopt(lakeside, NewPerson("feed"), known=Known.ADOPT)):
        with pytest.raises(AccessDeniedError):
            access.execute(refused, by=OPERATOR)


@pytest.mark.row("INV-39")
def test_a_repeated_key_answers_as_the_first_time(access: TenantAccess, riverside: TenantId) -> None:
    first = access.execute(Adopt(riverside, KIM, BILLER), by=OPERATOR, key="k")
    assert access.execute(Adopt(riverside, KIM, BILLER), by=OPERATOR, key="k") == first
    assert kinds(access, riverside).count("adopt") == 1


@pytest.mark.row("INV-39")
def test_of_a_repeated_call_what_had_nothing_to_do_has_nothing_to_say(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    commands = [Adopt(riverside, KIM, BILLER), Adopt(riverside, jo, BILLER)]
    first = access.execute_all(commands, by=OPERATOR, key="k")
    assert access.execute_all(commands, by=OPERATOR, key="k") == [first[0], Adopted()]


# --- files --------------------------------------------------------------------------------------------------------

FILE = """\
username,tin,email,email_is_verified,first_name,last_name,phone,role,levels,segments
kim,01-2345678,kim@people.example,yes,Kim,"Łęcka, MD",+1 555,biller,,
lee,012345678,,no,,,,,claims=full codes=view,medicaid
kim,98-7654321,kim@people.example,yes,Kim,"Łęcka, MD",+1 555,,claims=view,
"""


def run(access: TenantAccess, text: str, tenant: TenantId | None = None, **others: Any) -> AdoptionReport:
    return access.adoption.run(access.adoption.read_csv(io.StringIO(text), tenant), by=OPERATOR, **others)


def test_people_are_adopted_from_a_file(access: TenantAccess, riverside: TenantId, lakeside: TenantId) -> None:
    report = run(access, FILE)

    assert report == AdoptionReport(rows=3, adopted=3)
    kim, lee = principal_of(access, "kim"), principal_of(access, "lee")
    found = row_of(access, riverside, kim).membership
    assert (found.role, found.contact.last_name, found.contact.phone) == ("biller", "Łęcka, MD", "+1 555")
    assert row_of(access, lakeside, kim).membership.overrides == {"claims": "view"}
    found = row_of(access, riverside, lee).membership
    assert found.role is None
    assert found.overrides == {"claims": "full", "codes": "view"}
    assert found.segments == frozenset({SegmentKey("medicaid")})
    assert row_of(access, riverside, kim).principal.email_verified_at == access.clock.now()
    assert row_of(access, riverside, lee).principal.email == ""
    assert all(access.audit.verify(stream).holds for stream in (riverside, lakeside, kim, lee))


def test_a_file_may_name_tenants_by_id_or_not_at_all(access: TenantAccess, riverside: TenantId) -> None:
    assert run(access, f"\ufefftenant,username\n{riverside},kim\n").adopted == 1
    assert run(access, "username\nlee\n\nal\n", riverside) == AdoptionReport(rows=2, adopted=2)


@pytest.mark.row("INV-24")
@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("username,tin,is_manager", "columns"),
        ("username", "columns"),
        ("tin,email", "columns"),
        ("username,tin,tin", "columns"),
        ("username,tin,tenant", "columns"),
        ("", "columns"),
        ('"username', "columns"),
    ],
)
def test_an_unknown_or_missing_column_refuses_the_file_before_any_row(
    access: TenantAccess, riverside: TenantId, header: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        access.adoption.read_csv(io.StringIO(f"{header}\nkim,012345678,x\n"))
    assert refused.value.field == field
    with pytest.raises(InvalidInputError):
        access.adoption.read_csv(io.StringIO("username,tin\n"), riverside)
    with pytest.raises(InvalidInputError):
        access.adoption.read_csv(io.StringIO("username\n"), TenantId("riverside"))


BAD: dict[str, tuple[str, str]] = {
    "a username that is none": ("k im,012345678,,,,,,,,", "username"),
    "a number that is none": ("kim,1,,,,,,,,", "tin"),
    "a tenant that is none": ("kim,111111111,,,,,,,,", "tenant"),
    "an address that is none": ("kim,012345678,kim,,,,,,,", "email"),
    "a flag that is none": ("kim,012345678,,maybe,,,,,,", "email_is_verified"),
    "verified without an address": ("kim,012345678,,yes,,,,,,", "email_is_verified"),
    "a name with a blank at its end": ("kim,012345678,,,Kim ,,,,,", "first_name"),
    "a name over the limit": (f"kim,012345678,,,,{'x' * 201},,,,", "last_name"),
    "a cell over any limit": (f"kim,012345678,,,,{'x' * 5000},,,,", "last_name"),
    "a telephone over the limit": (f"kim,012345678,,,,,{'1' * 41},,,", "phone"),
    "a role that is no word": ("kim,012345678,,,,,,Biller!,,", "role"),
    "a role of another tenant": ("kim,012345678,,,,,,porter,,", "role"),
    "a level that is none": ("kim,012345678,,,,,,,claims=fll,", "levels"),
    "a resource that is none": ("kim,012345678,,,,,,,claim=full,", "levels"),
    "levels that are no pairs": ("kim,012345678,,,,,,,claims,", "levels"),
    "a level twice": ("kim,012345678,,,,,,,claims=full claims=view,", "levels"),
    "a segment that is none": ("kim,012345678,,,,,,,,medicad", "segments"),
    "a segment of another tenant": ("kim,012345678,,,,,,,,medicare", "segments"),
    "too few cells": ("kim,012345678", ""),
    "a quote that is none": ('kim,012345678,"x"y,,,,,,,', ""),
}


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("name", BAD)
@pytest.mark.usefixtures("riverside")
def test_what_is_wrong_with_a_row_is_said_by_line_and_column_and_stops_no_other(
    access: TenantAccess, name: str, *, dry_run: bool
) -> None:
    bad, field = BAD[name]
    header = FILE.partition("\n")[0]
    report = run(access, f"{header}\nlee,012345678,,,,,,,,\n{bad}\nal,012345678,,,,,,,,\n", dry_run=dry_run)

    assert (report.rows, report.adopted, report.refused) == (3, 2, 1)
    (problem,) = report.problems
    assert (problem.line, problem.field) == (3, field)
    assert problem.advice


def test_a_hint_names_declared_words_and_repeats_nothing_of_the_row(access: TenantAccess, riverside: TenantId) -> None:
    (problem,) = run(access, "username,levels\nkim,clams=full\n", riverside).problems
    assert problem == AdoptionProblem(2, "levels", "name a resource that exists; did you mean `claims`?")
    (problem,) = run(access, "username,segments\nkim,zzz\n", riverside).problems
    assert problem == AdoptionProblem(2, "segments", "name a segment that exists")


def test_lines_are_counted_over_cells_of_several_lines(access: TenantAccess, riverside: TenantId) -> None:
    report = run(access, 'username,last_name\nkim,"two\nlines"\nk im,\n', riverside)
    assert [(problem.line, problem.field) for problem in report.problems] == [(2, "last_name"), (4, "username")]


@pytest.mark.row("A74")
@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'=1", "\\=1", "<b>"])
def test_formula_characters_are_data(access: TenantAccess, riverside: TenantId, name: str) -> None:
    assert run(access, f'username,last_name,phone\nkim,"{name}","{name}"\n', riverside).adopted == 1
    contact = row_of(access, riverside, principal_of(access, "kim")).membership.contact
    assert (contact.last_name, contact.phone) == (name, name)


@pytest.mark.row("A74")
@pytest.mark.parametrize("name", ["=kim", "+kim", "@kim", "kim\r", "\x1b[1mkim"])
def test_a_username_is_no_formula(access: TenantAccess, riverside: TenantId, name: str) -> None:
    report = run(access, f'username\n"{name}"\n', riverside)
    assert [(problem.line, problem.field) for problem in report.problems] == [(2, "username")]


# --- runs ---------------------------------------------------------------------------------------------------------


def people(count: int, first: int = 1) -> str:
    return "username,role\n" + "".join(f"u{number},biller\n" for number in range(first, first + count))


@pytest.mark.row("INV-39")
def test_a_dry_run_writes_nothing_and_sees_what_a_run_would(access: TenantAccess, riverside: TenantId) -> None:
    access.execute(AddService(riverside, "u2"), by=OPERATOR)
    known = access.execute(AddUsername(riverside, NewUsername("u3", PASSWORD)), by=OPERATOR).principal_id
    access.execute(Disable(riverside, known), by=OPERATOR)
    text = people(4) + "u4,\nu5,porter\n"
    before = dump(access, riverside)

    dry = run(access, text, riverside, dry_run=True)

    assert dump(access, riverside) == before
    assert dry.is_dry
    assert [(problem.line, problem.field) for problem in dry.problems] == [
        (3, "username"),
        (4, "username"),
        (6, "username"),
        (7, "role"),
    ]
    assert attrs.evolve(run(access, text, riverside), is_dry=True) == dry


def test_one_username_has_one_address_and_one_row_a_tenant(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId
) -> None:
    text = (
        f"username,tenant,email\nkim,{riverside},kim@people.example\nKIM,{riverside},KIM@people.example\n"
        f"kim,{lakeside},kim@elsewhere.example\nlee,{riverside},\nlee,{lakeside},\n"
    )
    for dry_run in (True, False):
        report = run(access, text, dry_run=dry_run)
        assert report.adopted == 3
        assert [(problem.line, problem.field) for problem in report.problems] == [(3, "username"), (4, "email")]


def test_an_address_of_somebody_known_tells_them_apart(
    access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
) -> None:
    make.registered(riverside, username="kim")
    for dry_run in (True, False):
        report = run(access, "username,email\nkim,kim@elsewhere.example\n", lakeside, dry_run=dry_run)
        assert [(problem.line, problem.field) for problem in report.problems] == [(2, "username")]


@pytest.mark.row("INV-39", "INV-16")
def test_running_a_file_again_adopts_nobody_twice(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    assert run(access, people(4), riverside).adopted == 4
    access.execute(Disable(riverside, principal_of(access, "u1")), by=maria)
    access.execute(Remove(riverside, principal_of(access, "u2")), by=maria)
    access.execute(Disable(riverside, principal_of(access, "u3")), by=OPERATOR)
    before = dump(access, riverside)

    assert run(access, people(4), riverside) == AdoptionReport(rows=4, unchanged=4)
    assert dump(access, riverside) == before


@pytest.mark.row("INV-39")
def test_under_one_key_each_row_is_answered_as_the_first_time(
    access: TenantAccess, riverside: TenantId, maria: PrincipalId
) -> None:
    first = run(access, people(3), riverside, key="import-of-May")
    access.execute(Remove(riverside, principal_of(access, "u2")), by=maria)
    before = dump(access, riverside)

    assert run(access, people(3), riverside, key="import-of-May", batch=2) == first
    assert run(access, people(4), riverside, key="import-of-May") == AdoptionReport(rows=4, adopted=4)
    assert run(access, people(2, 3), riverside, key="another").unchanged == 2
    assert dump(access, riverside) != before
    assert condition(access, riverside, principal_of(access, "u2")) is Reason.NOT_A_MEMBER


@pytest.mark.row("INV-39")
@pytest.mark.parametrize("key", [None, "the-import"])
@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("at", [20, 60])
def test_a_run_that_crashed_goes_on_where_it_was(
    access: TenantAccess, riverside: TenantId, key: str | None, kind: FaultKind, at: int
) -> None:
    faulty = FaultyStore(access.store)
    shaky = TenantAccess(faulty, access.catalog, access.policy, access.clock, access.entropy, access.hasher)
    faulty.restart(Fault(at, kind))
    seen: list[AdoptionReport] = []
    try:
        run(shaky, people(9), riverside, batch=3, key=key, on_progress=seen.append)
    except StoreError:
        assert len(seen) < 3
    else:
        assert kind is FaultKind.AFTER_COMMIT
    report = run(access, people(9), riverside, batch=4, key=key)

    assert report.adopted + report.unchanged == 9
    assert kinds(access, riverside).count("adopt") == 9
    assert len({event.subject for event in events(access, riverside) if event.kind == "adopt"}) == 9
    assert access.audit.verify(riverside).holds


@pytest.mark.row("INV-39")
def test_a_commit_that_failed_is_not_taken_for_what_an_earlier_run_kept(
    access: TenantAccess, riverside: TenantId
) -> None:
    run(access, people(1), riverside, key="k")
    faulty = FaultyStore(access.store)
    shaky = TenantAccess(faulty, access.catalog, access.policy, access.clock, access.entropy, access.hasher)
    faulty.restart(Fault(1, FaultKind.BEFORE_COMMIT))
    with pytest.raises(StoreError):
        run(shaky, people(2), riverside, key="k")
    assert kinds(access, riverside).count("adopt") == 1
    faulty.restart(Fault(1, FaultKind.AFTER_COMMIT))
    assert run(shaky, people(2), riverside, key="k").adopted == 2
    faulty.restart(Fault(1, FaultKind.BEFORE_COMMIT))
    assert run(shaky, people(2), riverside, key="k").adopted == 2
    assert kinds(access, riverside).count("adopt") == 2


@pytest.mark.row("INV-40")
def test_rows_are_read_as_they_are_needed_and_progress_is_told(access: TenantAccess, riverside: TenantId) -> None:
    read: list[int] = []
    told: list[tuple[int, int]] = []

    def rows() -> Iterator[AdoptionRow]:
        for number in range(1, 8):
            read.append(number)
            yield AdoptionRow(riverside, NewPerson(f"u{number}"), BILLER)

    report = access.adoption.run(
        rows(), by=OPERATOR, batch=3, on_progress=lambda so_far: told.append((so_far.adopted, len(read)))
    )
    assert report == AdoptionReport(rows=7, adopted=7)
    assert told == [(3, 3), (6, 6), (7, 7)]


@pytest.mark.row("INV-40")
def test_rows_and_problems_are_bounded(
    access: TenantAccess, riverside: TenantId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adoption, "ROWS", 5)
    monkeypatch.setattr(adoption, "PROBLEMS", 2)
    report = run(access, people(6), riverside, batch=2)
    assert (report.rows, report.adopted) == (5, 5)
    assert [(problem.line, problem.field) for problem in report.problems] == [(6, "")]

    report = run(access, "username\n" + "k im\n" * 5, riverside, batch=2)
    assert (report.rows, report.refused, len(report.problems)) == (5, 5, 2)


@pytest.mark.usefixtures("riverside")
def test_rows_of_ones_own_are_numbered_by_place(access: TenantAccess) -> None:
    rows: list[AdoptionRow | AdoptionProblem] = [
        AdoptionRow(("tin", "012345678"), KIM, BILLER),
        AdoptionRow(("tin", "111111111"), KIM, BILLER),
        AdoptionRow(("tin", "1"), KIM, BILLER),
        AdoptionRow(ABSENT, KIM, BILLER, line=40),
        AdoptionProblem(50, "username", "as the host found it"),
    ]
    report = access.adoption.run(rows, by=OPERATOR)
    assert report.adopted == 1
    assert [(problem.line, problem.field) for problem in report.problems] == [
        (2, "tenant"),
        (3, "tin"),
        (40, "tenant"),
        (50, "username"),
    ]


def test_what_is_no_row_is_refused(access: TenantAccess) -> None:
    with pytest.raises(InvalidInputError):
        access.adoption.run([{"username": "kim"}], by=OPERATOR)  # type: ignore[list-item]  # as a host may try
    for batch in (0, 1_001):
        with pytest.raises(InvalidInputError):
            access.adoption.run([], by=OPERATOR, batch=batch)
    with pytest.raises(InvalidInputError):
        access.adoption.run([], by=OPERATOR, key="with a blank")


class Hosted:
    """A store inside a host's transaction, as far as anybody asks."""

    is_hosted = True

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_a_run_is_no_part_of_a_hosts_transaction_but_a_dry_one_may_be(
    access: TenantAccess, riverside: TenantId
) -> None:
    store: Any = Hosted(access.store)
    hosted = TenantAccess(store, access.catalog, access.policy, access.clock, access.entropy, access.hasher)
    with pytest.raises(MisuseError):
        run(hosted, people(1), riverside)
    assert run(hosted, people(1), riverside, dry_run=True).adopted == 1


def test_a_clock_far_behind_stops_the_run(access: TenantAccess, clock: FrozenClock, riverside: TenantId) -> None:
    clock.advance(-access.policy.inactive_after)
    with pytest.raises(ClockError):
        run(access, people(2), riverside)


@pytest.mark.row("INV-36")
def test_a_row_that_was_refused_is_in_the_access_log(
    access: TenantAccess, riverside: TenantId, jo: PrincipalId
) -> None:
    access.execute(Disable(riverside, jo), by=OPERATOR)
    run(access, "username\njo\n", riverside)
    assert [entry.what for entry in refusals(access, riverside)] == ["refused:adopt"]


def test_where_others_keep_committing_a_row_is_left_for_another_run(
    access: TenantAccess, riverside: TenantId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(*_: object, **__: object) -> Any:
        from tenantaccess.errors import ConflictError

        raise ConflictError("the tenant", retryable=True)

    monkeypatch.setattr(type(access.pipeline), "_once", moved)
    report = run(access, people(2), riverside)
    assert [(problem.line, problem.field, "again" in problem.advice) for problem in report.problems] == [
        (2, "", True),
        (3, "", True),
    ]


def test_adopted_managers_keep_a_tenant_managed(access: TenantAccess, riverside: TenantId) -> None:
    run(access, "username,role\nkim,account_manager\n", riverside)
    kim = principal_of(access, "kim")
    assert access.execute(AppointManager(riverside, kim), by=OPERATOR).changed is False
    assert access.execute(AddUsername(riverside, NewUsername("new", PASSWORD)), by=kim).version > 0
