"""A small city with simulated switches: one compound, a router, a switch, cameras behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.simulator.ssh.hostkey import public_line
from fleet.wiring.blocks import block_of_loopback
from tests.support.line import Line

SWITCH, ROUTER, BEHIND, ELSEWHERE = "t-sw-01", "t-gw-01", "t-cam-01", "t-cam-02"
CITY = """\
city: {code: "340700", name: 铜陵市}
rollout: {tolerated_failures: 9, in_flight: 4}
logins:
  camera: {user: admin, password: "secret://env/FLEET_TEST_CAMERA"}
  door: {user: admin, password: "secret://env/FLEET_TEST_CAMERA"}
  recorder: {user: admin, password: "secret://env/FLEET_TEST_CAMERA"}
  switch: {user: admin, password: "secret://env/FLEET_TEST_LINK"}
  router: {user: admin, password: "secret://env/FLEET_TEST_LINK"}
"""
DISTRICT = 'district: {code: "340705", name: 铜官区}\n'
COMPOUND = f"""\
compound: {{id: t, name: T, category: new, built_year: 2024}}
areas:
  - {{id: road, kind: main_road, name: Main road}}
perimeter:
  - {{id: north, length_m: 80, physical: wall}}
entrances:
  - {{id: east, name: East gate, kind: pedestrian, gates: [t-door-01]}}
unit_doors:
  - {{id: u1, name: Unit 1, building: "1", reader: t-door-02}}
uplink:
  source: operator
  server_id: "34070500002000000001"
  server_domain: "3407050000"
  server_address: 127.34.12.1
  server_port: 15060
  password: secret://env/FLEET_TEST_SIP
centre: {{room: Gatehouse, shifts: 3, staff_per_shift: 1}}
settings:
  camera: {{osd_text: 铜陵, cloud_enabled: false}}
devices:
  - {{id: {ROUTER}, kind: router, name: Router, platform: hp_comware, address: 127.34.1.1,
     port: 8022, host_key: "ROUTER_KEY", settings: {{lldp_enabled: true}}}}
  - {{id: {SWITCH}, kind: switch, name: Switch, platform: huawei_vrpv8, address: 127.34.1.2,
     port: 8022, host_key: "SWITCH_KEY",
     settings: {{sysname: T-SW-01, vlans: [100 cameras], lldp_enabled: true}}}}
  - {{id: {BEHIND}, kind: camera, name: Road, address: 127.34.1.11, port: 8080, serial: C1,
     gb_id: "34070501011327000001", area: road, via: {SWITCH}, via_port: GE1/0/1}}
  - {{id: {ELSEWHERE}, kind: camera, name: Gate, address: 127.34.1.12, port: 8080, serial: C2,
     gb_id: "34070501011327000002", area: east}}
  - {{id: t-door-01, kind: door, name: East, address: 127.34.1.41, port: 8080, serial: D1,
     gb_id: "34070501011427000041", area: east}}
  - {{id: t-door-02, kind: door, name: Unit 1, address: 127.34.1.42, port: 8080, serial: D2,
     gb_id: "34070501011427000042", area: u1}}
  - {{id: t-nvr-01, kind: recorder, name: Recorder, address: 127.34.1.81, port: 8081,
     serial: R1, gb_id: "34070501011187000001", channels: [{BEHIND}, {ELSEWHERE}]}}
"""
# What the stories are about; the rest is there because the rules of the notice ask for it.
TARGETS = tuple(w for d in (ROUTER, SWITCH, BEHIND, ELSEWHERE) for w in ("--target", d))
SECRETS = {"FLEET_TEST_CAMERA": "Cam-Boot-7731", "FLEET_TEST_LINK": "Link-Boot-2290"}
SECRETS |= {"FLEET_TEST_SIP": "Sip-Given-5518"}

PROBES = [("127.34.1.2", 8022), ("127.34.1.11", 8080), ("127.34.12.1", 15060)]


@contextmanager
def link_line_up(folder: Path, trial_scale: float = 0.1) -> Iterator[Line]:
    """The city in `folder` with its devices up; everything is ended afterwards."""
    with block_of_loopback(PROBES) as block:
        city = folder / "links"
        (city / "340705-tongguan").mkdir(parents=True)
        words = COMPOUND.replace("ROUTER_KEY", public_line(ROUTER))
        words = words.replace("SWITCH_KEY", public_line(SWITCH))
        words = words.replace("127.34.", f"127.{block}.")
        (city / "city.yaml").write_text(CITY, "utf-8")
        (city / "340705-tongguan" / "district.yaml").write_text(DISTRICT, "utf-8")
        (city / "340705-tongguan" / "t.yaml").write_text(words, "utf-8")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "LC_", "LANG"))}
        line = Line(city, block, env | {"LC_ALL": "C.UTF-8"} | SECRETS)
        try:
            line.ok("sim", "up", "--trial-scale", str(trial_scale))
            yield line
        finally:
            line.run("sim", "down")
