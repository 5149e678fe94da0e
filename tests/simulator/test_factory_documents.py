"""Every page of every device as it left the factory, and what is said about requests: golden."""

from __future__ import annotations

import json
import re

import pytest

from fleet.simulator.isapi import tables
from fleet.simulator.isapi.activation import activate_status, password_of, refuse_weak
from fleet.simulator.isapi.factory import device_info, factory_documents
from fleet.simulator.isapi.words import BadContent, response
from fleet.simulator.spec import DeviceSpec, Kind, Personality

HIK = "http://www.hikvision.com/ver20/XMLSchema"
ISAPI = "http://www.isapi.org/ver20/XMLSchema"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
BOTH: list[Personality] = ["a", "b"]
KINDS: list[Kind] = ["camera", "door", "recorder"]
CHANNEL_1 = (
    "<VideoInput>\n<id>1</id>\n<videoInputID>34020000001320000001</videoInputID>\n"
    "<streamType>main</streamType>\n</VideoInput>\n"
)
# page → its root and its nodes, the mark of the single unit apart
GOLDEN: dict[str, tuple[str, str]] = {
    tables.TIME: (
        "Time",
        "<timeMode>manual</timeMode>\n<localTime>2000-01-01T00:00:00</localTime>\n"
        "<timeZone>CST-8:00:00</timeZone>\n<satelliteInterval>60</satelliteInterval>\n",
    ),
    tables.NTP: (
        "NTPServer",
        "<id>1</id>\n<addressingFormatType>hostname</addressingFormatType>\n"
        "<hostName>time.windows.com</hostName>\n<portNo>123</portNo>\n"
        "<synchronizeInterval>1440</synchronizeInterval>\n<enabled>true</enabled>\n",
    ),
    tables.USER: (
        "User",
        "<id>1</id>\n<userName>admin</userName>\n<userLevel>Administrator</userLevel>\n"
        "<bondIpAddressList/>\n",
    ),
    tables.CLOUD: (
        "EZVIZ",
        "<enabled>true</enabled>\n<serverAddress>litedev.ezviz7.com</serverAddress>\n"
        "<registerStatus>false</registerStatus>\n<offlineStatus>1</offlineStatus>\n",
    ),
    tables.CHANNEL: (
        "VideoInputChannel",
        "<id>1</id>\n<inputPort>1</inputPort>\n<videoInputEnabled>true</videoInputEnabled>\n"
        "<name>Camera 01</name>\n<videoFormat>PAL</videoFormat>\n"
        '<powerLineFrequency opt="50hz,60hz">50hz</powerLineFrequency>\n',
    ),
    tables.OVERLAY: (
        "TextOverlay",
        "<id>1</id>\n<enabled>false</enabled>\n<positionX>0</positionX>\n"
        "<positionY>576</positionY>\n<displayText></displayText>\n"
        "<isPersistentText>true</isPersistentText>\n",
    ),
    tables.BARRIER: (
        "BarrierGateSettings",
        "<openDuration>15</openDuration>\n<mode>keepOpen</mode>\n<antiSmash>true</antiSmash>\n",
    ),
    tables.DOOR: (
        "DoorParam",
        "<doorName>Door1</doorName>\n<magneticType>alwaysClose</magneticType>\n"
        "<openButtonType>alwaysOpen</openButtonType>\n<openDuration>3</openDuration>\n"
        "<disabledOpenDuration>15</disabledOpenDuration>\n"
        "<magneticAlarmTimeout>30</magneticAlarmTimeout>\n",
    ),
    tables.SIP: (
        "SIPServer",
        "<id>1</id>\n<enabled>false</enabled>\n<localPort>5060</localPort>\n"
        "<streamID>1</streamID>\n<GB28181>\n<enabled>false</enabled>\n"
        "<registrar>192.168.1.2</registrar>\n<registrarPort>5060</registrarPort>\n"
        "<serverId>34020000002000000001</serverId>\n<serverDomain>3402000000</serverDomain>\n"
        "<authID>34020000001110000001</authID>\n<expires>3600</expires>\n"
        "<heartbeatTime>60</heartbeatTime>\n<heartbeatCount>3</heartbeatCount>\n"
        "<transmitProtocol>UDP</transmitProtocol>\n</GB28181>\n",
    ),
    tables.SIP_INFO: (
        "SIPInfo",
        f"<VideoInputList>\n{CHANNEL_1}{CHANNEL_1.replace('>1<', '>2<').replace('01<', '02<')}"
        "</VideoInputList>\n<AlarmInputList>\n<AlarmInput>\n<id>1</id>\n<alarmInputID/>\n"
        "</AlarmInput>\n</AlarmInputList>\n",
    ),
    tables.SERVICE: (
        "GB28181Service",
        "<enabled>false</enabled>\n<protocolVersion>GB/T28181-2016</protocolVersion>\n"
        "<serverAddress>192.168.1.2</serverAddress>\n<serverPort>5060</serverPort>\n"
        "<serverID>34020000002000000001</serverID>\n<serverDomain>3402000000</serverDomain>\n"
        "<deviceID>34020000001110000001</deviceID>\n<registerExpires>3600</registerExpires>\n"
        "<keepaliveInterval>60</keepaliveInterval>\n<keepaliveTimes>3</keepaliveTimes>\n"
        "<transProtocol>UDP</transProtocol>\n",
    ),
    tables.SERVICE_CHANNELS: (
        "ChannelList",
        "<Channel>\n<channelNo>1</channelNo>\n<channelID>34020000001320000001</channelID>\n"
        "<alarmLevel>4</alarmLevel>\n</Channel>\n"
        "<Channel>\n<channelNo>2</channelNo>\n<channelID>34020000001320000002</channelID>\n"
        "<alarmLevel>4</alarmLevel>\n</Channel>\n",
    ),
}
# kind, firmware → its pages beside time, time server and user
PAGES: dict[tuple[Kind, Personality], set[str]] = {
    ("camera", "a"): {tables.CLOUD, tables.CHANNEL, tables.OVERLAY, tables.BARRIER},
    ("camera", "b"): {tables.CLOUD, tables.CHANNEL, tables.OVERLAY, tables.BARRIER},
    ("door", "a"): {tables.DOOR, tables.READER},
    ("door", "b"): {tables.DOOR, tables.READER},
    ("recorder", "a"): {tables.CLOUD, tables.SIP, tables.SIP_INFO},
    ("recorder", "b"): {tables.CLOUD, tables.SERVICE, tables.SERVICE_CHANNELS},
}


