"""Every place of every resource as golden documents: what is read, and the edit byte by byte."""

from __future__ import annotations

import json

import pytest

from fleet.drivers.isapi.document import BadDocument
from fleet.drivers.isapi.places import Place, Unsettable
from fleet.drivers.isapi.tables import RESOURCES, places
from fleet.model.device import FieldValue
from fleet.model.secret import Secret

A = "http://www.hikvision.com/ver20/XMLSchema"
B = "http://www.isapi.org/ver20/XMLSchema"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACES = pytest.mark.parametrize("space", [A, B], ids=["a", "b"])


def place(resource: str, number: int = 0) -> Place:
    """A place of a resource, for the user admin."""
    return places(resource, "admin")[number]


def document(root: str, inner: str, space: str = A) -> bytes:
    """A device's document."""
    return f'{HEAD}<{root} version="2.0" xmlns="{space}">{inner}</{root}>'.encode()


def same(made: bytes, golden: bytes) -> bool:
    """Equal but for the order in which a root's attributes and its namespace are written."""
    space = made.decode().replace(f' version="2.0" xmlns="{A}"', f' xmlns="{A}" version="2.0"')
    space = space.replace(f' version="2.0" xmlns="{B}"', f' xmlns="{B}" version="2.0"')
    other = golden.decode().replace(f' version="2.0" xmlns="{A}"', f' xmlns="{A}" version="2.0"')
    other = other.replace(f' version="2.0" xmlns="{B}"', f' xmlns="{B}" version="2.0"')
    return space == other


