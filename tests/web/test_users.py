"""The users of a tenant: searched, sorted, paged, counted."""

from datetime import timedelta

import pytest
from tests.services.statements import statements
from tests.web.rosters import body
from tests.web.site import ROOT, Answer, Visitor, portal_of

from tenantaccess import FULL, VIEW, PrincipalId, TenantAccess, TenantId
from tenantaccess.commands import AddUsername, AppointManager, AssignRole, Disable, Invite, UpdateContact
from tenantaccess.demo.world import CATALOG
from tenantaccess.model.members import Contact
from tenantaccess.model.principals import NewUsername
from tenantaccess.model.privileges import Grant
from tenantaccess.stores.sqlalchemy import SQLAlchemyStore
from tenantaccess.testing.builders import OPERATOR, PASSWORD, given
from tenantaccess.testing.doubles import FrozenClock, QuickHasher, SeededEntropy
from tenantaccess.web.portal import Portal


@pytest.fixture
def riverside(access: TenantAccess) -> TenantId:
    return given(access).tenant(tin="01-2345678")


@pytest.fixture
def maria(access: TenantAccess, portal: Portal, riverside: TenantId) -> Visitor:
    """An account manager who has entered."""
    visitor = Visitor(portal, given(access).manager(riverside, "maria"))
    visitor.enter(riverside)
    return visitor


@pytest.fixture
def url(riverside: TenantId) -> str:
    return f"{ROOT}/t/{riverside}/users"


def add(access: TenantAccess, tenant: TenantId, username: str, first: str = "", last: str = "") -> PrincipalId:
    newcomer = NewUsername(username, PASSWORD, f"{username}@clinic.example", first, last)
    return access.execute(AddUsername(tenant, newcomer, Grant(role="biller")), by=OPERATOR).principal_id


def listed(page: Answer) -> list[str]:
    return [one.get_text(strip=True) for one in page.soup.select("tbody th a")]


