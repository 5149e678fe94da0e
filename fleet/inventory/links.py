"""Switches and routers against what hangs on them and against themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from ipaddress import ip_address, ip_interface, ip_network

from fleet.inventory.bound import Bound
from fleet.inventory.scope import Scope, unresolved
from fleet.model.device import LINK_KINDS, Device, DeviceKind, FieldValue
from fleet.model.diagnostic import Severity
from fleet.model.fleet import Compound, UnmanagedSwitch
from fleet.model.links import PORTS, attributes, key_of, vlan_numbers
from fleet.model.text import Text, text

_OWN_VLAN = text("VLAN 1 is the device's own", "VLAN 1 归设备自身")
_LEAVE_OUT = text("leave it out: it is neither made nor taken away", "请勿列出：不会增删 VLAN 1")


def check_links(
    compound: Compound, lines: Sequence[Bound], declared: Collection[str], scope: Scope
) -> None:
    """Note every fault of a compound's links and of what hangs on them.

    `declared` are the ids of all its devices' lines, faulty ones included.
    """
    switches = {d.id: d for d in compound.devices if d.kind is DeviceKind.SWITCH}
    names = [*switches, *(u.id for u in compound.unmanaged)]
    for line in lines:
        inner = scope.within(device=line.need("id") or None)
        via = line.text("via")
        if via is not None and via not in names and via not in declared:
            unresolved(inner, line.place("via"), "via", via, names)
        elif via is not None and via not in names:
            _no_switch(via, line, inner)
        elif via is None and line.text("via_port") is not None:
            inner.note(
                "no-reference",
                line.place("via_port"),
                text("via_port without via", "有 via_port 而没有 via"),
                text("add via: the switch's id", "请补充 via：交换机编号"),
                field="via_port",
            )
    _circles(compound, scope)
    _shared_ports(lines, scope)
    for device in compound.devices:
        if device.kind in LINK_KINDS:
            _link(device, scope.within(device=device.id))


def _no_switch(via: str, line: Bound, scope: Scope) -> None:
    scope.note(
        "no-reference",
        line.place("via"),
        text("via: {n} is no switch", "via：{n} 不是交换机", n=via),
        text("name the switch that this device hangs on", "请填写该设备所接的交换机"),
        field="via",
    )


def _circles(compound: Compound, scope: Scope) -> None:
    both: tuple[Device | UnmanagedSwitch, ...] = (*compound.devices, *compound.unmanaged)
    above = {d.id: d.via for d in both if d.via is not None}
    for device in both:
        seen, at = {device.id}, above.get(device.id)
        while at is not None and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at == device.id:
            scope.within(device=device.id).note(
                "circle",
                device.position,
                text("{d} hangs on itself through its via", "{d} 的 via 首尾相接", d=device.id),
                text("give each switch the one towards the centre", "请填写朝向中心一侧的交换机"),
                field="via",
            )


def _shared_ports(lines: Sequence[Bound], scope: Scope) -> None:
    first: dict[tuple[str, str], str] = {}
    for line in lines:
        via, port = line.text("via"), line.text("via_port")
        if via is None or port is None:
            continue
        taken = first.setdefault((via, port), line.need("id"))
        if taken != line.need("id"):
            scope.within(device=line.need("id") or None).note(
                "duplicate-port",
                line.place("via_port"),
                text(
                    "port {p} of {s} already has {d} on it",
                    "{s} 的端口 {p} 已接 {d}",
                    p=port,
                    s=via,
                    d=taken,
                ),
                text(
                    "one cable a port; a small switch between them is a switch of its own",
                    "一个端口一根网线；中间的小交换机请单独登记",
                ),
                field="via_port",
            )


def _link(device: Device, scope: Scope) -> None:
    for field, why, fix in _faults(device):
        place = device.origins.get(field, (device.position,))[0]
        scope.note("link", place, why, fix, field=field)
    _half_a_list(device, scope)


def _half_a_list(device: Device, scope: Scope) -> None:
    """A warning: the other half may be the device's own matter."""
    given = [f for f in ("access_list", "access_list_on") if f in device.settings]
    if len(given) == 1:
        scope.note(
            "link",
            device.origins[given[0]][0],
            text("{f} is managed without the other half", "只管理了 {f}，缺另一半", f=given[0]),
            text(
                "give access_list and access_list_on: the rules, and the interface they close",
                "请同时给出 access_list 和 access_list_on：规则及其应用的接口",
            ),
            field=given[0],
            severity=Severity.WARNING,
        )