CASES: list[tuple[str, int, str, str, dict[str, FieldValue], dict[str, FieldValue], str]] = [
    ("time", 0, "Time",
     "<timeMode>manual</timeMode><localTime>2026</localTime><timeZone>CST-8:00:00</timeZone>",
     {"time_mode": "manual", "time_zone": "UTC+08:00"},
     {"time_mode": "ntp", "time_zone": "UTC-03:30"},
     "<timeMode>NTP</timeMode><localTime>2026</localTime><timeZone>UTC+3:30:00</timeZone>"),
    ("time", 0, "Time", "<timeMode>NTP</timeMode>",
     {"time_mode": "ntp"}, {"time_mode": "platform"}, "<timeMode>platform</timeMode>"),
    ("channel", 0, "VideoInputChannel", "<id>1</id><inputPort>1</inputPort><name>Camera 01</name>",
     {"channel_name": "Camera 01"}, {"channel_name": "东门 <1> & 2"},
     "<id>1</id><inputPort>1</inputPort><name>东门 &lt;1&gt; &amp; 2</name>"),
    ("channel", 0, "VideoInputChannel", "<name/>",
     {"channel_name": ""}, {"channel_name": "x"}, "<name>x</name>"),
    ("cloud", 0, "EZVIZ", "<enabled>true</enabled><registerStatus>1</registerStatus>",
     {"cloud_enabled": True}, {"cloud_enabled": False},
     "<enabled>false</enabled><registerStatus>1</registerStatus>"),
    ("cloud", 0, "EZVIZ", "<enabled>0</enabled><verificationCode>x</verificationCode>",
     {"cloud_enabled": False}, {"cloud_enabled": True},
     "<enabled>true</enabled><verificationCode>x</verificationCode>"),
    ("barrier", 0, "BarrierGateSettings", "<openDuration>10</openDuration><mode>keepOpen</mode>",
     {"barrier_open_s": 10, "barrier_mode": "keep_open"},
     {"barrier_open_s": 5, "barrier_mode": "auto"},
     "<openDuration>5</openDuration><mode>auto</mode>"),
    ("barrier", 0, "BarrierGateSettings", "<mode>auto</mode>",
     {"barrier_mode": "auto"}, {"barrier_mode": "keep_closed"}, "<mode>keepClosed</mode>"),
    ("door", 0, "DoorParam", "<doorName>1</doorName><openDuration>5</openDuration>",
     {"open_duration_s": 5}, {"open_duration_s": 255},
     "<doorName>1</doorName><openDuration>255</openDuration>"),
    ("ntp", 0, "NTPServer",
     "<id>1</id><addressingFormatType>ipaddress</addressingFormatType>"
     "<ipAddress>10.0.0.1</ipAddress><portNo>123</portNo>",
     {"ntp_server": "10.0.0.1", "ntp_port": 123},
     {"ntp_server": "ntp.example.cn", "ntp_port": 1123},
     "<id>1</id><addressingFormatType>hostname</addressingFormatType>"
     "<hostName>ntp.example.cn</hostName><portNo>1123</portNo>"),
    ("ntp", 0, "NTPServer",
     "<addressingFormatType>hostname</addressingFormatType><hostName>a</hostName>",
     {"ntp_server": "a"}, {"ntp_server": "10.0.0.9"},
     "<addressingFormatType>ipaddress</addressingFormatType><ipAddress>10.0.0.9</ipAddress>"),
    ("ntp", 0, "NTPServer",
     "<addressingFormatType>ipaddress</addressingFormatType><ipAddress>10.0.0.1</ipAddress>",
     {"ntp_server": "10.0.0.1"}, {"ntp_server": "fd00::1"},
     "<addressingFormatType>ipaddress</addressingFormatType><ipv6Address>fd00::1</ipv6Address>"),
    ("ntp", 0, "NTPServer",
     "<addressingFormatType>hostname</addressingFormatType>"
     "<hostName>a</hostName><ipAddress>10.0.0.1</ipAddress>",
     {"ntp_server": "a"}, {"ntp_server": "10.0.0.2"},
     "<addressingFormatType>ipaddress</addressingFormatType>"
     "<hostName>a</hostName><ipAddress>10.0.0.2</ipAddress>"),
    ("osd", 0, "TextOverlay",
     "<id>1</id><enabled>true</enabled><positionX>0</positionX><displayText>old</displayText>",
     {"osd_text": "old"}, {"osd_text": "翠湖 东门"},
     "<id>1</id><enabled>true</enabled><positionX>0</positionX><displayText>翠湖 东门"
     "</displayText>"),
    ("osd", 0, "TextOverlay", "<enabled>false</enabled><displayText>hidden</displayText>",
     {"osd_text": ""}, {"osd_text": "x"},
     "<enabled>true</enabled><displayText>x</displayText>"),
    ("osd", 0, "TextOverlay", "<enabled>false</enabled><displayText>hidden</displayText>",
     {"osd_text": ""}, {"osd_text": ""}, "<enabled>false</enabled><displayText></displayText>"),
    ("osd", 0, "TextOverlay", "<displayText>x</displayText>",
     {"osd_text": "x"}, {"osd_text": "y"}, "<displayText>y</displayText>"),
    ("channels", 0, "SIPInfo",
     "<VideoInputList><VideoInput><id>1</id><videoInputID>1</videoInputID></VideoInput>"
     "</VideoInputList>",
     {"gb_channel_ids": ["1"]}, {"gb_channel_ids": ["7", "8"]},
     "<VideoInputList><VideoInput><id>1</id><videoInputID>7</videoInputID></VideoInput>"
     "<VideoInput><id>2</id><videoInputID>8</videoInputID></VideoInput></VideoInputList>"),
    ("channels", 0, "VideoInputList",
     "<VideoInput><id>1</id><videoInputID>1</videoInputID></VideoInput>"
     "<VideoInput><id>2</id><videoInputID/></VideoInput>"
     "<VideoInput><id>3</id><videoInputID>3</videoInputID></VideoInput>",
     {"gb_channel_ids": ["1", "3"]}, {"gb_channel_ids": ["9"]},
     "<VideoInput><id>1</id><videoInputID>9</videoInputID></VideoInput>"),
    ("channels", 1, "ChannelList",
     "<Channel><channelNo>1</channelNo><channelID>1</channelID></Channel>",
     {"gb_channel_ids": ["1"]}, {"gb_channel_ids": ["1", "2"]},
     "<Channel><channelNo>1</channelNo><channelID>1</channelID></Channel>"
     "<Channel><channelNo>2</channelNo><channelID>2</channelID></Channel>"),
]  # fmt: skip


