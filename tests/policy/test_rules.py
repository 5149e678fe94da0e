"""Every rule: its examples, its severity by wording and category, its owner and clause."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.diagnostic import Severity
from fleet.policy import RULES, judge, reference
from fleet.policy.rule import Owner, Rule, Wording
from tests.inventory.cities import X, at, compound, devices, line, place, write
from tests.policy.examples import HEADS, judged, of, sections

BY_ID = {rule.id: rule for rule in RULES}
# Where they stand if their own entrance or unit door is not declared.
GATE = line("x-gate-01", area="road")
DOOR = line("x-door-01", area="road")
rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def test_the_ten_rules_of_the_issue() -> None:
    """Ids, clauses and order."""
    assert [(rule.id, rule.clause) for rule in RULES] == [
        ("PERIMETER-06", "6-7"),
        ("ENTRANCE-08", "8"),
        ("SEPARATION-09", "9"),
        ("AREA-11", "11"),
        ("UNITDOOR-13", "13"),
        ("BIOMETRIC-14", "14"),
        ("CENTRE-15", "15"),
        ("UPLINK-16", "16"),
        ("SECRET-18", "18"),
        ("RESIDENT-18", "18"),
    ]


@rules
def test_the_good_example_is_good(tmp_path: Path, rule: Rule) -> None:
    """The passing example gives no finding of its rule, in any category."""
    for category in HEADS:
        assert of(rule, judged(tmp_path / category, rule.example.good, category)) == []


@rules
def test_the_bad_example_is_bad(tmp_path: Path, rule: Rule) -> None:
    """The failing example gives findings of its rule with clause, owner, place and subject."""
    found = of(rule, judged(tmp_path, rule.example.bad))

    assert found
    for finding in found:
        assert (rule.clause, rule.owner.value) == (finding.clause, finding.owner)
        assert finding.position is not None
        assert finding.position.file == X
        assert finding.compound == "x"
        assert finding.summary.en != finding.summary.zh
        assert finding.fix.en != finding.fix.zh


@rules
def test_the_bad_example_breaks_no_other_rule(tmp_path: Path, rule: Rule) -> None:
    """One mistake, one rule: errors of other rules would hide which one it shows."""
    clean = {f.code for f in judged(tmp_path / "clean", "")}
    found = judged(tmp_path / "bad", rule.example.bad)

    assert {rule.id} == {f.code for f in found} - clean


@rules
@pytest.mark.parametrize("category", HEADS)
def test_severity_by_wording_and_category(tmp_path: Path, rule: Rule, category: str) -> None:
    """应当: error only when new. 争取: warning. Residents' protection: error everywhere."""
    wanted = {
        Wording.MUST: Severity.ERROR if category == "new" else Severity.WARNING,
        Wording.STRIVE: Severity.WARNING,
        Wording.ALWAYS: Severity.ERROR,
    }[rule.wording]

    found = of(rule, judged(tmp_path, rule.example.bad, category))

    assert {wanted} == {f.severity for f in found}
    assert wanted is rule.severities[category]


@pytest.mark.parametrize(
    ("category", "zh"), [("new", ""), ("existing", "列入逐步完善计划"), ("old", "结合实际")]
)
def test_what_to_do_leaves_the_room_that_the_notice_leaves(
    tmp_path: Path, category: str, zh: str
) -> None:
    """An existing compound's gap is a plan item, an old one's depends on its circumstances."""
    rule = BY_ID["CENTRE-15"]

    (finding,) = of(rule, judged(tmp_path, rule.example.bad, category))

    assert zh in finding.fix.zh
    assert ("计划" in finding.fix.zh or "实际" in finding.fix.zh) is bool(zh)


def test_owners_are_the_three_departments() -> None:
    """Clause 19: each has something to follow up."""
    assert set(Owner) == {rule.owner for rule in RULES}


@rules
def test_texts_exist_in_both_languages(rule: Rule) -> None:
    """Title and reason, and they differ."""
    for words in (rule.title, rule.why):
        assert words.en.isascii()
        assert not words.zh.isascii()


