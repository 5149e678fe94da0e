"""Judging as a whole: pure, ordered, and monotone in what the notice demands."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.compound import Category
from fleet.model.diagnostic import Severity
from fleet.model.fleet import City
from fleet.policy import RULES, judge
from fleet.policy.rule import Rule, Wording
from tests.inventory.cities import EXAMPLE, X, compound, write


@pytest.fixture
def bare(tmp_path: Path) -> City:
    """A new compound that declares nothing but its devices: every demand is open."""
    empty = dict.fromkeys(("uplink", "areas", "perimeter", "entrances", "unit_doors", "centre"), "")
    text = compound(**empty)
    for area in (", area: road", ", area: u1", ", area: east"):
        text = text.replace(area, "")
    return load(write(tmp_path, {X: text})).require()


def _as(city: City, category: Category) -> City:
    """The same city with its compounds in another category."""
    districts = []
    for district in city.districts:
        changed = tuple(
            c.model_copy(update={"site": c.site.model_copy(update={"category": category})})
            for c in district.compounds
        )
        districts.append(district.model_copy(update={"compounds": changed}))
    return city.model_copy(update={"districts": tuple(districts)})


def test_a_bare_compound_breaks_every_demand(bare: City) -> None:
    """Six demands at once, each by its own rule and at the compound's place."""
    found = judge(bare)

    assert {
        "PERIMETER-06",
        "ENTRANCE-08",
        "AREA-11",
        "UNITDOOR-13",
        "CENTRE-15",
        "UPLINK-16",
    } == {f.code for f in found}
    assert {Severity.ERROR} == {f.severity for f in found}
    assert len({(f.position.line, f.position.column) for f in found if f.position}) == 1


@pytest.mark.parametrize("category", [Category.EXISTING, Category.OLD])
def test_another_category_softens_and_hides_nothing(bare: City, category: Category) -> None:
    """The same findings about the same things, as warnings."""
    hard, soft = judge(_as(bare, Category.NEW)), judge(_as(bare, category))

    assert [(f.code, f.summary) for f in hard] == [(f.code, f.summary) for f in soft]
    assert {Severity.WARNING} == {f.severity for f in soft}


def test_judging_is_pure(bare: City) -> None:
    """Twice the same, and the city is as it was."""
    before = bare.model_dump_json()

    assert judge(bare) == judge(bare)
    assert before == bare.model_dump_json()


def test_findings_are_sorted_by_place() -> None:
    """File, line, column: as a reader walks through the files."""
    found = [f.position for f in judge(_as(load(EXAMPLE).require(), Category.NEW))]

    places = [(p.file, p.line, p.column) for p in found if p is not None]
    assert sorted(places) == places


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_category_is_judged_harder_than_new(rule: Rule) -> None:
    """New compounds carry the full demand; files above all compounds count like them."""
    order = [Severity.INFO, Severity.WARNING, Severity.ERROR]

    hardest = order.index(rule.severity(Category.NEW))

    assert all(order.index(rule.severity(c)) <= hardest for c in Category)
    assert rule.severity(None) is rule.severity(Category.NEW)
    assert rule.severity(Category.NEW, mild=True) is Severity.WARNING


def test_wordings_are_all_in_use() -> None:
    """Must, strive and always: the notice speaks in all three."""
    assert set(Wording) == {rule.wording for rule in RULES}


def test_ids_end_in_their_clause() -> None:
    """PERIMETER-06 is about clauses 6 to 7: an id tells where to read on."""
    for rule in RULES:
        assert int(rule.id.rsplit("-", 1)[1]) == int(rule.clause.split("-")[0])
    assert len(RULES) == len({rule.id for rule in RULES})


def test_each_rule_judges_something() -> None:
    """A rule without a function would be listed and never applied."""
    for rule in RULES:
        assert rule.compound is not None or rule.suspect is not None
