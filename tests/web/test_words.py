"""Every word passes the host's catalogue, and translators are given all of them."""

import ast
import re
from pathlib import Path

import attrs
import pytest
from babel.messages.pofile import read_po
from tests.web.site import ROOT, Visitor

from tenantaccess import TenantAccess, UnknownNameError, commands
from tenantaccess.model.members import Contact
from tenantaccess.model.principals import NewUsername
from tenantaccess.services.command import Command
from tenantaccess.testing.builders import given
from tenantaccess.web.portal import TEMPLATES, Csrf, Kept, Page, PageRequest, Portal
from tenantaccess.web.portal import Visitor as Asking
from tenantaccess.web.portal.labels import LABELS, UNSEEN
from tenantaccess.web.portal.words import CATALOGUE, Words
from tenantaccess.web.portal.words.__main__ import messages, template
from tenantaccess.web.portal.words.evidence import KINDS, TRIES

NOUNS = {"tenant": "practice", "tenants": "practices", "Tenant": "Practice", "Tenants": "Practices"}
PAGES = Path(TEMPLATES).parent
FORMS = ("NAMES", "FIELDS", "ABOUT", "CONTACT", "NEWCOMER")


def test_every_word_of_a_template_is_in_the_catalogue() -> None:
    named = {
        word
        for path in TEMPLATES.rglob("*.html")
        for word in re.findall(r"\bt\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert named - set(CATALOGUE) == set()


def test_every_word_of_a_page_is_in_the_catalogue() -> None:
    said = set()
    for path in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args:
                (first, *_) = node.args
                if isinstance(first, ast.Constant):
                    said.add(first.value)
    assert said - set(CATALOGUE) == set()


def test_no_template_says_anything_by_itself() -> None:
    """Between tags and names there is punctuation alone: nothing that would stay English."""
    found = {}
    for path in TEMPLATES.rglob("*.html"):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        words = [word for word in re.findall(r"[A-Za-z]{2,}", bare) if word not in ("doctype", "UTC")]
        if words:
            found[path.name] = words
    assert found == {}


@pytest.mark.row("P5")
def test_a_page_is_in_the_language_of_its_visitor(access: TenantAccess, portal: Portal) -> None:
    maria = given(access).manager(given(access).tenant())
    request = PageRequest(
        "GET",
        "/tenants",
        ROOT,
        Asking(maria, "maria"),
        Kept(),
        Csrf("token", "x"),
        gettext=lambda text: f"«{text}»",
        language="ar-EG",
    )
    answer = portal.respond(request)
    assert isinstance(answer, Page)
    layout = answer.context["page"]
    assert (layout.title, layout.direction) == ("«Choose one of your practices»", "rtl")


def test_values_are_put_in_after_the_translation() -> None:
    words = Words({CATALOGUE["left"]: "%(name)s liegt hinter Ihnen."}.__getitem__, NOUNS)
    assert words.say("left", name="Riverside %(tenant)s") == "Riverside %(tenant)s liegt hinter Ihnen."


def test_no_word_is_said_twice_with_another_meaning() -> None:
    said: dict[str, str] = {}
    for room in (PAGES / "words").glob("[a-z]*.py"):
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Dict):
                continue
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    word, text = str(key.value), str(ast.literal_eval(value))
                    assert said.setdefault(word, text) == text, word
    assert said == CATALOGUE


def test_a_word_that_is_not_there_is_an_error() -> None:
    words = Words(str, NOUNS)
    with pytest.raises(UnknownNameError):
        words.say("no_such_word")
    with pytest.raises(AttributeError):
        words.no_such_word  # noqa: B018  # asked as a template asks


def test_what_is_wrong_with_a_field_names_it_as_the_page_does() -> None:
    words = Words(str, NOUNS)
    assert words.wrong("username", "must not be empty") == "Username: must not be empty."
    assert words.wrong("valid_until", "must lie after `valid_from`, and ahead").endswith(
        "after “First day”, and ahead."
    )
    assert words.wrong("tin", "must be 9 digits", "Tax ID") == "Tax ID: must be 9 digits."
    assert words.wrong("after", "must be the `next` of a page") == CATALOGUE["out_of_date"]


def test_no_field_of_a_form_or_a_command_is_told_by_its_name_in_programs() -> None:
    """Each is called as its control is, or is known to be none that anybody types."""
    sent = set()
    for path in (PAGES / "pages").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_form = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "form"
            is_names = isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in FORMS
            if is_form or is_names:
                sent |= {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
    fields = {
        field.name
        for name in commands.__all__
        if attrs.has(command := getattr(commands, name)) and issubclass(command, Command)
        for field in (*attrs.fields(command), *attrs.fields(NewUsername), *attrs.fields(Contact))
    }
    words = Words(str, NOUNS)
    typed = {str(name) for name in sent | fields if name and not str(name).endswith(".")}
    assert "linking" in typed
    assert {name for name in typed - UNSEEN if not words.field(name)} == set()
    assert set(LABELS.values()) - set(CATALOGUE) == set()


def test_each_kind_of_command_can_be_told_as_refused() -> None:
    done = {name.removeprefix("did_") for name in KINDS} - {"entered", "note_lapse"}
    assert {name.removeprefix("try_") for name in TRIES} == done


def test_translators_get_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "portal.pot"
    path.write_text(template(), encoding="utf-8")
    with path.open("rb") as file:
        read = {str(message.id) for message in read_po(file) if message.id}
    assert read == set(messages())
    assert {"Save", "the membership is disabled", "Full access", "must not be empty"} <= read


def test_a_visitor_reads_what_is_wrong(access: TenantAccess, portal: Portal) -> None:
    given(access).manager(given(access).tenant(), "maria")
    visitor = Visitor(portal)
    refused = visitor.submit(visitor.get(f"{ROOT}/sign-in"), "Sign in", username="-", password="x")
    assert refused.messages[0].startswith("Username: must be letters, digits and")
