"""Documents as two firmware families send them, with nodes that nobody here knows.

Personality a is classic (hikvision.com namespace, GB node under SIP), b is new (isapi.org
namespace, GB28181Service). An edit is right when the PUT differs from these bytes in the wanted
nodes and nowhere else.
"""

from __future__ import annotations

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = {
    "a": "http://www.hikvision.com/ver20/XMLSchema",
    "b": "http://www.isapi.org/ver20/XMLSchema",
}
SERIAL = "DS-2CD3T47-C1234567"


def _document(root: str, personality: str, inner: str) -> bytes:
    namespace = NAMESPACE[personality]
    return f'{HEAD}<{root} xmlns="{namespace}" version="2.0">\n{inner}</{root}>'.encode()


def device_info(personality: str, serial: str = SERIAL) -> bytes:
    """`DeviceInfo`."""
    return _document(
        "DeviceInfo",
        personality,
        "<deviceName>IP CAMERA</deviceName>\n<deviceID>0</deviceID>\n"
        f"<model>DS-2CD3T47</model>\n<serialNumber>{serial}</serialNumber>\n"
        "<firmwareVersion>V5.7.3</firmwareVersion>\n<vendorThing>1</vendorThing>\n",
    )


def time(personality: str) -> bytes:
    """`Time`: manual, six and a half hours east, a vendor's extra node and a comment."""
    return _document(
        "Time",
        personality,
        "<timeMode>manual</timeMode>\n<localTime>2026-11-24T10:00:00+06:30</localTime>\n"
        "<!-- set at the factory -->\n<timeZone>MMT-6:30:00</timeZone>\n"
        '<vendorClock drift="3">x &amp; y</vendorClock>\n',
    )


def ntp(personality: str) -> bytes:
    """`NTPServer` by address."""
    return _document(
        "NTPServer",
        personality,
        "<id>1</id>\n<addressingFormatType>ipaddress</addressingFormatType>\n"
        "<ipAddress>10.0.0.1</ipAddress>\n<portNo>123</portNo>\n"
        "<synchronizeInterval>60</synchronizeInterval>\n",
    )


def channel(personality: str) -> bytes:
    """`VideoInputChannel`."""
    return _document(
        "VideoInputChannel",
        personality,
        "<id>1</id>\n<inputPort>1</inputPort>\n<name>Camera 01</name>\n"
        "<vendorFlip>false</vendorFlip>\n",
    )


def overlay(personality: str, enabled: str = "false", shown: str = "") -> bytes:
    """`TextOverlay`."""
    text = f"<displayText>{shown}</displayText>" if shown else "<displayText/>"
    return _document(
        "TextOverlay",
        personality,
        f"<id>1</id>\n<enabled>{enabled}</enabled>\n<positionX>16</positionX>\n"
        f"<positionY>544</positionY>\n{text}\n",
    )


def cloud(personality: str) -> bytes:
    """`EZVIZ`."""
    return _document(
        "EZVIZ",
        personality,
        "<enabled>true</enabled>\n<registerStatus>true</registerStatus>\n"
        "<verificationCode>******</verificationCode>\n",
    )


def barrier(personality: str) -> bytes:
    """`BarrierGateSettings`, a reference of ours."""
    return _document(
        "BarrierGateSettings",
        personality,
        "<openDuration>5</openDuration>\n<mode>keepOpen</mode>\n<vendorLoop>2</vendorLoop>\n",
    )


def user(personality: str, name: str = "admin") -> bytes:
    """`User` as GET shows it: no password."""
    return _document(
        "User",
        personality,
        f"<id>1</id>\n<userName>{name}</userName>\n<userLevel>Administrator</userLevel>\n",
    )


def door(personality: str) -> bytes:
    """`DoorParam`."""
    return _document(
        "DoorParam",
        personality,
        "<doorName>Door1</doorName>\n<magneticType>alwaysClose</magneticType>\n"
        "<openDuration>5</openDuration>\n",
    )


READER = (
    b'{"CardReaderCfg": {"enable": true, "okLedPolarity": "cathode", "cardReaderDescription": '
    b'"DS-K1T673", "defaultVerifyMode": "faceAndCard", "vendorThing": {"a": [1, 2.5, null]}}}'
)


