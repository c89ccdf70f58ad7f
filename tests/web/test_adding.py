"""Allow account access: a username is set up at once."""

import pytest
from tests.web.rosters import Office, body

from tenantaccess import VIEW
from tenantaccess.model.members import Contact, RestKind, Status
from tenantaccess.testing.builders import given

PASSWORD = "chosen by maria, for lee"  # of a test


@pytest.mark.row("MU-03", "MU-04", "MU-05")
def test_a_username_is_set_up_and_signs_in(office: Office) -> None:
    page = office.visitor.get(f"{office.url}/add")
    assert "Until the person changes that password, the username works in this practice only" in page.text
    done = office.visitor.submit(
        page, "Add Username", username="lee", password=PASSWORD, repeated=PASSWORD, first_name="Dr", last_name="Lee",
        email="lee@clinic.example", role="biller", level__health_record="view",
    )  # fmt: skip
    assert done.messages == ["lee can sign in. Tell the person the password."]
    assert done.heading == "Dr Lee (lee)"
    lee = office.access.authenticate("lee", PASSWORD)
    told = office.told(lee)
    assert (told.row.status, told.rest_kind, told.rests_on) == (Status.ACTIVE, RestKind.CHOSEN_PASSWORD, "maria")
    assert told.row.contact == Contact("Dr", "Lee", "lee@clinic.example", "")
    assert (office.levels(lee)["codes"], office.levels(lee)["health_record"]) == ("full", "view")


@pytest.mark.row("MU-04")
def test_what_is_wrong_is_said_and_all_but_passwords_is_kept(office: Office) -> None:
    given(office.access).member(given(office.access).tenant("Lakeside"), username="taken")
    page = office.visitor.get(f"{office.url}/add")

    def tried(**fields: str) -> tuple[int, str]:
        sent = {"username": "lee", "password": PASSWORD, "repeated": PASSWORD, "last_name": "Lee", "role": "biller"}
        result = office.visitor.submit(page, "Add Username", **{**sent, **fields})
        assert result.soup.select_one("#last_name[value=Lee]")
        assert not result.soup.select("input[type=password][value]")
        assert PASSWORD not in result.html
        wrong = result.soup.select_one("[aria-invalid]")
        return result.status, "" if wrong is None else str(wrong["name"])

    assert tried(repeated="chosen by maria, for leo") == (422, "repeated")
    assert tried(username="TAKEN") == (409, "username")
    assert tried(username="lee lee") == (422, "username")
    assert tried(password="short", repeated="short") == (422, "password")
    assert tried(email="lee at clinic") == (422, "email")
    assert tried(role="nobody") == (422, "")
    assert [row.username for row in office.access.directory.search(office.tenant, by=office.manager).rows] == ["maria"]


def test_sent_twice_it_is_one_username(office: Office) -> None:
    page = office.visitor.get(f"{office.url}/add")
    for _ in range(2):
        done = office.visitor.submit(page, "Add Username", username="lee", password=PASSWORD, repeated=PASSWORD)
        assert done.heading == "lee"
    assert office.kinds().count("add_username") == 2  # Maria, and Lee


@pytest.mark.row("INV-24", "A18")
def test_a_field_too_many_refuses_the_whole_form(office: Office) -> None:
    page = office.visitor.get(f"{office.url}/add")
    refused = office.visitor.submit(
        page, "Add Username", username="lee", password=PASSWORD, repeated=PASSWORD, verified="1"
    )
    assert refused.status == 422
    assert office.kinds().count("add_username") == 1


@pytest.mark.row("AM-05", "INV-22")
def test_nobody_gives_more_than_they_hold(office: Office) -> None:
    visitor = office.enter(office.member("boss", levels={"manage_account": "full"}))
    page = visitor.get(f"{office.url}/add")
    refused = visitor.submit(
        page, "Add Username", username="lee", password=PASSWORD, repeated=PASSWORD, role="account_manager"
    )
    assert refused.status == 403


@pytest.mark.row("AM-09", "INV-18")
def test_who_may_not_reads_why(office: Office) -> None:
    reader = office.enter(office.member("reader", levels={"manage_account": VIEW}))
    page = body(reader.get(f"{office.url}/add"))
    assert "You cannot set up a username. This needs an account manager." in page.text
    assert not page.soup.select("form")
    fields = {"username": "lee", "password": PASSWORD, "repeated": PASSWORD, office.csrf.name: office.csrf.value}
    assert reader.post(f"{office.url}/add", fields).status == 403
    assert office.enter(office.member("jo")).get(f"{office.url}/add").status == 403
