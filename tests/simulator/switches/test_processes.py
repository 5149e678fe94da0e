"""Switches in simulator processes, and how an inventory's links become specs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.secrets.store import open_store
from fleet.model.device import Device, DeviceKind
from fleet.model.fleet import City
from fleet.simulator.errors import SimError
from fleet.simulator.spec import ProcessSpec, from_json, login_of
from fleet.wiring.build import load_city
from fleet.wiring.sim import specs
from tests.simulator.process_kit import Fleet, listens
from tests.simulator.switches.kit import PASSWORD, PLATFORMS, switch_spec
from tests.simulator.switches.ssh_kit import Raw

EXAMPLE = Path(__file__).resolve().parents[3] / "inventories" / "tongling"
CHANGE = {
    "huawei_vrpv8": ("system-view", "vlan batch 100", "commit"),
    "hp_comware": ("system-view", "vlan 100"),
}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A fleet that is ended whatever happens."""
    made = Fleet(tmp_path / "sim")
    yield made
    made.down()


def process() -> ProcessSpec:
    """A process with a switch of each platform and a router."""
    made = [switch_spec(platform, device=f"sw-{platform}") for platform in PLATFORMS]
    return ProcessSpec("p1", (*made, switch_spec("hp_comware", "router", device="rt-1")))


def test_a_spec_with_switches_comes_back_as_it_went() -> None:
    """What goes over stdin, with ports and scales; and no password is in it."""
    spec = process()
    assert from_json(spec.to_json()) == spec
    assert PASSWORD not in spec.to_json()


@pytest.mark.scenario
def test_every_verb_of_the_simulator_works_on_switches(fleet: Fleet) -> None:
    """Up, a change by hand over SSH, tamper, fault, log and stats, down, and up again as it was."""
    spec = process()
    fleet.up(spec)
    assert all(listens(device) for device in spec.devices)
    for device in spec.devices[:2]:
        raw = Raw(device)
        raw(*CHANGE[device.platform])
        raw.close()
        fleet.run.ask("p1", {"verb": "tamper", "device": device.id, "field": "vlans",
                             "value": "200 byhand"})  # fmt: skip
    asked = {"verb": "fault", "device": "sw-huawei_vrpv8", "fault": "cut-path"}
    assert fleet.run.ask("p1", asked)["faults"] == {"cut-path": "new"}
    with pytest.raises(SimError) as refused:
        fleet.run.ask("p1", {**asked, "fault": "late", "value": "1"})
    assert refused.value.code == "fault-not-here"
    before = {d.id: fleet.run.log(d.id) for d in spec.devices}
    assert [entry["field"] for entry in before["sw-hp_comware"]] == ["vlans"]
    assert fleet.run.stats()["sw-hp_comware"]["logins"] == 1

    fleet.down()
    fleet.up(spec)

    assert {d.id: fleet.run.log(d.id) for d in spec.devices} == before
    values = fleet.run.ask("p1", {"verb": "values", "device": "sw-huawei_vrpv8"})["values"]
    assert values["vlans"] == ["100", "200 byhand"]
    assert fleet.run.stats()["sw-huawei_vrpv8"]["writes"] == 1


@pytest.mark.scenario
def test_a_taken_address_is_named(fleet: Fleet) -> None:
    """As for every other device: which one, and nothing is left running."""
    spec = process()
    with socket.socket() as other:
        taken = spec.devices[1]
        other.bind((taken.address, taken.port))
        other.listen()
        with pytest.raises(SimError) as refused:
            fleet.up(spec)
    assert refused.value.code == "address-taken"
    assert refused.value.facts["device"] == taken.id
    assert fleet.run.running() == []


@pytest.mark.scenario
def test_another_platform_needs_a_new_box(fleet: Fleet) -> None:
    """A memory of VRP8 is of no use to Comware: said with the way out, which works."""
    spec = ProcessSpec("p1", (switch_spec("huawei_vrpv8"),))
    fleet.up(spec)
    other = ProcessSpec("p1", (switch_spec("hp_comware"),))
    with pytest.raises(SimError) as refused:
        fleet.up(other)
    assert refused.value.code == "broken-state"
    fleet.up(other, fresh=True)
    assert fleet.run.running() == ["p1"]


@pytest.fixture(scope="module")
def city() -> City:
    """The example city."""
    return load_city(EXAMPLE)


def with_links(city: City, *links: Device) -> City:
    """The city with links in its first compound, on whose first one another device hangs."""
    district, *districts = city.districts
    compound, *compounds = district.compounds
    first = next(d for d in compound.devices if d.kind is DeviceKind.CAMERA)
    behind = first.model_copy(update={"via": links[0].id, "via_port": "GE1/0/7"})
    devices = [behind if d.id == first.id else d for d in compound.devices]
    compound = compound.model_copy(update={"devices": (*devices, *links)})
    district = district.model_copy(update={"compounds": (compound, *compounds)})
    return city.model_copy(update={"districts": (district, *districts)})


def link(city: City, device: str, kind: DeviceKind, platform: str) -> Device:
    """A switch or router with the login of one of the city's cameras."""
    camera = next(d for d in city.devices() if d.kind is DeviceKind.CAMERA)
    return camera.model_copy(
        update={
            "id": device, "kind": kind, "driver": "ssh", "platform": platform, "settings": {},
            "address": "127.201.1.1", "port": 22022, "serial": None,
        }
    )  # fmt: skip


def test_links_of_the_inventory_become_specs(city: City, tmp_path: Path) -> None:
    """Platform, derived login, what hangs on them; a platform that nobody simulates is left out."""
    switch = link(city, "sw-1", DeviceKind.SWITCH, "huawei_vrpv8")
    router = link(city, "rt-1", DeviceKind.ROUTER, "hp_comware")
    linux = link(city, "gw-1", DeviceKind.ROUTER, "linux")
    wanted = with_links(city, switch, router, linux)
    secrets = open_store(EXAMPLE, wanted, tmp_path)
    made = {d.id: d for one in specs(wanted, secrets, 60, 0.25) for d in one.devices}
    camera = next(d for d in wanted.devices() if d.via == "sw-1")
    assert switch.login.password is not None
    password = secrets.resolve(switch.login.password).reveal()
    found = made["sw-1"]
    assert (found.kind, found.platform, found.trial_scale) == ("switch", "huawei_vrpv8", 0.25)
    assert found.login == login_of("sw-1", password)
    assert found.behind == (("GE1/0/7", camera.id),)
    assert found.ha1 == ""
    assert (made["rt-1"].kind, made["rt-1"].behind) == ("router", ())
    assert "gw-1" not in made


def test_a_switch_alone_on_a_foreign_platform_needs_no_process(city: City, tmp_path: Path) -> None:
    """The others of its compound are simulated as before."""
    wanted = with_links(city, link(city, "gw-1", DeviceKind.ROUTER, "linux"))
    made = specs(wanted, open_store(EXAMPLE, wanted, tmp_path), 60)
    before = specs(city, open_store(EXAMPLE, city, tmp_path), 60)
    assert [[d.id for d in one.devices] for one in made] == [
        [d.id for d in one.devices] for one in before
    ]
