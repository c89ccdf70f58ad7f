"""What the README leads to is there, and can be read on a forge."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
LINKS = re.findall(r"\]\(([^)#:]+)\)", (HERE / "README.md").read_text(encoding="utf-8"))
ONLY_BUILT = re.compile(r"^```\{include\}", re.MULTILINE)
"""Of what a page is made that is read from elsewhere once the documentation is built."""


def test_it_leads_to_what_one_reads_next() -> None:
    for wanted in ("docs/tutorial/index.md", "docs/tutorial/flask.md", "docs/tutorial/django.md", "docs/screens"):
        assert wanted in LINKS


@pytest.mark.parametrize("link", sorted(set(LINKS)))
def test_a_link_leads_to_something_to_read(link: str) -> None:
    there = HERE / link
    assert there.exists()
    if there.suffix == ".md":
        assert not ONLY_BUILT.search(there.read_text(encoding="utf-8"))
