"""What can be told of a notification without decoding it, cheaply enough for a storm.

Decoding one takes a third of a millisecond, so 3,000 a second are more than one core can do. A
skim takes a few microseconds: who sent it, and whether the very same was heard a moment ago but
for its request id and uptime. In a storm the known is only counted, and time is left for the new.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

V2C = 1
V3 = 3
TRAP = 0xA7
INFORM = 0xA6
_SEQUENCE = 0x30
_OCTETS = 0x04
WINDOW_S = 10.0
_KNOWN_MAX = 50_000


class Skim(NamedTuple):
    """`who` is the engine id (v3) or the community (v2c); `content` is empty where it is hidden.

    `number` is the request id of v2c, None where it is hidden.
    """

    version: int
    pdu: int
    who: bytes
    user: bytes = b""
    content: bytes = b""
    number: int | None = None


class _Odd(Exception):
    """No SNMP message, as far as looked at."""


def skim(datagram: bytes) -> Skim | None:
    """Look at the outside of a message (RFC 3416 in RFC 1901, or RFC 3412); None: it is none."""
    try:
        _, start, _ = _tlv(datagram, 0, _SEQUENCE)
        _, at, after = _tlv(datagram, start, 0x02)
        version = int.from_bytes(datagram[at:after], "big")
        if version == V3:
            return _skim_v3(datagram, after)
        _, at, after = _tlv(datagram, after, _OCTETS)
        pdu, inside, end = _tlv(datagram, after)
        if version != V2C or pdu not in (TRAP, INFORM):
            return Skim(version, pdu, datagram[at:after])
        _, first, last = _tlv(datagram, inside, 0x02)
        number = int.from_bytes(datagram[first:last], "big", signed=True)
        inside = last
        for _ in range(2):
            _, _, inside = _tlv(datagram, inside, 0x02)
        _, bindings, end = _tlv(datagram, inside, _SEQUENCE)
        _, _, second = _tlv(datagram, bindings, _SEQUENCE)
        return Skim(version, pdu, datagram[at:after], b"", datagram[second:end], number)
    except _Odd:
        return None


def _skim_v3(datagram: bytes, at: int) -> Skim:
    _, _, at = _tlv(datagram, at, _SEQUENCE)
    _, at, _ = _tlv(datagram, at, _OCTETS)
    _, at, _ = _tlv(datagram, at, _SEQUENCE)
    _, first, after = _tlv(datagram, at, _OCTETS)
    engine = datagram[first:after]
    for _ in range(2):
        _, _, after = _tlv(datagram, after, 0x02)
    _, first, after = _tlv(datagram, after, _OCTETS)
    return Skim(V3, 0, engine, user=datagram[first:after])


def _tlv(data: bytes, at: int, wanted: int | None = None) -> tuple[int, int, int]:
    """Tag, begin and end of the content at `at`."""
    if at + 2 > len(data):
        raise _Odd
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 4:
            raise _Odd
        length = int.from_bytes(data[start : start + octets], "big")
        start += octets
    if start + length > len(data) or (wanted is not None and tag != wanted):
        raise _Odd
    return tag, start, start + length


class Storm:
    """Tells v2c traps that were heard within the last seconds; bounded memory.

    Once in a window each is decoded again, so that what goes on is not taken for over. Never an
    inform: its sender repeats it until it is answered, and what is answered is stored.
    """

    def __init__(self) -> None:
        self._heard: set[tuple[str, bytes]] = set()
        self._turned = 0.0

    def known(self, source: str, seen: Skim, now: float) -> bool:
        """Whether it is a repeat that needs no decoding; `now` in seconds, never back."""
        if now - self._turned >= WINDOW_S or len(self._heard) >= _KNOWN_MAX:
            self._heard, self._turned = set(), now
        if seen.pdu != TRAP or not seen.content:
            return False
        key = (source, seen.content)
        if key in self._heard:
            return True
        self._heard.add(key)
        return False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A datagram that waits for its turn; `place` numbers the socket it came to."""

    datagram: bytes
    source: tuple[str, int]
    place: int
    seen: Skim
    at: float


class Turns:
    """A bounded queue in which every sender has its turn, so that one storm drowns nobody else."""

    def __init__(self, each: int = 2000, most: int = 20_000) -> None:
        self._each = each
        self._most = most
        self._by_sender: dict[tuple[str, bytes], deque[Waiting]] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def put(self, item: Waiting) -> bool:
        """Take one in; False: its sender has too many waiting already, or all together have."""
        key = (item.source[0], item.seen.who if item.seen.version == V3 else b"")
        queue = self._by_sender.get(key)
        if self._length >= self._most or (queue is not None and len(queue) >= self._each):
            return False
        if queue is None:
            queue = self._by_sender[key] = deque()
        queue.append(item)
        self._length += 1
        return True

    def take(self, most: int) -> list[Waiting]:
        """The next ones, one of each sender in turn."""
        found: list[Waiting] = []
        while self._by_sender and len(found) < most:
            key = next(iter(self._by_sender))
            queue = self._by_sender.pop(key)
            found.append(queue.popleft())
            self._length -= 1
            if queue:
                # Back to the end of the line.
                self._by_sender[key] = queue
        return found
