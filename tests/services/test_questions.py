"""What pages ask besides: the latest of the record, names of people, the roles, one tenant, one username."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.statements import ON_SQL, statements

from tenantaccess.assembly import TenantAccess
from tenantaccess.commands import AddRole, ChangePrivileges, Disable, Enable, Remove
from tenantaccess.errors import AccessDeniedError, InvalidInputError, MisuseError, NotFoundError
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model import names
from tenantaccess.model.catalog import ACCOUNT_MANAGER
from tenantaccess.model.decisions import Reason
from tenantaccess.model.privileges import Edit
from tenantaccess.testing.builders import OPERATOR, Given
from tenantaccess.testing.doubles import FrozenClock


def numbers(access: TenantAccess, tenant: TenantId, **asked: Any) -> list[int]:
    return [event.number for event, _ in access.audit.latest(tenant, by=OPERATOR, **asked)]


class TestTheLatest:
    @pytest.mark.row("INV-36")
    def test_pages_from_the_end_join_to_the_whole_record(
        self, access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId
    ) -> None:
        for _ in range(5):
            make.member(riverside, by=maria)
        whole = [event.number for event, _ in access.audit.read(riverside, by=maria)]
        found: list[int] = []
        while more := numbers(access, riverside, limit=3, before=found[-1] if found else None):
            found += more
        assert found == whole[::-1]

    def test_until_a_moment_only_what_is_earlier(
        self, access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId
    ) -> None:
        moments = [clock.now()]
        for _ in range(4):
            clock.advance(timedelta(days=1))
            moments.append(clock.now())
            make.member(riverside)
        whole = access.audit.read(riverside, by=OPERATOR)
        for moment in (*moments, moments[-1] + timedelta(days=1), moments[2] + timedelta(seconds=1)):
            earlier = [event.number for event, _ in whole if event.at < moment]
            assert numbers(access, riverside, until=moment) == earlier[::-1]
        assert numbers(access, riverside, until=moments[3], before=2) == [1]

    @pytest.mark.row("INV-36", "AM-12")
    def test_what_is_about_somebody_is_found_however_much_happened_since(
        self, access: TenantAccess, clock: FrozenClock, make: Given, riverside: TenantId, jo: PrincipalId
    ) -> None:
        for _ in range(3):
            make.member(riverside)
            clock.advance(timedelta(days=1))
            access.execute(Disable(riverside, jo), by=OPERATOR)
            access.execute(Enable(riverside, jo), by=OPERATOR)
        whole = [event for event, _ in access.audit.read(riverside, limit=500, by=OPERATOR)]
        own = [event.number for event in whole if event.subject == jo][::-1]
        assert len(own) > 6
        assert numbers(access, riverside, about=jo) == own
        assert numbers(access, riverside, about=jo, limit=2) == own[:2]
        assert numbers(access, riverside, about=jo, before=own[1]) == own[2:]
        moment = next(event.at for event in whole if event.number == own[0])
        earlier = [event.number for event in whole if event.subject == jo and event.at < moment]
        assert numbers(access, riverside, about=jo, until=moment) == earlier[::-1]

    def test_somebody_else_s_record_here_is_empty(
        self, access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId
    ) -> None:
        stranger = make.member(lakeside)
        assert numbers(access, lakeside, about=stranger)
        assert numbers(access, riverside, about=stranger) == []

    def test_whoever_sees_no_roster_reads_none_of_it(
        self, access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
    ) -> None:
        with pytest.raises(AccessDeniedError):
            access.audit.latest(riverside, by=jo)
        with pytest.raises(AccessDeniedError):
            access.audit.latest(riverside, about=jo, by=jo)
        with pytest.raises(NotFoundError):
            access.audit.latest(lakeside, by=maria)

    @pytest.mark.parametrize(
        "asked",
        [{"before": 0}, {"before": True}, {"limit": 0}, {"about": "jo"}, {"until": datetime(2026, 1, 1)}],  # noqa: DTZ001  # naive on purpose
    )
    def test_what_numbers_nothing_is_refused(
        self, access: TenantAccess, riverside: TenantId, asked: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInputError):
            access.audit.latest(riverside, by=OPERATOR, **asked)

    @ON_SQL
    def test_it_costs_as_much_however_long_the_record_is(
        self, access: TenantAccess, make: Given, riverside: TenantId
    ) -> None:
        counts = []
        for _ in range(2):
            for _ in range(8):
                make.member(riverside)
            with statements(access) as sent:
                numbers(access, riverside, limit=3)
            counts.append(len(sent))
        assert counts == [2, 2]
        with statements(access) as sent:
            numbers(access, riverside, limit=3, until=datetime(2100, 1, 1, tzinfo=UTC))
        assert len(sent) <= 7


class TestUsernames:
    @pytest.mark.row("AM-10", "INV-11")
    def test_members_and_former_ones_are_named_and_nobody_else(
        self, access: TenantAccess, make: Given, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
    ) -> None:
        gone, elsewhere = make.member(riverside, username="gone"), make.member(lakeside)
        access.execute(Remove(riverside, gone), by=maria)
        found = access.directory.usernames(riverside, [gone, maria, elsewhere], by=maria)
        assert found == {gone: "gone", maria: "maria"}
        assert access.directory.usernames(riverside, [gone], by=maria) == {gone: "gone"}

    def test_for_whoever_sees_the_roster(
        self, access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
    ) -> None:
        with pytest.raises(AccessDeniedError):
            access.directory.usernames(riverside, [maria], by=jo)
        with pytest.raises(NotFoundError):
            access.directory.usernames(lakeside, [maria], by=maria)

    @pytest.mark.parametrize("asked", [["maria"], ["pri_" + f"{one:032x}" for one in range(501)]])
    def test_what_is_no_page_of_people_is_refused(
        self, access: TenantAccess, riverside: TenantId, asked: list[PrincipalId]
    ) -> None:
        with pytest.raises(InvalidInputError):
            access.directory.usernames(riverside, asked, by=OPERATOR)


class TestRoles:
    @pytest.mark.row("AM-05")
    def test_the_built_in_one_and_the_tenants_own(
        self, access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId
    ) -> None:
        access.execute(AddRole(riverside, "aide", label="Aide", levels={"claims": "view"}), by=maria)
        found = access.privileges.roles(riverside, by=maria)
        assert [role.key for role in found] == [ACCOUNT_MANAGER, "aide", "biller"]
        assert found[0].levels == access.catalog.manager_levels()
        assert (found[1].label, found[1].levels) == ("Aide", {"claims": "view"})
        assert [role.key for role in access.privileges.roles(lakeside, by=OPERATOR)] == [ACCOUNT_MANAGER, "biller"]

    def test_for_whoever_sees_the_roster(
        self, access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
    ) -> None:
        with pytest.raises(AccessDeniedError):
            access.privileges.roles(riverside, by=jo)
        with pytest.raises(NotFoundError):
            access.privileges.roles(lakeside, by=maria)


class TestOneTenant:
    @pytest.mark.row("AM-40", "INV-11")
    def test_for_its_readers_and_the_operator(
        self, access: TenantAccess, riverside: TenantId, lakeside: TenantId, maria: PrincipalId, jo: PrincipalId
    ) -> None:
        assert access.tenants.look(riverside, by=maria) == access.tenants.look(riverside, by=OPERATOR)
        assert access.tenants.look(riverside, by=maria).name == "Riverside Clinic"
        with pytest.raises(AccessDeniedError):
            access.tenants.look(riverside, by=jo)
        with pytest.raises(NotFoundError):
            access.tenants.look(lakeside, by=maria)
        with pytest.raises(NotFoundError):
            access.tenants.look(TenantId("ten_" + "0" * 32), by=OPERATOR)


class TestOrphansByThePage:
    @pytest.mark.row("AM-40")
    def test_pages_of_those_looked_at_join_to_all(self, access: TenantAccess, make: Given) -> None:
        for number in range(7):
            tenant = make.tenant()
            if number % 3 == 0:
                make.manager(tenant)
        found, after = [], None
        while page := access.tenants.page(after, 2, by=OPERATOR):
            found += [orphan.tenant.id for orphan in access.tenants.orphaned(after, 2, by=OPERATOR)]
            after = page[-1].id
        assert found == [orphan.tenant.id for orphan in access.tenants.orphaned(by=OPERATOR)]
        assert len(found) == 4

    @pytest.mark.parametrize("asked", [{"after": "ten_x"}, {"among": 0}, {"among": True}])
    def test_what_is_no_page_is_refused(self, access: TenantAccess, asked: dict[str, Any]) -> None:
        with pytest.raises(InvalidInputError):
            access.tenants.orphaned(**asked, by=OPERATOR)


class TestOneUsername:
    @pytest.mark.row("AM-40")
    def test_the_operator_finds_it_however_it_is_written(self, access: TenantAccess, maria: PrincipalId) -> None:
        assert access.tenants.principal("MARIA", by=OPERATOR).id == maria
        with pytest.raises(NotFoundError):
            access.tenants.principal("nobody.at.all", by=OPERATOR)
        with pytest.raises(InvalidInputError):
            access.tenants.principal(" ", by=OPERATOR)

    @pytest.mark.row("INV-11")
    def test_nobody_else_does(self, access: TenantAccess, maria: PrincipalId) -> None:
        with pytest.raises(AccessDeniedError):
            access.tenants.principal("maria", by=maria)


class TestWhereTheMatrixBegins:
    @pytest.mark.row("MU-13")
    @pytest.mark.parametrize("begin", ["a", "JO", "jo", "jo+", "jo-a", "joz", "k", "0", "z", "zzz"])
    def test_with_a_username_or_the_next_one(
        self, access: TenantAccess, make: Given, riverside: TenantId, begin: str
    ) -> None:
        for username in ("0", "9", "a", "jn", "jnz", "jnz.9", "jo", "jo+b", "jo-a", "jo.k", "joe", "k", "zz"):
            make.member(riverside, username=username)
        everybody = [row.username for row in access.privileges.matrix(riverside, by=OPERATOR).rows]
        found = [row.username for row in access.privileges.matrix(riverside, begin=begin, by=OPERATOR).rows]
        assert found == [username for username in everybody if username >= begin.lower()]

    def test_what_can_be_no_username_is_refused(self, access: TenantAccess, riverside: TenantId) -> None:
        with pytest.raises(InvalidInputError):
            access.privileges.matrix(riverside, begin="*", by=OPERATOR)


@given(
    st.from_regex(r"[a-z0-9][a-z0-9._@+-]{0,5}", fullmatch=True),
    st.from_regex(r"[a-z0-9][a-z0-9._@+-]{0,5}", fullmatch=True),
)
def test_nothing_lies_between_a_key_and_the_one_before(key: str, other: str) -> None:
    before = names.key_before(key)
    assert before < key
    assert (other <= before) == (other < key)
    assert before == "" or names.username_key(before) == before


class TestAPageOfCells:
    @pytest.mark.row("MU-14", "INV-18")
    def test_each_cell_is_answered_as_the_command_would_be(
        self, access: TenantAccess, make: Given, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
    ) -> None:
        def full(tenant: TenantId, member: PrincipalId) -> ChangePrivileges:
            return ChangePrivileges(tenant, [Edit(member, ResourceKey("claims"), "full")])

        lee = make.member(riverside)
        access.execute(Disable(riverside, lee), by=maria)
        answers = access.may_each([full], riverside, [maria, jo, lee], by=maria)
        assert {who: answers[who][full].reasons[0] for who in answers} == {
            maria: Reason.OWN_ROW,
            jo: Reason.ALLOWED,
            lee: Reason.ALLOWED,
        }
        for who, by_make in answers.items():
            assert by_make[full] == access.may(full(riverside, who), by=maria)

    def test_a_command_about_several_is_none_of_a_page(
        self, access: TenantAccess, riverside: TenantId, maria: PrincipalId, jo: PrincipalId
    ) -> None:
        def both(tenant: TenantId, member: PrincipalId) -> ChangePrivileges:
            return ChangePrivileges(tenant, [Edit(who, ResourceKey("claims"), "view") for who in (member, maria)])

        with pytest.raises(MisuseError):
            access.may_each([both], riverside, [jo], by=maria)
