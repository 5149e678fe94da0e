"""What can be wrong with an uplink: each cause with the party to phone and what to ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from fleet.model.notify import Contacts
from fleet.model.text import Text, text

Party = Literal["integrator", "network", "platform", "operator"]

PARTY_WORDS: Mapping[Party, Text] = {
    "integrator": text("who looks after the devices", "设备维护单位"),
    "network": text("who looks after the line", "线路运维单位"),
    "platform": text("the desk of the upper platform", "上级平台值班"),
    "operator": text("who runs fleet's servers", "本系统服务器运维"),
}


class Remedy(NamedTuple):
    """Whom to phone, and what to ask for."""

    party: Party
    ask: Text


_APPLY = text(
    "set it as the inventory has it: fleet plan shows the difference, fleet apply writes it",
    "按清单设置：fleet plan 可查看差异，fleet apply 写入",
)
CAUSES: Mapping[str, Remedy] = {
    "no_route": Remedy(
        "network", text("restore the way to the recorder's network", "恢复到录像机网段的路由")
    ),
    "recorder_silent": Remedy(
        "integrator",
        text("check power, cable and switch port at the site", "现场检查供电、网线和交换机端口"),
    ),
    "other_device": Remedy(
        "integrator",
        text(
            "find out which device has this address; a swapped one is taken over by its serial",
            "查明占用该地址的设备；更换的设备须按序列号接管",
        ),
    ),
    "no_route_platform": Remedy(
        "operator",
        text("give the platform's address back to its server", "恢复平台服务器的地址与路由"),
    ),
    "registrar_down": Remedy(
        "operator", text("start the registrar: fleet stacks up", "启动注册服务：fleet stacks up")
    ),
    "port_closed": Remedy(
        "operator",
        text("let UDP through to the SIP port", "放行到 SIP 端口的 UDP"),
    ),
    "recorder_port": Remedy(
        "integrator",
        text("restart the recorder; its services do not listen", "重启录像机；其服务未监听"),
    ),
    "uplink_off": Remedy("integrator", _APPLY),
    "wrong_address": Remedy("integrator", _APPLY),
    "nothing_arrives": Remedy(
        "network",
        text(
            "let UDP through from the recorder to the platform's SIP port",
            "放行录像机到平台 SIP 端口的 UDP",
        ),
    ),
    "wrong_id": Remedy("integrator", _APPLY),
    "wrong_server_id": Remedy("integrator", _APPLY),
    "wrong_domain": Remedy("integrator", _APPLY),
    "wrong_password": Remedy(
        "integrator",
        text(
            "enter the uplink's password again, or a new version: fleet plan, then fleet apply",
            "重新写入上联口令或换新版本：先 fleet plan，再 fleet apply",
        ),
    ),
    "expiry_too_short": Remedy("integrator", _APPLY),
    "not_registered": Remedy(
        "platform",
        text(
            "ask what their platform refuses: the id, the password, or the address",
            "请对方查看其平台拒绝的原因：编码、口令或地址",
        ),
    ),
    "nat_contact": Remedy(
        "network",
        text(
            "keep the translated UDP port open, or give the recorder an address of its own",
            "保持地址转换后的 UDP 端口常通，或为录像机分配独立地址",
        ),
    ),
    "not_reregistering": Remedy(
        "integrator",
        text(
            "restart the recorder's uplink: it reports without registering anew",
            "重启录像机的上联：其未重新注册就上报保活",
        ),
    ),
    "keepalive_missed": Remedy(
        "network",
        text(
            "look for loss on the way from the recorder to the platform",
            "检查录像机到平台方向的丢包",
        ),
    ),
    "keepalive_mismatch": Remedy("integrator", _APPLY),
    "one_way": Remedy(
        "network",
        text("let the platform's answers back to the recorder", "放行平台返回录像机的应答"),
    ),
    "clock_off": Remedy(
        "integrator",
        text("correct the recorder's clock and its time server", "校正录像机时钟及其校时服务器"),
    ),
    "catalog_unanswered": Remedy(
        "network",
        text("let the platform's queries through to the recorder", "放行平台到录像机的查询"),
    ),
    "catalog_mismatch": Remedy("integrator", _APPLY),
    "not_told": Remedy(
        "platform",
        text(
            "ask whether their platform shows the recorder's id online",
            "请对方查看其平台上该录像机编码是否在线",
        ),
    ),
}


def remedy(cause: str, own: bool) -> Remedy:
    """Whom to phone about a cause; a password that was given can only be checked by its giver."""
    found = CAUSES[cause]
    return found if own or cause != "wrong_password" else found._replace(party="platform")


def phone(party: Party, contacts: Contacts) -> Text:
    """The party by what it does, with what the inventory says of it."""
    named = {
        "integrator": contacts.integrator,
        "network": contacts.network,
        "platform": contacts.platform,
        "operator": contacts.operator,
    }[party]
    role = PARTY_WORDS[party]
    return text("{n} ({r})", "{n}（{r}）", n=named, r=role) if named else role
