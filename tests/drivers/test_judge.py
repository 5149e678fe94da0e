"""Which values a driver says it can write: the same that its encoders take."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from fleet.drivers.isapi.driver import IsapiDriver
from fleet.drivers.isapi.values import VERIFY_MODES
from fleet.drivers.snmp.driver import SnmpDriver
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.ports.driver import Credential, JudgesValues, Resource, Session, unwritable
from tests.drivers.test_reasons import assert_chinese

CAMERA, DOOR, RECORDER, GATE = (
    DeviceKind.CAMERA,
    DeviceKind.DOOR,
    DeviceKind.RECORDER,
    DeviceKind.GATE,
)
GOOD: list[tuple[DeviceKind, str, FieldValue]] = [
    (CAMERA, "time_mode", "ntp"),
    (CAMERA, "time_zone", "UTC+08:00"),
    (CAMERA, "ntp_server", "ntp.example"),
    (CAMERA, "ntp_port", 123),
    (CAMERA, "channel_name", "东门"),
    (CAMERA, "osd_text", ""),
    (CAMERA, "cloud_enabled", False),
    (CAMERA, "barrier_open_s", 5),
    (CAMERA, "barrier_mode", "keep_open"),
    (DOOR, "open_duration_s", 255),
    (RECORDER, "gb_channel_ids", []),
    (RECORDER, "gb_channel_ids", ["34070501011327000001"]),
    (RECORDER, "gb_enabled", True),
    (RECORDER, "gb_expires_s", 3600),
    (GATE, "open_time_s", 60),
    (GATE, "close_delay_s", 0),
    (GATE, "auth_ways", ["card", "id_card", "qr"]),
    (GATE, "forced_open_alarm", True),
    (GATE, "contact", "x" * 255),
    (GATE, "location", "东" * 85),
]
BAD: list[tuple[DeviceKind, str, FieldValue, str]] = [
    (DOOR, "auth_ways", ["id_card", "card"], "no verify mode is exactly card, id_card; possible"),
    (DOOR, "auth_ways", [], "no verify mode is exactly nothing"),
    (DOOR, "auth_ways", "card", "it is not a list"),
    (CAMERA, "barrier_mode", "ajar", "'ajar' is none of auto, keep_open, keep_closed"),
    (CAMERA, "time_mode", "gps", "'gps' is none of ntp, manual, platform"),
    (CAMERA, "time_zone", "Asia/Shanghai", "not a time zone like UTC"),
    (CAMERA, "time_zone", "UTC+19:00", "not an offset that clocks use"),
    (CAMERA, "osd_text", "a\x01b", "XML cannot hold"),
    (CAMERA, "barrier_open_s", "5", "it is not a whole number"),
    (RECORDER, "gb_channel_ids", "3407", "it is not a list"),
    (RECORDER, "auth_ways", ["card"], "a recorder has no auth_ways over ISAPI"),
    (GATE, "open_time_s", 5, "a gate has no open_time_s over ISAPI"),
    (CAMERA, "admin_password", "x", "a camera has no admin_password"),
]
BAD_GATE: list[tuple[DeviceKind, str, FieldValue, str]] = [
    (GATE, "open_time_s", 0, "the object takes 1 to 60, not 0"),
    (GATE, "open_time_s", 61, "the object takes 1 to 60, not 61"),
    (GATE, "close_delay_s", 61, "the object takes 0 to 60, not 61"),
    (GATE, "forced_open_alarm", 1, "neither true nor false"),
    (GATE, "auth_ways", ["Card"], "not a list of ways"),
    (GATE, "auth_ways", ["card+" + "qr+" * 90 + "face", "x" * 260], "at most 255"),
    (GATE, "contact", "x" * 256, "it has 256 octets in UTF-8; at most 255"),
    (GATE, "location", "东" * 86, "it has 258 octets in UTF-8"),
    (GATE, "barrier_mode", "auto", "a gate has no barrier_mode over SNMP"),
    (CAMERA, "contact", "x", "a camera has no contact over SNMP"),
]


def driver_of(kind: DeviceKind) -> IsapiDriver | SnmpDriver:
    """The kind's usual driver."""
    return SnmpDriver() if kind is GATE else IsapiDriver()


@pytest.mark.parametrize(("kind", "field", "value"), GOOD)
def test_a_value_with_a_form_passes(kind: DeviceKind, field: str, value: FieldValue) -> None:
    """Goal: nothing that the protocol can hold is refused beforehand."""
    assert unwritable(driver_of(kind), kind, field, value) is None


@pytest.mark.parametrize("ways", VERIFY_MODES.values())
def test_every_verify_mode_can_be_written(ways: tuple[str, ...]) -> None:
    """Goal: the eleven sets pass, in any order."""
    assert unwritable(IsapiDriver(), DOOR, "auth_ways", list(reversed(ways))) is None


@pytest.mark.parametrize(("kind", "field", "value", "why"), BAD)
def test_a_value_without_a_form_over_isapi(
    kind: DeviceKind, field: str, value: FieldValue, why: str
) -> None:
    """Goal: each is told in both languages before any device is asked."""
    found = unwritable(IsapiDriver(), kind, field, value)

    assert found is not None
    assert why in found.en
    assert_chinese(found.zh)


@pytest.mark.parametrize(("kind", "field", "value", "why"), BAD_GATE)
def test_a_value_without_a_form_over_snmp(
    kind: DeviceKind, field: str, value: FieldValue, why: str
) -> None:
    """Goal: types, ranges and lengths in octets, as either reference agent takes them."""
    found = unwritable(SnmpDriver(), kind, field, value)

    assert found is not None
    assert why in found.en
    assert_chinese(found.zh)


def test_the_refusal_names_every_set_that_is_possible() -> None:
    """Goal: the reader can choose without looking the table up."""
    found = unwritable(IsapiDriver(), DOOR, "auth_ways", ["qr"])

    assert found is not None
    for ways in VERIFY_MODES.values():
        assert ", ".join(ways) in found.en
        assert ", ".join(ways) in found.zh


def test_every_readable_field_of_a_kind_is_judged() -> None:
    """Goal: a field added to a table without an encoder fails here, not in `fleet validate`."""
    samples: Mapping[str, FieldValue] = {f: v for _, f, v in GOOD} | {"auth_ways": ["card"]}
    for driver in (IsapiDriver(), SnmpDriver()):
        for kind in DeviceKind:
            for resource in driver.resources(kind):
                for spec in (s for s in resource.fields if s.readable):
                    value = samples.get(spec.name, _sample(spec.name))
                    assert driver.can_write(kind, spec.name, value) is None, spec.name


def _sample(field: str) -> FieldValue:
    return 60 if field.endswith(("_s", "_port", "_count")) else "34070500002000000001"


class Plain:
    """A driver of somebody else, without the optional method."""

    name = "plain"
    apply_time_max_s = 1.0

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """None."""
        return ()

    def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[Session]:
        """Never asked for here."""
        raise NotImplementedError


def test_a_driver_that_does_not_judge_refuses_nothing() -> None:
    """Goal: the method is optional; drivers of others go on working."""
    assert not isinstance(Plain(), JudgesValues)
    assert unwritable(Plain(), DOOR, "auth_ways", []) is None
