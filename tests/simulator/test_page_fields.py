"""Each field of each page: the words of the firmware it takes, and those it refuses and why."""

from __future__ import annotations

import json
import re

import pytest

from fleet.simulator.isapi import tables
from fleet.simulator.isapi.factory import factory_documents
from fleet.simulator.isapi.pages import Page
from fleet.simulator.isapi.words import BadContent
from fleet.simulator.spec import Kind, Personality
from fleet.simulator.values import Value
from tests.simulator.kit import spec_of

A, B = "34070500002000000001", "34070501011187000001"
SIP, SERVICE = tables.SIP, tables.SERVICE
# kind, firmware, page, node → the field it holds; words → canonical value
TAKEN: list[tuple[Kind, Personality, str, str, str, str, Value]] = [
    ("camera", "a", tables.TIME, "timeMode", "time_mode", "NTP", "ntp"),
    ("camera", "a", tables.TIME, "timeMode", "time_mode", "manual", "manual"),
    ("camera", "b", tables.TIME, "timeMode", "time_mode", "platform", "platform"),
    ("camera", "a", tables.TIME, "timeZone", "time_zone", "CST-8:00:00", "UTC+08:00"),
    ("camera", "a", tables.TIME, "timeZone", "time_zone", "NST+3:30:00", "UTC-03:30"),
    # POSIX reverses the sign: whoever writes the canonical word gets the other side of the earth.
    ("camera", "b", tables.TIME, "timeZone", "time_zone", "UTC+08:00", "UTC-08:00"),
    ("door", "b", tables.TIME, "timeZone", "time_zone", "GMT0", "UTC+00:00"),
    ("door", "b", tables.TIME, "timeZone", "time_zone", "GMT+0:00:00", "UTC+00:00"),
    ("door", "a", tables.TIME, "timeZone", "time_zone", "IST-5:30", "UTC+05:30"),
    ("camera", "a", tables.NTP, "hostName", "ntp_server", "ntp.example", "ntp.example"),
    ("camera", "a", tables.NTP, "portNo", "ntp_port", "1", 1),
    ("camera", "b", tables.NTP, "portNo", "ntp_port", "65535", 65535),
    ("camera", "a", tables.CHANNEL, "name", "channel_name", "东门", "东门"),
    ("camera", "a", tables.CHANNEL, "name", "channel_name", "", ""),
    ("camera", "b", tables.CHANNEL, "name", "channel_name", "长" * 32, "长" * 32),
    ("camera", "b", tables.CHANNEL, "name", "channel_name", "  a b ", "a b"),
    ("camera", "a", tables.CLOUD, "enabled", "cloud_enabled", "false", False),
    ("camera", "a", tables.CLOUD, "enabled", "cloud_enabled", "0", False),
    ("recorder", "b", tables.CLOUD, "enabled", "cloud_enabled", "1", True),
    ("camera", "a", tables.BARRIER, "openDuration", "barrier_open_s", "1", 1),
    ("camera", "a", tables.BARRIER, "openDuration", "barrier_open_s", "60", 60),
    ("camera", "a", tables.BARRIER, "mode", "barrier_mode", "auto", "auto"),
    ("camera", "b", tables.BARRIER, "mode", "barrier_mode", "keepOpen", "keep_open"),
    ("camera", "b", tables.BARRIER, "mode", "barrier_mode", "keepClosed", "keep_closed"),
    ("door", "a", tables.DOOR, "openDuration", "open_duration_s", "1", 1),
    ("door", "b", tables.DOOR, "openDuration", "open_duration_s", "255", 255),
    ("recorder", "a", SIP, "registrar", "gb_server_address", "127.0.0.1", "127.0.0.1"),
    ("recorder", "a", SIP, "registrarPort", "gb_server_port", "15060", 15060),
    ("recorder", "a", SIP, "serverId", "gb_server_id", A, A),
    ("recorder", "a", SIP, "serverDomain", "gb_server_domain", "3407050000", "3407050000"),
    ("recorder", "a", SIP, "authID", "gb_device_id", B, B),
    ("recorder", "a", SIP, "expires", "gb_expires_s", "60", 60),
    ("recorder", "a", SIP, "expires", "gb_expires_s", "604800", 604800),
    ("recorder", "a", SIP, "heartbeatTime", "gb_keepalive_s", "1", 1),
    ("recorder", "a", SIP, "heartbeatTime", "gb_keepalive_s", "3600", 3600),
    ("recorder", "a", SIP, "heartbeatCount", "gb_keepalive_count", "255", 255),
    ("recorder", "b", SERVICE, "enabled", "gb_enabled", "true", True),
    ("recorder", "b", SERVICE, "serverAddress", "gb_server_address", "127.0.0.1", "127.0.0.1"),
    ("recorder", "b", SERVICE, "serverPort", "gb_server_port", "65535", 65535),
    ("recorder", "b", SERVICE, "serverID", "gb_server_id", A, A),
    ("recorder", "b", SERVICE, "serverDomain", "gb_server_domain", "a.spvmn.cn", "a.spvmn.cn"),
    ("recorder", "b", SERVICE, "deviceID", "gb_device_id", B, B),
    ("recorder", "b", SERVICE, "registerExpires", "gb_expires_s", "86400", 86400),
    ("recorder", "b", SERVICE, "keepaliveInterval", "gb_keepalive_s", "30", 30),
    ("recorder", "b", SERVICE, "keepaliveTimes", "gb_keepalive_count", "1", 1),
]
# kind, firmware, page, node, words → the message after the node's name
REFUSED: list[tuple[Kind, Personality, str, str, str, str]] = [
    ("camera", "a", tables.TIME, "timeMode", "ntp", "'ntp' is none of NTP, manual, platform"),
    ("camera", "b", tables.TIME, "timeMode", "", "'' is none of NTP, manual, platform"),
    ("camera", "a", tables.TIME, "timeZone", "CST-15:00:00", ""),
    ("camera", "a", tables.TIME, "timeZone", "CST-8:60:00", ""),
    ("door", "b", tables.TIME, "timeZone", "C-8", ""),
    ("camera", "a", tables.NTP, "hostName", "a b", "'a b' has not the form that is asked for"),
    ("camera", "a", tables.NTP, "hostName", "", "'' has not the form that is asked for"),
    ("camera", "a", tables.NTP, "hostName", "a" * 65, "longer than 64 characters"),
    ("camera", "a", tables.NTP, "portNo", "0", "0 is not within 1..65535"),
    ("camera", "b", tables.NTP, "portNo", "65536", "65536 is not within 1..65535"),
    ("camera", "b", tables.NTP, "portNo", "12x", "'12x' is no whole number"),
    ("camera", "b", tables.NTP, "portNo", "-1", "-1 is not within 1..65535"),
    ("camera", "a", tables.CHANNEL, "name", "长" * 33, "longer than 32 characters"),
    ("camera", "a", tables.CLOUD, "enabled", "off", "'off' is neither true nor false"),
    ("recorder", "b", tables.CLOUD, "enabled", "TRUE", "'TRUE' is neither true nor false"),
    ("camera", "a", tables.BARRIER, "openDuration", "0", "0 is not within 1..60"),
    ("camera", "a", tables.BARRIER, "openDuration", "61", "61 is not within 1..60"),
    ("camera", "b", tables.BARRIER, "mode", "keep_open",
     "'keep_open' is none of auto, keepOpen, keepClosed"),
    ("door", "a", tables.DOOR, "openDuration", "256", "256 is not within 1..255"),
    ("door", "b", tables.DOOR, "openDuration", "3.5", "'3.5' is no whole number"),
    ("recorder", "a", SIP, "registrar", "host.example",
     "'host.example' has not the form that is asked for"),
    ("recorder", "a", SIP, "registrar", "1234.1.1.10000", ""),
    ("recorder", "a", SIP, "registrarPort", "0", "0 is not within 1..65535"),
    ("recorder", "a", SIP, "serverId", A[:-1], ""),
    ("recorder", "a", SIP, "serverId", A + "1", "longer than 20 characters"),
    ("recorder", "a", SIP, "serverId", "x" * 20, ""),
    ("recorder", "a", SIP, "serverDomain", "", "'' has not the form that is asked for"),
    ("recorder", "a", SIP, "authID", "", "'' has not the form that is asked for"),
    ("recorder", "a", SIP, "expires", "59", "59 is not within 60..604800"),
    ("recorder", "a", SIP, "expires", "604801", "604801 is not within 60..604800"),
    ("recorder", "a", SIP, "heartbeatTime", "0", "0 is not within 1..3600"),
    ("recorder", "a", SIP, "heartbeatCount", "256", "256 is not within 1..255"),
    ("recorder", "b", SERVICE, "enabled", "yes", "'yes' is neither true nor false"),
    ("recorder", "b", SERVICE, "serverPort", "９", "'９' is no whole number"),
    ("recorder", "b", SERVICE, "serverID", "３" * 20, ""),
    ("recorder", "b", SERVICE, "registerExpires", "1e3", "'1e3' is no whole number"),
    ("recorder", "b", SERVICE, "keepaliveInterval", "3601", "3601 is not within 1..3600"),
    ("recorder", "b", SERVICE, "keepaliveTimes", "0", "0 is not within 1..255"),
]  # fmt: skip


