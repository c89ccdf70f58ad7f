"""The tables in the documentation say what the code says; `python tests/examples/test_tables.py` writes them anew."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tenantaccess.model.decisions import EXPLANATIONS, Reason
from tenantaccess.model.lifecycle import LIFECYCLE, STATUS

NOTHING = "none"
DOCS = Path(__file__).parents[2] / "docs"


def words(reasons: Iterable[Reason]) -> str:
    found = [f"`{reason.value}`" for reason in Reason if reason in set(reasons)]
    if set(reasons) >= set(STATUS):
        found = ["any", *(f"`{reason.value}`" for reason in Reason if reason in set(reasons) - set(STATUS))]
    return ", ".join(found) or NOTHING


def steps() -> list[str]:
    return [
        "| Command | From | To | By | Told | Changes nothing when |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{name}` | {words(step.legal)} | {step.to} | {step.by} | {step.told} | {words(step.idle)} |"
            for name, step in LIFECYCLE.items()
        ),
    ]


def statuses() -> list[str]:
    return [
        "| Condition | In words | Status |",
        "|---|---|---|",
        *(f"| `{reason.value}` | {EXPLANATIONS[reason][0]} | {status.value} |" for reason, status in STATUS.items()),
    ]


def reasons() -> list[str]:
    return [
        "| Reason | Explanation | Remedy |",
        "|---|---|---|",
        *(f"| `{reason.value}` | {said} | {remedy or NOTHING} |" for reason, (said, remedy) in EXPLANATIONS.items()),
    ]


TABLES: dict[str, tuple[Path, Callable[[], list[str]]]] = {
    "steps": (DOCS / "explanation" / "lifecycle.md", steps),
    "statuses": (DOCS / "explanation" / "lifecycle.md", statuses),
    "reasons": (DOCS / "explanation" / "decisions-and-reasons.md", reasons),
}


def written(text: str, name: str, table: list[str]) -> str:
    before, begin, rest = text.partition(f"<!-- {name}: begin -->\n")
    _, end, after = rest.partition(f"<!-- {name}: end -->\n")
    assert begin, name
    assert end, name
    return "\n".join([before + begin, *table, "", end + after])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_in_the_documentation_is_the_one_in_the_code(name: str) -> None:
    page, table = TABLES[name]
    text = page.read_text(encoding="utf-8")
    assert text == written(text, name, table())


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained(reason: Reason) -> None:
    assert EXPLANATIONS[reason][0]


if __name__ == "__main__":
    for name, (page, table) in TABLES.items():
        page.write_text(written(page.read_text(encoding="utf-8"), name, table()), encoding="utf-8")
