"""A "device" that counts: one line a connection is one write, noted with when it came."""

from __future__ import annotations

import secrets
import socketserver
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast


@dataclass
class Writes:
    """Every write in the order of arrival: (CLOCK_MONOTONIC seconds, step)."""

    seen: list[tuple[float, str]] = field(default_factory=list)

    @property
    def steps(self) -> list[str]:
        """The steps that were written, in order."""
        return [step for _, step in self.seen]

    def wait(self, count: int, limit_s: float = 20.0) -> None:
        """Return when `count` writes have come; fail after `limit_s` seconds."""
        deadline = time.monotonic() + limit_s
        while len(self.seen) < count:
            assert time.monotonic() < deadline, f"only {len(self.seen)} writes came"
            time.sleep(0.002)


class CountingDevice:
    """Listens on a loopback address of its own while the `with` block lasts."""

    def __init__(self) -> None:
        self.writes = Writes()
        writes = self.writes

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                line = self.rfile.readline()
                if line.endswith(b"\n"):
                    writes.seen.append((time.monotonic(), line.decode().strip()))
                    self.wfile.write(b"+")

        address = f"127.{100 + secrets.randbelow(150)}.{secrets.randbelow(250)}.1"
        self._server = socketserver.ThreadingTCPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        """`address:port`."""
        host, port = cast(tuple[str, int], self._server.server_address)
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
