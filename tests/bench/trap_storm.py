"""What a storm of notifications costs: `python -m tests.bench.trap_storm [RATE SECONDS]`.

One device repeats one v2c trap (with request id and uptime that change) so that RATE a second are
offered for SECONDS; among them, 20 a second say something new. The product's receiver, with its
durable store, and beside it a plain pysnmp NotificationReceiver that only counts, get the very same
datagrams, each in a process of its own. Printed: of what was new how much arrived and how much was
lost, where the loss was counted, and the processor time of each. The sender waits for nobody.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMUNITY = "storm"
NEWS_A_SECOND = 20
NEWS_OID = "1.3.6.1.4.1.32473.28181.1.9.1"
STORM_OID = "1.3.6.1.4.1.32473.28181.1.4.1"
SETTLE_S = 6.0


def tlv(tag: int, content: bytes) -> bytes:
    """One BER value."""
    size = len(content)
    head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + head + content


def number(value: int, tag: int = 0x02) -> bytes:
    """An INTEGER or one of its kin."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    parts = [int(p) for p in dotted.split(".")]
    out = bytearray([parts[0] * 40 + parts[1]])
    for part in parts[2:]:
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(part & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return tlv(0x06, bytes(out))


def trap(request: int, kind: str, value: int) -> bytes:
    """An SNMPv2-Trap-PDU in RFC 1901: uptime, trap OID and one number."""
    bindings = b"".join(
        tlv(0x30, oid(name) + content)
        for name, content in (
            ("1.3.6.1.2.1.1.3.0", number(request, 0x43)),
            ("1.3.6.1.6.3.1.1.4.1.0", oid(kind)),
            ("1.3.6.1.4.1.32473.1.1", number(value)),
        )
    )
    pdu = tlv(0xA7, number(request) + number(0) + number(0) + tlv(0x30, bindings))
    return tlv(0x30, number(1) + tlv(0x04, COMMUNITY.encode()) + pdu)


def send(place: tuple[str, int], rate: int, seconds: int) -> tuple[int, int]:
    """Offer the storm at an even pace; how many in all, and how many new ones."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(place)
    step, total = rate // NEWS_A_SECOND, rate * seconds
    begun, news = time.perf_counter(), 0
    for n in range(total):
        while (ahead := n / rate - (time.perf_counter() - begun)) > 0:
            time.sleep(min(ahead, 0.002))
        new = n % step == step // 2
        news += new
        sock.send(trap(n + 1, NEWS_OID, news) if new else trap(n + 1, STORM_OID, 7))
    sock.close()
    return total, news


async def ours(place: tuple[str, int], folder: Path) -> dict[str, int]:
    """The product's receiver over its store, until SIGTERM."""
    from fleet.adapters.health import SqlHealth
    from fleet.adapters.traps import TrapReceiver, engine_identity
    from fleet.ports.health_store import Trap

    store = SqlHealth.in_folder(folder)
    counts: dict[str, int] = {"news": 0}

    class Ear:
        """As the collector, without its book."""

        def now(self) -> float:
            return time.time()

        def heard(self, traps: list[Trap]) -> None:
            fresh = store.add_traps(traps)
            counts["news"] += sum(
                new and one.oid == NEWS_OID for one, new in zip(traps, fresh, strict=True)
            )

        def count(self, name: str, times: int) -> None:
            counts[name] = counts.get(name, 0) + times

        def stranger(self, who: str, times: int) -> None:
            self.count("strangers", times)

    receiver = TrapReceiver(Ear(), engine_identity(folder), [], COMMUNITY)
    receiver.open([place[0]], place[1])
    work = asyncio.create_task(receiver.run())
    await _until_told()
    work.cancel()
    receiver.close()
    store.close()
    return counts


async def plain(place: tuple[str, int], _folder: Path) -> dict[str, int]:
    """pysnmp as its manual shows it, only counting."""
    from pysnmp.carrier.asyncio.dgram import udp
    from pysnmp.entity import config, engine
    from pysnmp.entity.rfc3413 import ntfrcv

    made, counts = engine.SnmpEngine(), {"news": 0, "decoded": 0}
    config.add_transport(made, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(place))
    config.add_v1_system(made, "storm", COMMUNITY)

    def heard(_engine: object, _ref: object, _id: object, _name: object, bindings: object,
              _ctx: object) -> None:  # fmt: skip
        counts["decoded"] += 1
        counts["news"] += any(str(value) == NEWS_OID for _, value in bindings)

    ntfrcv.NotificationReceiver(made, heard)
    # It binds on the loop by itself and tells nobody when.
    await asyncio.sleep(1.0)
    await _until_told()
    made.close_dispatcher()
    return counts


async def _until_told() -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    print("ready", flush=True)
    await told.wait()


def child(mode: str, address: str, port: int, folder: Path) -> None:
    """Receive until told, then print the counts and the processor time."""
    counts = asyncio.run({"ours": ours, "plain": plain}[mode]((address, port), folder))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps(counts | {"cpu_ms": round((used.ru_utime + used.ru_stime) * 1000)}))


def one(mode: str, rate: int, seconds: int) -> dict[str, int]:
    """One receiver under the storm."""
    place = (f"127.{random.randint(100, 250)}.77.{random.randint(1, 254)}", 30162)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", __spec__.name, "--child", mode, *map(str, place), folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            offered, news = send(place, rate, seconds)
            time.sleep(SETTLE_S)
            process.terminate()
            told: dict[str, int] = json.loads(process.stdout.read())
            process.wait(timeout=30)
        finally:
            process.kill()
    return told | {"offered": offered, "offered_news": news}


def show(name: str, told: dict[str, int], seconds: int) -> None:
    """One receiver's line."""
    lost = told["offered_news"] - told["news"]
    counted = {k: v for k, v in told.items() if k.endswith("_drops")}
    seen = told.get("decoded", told["offered"] - sum(counted.values()))
    print(
        f"{name:>8}: offered {told['offered']:,}; new {told['offered_news']}, lost {lost} "
        f"({lost / told['offered_news']:.1%}); counted: {counted or 'nothing'}; "
        f"handled {seen:,}; {told['cpu_ms'] / 10 / (seconds + SETTLE_S):.0f} % of a core"
    )


def main(arguments: list[str]) -> None:
    """Run both and print."""
    if arguments[:1] == ["--child"]:
        child(arguments[1], arguments[2], int(arguments[3]), Path(arguments[4]))
        return
    rate, seconds = (int(a) for a in arguments) if arguments else (3000, 10)
    print(f"{rate}/s for {seconds} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for mode, name in (("ours", "fleet"), ("plain", "pysnmp")):
        show(name, one(mode, rate, seconds), seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