@SPACES
@pytest.mark.parametrize(("resource", "number", "root", "inner", "read", "want", "after"), CASES)
def test_a_document_is_read_and_edited(
    space: str,
    resource: str,
    number: int,
    root: str,
    inner: str,
    read: dict[str, FieldValue],
    want: dict[str, FieldValue],
    after: str,
) -> None:
    """Canonical values out; the wanted nodes in, all else as it came, in either namespace."""
    there = place(resource, number)
    edited = there.edit(document(root, inner, space), want)

    assert there.read(document(root, inner, space)) == read
    assert edited.decode().replace("<displayText/>", "<displayText></displayText>") == (
        document(root, after, space).decode()
    ) or same(edited, document(root, after, space))
    assert there.read(edited) == want | {k: v for k, v in read.items() if k not in want}


SIP = (
    "<localPort>5060</localPort><GB28181><enabled>{enabled}</enabled>"
    "<registrar>{address}</registrar><registrarPort>5060</registrarPort>"
    "<serverId>{server}</serverId><serverDomain>3407050000</serverDomain>"
    "<authID>34070500001180000001</authID>{password}<expires>3600</expires>"
    "<heartbeatTime>60</heartbeatTime><heartbeatCount>3</heartbeatCount></GB28181>"
)
SERVICE = (
    "<enabled>{enabled}</enabled><serverAddress>{address}</serverAddress>"
    "<serverPort>5060</serverPort><serverID>{server}</serverID>"
    "<serverDomain>3407050000</serverDomain><deviceID>34070500001180000001</deviceID>{password}"
    "<registerExpires>3600</registerExpires><keepaliveInterval>60</keepaliveInterval>"
    "<keepaliveTimes>3</keepaliveTimes>"
)
GB = {
    "gb_enabled": False,
    "gb_server_id": "1",
    "gb_server_domain": "3407050000",
    "gb_server_address": "10.0.0.1",
    "gb_server_port": 5060,
    "gb_device_id": "34070500001180000001",
    "gb_expires_s": 3600,
    "gb_keepalive_s": 60,
    "gb_keepalive_count": 3,
}


@pytest.mark.parametrize(
    ("number", "root", "shape", "space"),
    [(0, "SIPServer", SIP, A), (1, "GB28181Service", SERVICE, B)],
    ids=["a", "b"],
)
@pytest.mark.parametrize(
    ("hidden", "secret", "sent"),
    [
        ("<password>******</password>", None, ""),
        ("<password>******</password>", "Geheim1", "<password>Geheim1</password>"),
        ("", "Geheim1", "<password>Geheim1</password>"),
        ("", "a<b&c", "<password>a&lt;b&amp;c</password>"),
        ("", None, ""),
    ],
)
def test_the_uplink_node_in_both_places(
    number: int, root: str, shape: str, space: str, hidden: str, secret: str | None, sent: str
) -> None:
    """Ten fields; a mask never travels back, a new password stands behind its user."""
    there = place("gb28181", number)
    came = shape.format(enabled="false", address="10.0.0.1", server="1", password=hidden)
    wanted: dict[str, FieldValue | Secret] = {
        "gb_enabled": True, "gb_server_address": "10.0.0.2", "gb_server_id": "2",
    }  # fmt: skip
    if secret is not None:
        wanted["gb_password"] = Secret(secret)

    made = there.edit(document(root, came, space), wanted)

    goes = shape.format(enabled="true", address="10.0.0.2", server="2", password=sent)
    assert there.read(document(root, came, space)) == GB
    assert same(made, document(root, goes, space))


