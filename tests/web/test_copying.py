"""Copying codes: chosen, planned, copied in pieces, called off, and told (MU-17 to MU-23)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from tests.web.site import ROOT, Answer, Visitor

from tenantaccess import ReferenceRecord, TenantAccess, TenantId
from tenantaccess.commands import AppointManager, Disable
from tenantaccess.demo.world import CATALOG
from tenantaccess.model.copying import CopyState, Tally
from tenantaccess.model.policy import Policy
from tenantaccess.stores.memory import MemoryStore
from tenantaccess.testing.builders import OPERATOR, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.portal import Portal, PortalSettings
from tenantaccess.web.portal.pages.copy_picking import PAGE, before
from tenantaccess.web.portal.pages.copy_wanted import joined

DIAGNOSES, BILLING, PAYERS = "diagnosis_codes", "billing_codes", "insurance_payers"


class TickingClock(FrozenClock):
    """Each look at it takes a while, so that a request ends before the work does."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = timedelta(0)

    def now(self) -> datetime:
        self.moment += self.takes
        return self.moment


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def access(clock: TickingClock) -> TenantAccess:
    """Batches of two, so that a handful of records takes several."""
    policy = Policy(copy_batch=2, copy_slice=2)
    return TenantAccess(MemoryStore(), CATALOG, policy, clock, SeededEntropy(), QuickHasher())


@pytest.fixture
def portal(access: TenantAccess) -> Portal:
    return Portal(access, PortalSettings("Clearwater Health", tenant="practice", tenants="practices"))


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    made = given(access).tenant("Riverside Clinic")
    load(access, made, DIAGNOSES, [f"A{number:02}" for number in range(9)])
    load(access, made, PAYERS, ["P1", "P2"])
    return made


@pytest.fixture
def lakeside(access: TenantAccess) -> TenantId:
    made = given(access).tenant("Lakeside")
    access.records.load(made, DIAGNOSES, [ReferenceRecord("A00", "their own")], by=OPERATOR)
    return made


@pytest.fixture
def lee(access: TenantAccess, portal: Portal, riverside: TenantId, lakeside: TenantId) -> Visitor:
    """Who works for both."""
    principal = given(access).manager(riverside, "lee")
    access.execute(AppointManager(lakeside, principal), by=OPERATOR)
    return Visitor(portal, principal, name="lee")


def load(access: TenantAccess, tenant: TenantId, name: str, keys: Sequence[str]) -> None:
    access.records.load(tenant, name, [ReferenceRecord(key, f"Label {key}") for key in keys], by=OPERATOR)


def landed(access: TenantAccess, tenant: TenantId, name: str = DIAGNOSES) -> list[str]:
    return [record.key for record in access.records.page(tenant, name, limit=500, by=OPERATOR).records]


def planned(lee: Visitor, source: TenantId, *targets: TenantId, sets: Sequence[str] = (DIAGNOSES,)) -> Answer:
    page = lee.get(f"{ROOT}/copy")
    return lee.submit(page, "Continue", **{"from": source, "to": targets, "set": sets})


def job_of(access: TenantAccess, tenant: TenantId) -> CopyState:
    (job,) = access.copying.jobs(tenant, by=OPERATOR).jobs
    return job.state


def to_the_end(lee: Visitor, page: Answer) -> Answer:
    for _ in range(50):
        if page.soup.select_one("[data-ended]"):
            return page
        page = lee.submit(page, "Go on")
    raise AssertionError("it never ends")


# --- choosing and planning -------------------------------------------------------------------------------------------


