"""Documents: an edit changes what it means to change, and nodes nobody knows stay."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fleet.simulator.isapi import tables
from fleet.simulator.isapi.factory import factory_documents
from fleet.simulator.isapi.pages import Page
from fleet.simulator.isapi.words import BadContent
from fleet.simulator.isapi.xml import Xml
from fleet.simulator.spec import Kind, Personality
from tests.simulator.kit import spec_of

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,10}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
KINDS: list[Kind] = ["camera", "door", "recorder"]
FIRMWARE: list[Personality] = ["a", "b"]
PAGES: list[tuple[Kind, Personality, str]] = [
    (kind, firmware, path)
    for kind in KINDS
    for firmware in FIRMWARE
    for path in tables.pages(spec_of(kind, firmware))
]


def page_of(kind: Kind, firmware: Personality, path: str) -> tuple[Page, str]:
    """A page and its document as it left the factory."""
    spec = spec_of(kind, firmware)
    return tables.pages(spec)[path], factory_documents(spec)[path]


@given(
    unknown=st.lists(st.tuples(NAMES, TEXTS), max_size=6),
    name=st.text(st.sampled_from("东门 east<&>\"'"), max_size=32).map(str.strip),
)
@settings(max_examples=60, deadline=None)
def test_an_edit_keeps_every_unknown_node(unknown: list[tuple[str, str]], name: str) -> None:
    """Put any unknown nodes into a document, change the name by hand: only the name changed."""
    page, stored = page_of("camera", "a", tables.CHANNEL)
    extra = "".join(f"<x{n}>{escape(t)}</x{n}>" for n, t in unknown)
    document = stored.replace("</VideoInputChannel>", f"{extra}</VideoInputChannel>")
    before = _flat(document)

    after = _flat(page.change(document, "channel_name", name))

    assert after.pop("name") == [name]
    before.pop("name")
    assert after == before


@given(unknown=st.lists(st.tuples(NAMES, TEXTS), max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_arrives_is_stored_with_its_unknown_nodes(unknown: list[tuple[str, str]]) -> None:
    """A PUT replaces the document: whatever well-formed nodes it has are there afterwards."""
    page, stored = page_of("recorder", "b", tables.SERVICE)
    extra = "".join(f"<x{n}>{escape(t)}</x{n}>" for n, t in unknown)
    arriving = stored.replace("</GB28181Service>", f"{extra}</GB28181Service>")

    kept, secrets = page.accept(stored, arriving.encode())

    assert _flat(kept) == _flat(arriving)
    assert secrets == {}


@pytest.mark.parametrize(("kind", "firmware", "path"), PAGES)
def test_a_factory_document_is_one_that_the_page_takes(
    kind: Kind, firmware: Personality, path: str
) -> None:
    """Reading a document and putting it back as it is changes nothing and carries no secret."""
    page, stored = page_of(kind, firmware, path)

    kept, secrets = page.accept(stored, stored.encode())

    assert page.read(kept) == page.read(stored)
    assert secrets == {}


@pytest.mark.parametrize(("kind", "firmware", "path"), PAGES)
def test_no_factory_document_shows_a_secret(kind: Kind, firmware: Personality, path: str) -> None:
    """There is no password node, not even a masked one."""
    _, stored = page_of(kind, firmware, path)
    assert "password" not in stored.lower()


XML_PAGES = [p for p in PAGES if p[2] != tables.READER]


@pytest.mark.parametrize(("kind", "firmware", "path"), XML_PAGES)
def test_a_foreign_namespace_or_root_is_refused(
    kind: Kind, firmware: Personality, path: str
) -> None:
    """Firmware takes only its own documents, so that a lost namespace cannot go unseen."""
    page, stored = page_of(kind, firmware, path)
    root = Xml(stored).name
    space = Xml(stored).namespace

    for foreign in (
        stored.replace(space, "http://example.org/other"),
        stored.replace(f' xmlns="{space}"', ""),
        stored.replace(f"<{root} ", "<Other ").replace(f"</{root}>", "</Other>"),
    ):
        with pytest.raises(BadContent) as refused:
            page.accept(stored, foreign.encode())
        assert refused.value.sub == "badXmlContent"


@pytest.mark.parametrize(("kind", "firmware", "path"), XML_PAGES)
@pytest.mark.parametrize("cut", [1, 40, -10])
def test_half_a_document_is_refused(kind: Kind, firmware: Personality, path: str, cut: int) -> None:
    """A truncated body is badXmlFormat and nothing is kept."""
    page, stored = page_of(kind, firmware, path)
    with pytest.raises(BadContent) as refused:
        page.accept(stored, stored.encode()[:cut])
    assert refused.value.sub == "badXmlFormat"


@pytest.mark.parametrize(("kind", "firmware", "path"), XML_PAGES)
def test_a_known_node_that_is_missing_refuses_all(
    kind: Kind, firmware: Personality, path: str
) -> None:
    """Take each known node away in turn: the whole document is refused."""
    page, stored = page_of(kind, firmware, path)
    nodes = getattr(page, "fields", ())
    for node in nodes:
        xml = Xml(stored)
        assert xml.take(node.path) is not None
        with pytest.raises(BadContent) as refused:
            page.accept(stored, xml.text().encode())
        assert refused.value.node == node.path.rpartition("/")[2]


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE a [<!ENTITY e "x">]><VideoInputChannel/>',
        b"<VideoInputChannel>&e;</VideoInputChannel>",
        b"\xff\xfe<a/>",
        b"",
        b"no xml",
        b"<a>" * 400,
    ],
)
def test_hostile_documents_are_refused(hostile: bytes) -> None:
    """No entities, no DTDs, no nonsense: BadContent and nothing else."""
    page, stored = page_of("camera", "a", tables.CHANNEL)
    with pytest.raises(BadContent):
        page.accept(stored, hostile)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_taken_or_refused(body: bytes) -> None:
    """Whatever arrives, the answer is a document or BadContent."""
    for kind, path in (("camera", tables.CHANNEL), ("door", tables.READER)):
        page, stored = page_of(kind, "a", path)  # type: ignore[arg-type]  # literals
        with pytest.raises(BadContent):
            page.accept(stored, body)


def test_the_same_node_twice_is_refused() -> None:
    """Nobody can say which one would be in force."""
    page, stored = page_of("camera", "a", tables.CHANNEL)
    twice = stored.replace("<name>", "<name>x</name><name>")
    with pytest.raises(BadContent, match="name twice"):
        page.accept(stored, twice.encode())


@pytest.mark.parametrize("firmware", FIRMWARE)
def test_a_secret_is_taken_out_of_what_is_stored(firmware: Personality) -> None:
    """The SIP password arrives in the document and stays out of it."""
    path = tables.SIP if firmware == "a" else tables.SERVICE
    page, stored = page_of("recorder", firmware, path)
    tag = "authID" if firmware == "a" else "deviceID"
    arriving = stored.replace(f"</{tag}>", f"</{tag}><password>s3cret-Pass</password>")

    kept, secrets = page.accept(stored, arriving.encode())

    assert secrets == {"gb_password": "s3cret-Pass"}
    assert "s3cret" not in kept
    assert "password" not in kept


def test_a_mask_is_taken_for_a_password() -> None:
    """As on real devices: who sends the mask back has set it as the password."""
    page, stored = page_of("camera", "a", tables.USER)
    arriving = stored.replace("</userName>", "</userName><password>******</password>")
    assert page.accept(stored, arriving.encode())[1] == {"admin_password": "******"}


@pytest.mark.parametrize("node", ["id", "userName"])
def test_a_user_cannot_become_another(node: str) -> None:
    """The page of user 1 stays that user's."""
    page, stored = page_of("camera", "a", tables.USER)
    xml = Xml(stored)
    xml.set(node, "other")
    with pytest.raises(BadContent, match="cannot be changed"):
        page.accept(stored, xml.text().encode())