def page_of(kind: Kind, firmware: Personality, path: str) -> tuple[Page, str]:
    """A page and its document as it left the factory."""
    spec = spec_of(kind, firmware)
    return tables.pages(spec)[path], factory_documents(spec)[path]


def with_node(document: str, node: str, words: str) -> bytes:
    """The document with another text in the first node of that name."""
    old = re.compile(f"<{node}>[^<]*</{node}>")
    changed, count = old.subn(f"<{node}>{words}</{node}>", document, count=1)
    assert count == 1, (node, document)
    return changed.encode()


@pytest.mark.parametrize("case", TAKEN, ids=lambda c: f"{c[0]}-{c[1]}-{c[3]}-{c[5][:12]}")
def test_words_that_are_taken(
    case: tuple[Kind, Personality, str, str, str, str, Value],
) -> None:
    """The document is stored, its field reads as the canonical value, the others as before."""
    kind, firmware, path, node, field, words, value = case
    page, stored = page_of(kind, firmware, path)

    kept, secrets = page.accept(stored, with_node(stored, node, words))

    assert page.read(kept) == page.read(stored) | {field: value}
    assert secrets == {}


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: f"{c[0]}-{c[1]}-{c[3]}-{c[4][:12]}")
def test_words_that_are_refused(case: tuple[Kind, Personality, str, str, str, str]) -> None:
    """badParameters with the culprit's node and why; nothing else of the document matters."""
    kind, firmware, path, node, words, why = case
    page, stored = page_of(kind, firmware, path)

    with pytest.raises(BadContent) as raised:
        page.accept(stored, with_node(stored, node, words))

    assert (raised.value.sub, raised.value.node) == ("badParameters", node)
    assert raised.value.message.startswith(f"{node}: ")
    if why:
        assert raised.value.message == f"{node}: {why}"


