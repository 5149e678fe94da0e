"""Both sides judge a change: terms and limits, rules and code; what the base alone finds counts."""

from __future__ import annotations

import pytest

from fleet.app.sides import by_rules, by_terms, joined, only_base
from fleet.app.validate import Verdict
from fleet.model.compound import Category
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, RolloutLimits
from fleet.model.text import text
from fleet.policy import RULES, judge
from tests.support.fakes_city import city, compound, device

WORD = text("by the base", "按基线")
HIT = Diagnostic(
    code="CF01", severity=Severity.ERROR, summary=text("broken", "违反"), fix=text("mend", "改"),
    position=Position(file="a.yaml", line=3), compound="c1", clause="1",
)  # fmt: skip


def town(category: Category = Category.NEW, limits: RolloutLimits | None = None) -> City:
    """A compound that lacks nearly everything that the notice asks."""
    bare = compound("c1", [device("c1-cam-1")])
    site = bare.site.model_copy(update={"category": category})
    return city([bare.model_copy(update={"site": site})], limits)


def rules(**changed: object) -> list[dict[str, object]]:
    """Our rules as `fleet rules` tells them, some changed or taken away."""
    told: list[dict[str, object]] = [
        {"id": r.id, "severities": {c: s.value for c, s in r.severities.items()}} for r in RULES
    ]
    kept = [
        rule | {"severities": changed.get(str(rule["id"]), rule["severities"])} for rule in told
    ]
    return [rule for rule in kept if rule["severities"] is not None]


def test_the_same_on_both_sides_says_nothing() -> None:
    """No word and no finding twice."""
    sides = by_terms(town(), town())

    assert (sides.said, sides.findings) == ((), ())


def test_a_milder_category_is_judged_as_before_too() -> None:
    """What would be errors in a new compound stay errors, and it is said why."""
    sides = by_terms(town(Category.NEW), town(Category.EXISTING))

    before = [f for f in judge(town(Category.NEW)) if f.severity is Severity.ERROR]
    assert before
    assert [f.code for f in sides.findings if f.severity is Severity.ERROR] == [
        f.code for f in before if f.code not in _errors(town(Category.EXISTING))
    ]
    assert all(f.summary.en.startswith("by the base's terms: ") for f in sides.findings)
    assert [s.en for s in sides.said] == [
        "c1: category changes from new to existing; rules are judged by both"
    ]


def test_a_stricter_category_needs_no_second_judgement() -> None:
    """It is said; the base finds nothing more."""
    sides = by_terms(town(Category.EXISTING), town(Category.NEW))

    assert sides.findings == ()
    assert len(sides.said) == 1


def _errors(found: City) -> set[str]:
    return {f.code for f in judge(found) if f.severity is Severity.ERROR}


def test_every_limit_that_changes_is_named() -> None:
    """With its two values."""
    sides = by_terms(town(limits=RolloutLimits()), town(limits=RolloutLimits(
        tolerated_failures=9, in_flight=50,
    )))  # fmt: skip

    assert [s.en for s in sides.said] == [
        "rollout limit tolerated_failures changes from 0 to 9",
        "rollout limit in_flight changes from None to 50",
    ]
    assert "由 0 改为 9" in sides.said[0].zh


def test_a_new_compound_has_no_base() -> None:
    """Its terms are its own."""
    assert by_terms(city([]), town()).findings == ()
    assert by_terms(None, town()) == by_terms(town(), None) == joined()


def test_rules_that_are_gone_new_or_milder_are_named() -> None:
    """By their ids."""
    first, second = RULES[0].id, RULES[1].id
    told = rules(**{first: None, second: {"new": "info", "existing": "info", "old": "info"}})
    told.append({"id": "OLD-99", "severities": {}})

    said = [s.en for s in by_rules(told, (), ()).said]
    assert said == [
        "fleet's code or rules change", "rule OLD-99 is gone", f"rule {first} is new",
        f"rule {second} has other severities",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mine", "kept"),
    [
        ((), True),
        ((HIT,), False),
        ((HIT.model_copy(update={"severity": Severity.WARNING}),), True),
        ((HIT.model_copy(update={"summary": text("other words", "")}),), False),
        ((HIT.model_copy(update={"code": "CF02"}),), True),
        ((HIT.model_copy(update={"device": "c1-cam-1"}),), True),
        ((HIT.model_copy(update={"severity": Severity.INFO}), HIT), False),
    ],
)
def test_only_what_is_not_found_here_as_hard_is_added(
    mine: tuple[Diagnostic, ...], kept: bool
) -> None:
    """Same rule, place and subject, at least as hard: already told."""
    found = only_base((HIT,), mine, WORD)

    assert [f.summary.en for f in found] == (["by the base: broken"] if kept else [])


def test_what_the_base_finds_decides_the_exit_code() -> None:
    """4 for an error; a warning of the base does not deny."""
    mild = HIT.model_copy(update={"severity": Severity.WARNING})
    for finding, code in ((HIT, ExitCode.POLICY), (mild, ExitCode.OK)):
        sides = by_rules(rules(), (finding,), ())
        verdict = Verdict(inventory=(), policy=(), sides=sides)
        assert verdict.exit_code == code
        assert verdict.findings == sides.findings
