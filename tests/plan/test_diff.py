"""Desired against observed: what is a change, what is a note, and what is left alone."""

from __future__ import annotations

import pytest

from fleet.model.change import Fidelity
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.observation import Identity, Reading
from fleet.model.secret import SecretRef
from fleet.plan.diff import canonical_value, diff_device, managed_values
from fleet.ports.driver import FieldSpec, Resource
from tests.support.fakes_city import device
from tests.support.fakes_devices import TABLE

CAMERA = TABLE[DeviceKind.CAMERA]
DOOR = TABLE[DeviceKind.DOOR]
V1 = SecretRef(source="generated", name="device/c1-cam-1/admin")
V2 = V1.model_copy(update={"version": 2})


def reading(**fields: FieldValue) -> Reading:
    """What a device said."""
    return Reading(identity=Identity(serial="S"), fields=fields)


def test_a_field_that_nobody_sets_is_never_a_change() -> None:
    """Unmanaged fields are read and left alone, whatever they hold."""
    found = diff_device(
        device("c1-cam-1", settings={"osd_text": "东门"}),
        reading(osd_text="东门", channel_name="whatever", cloud_enabled=True),
        CAMERA,
        {},
    )

    assert (dict(found.changes), found.notes) == ({}, ())


def test_a_differing_field_is_an_exact_change_with_both_values() -> None:
    """Before is what was read, after what is wanted."""
    found = diff_device(
        device("c1-cam-1", settings={"osd_text": "东门"}), reading(osd_text="西门"), CAMERA, {}
    )

    change = found.changes["osd_text"]
    assert (change.before, change.after, change.fidelity) == ("西门", "东门", Fidelity.EXACT)


@pytest.mark.parametrize(("before", "after"), [(True, False), (0, 1), ("", "x"), ([], ["1"])])
def test_falsy_values_are_values(before: FieldValue, after: FieldValue) -> None:
    """False, 0, the empty text and the empty list are wanted like any other value."""
    specs = [Resource(name="r", fields=(FieldSpec(name="f"),))]
    for have, want in ((before, after), (after, before)):
        wanted = device("c1-cam-1", settings={"f": want})
        assert diff_device(wanted, reading(f=have), specs, {}).changes["f"].after == want
        assert not diff_device(wanted, reading(f=want), specs, {}).changes


def test_a_field_that_the_device_rounds_is_predicted() -> None:
    """A driver that says `exact=False` gives a predicted change."""
    found = diff_device(
        device("c1-gate-1", DeviceKind.GATE, settings={"close_delay_s": 7}),
        reading(close_delay_s=3),
        TABLE[DeviceKind.GATE],
        {},
    )

    assert found.changes["close_delay_s"].fidelity is Fidelity.PREDICTED


@pytest.mark.parametrize("specs", [(), (FieldSpec(name="osd_text", writable=False),)])
def test_a_field_that_no_driver_writes_is_a_note_in_both_languages(
    specs: tuple[FieldSpec, ...],
) -> None:
    """Never silence: unknown to the driver, or known as read-only."""
    found = diff_device(
        device("c1-cam-1", settings={"osd_text": "东门"}),
        reading(osd_text="西门"),
        [Resource(name="osd", fields=specs)],
        {},
    )

    assert not found.changes
    (note,) = found.notes
    assert "c1-cam-1: no driver can write osd_text" in note.en
    assert "驱动无法写入 osd_text" in note.zh


def test_a_field_that_this_firmware_has_not_is_a_note() -> None:
    """Absent from the reading: nothing is written, and it is said."""
    found = diff_device(
        device("c1-cam-1", settings={"osd_text": "东门"}), reading(time_mode="ntp"), CAMERA, {}
    )

    assert not found.changes
    assert "this firmware does not have osd_text" in found.notes[0].en


@pytest.mark.parametrize(
    ("proven", "changes", "before"),
    [(None, True, None), (V1, True, 1), (V2, False, None)],
)
def test_a_secret_is_compared_by_the_version_that_the_journal_proves(
    proven: SecretRef | None, changes: bool, before: int | None
) -> None:
    """Never proven: a change from nothing; an older version: from it; the wanted one: none."""
    found = diff_device(
        device("c1-cam-1", settings={}, secrets={"admin_password": V2}),
        reading(),
        CAMERA,
        {} if proven is None else {"admin_password": proven},
    )

    assert bool(found.changes) is changes
    for change in found.changes.values():
        assert (change.secret, change.before_version) == (V2, before)
        assert change.fidelity is Fidelity.UNKNOWN
        assert (change.before, change.after) == (None, None)


def test_another_secret_of_the_same_version_is_a_change() -> None:
    """Version 2 of one name does not prove version 2 of another."""
    other = V2.model_copy(update={"name": "device/another/admin"})
    found = diff_device(
        device("c1-cam-1", settings={}, secrets={"admin_password": V2}),
        reading(),
        CAMERA,
        {"admin_password": other},
    )

    assert list(found.changes) == ["admin_password"]


def test_a_secret_that_no_driver_writes_is_a_note() -> None:
    """A gate has no admin password."""
    found = diff_device(
        device("c1-gate-1", DeviceKind.GATE, settings={}, secrets={"admin_password": V1}),
        reading(),
        TABLE[DeviceKind.GATE],
        {},
    )

    assert not found.changes
    assert "admin_password" in found.notes[0].en


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        (["card", "face"], ["face", "card"]),
        (["card", "card"], ["card"]),
        (["face+card"], ["card+face"]),
        (["qr", "card+password", "id_card"], ["password+card", "id_card", "qr"]),
    ],
)
def test_ways_through_a_door_are_a_set(wanted: list[str], seen: list[str]) -> None:
    """Order, repetition and the order within a combination do not count."""
    found = diff_device(
        device("c1-door-1", DeviceKind.DOOR, settings={"auth_ways": wanted}),
        reading(auth_ways=seen),
        DOOR,
        {},
    )

    assert not found.changes


def test_both_needed_is_not_either() -> None:
    """`face+card` and `face` or `card` differ, and the change is written in canonical order."""
    found = diff_device(
        device("c1-door-1", DeviceKind.DOOR, settings={"auth_ways": ["face", "card"]}),
        reading(auth_ways=["face+card"]),
        DOOR,
        {},
    )

    change = found.changes["auth_ways"]
    assert (change.before, change.after) == (["card+face"], ["card", "face"])


def test_other_lists_are_ordered() -> None:
    """A recorder's channel ids stand in the order of its channels."""
    assert canonical_value("gb_channel_ids", ["2", "1"]) == ["2", "1"]


def test_a_way_that_nobody_knows_still_has_one_place() -> None:
    """Unknown words sort last and do not break the comparison."""
    assert canonical_value("auth_ways", ["voice", "card"]) == ["card", "voice"]


def test_the_seal_is_over_managed_and_readable_fields_alone() -> None:
    """What a plan is sealed to: canonical values of the declared fields that were read."""
    wanted = device(
        "c1-door-1",
        DeviceKind.DOOR,
        settings={"auth_ways": ["card"], "open_duration_s": 5, "time_mode": "ntp"},
        secrets={"admin_password": V1},
    )
    seen = reading(auth_ways=["face", "card"], open_duration_s=3, ntp_port=123)

    assert managed_values(wanted, seen) == {"auth_ways": ["card", "face"], "open_duration_s": 3}