@pytest.mark.parametrize("firmware", FIRMWARE)
@pytest.mark.parametrize(
    ("ids", "why"),
    [
        (["34070501011327000001"] * 2, "an id twice"),
        (["3407050101132700000"], "20 digits"),
        (["3407050101132700000x"], "20 digits"),
        (["３４０７０５０１０１１３２７０００００１"], "20 digits"),
    ],
)
def test_channel_ids_are_judged(firmware: Personality, ids: list[str], why: str) -> None:
    """Doubles and what is no id of 20 ASCII digits are refused."""
    path = tables.SIP_INFO if firmware == "a" else tables.SERVICE_CHANNELS
    page, stored = page_of("recorder", firmware, path)
    with pytest.raises(ValueError, match=why):
        page.change(stored, "gb_channel_ids", ids)


@pytest.mark.parametrize("firmware", FIRMWARE)
def test_rows_without_an_id_are_unassigned(firmware: Personality) -> None:
    """Fewer ids than rows leave rows empty; the list holds only the ids given, in order."""
    path = tables.SIP_INFO if firmware == "a" else tables.SERVICE_CHANNELS
    page, stored = page_of("recorder", firmware, path)
    wanted = ["34070501011327000002", "34070501011327000001"]

    changed = page.change(stored, "gb_channel_ids", wanted)

    assert page.read(changed) == {"gb_channel_ids": wanted}
    with pytest.raises(ValueError, match="has 4 channels"):
        page.change(stored, "gb_channel_ids", [f"{n:020}" for n in range(1, 6)])