def _faults(device: Device) -> Iterator[tuple[str, Text, Text]]:
    settings = device.settings
    for field in ("vlans", *PORTS, "static_routes"):
        yield from _twice(field, _entries(settings.get(field)))
    yield from _both_kinds(device)
    yield from _unknown_vlans(device)
    yield from _ranges(device)
    yield from _networks(device)


def _twice(field: str, entries: Sequence[str]) -> Iterator[tuple[str, Text, Text]]:
    keys = [key_of(e) for e in entries]
    for key in dict.fromkeys(k for k in keys if keys.count(k) > 1):
        yield (
            field,
            text("{k} is given twice", "{k} 重复", k=key),
            text("give it once", "只保留一条"),
        )


def _both_kinds(device: Device) -> Iterator[tuple[str, Text, Text]]:
    access, uplink = (_entries(device.settings.get(f)) for f in PORTS)
    for key in sorted({key_of(e) for e in access} & {key_of(e) for e in uplink}):
        yield (
            "uplink_ports",
            text("{k} is an access port and an uplink", "{k} 既是接入端口又是上联端口", k=key),
            text("decide for one of them", "请只保留一种"),
        )


def _unknown_vlans(device: Device) -> Iterator[tuple[str, Text, Text]]:
    """Where the VLANs are managed, a port is in no other than these, or in the device's own 1."""
    if "vlans" not in device.settings:
        return
    known = {1, *(int(key_of(e)) for e in _entries(device.settings["vlans"]))}
    for field in PORTS:
        for entry in _entries(device.settings.get(field)):
            values = attributes(field, entry)
            try:
                used = vlan_numbers(values.get("vlan") or values["vlans"])
            except ValueError:
                continue
            if lost := sorted(set(used) - known):
                yield (
                    field,
                    text(
                        "{k} is in VLAN {v}, which vlans does not name",
                        "{k} 所在的 VLAN {v} 未在 vlans 中列出",
                        k=key_of(entry),
                        v=lost[0],
                    ),
                    text('add "{v} NAME" to vlans', '请在 vlans 中补充 "{v} 名称"', v=lost[0]),
                )


def _ranges(device: Device) -> Iterator[tuple[str, Text, Text]]:
    for entry in _entries(device.settings.get("uplink_ports")):
        try:
            numbers = vlan_numbers(attributes("uplink_ports", entry)["vlans"])
        except ValueError:
            yield (
                "uplink_ports",
                text("{k}: its VLANs run backwards", "{k}：VLAN 范围颠倒", k=key_of(entry)),
                text("give them like 100-102", "请写成 100-102 的形式"),
            )
        else:
            if 1 in numbers:
                yield "uplink_ports", _OWN_VLAN, _LEAVE_OUT
    if "1" in {key_of(e) for e in _entries(device.settings.get("vlans"))}:
        yield "vlans", _OWN_VLAN, _LEAVE_OUT
    for entry in _entries(device.settings.get("access_list")):
        _, _, ports = entry.partition(" port ")
        first, dash, last = ports.partition("-")
        numbers = [int(n) for n in (first, last) if n]
        if ports and (max(numbers) > 65535 or (dash and numbers[0] > numbers[-1])):
            yield (
                "access_list",
                text("{e}: no such ports", "{e}：端口范围无效", e=entry),
                text("give them like 5060 or 10000-20000", "请写成 5060 或 10000-20000"),
            )
        elif ports and entry.split()[1] not in ("tcp", "udp"):
            yield (
                "access_list",
                text("{e}: only tcp and udp have ports", "{e}：只有 tcp 和 udp 有端口", e=entry),
                text("leave the port out, or say tcp or udp", "请去掉端口，或改为 tcp/udp"),
            )


def _networks(device: Device) -> Iterator[tuple[str, Text, Text]]:
    for field, index in (("static_routes", 0), ("access_list", 2)):
        for entry in _entries(device.settings.get(field)):
            word = entry.split()[index]
            if word != "any" and str(ip_network(word, strict=False)) != word:
                network = ip_network(word, strict=False)
                yield (
                    field,
                    text("{w} has host bits", "{w} 含主机位", w=word),
                    text("give {n}", "应为 {n}", n=network),
                )
    for entry in _entries(device.settings.get("addresses")):
        address = ip_interface(entry.split()[1])
        if address.network.prefixlen < 31 and ip_address(address.ip) in (
            address.network.network_address,
            address.network.broadcast_address,
        ):
            yield (
                "addresses",
                text("{a} is no address of a host", "{a} 不是主机地址", a=address),
                text("give an address within {n}", "请给出 {n} 内的地址", n=address.network),
            )


def _entries(value: FieldValue) -> list[str]:
    return value if isinstance(value, list) else []