def channels_a() -> bytes:
    """`SIPInfo` with three inputs, the last one unassigned."""
    return _document(
        "SIPInfo",
        "a",
        "<VideoInputList>\n"
        "<VideoInput>\n<id>1</id>\n<videoInputID>34070500001320000001</videoInputID>\n</VideoInput>\n"
        "<VideoInput>\n<id>2</id>\n<videoInputID>34070500001320000002</videoInputID>\n</VideoInput>\n"
        "<VideoInput>\n<id>3</id>\n<videoInputID/>\n</VideoInput>\n"
        "</VideoInputList>\n",
    )


def channels_b() -> bytes:
    """`ChannelList` with two channels."""
    return _document(
        "ChannelList",
        "b",
        "<Channel>\n<channelNo>1</channelNo>\n<channelID>34070500001320000001</channelID>\n</Channel>\n"
        "<Channel>\n<channelNo>2</channelNo>\n<channelID>34070500001320000002</channelID>\n</Channel>\n",
    )


def gb28181_a() -> bytes:
    """`SIPServer` with its GB28181 node; the password is masked."""
    return _document(
        "SIPServer",
        "a",
        "<id>1</id>\n<localPort>5060</localPort>\n<GB28181>\n<enabled>false</enabled>\n"
        "<registrar>10.0.0.9</registrar>\n<registrarPort>5060</registrarPort>\n"
        "<serverId>34070000002000000001</serverId>\n<serverDomain>3407000000</serverDomain>\n"
        "<authID>34070500001180000001</authID>\n<password>******</password>\n"
        "<expires>3600</expires>\n<heartbeatTime>60</heartbeatTime>\n"
        "<heartbeatCount>3</heartbeatCount>\n<vendorStream>0</vendorStream>\n</GB28181>\n",
    )


def gb28181_b() -> bytes:
    """`GB28181Service`; the password is not shown at all."""
    return _document(
        "GB28181Service",
        "b",
        "<enabled>true</enabled>\n<serverAddress>10.0.0.9</serverAddress>\n"
        "<serverPort>5060</serverPort>\n<serverID>34070000002000000001</serverID>\n"
        "<serverDomain>3407000000</serverDomain>\n<deviceID>34070500001180000001</deviceID>\n"
        "<registerExpires>3600</registerExpires>\n<keepaliveInterval>60</keepaliveInterval>\n"
        "<keepaliveTimes>3</keepaliveTimes>\n<vendorStream>0</vendorStream>\n",
    )


def register_status(word: str) -> bytes:
    """`GB28181Status` of personality b."""
    return _document("GB28181Status", "b", f"<registerStatus>{word}</registerStatus>\n")


SIP = "/ISAPI/System/Network/SIP/1"
SERVICE = "/ISAPI/System/Network/GB28181Service"
TIME = "/ISAPI/System/time"
NTP = "/ISAPI/System/time/ntpServers/1"
CHANNEL = "/ISAPI/System/Video/inputs/channels/1"
OVERLAY = "/ISAPI/System/Video/inputs/channels/1/overlays/text/1"
CLOUD = "/ISAPI/System/Network/EZVIZ"
BARRIER = "/ISAPI/Parking/channels/1/barrierGate/settings"
USERS = "/ISAPI/Security/users/1"
DOOR = "/ISAPI/AccessControl/Door/param/1"
CARD_READER = "/ISAPI/AccessControl/CardReaderCfg/1?format=json"
INFO = "/ISAPI/System/deviceInfo"


def camera(personality: str) -> dict[str, bytes]:
    """All documents of a plate camera."""
    return {
        INFO: device_info(personality),
        TIME: time(personality),
        NTP: ntp(personality),
        CHANNEL: channel(personality),
        OVERLAY: overlay(personality),
        CLOUD: cloud(personality),
        BARRIER: barrier(personality),
        USERS: user(personality),
    }


def reader(personality: str) -> dict[str, bytes]:
    """All documents of a door reader."""
    return {
        INFO: device_info(personality),
        TIME: time(personality),
        NTP: ntp(personality),
        DOOR: door(personality),
        CARD_READER: READER,
        USERS: user(personality),
    }


def recorder(personality: str) -> dict[str, bytes]:
    """All documents of a recorder, in the places of its firmware."""
    common = {
        INFO: device_info(personality),
        TIME: time(personality),
        NTP: ntp(personality),
        CLOUD: cloud(personality),
        USERS: user(personality),
    }
    if personality == "a":
        return common | {SIP: gb28181_a(), f"{SIP}/SIPInfo": channels_a()}
    return common | {
        SERVICE: gb28181_b(),
        f"{SERVICE}/channels": channels_b(),
        f"{SERVICE}/status": register_status("online"),
    }
