"""Drivers by name: ours always, outside ones by entry point, nothing loaded unasked."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from fleet.drivers import registry
from fleet.drivers.registry import drivers
from fleet.model.device import DeviceKind
from fleet.ports.driver import written_resources


def test_the_built_in_drivers_are_there_by_name() -> None:
    """Goal: both drivers, with the apply times that resume waits out."""
    found = drivers()

    assert {"isapi", "snmp"} <= set(found)
    assert (found["isapi"].apply_time_max_s, found["snmp"].apply_time_max_s) == (5.0, 3.0)
    assert [found[name].name for name in ("isapi", "snmp")] == ["isapi", "snmp"]
    assert len(found) == len(set(found))


def test_a_driver_is_made_once() -> None:
    """Goal: asking twice gives the same object."""
    found = drivers()

    assert found["isapi"] is found["isapi"]


def test_an_unknown_driver_is_a_key_error() -> None:
    """Goal: the caller words it; membership can be asked first."""
    found = drivers()

    assert "onvif" not in found
    with pytest.raises(KeyError):
        found["onvif"]


def test_looking_loads_nothing_that_speaks() -> None:
    """Goal: neither pysnmp nor lxml nor h11 is imported by listing; SNMP only by a session.

    Method: a fresh interpreter, since this one has them already.
    """
    script = (
        "import sys\n"
        "from fleet.drivers.registry import drivers\n"
        "found = drivers(); names = set(found)\n"
        "heavy = {'pysnmp', 'lxml', 'h11', 'netmiko', 'paramiko'}\n"
        "assert not heavy & set(sys.modules), 'by listing'\n"
        "found['snmp'].resources; assert not heavy & set(sys.modules), 'by the snmp driver'\n"
        "found['ssh'].resources; assert not heavy & set(sys.modules), 'by the ssh driver'\n"
        "found['isapi']; assert 'pysnmp' not in sys.modules, 'by isapi'\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr


class OutsideDriver:
    """What another package may bring."""

    name = "outside"
    apply_time_max_s = 1.0

    def resources(self, kind: DeviceKind) -> tuple[()]:
        """None."""
        return ()

    def session(self, *_args: object) -> None:
        """None."""


class Misnamed(OutsideDriver):
    """Says another name than it is installed under."""

    name = "isapi"


def _installed(monkeypatch: pytest.MonkeyPatch, **entries: str) -> None:
    points = [
        EntryPoint(name, f"{__name__}:{attribute}", registry.GROUP)
        for name, attribute in entries.items()
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints(points))


def test_an_outside_driver_plugs_in_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: a package of somebody else is used like our own."""
    _installed(monkeypatch, outside="OutsideDriver")

    found = drivers()

    assert list(found) == ["isapi", "outside", "snmp", "ssh"]
    assert found["outside"].apply_time_max_s == 1.0


def test_an_outside_package_cannot_take_a_built_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: what speaks to devices is not replaced by installing something."""
    _installed(monkeypatch, isapi="OutsideDriver")

    assert drivers()["isapi"].apply_time_max_s == 5.0


@pytest.mark.parametrize("attribute", ["Misnamed", "pytest"])
def test_what_is_no_driver_of_that_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, attribute: str
) -> None:
    """Goal: a wrong entry point is told as such and not used."""
    _installed(monkeypatch, outside=attribute)

    with pytest.raises(TypeError):
        drivers()["outside"]


@pytest.mark.parametrize(
    ("name", "kind", "resources"),
    [
        ("isapi", DeviceKind.CAMERA, "time ntp channel osd cloud barrier user"),
        ("isapi", DeviceKind.DOOR, "time ntp door reader user"),
        ("isapi", DeviceKind.RECORDER, "time ntp cloud channels gb28181 user"),
        ("isapi", DeviceKind.GATE, ""),
        ("snmp", DeviceKind.GATE, "gate"),
        ("ssh", DeviceKind.SWITCH, "link"),
        ("ssh", DeviceKind.CAMERA, ""),
        ("snmp", DeviceKind.CAMERA, ""),
    ],
)
def test_the_writing_order_of_each_kind(name: str, kind: DeviceKind, resources: str) -> None:
    """Goal: names and order are the contract of step ids; the password comes last."""
    assert [r.name for r in drivers()[name].resources(kind)] == resources.split()


def test_every_field_is_carried_by_exactly_one_resource() -> None:
    """Goal: a plan never has to choose between two requests."""
    for name in ("isapi", "snmp", "ssh"):
        for kind in DeviceKind:
            fields = [s.name for r in drivers()[name].resources(kind) for s in r.fields]
            assert len(fields) == len(set(fields))
            assert set(written_resources(drivers()[name], kind, fields)) == set(fields)
