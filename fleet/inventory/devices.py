"""A device's line and all that it inherits become one device of the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.inventory.addresses import check_address
from fleet.inventory.bound import Bound
from fleet.inventory.hanging import is_unmanaged, reachable, unmanaged
from fleet.inventory.layers import Layer, Subject, Trace, kind_of, layer, merge, traces_of
from fleet.inventory.logins import login_of
from fleet.inventory.scope import Scope, unresolved
from fleet.inventory.uplinks import Upper, derived
from fleet.model.device import Device, DeviceKind
from fleet.model.diagnostic import Severity
from fleet.model.fleet import Recorder, UnmanagedSwitch
from fleet.model.text import text

DRIVER_OF: Mapping[DeviceKind, str] = {
    DeviceKind.CAMERA: "isapi",
    DeviceKind.DOOR: "isapi",
    DeviceKind.GATE: "snmp",
    DeviceKind.RECORDER: "isapi",
    DeviceKind.SWITCH: "ssh",
    DeviceKind.ROUTER: "ssh",
}
# What each kind's identity is pinned by, where that is no serial number.
_IDENTITY = {
    DeviceKind.GATE: "engine_id",
    DeviceKind.SWITCH: "host_key",
    DeviceKind.ROUTER: "host_key",
}


@dataclass(frozen=True)
class Surroundings:
    """What a compound gives to each of its devices.

    `cameras` maps a camera's id to its GB id; `unbound` are devices whose lines are too faulty.
    """

    compound: str
    city: Layer
    district: Layer
    own: Layer
    groups: Mapping[str, Bound]
    upper: Upper | None
    cameras: Mapping[str, str | None]
    unbound: Collection[str]


@dataclass
class Devices:
    """A compound's devices as built, with each field's traces and the recorders' channels."""

    devices: list[Device] = field(default_factory=list)
    recorders: list[Recorder] = field(default_factory=list)
    unmanaged: list[UnmanagedSwitch] = field(default_factory=list)
    traces: dict[str, Mapping[str, tuple[Trace, ...]]] = field(default_factory=dict)


def build(lines: Sequence[Bound], around: Surroundings, scope: Scope) -> Devices:
    """Build every device of a compound; faults are noted, faulty lines left out."""
    built = Devices()
    for line in lines:
        inner = scope.within(device=line.need("id") or None)
        if is_unmanaged(line):
            unmanaged(line, inner)
            built.unmanaged.append(
                UnmanagedSwitch(
                    id=line.need("id"),
                    name=line.need("name"),
                    area=line.text("area"),
                    via=line.text("via"),
                    via_port=line.text("via_port"),
                    position=line.position,
                )
            )
        elif reachable(line, inner):
            _build(line, around, inner, built)
    return built


def _build(line: Bound, around: Surroundings, scope: Scope, built: Devices) -> None:
    kind = DeviceKind(line.need("kind"))
    subject = Subject(line.need("id"), kind, line.text("gb_id"))
    group = _group(line, around, scope)
    recorder = _recorder(line, around, scope) if kind is DeviceKind.RECORDER else None
    inner = Layer("group") if group is None else layer("group", group)
    outer = (around.city, around.district, around.own, inner)
    levels = [traces_of(p.level, kind_of(p.settings, kind), subject, scope) for p in outer]
    if recorder is not None and around.upper is not None:
        channels = recorder.channel_ids + recorder.spare_ids
        levels.insert(2, derived(around.upper, subject, line, channels, scope))
    levels.append(traces_of("device", line.child("settings"), subject, scope))
    traces = merge(levels)
    logins = [(p.level, kind_of(p.logins, kind)) for p in outer]
    logins.append(("device", line.child("login")))
    login, login_traces = login_of(
        subject, logins, line.position, scope, agent="snmp_port" in line.values
    )
    check_address(line.need("address"), line.place("address"), scope, "address")
    _pinned(line, kind, scope)
    winners = {name: found[0] for name, found in traces.items()}
    built.devices.append(
        Device(
            id=subject.id,
            kind=kind,
            driver=line.text("driver") or DRIVER_OF[kind],
            compound=around.compound,
            name=line.need("name"),
            address=line.need("address"),
            port=line.whole("port"),
            gb_id=subject.gb_id,
            area=line.text("area"),
            serial=line.text("serial"),
            engine_id=line.need("engine_id").lower() or None,
            platform=line.text("platform"),
            host_key=line.text("host_key"),
            via=line.text("via"),
            via_port=line.text("via_port"),
            snmp_port=line.whole("snmp_port") or None,
            login=login,
            settings={n: t.value for n, t in winners.items() if t.value is not None},
            secrets={n: t.secret for n, t in winners.items() if t.secret is not None},
            origins={n: tuple(t.position for t in found) for n, found in traces.items()},
            position=line.position,
        )
    )
    built.traces[subject.id] = _facts(line) | login_traces | traces
    if recorder is not None:
        built.recorders.append(recorder)


def _pinned(line: Bound, kind: DeviceKind, scope: Scope) -> None:
    """Without a pinned identity nobody can tell a swapped device, so none is ever managed."""
    field = _IDENTITY.get(kind, "serial")
    if field in line.places:
        return
    scope.note(
        "unpinned",
        line.position,
        text(
            "no {f} is pinned: nothing is read or written until it is",
            "未登记 {f}：登记之前不读取也不写入该设备",
            f=field,
        ),
        text(
            "run fleet plan: its error for this device tells what the device says; check that on "
            "the device and add {f}: to its line",
            "运行 fleet plan：该设备的报错会给出设备自报的值；在设备上核对后，在此行添加 {f}:",
            f=field,
        ),
        field=field,
        severity=Severity.WARNING,
    )


def _facts(line: Bound) -> dict[str, tuple[Trace, ...]]:
    """What only the device's own line says."""
    names = (
        *("address", "port", "serial", "engine_id", "gb_id", "area", "group", "driver"),
        *("platform", "host_key", "via", "via_port"),
    )
    told = {n: line.text(n) or line.whole(n) for n in names if n in line.values}
    return {n: (Trace(level="device", position=line.place(n), value=v),) for n, v in told.items()}


def _group(line: Bound, around: Surroundings, scope: Scope) -> Bound | None:
    name = line.text("group")
    if name is None:
        return None
    if name not in around.groups:
        unresolved(scope, line.place("group"), "group", name, around.groups)
    return around.groups.get(name)


def _recorder(line: Bound, around: Surroundings, scope: Scope) -> Recorder:
    ids = []
    for camera, place in line.placed("channels"):
        if camera not in around.cameras:
            if camera not in around.unbound:
                unresolved(scope, place, "channels", camera, around.cameras)
        elif (gb_id := around.cameras[camera]) is None:
            scope.note(
                "no-reference",
                place,
                text("camera {c} has no gb_id", "摄像机 {c} 没有 gb_id", c=camera),
                text("give it one: a channel is reported by its id", "请补充：通道按国标编码上报"),
                field="channels",
            )
        else:
            ids.append(gb_id)
    spare = tuple(line.texts("spare_ids"))
    return Recorder(
        device=line.need("id"),
        channels=tuple(line.texts("channels")),
        channel_ids=tuple(ids),
        spare_ids=spare,
    )
