"""What each device kind has over ISAPI: resources in writing order, and their places by firmware.

Paths and nodes are the vendor's, as public clients use them; `barrierGate/settings` is a reference
of ours (it sets the barrier up and never moves its arm).
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.drivers.isapi import values
from fleet.drivers.isapi.places import Node, NodesPlace, Place, SecretNode
from fleet.drivers.isapi.special import (
    ChannelsPlace,
    NtpPlace,
    OverlayPlace,
    ReaderPlace,
    UserPlace,
)
from fleet.drivers.isapi.words import (
    flag_word,
    meaning_of,
    number_word,
    one_of,
    text_word,
    zone_word,
)
from fleet.model.device import DeviceKind
from fleet.ports.driver import FieldSpec, Resource

ACTIVATE_STATUS = "/SDK/activateStatus"
DEVICE_INFO = "/ISAPI/System/deviceInfo"
TIME = "/ISAPI/System/time"
USER_CHECK = "/ISAPI/Security/userCheck"
# Where firmware with the GB28181Service node tells whether the recorder is registered.
REGISTER_STATUS = "/ISAPI/System/Network/GB28181Service/status"
_SERVICE = "/ISAPI/System/Network/GB28181Service"
_SIP = "/ISAPI/System/Network/SIP/1"
_PASSWORD = FieldSpec(name="admin_password", readable=False, proof="login")


def _flag(field: str, path: str) -> Node:
    return Node(field, path, values.flag_from_device, flag_word)


def _number(field: str, path: str) -> Node:
    return Node(field, path, values.number_from_device, number_word)


def _text(field: str, path: str) -> Node:
    return Node(field, path, str, text_word)


def _resource(name: str, *fields: str) -> Resource:
    return Resource(name=name, fields=tuple(FieldSpec(name=f) for f in fields))


_TIME = _resource("time", "time_mode", "time_zone")
_NTP = _resource("ntp", "ntp_server", "ntp_port")
_CLOUD = _resource("cloud", "cloud_enabled")
_USER = Resource(name="user", fields=(_PASSWORD,))
_GB_FIELDS = (
    "gb_enabled",
    "gb_server_id",
    "gb_server_domain",
    "gb_server_address",
    "gb_server_port",
    "gb_device_id",
    "gb_expires_s",
    "gb_keepalive_s",
    "gb_keepalive_count",
)
_GB28181 = Resource(
    name="gb28181",
    fields=(
        *(FieldSpec(name=f) for f in _GB_FIELDS),
        FieldSpec(name="gb_password", readable=False, proof="registration"),
    ),
)

# The order is the writing order: the clock first, what cuts a path late, the password last.
RESOURCES: Mapping[DeviceKind, tuple[Resource, ...]] = {
    DeviceKind.CAMERA: (
        _TIME,
        _NTP,
        _resource("channel", "channel_name"),
        _resource("osd", "osd_text"),
        _CLOUD,
        _resource("barrier", "barrier_open_s", "barrier_mode"),
        _USER,
    ),
    DeviceKind.DOOR: (
        _TIME,
        _NTP,
        _resource("door", "open_duration_s"),
        _resource("reader", "auth_ways"),
        _USER,
    ),
    DeviceKind.RECORDER: (
        _TIME,
        _NTP,
        _CLOUD,
        _resource("channels", "gb_channel_ids"),
        _GB28181,
        _USER,
    ),
}

_GB28181_SIP = NodesPlace(
    path=_SIP,
    root="SIPServer",
    fields=(
        _flag("gb_enabled", "GB28181/enabled"),
        _text("gb_server_id", "GB28181/serverId"),
        _text("gb_server_domain", "GB28181/serverDomain"),
        _text("gb_server_address", "GB28181/registrar"),
        _number("gb_server_port", "GB28181/registrarPort"),
        _text("gb_device_id", "GB28181/authID"),
        _number("gb_expires_s", "GB28181/expires"),
        _number("gb_keepalive_s", "GB28181/heartbeatTime"),
        _number("gb_keepalive_count", "GB28181/heartbeatCount"),
    ),
    secrets=(SecretNode("gb_password", "GB28181/password", ("authID",)),),
)
_GB28181_SERVICE = NodesPlace(
    path=_SERVICE,
    root="GB28181Service",
    fields=(
        _flag("gb_enabled", "enabled"),
        _text("gb_server_id", "serverID"),
        _text("gb_server_domain", "serverDomain"),
        _text("gb_server_address", "serverAddress"),
        _number("gb_server_port", "serverPort"),
        _text("gb_device_id", "deviceID"),
        _number("gb_expires_s", "registerExpires"),
        _number("gb_keepalive_s", "keepaliveInterval"),
        _number("gb_keepalive_count", "keepaliveTimes"),
    ),
    secrets=(SecretNode("gb_password", "password", ("deviceID",)),),
)
_PLACES: Mapping[str, tuple[Place, ...]] = {
    "time": (
        NodesPlace(
            path=TIME,
            root="Time",
            fields=(
                Node(
                    "time_mode",
                    "timeMode",
                    meaning_of(values.TIME_MODES),
                    one_of(values.TIME_MODES),
                ),
                Node("time_zone", "timeZone", values.zone_from_device, zone_word),
            ),
        ),
    ),
    "ntp": (
        NtpPlace(
            "/ISAPI/System/time/ntpServers/1", {"ntp_server": "ipAddress", "ntp_port": "portNo"}
        ),
    ),
    "channel": (
        NodesPlace(
            path="/ISAPI/System/Video/inputs/channels/1",
            root="VideoInputChannel",
            fields=(_text("channel_name", "name"),),
        ),
    ),
    "osd": (
        OverlayPlace(
            "/ISAPI/System/Video/inputs/channels/1/overlays/text/1", {"osd_text": "displayText"}
        ),
    ),
    "cloud": (
        NodesPlace(
            path="/ISAPI/System/Network/EZVIZ",
            root="EZVIZ",
            fields=(_flag("cloud_enabled", "enabled"),),
        ),
    ),
    "barrier": (
        NodesPlace(
            path="/ISAPI/Parking/channels/1/barrierGate/settings",
            root="BarrierGateSettings",
            fields=(
                _number("barrier_open_s", "openDuration"),
                Node(
                    "barrier_mode",
                    "mode",
                    meaning_of(values.BARRIER_MODES),
                    one_of(values.BARRIER_MODES),
                ),
            ),
        ),
    ),
    "door": (
        NodesPlace(
            path="/ISAPI/AccessControl/Door/param/1",
            root="DoorParam",
            fields=(_number("open_duration_s", "openDuration"),),
        ),
    ),
    "reader": (
        ReaderPlace(
            "/ISAPI/AccessControl/CardReaderCfg/1?format=json", {"auth_ways": "defaultVerifyMode"}
        ),
    ),
    "channels": (
        ChannelsPlace(
            path=f"{_SIP}/SIPInfo",
            roots=("SIPInfo", "VideoInputList"),
            table="VideoInputList",
            row="VideoInput",
            cell="videoInputID",
            number="id",
        ),
        ChannelsPlace(
            path=f"{_SERVICE}/channels",
            roots=("ChannelList",),
            table="ChannelList",
            row="Channel",
            cell="channelID",
            number="channelNo",
        ),
    ),
    "gb28181": (_GB28181_SIP, _GB28181_SERVICE),
}


def places(resource: str, user: str) -> tuple[Place, ...]:
    """Return where `resource` may live, in probing order; `user` is who is logged in."""
    if resource == "user":
        return (UserPlace("/ISAPI/Security/users/1", user, {"admin_password": "password"}),)
    return _PLACES[resource]
