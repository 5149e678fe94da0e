"""Lines of devices that nobody speaks to: a switch without a management side, and no address."""

from __future__ import annotations

from fleet.inventory.bound import Bound
from fleet.inventory.scope import Scope
from fleet.model.device import DeviceKind
from fleet.model.text import Text, text

# What only a device with a management side has.
_MANAGEMENT = (
    *("address", "port", "platform", "host_key", "snmp_port", "engine_id"),
    *("login", "settings", "driver", "group"),
)
_WANTED: tuple[tuple[str, Text], ...] = (
    ("address", text("IP address", "IP 地址")),
    ("port", text("port it is managed at, usually 22", "管理端口，通常 22")),
    ("platform", text("the command language it speaks", "命令行平台")),
)


def is_unmanaged(line: Bound) -> bool:
    """Whether a line says `managed: false`."""
    return "managed" in line.values and not line.truth("managed")


def unmanaged(line: Bound, scope: Scope) -> None:
    """Note what an unmanaged switch cannot have."""
    for field in _MANAGEMENT:
        if field in line.values:
            scope.note(
                "unmanaged-switch",
                line.place(field),
                text(
                    "an unmanaged switch is never asked, so {f} means nothing",
                    "非网管型交换机不会被访问，{f} 无意义",
                    f=field,
                ),
                text("remove it, or leave managed: false out", "请删除该项，或去掉 managed: false"),
                field=field,
            )


def reachable(line: Bound, scope: Scope) -> bool:
    """Whether a line has all that its device needs to be built; what a managed switch misses."""
    if line.text("kind") == DeviceKind.SWITCH:
        for field, doc in _WANTED:
            if field not in line.places:
                scope.note(
                    "missing-field",
                    line.position,
                    text("{n} is missing", "缺少 {n}", n=field),
                    text(
                        "add {n}: {doc}; a switch that cannot be managed says managed: false",
                        "请补充 {n}：{doc}；无法网管的交换机请写 managed: false",
                        n=field,
                        doc=doc,
                    ),
                    field=field,
                )
    return bool(line.need("id") and line.need("address") and line.whole("port"))
