"""What hangs on what, and what the change of a link may cost: read from the inventory alone."""

from __future__ import annotations

import pytest

from fleet.model.device import Device, DeviceKind
from fleet.model.fleet import Compound, UnmanagedSwitch
from fleet.model.text import text
from fleet.plan.links import BOOT_S, RESTART_S, needs_of, reached_through
from fleet.plan.steps import device_work
from fleet.ports.driver import Need
from tests.support.fakes_city import city, compound, device
from tests.support.fakes_devices import FakeDriver
from tests.support.fakes_links import LINK, FakeLinkDriver
from tests.support.fakes_plans import change

SWITCH, ROUTER = DeviceKind.SWITCH, DeviceKind.ROUTER
REBOOT = Need(kind="reboot", text=text("only a restart undoes it", "只能靠重启回退"))


def through(*devices: Device, unmanaged: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """What each device of one compound is reached through."""
    found: Compound = compound("c1", devices)
    mute = tuple(UnmanagedSwitch(id=i, name=i) for i in unmanaged)
    return reached_through(found.model_copy(update={"unmanaged": mute}))


def test_nearest_first_and_the_router_last() -> None:
    """A camera hangs on its switch, that on the next one, all on the edge router."""
    found = through(
        device("c1-cam-1", via="c1-sw-2"),
        device("c1-sw-2", SWITCH, via="c1-sw-1"),
        device("c1-sw-1", SWITCH),
        device("c1-gw", ROUTER),
        device("c1-cam-2"),
    )

    assert found == {
        "c1-cam-1": ("c1-sw-2", "c1-sw-1", "c1-gw"),
        "c1-sw-2": ("c1-sw-1", "c1-gw"),
        "c1-sw-1": ("c1-gw",),
        "c1-gw": (),
        "c1-cam-2": ("c1-gw",),
    }


def test_a_router_behind_a_switch_is_not_before_that_switch() -> None:
    """Each would wait for the other for ever."""
    found = through(device("c1-sw-1", SWITCH), device("c1-gw", ROUTER, via="c1-sw-1"))

    assert found == {"c1-sw-1": (), "c1-gw": ("c1-sw-1",)}


def test_a_circle_ends_where_it_closes() -> None:
    """Two switches that name each other do not hang the plan."""
    found = through(
        device("c1-sw-1", SWITCH, via="c1-sw-2"), device("c1-sw-2", SWITCH, via="c1-sw-1")
    )

    assert found == {"c1-sw-1": ("c1-sw-2",), "c1-sw-2": ("c1-sw-1",)}


def test_an_unmanaged_switch_is_no_link_that_anybody_changes() -> None:
    """What hangs on it is reached through the managed ones alone."""
    found = through(
        device("c1-cam-1", via="c1-mute"), device("c1-gw", ROUTER), unmanaged=("c1-mute",)
    )

    assert found["c1-cam-1"] == ("c1-gw",)


@pytest.mark.parametrize(
    ("name", "kind", "dark"),
    [
        ("c1-sw-1", SWITCH, ("c1-cam-1", "c1-sw-2", "c1-cam-2")),
        ("c1-sw-2", SWITCH, ("c1-cam-2",)),
        ("c1-gw", ROUTER, ("c1-cam-1", "c1-sw-1", "c1-sw-2", "c1-cam-2")),
        ("c1-sw-3", SWITCH, ()),
    ],
)
def test_a_reboot_is_priced_by_what_hangs_on_it(
    name: str, kind: DeviceKind, dark: tuple[str, ...]
) -> None:
    """Named, counted and timed; a switch with nothing behind it costs nothing."""
    devices = [
        device("c1-cam-1", via="c1-sw-1"),
        device("c1-sw-1", SWITCH),
        device("c1-sw-2", SWITCH, via="c1-sw-1"),
        device("c1-cam-2", via="c1-sw-2"),
        device("c1-gw", ROUTER),
    ]
    if name == "c1-sw-3":
        devices = [device("c1-sw-3", SWITCH)]
    town = city([compound("c1", devices), compound("c2", [device("c2-cam-1")])])
    work = device_work(device(name, kind), {"lldp_enabled": change("lldp_enabled")}, LINK)
    driver = FakeLinkDriver({}, told={name: (REBOOT,)})

    (need,) = needs_of(town, {"ssh": driver}, [work])

    assert (need.kind, need.device, set(need.dark)) == ("reboot", name, set(dark))
    assert need.dark_s == (RESTART_S + BOOT_S if dark else 0)
    assert all(d in need.text.en and d in need.text.zh for d in dark)
    assert ("5 min" in need.text.en) is bool(dark)


def test_other_needs_are_told_as_the_driver_tells_them() -> None:
    """No price on what darkens nobody; a driver that arms no undo needs nothing."""
    others = Need(kind="others", text=text("theirs too", "连同他人的"))
    town = city([compound("c1", [device("c1-sw-1", SWITCH), device("c1-cam-1", via="c1-sw-1")])])
    link = device_work(device("c1-sw-1", SWITCH), {"lldp_enabled": change("lldp_enabled")}, LINK)
    camera = link.model_copy(update={"target": link.target.model_copy(update={"driver": "isapi"})})
    drivers = {"ssh": FakeLinkDriver({}, told={"c1-sw-1": (others,)}), "isapi": FakeDriver({})}

    (need,) = needs_of(town, drivers, [link, camera])

    assert (need.kind, need.text, need.dark) == ("others", others.text, ())
