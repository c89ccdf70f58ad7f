"""The house's limits, read off the syntax trees of the package: nothing is imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "tenantaccess"
# A migration is as long as the tables it makes, and never changed.
FILES = sorted(path for path in SRC.rglob("*.py") if path.parent.name != "migrations")
TREES = {path.relative_to(SRC).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

MAX_LINES = 400
MAX_PUBLIC_METHODS = 7
MAX_ABSTRACT_METHODS = 7
DRAWERS = {"base", "common", "helper", "helpers", "misc", "util", "utils"}
VAGUE_ENDINGS = ("Base", "Helper", "Impl", "Manager")
# Commands, named by a verb and its object.
NOT_VAGUE = {"AppointManager", "LastManager", "Base"}
# Paths below src/tenantaccess. A mailer raises whatever its library does, and one recipient must not stop all.
MAY_CATCH_EVERYTHING = {"services/notices.py"}
# What pytest and Hypothesis collect from the kit for tests is a list of promises, not an interface.
COLLECTED = {"initialize", "invariant", "rule"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path, tree in TREES.items():
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def methods(cls: ast.ClassDef) -> list[Function]:
    return [node for node in cls.body if isinstance(node, Function)]


def last_name(node: ast.expr) -> str:
    """The last part of a name, called or subscripted or neither: abc.abstractmethod, Protocol[T]."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return last_name(inner)
        case _:
            return ""


def decorators(function: Function) -> set[str]:
    return {last_name(decorator) for decorator in function.decorator_list}


def public_methods(cls: ast.ClassDef) -> set[str]:
    """Names, so that overloads count once; properties are attributes to whoever reads them."""
    return {
        method.name
        for method in methods(cls)
        if not method.name.startswith(("_", "test_"))
        and not decorators(method) & {"property", "cached_property", "setter", *COLLECTED}
    }


def is_protocol(cls: ast.ClassDef) -> bool:
    return any(last_name(base) == "Protocol" for base in cls.bases)


def ports() -> Iterator[tuple[str, ast.ClassDef]]:
    return ((path, cls) for path, cls in classes() if path.startswith("ports/") and is_protocol(cls))


def test_there_is_something_to_measure() -> None:
    assert "__init__.py" in TREES


def test_modules_are_short() -> None:
    lengths = {path: len((SRC / path).read_text(encoding="utf-8").splitlines()) for path in TREES}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


def test_classes_have_few_public_methods() -> None:
    counts = {f"{path}: {cls.name}": len(public_methods(cls)) for path, cls in classes()}
    assert {where: count for where, count in counts.items() if count > MAX_PUBLIC_METHODS} == {}


def test_ports_have_few_abstract_methods() -> None:
    counts = {
        f"{path}: {cls.name}": sum("abstractmethod" in decorators(method) for method in methods(cls))
        for path, cls in ports()
    }
    assert {where: count for where, count in counts.items() if count > MAX_ABSTRACT_METHODS} == {}


def test_ports_have_no_default_bodies() -> None:
    concrete = [
        f"{path}: {cls.name}.{method.name}"
        for path, cls in ports()
        for method in methods(cls)
        if "abstractmethod" not in decorators(method)
    ]
    assert concrete == []


def test_nothing_is_left_to_be_implemented() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and last_name(node) == "NotImplementedError"
    ]
    assert found == []


def test_names_say_what_a_class_is() -> None:
    vague = [
        f"{path}: {cls.name}"
        for path, cls in classes()
        if cls.name.endswith(VAGUE_ENDINGS) and cls.name not in NOT_VAGUE
    ]
    assert vague == []


def test_there_are_no_drawers() -> None:
    parts = {path: path.removesuffix(".py").split("/") for path in TREES}
    assert [path for path, names in parts.items() if DRAWERS & {name.strip("_") for name in names}] == []


def test_nobody_catches_everything() -> None:
    found = [
        f"{path}:{handler.lineno}"
        for path, tree in TREES.items()
        if path not in MAY_CATCH_EVERYTHING
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler) and catches_everything(handler.type)
    ]
    assert found == []


def catches_everything(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(catches_everything(element) for element in caught.elts)
    return caught is None or last_name(caught) in {"BaseException", "Exception"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("except:", True),
        ("except Exception:", True),
        ("except (ValueError, builtins.BaseException) as error:", True),
        ("except (ValueError, OSError):", False),
    ],
)
def test_catching_everything_is_seen_in_every_spelling(source: str, *, expected: bool) -> None:
    (statement,) = ast.parse(f"try: pass\n{source} pass").body
    assert isinstance(statement, ast.Try)
    assert catches_everything(statement.handlers[0].type) is expected
