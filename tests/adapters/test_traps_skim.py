"""The cheap look at notifications: right about what it sees, silent about what it cannot read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c

from fleet.adapters.traps_skim import (
    INFORM,
    TRAP,
    V2C,
    V3,
    WINDOW_S,
    Skim,
    Storm,
    Turns,
    Waiting,
    skim,
)

OID = "1.3.6.1.4.1.32473.28181.1.4.1"


def message(
    number: int = 1, uptime: int = 7, oid: str = OID, value: str = "x", inform: bool = False
) -> bytes:
    """A v2c notification by pysnmp's own encoder."""
    pdu = v2c.InformRequestPDU() if inform else v2c.SNMPv2TrapPDU()
    v2c.apiTrapPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, number)
    v2c.apiTrapPDU.set_varbinds(
        pdu,
        [
            ((1, 3, 6, 1, 2, 1, 1, 3, 0), rfc1902.TimeTicks(uptime)),
            ((1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0), rfc1902.ObjectIdentifier(oid)),
            ((1, 3, 6, 1, 2, 1, 1, 5, 0), rfc1902.OctetString(value.encode())),
        ],
    )
    made = v2c.Message()
    v2c.apiMessage.set_defaults(made)
    v2c.apiMessage.set_community(made, "compound-7")
    v2c.apiMessage.set_pdu(made, pdu)
    octets: bytes = encoder.encode(made)
    return octets


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**32 - 1), st.text(max_size=300), st.booleans())
def test_version_kind_and_community_of_any_message(
    number: int, uptime: int, value: str, inform: bool
) -> None:
    """Goal: what pysnmp encodes is seen as it is, also past 127 octets."""
    seen = skim(message(number, uptime, value=value, inform=inform))

    assert seen is not None
    assert (seen.version, seen.pdu, seen.who) == (V2C, INFORM if inform else TRAP, b"compound-7")
    assert value.encode() in seen.content
    assert seen.number == number


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**32 - 1))
def test_request_id_and_uptime_do_not_make_it_new(number: int, uptime: int) -> None:
    """Goal: the content is what the trap says, so that a repeat in a storm is recognised."""
    one, other = skim(message(number, uptime)), skim(message(1, 1))

    assert one is not None
    assert other is not None
    assert one.content == other.content
    different = skim(message(number, uptime, value="y"))
    assert different is not None
    assert different.content != one.content


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    """Goal: nothing raises, whatever arrives."""
    found = skim(octets)

    assert found is None or isinstance(found, Skim)


@given(st.data())
def test_a_damaged_message_never_raises(data: st.DataObject) -> None:
    """Goal: cut and flipped messages too."""
    whole = bytearray(message(value="z" * 150))
    cut = data.draw(st.integers(0, len(whole)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))

    for octets in (bytes(whole), bytes(whole[:cut])):
        assert skim(octets) is None or isinstance(skim(octets), Skim)


def test_a_v3_message_tells_engine_and_user_and_nothing_else() -> None:
    """Goal: RFC 3412 and 3414 headers, written out by hand."""
    engine, user = bytes.fromhex("8000000001020304"), b"guard"
    usm = tlv(0x30, tlv(4, engine) + tlv(2, b"\x01") + tlv(2, b"\x02") + tlv(4, user)
              + tlv(4, b"a" * 12) + tlv(4, b"p" * 8))  # fmt: skip
    header = tlv(0x30, tlv(2, b"\x05") + tlv(2, b"\x7f\xff") + tlv(4, b"\x03") + tlv(2, b"\x03"))
    octets = tlv(0x30, tlv(2, b"\x03") + header + tlv(4, usm) + tlv(4, b"hidden"))

    assert skim(octets) == Skim(V3, 0, engine, user=user, content=b"")


def tlv(tag: int, content: bytes) -> bytes:
    """Tag, short length, content."""
    return bytes([tag, len(content)]) + content


def seen_of(octets: bytes) -> Skim:
    """A skim that must be one."""
    found = skim(octets)
    assert found is not None
    return found


def test_a_storm_passes_the_new_and_counts_the_known() -> None:
    """Goal: of 3,000 equal traps one is decoded; another kind, another sender and every inform
    among them come through."""
    storm = Storm()
    same = [storm.known("s", seen_of(message(n, n)), n / 3000) for n in range(3000)]

    assert same.count(False) == 1
    assert not storm.known("s", seen_of(message(1, 1, value="other door")), 1.0)
    assert not storm.known("other", seen_of(message(1, 1)), 1.0)
    informs = [storm.known("s", seen_of(message(n, n, inform=True)), 1.0) for n in range(5)]
    assert informs == [False] * 5


def test_after_a_while_the_same_is_new_again() -> None:
    """Goal: a door forced again minutes later is not swallowed."""
    storm = Storm()
    trap = seen_of(message())

    assert not storm.known("s", trap, 0.0)
    assert storm.known("s", trap, WINDOW_S - 1)
    assert not storm.known("s", trap, WINDOW_S)
    assert not storm.known("s", trap, 5 * WINDOW_S)


def test_a_storm_of_different_ones_has_bounded_memory() -> None:
    """Goal: what is remembered of it is bounded."""
    storm = Storm()
    for n in range(120_000):
        storm.known("s", Skim(V2C, TRAP, b"c", content=n.to_bytes(4, "big")), 0.1)

    assert not storm.known("s", Skim(V2C, TRAP, b"c", content=b"new"), 0.2)
    assert len(storm._heard) <= 50_000


def waiting(source: str, number: int = 0, engine: bytes = b"") -> Waiting:
    """A datagram in the queue."""
    seen = Skim(V3, 0, engine) if engine else Skim(V2C, TRAP, b"c")
    return Waiting(number.to_bytes(4, "big"), (source, 1), 0, seen, 0.0)


def test_every_sender_has_its_turn() -> None:
    """Goal: one lone message behind a storm of another sender is the second to be decoded."""
    turns = Turns()
    for n in range(500):
        turns.put(waiting("loud", n))
    turns.put(waiting("quiet"))

    assert [w.source[0] for w in turns.take(3)] == ["loud", "quiet", "loud"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_the_queue_loses_nothing_it_took_and_keeps_each_senders_order(
    what: list[tuple[str, bool]],
) -> None:
    """Goal: taken = put, per sender first in first out, for any mixture of puts and takes."""
    turns = Turns(each=5, most=9)
    put: dict[str, list[int]] = {}
    got: dict[str, list[int]] = {}
    for n, (source, takes) in enumerate(what):
        if takes:
            for item in turns.take(2):
                got.setdefault(item.source[0], []).append(int.from_bytes(item.datagram, "big"))
        elif turns.put(waiting(source, n)):
            put.setdefault(source, []).append(n)
        assert len(turns) <= 9
    for item in turns.take(100):
        got.setdefault(item.source[0], []).append(int.from_bytes(item.datagram, "big"))

    assert put == got
    assert len(turns) == 0


def test_a_full_queue_refuses_the_loud_one_only() -> None:
    """Goal: the bound of one sender leaves room for the others; two engines are two senders."""
    turns = Turns(each=3, most=100)

    assert [turns.put(waiting("loud", n)) for n in range(5)] == [True] * 3 + [False] * 2
    assert turns.put(waiting("quiet"))
    assert turns.put(waiting("loud", 9, engine=b"engine"))