@pytest.mark.parametrize(
    ("server", "node"), [("127.0.0.9", "ipAddress"), ("ntp.example.org", "hostName")]
)
def test_a_time_server_stands_in_its_own_node(server: str, node: str) -> None:
    """Addresses and names have a node each, and only one of them is there."""
    page, stored = page_of("door", "b", tables.NTP)

    changed = page.change(stored, "ntp_server", server)

    assert page.read(changed) == {"ntp_server": server, "ntp_port": 123}
    assert Xml(changed).get(node) == server
    other = {"ipAddress": "hostName", "hostName": "ipAddress"}[node]
    assert Xml(changed).get(other) is None


def test_an_overlay_that_is_off_counts_as_empty() -> None:
    """What is not on the picture is not there, whatever stands in the document."""
    page, stored = page_of("camera", "b", tables.OVERLAY)
    shown = page.change(stored, "osd_text", "东门 01")
    assert page.read(shown) == {"osd_text": "东门 01"}
    hidden = shown.replace("<enabled>true", "<enabled>false")
    assert page.read(hidden) == {"osd_text": ""}


@pytest.mark.parametrize(
    ("body", "sub"),
    [
        (b"{", "badJsonFormat"),
        (b"\xff", "badJsonFormat"),
        (b"[]", "badJsonContent"),
        (b'{"CardReaderCfg": 5}', "badJsonContent"),
        (b'{"CardReaderCfg": {"enable": true}}', "badJsonContent"),
        (b'{"CardReaderCfg": {"enable": 1, "defaultVerifyMode": "card"}}', "badJsonContent"),
        (b'{"CardReaderCfg": {"enable": true, "defaultVerifyMode": "nose"}}', "badParameters"),
    ],
)
def test_a_reader_judges_its_json(body: bytes, sub: str) -> None:
    """Each kind of mistake has its subStatusCode."""
    page, stored = page_of("door", "a", tables.READER)
    with pytest.raises(BadContent) as refused:
        page.accept(stored, body)
    assert refused.value.sub == sub


def _flat(document: str) -> dict[str, list[str | None]]:
    """Every node's text by name, in order."""
    found: dict[str, list[str | None]] = {}
    for node in etree.fromstring(document.encode()).iter(tag=etree.Element):
        name = etree.QName(node).localname
        text = node.text if len(node) == 0 else None
        found.setdefault(name, []).append(text or None if name != "name" else (text or ""))
    return found