@pytest.mark.parametrize(
    ("words", "on"), [("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_the_uplinks_switch_of_the_older_firmware(words: str, on: bool) -> None:
    """`enabled` stands twice in SIPServer: the one in GB28181 is the uplink's."""
    page, stored = page_of("recorder", "a", SIP)
    head, middle, tail = stored.partition("<GB28181>\n<enabled>false</enabled>")
    assert middle

    kept, _ = page.accept(stored, f"{head}<GB28181>\n<enabled>{words}</enabled>{tail}".encode())

    assert page.read(kept)["gb_enabled"] is on
    outer, _ = page.accept(stored, with_node(stored, "enabled", "true"))
    assert page.read(outer)["gb_enabled"] is False


@pytest.mark.parametrize(
    ("kind", "form", "node", "value", "why"),
    [
        ("ipaddress", "ipaddress", "ipAddress", "127.0.0.5", None),
        ("hostname", "hostname", "hostName", "ntp.example", None),
        ("address missing", "ipaddress", "hostName", "ntp.example", "ipAddress is missing"),
        ("name missing", "hostname", "ipAddress", "127.0.0.5", "hostName is missing"),
        ("a name as address", "ipaddress", "ipAddress", "ntp.example", "ipAddress: 'ntp.example'"),
        ("unknown form", "ipv6", "ipAddress", "::1", "addressingFormatType 'ipv6'"),
        ("no form", "", "ipAddress", "127.0.0.5", "addressingFormatType ''"),
    ],
)
def test_a_time_server_by_name_or_address(
    kind: str, form: str, node: str, value: str, why: str | None
) -> None:
    """The form says in which node the server stands; the other node does not count."""
    page, stored = page_of("camera", "a", tables.NTP)
    body = with_node(stored, "addressingFormatType", form).decode()
    body = re.sub("<hostName>[^<]*</hostName>", f"<{node}>{value}</{node}>", body)

    if why is None:
        assert page.read(page.accept(stored, body.encode())[0])["ntp_server"] == value
    else:
        with pytest.raises(BadContent) as raised:
            page.accept(stored, body.encode())
        assert raised.value.message.startswith(why), kind


@pytest.mark.parametrize(
    ("enabled", "told", "read"),
    [
        ("true", "东门", "东门"),
        ("1", "东门", "东门"),
        ("false", "东门", ""),
        ("0", "东门", ""),
        ("true", "", ""),
        ("false", "", ""),
    ],
)
def test_what_is_on_the_picture(enabled: str, told: str, read: str) -> None:
    """A text that is switched off is not on the picture."""
    page, stored = page_of("camera", "b", tables.OVERLAY)
    body = with_node(stored, "enabled", enabled).decode()

    kept, _ = page.accept(stored, with_node(body, "displayText", told))

    assert page.read(kept) == {"osd_text": read}


MODES = [
    ("card", ["card"]),
    ("cardOrPw", ["card", "password"]),
    ("cardOrFace", ["card", "face"]),
    ("cardOrFaceOrPw", ["card", "face", "password"]),
    ("faceOrFpOrCardOrPw", ["card", "face", "fingerprint", "password"]),
    ("face", ["face"]),
    ("fp", ["fingerprint"]),
    ("faceAndCard", ["card+face"]),
    ("faceAndFp", ["face+fingerprint"]),
    ("faceAndPw", ["face+password"]),
    ("cardAndPw", ["card+password"]),
]


@pytest.mark.parametrize("firmware", ["a", "b"])
@pytest.mark.parametrize(("mode", "ways"), MODES)
def test_every_verify_mode(firmware: Personality, mode: str, ways: list[str]) -> None:
    """Each mode of the firmware, read, written by hand and read again."""
    page, stored = page_of("door", firmware, tables.READER)
    document = json.loads(stored)
    document["CardReaderCfg"]["defaultVerifyMode"] = mode

    kept, secrets = page.accept(stored, json.dumps(document).encode())
    by_hand = page.change(stored, "auth_ways", list(ways))

    assert page.read(kept) == {"auth_ways": ways}
    assert secrets == {}
    assert json.loads(by_hand) == document


@pytest.mark.parametrize(
    ("body", "sub", "message"),
    [
        (b"", "badJsonFormat", "not JSON"),
        (b"{", "badJsonFormat", "not JSON"),
        (b"\xff", "badJsonFormat", "not UTF-8"),
        (b"[" * 100_000, "badJsonFormat", "not JSON"),
        (b"[]", "badJsonContent", "no CardReaderCfg"),
        (b"null", "badJsonContent", "no CardReaderCfg"),
        (b'{"CardReaderCfg": []}', "badJsonContent", "no CardReaderCfg"),
        (b'{"CardReaderCfg": {}}', "badJsonContent", "defaultVerifyMode or enable is missing"),
        (b'{"CardReaderCfg": {"enable": true}}', "badJsonContent",
         "defaultVerifyMode or enable is missing"),
        (b'{"CardReaderCfg": {"enable": 1, "defaultVerifyMode": "card"}}', "badJsonContent",
         "defaultVerifyMode or enable is missing"),
        (b'{"CardReaderCfg": {"enable": true, "defaultVerifyMode": ["card"]}}', "badJsonContent",
         "defaultVerifyMode or enable is missing"),
        (b'{"CardReaderCfg": {"enable": true, "defaultVerifyMode": "knock"}}', "badParameters",
         "defaultVerifyMode: 'knock' is no verify mode of this firmware"),
    ],
)  # fmt: skip
def test_a_reader_that_is_refused(body: bytes, sub: str, message: str) -> None:
    """Each way a JSON document is not the reader's."""
    page, stored = page_of("door", "a", tables.READER)

    with pytest.raises(BadContent) as raised:
        page.accept(stored, body)

    assert (raised.value.sub, raised.value.message) == (sub, message)


def test_unknown_keys_of_a_reader_stay() -> None:
    """Firmware knows more than its readers: what arrives is kept as it comes."""
    page, stored = page_of("door", "b", tables.READER)
    document = json.loads(stored)
    document["CardReaderCfg"]["neu"] = {"tief": [1, "二"]}
    document["beside"] = None

    kept, _ = page.accept(stored, json.dumps(document, ensure_ascii=True).encode())

    assert json.loads(kept) == document
    assert "二" in kept
