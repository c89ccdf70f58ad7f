"""The benchmarks at size, at a size that takes seconds: that they run, ask what they say, and can be drawn."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import sqlalchemy as sa

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.URL:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return sa.make_url(f"sqlite:///{tmp_path}/measured.db")


@pytest.mark.slow
def test_every_question_is_measured_and_drawn(url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    import plot
    import questions
    import scale

    monkeypatch.setattr(questions, "PATIENCE", 0.0)
    found = [*scale.asked(url, [1_000]), *scale.adopted(url, [50]), *scale.copied(url, [50])]
    lines = [scale.facts("sqlite", population, line) for population, line in found]

    assert all(line.get("ratio", 1) > 0 for line in lines)
    assert {chart[:2] for chart in plot.CHARTS} <= {(line["population"], line["name"]) for line in lines}
    results = scale.added(scale.added({}, "sqlite", "3", lines), "sqlite", "3", lines)
    assert len(results["lines"]) == len(lines)
    assert ET.fromstring(plot.picture(results["lines"])).tag.endswith("svg")


def test_a_population_is_what_the_library_takes_it_for(url: sa.URL) -> None:
    from floors import MANAGERS, WHO, Floors
    from population import CROWD, MASTER, populated

    from tenantaccess.assembly import TenantAccess
    from tenantaccess.testing.builders import CLINICS

    crowd, spread = populated(url, "crowd", 90), populated(url, "spread", 200)
    access, floors = TenantAccess(crowd, CLINICS), Floors(crowd)
    for statement, asked in ((WHO, ("claims", "submit")), (MANAGERS, ("manage_account", "view"))):
        rows = floors.ask(statement, tenant=CROWD, resource="claims")()
        assert isinstance(rows, list)
        assert [row[0] for row in rows] == list(access.list_members_with(CROWD, *asked))
    assert len(TenantAccess(spread, CLINICS).list_tenants_with(MASTER, "claims", "submit")) == 2
    for store in (crowd, spread):
        store.dispose()
