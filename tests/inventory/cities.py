"""A small city without faults, made of sections that a test replaces one by one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleet.inventory import Loaded, load
from fleet.model.device import Device
from fleet.model.diagnostic import Diagnostic, Severity

EXAMPLE = Path(__file__).parents[2] / "inventories" / "tongling"
FOLDER = "340705-tongguan"
X = f"{FOLDER}/x.yaml"
CITY = """\
city: {code: "340700", name: 铜陵市}
logins:
  camera: {user: admin, password: "secret://vault/bootstrap/camera"}
  door: {user: admin, password: "secret://vault/bootstrap/door"}
  recorder: {user: admin, password: "secret://vault/bootstrap/recorder"}
  gate: {user: fleet, auth: "secret://vault/gate/auth", priv: "secret://vault/gate/priv"}
settings:
  camera: {time_zone: UTC+08:00, admin_password: "secret://generated/device/{device}/admin"}
  door: {auth_ways: [card, face], admin_password: "secret://generated/device/{device}/admin"}
  recorder: {admin_password: "secret://generated/device/{device}/admin"}
"""
DISTRICT = """\
district: {code: "340705", name: 铜官区}
platform:
  server_id: "34070500002000000001"
  server_domain: "3407050000"
  addresses: [127.0.0.1, 127.0.0.2]
  port: 15060
"""
SECTIONS: Mapping[str, str] = {
    "compound": "compound: {id: x, name: X, category: new, built_year: 2024}\n",
    "uplink": "uplink: {source: platform}\n",
    "areas": "areas:\n  - {id: road, kind: main_road, name: Main road}\n",
    "perimeter": "perimeter:\n  - {id: north, length_m: 80, physical: wall}\n",
    "entrances": (
        "entrances:\n  - {id: east, name: East gate, kind: pedestrian, gates: [x-gate-01]}\n"
    ),
    "unit_doors": ("unit_doors:\n  - {id: u1, name: Unit 1, building: '1', reader: x-door-01}\n"),
    "centre": "centre: {room: Gatehouse, shifts: 3, staff_per_shift: 1}\n",
    "logins": "",
    "settings": "",
    "groups": "",
    "devices": "",
}
LINES: dict[str, str] = {
    "x-nvr-01": (
        "{id: x-nvr-01, kind: recorder, name: Recorder, address: 127.0.1.81, port: 8081,"
        ' serial: R1, gb_id: "34070501011187000001", channels: [x-cam-01],'
        ' spare_ids: ["34070501011327000901"]}'
    ),
    "x-cam-01": (
        "{id: x-cam-01, kind: camera, name: Road, address: 127.0.1.11, port: 8080,"
        ' serial: C1, gb_id: "34070501011327000001", area: road}'
    ),
    "x-door-01": (
        "{id: x-door-01, kind: door, name: Unit 1, address: 127.0.1.41, port: 8080,"
        ' serial: D1, gb_id: "34070501011427000041", area: u1}'
    ),
    "x-gate-01": (
        "{id: x-gate-01, kind: gate, name: Gate, address: 127.0.1.61, port: 8161,"
        ' engine_id: "80007ed90501", gb_id: "34070501011427000061", area: east}'
    ),
}
# Added to the lines above only by the tests that speak of links.
LINK_LINES: dict[str, str] = {
    "x-sw-01": (
        "{id: x-sw-01, kind: switch, name: Switch, address: 127.0.1.91, port: 8022,"
        " platform: huawei_vrpv8,"
        " host_key: SHA256:oM5bB4Yc8pBbJrlnJ2EEmVt7jHnSN8tsBcSjWbUyOQk, area: road}"
    ),
    "x-rt-01": (
        "{id: x-rt-01, kind: router, name: Router, address: 127.0.1.92, port: 8022,"
        " platform: linux,"
        " host_key: SHA256:pM5bB4Yc8pBbJrlnJ2EEmVt7jHnSN8tsBcSjWbUyOQk, area: road}"
    ),
}
LINK_LOGINS = """\
  switch: {user: fleet, password: "secret://vault/bootstrap/switch"}
  router: {user: fleet, password: "secret://vault/bootstrap/router"}
"""


def devices(**changed: str) -> str:
    """The devices' section; a keyword (`x_cam_01`) replaces a line, or adds one."""
    lines = dict(LINES)
    lines.update({name.replace("_", "-"): line for name, line in changed.items()})
    return "devices:\n" + "".join(f"  - {line}\n" for line in lines.values() if line)


def line(device: str, **fields: str) -> str:
    """A device's line with fields replaced or appended, as YAML text."""
    parts = (LINES | LINK_LINES)[device].strip("{}").split(", ")
    kept = [p for p in parts if p.split(":")[0].strip() not in fields]
    return "{" + ", ".join([*kept, *(f"{n}: {v}" for n, v in fields.items())]) + "}"


def compound(**sections: str) -> str:
    """A compound's file with some sections replaced."""
    return "".join((dict(SECTIONS) | {"devices": devices()} | sections).values())


def write(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """The small city under `root`, with some files replaced; returns its folder."""
    content = {
        "city.yaml": CITY,
        f"{FOLDER}/district.yaml": DISTRICT,
        X: compound(),
    } | dict(files or {})
    for name, data in content.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return root


def loaded(root: Path, **sections: str) -> Loaded:
    """The small city with some sections of its compound replaced, read."""
    return load(write(root, {X: compound(**sections)}))


def errors(found: Loaded) -> list[Diagnostic]:
    """The errors of a run."""
    return [d for d in found.diagnostics if d.severity is Severity.ERROR]


def only(found: Loaded) -> Diagnostic:
    """The one error of a run that has exactly one."""
    assert len(errors(found)) == 1, [f"{d.position} {d.code} {d.summary}" for d in errors(found)]
    return errors(found)[0]


def device(found: Loaded, name: str) -> Device:
    """A device of a city without faults."""
    return next(d for d in found.require().devices() if d.id == name)


def place(text: str, needle: str, nth: int = 1) -> tuple[int, int]:
    """Line and column from 1 of the nth occurrence of `needle`: the tests' own way to count."""
    at = -1
    for _ in range(nth):
        at = text.index(needle, at + 1)
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def at(finding: Diagnostic) -> tuple[int, int]:
    """Where a finding stands."""
    assert finding.position is not None
    return finding.position.line, finding.position.column