def spec_of(kind: Kind, firmware: Personality, **more: object) -> DeviceSpec:
    """A device that is always the same."""
    return DeviceSpec(
        id=f"{kind}-{firmware}",
        kind=kind,
        address="127.0.0.1",
        port=8080,
        serial=f"SER-{kind}-{firmware}",
        personality=firmware,
        barrier=kind == "camera",
        channels=2 if kind == "recorder" else 0,
        **more,  # type: ignore[arg-type]  # the two names that the tests give
    )


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_which_pages_a_device_has(kind: Kind, firmware: Personality) -> None:
    """The pages of its kind and firmware, and not one of the other's."""
    everywhere = {tables.TIME, tables.NTP, tables.USER}

    assert set(factory_documents(spec_of(kind, firmware))) == everywhere | PAGES[kind, firmware]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_the_documents_are_these(kind: Kind, firmware: Personality) -> None:
    """Word for word but for the unit's own mark and, at the clock, its zone."""
    space, version = (HIK, "2.0") if firmware == "a" else (ISAPI, "1.0")
    for path, document in factory_documents(spec_of(kind, firmware)).items():
        if path == tables.READER:
            continue
        root, body = GOLDEN[path]
        told, marks = re.subn(r"<factoryMark>\d{1,6}</factoryMark>\n", "", document)
        told = told.replace("GMT+0:00:00", "CST-8:00:00") if path == tables.TIME else told
        assert marks == 1, path
        assert told == f'{HEAD}<{root} version="{version}" xmlns="{space}">\n{body}</{root}>\n'