BAD: list[tuple[str, int, bytes, str]] = [
    ("time", 0, document("Clock", ""), "the document is Clock, not Time"),
    ("time", 0, b"", "it is not XML"),
    ("time", 0, b"<Time>", "it is not XML"),
    ("time", 0, b"\xff", "it is not UTF-8"),
    ("time", 0, b'<?xml version="1.0" encoding="GBK"?><Time/>', "the encoding is GBK, not UTF-8"),
    ("time", 0, b"<!DOCTYPE Time><Time/>", "it has a document type declaration"),
    ("time", 0, document("Time", "<timeMode>NTP</timeMode>" * 2), "timeMode is there 2 times"),
    ("time", 0, document("Time", "<timeMode><x/></timeMode>"), "timeMode holds nodes where text"),
    ("cloud", 0, document("EZVIZ", "<enabled>yes</enabled>"), "'yes' is neither true nor false"),
    ("door", 0, document("DoorParam", "<openDuration>5s</openDuration>"), "not a whole number"),
    ("ntp", 0, document("NTPServer", "<portNo>many</portNo>"), "portNo: 'many' is not a whole"),
    ("osd", 0, document("TextOverlay", "<displayText>x</displayText><enabled>on</enabled>"),
     "enabled: 'on' is neither"),
    ("channels", 0, document("ChannelList", ""), "the document is ChannelList, not SIPInfo"),
    ("channels", 1, document("SIPInfo", ""), "the document is SIPInfo, not ChannelList"),
    ("user", 0, document("UserList", ""), "the document is UserList, not User"),
    ("reader", 0, b"", "it is not JSON"),
    ("reader", 0, b"\xff", "it is not JSON"),
    ("reader", 0, b"[]", "it is not a JSON object"),
    ("reader", 0, b"{}", "there is no CardReaderCfg"),
    ("reader", 0, b'{"CardReaderCfg": []}', "there is no CardReaderCfg"),
    ("reader", 0, b'{"CardReaderCfg": {}, "CardReaderCfg": {}}', "it is not JSON"),
    ("reader", 0, b'{"CardReaderCfg": {"x": NaN}}', "it is not JSON"),
    ("reader", 0, b"[" * 90_000, "it is not JSON"),
    ("reader", 0, b'{"CardReaderCfg": {"defaultVerifyMode": 1}}', "defaultVerifyMode is no text"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "number", "body", "why"), BAD)
def test_a_document_that_cannot_be_read(resource: str, number: int, body: bytes, why: str) -> None:
    """Named as malformed with the node and what is wrong with it; nothing is guessed."""
    with pytest.raises(BadDocument, match=why):
        place(resource, number).read(body)


