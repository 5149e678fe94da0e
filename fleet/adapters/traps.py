"""Receives SNMP notifications on our own addresses: v2c and v3, traps and informs.

An inform is stored before it is answered, a repeat is answered and stored once, nobody unknown and
no lost datagram is passed over in silence: both are counted, also what the kernel dropped because
we did not read in time (SO_RXQ_OVFL, socket(7)).
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fleet.adapters.atomic import private_folder, write_private
from fleet.adapters.traps_engine import Heard, TrapEngine, TrapUser
from fleet.adapters.traps_skim import V3, Skim, Storm, Turns, Waiting, skim
from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.ports.health_store import Trap

_SO_RXQ_OVFL = 40  # asm-generic/socket.h
_BUFFER = 4 * 1024 * 1024
_DATAGRAM_MAX = 65535
_READ_AT_ONCE = 500
_DECODE_AT_ONCE = 16
# RFC 3411, SnmpEngineID: enterprise 32473 (RFC 5612, documentation), format 5 (octets).
_ENGINE_PREFIX = "80007ed905"
_BOOTS_MAX = 2**31 - 2


class Ear(Protocol):
    """Who is told; `heard` must store durably or raise."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def heard(self, traps: list[Trap]) -> None:
        """Store them; informs among them are answered after the return."""
        ...

    def count(self, name: str, times: int) -> None:
        """Raise a counter."""
        ...

    def stranger(self, who: str, times: int) -> None:
        """A sender could not be understood."""
        ...


def engine_identity(folder: Path) -> tuple[str, int]:
    """Our engine id and this start's boots, kept in `folder/engine.json` (RFC 3414, 2.2.2).

    Boots that do not grow would let an old message be replayed, so they are durable before use,
    and a damaged file is not guessed at.

    Raises:
        StoreError: the file cannot be read or written, or is damaged.
    """
    file = folder / "engine.json"
    try:
        private_folder(folder)
        engine_id, boots = _kept(file)
        boots += 1
        write_private(file, json.dumps({"engine_id": engine_id, "boots": boots}).encode() + b"\n")
    except (OSError, ValueError) as error:
        raise StoreError(
            text(
                "our SNMP engine's identity {f} cannot be used: {e}",
                "本机 SNMP 引擎标识文件 {f} 不可用：{e}",
                f=file,
                e=error,
            ),
            text(
                "put it back from a backup; removed, it makes a new engine that senders must learn",
                "请从备份恢复；删除后将生成新引擎，各发送方需重新获知",
            ),
        ) from error
    return engine_id, boots


def _kept(file: Path) -> tuple[str, int]:
    """What the file says; a new engine where there is none, or where boots are at their end."""
    fresh = _ENGINE_PREFIX + secrets.token_hex(12), 0
    try:
        kept = json.loads(file.read_bytes())
        engine_id, boots = str(kept["engine_id"]), int(kept["boots"])
    except FileNotFoundError:
        return fresh
    except (KeyError, TypeError) as error:
        raise ValueError(f"no engine id and boots in it ({type(error).__name__})") from None
    bytes.fromhex(engine_id)
    return (engine_id, boots) if boots < _BOOTS_MAX else fresh


class TrapReceiver:
    """Binds `addresses` on `port` (0: a free one each); `run` decodes until it is cancelled."""

    def __init__(
        self,
        ear: Ear,
        identity: tuple[str, int],
        users: Sequence[TrapUser],
        community: str | None,
    ) -> None:
        self._ear = ear
        self._engine = TrapEngine(*identity, users, community, self._send)
        self._sockets: list[socket.socket] = []
        self._dropped: list[int] = []
        self._storm = Storm()
        self._turns = Turns()
        self._arrived = asyncio.Event()

    def open(self, addresses: Sequence[str], port: int) -> list[tuple[str, int]]:
        """Bind and listen; returns the places.

        Raises:
            OSError: an address cannot be bound; nothing stays bound.
        """
        loop = asyncio.get_running_loop()
        try:
            for number, address in enumerate(addresses):
                self._sockets.append(_bound(address, port))
                self._dropped.append(0)
                loop.add_reader(self._sockets[-1], self._read, number)
        except OSError:
            self.close()
            raise
        return [sock.getsockname() for sock in self._sockets]

    def close(self) -> None:
        """Stop listening."""
        loop = asyncio.get_running_loop()
        for sock in self._sockets:
            loop.remove_reader(sock)
            sock.close()
        self._sockets = []

    async def run(self) -> None:
        """Decode, store, answer; in this order, for ever.

        Raises:
            StoreError: what was heard cannot be stored; nothing was answered.
        """
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._turns:
                self._work(self._turns.take(_DECODE_AT_ONCE))
                # Reading comes first: the kernel's buffer is the smallest of all.
                await asyncio.sleep(0)

    def _work(self, items: Sequence[Waiting]) -> None:
        heard: list[Heard] = []
        for item in items:
            found = self._engine.feed(item)
            if isinstance(found, Heard):
                heard.append(found)
            elif found != "discovery":
                self._ear.count(found, 1)
                self._ear.stranger(_who(item.source[0], item.seen, found), 1)
        if heard:
            self._ear.heard([one.trap for one in heard])
        for one in heard:
            one.answer()

    def _read(self, number: int) -> None:
        """Empty the kernel's buffer; what needs no decoding ends here."""
        sock = self._sockets[number]
        now = self._ear.now()
        for _ in range(_READ_AT_ONCE):
            try:
                datagram, extra, _, source = sock.recvmsg(_DATAGRAM_MAX, socket.CMSG_SPACE(4))
            except BlockingIOError:
                break
            self._note_drops(number, extra)
            seen = skim(datagram)
            if seen is None:
                self._ear.count("malformed", 1)
                self._ear.stranger(f"{source[0]}: malformed", 1)
            elif self._storm.known(source[0], seen, now):
                self._ear.count("storm_repeats", 1)
            elif not self._turns.put(Waiting(datagram, source, number, seen, now)):
                self._ear.count("queue_drops", 1)
            else:
                self._arrived.set()

    def _note_drops(self, number: int, extra: list[tuple[int, int, bytes]]) -> None:
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
                (total,) = struct.unpack("=I", data[:4])
                more = (total - self._dropped[number]) & 0xFFFFFFFF
                self._dropped[number] = total
                if more:
                    self._ear.count("socket_drops", more)

    def _send(self, message: bytes, number: int, address: tuple[str, int]) -> None:
        try:
            self._sockets[number].sendto(message, address)
        except OSError:
            # The sender of an inform repeats it, and then it is a repeat like any other.
            self._ear.count("answers_unsent", 1)


def _bound(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        sock.setblocking(False)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _who(source: str, seen: Skim, why: str) -> str:
    """Somebody who was not understood; a community is a kind of password and is not shown."""
    if seen.version != V3:
        return f"{source}: {why}"
    user = seen.user.decode("ascii", "replace")[:32]
    printable = "".join(c if c.isprintable() else "\ufffd" for c in user)
    return f"{source} engine {seen.who[:32].hex() or '-'} user {printable or '-'}: {why}"


__all__ = ["Ear", "TrapReceiver", "TrapUser", "engine_identity"]
