"""Levels, catalogs, policies, principals, moments: values that refuse nonsense when they are made."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantaccess.errors import InvalidInputError, UnknownNameError
from tenantaccess.ids import PRINCIPAL, TENANT, LevelKey, PrincipalId, TenantId, is_id
from tenantaccess.model.actors import Actor, ActorKind, Operator, System, actor_of
from tenantaccess.model.catalog import Catalog, ExternalIdScheme, ReferenceSet, Resource, Role, Segment
from tenantaccess.model.frozen import EMPTY, frozen
from tenantaccess.model.levels import FULL, NONE, VIEW, AccessLevel, Ladder
from tenantaccess.model.lifecycle import ANY, LIFECYCLE, STATUS, legal_from
from tenantaccess.model.members import Status
from tenantaccess.model.moments import EARLIEST, LATEST, optional_utc, utc
from tenantaccess.model.policy import Policy
from tenantaccess.model.principals import Principal, Secret, new_password
from tenantaccess.testing import strategies
from tenantaccess.testing.builders import CLINICS

hold = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ANN = PrincipalId("pri_" + "a" * 32)


@pytest.mark.row("MU-15", "INV-02", "T6")
def test_the_shipped_ladder_is_nothing_view_full() -> None:
    assert NONE < VIEW < FULL
    assert [str(step) for step in Ladder().steps] == ["No access", "View only", "Full access"]
    assert (Ladder().lowest, Ladder().highest, Ladder().level("view")) == (NONE, FULL, VIEW)


@hold
@given(st.integers(2, 6))
def test_a_ladder_orders_its_steps_as_they_stand(count: int) -> None:
    steps = [AccessLevel(LevelKey(f"step{rank}"), rank, "") for rank in range(count)]
    ladder = Ladder(steps)
    assert sorted([*steps[1:], steps[0]]) == steps
    assert [ladder.rank(step.key) for step in steps] == [*range(count)]
    assert steps[0] <= steps[-1]
    assert not steps[0] >= steps[-1]


@pytest.mark.row("INV-25")
def test_a_level_of_another_ladder_is_unknown_and_counts_as_nothing() -> None:
    assert Ladder().rank("owner") == 0
    with pytest.raises(UnknownNameError):
        Ladder().level("owner")


@pytest.mark.parametrize("steps", [[], [NONE], [VIEW, FULL], [NONE, FULL], [NONE, attrs.evolve(VIEW, key=NONE.key)]])
def test_a_ladder_counts_up_from_nothing_without_repeating(steps: list[AccessLevel]) -> None:
    with pytest.raises(InvalidInputError):
        Ladder(steps)


@pytest.mark.row("A35", "A20")
@pytest.mark.parametrize(
    "wrong",
    [
        {"managed_by": "porters"},
        {"managed_by": "health_passport"},
        {"resources": [*CLINICS.resources, CLINICS.resources[0]]},
        {"segments": [Segment("a", "A"), Segment("a", "B")]},
        {"roles": [Role("account_manager", "Mine")]},
        {"roles": [Role("biller", "Biller", {"porters": VIEW})]},
        {"roles": [Role("biller", "Biller", {"claims": "owner"})]},
        {"ladder": Ladder([NONE, attrs.evolve(FULL, rank=1)])},
        {"reference_sets": [ReferenceSet("codes", "Codes", "porters")]},
        {"reference_sets": [ReferenceSet("codes", "Codes", "codes", ["payers"])]},
    ],
    ids=str,
)
def test_a_catalog_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((InvalidInputError, UnknownNameError)):
        attrs.evolve(CLINICS, **wrong)


@pytest.mark.row("MU-17", "A35")
def test_a_catalog_knows_its_words_and_names_the_nearest_to_others() -> None:
    sets = [ReferenceSet("codes", "Codes", "codes", ["payers"]), ReferenceSet("payers", "Payers", "codes")]
    catalog = attrs.evolve(CLINICS, reference_sets=sets)
    assert catalog.needed("claims", "submit") is FULL
    assert catalog.scheme("tin").digits == 9
    catalog.require_segments(["medicaid"])
    ways: list[Callable[[], object]] = [
        lambda: catalog.resource("claimz"),
        lambda: catalog.needed("claims", "vieww"),
        lambda: catalog.scheme("tinn"),
        lambda: catalog.require_segments(["medicad"]),
    ]
    for ask in ways:
        with pytest.raises(UnknownNameError) as refused:
            ask()
        assert refused.value.nearest


@pytest.mark.row("AM-14", "AM-35")
def test_a_resource_views_and_edits_unless_it_says_otherwise_and_no_action_is_free() -> None:
    assert dict(Resource("codes", "Codes").actions) == {"view": VIEW, "edit": FULL}
    with pytest.raises(InvalidInputError):
        Resource("codes", "Codes", actions={"view": NONE})


def test_the_built_in_role_holds_what_is_offered() -> None:
    assert set(CLINICS.manager_levels()) == {one.key for one in CLINICS.resources if one.offered}


def test_no_level_and_the_lowest_level_are_one_role() -> None:
    assert CLINICS.normal(Role("a", "A", {"claims": NONE, "codes": VIEW})) == Role("a", "A", {"codes": VIEW})


@pytest.mark.row("MU-01")
def test_a_scheme_is_digits_or_a_normaliser_of_the_hosts_and_not_both() -> None:
    npi = ExternalIdScheme("npi", "NPI", normalise=str.upper)
    assert npi.normal("a1") == "A1"
    for wrong in ({}, {"digits": 9, "normalise": str.upper}):
        with pytest.raises(InvalidInputError):
            ExternalIdScheme("npi", "NPI", **wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        npi.normal("two words")


@pytest.mark.row("AM-20")
def test_a_masked_identifier_shows_its_end_and_less_than_half() -> None:
    tin = ExternalIdScheme("tin", "Tax ID", digits=9)
    code = ExternalIdScheme("code", "Code", normalise=str.upper)
    assert tin.masked("01-2345678") == "•••••5678"
    assert [code.masked(value) for value in ("a", "ab", "abc", "abcd", "abcdef")] == [
        "•",
        "••",
        "••C",
        "•••D",
        "••••EF",
    ]
    with pytest.raises(InvalidInputError):
        tin.masked("12")


@pytest.mark.parametrize(
    "wrong",
    [
        {"inactive_after": timedelta(0)},
        {"token_expires_after": timedelta(days=-1)},
        {"request_expires_after": timedelta(days=3_661)},
        {"warnings_after": [timedelta(days=75), timedelta(days=60)]},
        {"warnings_after": [timedelta(days=90)]},
    ],
    ids=str,
)
def test_a_policy_has_sensible_periods(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        Policy(**wrong)


@pytest.mark.row("INV-07", "A31")
@pytest.mark.parametrize(
    "wrong",
    [None, "2026-01-01", datetime(2026, 1, 1), EARLIEST - timedelta(microseconds=1), LATEST.replace(year=9999)],  # noqa: DTZ001
    ids=str,
)
def test_a_moment_is_aware_and_within_reason(wrong: object) -> None:
    with pytest.raises(InvalidInputError):
        utc("at", wrong)


@hold
@given(strategies.moments(), st.integers(-14, 14))
def test_a_moment_is_one_moment_in_every_zone(moment: datetime, hours: int) -> None:
    there = moment.astimezone(timezone(timedelta(hours=hours)))
    assert utc("at", there) == moment
    assert utc("at", there).tzinfo is UTC
    assert optional_utc(None) is None


@hold
@given(st.text(max_size=40))
def test_an_id_is_recognised_by_its_exact_shape(text: str) -> None:
    assert not is_id(text, TENANT) or text.startswith(TENANT)
    assert is_id(ANN, PRINCIPAL)
    assert not any(is_id(wrong, PRINCIPAL) for wrong in (ANN.upper(), ANN + "\n", ANN[:-1], TenantId("ten_"), None, 5))


def test_who_acts_is_recorded_as_one_of_four() -> None:
    assert [actor_of(by).key for by in (None, Operator("desk"), System(), ANN)] == [
        "public:", "operator:desk", "system:", f"member:{ANN}",
    ]  # fmt: skip
    assert Actor(ActorKind.MEMBER, ANN).link is None
    with pytest.raises(InvalidInputError):
        Operator("two words")


def test_a_principal_is_compared_by_its_keys() -> None:
    assert Principal(ANN, "Ann").username_key == "ann"
    assert Principal(ANN, "Ann", email="Ann@Clinic.example").email_key == "ann@clinic.example"
    assert Principal(ANN, "Ann").email_key == ""


@pytest.mark.row("INV-31")
def test_a_secret_wrapped_twice_is_one_secret() -> None:
    wrapped = Secret("a quick brown password")
    assert new_password(wrapped) is wrapped
    assert repr(wrapped) == str(wrapped) == "Secret(…)"


def test_frozen_mappings_stay_as_they_were_made() -> None:
    source = {"a": 1}
    kept = frozen(source)
    source["a"] = 2
    assert (dict(kept), frozen({}), frozen(kept)) == ({"a": 1}, EMPTY, kept)
    assert isinstance(kept, MappingProxyType)


@pytest.mark.row("INV-16", "T1")
def test_the_lifecycle_table_is_whole() -> None:
    assert set(STATUS.values()) == set(Status)
    for step in LIFECYCLE.values():
        assert not step.legal & step.idle
        assert step.legal <= ANY | {next(iter(LIFECYCLE["add_username"].legal))}
    for condition in STATUS:
        assert {"leave", "remove", "appoint_manager"} <= set(legal_from(condition))


def test_a_catalog_without_anything_but_management_works() -> None:
    least = Catalog([Resource("manage", "Manage")], "manage")
    assert least.manager_levels() == {"manage": "full"}
