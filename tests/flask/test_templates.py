"""A host's template of the same name wins; every name that templates see is documented, and always there (F5)."""

from pathlib import Path
from typing import Any

import jinja2
import pytest
from flask import Flask
from tests.flask import template_names
from tests.flask.hosts import Person

from tenantaccess import TenantAccess
from tenantaccess.testing.builders import PASSWORD, given
from tenantaccess.web.flask import TenantAccessFlask


@pytest.fixture
def app(tmp_path: Path, access: TenantAccess) -> Flask:
    """An application with a folder of templates, a strict engine and names of its own for everything."""
    made = Flask(__name__, template_folder=str(tmp_path))
    made.config.update(SECRET_KEY="a key that signs", TESTING=True)
    made.jinja_env.undefined = jinja2.StrictUndefined

    @made.context_processor
    def own() -> dict[str, Any]:
        return {"page": "the host's", "view": "the host's", "t": "the host's", "g": None}

    TenantAccessFlask(made, access)
    return made


@pytest.fixture
def maria(app: Flask, access: TenantAccess) -> Person:
    riverside = given(access).tenant("Riverside Clinic", segments=["medicaid"])
    given(access).manager(riverside, "maria")
    given(access).pending(riverside)
    person = Person(app.test_client())
    person.sign_in("maria")
    return person


@pytest.mark.row("F5")
def test_the_hosts_template_of_the_same_name_wins(tmp_path: Path, maria: Person) -> None:
    (tmp_path / "tenantaccess").mkdir()
    own = '{% extends "tenantaccess/base.html" %}{% block content %}<p>Ours for {{ page.user }}.</p>{% endblock %}'
    (tmp_path / "tenantaccess" / "tenants.html").write_text(own)
    page = maria.client.get("/access/tenants").text
    assert "Ours for maria." in page
    assert '<header class="top">' in page


@pytest.mark.row("F5")
def test_so_does_its_element_on_every_page(tmp_path: Path, maria: Person) -> None:
    (tmp_path / "tenantaccess" / "elements").mkdir(parents=True)
    (tmp_path / "tenantaccess" / "elements" / "menu.html").write_text("<nav>our own menu</nav>")
    for path in ("/access/tenants", "/access/sign-in", "/access/nowhere"):
        page = maria.client.get(path).text
        assert "our own menu" in page


@pytest.mark.row("F5")
def test_so_does_its_layout_around_everything(tmp_path: Path, maria: Person) -> None:
    (tmp_path / "tenantaccess").mkdir()
    (tmp_path / "tenantaccess" / "base.html").write_text("<title>ours</title>{% block content %}{% endblock %}")
    cache = maria.client.application.jinja_env.cache
    assert cache is not None
    cache.clear()
    page = maria.client.get("/access/tenants").text
    assert page.startswith("<title>ours</title>")
    assert "Riverside Clinic" in page


@pytest.mark.row("F5")
def test_nothing_is_missing_for_a_strict_engine_and_no_name_of_the_hosts_gets_in(
    maria: Person, access: TenantAccess
) -> None:
    (riverside,) = (entry.id for entry in access.contexts.list_tenants(access.authenticate("maria", PASSWORD)).entries)
    maria.enter(riverside)
    for path in ("/access/tenants", f"/access/t/{riverside}", f"/access/t/{riverside}/users", "/access/nowhere"):
        page = maria.client.get(path)
        assert page.status_code in {200, 404}
        assert "the host's" not in page.text


@pytest.mark.row("F5")
def test_every_name_that_a_template_sees_is_documented() -> None:
    written = template_names.PAGE.read_text(encoding="utf-8")
    assert written == template_names.page(), "run: python tests/flask/template_names.py"
    assert "`page.switcher.tenants[].label`" in written
