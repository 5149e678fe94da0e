"""Documents in place, on the hard cases, and any bytes at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleet.drivers.isapi.document import BadDocument, Document, NoNode, new_document
from fleet.drivers.isapi.places import Place, Unsettable
from fleet.drivers.isapi.status import (
    is_absent,
    is_activated,
    login_state,
    response_status,
)
from fleet.drivers.isapi.tables import RESOURCES, places
from tests.drivers import golden

EVERY_PLACE = [
    place
    for name in sorted({r.name for resources in RESOURCES.values() for r in resources})
    for place in places(name, "admin")
]
SAMPLES = [
    body
    for personality in ("a", "b")
    for documents in (
        golden.camera(personality),
        golden.reader(personality),
        golden.recorder(personality),
    )
    for body in documents.values()
]


def whole(body: bytes) -> bytes:
    """The document as it goes back when nothing is set."""
    return Document(body).without_secrets()


@pytest.mark.parametrize(
    "body", [b for b in SAMPLES if b"******</password" not in b and b[:1] == b"<"]
)
def test_a_document_that_is_not_touched_goes_back_byte_for_byte(body: bytes) -> None:
    """Goal: reading and writing are inverse on everything that devices were seen to send."""
    assert whole(body) == body


ODDITIES = {
    "a prefix": b'<x:T xmlns:x="urn:a"><x:n>1</x:n></x:T>',
    "two namespaces": b'<T xmlns="urn:a"><n>1</n><o xmlns="urn:b" k="v">2</o></T>',
    "no namespace": b"<T><n>1</n></T>",
    "comments around": b"<!--before--><T><n>1</n><!--in--></T><!--after-->",
    "an instruction": b"<T><?vendor do?><n>1</n></T>",
    "CDATA": b"<T><n>1</n><c><![CDATA[<&>]]></c></T>",
    "mixed text": b"<T>a<n>1</n>b<o/>c</T>",
    "Chinese names": '<T><n>1</n><节点 属="值">文</节点></T>'.encode(),
}


@pytest.mark.parametrize("case", ODDITIES)
def test_setting_one_node_leaves_the_rest_alone(case: str) -> None:
    """Goal: prefixes, foreign namespaces, comments, CDATA and mixed text survive."""
    document = Document(ODDITIES[case])

    document.set("n", "2")

    expected = ODDITIES[case].replace(b"n>1<", b"n>2<")
    assert document.without_secrets() == golden.HEAD.encode() + expected.replace(
        b"--><T>", b"-->\n<T>"
    ).replace(b"</T><!--", b"</T>\n<!--") or document.without_secrets() == (
        golden.HEAD.encode() + expected
    )


def test_every_password_goes_and_the_text_around_it_stays() -> None:
    """Goal: masked or not, at any depth, first or last child; tails are kept."""
    body = b"<T>x<password>***</password>y<a><adminPassword>p</adminPassword></a>z<b/></T>"

    assert whole(body) == golden.HEAD.encode() + b"<T>xy<a/>z<b/></T>"


def test_only_the_named_password_is_kept() -> None:
    """Goal: setting one password does not send another one back."""
    document = Document(b"<T><a><password>***</password></a><password>***</password></T>")
    document.put("a/password", "new")

    assert document.without_secrets(frozenset({"a/password"})) == (
        golden.HEAD.encode() + b"<T><a><password>new</password></a></T>"
    )


def test_a_node_that_is_made_has_the_namespace_of_its_neighbours() -> None:
    """Goal: no empty namespace and no new prefix, in default and prefixed documents."""
    plain = Document(b'<T xmlns="urn:a"><n>1</n></T>')
    prefixed = Document(b'<x:T xmlns:x="urn:a"><x:n>1</x:n></x:T>')

    for document in (plain, prefixed):
        document.put("m", "2", after=("n",))

    assert plain.without_secrets().endswith(b'<T xmlns="urn:a"><n>1</n><m>2</m></T>')
    assert prefixed.without_secrets().endswith(b"<x:n>1</x:n><x:m>2</x:m></x:T>")


def test_a_new_document_is_like_the_device_s_own() -> None:
    """Goal: namespace and version come from a document that the device sent."""
    fresh = new_document("User", Document(golden.device_info("b")))

    assert fresh.name == "User"
    assert golden.NAMESPACE["b"].encode() in fresh.without_secrets()
    assert b'version="2.0"' in fresh.without_secrets()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.set("missing", "1"),
        lambda d: d.put("missing/inner", "1"),
        lambda d: d.rename("missing", "other"),
        lambda d: d.set_rows("missing", "row", "cell", "id", ["1"]),
        lambda d: d.set_rows("table", "row", "none", "id", ["1"]),
    ],
)
def test_a_node_that_is_not_there_is_named(change: object) -> None:
    """Goal: the error tells which node."""
    document = Document(b"<T><n>1</n><table><row><id>1</id></row></table></T>")

    with pytest.raises(NoNode, match="there is no node"):
        change(document)  # type: ignore[operator]  # one of the lambdas above


def test_rows_are_found_under_the_root_or_as_the_root() -> None:
    """Goal: firmware that leaves the wrapper away is read too."""
    inner = (
        "<VideoInputList><VideoInput><videoInputID>1</videoInputID></VideoInput></VideoInputList>"
    )

    for body in (inner, f"<SIPInfo>{inner}</SIPInfo>"):
        found = Document(body.encode()).rows("VideoInputList", "VideoInput", "videoInputID")
        assert found == ["1"]


def mutated() -> st.SearchStrategy[bytes]:
    """Real documents with bytes cut, put in, repeated or replaced."""
    return st.builds(
        lambda body, at, cut, extra: body[: at % len(body)] + extra + body[at % len(body) + cut :],
        st.sampled_from(SAMPLES),
        st.integers(0, 2000),
        st.integers(0, 60),
        st.binary(max_size=8)
        | st.sampled_from([b"<", b"</", b"&", b"]]>", b"<!--", b"\x00", b">"]),
    )


HOSTILE = st.binary(max_size=300) | mutated() | st.text(max_size=100).map(str.encode)


@pytest.mark.property
@pytest.mark.parametrize("place", EVERY_PLACE, ids=lambda p: p.path)
@given(body=HOSTILE)
@example(body=b"<" + b"a" * 1000)
@example(body=b"\xef\xbb\xbf")
@example(body=b"<T>" * 5000)
def test_any_bytes_are_values_or_a_bad_document(place: Place, body: bytes) -> None:
    """Goal: reading raises BadDocument and nothing else, and gives canonical types."""
    try:
        fields = place.read(body)
    except BadDocument as error:
        assert str(error)
    else:
        assert set(fields) <= set(place.nodes)
        json.dumps(fields)


@pytest.mark.property
@given(body=HOSTILE)
def test_any_bytes_can_be_refused_by_an_edit(body: bytes) -> None:
    """Goal: editing raises what the port names, whatever the device sent."""
    for place in EVERY_PLACE:
        for field, value in (("time_zone", "UTC+08:00"), ("ntp_server", "a.b"), ("osd_text", "x")):
            if field not in place.nodes:
                continue
            try:
                assert place.edit(body, {field: value})
            except (BadDocument, Unsettable) as error:
                assert str(error)


@pytest.mark.property
@given(status=st.sampled_from([200, 401, 403, 404, 500]), body=HOSTILE)
def test_any_bytes_are_a_status_or_a_bad_document(status: int, body: bytes) -> None:
    """Goal: the small documents are as robust as the big ones."""
    assert is_absent(status, body) in (True, False)
    for reading in (response_status, login_state, is_activated):
        try:
            reading(body)
        except BadDocument as error:
            assert str(error)


def test_a_table_emptied_to_nothing_could_never_be_filled_again() -> None:
    """Symptom: all rows were removed, and a row to copy from is what a new one needs."""
    document = Document(
        b"<list><row><id>1</id><cell>a</cell></row><row><id>2</id><cell>b</cell></row></list>"
    )

    document.set_rows("list", "row", "cell", "id", [])
    assert document.rows("list", "row", "cell") == [""]
    document.set_rows("list", "row", "cell", "id", ["x", "y"])

    assert document.rows("list", "row", "cell") == ["x", "y"]


def test_an_empty_table_stays_empty_without_values() -> None:
    """Goal: nothing to write into nothing is no fault."""
    document = Document(b"<list/>")

    document.set_rows("list", "row", "cell", "id", [])

    assert document.rows("list", "row", "cell") == []
