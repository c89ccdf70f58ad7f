"""Values of copying: what they refuse, what makes two records one, how they travel."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantaccess.codec import plain, structured
from tenantaccess.errors import InvalidInputError
from tenantaccess.ids import ReferenceSetKey, TenantId
from tenantaccess.model.catalog import Catalog, ReferenceSet, Resource
from tenantaccess.model.copying import (
    EVERYTHING,
    Comparison,
    CopyPlan,
    Sample,
    Selection,
    Tally,
    Verdict,
)
from tenantaccess.model.policy import Policy
from tenantaccess.model.records import ReferenceRecord, as_stored
from tenantaccess.testing.contracts.records import records

HERE, THERE, THIRD = (TenantId(f"ten_{number:032x}") for number in (1, 2, 3))
CODES, PAYERS = ReferenceSetKey("codes"), ReferenceSetKey("payers")


def plan(**facts: Any) -> CopyPlan:
    given: dict[str, Any] = {
        "source": HERE,
        "targets": [THERE],
        "sets": [CODES],
        "fingerprints": {CODES: "1"},
        "comparisons": [Comparison(THERE, CODES, new=1)],
        **facts,
    }
    return CopyPlan(**given)


@pytest.mark.row("INV-40", "INV-09", "MU-17")
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "x" * 201}, "key"),
        ({"key": 7}, "key"),
        ({"key": " A"}, "key"),
        ({"key": "A "}, "key"),
        ({"key": "A\n"}, "key"),
        ({"key": "A\u200b"}, "key"),
        ({"key": "\ud800"}, "key"),
        ({"key": "jose\u0301"}, "key"),
        ({"label": "x" * 501}, "label"),
        ({"label": "two\nlines"}, "label"),
        ({"content": {"": "x"}}, "key"),
        ({"content": {"a": 7}}, "content"),
        ({"content": {"a": "\x00"}}, "content"),
        ({"content": {"a": "\ud800"}}, "content"),
        ({"content": [("a", "b")]}, "content"),
        ({"content": {str(number): "" for number in range(51)}}, "content"),
        ({"content": {"a": "x" * 20_000}}, "content"),
        ({"refers": {"Not a word": "x"}}, "reference_set"),
        ({"refers": {"payers": ""}}, "key"),
        ({"refers": "payers"}, "refers"),
        ({"refers": {f"s{number}": "x" for number in range(101)}}, "refers"),
    ],
)
def test_a_record_refuses_what_it_cannot_hold(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ReferenceRecord(**{"key": "A", **facts})
    assert refused.value.field == field


def test_a_record_holds_as_much_as_it_may() -> None:
    whole = ReferenceRecord("é" * 200, "x" * 200, {str(number): "" for number in range(50)}, {PAYERS: "P 1"})
    assert len(whole.content) == 50
    assert len(ReferenceRecord("A", content={"a": "two\nlines\tand " + "x" * 19_985}).content["a"]) == 19_999


@pytest.mark.row("INV-34")
@given(records(), records())
def test_two_records_are_identical_exactly_where_all_but_their_key_is_equal(
    one: ReferenceRecord, other: ReferenceRecord
) -> None:
    facts = [(record.label, dict(record.content), dict(record.refers)) for record in (one, other)]
    assert (one.digest == other.digest) == (facts[0] == facts[1])
    assert attrs.evolve(one, key="another").digest == one.digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"label": "a"}, {"content": {"a": ""}}),
        ({"content": {"payers": "P1"}}, {"refers": {"payers": "P1"}}),
        ({"content": {"a": "b", "c": "d"}}, {"content": {"a": "bc", "d": ""}}),
        ({"label": "a", "content": {}}, {"label": 'a", {', "content": {}}),
        ({"content": {"a": '1","b":"2'}}, {"content": {"a": "1", "b": "2"}}),
    ],
)
def test_records_that_could_be_taken_for_each_other_have_digests_of_their_own(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert ReferenceRecord("A", **one).digest != ReferenceRecord("A", **other).digest


@given(records())
def test_a_record_as_stored_is_the_record_that_was_written(record: ReferenceRecord) -> None:
    facts = (record.key, record.label, dict(record.content), dict(record.refers))
    stored = as_stored(*facts, record.digest, ("as", "written"))
    assert (stored, stored.digest, stored.kept) == (record, record.digest, ("as", "written"))
    assert attrs.evolve(stored, label="another") == attrs.evolve(record, label="another")
    assert attrs.evolve(stored, label="another").digest == attrs.evolve(record, label="another").digest
    assert attrs.evolve(stored, label="another").kept is None
    assert as_stored(*facts, "kept").digest == "kept"


@pytest.mark.row("INV-40", "MU-23")
@pytest.mark.parametrize(
    "keys",
    [
        {CODES: "A00"},
        {CODES: [" "]},
        {"No word": ["A"]},
        [CODES],
        {CODES: [str(number) for number in range(10_001)]},
    ],
)
def test_a_selection_refuses_what_it_cannot_hold(keys: Any) -> None:
    with pytest.raises(InvalidInputError):
        Selection(keys)


def test_a_selection_names_as_many_as_it_may() -> None:
    assert len(Selection({CODES: {str(number) for number in range(10_000)}}).keys[CODES]) == 10_000
    assert Selection() == EVERYTHING


@pytest.mark.row("MU-21", "INV-24", "INV-40")
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"source": CODES}, "source"),
        ({"targets": []}, "to"),
        ({"targets": [HERE]}, "to"),
        ({"targets": [THERE, THERE]}, "to"),
        ({"targets": ["somewhere"]}, "to"),
        ({"sets": []}, "sets"),
        ({"sets": [CODES, CODES]}, "sets"),
        ({"sets": [ReferenceSetKey(f"s{number}") for number in range(101)]}, "sets"),
        ({"selection": Selection({PAYERS: {"P1"}})}, "selection"),
        ({"fingerprints": {}}, "fingerprints"),
        ({"fingerprints": {CODES: ""}}, "fingerprints"),
        ({"fingerprints": {CODES: "x" * 201}}, "fingerprints"),
        ({"comparisons": []}, "comparisons"),
        ({"comparisons": [Comparison(THIRD, CODES)]}, "comparisons"),
    ],
)
def test_a_plan_refuses_what_no_copy_can_be(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        plan(**facts)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "facts",
    [
        {"target": CODES},
        {"new": -1},
        {"new": True},
        {"new": 1.0},
        {"new": 2**63},
        {"samples": {"wanted": []}},
        {"samples": {"new": [Sample("A")] * 6}},
        {"samples": [Sample("A")]},
    ],
)
def test_a_comparison_refuses_what_is_no_count(facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        Comparison(**{"target": THERE, "set": CODES, **facts})


@pytest.mark.row("INV-24")
def test_a_plan_comes_back_from_plain_data_as_it_was() -> None:
    compared = Comparison(THERE, CODES, new=2, dangling=1, samples={"dangling": [Sample("A", "x", "", "needs payers")]})
    whole = plan(comparisons=[compared], selection=Selection({CODES: {"B", "A"}}))
    assert structured(plain(whole), CopyPlan) == whole
    assert [whole.count(verdict) for verdict in Verdict] == [2, 0, 0, 0, 1]
    with pytest.raises(InvalidInputError):
        structured({**plain(whole), "approved": True}, CopyPlan)


@given(st.lists(st.builds(Tally, *[st.integers(0, 99)] * 6), max_size=4))
def test_tallies_add_up(some: list[Tally]) -> None:
    total = sum(some, Tally())
    assert attrs.astuple(total) == tuple(
        sum(column) for column in zip(*map(attrs.astuple, [Tally(), *some]), strict=True)
    )


def catalog(*sets: ReferenceSet) -> Catalog:
    return Catalog([Resource("codes", "Codes")], managed_by="codes", reference_sets=sets)


@pytest.mark.row("MU-18", "A35")
@pytest.mark.parametrize(
    "references",
    [{"a": ["a"]}, {"a": ["b"], "b": ["a"]}, {"a": ["b"], "b": ["c"], "c": ["a"], "d": []}, {"a": ["gone"]}],
)
def test_sets_that_refer_in_a_circle_are_no_catalog(references: dict[str, list[str]]) -> None:
    sets = [ReferenceSet(key, key.upper(), resource="codes", refers_to=named) for key, named in references.items()]
    with pytest.raises(InvalidInputError, match="reference_sets"):
        catalog(*sets)


def test_the_check_of_a_set_is_no_part_of_what_it_is() -> None:
    one = ReferenceSet("a", "A", resource="codes", check=lambda _: "")
    assert one == ReferenceSet("a", "A", resource="codes")


@pytest.mark.row("INV-40")
@pytest.mark.parametrize("wrong", [{"copy_batch": 0}, {"copy_batch": 10**7}, {"copy_slice": 0}, {"copy_slice": 10**7}])
def test_batches_have_a_size(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match="copy_batch"):
        Policy(**wrong)  # type: ignore[arg-type]  # wrong on purpose
