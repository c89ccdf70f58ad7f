"""
Writes which templates there are, and which names each of them uses: what a host's own copy of one has to expect.

Run as a program it renews ``docs/reference/templates.md``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import jinja2
from jinja2 import nodes

from tenantaccess.web.portal import TEMPLATES

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "templates.md"
TOP: Final = """\
# Templates

Every page is made of these, in a folder `tenantaccess/`. A template of the same name in your application's own folder
is used instead, in Flask and in Django; whatever you do not replace goes on as it is. `page` is around
every page, `view` what it is about, `t` the words, by name. `rows[]` means each one of `rows`.

The names are a promise as the rest of the interface is: none goes away in a release that only mends, and the changes
say which came. Every name that stands here is there in every case, so that `StrictUndefined` finds nothing missing.

<!-- Written by tests/flask/template_names.py: run it after a template has changed. -->
"""


def templates() -> list[str]:
    """Return the names of all templates, those of whole pages first."""
    found = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")]
    return sorted(found, key=lambda name: (name.count("/"), name))


def page() -> str:
    """Return the page of the documentation."""
    return "\n".join([TOP, *(line for name in templates() for line in _section(name))])


def _section(name: str) -> Iterator[str]:
    tree = jinja2.Environment(autoescape=True).parse((TEMPLATES / name).read_text(encoding="utf-8"))
    yield f"## `{name}`"
    yield ""
    for said, kind in (("Extends", nodes.Extends), ("Includes", nodes.Include)):
        others = sorted({_constant(getattr(node, "template", None)) for node in tree.find_all(kind)})
        if others:
            yield f"{said} {', '.join(f'`{one}`' for one in others)}."
            yield ""
    names = sorted(_names(tree, {}))
    for root in ("page", "view", "t"):
        found = [one for one in names if one.partition(".")[0] == root]
        if found:
            yield f"- {', '.join(f'`{one}`' for one in found)}"
    rest = [one for one in names if one.partition(".")[0].removesuffix("[]") not in {"page", "view", "t"}]
    if rest:
        yield f"- from where it is included: {', '.join(f'`{one}`' for one in rest)}"
    yield ""


def _constant(node: object) -> str:
    assert isinstance(node, nodes.Const)
    return str(node.value)


def _names(node: nodes.Node, scope: dict[str, str]) -> set[str]:
    """Return what is looked up in *node*, the variable of a loop replaced by what it runs through."""
    if isinstance(node, nodes.For):
        assert isinstance(node.target, nodes.Name)
        inner = {**scope, node.target.name: f"{_path(node.iter, scope)}[]"}
        found = _names(node.iter, scope)
        for child in (*node.body, *node.else_):
            found |= _names(child, inner)
        return found
    path = _path(node, scope)
    if path:
        return {path}
    return set().union(*(_names(child, scope) for child in node.iter_child_nodes()))


def _path(node: nodes.Node, scope: dict[str, str]) -> str:
    if isinstance(node, nodes.Name):
        return scope.get(node.name, node.name)
    if isinstance(node, nodes.Getattr):
        outer = _path(node.node, scope)
        return f"{outer}.{node.attr}" if outer else ""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        outer = _path(node.node, scope)
        return f"{outer}.{node.arg.value}" if outer else ""
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