class TestTheList:
    @pytest.mark.row("AM-10", "AM-20")
    def test_it_shows_each_user_with_what_is_next(
        self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str
    ) -> None:
        jo = add(access, riverside, "jo", "Jo", "Smith")
        access.execute(UpdateContact(riverside, jo, contact=Contact("Jo", "Smith", "", "555-0123")), by=OPERATOR)
        access.execute(Disable(riverside, jo), by=OPERATOR)
        given(access).pending(riverside, "kim")
        given(access).unverified(riverside, username="zed")
        page = maria.get(url)
        assert page.heading == "Users of Riverside Clinic"
        jos, kims, marias, zeds = page.rows()
        assert zeds[5] == "Unverified has yet to follow the e-mail"
        assert jos[1:] == [
            "jo", "Smith", "Jo", "555-0123", "Disabled", "Biller", "never", "•••••5678", "Update User : jo",
        ]  # fmt: skip
        assert (kims[5], kims[-1]) == ("Pending", "Verify Account : kim")
        assert (marias[1], marias[5], marias[6]) == ("maria you", "Active", "Account manager")

    @pytest.mark.row("AM-18")
    def test_it_is_searched_by_what_is_typed_and_cleared(
        self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str
    ) -> None:
        add(access, riverside, "ann", "Ann", "Łukasz")
        add(access, riverside, "bob", "Bob", "Lukas")
        page = maria.get(url)
        found = maria.submit(body(page), "Go", last_name="luk", first_name="B")
        assert listed(found) == ["bob"]
        assert found.soup.select_one("#last-name[value=luk]")
        assert listed(maria.submit(body(page), "Go", email="ann@clinic.example")) == ["ann"]
        assert listed(maria.submit(body(page), "Go", email="an*")) == ["ann"]
        nobody = maria.submit(body(page), "Go", last_name="nobody")
        assert "Nobody matches what you search for." in nobody.text
        cleared = nobody.soup.select_one(".search a.button")
        assert cleared is not None
        assert listed(maria.get(str(cleared["href"]))) == ["ann", "bob", "maria"]

    @pytest.mark.row("AM-18")
    def test_half_an_address_is_told_from_nobody(self, maria: Visitor, url: str) -> None:
        page = maria.get(f"{url}?email=ann")
        assert page.status == 422
        assert page.messages == ["Type the whole address, or how it begins followed by a star, such as ann*."]
        assert page.soup.select_one("#email[aria-invalid=true]")
        assert maria.get(f"{url}?status=sleeping").status == 422
        assert maria.get(f"{url}?sort=colour").status == 422
        assert maria.get(f"{url}?after=elsewhere").status == 422

    @pytest.mark.row("AM-11")
    def test_whoever_awaits_verification_is_found_by_the_box_and_the_tab(
        self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str
    ) -> None:
        given(access).unverified(riverside, username="late")
        given(access).pending(riverside, "new")
        page = maria.get(url)
        boxed = maria.submit(body(page), "Go", pending="1")
        assert sorted(listed(boxed)) == ["late", "new"]
        tab = maria.get(f"{url}?pending=1")
        assert sorted(listed(tab)) == ["late", "new"]
        assert tab.soup.select_one('.tabs [aria-current="page"]').get_text(strip=True).startswith("Pending")  # type: ignore[union-attr]  # it is there

    @pytest.mark.row("AM-26")
    def test_whoever_lapses_soon_stands_on_a_list_with_the_day(
        self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str, clock: FrozenClock
    ) -> None:
        add(access, riverside, "ann")
        assert "Nobody is about to become inactive." in maria.get(f"{url}?soon=1").text
        clock.advance(timedelta(days=61))
        add(access, riverside, "bob")
        page = maria.get(f"{url}?soon=1")
        assert listed(page) == ["ann"]
        assert f"{clock.now() + timedelta(days=29):%Y-%m-%d}" in page.rows()[0]

    @pytest.mark.row("AM-22")
    def test_a_column_sorts_and_sorts_the_other_way_round(
        self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str
    ) -> None:
        for username, last in (("ann", "Zoe"), ("bob", "Able")):
            add(access, riverside, username, last=last)
        page = maria.get(f"{url}?first_name=")
        up = maria.get(str(page.soup.find("a", string="Last name")["href"]))  # type: ignore[index]  # it is there
        assert listed(up) == ["maria", "bob", "ann"]
        assert [one.get_text(strip=True) for one in up.soup.select("[aria-sort=ascending]")] == ["Last name↑"]
        down = maria.get(str(up.soup.find("a", string="Last name")["href"]))  # type: ignore[index]  # it is there
        assert listed(down) == ["ann", "bob", "maria"]
        assert [one.get_text(strip=True) for one in down.soup.select("[aria-sort=descending]")] == ["Last name↓"]

    @pytest.mark.row("AM-22")
    @pytest.mark.parametrize(
        ("column", "first"),
        [
            ("Username", "ann"), ("E-mail", "ann"), ("Last name", "bob"), ("First name", "ann"), ("Telephone", "bob"),
            ("Status", "ann"), ("Role", "bob"), ("Last active", "ann"),
        ],
    )  # fmt: skip
    def test_each_column_sorts(
        self,
        access: TenantAccess,
        riverside: TenantId,
        maria: Visitor,
        url: str,
        clock: FrozenClock,
        column: str,
        first: str,
    ) -> None:
        contacts = {
            "ann": Contact("Ann", "Zoe", "ann@clinic.example", "555-9"),
            "bob": Contact("Bob", "Able", "bob@clinic.example", "555-1"),
        }
        ann, bob = (add(access, riverside, username) for username in contacts)
        for who, contact in zip((ann, bob), contacts.values(), strict=True):
            access.execute(UpdateContact(riverside, who, contact=contact), by=OPERATOR)
            clock.advance(timedelta(days=2))
            access.contexts.enter(riverside, who)
        access.execute(AppointManager(riverside, ann), by=OPERATOR)
        access.execute(AssignRole(riverside, bob, role=None), by=OPERATOR)
        access.execute(Disable(riverside, bob), by=OPERATOR)
        page, orders = maria.get(url), []
        for _ in range(2):
            page = maria.get(str(page.soup.find("a", string=column)["href"]))  # type: ignore[index]  # it is there
            (arrow,) = page.soup.select("th[aria-sort]")
            assert column in arrow.get_text()
            orders.append((arrow["aria-sort"], next(one for one in listed(page) if one in contacts)))
        other = {"ann": "bob", "bob": "ann"}[first]
        assert dict(orders) == {"ascending": first, "descending": other}

    @pytest.mark.row("AM-10")
    def test_pages_join(
        self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tenantaccess.web.portal.pages.users.PAGE", 2)
        for username in ("ann", "bob", "cat"):
            add(access, riverside, username)
        first = maria.get(url)
        more = first.soup.select_one(".pager [rel=next]")
        assert more is not None
        second = maria.get(str(more["href"]))
        assert listed(first) + listed(second) == ["ann", "bob", "cat", "maria"]
        back = second.soup.select_one(".pager a")
        assert back is not None
        assert listed(maria.get(str(back["href"]))) == ["ann", "bob"]

    @pytest.mark.row("AM-10", "AM-19")
    def test_tabs_say_how_many(self, access: TenantAccess, riverside: TenantId, maria: Visitor, url: str) -> None:
        given(access).pending(riverside)
        access.execute(Invite(riverside, "kim@mail.example", Grant(levels={"claims": VIEW})), by=OPERATOR)
        tabs = [one.get_text(" ", strip=True) for one in maria.get(url).soup.select(".tabs a")]
        assert tabs == ["Users 2", "Pending 1", "Invitations 1", "Inactive soon 0"]


class TestWhoSeesIt:
    @pytest.mark.row("INV-11", "AM-09")
    def test_another_tenants_users_are_not_there(self, access: TenantAccess, maria: Visitor) -> None:
        lakeside = given(access).tenant("Lakeside")
        assert maria.get(f"{ROOT}/t/{lakeside}/users").heading == "Choose one of your accounts".replace(
            "accounts", "practices"
        )
        assert maria.enter(lakeside).status == 404

    @pytest.mark.row("INV-11", "AM-09")
    def test_a_member_without_the_level_is_refused(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, maria: Visitor, url: str
    ) -> None:
        jo = Visitor(portal, given(access).member(riverside, levels={"claims": FULL}))
        jo.enter(riverside)
        page = jo.get(url)
        assert page.status == 403
        assert "maria" in page.text
        assert maria.get(url).status == 200

    def test_who_may_only_look_finds_nothing_to_change(
        self, access: TenantAccess, portal: Portal, riverside: TenantId, maria: Visitor, url: str
    ) -> None:
        jo = Visitor(portal, given(access).member(riverside, levels={"manage_account": VIEW}, username="jo"))
        jo.enter(riverside)
        page = jo.get(url)
        assert page.rows()[0][-1] == "Details : jo"
        assert not page.soup.select("main input[type=checkbox][name=member], main .bar, main .main[href]")
        assert maria.get(url).soup.select("main .bar")


def test_fifty_users_cost_as_many_queries_as_one() -> None:
    store = SQLAlchemyStore("sqlite://")
    store.create_all()
    access = TenantAccess(store, CATALOG, clock=FrozenClock(), entropy=SeededEntropy(), hasher=QuickHasher())
    riverside = given(access).tenant()
    maria = Visitor(portal_of(access), given(access).manager(riverside))
    maria.enter(riverside)
    sent = []
    for numbers in (range(1), range(1, 49)):
        for number in numbers:
            add(access, riverside, f"user{number}")
        with statements(access) as asked:
            maria.get(f"{ROOT}/t/{riverside}/users")
        sent.append(len(asked))
    store.dispose()
    assert sent == [sent[0]] * 2
    assert sent[0] <= 13