@pytest.mark.row("MU-20", "MU-21")
def test_only_where_one_may_read_and_write_is_offered(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    given(access).tenant("Foreign")
    hillside = given(access).tenant("Hillside")
    assert lee.principal is not None
    access.execute(AppointManager(hillside, lee.principal), by=OPERATOR)
    pat = Visitor(lee.portal, given(access).member(riverside, levels={"codes": "view"}))
    page = lee.get(f"{ROOT}/copy")
    assert [one.get_text() for one in page.soup.select("#from option")] == ["Hillside", "Lakeside", "Riverside Clinic"]
    assert {str(one["value"]) for one in page.soup.select('input[name="to"]')} == {hillside, lakeside, riverside}
    for alone in (pat, Visitor(lee.portal, given(access).manager(riverside))):
        page = alone.get(f"{ROOT}/copy")
        assert "Copying takes two practices" in page.text
        assert not page.soup.select("#from")


@pytest.mark.row("MU-22")
def test_the_plan_counts_and_shows_samples_and_changes_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    access.records.load(
        riverside, BILLING, [ReferenceRecord("V1", "Visit", {"fee": "10"}, {PAYERS: "P9"})], by=OPERATOR
    )
    page = planned(lee, riverside, lakeside, sets=[DIAGNOSES, BILLING])
    assert page.heading == "Copy codes: what would happen"
    assert [row[:6] for row in page.rows()] == [
        ["Diagnosis codes", "8", "0", "1", "0", "0"],
        ["Billing codes", "0", "0", "0", "0", "1"],
    ]
    assert "Conflicting A00 Label A00 (there: their own)" in page.text
    assert "Incomplete V1 Visit (needs insurance_payers `P9`)" in page.text
    assert landed(access, lakeside) == ["A00"]


@pytest.mark.row("MU-21")
@pytest.mark.parametrize("case", ["itself", "nowhere", "nothing", "foreign", "made up"])
def test_what_cannot_be_planned_is_said_where_it_is_chosen(
    case: str, access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    foreign = given(access).tenant("Foreign")
    targets = {"itself": [riverside], "nowhere": [], "foreign": [foreign], "made up": [TenantId("ten_1")]}
    page = planned(lee, riverside, *targets.get(case, [lakeside]), sets=[] if case == "nothing" else [DIAGNOSES])
    assert page.status == (404 if case == "foreign" else 422)
    assert page.heading == "Copy codes"
    assert len(page.messages) == 1
    kept = page.soup.select_one("#from option[selected]")
    assert kept is not None
    assert kept["value"] == riverside


@pytest.mark.row("MU-12")
def test_many_targets_are_searched_and_what_is_ticked_stays(access: TenantAccess, lee: Visitor) -> None:
    assert lee.principal is not None
    made = []
    for number in range(20):
        made.append(given(access).tenant(f"Practice {number:02}"))
        access.execute(AppointManager(made[-1], lee.principal), by=OPERATOR)
    page = lee.get(f"{ROOT}/copy")
    found = lee.submit(page, "Show", search="Lakeside", to=[made[3]])
    assert [label.get_text(strip=True) for label in found.soup.select("label:has(> [name=to])")] == [
        "Lakeside",
        "Practice 03",
    ]
    assert [str(one["value"]) for one in found.soup.select('input[name="to"][checked]')] == [made[3]]


# --- single entries --------------------------------------------------------------------------------------------------


@pytest.mark.row("MU-23", "S7")
def test_entries_are_chosen_over_several_pages_and_only_they_are_copied(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    load(access, riverside, DIAGNOSES, [f"B{number:03}" for number in range(PAGE)])
    first = lee.submit(planned(lee, riverside, lakeside), "Choose entries : Diagnosis codes")
    assert first.heading == "Choose entries: Diagnosis codes"
    assert len(first.soup.select('input[name="tick"]')) == PAGE
    second = lee.submit(first, "Next page", tick=["A01", "A02"])
    assert "Chosen: 2" in second.text
    again = lee.submit(second, "Show", at="A02", tick=["B039"])
    assert next(str(one["value"]) for one in again.soup.select("[name=tick]")) == "A02"
    ticked = lee.submit(again, "Show", at="", tick=["A03"])
    assert [str(one["value"]) for one in ticked.soup.select("[name=tick][checked]")] == ["A01", "A03"]
    plan = lee.submit(ticked, "Use these entries")
    assert "Chosen: 3" in plan.text
    assert plan.rows()[0][1:4] == ["3", "0", "0"]
    to_the_end(lee, lee.submit(plan, "Copy Now"))
    assert landed(access, lakeside) == ["A00", "A01", "A03", "B039"]


@pytest.mark.row("MU-23")
def test_everything_can_be_taken_again(riverside: TenantId, lakeside: TenantId, lee: Visitor) -> None:
    picked = lee.submit(planned(lee, riverside, lakeside), "Choose entries : Diagnosis codes")
    plan = lee.submit(picked, "Use these entries", tick=["A01"])
    assert plan.rows()[0][1] == "1"
    assert lee.submit(plan, "Take everything : Diagnosis codes").rows()[0][1] == "8"


@pytest.mark.row("MU-20")
def test_choosing_no_entry_copies_nothing_in_its_place(riverside: TenantId, lakeside: TenantId, lee: Visitor) -> None:
    picked = lee.submit(planned(lee, riverside, lakeside), "Choose entries : Diagnosis codes")
    again = lee.submit(picked, "Use these entries")
    assert (again.status, again.heading) == (422, "Choose entries: Diagnosis codes")
    assert again.messages == ["Nothing is chosen. Tick the entries to copy, or copy everything."]
    assert lee.submit(again, "Use these entries", tick=["A01"]).rows()[0][1] == "1"
    everything = lee.submit(again, "Take everything")
    assert (everything.status, everything.rows()[0][1]) == (200, "8")


def test_where_codes_come_from_they_are_not_copied_to(riverside: TenantId, lakeside: TenantId, lee: Visitor) -> None:
    page = planned(lee, riverside, riverside, lakeside)
    assert (page.status, page.heading) == (422, "Copy codes")
    assert page.messages == ["You copy from Riverside Clinic: choose another practice to copy to."]


@pytest.mark.row("MU-20", "A01")
def test_nobody_reads_the_entries_of_others(access: TenantAccess, lee: Visitor, riverside: TenantId) -> None:
    foreign = given(access).tenant("Foreign")
    load(access, foreign, DIAGNOSES, ["F1"])
    asked = {"from": foreign, "to": riverside, "set": DIAGNOSES, "pick": DIAGNOSES}
    assert lee.post(f"{ROOT}/copy/pick", asked).status == 404


def test_a_page_begins_at_the_key_that_is_asked_for() -> None:
    keys = sorted(["A00", "A09", "A0Z", "A10", "A1", "Z9", "~", "0"])
    for key in keys:
        place = before(key)
        behind = [one for one in keys if place is None or one > place]
        assert key in behind[:2]
    assert before("") is None
    assert before("!") is None


def test_keys_are_carried_in_parts_that_a_form_takes() -> None:
    keys = {f"{number:0200}" for number in range(120)}
    parts = list(joined(keys))
    assert max(map(len, parts)) <= 10_000
    assert {key for part in parts for key in part.splitlines()} == keys
    assert list(joined([])) == []


# --- copying ---------------------------------------------------------------------------------------------------------


@pytest.mark.row("MU-23", "P4", "INV-34")
def test_a_copy_goes_on_from_request_to_request_and_is_told_at_its_end(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor, clock: TickingClock
) -> None:
    plan = planned(lee, riverside, lakeside)
    clock.takes = timedelta(milliseconds=400)
    page = lee.submit(plan, "Copy Now")
    assert page.url.endswith("?of=9")
    assert landed(access, lakeside) == ["A00"]
    seen = []
    for _ in range(20):
        bar = page.soup.select_one("[data-job] progress")
        if bar is None:
            break
        seen.append(int(str(bar["value"])))
        assert (bar["max"], page.soup.select_one("noscript meta[http-equiv=refresh]") is not None) == ("9", True)
        page = lee.get(lee.post(f"{page.url.partition('?')[0]}/step?of=9", {}).url)
    assert seen == sorted(seen)
    assert 0 in seen
    assert len(set(seen)) > 2
    assert page.soup.select_one("[data-ended]") is not None
    assert page.rows()[-1] == ["Total", "", "8", "0", "0", "1", "0", "0"]
    assert landed(access, lakeside) == [f"A{number:02}" for number in range(9)]
    link = page.soup.find("a", string="Result as CSV")
    assert link is not None
    csv = lee.get(str(link["href"]))
    assert csv.text.splitlines()[1] == '"Lakeside","Diagnosis codes","8","0","0","1","0","0"'
    left = page.soup.find("a", string="See which were left out")
    assert left is not None
    there = lee.get(str(left["href"]))
    assert there.rows()[0][1:4] == ["0", "8", "1"]
    assert there.soup.select_one("details[open] .conflicting") is not None


@pytest.mark.row("MU-22")
@pytest.mark.parametrize(("choice", "label", "total"), [
    ("skip", "Label A00", Tally(added=8, conflicting=1)),
    ("update", "Label A00", Tally(added=8, updated=1)),
])  # fmt: skip
def test_a_conflict_is_met_as_was_chosen(
    choice: str, label: str, total: Tally, access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    to_the_end(lee, lee.submit(planned(lee, riverside, lakeside), "Copy Now", conflict=choice))
    (job,) = access.copying.jobs(lakeside, by=OPERATOR).jobs
    assert job.total == total
    found = access.records.page(lakeside, DIAGNOSES, by=OPERATOR).records[0]
    assert found.label == ("their own" if choice == "skip" else label)


@pytest.mark.row("MU-22")
def test_where_no_conflict_is_wanted_none_begins(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    page = lee.submit(planned(lee, riverside, lakeside), "Copy Now", conflict="fail")
    assert (page.status, page.messages) == (409, ["There are conflicts: 1. Choose what is to be done with them."])
    assert access.copying.jobs(lakeside, by=OPERATOR).jobs == ()


@pytest.mark.row("MU-19")
def test_a_source_that_changed_since_it_was_looked_at_is_shown_again(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    plan = planned(lee, riverside, lakeside)
    load(access, riverside, DIAGNOSES, ["C1"])
    page = lee.submit(plan, "Copy Now")
    assert page.status == 409
    assert page.messages[0].startswith("The codes of Riverside Clinic have changed since you looked.")
    assert page.rows()[0][1] == "9"
    assert access.copying.jobs(lakeside, by=OPERATOR).jobs == ()
    assert to_the_end(lee, lee.submit(page, "Copy Now")).rows()[-1][2] == "9"


@pytest.mark.row("INV-34", "INV-39")
def test_a_double_click_copies_once(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    plan = planned(lee, riverside, lakeside)
    first = lee.submit(plan, "Copy Now")
    to_the_end(lee, first)
    second = lee.submit(plan, "Copy Now")
    assert second.url.partition("?")[0] == first.url.partition("?")[0]
    assert len(access.copying.jobs(lakeside, by=OPERATOR).jobs) == 1


@pytest.mark.row("MU-23", "P4")
def test_a_copy_is_called_off_and_what_landed_stays(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor, clock: TickingClock
) -> None:
    page = lee.submit(planned(lee, riverside, lakeside), "Copy Now")
    clock.takes = timedelta(seconds=2)
    page = lee.post(f"{page.url.partition('?')[0]}/step", {})
    clock.takes = timedelta(0)
    done = lee.submit(page, "Cancel the copy")
    assert done.messages == ["The copy was called off. What has been copied stays."]
    assert "Called off" in done.text
    assert landed(access, lakeside) == ["A00", "A01"]
    assert job_of(access, lakeside) is CopyState.CANCELLED
    late = lee.submit(page, "Cancel the copy")
    assert late.status == 200


@pytest.mark.row("INV-33")
def test_whoever_may_no_longer_write_reads_why_it_ended(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    given(access).manager(lakeside)
    page = lee.submit(planned(lee, riverside, lakeside), "Copy Now")
    assert lee.principal is not None
    access.execute(Disable(lakeside, lee.principal), by=OPERATOR)
    ended = lee.submit(page, "Go on")
    assert "You may no longer read what is copied, or write where it goes." in ended.text
    assert job_of(access, lakeside) is CopyState.FAILED
    assert lee.submit(page, "Go on").soup.select_one("[data-ended]") is not None


@pytest.mark.row("A01", "INV-33")
def test_a_manager_of_a_target_looks_on_and_others_see_nothing(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    tom = Visitor(lee.portal, given(access).manager(lakeside), name="tom")
    eve = Visitor(lee.portal, given(access).member(lakeside, levels={"codes": "full"}))
    page = lee.submit(planned(lee, riverside, lakeside), "Copy Now")
    url = page.url.partition("?")[0]
    looked = tom.get(url)
    assert looked.soup.select_one("form[data-step]") is None
    assert "a practice that you do not see" in looked.text
    assert [one.get(url).status for one in (eve, Visitor(lee.portal, given(access).pending()))] == [404, 404]
    assert tom.post(f"{url}/step", {}).status == 404
    assert eve.post(f"{url}/cancel", {}).status == 404
    assert eve.get(f"{url}/result.csv").status == 404
    assert landed(access, lakeside) == ["A00"]
    assert tom.submit(looked, "Cancel the copy").status == 200
    assert job_of(access, lakeside) is CopyState.CANCELLED
    assert lee.get(f"{ROOT}/copy/{riverside}/made-up").status == 404


@pytest.mark.row("MU-23")
def test_a_copy_is_found_again_in_the_list_of_its_tenant(riverside: TenantId, lakeside: TenantId, lee: Visitor) -> None:
    lee.submit(planned(lee, riverside, lakeside), "Copy Now")
    lee.enter(lakeside)
    page = lee.get(f"{ROOT}/copy")
    link = page.soup.select_one("section[aria-labelledby=recent] a")
    assert link is not None
    found = lee.get(str(link["href"]))
    bar = found.soup.select_one("progress")
    assert bar is not None
    assert (bar["value"], bar["max"]) == ("0", "1")
    assert to_the_end(lee, found).rows()[-1][2] == "8"


@pytest.mark.row("INV-24")
def test_another_field_refuses_the_whole_form(riverside: TenantId, lakeside: TenantId, lee: Visitor) -> None:
    page = lee.submit(planned(lee, riverside, lakeside), "Copy Now")
    url = page.url.partition("?")[0]
    paths = [f"{ROOT}/copy/plan", f"{ROOT}/copy/run", f"{ROOT}/copy/pick", f"{url}/step", f"{url}/cancel"]
    for path in paths:
        assert lee.post(path, {"actor": "pri_1"}).status == 422, path
        assert lee.post(path, {}, is_genuine=False).status == 403, path


def test_nothing_to_copy_is_said_and_cannot_be_pressed(
    access: TenantAccess, riverside: TenantId, lakeside: TenantId, lee: Visitor
) -> None:
    load(access, lakeside, PAYERS, ["P1", "P2"])
    page = planned(lee, riverside, lakeside, sets=[PAYERS])
    button = page.soup.select_one("button.main[disabled]")
    assert button is not None
    assert page.soup.select_one(f"#{button['aria-describedby']}") is not None
