"""A device's line, the groups it may belong to, and how to log in."""

from __future__ import annotations

from fleet.inventory.shapes.settings import SETTINGS, settings_shape
from fleet.inventory.shapes.words import (
    ADDRESS,
    DEVICE_PORT,
    ENGINE_ID,
    GB_ID,
    HOST_KEY,
    IDENTIFIER,
    KIND,
    KINDS,
    LABEL,
    NAME,
    PLATFORM,
    PORT,
    SECRET,
    SERIAL,
)
from fleet.inventory.types import (
    BoolType,
    ChoiceType,
    Field,
    ListType,
    MapType,
    ObjectType,
    TextType,
    Type,
)
from fleet.model.device import LINK_KINDS, DeviceKind
from fleet.model.text import text

_USER = Field(
    TextType(text("a user name", "用户名"), r"[A-Za-z0-9_.@-]+", 32), text("user name", "用户名")
)
HTTP_LOGIN = ObjectType(
    {
        "user": _USER,
        "password": Field(
            SECRET, text("password it came with or was given", "出厂后设定的初始口令（引用）")
        ),
    }
)
SNMP_LOGIN = ObjectType(
    {
        "user": _USER,
        "auth": Field(SECRET, text("SNMPv3 authentication passphrase", "SNMPv3 认证口令（引用）")),
        "priv": Field(SECRET, text("SNMPv3 privacy passphrase", "SNMPv3 加密口令（引用）")),
    }
)
SSH_LOGIN = ObjectType(
    {
        "user": _USER,
        "password": Field(SECRET, text("password it was given, by reference", "口令（引用）")),
        "auth": Field(SECRET, text("SNMPv3 authentication passphrase", "SNMPv3 认证口令（引用）")),
        "priv": Field(SECRET, text("SNMPv3 privacy passphrase", "SNMPv3 加密口令（引用）")),
    }
)
LOGIN_OF = {
    DeviceKind.CAMERA: HTTP_LOGIN,
    DeviceKind.DOOR: HTTP_LOGIN,
    DeviceKind.GATE: SNMP_LOGIN,
    DeviceKind.RECORDER: HTTP_LOGIN,
    DeviceKind.SWITCH: SSH_LOGIN,
    DeviceKind.ROUTER: SSH_LOGIN,
}
LOGINS = ObjectType(
    {
        kind.value: Field(shape, text("login of every {k}", "所有 {k} 的登录", k=kind))
        for kind, shape in LOGIN_OF.items()
    }
)
GROUPS = MapType(
    LABEL,
    ObjectType(
        {
            "settings": Field(SETTINGS, text("settings by device kind", "按设备类型的设置")),
            "logins": Field(LOGINS, text("logins by device kind", "按设备类型的登录")),
        }
    ),
)


def _device(kind: DeviceKind) -> ObjectType:
    # A switch without a management side (managed: false) has neither address nor login.
    needs_address = kind is not DeviceKind.SWITCH
    fields = {
        "id": Field(
            IDENTIFIER, text("id, unique in the city", "设备编号，全市唯一"), required=True
        ),
        "kind": Field(KIND, text("kind of device", "设备类型"), required=True),
        "name": Field(NAME, text("name", "名称"), required=True),
        "address": Field(ADDRESS, text("IP address", "IP 地址"), required=needs_address),
        "port": Field(
            PORT,
            text(
                "port it is managed at (HTTP, SSH, or SNMP over UDP)",
                "管理端口（HTTP、SSH，或 SNMP/UDP）",
            ),
            required=needs_address,
        ),
        "group": Field(LABEL, text("the group whose settings it inherits", "所属分组，继承其设置")),
        "area": Field(
            LABEL, text("id of the area or entrance where it stands", "所在区域或出入口的编号")
        ),
        "via": Field(IDENTIFIER, text("the switch that it hangs on", "所接交换机的编号")),
        "via_port": Field(DEVICE_PORT, text("the port of that switch", "所接交换机的端口")),
        "driver": Field(
            TextType(text("the name of a driver", "驱动名称"), r"[a-z][a-z0-9_-]*", 40),
            text("protocol driver, if not the kind's usual one", "协议驱动（非默认时填写）"),
        ),
        "login": Field(LOGIN_OF[kind], text("login of this device alone", "仅此设备的登录")),
        "settings": Field(
            settings_shape(kind), text("settings of this device alone", "仅此设备的设置")
        ),
    }
    return ObjectType(fields | _gb(kind) | _pinned(kind) | _channels(kind) | _link(kind))


def _gb(kind: DeviceKind) -> dict[str, Field]:
    if kind in LINK_KINDS:
        return {}
    doc = text("GB/T 28181 id: 20 digits, in quotes", "国标编码：20 位数字，请加引号")
    return {"gb_id": Field(GB_ID, doc, required=kind is DeviceKind.RECORDER)}


def _link(kind: DeviceKind) -> dict[str, Field]:
    if kind not in LINK_KINDS:
        return {}
    platform = Field(
        PLATFORM,
        text("the command language it speaks", "命令行平台"),
        required=kind is DeviceKind.ROUTER,
    )
    snmp = Field(
        PORT,
        text(
            "UDP port of its SNMPv3 agent, for the collector; needs auth and priv in the login",
            "SNMPv3 代理的 UDP 端口（供采集服务），登录中须有 auth 和 priv",
        ),
    )
    if kind is DeviceKind.ROUTER:
        return {"platform": platform, "snmp_port": snmp}
    return {
        "platform": platform,
        "snmp_port": snmp,
        "managed": Field(
            BoolType(),
            text(
                "false: a switch without management, known only as what devices hang on",
                "false 表示非网管型交换机，仅用于说明设备的接入位置",
            ),
        ),
    }


def _pinned(kind: DeviceKind) -> dict[str, Field]:
    if kind is DeviceKind.GATE:
        doc = text("SNMP engine id it must have", "设备应有的 SNMP 引擎 ID")
        return {"engine_id": Field(ENGINE_ID, doc)}
    if kind in LINK_KINDS:
        doc = text("SSH host key it must have", "设备应有的 SSH 主机密钥")
        engine = text("SNMP engine id it must have", "设备应有的 SNMP 引擎 ID")
        return {"host_key": Field(HOST_KEY, doc), "engine_id": Field(ENGINE_ID, engine)}
    return {"serial": Field(SERIAL, text("serial number it must have", "设备应有的序列号"))}


def _channels(kind: DeviceKind) -> dict[str, Field]:
    if kind is not DeviceKind.RECORDER:
        return {}
    ids: Type = ListType(IDENTIFIER)
    return {
        "channels": Field(
            ids, text("ids of the cameras on its channels, in order", "各通道的摄像机编号，按顺序")
        ),
        "spare_ids": Field(
            ListType(GB_ID), text("GB/T 28181 ids of channels kept free", "备用通道的国标编码")
        ),
    }


DEVICE = ChoiceType("kind", KINDS, {kind.value: _device(kind) for kind in DeviceKind})
