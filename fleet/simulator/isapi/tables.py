"""Which pages a device kind has, by firmware personality.

Paths and nodes are the vendor's, as public clients use them; `barrierGate/settings` is a reference
of ours: it sets the barrier up and never moves its arm.
"""

from __future__ import annotations

from fleet.simulator import values
from fleet.simulator.isapi.pages import (
    ChannelsPage,
    Node,
    NtpPage,
    OverlayPage,
    Page,
    ReaderPage,
    XmlPage,
)
from fleet.simulator.spec import DeviceSpec

TIME = "/ISAPI/System/time"
NTP = "/ISAPI/System/time/ntpServers/1"
CHANNEL = "/ISAPI/System/Video/inputs/channels/1"
OVERLAY = "/ISAPI/System/Video/inputs/channels/1/overlays/text/1"
CLOUD = "/ISAPI/System/Network/EZVIZ"
USER = "/ISAPI/Security/users/1"
BARRIER = "/ISAPI/Parking/channels/1/barrierGate/settings"
DOOR = "/ISAPI/AccessControl/Door/param/1"
READER = "/ISAPI/AccessControl/CardReaderCfg/1?format=json"
SIP = "/ISAPI/System/Network/SIP/1"
SIP_INFO = "/ISAPI/System/Network/SIP/1/SIPInfo"
SERVICE = "/ISAPI/System/Network/GB28181Service"
SERVICE_CHANNELS = "/ISAPI/System/Network/GB28181Service/channels"
SERVICE_STATUS = "/ISAPI/System/Network/GB28181Service/status"

_FLAG = (values.decode_flag, values.encode_flag)
_PORT = values.number(1, 65535)
_GB_ID = values.line(20, r"[0-9]{20}")
_HOST = values.line(64, r"[A-Za-z0-9.-]+")
_IPV4 = values.line(15, r"\d{1,3}(\.\d{1,3}){3}")
# GB/T 28181-2022, annex N of the vendor's limits: an expiry of an hour to about a day and a half.
_GB_CODECS = {
    "gb_enabled": _FLAG,
    "gb_server_id": _GB_ID,
    "gb_server_domain": values.line(20, r"[0-9A-Za-z.-]+"),
    "gb_server_address": _IPV4,
    "gb_server_port": _PORT,
    "gb_device_id": _GB_ID,
    "gb_expires_s": values.number(60, 604800),
    "gb_keepalive_s": values.number(1, 3600),
    "gb_keepalive_count": values.number(1, 255),
}
_SIP_NODES = (
    ("gb_enabled", "GB28181/enabled"),
    ("gb_server_id", "GB28181/serverId"),
    ("gb_server_domain", "GB28181/serverDomain"),
    ("gb_server_address", "GB28181/registrar"),
    ("gb_server_port", "GB28181/registrarPort"),
    ("gb_device_id", "GB28181/authID"),
    ("gb_expires_s", "GB28181/expires"),
    ("gb_keepalive_s", "GB28181/heartbeatTime"),
    ("gb_keepalive_count", "GB28181/heartbeatCount"),
)
_SERVICE_NODES = (
    ("gb_enabled", "enabled"),
    ("gb_server_id", "serverID"),
    ("gb_server_domain", "serverDomain"),
    ("gb_server_address", "serverAddress"),
    ("gb_server_port", "serverPort"),
    ("gb_device_id", "deviceID"),
    ("gb_expires_s", "registerExpires"),
    ("gb_keepalive_s", "keepaliveInterval"),
    ("gb_keepalive_count", "keepaliveTimes"),
)


def pages(spec: DeviceSpec) -> dict[str, Page]:
    """The pages of a device by path."""
    found: list[Page] = [
        XmlPage(
            TIME,
            "Time",
            (
                Node("time_mode", "timeMode", values.one_word(values.TIME_MODES)),
                Node("time_zone", "timeZone", (values.decode_zone, values.encode_zone)),
            ),
            {},
        ),
        NtpPage(NTP, _IPV4, _HOST, _PORT),
        XmlPage(USER, "User", (), {"admin_password": "password"}, fixed=("id", "userName")),
    ]
    if spec.kind in ("camera", "recorder"):
        # The newer firmware cuts the cloud off only at its next start.
        cloud = (Node("cloud_enabled", "enabled", _FLAG),)
        found.append(XmlPage(CLOUD, "EZVIZ", cloud, {}, reboot=spec.personality == "b"))
    if spec.kind == "camera":
        name = Node("channel_name", "name", values.line(32))
        found += [
            XmlPage(CHANNEL, "VideoInputChannel", (name,), {}),
            OverlayPage(OVERLAY, values.line(32), _FLAG),
        ]
    if spec.barrier:
        found.append(_barrier())
    if spec.kind == "door":
        open_s = Node("open_duration_s", "openDuration", values.number(1, 255))
        found += [XmlPage(DOOR, "DoorParam", (open_s,), {}), ReaderPage(READER)]
    if spec.kind == "recorder":
        found += _uplink(spec)
    return {page.path: page for page in found}


def _barrier() -> Page:
    return XmlPage(
        BARRIER,
        "BarrierGateSettings",
        (
            Node("barrier_open_s", "openDuration", values.number(1, 60)),
            Node("barrier_mode", "mode", values.one_word(values.BARRIER_MODES)),
        ),
        {},
    )


def _uplink(spec: DeviceSpec) -> list[Page]:
    if spec.personality == "a":
        nodes = tuple(Node(f, path, _GB_CODECS[f]) for f, path in _SIP_NODES)
        return [
            XmlPage(SIP, "SIPServer", nodes, {"gb_password": "GB28181/password"}),
            ChannelsPage(SIP_INFO, "SIPInfo", "VideoInputList", "VideoInput", "videoInputID"),
        ]
    nodes = tuple(Node(f, path, _GB_CODECS[f]) for f, path in _SERVICE_NODES)
    return [
        XmlPage(SERVICE, "GB28181Service", nodes, {"gb_password": "password"}),
        ChannelsPage(SERVICE_CHANNELS, "ChannelList", "ChannelList", "Channel", "channelID"),
    ]
