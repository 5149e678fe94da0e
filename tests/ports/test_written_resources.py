"""Which resource carries which field: unwritable, unknown and shared names."""

from __future__ import annotations

import pytest

from fleet.model.device import DeviceKind
from fleet.model.secret import Secret
from fleet.ports.driver import Credential, FieldSpec, Resource, written_resources
from tests.support.fakes_devices import FakeDriver

TIME = Resource(name="time", fields=(FieldSpec(name="time_mode"), FieldSpec(name="time_zone")))
INFO = Resource(name="info", fields=(FieldSpec(name="model", writable=False),))
USER = Resource(
    name="user", fields=(FieldSpec(name="admin_password", readable=False, proof="login"),)
)
MIXED = Resource(name="mixed", fields=(FieldSpec(name="a", writable=False), FieldSpec(name="b")))
TABLE = {
    DeviceKind.CAMERA: (TIME, INFO, USER),
    DeviceKind.DOOR: (MIXED,),
    DeviceKind.GATE: (),
    DeviceKind.RECORDER: (TIME, MIXED),
}


@pytest.mark.parametrize(
    ("kind", "asked", "found"),
    [
        (DeviceKind.CAMERA, [], {}),
        (DeviceKind.CAMERA, ["time_mode"], {"time_mode": "time"}),
        (DeviceKind.CAMERA, ["time_zone", "time_mode"], {"time_mode": "time", "time_zone": "time"}),
        (DeviceKind.CAMERA, ["admin_password"], {"admin_password": "user"}),
        (DeviceKind.CAMERA, ["model"], {}),
        (DeviceKind.CAMERA, ["nothing"], {}),
        (DeviceKind.CAMERA, ["model", "time_mode"], {"time_mode": "time"}),
        (DeviceKind.DOOR, ["a"], {}),
        (DeviceKind.DOOR, ["a", "b"], {"b": "mixed"}),
        (DeviceKind.DOOR, ["time_mode"], {}),
        (DeviceKind.GATE, ["time_mode", "a", "b"], {}),
        (DeviceKind.RECORDER, ["b", "time_zone"], {"time_zone": "time", "b": "mixed"}),
    ],
)
def test_fields_and_their_resources(
    kind: DeviceKind, asked: list[str], found: dict[str, str]
) -> None:
    """Only what was asked, what the kind has and what can be written, in the driver's order."""
    told = written_resources(FakeDriver({}, table=TABLE), kind, asked)

    assert {field: resource.name for field, resource in told.items()} == found
    assert list(told) == list(found)


@pytest.mark.parametrize("asked", [["time_mode"], ("time_mode",), {"time_mode"}, {"time_mode": 1}])
def test_any_collection_may_ask(asked: list[str]) -> None:
    """Lists, sets and a mapping's keys are all collections of names."""
    told = written_resources(FakeDriver({}, table=TABLE), DeviceKind.CAMERA, asked)

    assert told == {"time_mode": TIME}


def test_a_credential_shows_only_its_user() -> None:
    """Neither its text nor its slots give a secret away, and nothing can be hung onto it."""
    login = Credential("admin", Secret("hunter2-p"), Secret("hunter2-a"), Secret("hunter2-k"))

    assert repr(login) == "Credential('admin', ***)"
    assert str(login) == repr(login)
    assert "hunter2" not in f"{login!r} {[login]} { ({1: login}) }"
    assert not hasattr(login, "__dict__")
    assert (login.user, login.password) == ("admin", Secret("hunter2-p"))
    assert Credential("x").auth is None
    assert Credential("x").priv is None
