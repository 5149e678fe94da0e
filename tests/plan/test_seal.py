"""The seal: what it covers, what it leaves out, and how a stale plan is explained."""

from __future__ import annotations

import pytest

from fleet.model.plan import Plan, Seal
from fleet.model.stack import PlatformSpec, ResourceChange, StackPreview
from fleet.plan.canonical import canonical_bytes, digest
from fleet.plan.seal import fingerprint, intact, sealed, stale_reasons
from tests.support.fakes_plans import plan_of, step, work


def stack(plan_file: str | None = "a.json", sha: str | None = "00", port: int = 5060) -> Plan:
    """A plan with one dirty stack."""
    spec = PlatformSpec(
        district="340705", name="d", server_id="1", server_domain="2", addresses=("a",), port=port
    )
    change = ResourceChange(urn="u", type="t", name="n", action="create")
    preview = StackPreview(
        stack=spec.stack, spec=spec, changes=(change,), plan_file=plan_file, plan_sha256=sha
    )
    return plan_of(work(step()), stacks=(preview,))


def test_a_sealed_plan_is_intact_and_one_field_more_is_not() -> None:
    """Any model copy with another value no longer fits its digest."""
    plan = plan_of(work(step()))

    assert intact(plan)
    assert not intact(plan.model_copy(update={"city": "340701"}))
    assert not intact(plan.model_copy(update={"works": ()}))


def test_the_commit_is_recorded_and_not_sealed() -> None:
    """A squash or merge changes the commit and not the content."""
    plan = plan_of(work(step()))
    seal = plan.seal.model_copy(update={"commit": "abc123"})

    assert intact(plan.model_copy(update={"seal": seal}))


def test_the_seal_itself_is_sealed() -> None:
    """Nobody can exchange what the plan was made for."""
    plan = plan_of(work(step()))
    for update in ({"code": "x"}, {"inventory": {}}, {"observed": {}}):
        seal = plan.seal.model_copy(update=update)
        assert not intact(plan.model_copy(update={"seal": seal})), update


def test_the_engine_plan_file_is_sealed_and_not_in_the_fingerprint() -> None:
    """Its bytes hold times and nonces, so they bind apply and do not name the change."""
    one, other = stack("a.json", "00"), stack("b.json", "11")

    assert one.seal.digest != other.seal.digest
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(stack(port=5061))


def test_two_plans_of_the_same_world_have_one_fingerprint() -> None:
    """Made at another time, from another commit: the same."""
    plan = plan_of(work(step()))
    later = sealed(
        plan.model_copy(
            update={
                "created_at": "2026-11-25T00:00:00.000Z",
                "seal": plan.seal.model_copy(update={"commit": "def"}),
            }
        )
    )

    assert later.seal.digest != plan.seal.digest
    assert fingerprint(later) == fingerprint(plan)


def test_another_observation_is_another_fingerprint() -> None:
    """What the plan was made for belongs to what it does."""
    plan = plan_of(work(step()))
    moved = plan.model_copy(
        update={"seal": plan.seal.model_copy(update={"observed": {"c1-cam-1": "1" * 64}})}
    )

    assert fingerprint(moved) != fingerprint(plan)


SEAL = Seal(inventory={"c1": "i1", "c2": "i2"}, code="v1", observed={"d1": "o1", "d2": "o2"})


@pytest.mark.parametrize(
    ("inventory", "code", "observed", "words"),
    [
        ({"c1": "i1", "c2": "i2"}, "v1", {"d1": "o1", "d2": "o2"}, []),
        ({"c1": "i1", "c2": "i2"}, "v1", {}, []),
        ({"c1": "i1", "c2": "i2", "c3": "i3"}, "v1", {}, []),
        ({"c1": "x", "c2": "i2"}, "v1", {}, ["compound c1"]),
        ({"c1": "i1"}, "v1", {}, ["compound c2"]),
        ({"c1": "i1", "c2": "i2"}, "v2", {}, ["fleet itself"]),
        ({"c1": "i1", "c2": "i2"}, "v1", {"d1": "x"}, ["device d1"]),
        ({"c1": "i1", "c2": "i2"}, "v1", {"d9": "x"}, ["device d9"]),
        ({}, "v2", {"d2": "x"}, ["compound c1", "compound c2", "fleet itself", "device d2"]),
    ],
)
def test_every_reason_is_named_once(
    inventory: dict[str, str], code: str, observed: dict[str, str], words: list[str]
) -> None:
    """One sentence a cause, none for what was not looked at or does not belong to the plan."""
    reasons = stale_reasons(SEAL, inventory, code, observed)

    assert len(reasons) == len(words)
    for reason, word in zip(reasons, words, strict=True):
        assert word in reason.en
        assert "计划之后" in reason.zh


def test_the_fields_that_moved_are_named_where_they_are_known() -> None:
    """In both languages; a device of which nothing more is known has the sentence alone."""
    known, unknown = stale_reasons(
        SEAL, SEAL.inventory, "v1", {"d1": "x", "d2": "x"}, {"d1": "osd_text: A → B"}
    )

    assert known.en == "device d1: its managed fields changed since the plan (osd_text: A → B)"
    assert known.zh == "设备 d1：计划之后其受管字段已改变（osd_text: A → B）"
    assert unknown.en == "device d2: its managed fields changed since the plan"


def test_canonical_bytes_do_not_depend_on_order_and_keep_chinese() -> None:
    """Sorted keys, no spaces, UTF-8."""
    assert canonical_bytes({"b": 1, "a": "东门"}) == '{"a":"东门","b":1}'.encode()
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert digest([1, 2]) != digest([2, 1])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {1, 2}, b"x", object()])
def test_what_json_has_not_is_refused(bad: object) -> None:
    """No value is silently written in some other form."""
    with pytest.raises((TypeError, ValueError)):
        canonical_bytes({"x": bad})


def test_a_model_and_its_dump_have_the_same_bytes() -> None:
    """A frozen value may be hashed directly."""
    assert canonical_bytes(SEAL) == canonical_bytes(SEAL.model_dump(mode="json"))
