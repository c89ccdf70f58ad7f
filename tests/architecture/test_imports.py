"""`import tenantaccess` is cheap and safe: it loads nothing optional, and the rest only when first used."""

import json
import subprocess
import sys

import pytest

# Loaded by features one asks for (extras), by tests, or, as cattrs, on first use.
LATER = [
    "argon2",
    "cattrs",
    "django",
    "flask",
    "hypothesis",
    "jinja2",
    "psycopg",
    "pytest",
    "sqlalchemy",
    "unittest",
]


def loaded_after(statement: str) -> set[str]:
    """Top-level modules that the statement adds to a fresh interpreter, beyond what starting one loads."""
    program = f"""if True:
        import json, sys
        before = set(sys.modules)
        {statement}
        print(json.dumps(sorted(set(sys.modules) - before)))
    """
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(answer.stdout)}


@pytest.fixture(scope="module")
def front_door() -> set[str]:
    return loaded_after("import tenantaccess")


def test_the_package_is_loaded(front_door: set[str]) -> None:
    assert "tenantaccess" in front_door


@pytest.mark.parametrize("name", LATER)
def test_importing_the_package_loads_nothing_optional(front_door: set[str], name: str) -> None:
    assert name not in front_door


def test_a_loaded_module_would_be_seen() -> None:
    assert "cattrs" in loaded_after("import cattrs.strategies")
