"""Frozen values: equality, unknown keys, texts, positions, and what a plan can tell of itself."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from fleet.model.base import Frozen
from fleet.model.change import Fidelity, FieldChange
from fleet.model.device import STAGE_OF, DeviceKind, Stage
from fleet.model.diagnostic import Position
from fleet.model.fleet import RolloutLimits
from fleet.model.plan import Plan
from fleet.model.secret import SecretRef
from fleet.model.settings import BIOMETRIC, SETTINGS_OF, WRITE_ONLY, DoorSettings
from fleet.model.stack import ResourceChange, StackPreview
from fleet.model.text import Text, join, text
from fleet.ports.driver import FieldSpec, Resource, written_resources
from tests.support.fakes import Trace
from tests.support.fakes_city import cameras, city, compound, device
from tests.support.fakes_devices import TABLE, FakeDriver
from tests.support.fakes_plans import change, full_plan, plan_of, step, work

SECRET = SecretRef(source="vault", name="x")


def test_values_are_frozen_equal_by_content_and_closed() -> None:
    """Nothing is changed in place, and an unknown key is an error, not silence."""
    one, two = Position(file="a", line=1), Position(file="a")

    assert one == two
    assert hash(one) == hash(two)
    with pytest.raises(ValidationError):
        one.line = 2
    with pytest.raises(ValidationError):
        Position.model_validate({"file": "a", "row": 3})


def test_every_value_of_the_model_is_of_that_kind() -> None:
    """No class below `Frozen` opens itself again."""
    for kind in Frozen.__subclasses__():
        assert kind.model_config.get("frozen") is True, kind
        assert kind.model_config.get("extra") == "forbid", kind


def test_a_position_reads_as_editors_want_it() -> None:
    """file:line:column."""
    assert str(Position(file="c1.yaml", line=3, column=7)) == "c1.yaml:3:7"


def test_a_text_is_filled_in_both_languages() -> None:
    """Values that are texts themselves are put in in the same language."""
    inner = text("camera", "摄像机")
    found = text("{n} of {k}", "{k} 共 {n}", n=3, k=inner)

    assert (found.en, found.zh) == ("3 of camera", "摄像机 共 3")
    assert (found.render("zh"), found.render("en"), str(found)) == (found.zh, found.en, found.en)


def test_a_value_with_braces_is_only_a_value() -> None:
    """What a device says is never taken for a template."""
    assert text("said {w}", "称 {w}", w="{0} {x}").en == "said {0} {x}"
    assert text("{not filled}", "{x").zh == "{x"


def test_a_missing_value_is_a_defect_that_shows() -> None:
    """Not an empty place in a sentence."""
    with pytest.raises(KeyError):
        text("{a}", "{b}", a=1)


def test_sentences_are_joined_with_each_languages_own_marks() -> None:
    """Full-width in Chinese."""
    parts = [text("a", "甲"), text("b", "乙")]

    assert join(parts) == Text(en="a; b", zh="甲；乙")
    assert join(parts, ", ") == Text(en="a, b", zh="甲、乙")
    assert join([]) == Text(en="", zh="")


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_every_kind_has_settings_and_one_stage(kind: DeviceKind) -> None:
    """And a device knows its stage by its kind."""
    assert kind in SETTINGS_OF
    assert device("c1-x-1", kind, settings={}).stage is STAGE_OF[kind]


def test_stages_have_one_order() -> None:
    """Links first, the uplink after what it carries, verify last."""
    assert [s.value for s in Stage] == ["links", "gates", "doors", "cameras", "uplink", "verify"]


def test_write_only_fields_are_secrets_of_the_settings() -> None:
    """A field that no device gives back exists in some kind, and takes a reference."""
    fields = {f for kind in SETTINGS_OF.values() for f in kind.model_fields}

    assert fields >= WRITE_ONLY
    with pytest.raises(ValidationError):
        DoorSettings.model_validate({"admin_password": "plaintext"})


@pytest.mark.parametrize(
    ("way", "good"),
    [
        ("card", True), ("face+card", True), ("face+password+card", True), ("qr", True),
        ("voice", False), ("card+", False), ("+card", False), ("Card", False), ("card face", False),
        ("card+qr", False), ("", False),
    ],
)  # fmt: skip
def test_ways_through_a_door(way: str, good: bool) -> None:
    """One method, or several that are needed at once."""
    if good:
        assert DoorSettings(auth_ways=[way]).auth_ways == [way]
    else:
        with pytest.raises(ValidationError):
            DoorSettings(auth_ways=[way])


def test_biometrics_are_three() -> None:
    """Face, fingerprint, iris (clause 14)."""
    assert frozenset({"face", "fingerprint", "iris"}) == BIOMETRIC


@pytest.mark.parametrize(
    "bad", [{"wave_size": 0}, {"tolerated_failures": -1}, {"in_flight": 0}, {"in_flight": -3}]
)
def test_limits_that_make_no_sense_are_refused(bad: dict[str, int]) -> None:
    """An empty wave, a negative threshold, nobody in flight."""
    with pytest.raises(ValidationError):
        RolloutLimits.model_validate(bad)


def test_a_steps_changes_are_readable_or_write_only() -> None:
    """Each is exactly one of the two."""
    secret = FieldChange(field="admin_password", secret=SECRET, fidelity=Fidelity.UNKNOWN)
    one = step("c1-cam-1/05-user", change(), secret)

    assert (one.readable, one.write_only) == ((change(),), (secret,))
    assert (change().write_only, secret.write_only) == (False, True)


@pytest.mark.parametrize("value", [True, 1, "1", ["1"], None, 0, False, "", []])
def test_a_value_keeps_its_type_over_json(value: object) -> None:
    """True stays true, 1 stays 1, and "1" stays text."""
    one = change("f", value, value)
    again = FieldChange.model_validate_json(one.model_dump_json())

    assert again.before == value
    assert type(again.before) is type(value)


def preview(action: str) -> StackPreview:
    """A stack with one change of some kind."""
    stack = full_plan().stacks[0]
    one = ResourceChange.model_validate({"urn": "u", "type": "t", "name": "n", "action": action})
    return stack.model_copy(update={"changes": (one,)})


@pytest.mark.parametrize(
    ("action", "dirty"),
    [("create", True), ("update", True), ("replace", True), ("delete", True), ("same", False)],
)
def test_a_stack_is_dirty_when_anything_would_change(action: str, dirty: bool) -> None:
    """And a plan of clean stacks and no device is empty."""
    assert preview(action).dirty is dirty
    plan: Plan = plan_of(stacks=(preview(action),))
    assert plan.empty is not dirty


def test_a_plan_finds_its_work() -> None:
    """By wave and stage, and by device."""
    one, two = work(step("c1-cam-1/03-osd")), work(step("c2-cam-1/03-osd"))
    plan = plan_of(one, two)

    assert list(plan.work_in(plan.waves[1], Stage.CAMERAS)) == [two]
    assert list(plan.work_in(plan.waves[0], Stage.DOORS)) == []
    assert plan.work("c2-cam-1") is two
    with pytest.raises(StopIteration):
        plan.work("c9")
    assert not plan.empty


def test_a_city_finds_its_compounds_and_devices() -> None:
    """In the order of the files."""
    town = cameras(2, 2)

    assert [d.id for d in town.devices()] == ["c1-cam-1", "c1-cam-2", "c2-cam-1", "c2-cam-2"]
    assert town.compound("c2").name == "c2 小区"
    assert town.district_of("c2").code == "340705"
    with pytest.raises(StopIteration):
        town.district_of("c9")
    with pytest.raises(KeyError):
        town.compound("c9")
    assert list(city([compound("c1", [])]).devices()) == []


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_port(port: int) -> None:
    """1 to 65535."""
    with pytest.raises(ValidationError):
        device("c1-cam-1", port=port)


def test_written_fields_are_found_by_their_resource() -> None:
    """Read-only and unasked fields are left out."""
    readonly = Resource(name="r", fields=(FieldSpec(name="a", writable=False), FieldSpec(name="b")))
    driver = FakeDriver({}, table={**TABLE, DeviceKind.CAMERA: (readonly,)})

    assert written_resources(driver, DeviceKind.CAMERA, ["a", "b", "c"]) == {"b": readonly}


def test_a_trace_keeps_order() -> None:
    """The order in which the tests of rollouts look at things."""
    trace = Trace()
    trace.note("intent", "1")
    trace.note("write", "1")

    assert (trace.events, trace.of("write")) == ([("intent", "1"), ("write", "1")], ["1"])
