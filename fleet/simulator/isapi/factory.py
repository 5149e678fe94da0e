"""How a device comes out of its box: what integrators really find, always the same for one id."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from fleet.simulator.isapi import tables
from fleet.simulator.isapi.words import NAMESPACES
from fleet.simulator.spec import DeviceSpec, chance, other_serial

_MODELS = {
    ("camera", "a"): ("DS-2CD3T47-L", "V5.5.160"),
    ("camera", "b"): ("DS-2CD3T87G2-L", "V5.7.15"),
    ("door", "a"): ("DS-K1T671", "V3.3.10"),
    ("door", "b"): ("DS-K1T673", "V4.38.0"),
    ("recorder", "a"): ("DS-8632N-K8", "V4.31.102"),
    ("recorder", "b"): ("DS-8632NX-K8", "V5.02.010"),
}
# The vendor's own examples, which many devices in the field still carry.
_SAMPLE_SERVER = "34020000002000000001"
_SAMPLE_DEVICE = "34020000001110000001"
_SAMPLE_CHANNEL = 34020000001320000000
_VERIFY = ("cardOrFaceOrPw", "face", "faceOrFpOrCardOrPw", "cardOrFace")


def factory_documents(spec: DeviceSpec) -> dict[str, str]:
    """Every stored document of a device as it left the factory, by path."""
    made: dict[str, str] = {}
    for path, page in tables.pages(spec).items():
        if path == tables.READER:
            made[path] = _reader(spec)
        else:
            body = _BODIES[path](spec)
            made[path] = _xml(spec, page.path, body)
    return made


def device_info(spec: DeviceSpec, swapped: bool) -> str:
    """`DeviceInfo`; `swapped`: of another unit of the same model."""
    model, firmware = _MODELS[spec.kind, spec.personality]
    serial = other_serial(spec.serial) if swapped else spec.serial
    mac = ":".join(f"{chance(serial, f'mac{i}', 256):02x}" for i in range(3))
    return _wrap(
        spec,
        "DeviceInfo",
        f"<deviceName>{escape(spec.name or spec.id)}</deviceName>\n"
        f"<deviceID>{chance(spec.id, 'uuid', 10**9):09}</deviceID>\n"
        f"<model>{model}</model>\n"
        f"<serialNumber>{escape(serial)}</serialNumber>\n"
        f"<macAddress>44:19:b6:{mac}</macAddress>\n"
        f"<firmwareVersion>{firmware}</firmwareVersion>\n"
        "<firmwareReleasedDate>build 230918</firmwareReleasedDate>\n"
        f"<deviceType>{_SHORT[spec.kind]}</deviceType>\n"
        f"<telecontrolID>{1 + chance(spec.id, 'tele', 255)}</telecontrolID>\n",
    )


_SHORT = {"camera": "IPCamera", "door": "ACS", "recorder": "NVR"}


def _time(spec: DeviceSpec) -> str:
    zone = "CST-8:00:00" if chance(spec.id, "zone", 3) else "GMT+0:00:00"
    return (
        "<timeMode>manual</timeMode>\n<localTime>2000-01-01T00:00:00</localTime>\n"
        f"<timeZone>{zone}</timeZone>\n<satelliteInterval>60</satelliteInterval>\n"
    )


def _ntp(spec: DeviceSpec) -> str:
    return (
        "<id>1</id>\n<addressingFormatType>hostname</addressingFormatType>\n"
        "<hostName>time.windows.com</hostName>\n<portNo>123</portNo>\n"
        "<synchronizeInterval>1440</synchronizeInterval>\n<enabled>true</enabled>\n"
    )


def _user(spec: DeviceSpec) -> str:
    return (
        f"<id>1</id>\n<userName>{escape(spec.user)}</userName>\n"
        "<userLevel>Administrator</userLevel>\n<bondIpAddressList/>\n"
    )


def _channel(spec: DeviceSpec) -> str:
    return (
        "<id>1</id>\n<inputPort>1</inputPort>\n<videoInputEnabled>true</videoInputEnabled>\n"
        "<name>Camera 01</name>\n<videoFormat>PAL</videoFormat>\n"
        '<powerLineFrequency opt="50hz,60hz">50hz</powerLineFrequency>\n'
    )


def _overlay(spec: DeviceSpec) -> str:
    return (
        "<id>1</id>\n<enabled>false</enabled>\n<positionX>0</positionX>\n"
        "<positionY>576</positionY>\n<displayText></displayText>\n"
        "<isPersistentText>true</isPersistentText>\n"
    )


def _cloud(spec: DeviceSpec) -> str:
    return (
        "<enabled>true</enabled>\n<serverAddress>litedev.ezviz7.com</serverAddress>\n"
        "<registerStatus>false</registerStatus>\n<offlineStatus>1</offlineStatus>\n"
    )


def _barrier(spec: DeviceSpec) -> str:
    return "<openDuration>15</openDuration>\n<mode>keepOpen</mode>\n<antiSmash>true</antiSmash>\n"


def _door(spec: DeviceSpec) -> str:
    return (
        "<doorName>Door1</doorName>\n<magneticType>alwaysClose</magneticType>\n"
        "<openButtonType>alwaysOpen</openButtonType>\n<openDuration>3</openDuration>\n"
        "<disabledOpenDuration>15</disabledOpenDuration>\n"
        "<magneticAlarmTimeout>30</magneticAlarmTimeout>\n"
    )


def _sip(spec: DeviceSpec) -> str:
    return (
        "<id>1</id>\n<enabled>false</enabled>\n<localPort>5060</localPort>\n"
        "<streamID>1</streamID>\n<GB28181>\n<enabled>false</enabled>\n"
        "<registrar>192.168.1.2</registrar>\n<registrarPort>5060</registrarPort>\n"
        f"<serverId>{_SAMPLE_SERVER}</serverId>\n<serverDomain>3402000000</serverDomain>\n"
        f"<authID>{_SAMPLE_DEVICE}</authID>\n<expires>3600</expires>\n"
        "<heartbeatTime>60</heartbeatTime>\n<heartbeatCount>3</heartbeatCount>\n"
        "<transmitProtocol>UDP</transmitProtocol>\n</GB28181>\n"
    )


def _service(spec: DeviceSpec) -> str:
    return (
        "<enabled>false</enabled>\n<protocolVersion>GB/T28181-2016</protocolVersion>\n"
        "<serverAddress>192.168.1.2</serverAddress>\n<serverPort>5060</serverPort>\n"
        f"<serverID>{_SAMPLE_SERVER}</serverID>\n<serverDomain>3402000000</serverDomain>\n"
        f"<deviceID>{_SAMPLE_DEVICE}</deviceID>\n<registerExpires>3600</registerExpires>\n"
        "<keepaliveInterval>60</keepaliveInterval>\n<keepaliveTimes>3</keepaliveTimes>\n"
        "<transProtocol>UDP</transProtocol>\n"
    )


def _sip_info(spec: DeviceSpec) -> str:
    rows = "".join(
        f"<VideoInput>\n<id>{n}</id>\n<videoInputID>{_SAMPLE_CHANNEL + n}</videoInputID>\n"
        f"<streamType>main</streamType>\n</VideoInput>\n"
        for n in range(1, spec.channels + 1)
    )
    return (
        f"<VideoInputList>\n{rows}</VideoInputList>\n"
        "<AlarmInputList>\n<AlarmInput>\n<id>1</id>\n<alarmInputID/>\n</AlarmInput>\n"
        "</AlarmInputList>\n"
    )


def _service_channels(spec: DeviceSpec) -> str:
    return "".join(
        f"<Channel>\n<channelNo>{n}</channelNo>\n<channelID>{_SAMPLE_CHANNEL + n}</channelID>\n"
        "<alarmLevel>4</alarmLevel>\n</Channel>\n"
        for n in range(1, spec.channels + 1)
    )


_BODIES = {
    tables.TIME: _time,
    tables.NTP: _ntp,
    tables.USER: _user,
    tables.CHANNEL: _channel,
    tables.OVERLAY: _overlay,
    tables.CLOUD: _cloud,
    tables.BARRIER: _barrier,
    tables.DOOR: _door,
    tables.SIP: _sip,
    tables.SIP_INFO: _sip_info,
    tables.SERVICE: _service,
    tables.SERVICE_CHANNELS: _service_channels,
}
_ROOTS = {
    tables.TIME: "Time",
    tables.NTP: "NTPServer",
    tables.USER: "User",
    tables.CHANNEL: "VideoInputChannel",
    tables.OVERLAY: "TextOverlay",
    tables.CLOUD: "EZVIZ",
    tables.BARRIER: "BarrierGateSettings",
    tables.DOOR: "DoorParam",
    tables.SIP: "SIPServer",
    tables.SIP_INFO: "SIPInfo",
    tables.SERVICE: "GB28181Service",
    tables.SERVICE_CHANNELS: "ChannelList",
}


def _xml(spec: DeviceSpec, path: str, body: str) -> str:
    # A node that no published document has: firmware always knows more than its readers.
    extra = f"<factoryMark>{chance(spec.id + path, 'mark', 10**6)}</factoryMark>\n"
    return _wrap(spec, _ROOTS[path], body + extra)


def _wrap(spec: DeviceSpec, root: str, body: str) -> str:
    version = "2.0" if spec.personality == "a" else "1.0"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} version="{version}" xmlns="{NAMESPACES[spec.personality]}">\n{body}</{root}>\n'
    )


def _reader(spec: DeviceSpec) -> str:
    mode = _VERIFY[chance(spec.id, "verify", len(_VERIFY))]
    reader = {
        "enable": True,
        "okLedPolarity": "anode",
        "buzzerPolarity": "cathode",
        "swipeInterval": 0,
        "enableTamperCheck": True,
        "defaultVerifyMode": mode,
        "faceRecogizeInterval": 2,
        "liveDetLevelSet": "general",
    }
    return json.dumps({"CardReaderCfg": reader})