@pytest.mark.parametrize("firmware", BOTH)
def test_the_readers_document_is_this(firmware: Personality) -> None:
    """JSON, with one of the four modes that such readers come with."""
    document = json.loads(factory_documents(spec_of("door", firmware))[tables.READER])

    mode = document["CardReaderCfg"].pop("defaultVerifyMode")
    assert mode in ("cardOrFaceOrPw", "face", "faceOrFpOrCardOrPw", "cardOrFace")
    assert document == {
        "CardReaderCfg": {
            "enable": True,
            "okLedPolarity": "anode",
            "buzzerPolarity": "cathode",
            "swipeInterval": 0,
            "enableTamperCheck": True,
            "faceRecogizeInterval": 2,
            "liveDetLevelSet": "general",
        }
    }


@pytest.mark.parametrize(
    ("kind", "firmware", "model", "version", "sort"),
    [
        ("camera", "a", "DS-2CD3T47-L", "V5.5.160", "IPCamera"),
        ("camera", "b", "DS-2CD3T87G2-L", "V5.7.15", "IPCamera"),
        ("door", "a", "DS-K1T671", "V3.3.10", "ACS"),
        ("door", "b", "DS-K1T673", "V4.38.0", "ACS"),
        ("recorder", "a", "DS-8632N-K8", "V4.31.102", "NVR"),
        ("recorder", "b", "DS-8632NX-K8", "V5.02.010", "NVR"),
    ],
)
def test_who_a_device_says_it_is(
    kind: Kind, firmware: Personality, model: str, version: str, sort: str
) -> None:
    """Every node of deviceInfo in its order."""
    spec = spec_of(kind, firmware, name="东门 <1>")

    nodes = re.findall(r"<(\w+)>([^<]*)</\1>", device_info(spec, swapped=False))

    told = dict(nodes)
    assert [name for name, _ in nodes] == [
        "deviceName", "deviceID", "model", "serialNumber", "macAddress", "firmwareVersion",
        "firmwareReleasedDate", "deviceType", "telecontrolID",
    ]  # fmt: skip
    assert told["deviceName"] == "东门 &lt;1&gt;"
    assert (told["model"], told["firmwareVersion"], told["deviceType"]) == (model, version, sort)
    assert told["serialNumber"] == f"SER-{kind}-{firmware}"
    assert re.fullmatch(r"44:19:b6(:[0-9a-f]{2}){3}", told["macAddress"])
    assert 1 <= int(told["telecontrolID"]) <= 255


@pytest.mark.parametrize("firmware", BOTH)
def test_another_unit_differs_in_what_is_a_units_own(firmware: Personality) -> None:
    """swap-identity: serial number and MAC are another's, the model and the name are not."""
    spec = spec_of("camera", firmware)
    own, other = (dict(re.findall(r"<(\w+)>([^<]*)<", device_info(spec, s))) for s in (False, True))

    assert {n for n in own if own[n] != other[n]} == {"serialNumber", "macAddress"}


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(("active", "word"), [(True, "true"), (False, "false")])
def test_activate_status(firmware: Personality, active: bool, word: str) -> None:
    """The one document that is had without login."""
    space = HIK if firmware == "a" else ISAPI

    assert activate_status(spec_of("door", firmware), active) == (
        f'{HEAD}<ActivateStatus version="2.0" xmlns="{space}">\n'
        f"<Activated>{word}</Activated>\n</ActivateStatus>\n"
    )


