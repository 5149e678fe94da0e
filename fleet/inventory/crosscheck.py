"""What only shows when everything is read: duplicates, references to nothing, ids of the fleet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from fleet.inventory import gbid
from fleet.inventory.addresses import check_address, endpoint
from fleet.inventory.bound import Bound
from fleet.inventory.links import check_links
from fleet.inventory.scope import Scope, unresolved
from fleet.model.compound import Category, Entrance
from fleet.model.device import Device, DeviceKind
from fleet.model.diagnostic import Position
from fleet.model.fleet import Compound, District
from fleet.model.text import Text, text


class Ledger:
    """What has been given once already, each with its first place."""

    def __init__(self, what: Text) -> None:
        self._what = what
        self._first: dict[str, Position] = {}

    def take(self, value: str, place: Position, scope: Scope, code: str, field: str) -> None:
        """Take a value; a second taker is noted with the first one's place."""
        first = self._first.setdefault(value, place)
        if first is place:
            return
        scope.note(
            code,
            place,
            text(
                "{what} {v} is already given at {p}",
                "{what} {v} 已在 {p} 使用",
                what=self._what,
                v=value,
                p=first,
            ),
            text("each must be its own", "每个都必须唯一"),
            field=field,
        )


class Ledgers:
    """All that is unique in the fleet."""

    def __init__(self) -> None:
        self.compounds = Ledger(text("compound id", "小区编号"))
        self.devices = Ledger(text("device id", "设备编号"))
        self.addresses = Ledger(text("address", "地址"))
        self.gb_ids = Ledger(text("GB/T 28181 id", "国标编码"))
        self.serials = Ledger(text("serial number", "序列号"))
        self.engines = Ledger(text("engine id", "引擎 ID"))


def check_platform(district: District, bound: Bound, ledgers: Ledgers, scope: Scope) -> None:
    """The district's own servers: their id, domain and addresses."""
    platform = district.platform
    if platform is None:
        return
    place = bound.place("server_id")
    check_id(platform.server_id, district.code, gbid.PLATFORM_TYPES, place, scope, "server_id")
    ledgers.gb_ids.take(platform.server_id, place, scope, "duplicate-id", "server_id")
    check_domain(platform.server_id, platform.server_domain, bound, scope)
    if "addresses" in bound.values and not platform.addresses:
        scope.note(
            "missing-field",
            bound.place("addresses"),
            text("the registrar has no address to bind", "注册服务没有可监听的地址"),
            text("give at least one, like [10.1.2.3]", "请至少给出一个，例如 [10.1.2.3]"),
            field="addresses",
        )
    for address, at in bound.placed("addresses"):
        check_address(address, at, scope, "addresses")
        key = endpoint(address, platform.port)
        ledgers.addresses.take(key, at, scope, "duplicate-address", "addresses")


def check_domain(server_id: str, domain: str, bound: Bound, scope: Scope) -> None:
    """A SIP domain is the first ten digits of its server's id (GB/T 28181-2022, annex E)."""
    if not domain or not server_id or domain[:10] == server_id[:10]:
        return
    scope.note(
        "gb-domain",
        bound.place("server_domain"),
        text(
            "domain {d} is not the first 10 digits of {s}",
            "域 {d} 不是 {s} 的前 10 位",
            d=domain,
            s=server_id,
        ),
        text("give {d}", "应为 {d}", d=server_id[:10]),
        field="server_domain",
    )


def check_id(
    value: str, division: str, types: Iterable[str], place: Position, scope: Scope, field: str
) -> None:
    """Note everything that is wrong with one GB/T 28181 id."""
    if len(value) != 20 or not division:
        return
    for code, why, fix in gbid.faults(value, division, tuple(types)):
        scope.note(code, place, why, fix, field=field)


def check_compound(
    compound: Compound,
    division: str,
    file: Bound,
    declared: Collection[str],
    ledgers: Ledgers,
    scope: Scope,
) -> None:
    """Everything of one compound that other lines must agree with.

    `declared` are the ids of all its devices' lines, faulty ones included.
    """
    place = compound.position or Position(file=compound.file)
    if compound.id:
        ledgers.compounds.take(compound.id, place, scope, "duplicate-id", "compound.id")
    _labels(compound, scope)
    _category(compound, file, scope)
    lines = file.children("devices")
    # Two lines may claim one id: each is checked, and references mean the first.
    placed = {d.position: d for d in compound.devices}
    known = {d.id: d for d in reversed(compound.devices)}
    for line in lines:
        device = placed.get(line.position)
        if device is not None:
            inner = scope.within(device=device.id)
            _device(device, line, ledgers, inner)
            _device_ids(device, line, compound, division, ledgers, inner)
        else:
            _second(line, ledgers, scope)
    check_links(compound, lines, declared, scope)
    _gates(file, known, declared, scope)
    _readers(file, known, declared, scope)
    _areas(file, lines, scope)


def _second(line: Bound, ledgers: Ledgers, scope: Scope) -> None:
    if line.need("id"):
        inner = scope.within(device=line.need("id"))
        ledgers.devices.take(line.need("id"), line.place("id"), inner, "duplicate-id", "id")


def _device(device: Device, line: Bound, ledgers: Ledgers, scope: Scope) -> None:
    address = endpoint(device.address, device.port)
    unique: list[tuple[Ledger, str | None, str, str]] = [
        (ledgers.devices, device.id, "duplicate-id", "id"),
        (ledgers.addresses, address, "duplicate-address", "address"),
        (ledgers.serials, device.serial, "duplicate-id", "serial"),
        (ledgers.engines, device.engine_id, "duplicate-id", "engine_id"),
        (ledgers.gb_ids, device.gb_id, "duplicate-id", "gb_id"),
    ]
    for ledger, value, code, field in unique:
        if value is not None:
            ledger.take(value, line.place(field), scope, code, field)


