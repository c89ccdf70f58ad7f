"""Sphinx settings of the documentation."""

from importlib.metadata import version as installed_version

project = "tenantaccess"
author = "The tenantaccess authors"
copyright = f"2026, {author}"
release = version = installed_version("tenantaccess")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [
    # Annotations of other packages: their documentation is elsewhere and is not fetched.
    ("py:.*", r"(attr|attrs|cattrs|collections|datetime|enum|sqlalchemy|typing)(\..*)?"),
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = "tenantaccess"