# code, what is said beside it → HTTP status, statusString, subStatusCode
STATUSES = [
    (1, "", 200, "OK", "ok"),
    (2, "deviceBusy", 503, "Device Busy", "deviceBusy"),
    (3, "", 500, "Device Error", "ok"),
    (4, "notSupport", 403, "Invalid Operation", "notSupport"),
    (6, "badXmlFormat", 400, "Invalid Content", "badXmlFormat"),
    (7, "", 200, "Reboot Required", "rebootRequired"),
]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(("code", "sub", "status", "words", "told"), STATUSES)
def test_a_response_status_in_xml(
    firmware: Personality, code: int, sub: str, status: int, words: str, told: str
) -> None:
    """Word for word, in the firmware's namespace, without a message where there is none."""
    space = HIK if firmware == "a" else ISAPI

    answer = response(firmware, "/ISAPI/x", code, sub)

    assert (answer.status, answer.content_type) == (status, 'application/xml; charset="UTF-8"')
    assert answer.body.decode() == (
        f'{HEAD}<ResponseStatus version="2.0" xmlns="{space}">\n'
        f"<requestURL>/ISAPI/x</requestURL>\n<statusCode>{code}</statusCode>\n"
        f"<statusString>{words}</statusString>\n<subStatusCode>{told}</subStatusCode>\n"
        "</ResponseStatus>\n"
    )


@pytest.mark.parametrize(("code", "sub", "status", "words", "told"), STATUSES)
def test_a_response_status_in_json(code: int, sub: str, status: int, words: str, told: str) -> None:
    """The same in JSON where the page is JSON; a message beside it."""
    answer = response("a", f"{tables.READER}", code, sub, "因为 <x>")

    assert (answer.status, answer.content_type) == (status, 'application/json; charset="UTF-8"')
    assert json.loads(answer.body) == {
        "requestURL": tables.READER,
        "statusCode": code,
        "statusString": words,
        "subStatusCode": told,
        "errorMsg": "因为 <x>",
    }


def test_a_message_in_xml_is_escaped() -> None:
    """What the peer sent comes back as text, not as nodes; a status may be another."""
    answer = response("b", "/ISAPI/a&b", 4, "methodNotAllowed", "<x>&", status=405)

    assert answer.status == 405
    assert b"<requestURL>/ISAPI/a&amp;b</requestURL>" in answer.body
    assert b"<errorMsg>&lt;x&gt;&amp;</errorMsg>" in answer.body


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Abcdefg1", True),
        ("abcdefg1", True),
        ("ABCDEFG1", True),
        ("12345678a", True),
        ("abcdefg-", True),
        ("口令口令口令口令1", True),
        ("Abcdefghijklmn12", True),
        ("Abcdef1", False),
        ("Abcdefghijklmn123", False),
        ("abcdefgh", False),
        ("12345678", False),
        ("--------", False),
        ("Admin12345", False),
        ("xxADMIN123", False),
        ("", False),
    ],
)
def test_the_firmwares_own_rule_for_passwords(password: str, good: bool) -> None:
    """8 to 16 characters of two kinds at least, without the user's name in any case."""
    if good:
        refuse_weak("admin", password)
        return
    with pytest.raises(BadContent) as raised:
        refuse_weak("admin", password)
    assert (raised.value.sub, raised.value.node) == ("badParameters", "password")
    assert password not in raised.value.message or not password


@pytest.mark.parametrize(
    ("body", "sub"),
    [
        (b"", "badXmlFormat"),
        (b"<ActivateInfo>", "badXmlFormat"),
        (b"<ActivateInfo/>", "badXmlContent"),
        (b"<Other><password>Abcdefg1</password></Other>", "badXmlContent"),
        (b"<ActivateInfo><word>Abcdefg1</word></ActivateInfo>", "badXmlContent"),
        (b"<ActivateInfo><password>a</password><password>b</password></ActivateInfo>",
         "badXmlContent"),
    ],
)  # fmt: skip
def test_what_is_no_activation(body: bytes, sub: str) -> None:
    """Each way a document brings no password."""
    with pytest.raises(BadContent) as raised:
        password_of(body)
    assert raised.value.sub == sub


@pytest.mark.parametrize("space", ["", f' xmlns="{HIK}"', f' xmlns="{ISAPI}"'])
def test_an_activation_in_any_namespace(space: str) -> None:
    """The password with its blanks, whatever the namespace."""
    body = f"<ActivateInfo{space}><password> Abc 123 </password></ActivateInfo>".encode()

    assert password_of(body) == " Abc 123 "