UNSETTABLE: list[tuple[str, int, bytes, dict[str, FieldValue | Secret], str, str]] = [
    ("time", 0, document("Time", ""), {"time_mode": "ntp"}, "time_mode", "has no timeMode"),
    ("time", 0, document("Time", "<timeMode/>"), {"time_mode": 5}, "time_mode", "is not a text"),
    ("time", 0, document("Time", "<timeMode/>"), {"time_mode": "x"}, "time_mode", "is none of"),
    ("time", 0, document("Time", "<timeZone/>"), {"time_zone": "CST-8"}, "time_zone", "time zone"),
    ("cloud", 0, document("EZVIZ", "<enabled/>"), {"cloud_enabled": 1}, "cloud_enabled",
     "it is neither true nor false"),
    ("door", 0, document("DoorParam", "<openDuration/>"), {"open_duration_s": "5"},
     "open_duration_s", "it is not a whole number"),
    ("door", 0, document("DoorParam", "<openDuration/>"), {"open_duration_s": True},
     "open_duration_s", "it is not a whole number"),
    ("channel", 0, document("VideoInputChannel", "<name/>"), {"channel_name": "a\x00"},
     "channel_name", "XML cannot hold these characters"),
    ("channel", 0, document("VideoInputChannel", "<name/>"), {"channel_name": Secret("x")},
     "channel_name", "it is no secret"),
    ("ntp", 0, document("NTPServer", "<portNo/>"), {"ntp_server": "a"}, "ntp_server",
     "no node for an address"),
    ("ntp", 0, document("NTPServer", "<ipAddress/>"), {"ntp_port": 1}, "ntp_port", "no portNo"),
    ("osd", 0, document("TextOverlay", ""), {"osd_text": "x"}, "osd_text", "no displayText"),
    ("channels", 0, document("SIPInfo", ""), {"gb_channel_ids": ["1"]}, "gb_channel_ids",
     "no VideoInputList/VideoInput"),
    ("channels", 1, document("ChannelList", "<Channel/>"), {"gb_channel_ids": ["1"]},
     "gb_channel_ids", "no ChannelList/Channel/channelID"),
    ("channels", 1, document("ChannelList", "<Channel/>"), {"gb_channel_ids": "1"},
     "gb_channel_ids", "it is not a list"),
    ("user", 0, document("User", "<userName>root</userName>"), {"admin_password": Secret("x")},
     "admin_password", "is user 'root', not 'admin'"),
    ("user", 0, document("User", ""), {"admin_password": Secret("x")}, "admin_password",
     "is user None, not 'admin'"),
    ("user", 0, document("User", "<userName>admin</userName>"), {"admin_password": "x"},
     "admin_password", "it must be a secret"),
    ("user", 0, document("User", "<userName>admin</userName>"), {"admin_password": Secret("\x01")},
     "admin_password", "XML cannot hold one of its characters"),
    ("gb28181", 0, document("SIPServer", ""), {"gb_password": Secret("x")}, "gb_password",
     "this firmware has no GB28181"),
    ("reader", 0, b'{"CardReaderCfg": {}}', {"auth_ways": ["card"]}, "auth_ways",
     "no defaultVerifyMode"),
    ("reader", 0, b'{"CardReaderCfg": {"defaultVerifyMode": "card"}}', {"auth_ways": "card"},
     "auth_ways", "it is not a list"),
    ("reader", 0, b'{"CardReaderCfg": {"defaultVerifyMode": "card"}}', {"auth_ways": []},
     "auth_ways", "no verify mode is exactly nothing"),
    ("reader", 0, b'{"CardReaderCfg": {"defaultVerifyMode": "card"}}', {"auth_ways": ["iris"]},
     "auth_ways", "no verify mode is exactly iris"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "number", "body", "wanted", "field", "why"), UNSETTABLE)
def test_a_value_without_a_place_is_refused_unsent(
    resource: str,
    number: int,
    body: bytes,
    wanted: dict[str, FieldValue | Secret],
    field: str,
    why: str,
) -> None:
    """The field is named, the reason said, and a secret is in neither."""
    with pytest.raises(Unsettable, match=why) as refused:
        place(resource, number).edit(body, wanted)
    assert refused.value.field == field


def test_a_reader_keeps_what_nobody_knows() -> None:
    """Unknown keys, their order and their Chinese stay."""
    body = (
        '{"CardReaderCfg": {"enable": true, "defaultVerifyMode": "card", "名": [1, {"x": null}]}}'
    )
    made = place("reader").edit(body.encode(), {"auth_ways": ["face", "card"]})

    assert made.decode() == body.replace('"card"', '"cardOrFace"')
    assert list(json.loads(made)["CardReaderCfg"]) == ["enable", "defaultVerifyMode", "名"]


def test_every_resource_of_every_kind_has_a_place_with_its_fields() -> None:
    """No field of a resource is without a node, and no place without its path."""
    for kind, resources in RESOURCES.items():
        for resource in resources:
            for there in places(resource.name, "admin"):
                assert set(there.nodes) == {f.name for f in resource.fields}, (kind, resource.name)
                assert there.path.startswith("/ISAPI/")
