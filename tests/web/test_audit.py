"""The record in pages: in words, searched, verified, saved; the access log; and who could do what."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest
from tests.web.site import ROOT, Answer, Visitor

import tenantaccess.commands
from tenantaccess import TenantAccess
from tenantaccess.codec import audited_fields
from tenantaccess.commands import (
    AppointManager,
    AssignRole,
    ChangeLinking,
    ChangePrivileges,
    Disable,
    EditRole,
    Enable,
    ErasePrincipal,
    LimitSegments,
    Remove,
    SetDates,
    UpdateContact,
)
from tenantaccess.errors import TenantAccessError
from tenantaccess.ids import PrincipalId, ResourceKey, TenantId
from tenantaccess.model.catalog import Role
from tenantaccess.model.copying import CopyJob
from tenantaccess.model.invitations import Invitation
from tenantaccess.model.members import Contact, Membership
from tenantaccess.model.policy import Linking
from tenantaccess.model.privileges import Edit
from tenantaccess.model.records import ReferenceRecord
from tenantaccess.model.tenants import Tenant
from tenantaccess.services import stepping
from tenantaccess.services.audit import Audit
from tenantaccess.services.command import Command
from tenantaccess.stores.memory.records import MemoryEvents
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock
from tenantaccess.web.portal import File, Portal
from tenantaccess.web.portal.words.evidence import FACTS, KINDS


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant(tin="012345678", segments=["medicaid", "medicare"])


@pytest.fixture
def maria(access: TenantAccess, portal: Portal, riverside: TenantId) -> Visitor:
    visitor = Visitor(portal, given(access).manager(riverside, "maria"))
    visitor.enter(riverside)
    return visitor


@pytest.fixture
def jo(access: TenantAccess, riverside: TenantId) -> PrincipalId:
    return given(access).member(riverside, levels={"claims": "view"}, username="jo")


SliceBy = Callable[[int], None]


@pytest.fixture
def sliced(monkeypatch: pytest.MonkeyPatch) -> SliceBy:
    """Makes the pieces so small that a short record takes several, and looking for what is rare two of them."""

    def cut(size: int) -> None:
        monkeypatch.setattr(stepping, "SLICE", size)
        monkeypatch.setattr(stepping, "MOST_LOOKED_THROUGH", 2 * size)

    return cut


def audit(visitor: Visitor, tenant: TenantId, more: str = "") -> Answer:
    return visitor.get(f"{ROOT}/t/{tenant}/audit{more}")


def changes(page: Answer, row: int = 0) -> list[str]:
    """Return what a line says that changed."""
    lines = page.soup.select("tbody tr")
    return [" ".join(one.get_text(" ").split()) for one in lines[row].select("td > .line")]


class TestTheRecord:
    @pytest.mark.row("INV-36")
    def test_it_says_who_did_what_about_whom_and_what_it_was_before(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        edits = [Edit(jo, ResourceKey("claims"), "full"), Edit(jo, ResourceKey("codes"), "none")]
        access.execute(ChangePrivileges(riverside, edits), by=maria.principal or OPERATOR)
        page = audit(maria, riverside)
        assert page.heading == "Audit of Riverside Clinic"
        first = page.rows()[0]
        assert first[2:5] == ["maria", "Changed privileges", "jo"]
        assert changes(page) == ["Claims: View only → Full access", "Codes and payers: No access"]
        oldest = page.rows()[-1]
        assert oldest[0] == "1"
        assert oldest[2:5] == ["provider-relations (whoever runs this service)", "Opened the practice", "the practice"]
        assert "Tax ID •••••5678" in page.text
        assert "012345678" not in page.html

    @pytest.mark.row("MU-23", "INV-34")
    def test_a_copy_is_told_by_names_files_and_what_became_of_entries(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        lakeside = given(access).tenant("Lakeside")
        for tenant, label in ((riverside, "Bluebird"), (lakeside, "Bluebird under another name")):
            access.records.load(tenant, "insurance_payers", [ReferenceRecord("PAY-01", label)], by=OPERATOR)
        access.records.load(riverside, "insurance_payers", [ReferenceRecord("PAY-02", "Harbor")], by=OPERATOR)
        principal = maria.principal
        assert principal is not None
        access.execute(AppointManager(lakeside, principal), by=OPERATOR)
        plan = access.copying.plan(riverside, [lakeside], ["insurance_payers"], by=principal)
        access.copying.run(plan, by=principal)
        maria.enter(lakeside)
        told = [line for row in range(3) for line in changes(audit(maria, lakeside), row)]
        assert "What happened: Insurance payers (Added 1, Left alone 1)" in told
        assert "What would happen: Lakeside (Insurance payers (New 1, Conflicting 1))" in told
        assert "Copied from: Riverside Clinic" in told
        assert "Files: Insurance payers" in told
        assert not [line for line in told if "ten_" in line or "{" in line]

    def test_each_kind_of_change_is_told_in_words(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
    ) -> None:
        def told(command: Command[object]) -> list[str]:
            clock.advance(timedelta(minutes=1))
            access.execute(command, by=OPERATOR)
            return changes(audit(maria, riverside))

        assert told(AssignRole(riverside, jo, "biller")) == ["Role: Biller"]
        assert told(EditRole(riverside, "biller", {"claims": "view"})) == ["Claims: Full access → View only"]
        assert told(LimitSegments(riverside, jo, {"medicaid"})) == ["Plans: Medicaid"]
        assert told(ChangeLinking(riverside, linking=Linking.OFF)) == ["Others may join: by proof → not at all"]
        contact = Contact("Jo", "Smith", "jo@riverside.example")
        assert told(UpdateContact(riverside, jo, contact=contact)) == [
            "E-mail address: jo@riverside.example",
            "First name: Jo",
            "Last name: Smith",
        ]
        (disabled,) = told(Disable(riverside, jo, note="went to Lakeside"))[:1]
        assert disabled.startswith("Disabled: 2")
        assert "Note: went to Lakeside" in changes(audit(maria, riverside))
        (enabled,) = [text for text in told(Enable(riverside, jo)) if text.startswith("Disabled")]
        assert enabled.endswith("→ none")
        until = clock.now() + timedelta(days=30)
        assert told(SetDates(riverside, jo, valid_until=until))[-1] == f"Ends: {until:%Y-%m-%d %H:%M} UTC"

    @pytest.mark.row("INV-11")
    def test_whoever_sees_no_roster_reads_none_of_it(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, jo: PrincipalId
    ) -> None:
        visitor = Visitor(portal, jo)
        visitor.enter(riverside)
        for more in ("", "/log", "/sheet", "/who-could", "/who-could?do=claims.view&at=2026-01-01T00:00", "?from=x"):
            assert audit(visitor, riverside, more).status == 403
        assert visitor.post(f"{ROOT}/t/{riverside}/audit/verify", {}).status == 403
        lakeside = given(access).tenant("Lakeside")
        assert audit(visitor, lakeside).heading == "Choose one of your practices"

    @pytest.mark.row("INV-37")
    def test_an_erased_person_is_said_to_be_erased(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(UpdateContact(riverside, jo, contact=Contact("Jo")), by=OPERATOR)
        access.execute(ErasePrincipal(jo), by=OPERATOR)
        page = audit(maria, riverside)
        assert "What was personal about this was erased" in page.text
        assert "First name: Jo" not in page.text
        verified = maria.submit(page, "Check that nothing was altered")
        assert "Lines whose personal part was erased:" in verified.text


class TestSearching:
    def test_by_member_kind_and_day(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
    ) -> None:
        mine = maria.principal
        assert mine is not None
        clock.advance(timedelta(days=2))
        access.execute(Disable(riverside, jo), by=mine)
        clock.advance(timedelta(days=2))
        access.execute(Enable(riverside, jo), by=mine)
        assert [row[3] for row in audit(maria, riverside, "?member=JO").rows()] == [
            "Enabled a user", "Disabled a user", "Added a username",
        ]  # fmt: skip
        assert audit(maria, riverside, f"?member={mine}").rows()[0][3] == "Enabled a user"
        assert [row[4] for row in audit(maria, riverside, "?kind=disable").rows()] == ["jo"]
        disabled = clock.now() - timedelta(days=2)
        on_that_day = audit(maria, riverside, f"?from={disabled:%Y-%m-%d}&to={disabled:%Y-%m-%d}")
        assert [row[3] for row in on_that_day.rows()] == ["Disabled a user"]
        assert audit(maria, riverside, "?kind=leave").rows() == []

    @pytest.mark.parametrize("asked", ["member=nobody.here", "kind=nothing", "from=yesterday", "to=2026-13-01"])
    def test_what_cannot_be_looked_for_is_said(self, maria: Visitor, riverside: TenantId, asked: str) -> None:
        page = audit(maria, riverside, f"?{asked}")
        assert page.status == 422
        assert page.messages

    def test_whoever_left_is_still_named_and_found_by_id(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(Remove(riverside, jo), by=OPERATOR)
        page = audit(maria, riverside)
        link = page.soup.select_one("tbody tr td:nth-of-type(4) a")
        assert link is not None
        assert link.get_text() == "jo"
        only = maria.get(str(link["href"]))
        assert [row[3] for row in only.rows()] == ["Removed a user", "Added a username"]
        field = only.soup.select_one("#member")
        assert field is not None
        assert field["value"] == "jo"

    @pytest.mark.row("INV-36")
    def test_pages_join_to_the_whole(self, access: TenantAccess, maria: Visitor, riverside: TenantId) -> None:
        for _ in range(110):
            given(access).member(riverside)
        page, numbers = audit(maria, riverside), []
        while True:
            numbers += [int(row[0]) for row in page.rows()]
            more = page.soup.select_one("a[rel=next]")
            if more is None:
                break
            page = maria.get(str(more["href"]))
        assert numbers == list(range(len(numbers), 0, -1))
        assert len(numbers) == len(access.audit.read(riverside, limit=500, by=OPERATOR))

    def test_looking_for_what_is_rare_ends_after_a_while_and_goes_on(
        self,
        access: TenantAccess,
        maria: Visitor,
        riverside: TenantId,
        jo: PrincipalId,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(stepping, "SLICE", 10)
        monkeypatch.setattr(stepping, "MOST_LOOKED_THROUGH", 20)
        access.execute(Disable(riverside, jo), by=OPERATOR)
        for _ in range(30):
            given(access).member(riverside)
        page, seen = audit(maria, riverside, "?kind=disable"), 0
        while not page.rows():
            assert "Looked through down to number" in page.text
            more = page.soup.select_one("a[rel=next]")
            assert more is not None
            page, seen = maria.get(str(more["href"])), seen + 1
        assert (seen, [row[4] for row in page.rows()]) == (1, ["jo"])


class TestVerifying:
    @pytest.mark.row("INV-37")
    def test_it_says_up_to_where_the_chain_holds(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId
    ) -> None:
        page = maria.submit(audit(maria, riverside), "Check that nothing was altered")
        version = len(access.audit.read(riverside, limit=500, by=OPERATOR))
        assert page.messages[0].startswith(f"Checked up to number {version}: nothing was altered")

    def test_nothing_is_read_for_whoever_may_not(
        self, portal: Portal, riverside: TenantId, jo: PrincipalId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        visitor = Visitor(portal, jo)
        visitor.enter(riverside)
        asked: list[object] = []
        monkeypatch.setattr(Audit, "verify", lambda *given: asked.append(given))
        assert visitor.post(f"{ROOT}/t/{riverside}/audit/verify", {}).status == 403
        assert asked == []

    @pytest.mark.row("INV-37")
    def test_it_says_where_it_does_not(self, access: TenantAccess, maria: Visitor, riverside: TenantId) -> None:
        given(access).member(riverside)
        with access.store.begin() as unit:
            assert isinstance(unit.events, MemoryEvents)
            ((event, _),) = unit.events.read(riverside, 1, 1)
            unit.events.tables.events.put(riverside, 2, attrs.evolve(event, kind="enable"))
            unit.commit()
        page = maria.submit(audit(maria, riverside), "Check that nothing was altered")
        assert page.messages[0].startswith("Number 2 was altered.")


class TestSaving:
    @pytest.mark.row("A74")
    def test_all_of_it_in_pieces_and_no_cell_is_a_formula(
        self,
        access: TenantAccess,
        maria: Visitor,
        riverside: TenantId,
        jo: PrincipalId,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(stepping, "SLICE", 4)
        access.execute(UpdateContact(riverside, jo, contact=Contact("=1+1")), by=OPERATOR)
        access.execute(Disable(riverside, jo, note="=HYPERLINK(1)"), by=OPERATOR)
        for _ in range(9):
            given(access).member(riverside)
        answer = audit(maria, riverside, "/sheet")
        assert isinstance(answer.response, File)
        rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert [int(row[0]) for row in rows[1:]] == list(range(len(rows) - 1, 0, -1))
        assert len(rows) - 1 == len(access.audit.read(riverside, limit=500, by=OPERATOR))
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]

    def test_only_what_was_looked_for(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        access.execute(Disable(riverside, jo), by=OPERATOR)
        rows = audit(maria, riverside, "/sheet?member=jo").text.splitlines()
        assert len(rows) == 3


class TestTheAccessLog:
    @pytest.mark.row("INV-40")
    def test_it_says_who_was_refused_what_and_why(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId
    ) -> None:
        for _ in range(2):
            with pytest.raises(TenantAccessError):
                access.execute(Disable(riverside, maria.principal or jo), by=jo)
        rows = audit(maria, riverside, "/log").rows()
        refused = next(row for row in rows if row[2].startswith("Tried to"))
        assert refused[1:5] == ["jo", "Tried to disable a user", "This needs an account manager.", "maria"]
        assert refused[6] == "2"
        assert [row[1:3] for row in rows if row[2] == "Entered"] == [["maria", "Entered"]]

    @pytest.mark.row("INV-40", "A73")
    def test_it_is_paged_and_filtered_as_the_record_is(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
    ) -> None:
        for _ in range(60):
            clock.advance(timedelta(days=1))
            with pytest.raises(TenantAccessError):
                access.execute(Disable(riverside, maria.principal or jo), by=jo)
        first = audit(maria, riverside, "/log?kind=refused")
        more = first.soup.select_one("a[rel=next]")
        assert more is not None
        rows = first.rows() + maria.get(str(more["href"])).rows()
        assert (len(first.rows()), len(rows)) == (50, 60)
        assert len({row[0] for row in rows}) == 60
        assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
        assert {row[2] for row in audit(maria, riverside, "/log?kind=entered").rows()} == {"Entered"}
        assert {row[1] for row in audit(maria, riverside, "/log?member=jo").rows()} == {"jo"}
        day = rows[3][0][:10]
        assert [row[0][:10] for row in audit(maria, riverside, f"/log?member=jo&from={day}&to={day}").rows()] == [day]
        assert "There is no such line." in audit(maria, riverside, "/log?to=2020-01-01").text
        for wrong in ("kind=disable", "from=x", "member=nobody.here", "after=nonsense"):
            assert audit(maria, riverside, f"/log?{wrong}").status == 422

    def test_looking_for_what_is_rare_ends_and_can_go_on(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("SLICE", "MOST_LOOKED_THROUGH"):
            monkeypatch.setattr(stepping, name, 1)
        given(access).member(riverside, username="lee")
        page = audit(maria, riverside, "/log?member=lee")
        assert page.rows() == []
        assert "Looked through down to" in page.text
        assert page.soup.select_one("a[rel=next]") is not None


class TestWhoCould:
    def test_it_answers_as_of_a_moment(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, jo: PrincipalId, clock: FrozenClock
    ) -> None:
        clock.advance(timedelta(days=1))
        before = clock.now()
        clock.advance(timedelta(days=1))
        access.execute(Disable(riverside, jo), by=OPERATOR)
        page = audit(maria, riverside, "/who-could")
        then = maria.submit(page, "Find out", do="claims.view", at=f"{before:%Y-%m-%dT%H:%M}")
        assert [one.get_text() for one in then.soup.select(".columns li")] == ["jo", "maria"]
        assert "Usernames: 2" in then.text
        clock.advance(timedelta(minutes=2))
        since = maria.submit(page, "Find out", do="claims.view", at=f"{clock.now():%Y-%m-%dT%H:%M}")
        assert [one.get_text() for one in since.soup.select(".columns li")] == ["maria"]

    def test_a_second_is_asked_about_as_it_ended(
        self, access: TenantAccess, maria: Visitor, riverside: TenantId, clock: FrozenClock
    ) -> None:
        clock.advance(timedelta(microseconds=250_000))
        late = given(access).member(riverside, levels={"claims": "view"}, username="late")
        clock.advance(timedelta(microseconds=1))
        page = audit(maria, riverside, "/who-could")
        now = maria.submit(page, "Find out", do="claims.view")
        assert "late" in [one.get_text() for one in now.soup.select(".columns li")]
        then = page.soup.select_one("#at")
        assert then is not None
        clock.advance(timedelta(hours=1))
        access.execute(Disable(riverside, late), by=OPERATOR)
        asked = maria.submit(page, "Find out", do="claims.view", at=str(then["value"]))
        assert "late" in [one.get_text() for one in asked.soup.select(".columns li")]

    @pytest.mark.parametrize(
        "asked", ["do=claims.fly&at=2026-01-01T00:00", "do=claims.view&at=then", "do=claims.view&at=2999-01-01T00:00"]
    )
    def test_what_cannot_be_asked_is_said(self, maria: Visitor, riverside: TenantId, asked: str) -> None:
        page = audit(maria, riverside, f"/who-could?{asked}")
        assert page.status == 422
        assert page.messages


def test_each_command_and_fact_has_words() -> None:
    commands = (one for one in vars(tenantaccess.commands).values() if isinstance(one, type))
    kinds = {one.name for one in commands if issubclass(one, Command)}
    assert {kind for kind in kinds if f"did_{kind}" not in KINDS} == set()
    records = (Tenant, Membership, Role, Invitation, CopyJob)
    facts = {name for record in records for name in audited_fields(record)} - {"incarnation"}
    assert {fact for fact in facts if f"fact_{fact}" not in FACTS} == set()


def test_the_record_is_asked_for_up_to_the_last_day_there_is(maria: Visitor, riverside: TenantId) -> None:
    for page in ("audit", "audit/sheet"):
        assert maria.get(f"{ROOT}/t/{riverside}/{page}?to=9999-12-31").status == 200
