"""Sphinx settings of the documentation."""

from importlib.metadata import version as installed_version
from typing import Any

from django.conf import settings

import django

# What stands on the framework is imported in a project only: the smallest there is.
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
django.setup()

project = "tenantaccess"
author = "The tenantaccess authors"
copyright = f"2026, {author}"
release = version = installed_version("tenantaccess")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [
    # Annotations of other packages: their documentation is elsewhere and is not fetched.
    ("py:.*", r"(attr|attrs|blinker|cattrs|collections|contextlib|datetime|markupsafe)(\..*)?"),
    ("py:.*", r"(django|enum|flask|rest_framework|sqlalchemy|typing)(\..*)?"),
    # Type variables, and what a host is never handed.
    ("py:class", r"tenantaccess\.(\w+\.)+[A-Z]"),
    ("py:class", r"tenantaccess\.services\.(command\.Bench|pipeline\.Pipeline)"),
    ("py:class", r"tenantaccess\.stores\.sqlalchemy\.units\.Statements"),
    ("py:class", r"AbstractBaseUser|~P"),
    ("py:exc", r"ImproperlyConfigured|NotEnteredError|SignInNeededError"),
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_use_rtype = False

html_theme = "furo"
html_title = "tenantaccess"


def link_identifiers(app: Any, env: Any, node: Any, shown: Any) -> Any:
    """Link annotations with a type of identifier: Sphinx files those under data, and annotations ask for classes."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith("tenantaccess.ids."):
        return None
    return env.get_domain("py").resolve_xref(env, node["refdoc"], app.builder, "data", target, node, shown)


def keep_colons(_app: Any, what: str, _name: str, _described: Any, _options: Any, lines: list[str]) -> None:
    """Keep Napoleon from taking what stands before the first colon about an attribute for its type."""
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]  # an empty comment has no colon


def setup(app: Any) -> None:
    """Connect the two."""
    app.connect("missing-reference", link_identifiers)
    app.connect("autodoc-process-docstring", keep_colons, priority=100)