def test_a_finding_stands_at_its_place(tmp_path: Path) -> None:
    """The segment, the door, the value: file, line and column."""
    snippet = (
        "perimeter:\n  - {id: a, length_m: 1, physical: wall}\n  - {id: b, length_m: 2}\n"
        "settings:\n  door: {auth_ways: [face]}\n"
    )
    text = compound(**sections(snippet))

    found = {f.code: f for f in judged(tmp_path, snippet)}

    assert place(text, "{id: b") == at(found["PERIMETER-06"])
    assert place(text, "[face]") == at(found["BIOMETRIC-14"])


def test_an_inherited_value_is_blamed_where_it_was_set(tmp_path: Path) -> None:
    """The city sets the doors to face only: the finding stands in city.yaml."""
    root = write(tmp_path)
    city = root / "city.yaml"
    city.write_text(city.read_text().replace("[card, face]", "[face]"))

    (finding,) = judge(load(root).require())

    assert (
        finding.code,
        finding.position.file if finding.position else "",
        finding.device,
    ) == ("BIOMETRIC-14", "city.yaml", "x-door-01")


@pytest.mark.parametrize(
    ("rule", "snippet", "device"),
    [
        ("PERIMETER-06", "perimeter: []\n", None),
        ("ENTRANCE-08", "entrances: []\n" + devices(x_gate_01=GATE), None),
        ("AREA-11", "areas:\n  - {id: road, kind: entrance, name: A}\n", None),
        ("UNITDOOR-13", "unit_doors: []\n" + devices(x_door_01=DOOR), None),
        ("UNITDOOR-13", "settings: {door: {auth_ways: []}}\n", "x-door-01"),
        ("CENTRE-15", "centre:\n", None),
        ("CENTRE-15", "centre: {room: A}\n", None),
        ("BIOMETRIC-14", "settings: {door: {auth_ways: [fingerprint, iris]}}\n", "x-door-01"),
        ("BIOMETRIC-14", "settings: {gate: {auth_ways: [face+card]}}\n", "x-gate-01"),
    ],
)
def test_more_ways_to_break_a_rule(
    tmp_path: Path, rule: str, snippet: str, device: str | None
) -> None:
    """What is not declared at all is a gap, too; an error in a new compound."""
    found = of(BY_ID[rule], judged(tmp_path, snippet))

    assert [(Severity.ERROR, device)] == [(f.severity, f.device) for f in found]


@pytest.mark.parametrize(
    ("rule", "snippet", "device"),
    [
        ("UNITDOOR-13", "settings: {door: {auth_ways: null}}\n", "x-door-01"),
        ("SECRET-18", "settings: {door: {admin_password: null}}\n", "x-door-01"),
    ],
)
def test_what_is_unmanaged_is_a_warning(
    tmp_path: Path, rule: str, snippet: str, device: str
) -> None:
    """A field left to others may well be right: the device tells, the inventory does not."""
    found = of(BY_ID[rule], judged(tmp_path, snippet))

    assert [(Severity.WARNING, device)] == [(f.severity, f.device) for f in found]


def test_a_camera_on_no_channel_is_a_warning(tmp_path: Path) -> None:
    """The upper platform would never see it."""
    snippet = devices(x_nvr_01=line("x-nvr-01", channels="[]"))

    found = of(BY_ID["UPLINK-16"], judged(tmp_path, snippet))

    assert [(f.severity, f.device) for f in found] == [(Severity.WARNING, "x-cam-01")]


def test_a_compound_without_recorder(tmp_path: Path) -> None:
    """One finding, and not one more for each camera."""
    found = of(BY_ID["UPLINK-16"], judged(tmp_path, devices(x_nvr_01="")))

    assert [f.severity for f in found] == [Severity.ERROR]


def test_the_small_city_is_clean(tmp_path: Path) -> None:
    """Nothing to say about a compound that keeps every rule."""
    assert judged(tmp_path, "") == ()


def test_the_reference_page_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/reference/rules.md is what the registry says."""
    assert reference.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_reference_page_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing and an edited page are stale; a written one is fresh; usage is 64."""
    page = tmp_path / "docs" / "rules.md"

    assert reference.main(["--check"], page) == 1
    assert reference.main(["--write"], page) == 0
    assert reference.main(["--check"], page) == 0
    page.write_text(page.read_text() + "more\n")
    assert reference.main(["--check"], page) == 1
    assert reference.main([], page) == 64
    assert "stale" in capsys.readouterr().err
