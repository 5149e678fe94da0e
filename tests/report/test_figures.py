"""Every figure against a small district counted by hand, and each as the sum of its rows."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.inventory import load
from fleet.model.fleet import Compound
from fleet.policy import RULES
from fleet.report.changes import events
from fleet.report.facts import AlarmFact, Facts, Watched
from fleet.report.figure import Figure, change, percent, shown
from fleet.report.figures import figures
from fleet.report.items import CLAUSES, items
from fleet.report.sheets import numbered, sheets
from tests.inventory.cities import EXAMPLE, X, compound, write
from tests.report.small import END, FINDINGS, district, facts, history, new, old, period

HOUR = 3_600_000
WATCHED = (
    Watched(
        device="a-cam-1",
        online_ms=8 * HOUR,
        offline_ms=2 * HOUR,
        unknown_ms=10 * HOUR,
        answered=8,
        tried=10,
        intact=True,
        repairs_ms=(HOUR, HOUR // 2),
    ),
    Watched(device="a-cam-2", online_ms=20 * HOUR, answered=20, tried=20, intact=True),
    Watched(device="a-door", unknown_ms=20 * HOUR),
    Watched(device="a-nvr", offline_ms=20 * HOUR, answered=0, tried=10, intact=False),
)
ALARMS = (
    AlarmFact(id="x", kind="k", subject="a-nvr", compound="alpha", begun="2026-11-01T00:00:00Z"),
)


def full(**changed: Any) -> Facts:
    """All kinds of facts at once."""
    values: dict[str, Any] = {
        "watched": WATCHED,
        "alarms": ALARMS,
        "changes": events(history(), district(), period(), END),
    }
    return facts(**(values | changed))


def by_id(found: Facts) -> dict[str, Figure]:
    """Figures by their ids, each only once."""
    made = figures(found)
    assert len({f.id for f in made}) == len(made)
    return {f.id: f for f in made}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("compounds.total", "2"),
        ("compounds.new", "1"),
        ("compounds.new.accepted", "1"),
        ("compounds.existing", "0"),
        ("compounds.old", "1"),
        ("compounds.old.unstated", "1"),
        ("compounds.stage.accepted", "1"),
        ("compounds.stage.unstated", "1"),
        ("devices.total", "5"),
        ("devices.camera", "3"),
        ("devices.door", "1"),
        ("devices.gate", "0"),
        ("devices.recorder", "1"),
        # alpha 6 of 6; beta: segment a of a and b, and nothing of five other clauses.
        ("completion.total", "7/13"),
        ("completion.perimeter", "2/3"),
        ("completion.entrance", "1/2"),
        ("completion.area", "1/2"),
        ("completion.unit_door", "1/2"),
        ("completion.centre", "1/2"),
        ("completion.uplink", "1/2"),
        ("completion.clean", "1/2"),
        # (8/10 + 20/20 + 0/20) / 3: the door was never seen.
        ("rate.online", "3/5"),
        # 28 answers of 40.
        ("rate.connectivity", "7/10"),
        ("rate.intact", "2/3"),
        # one of three cameras has id, place, name and text.
        ("rate.annotation", "1/3"),
        # 50 of 80 hours.
        ("rate.watched", "5/8"),
        # 1.5 hours over two faults.
        ("time.repair", "3/4"),
        ("alarms.total", "1"),
        ("findings.total", "4"),
        ("findings.error", "1"),
        ("findings.warning", "3"),
        ("findings.clause.6-7", "1"),
        ("findings.clause.18", "1"),
        ("findings.owner.police", "2"),
        ("findings.owner.housing", "2"),
        ("findings.owner.civil_affairs", "0"),
        ("changes.rollouts", "1"),
        ("changes.done", "1"),
        ("changes.bad", "1"),
        ("changes.compounds", "1"),
        ("changes.compound_added", "0"),
    ],
)
def test_figures_by_hand(name: str, expected: str) -> None:
    """Exact values, not what is printed of them."""
    assert str(by_id(full())[name].value) == expected


def test_clauses_come_in_the_order_of_their_numbers() -> None:
    """6-7 before 9 before 11 before 18, not as texts."""
    found = [f.id for f in figures(full()) if f.id.startswith("findings.clause.")]

    assert found == [f"findings.clause.{c}" for c in ("6-7", "9", "11", "18")]


def test_every_piece_of_evidence_is_a_row_of_the_workbook() -> None:
    """No figure points to nothing, and no sheet has a key twice."""
    found = full()
    rows = {(s.id, r.key) for s in sheets(found) for r in s.rows}
    assert len(rows) == sum(len(s.rows) for s in sheets(found))

    for figure in figures(found):
        assert {(e.sheet, e.key) for e in figure.evidence} <= rows, figure.id


def test_rows_have_a_cell_for_each_column() -> None:
    """Keys included, in both languages."""
    for sheet in sheets(full()):
        for row in sheet.rows:
            assert len(row.shown("zh")) == len(row.shown("en")) == len(sheet.columns), sheet.id


def test_counts_of_the_parts_add_up() -> None:
    """Categories, stages, kinds, severities and clauses split their totals without a rest."""
    found = by_id(full())

    def total(prefix: str) -> Fraction:
        own = [
            f
            for n, f in found.items()
            if n.startswith(prefix) and n.count(".") == prefix.count(".")
        ]
        return sum((f.part for f in own), Fraction(0))

    assert found["compounds.total"].part == total("compounds.stage.")
    assert found["compounds.new"].part == total("compounds.new.")
    assert found["devices.total"].part == total("devices.") - found["devices.total"].part
    assert found["findings.total"].part == total("findings.clause.") == total("findings.owner.")


@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_facts_does_not_matter(seed: int) -> None:
    """Figures, evidence and sheets are the same for every order of compounds, findings, records."""
    rng = random.Random(seed)

    def mixed(values: Any) -> Any:
        return tuple(rng.sample(list(values), len(values)))

    place = district()
    shuffled = full(
        district=place.model_copy(
            update={
                "compounds": mixed(
                    [c.model_copy(update={"devices": mixed(c.devices)}) for c in place.compounds]
                )
            }
        ),
        findings=mixed(FINDINGS),
        watched=mixed(WATCHED),
        changes=mixed(events(history(), place, period(), END)),
    )

    assert figures(shuffled) == figures(full())
    assert sheets(shuffled) == sheets(full())


def test_without_a_history_rates_are_unknown_and_say_why() -> None:
    """Nothing is assumed: not 0 %, not 100 %."""
    found = by_id(facts())

    for name in ("rate.online", "rate.connectivity", "rate.intact", "rate.watched", "time.repair"):
        assert found[name].value is None
        assert found[name].shown.zh == "未知"
        assert found[name].why is not None


def test_an_empty_district_has_no_rates() -> None:
    """No compound: counts are 0, shares are unknown, nothing breaks."""
    empty = district().model_copy(update={"compounds": ()})

    found = by_id(facts(district=empty, findings=()))

    assert found["compounds.total"].value == 0
    assert found["completion.total"].value is None
    assert found["completion.total"].why is not None


def test_a_share_is_never_rounded_up() -> None:
    """99,999 of 100,000 is not all of them."""
    assert percent(Fraction(99_999, 100_000)) == "99.99%"
    assert percent(Fraction(1)) == "100.00%"
    assert percent(Fraction(0)) == "0.00%"
    assert percent(1 - Fraction(1, 10**40)) == "99.99%"
    assert shown(Fraction(5, 3), "hours").zh == "1.67小时"


def test_changes_are_signed() -> None:
    """Counts as they are, rates in percentage points."""
    assert change(Fraction(3), Fraction(5), "count").zh == "+2"
    assert change(Fraction(5), Fraction(3), "count").zh == "-2"
    assert change(Fraction(5), Fraction(5), "count").zh == "0"
    assert change(Fraction(9, 10), Fraction(19, 20), "rate").zh == "+5.00个百分点"
    assert change(Fraction(19, 20), Fraction(9, 10), "rate").en == "-5.00 pp"
    assert change(Fraction(2), Fraction(3, 2), "hours").en == "-0.50 h"


def test_findings_are_numbered_by_clause() -> None:
    """Keys follow the notice, whatever the order in which the rules spoke."""
    assert [(k, f.code) for k, f in numbered(full())] == [
        ("F0001", "PERIMETER-06"),
        ("F0002", "SEPARATION-09"),
        ("F0003", "AREA-11"),
        ("F0004", "SECRET-18"),
    ]


RULE_OF = {
    "perimeter": "PERIMETER-06",
    "entrance": "ENTRANCE-08",
    "area": "AREA-11",
    "unit_door": "UNITDOOR-13",
    "centre": "CENTRE-15",
    "uplink": "UPLINK-16",
}
BROKEN = {
    "perimeter": "perimeter:\n  - {id: n, length_m: 8}\n  - {id: s, length_m: 8, physical: wall}\n",
    "entrance": "entrances:\n  - {id: east, name: East gate, kind: pedestrian}\n",
    "area": (
        "areas:\n  - {id: road, kind: main_road, name: R}\n"
        "  - {id: lift, kind: elevator, name: L}\n"
    ),
    "unit_door": "unit_doors:\n  - {id: u1, name: Unit 1, building: '1'}\n",
    "centre": "centre: {room: Gatehouse, shifts: 3, staff_per_shift: 0}\n",
    "uplink": "",
}
SECTION = {"entrance": "entrances", "area": "areas", "unit_door": "unit_doors"}


@pytest.mark.parametrize("kind", CLAUSES)
@pytest.mark.parametrize("what", ["broken", "missing"])
def test_an_item_is_done_exactly_where_its_rule_is_silent(
    kind: str, what: str, tmp_path: Path
) -> None:
    """Completion and findings cannot tell two stories about one compound."""
    section = SECTION.get(kind, kind)
    content = {section: BROKEN[kind]} if what == "broken" else {}
    broken = load(write(tmp_path, {X: compound(**content)})).require().compound("x")
    if what == "missing":
        broken = broken.model_copy(update=_without(broken, section))
    rules = {r.id: r for r in RULES}

    for each, code in RULE_OF.items():
        check = rules[code].compound
        assert check is not None
        hits = [h for h in check(broken) if not h.mild]
        undone = [i for i in items([broken]) if i.kind == each and not i.done]
        assert len(hits) == len(undone), each
        if each == kind:
            assert undone


def _without(whole: Compound, section: str) -> dict[str, object]:
    """What makes a compound one that declares nothing of a section."""
    if section == "uplink":
        return {"uplink": None}
    nothing = None if section == "centre" else ()
    return {"site": whole.site.model_copy(update={section: nothing})}


def test_the_example_is_complete() -> None:
    """Its three compounds have all that the notice asks for, and the rules agree."""
    city = load(EXAMPLE).require()

    assert [i.key for i in items(city.compounds()) if not i.done] == []


def test_the_small_district_is_as_it_says() -> None:
    """The hand-counted figures stand on this."""
    assert sum(i.done for i in items([new()])) == 6
    assert [(i.kind, i.id, i.done) for i in items([old()])] == [
        ("perimeter", "a", True),
        ("perimeter", "b", False),
        ("entrance", "-", False),
        ("area", "-", False),
        ("unit_door", "-", False),
        ("centre", "centre", False),
        ("uplink", "uplink", False),
    ]
