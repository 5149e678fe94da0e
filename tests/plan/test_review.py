"""What a reviewer saw: which plans have the same content, and what is not reviewed."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model.fleet import RolloutLimits
from fleet.model.observation import Fault
from fleet.model.plan import Plan
from fleet.model.stack import PlatformSpec, ResourceChange, StackPreview
from fleet.model.text import text
from fleet.plan.review import (
    NOT_OBSERVED,
    differs,
    is_review_fingerprint,
    review_fingerprint,
    unreviewed,
)
from fleet.plan.seal import sealed
from tests.support.fakes_plans import change, plan_of, step, work

SPEC = PlatformSpec(
    district="340705", name="铜官区", server_id="1", server_domain="2", addresses=("127.0.0.1",),
    port=5060,
)  # fmt: skip
UP = ResourceChange(urn="u", type="t", name="n", action="create")
ONE = work(step("c1-cam-1/03-osd"))
TWO = work(step("c1-cam-2/03-osd"))


def servers(spec: PlatformSpec = SPEC, *changes: ResourceChange) -> tuple[StackPreview, ...]:
    """One stack."""
    return (StackPreview(stack=spec.stack, spec=spec, changes=changes),)


def changed(plan: Plan, **more: Any) -> Plan:
    """The same plan but for some fields, sealed again."""
    return sealed(plan.model_copy(update=more))


def declared_anew(plan: Plan, **seal: Any) -> Plan:
    """The same plan with another seal."""
    return changed(plan, seal=plan.seal.model_copy(update=seal))


@pytest.mark.parametrize(
    "more",
    [
        {"created_at": "2027-01-01T00:00:00Z"},
        {"observed_at": "2026-11-23T00:00:00Z"},
        {"notes": (text("a", "b"),)},
        {"faults": {"c1-cam-9": Fault(code="unreachable", en="", zh="")}},
        {"waves": ()},
        {"works": (TWO, ONE)},
        {"stacks": servers()},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_does_not_decide_is_not_in_it(more: dict[str, Any]) -> None:
    """Times, notes, faults, the order of works, stacks that stand."""
    plan = plan_of(ONE, TWO)

    assert review_fingerprint(changed(plan, **more)) == review_fingerprint(plan)


def test_a_merge_or_a_squash_keeps_it() -> None:
    """The commit is recorded and not bound, and so is what stood elsewhere on the devices."""
    plan = plan_of(ONE)
    merged = declared_anew(plan, commit="f" * 40, observed={"c1-cam-1": "1" * 64})

    assert review_fingerprint(merged) == review_fingerprint(plan)
    assert differs(review_fingerprint(plan), merged) is None


@pytest.mark.parametrize(
    "other",
    [
        lambda p: changed(p, city="340800"),
        lambda p: changed(p, targets=("c1",)),
        lambda p: changed(p, limits=RolloutLimits(tolerated_failures=5)),
        lambda p: declared_anew(p, inventory={"c1": "another content"}),
        lambda p: declared_anew(p, inventory={**p.seal.inventory, "c2": "one more"}),
        lambda p: declared_anew(p, code="another product"),
    ],
)
def test_other_declared_content_is_refused_even_without_work(other: Any) -> None:
    """Files, limits, targets, code: nothing of it was reviewed."""
    plan = plan_of(ONE)
    fresh = other(plan)

    why = differs(review_fingerprint(plan), fresh)
    assert why is not None
    assert "not what was reviewed" in why.en
    assert [r.en for r in unreviewed(plan, fresh)] == [why.en]
    assert differs(review_fingerprint(plan), changed(fresh, works=())) is not None


@pytest.mark.parametrize(
    "works",
    [
        (ONE, TWO),
        (TWO,),
        (work(step("c1-cam-1/03-osd", change(before="by hand"))),),
        (work(step("c1-cam-1/03-osd", change(after="西门"))),),
        (work(step("c1-cam-1/04-osd")),),
        (work(step("c1-cam-1/03-osd", change(), change("time_mode"))),),
    ],
    ids=["more", "other device", "other before", "other after", "other step", "more fields"],
)
def test_other_work_is_refused_and_named(works: tuple[Any, ...]) -> None:
    """By the fingerprint alone, and by the reviewed plan with the device's name."""
    plan = plan_of(ONE)
    fresh = changed(plan, works=works)

    why = differs(review_fingerprint(plan), fresh)
    assert why is not None
    assert "devices or servers changed since" in why.en
    reasons = [r.en for r in unreviewed(plan, fresh)]
    assert [r.split(":")[0] for r in reasons] == [
        w.target.device for w in works if w != ONE
    ]  # fmt: skip


def test_less_work_passes_with_the_plan_and_none_passes_always() -> None:
    """A device that is away now is not written; a pipeline that runs twice has nothing to do."""
    plan = plan_of(ONE, TWO)
    less, none = changed(plan, works=(TWO,)), changed(plan, works=(), waves=())

    assert unreviewed(plan, less) == unreviewed(plan, none) == []
    assert differs(review_fingerprint(plan), none) is None
    assert differs(review_fingerprint(plan), less) is not None


def test_a_device_that_the_observation_did_not_hold_may_get_what_is_declared() -> None:
    """Its content was reviewed; one that was there and could not be read may not."""
    new = Fault(code=NOT_OBSERVED, en="", zh="")
    away = Fault(code="unreachable", en="", zh="")
    fresh = plan_of(ONE, TWO)

    assert unreviewed(changed(fresh, works=(ONE,), faults={"c1-cam-2": new}), fresh) == []
    (why,) = unreviewed(changed(fresh, works=(ONE,), faults={"c1-cam-2": away}), fresh)
    assert why.en.startswith("c1-cam-2:")


def test_servers_that_would_change_must_have_been_to_change() -> None:
    """A stack that fell since is not healed by a pipeline that reviewed no servers."""
    stood = changed(plan_of(), stacks=servers())
    fell = changed(plan_of(), stacks=servers(SPEC, UP))
    other = changed(plan_of(), stacks=servers(SPEC.model_copy(update={"port": 5061}), UP))

    assert unreviewed(fell, stood) == unreviewed(fell, fell) == []
    for reviewed, fresh in ((stood, fell), (fell, other)):
        (why,) = unreviewed(reviewed, fresh)
        assert "platform-340705: its servers would change" in why.en
        assert differs(review_fingerprint(reviewed), fresh) is not None
    assert differs(review_fingerprint(fell), fell) is None


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("0" * 64 + "." + "f" * 64, True),
        ("0" * 64, False),
        ("0" * 64 + "." + "F" * 64, False),
        ("0" * 64 + "." + "f" * 64 + "\n", False),
        ("", False),
    ],
)
def test_the_form_of_a_fingerprint(words: str, fits: bool) -> None:
    """So that a mistyped one is a usage error and not a refusal."""
    assert is_review_fingerprint(words) is fits
    assert is_review_fingerprint(review_fingerprint(plan_of(ONE)))