def _device_ids(
    device: Device,
    line: Bound,
    compound: Compound,
    division: str,
    ledgers: Ledgers,
    scope: Scope,
) -> None:
    if device.gb_id is not None:
        types = _types(device, compound.site.entrances)
        check_id(device.gb_id, division, types, line.place("gb_id"), scope, "gb_id")
    channels = Ledger(text("channel", "通道"))
    for camera, place in line.placed("channels"):
        channels.take(camera, place, scope, "duplicate-id", "channels")
    for spare, place in line.placed("spare_ids"):
        check_id(spare, division, gbid.CAMERA_TYPES, place, scope, "spare_ids")
        ledgers.gb_ids.take(spare, place, scope, "duplicate-id", "spare_ids")


def _types(device: Device, entrances: Iterable[Entrance]) -> tuple[str, ...]:
    if device.kind is DeviceKind.CAMERA:
        plate = "barrier_open_s" in device.settings or "barrier_mode" in device.settings
        return gbid.PLATE_CAMERA_TYPES if plate else (*gbid.CAMERA_TYPES, "121")
    if device.kind is DeviceKind.DOOR:
        return gbid.DOOR_TYPES
    if device.kind is DeviceKind.RECORDER:
        return gbid.RECORDER_TYPES
    kinds = {e.kind for e in entrances if device.id in e.gates}
    if kinds == {"vehicle"}:
        return gbid.VEHICLE_GATE_TYPES
    if kinds == {"pedestrian"}:
        return gbid.PEDESTRIAN_GATE_TYPES
    return gbid.VEHICLE_GATE_TYPES + gbid.PEDESTRIAN_GATE_TYPES


def _labels(compound: Compound, scope: Scope) -> None:
    site = compound.site
    where = Ledger(text("area or entrance", "区域或出入口"))
    segments = Ledger(text("segment", "周界段"))
    doors = Ledger(text("unit door", "单元门"))
    groups: tuple[tuple[Ledger, Iterator[tuple[str, Position | None]]], ...] = (
        (where, ((a.id, a.position) for a in site.areas)),
        (where, ((e.id, e.position) for e in site.entrances)),
        (segments, ((s.id, s.position) for s in site.perimeter)),
        (doors, ((d.id, d.position) for d in site.unit_doors)),
    )
    for ledger, members in groups:
        for label, place in members:
            if label and place is not None:
                ledger.take(label, place, scope, "duplicate-id", "id")


def _category(compound: Compound, file: Bound, scope: Scope) -> None:
    """Clause 1: old is what was built by the end of 2000 and is in the renovation plan."""
    site, head = compound.site, file.child("compound")
    if site.category is not Category.OLD or head is None:
        return
    if site.built_year > 2000 or not site.renovation_plan:
        scope.note(
            "category",
            head.place("category"),
            text(
                "old, but built in {y}, renovation plan: {p}",
                "类别为 old，但建成于 {y} 年，改造计划：{p}",
                y=site.built_year,
                p=str(site.renovation_plan).lower(),
            ),
            text(
                "old means built by the end of 2000 and in the plan; else it is existing",
                "old 指 2000 年底前建成并纳入改造计划，否则为 existing",
            ),
            field="category",
        )


def _gates(file: Bound, known: dict[str, Device], declared: Collection[str], scope: Scope) -> None:
    def closes(device: Device) -> bool:
        drives = "barrier_open_s" in device.settings or "barrier_mode" in device.settings
        return device.kind in (DeviceKind.GATE, DeviceKind.DOOR) or drives

    for entrance in file.children("entrances"):
        for name, place in entrance.placed("gates"):
            if name in known or name not in declared:
                _refer(name, place, "gates", known, closes, scope)


def _readers(
    file: Bound, known: dict[str, Device], declared: Collection[str], scope: Scope
) -> None:
    for door in file.children("unit_doors"):
        name, place = door.text("reader"), door.place("reader")
        if name is not None and (name in known or name not in declared):
            _refer(name, place, "reader", known, lambda d: d.kind is DeviceKind.DOOR, scope)


def _refer(
    name: str,
    place: Position,
    field: str,
    known: dict[str, Device],
    fits: Callable[[Device], bool],
    scope: Scope,
) -> None:
    if name not in known:
        unresolved(scope, place, field, name, [d.id for d in known.values() if fits(d)])
    elif not fits(known[name]):
        scope.note(
            "no-reference",
            place,
            text(
                "{f}: {n} is a {k}, which closes nothing here",
                "{f}：{n} 是 {k}，不能用于此处",
                f=field,
                n=name,
                k=known[name].kind,
            ),
            text(
                "name a gate, a door reader, or a camera with barrier settings",
                "请填写闸机、门禁，或带道闸设置的车牌相机",
            ),
            field=field,
        )


def _areas(file: Bound, lines: Iterable[Bound], scope: Scope) -> None:
    sections = ("areas", "entrances", "unit_doors")
    known = [b.need("id") for section in sections for b in file.children(section)]
    for line in lines:
        area = line.text("area")
        if area is not None and area not in known:
            inner = scope.within(device=line.need("id") or None)
            unresolved(inner, line.place("area"), "area", area, [k for k in known if k])
