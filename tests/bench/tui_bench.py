"""What a key costs on the screen: `python -m tests.bench.tui_bench [ROWS RATE [--link]]`.

Starts the screens in a real pty of 120x36, answers as a terminal does, presses keys, and waits for
the end of the frame that shows the new row number. Textual's DataTable with the same rows runs
beside it for the ratio; with `--link`, a line of 128 kbit/s instead. Ends within 90 s; what is not
reached by then is said.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRAME_END = b"\x1b[?2026l"
ANSWERS = (
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[c", b"\x1b[?62;22c"),
)
SIP = 128
DOWN, PAGE = b"\x1b[B", b"\x1b[6~"
COLUMNS, LINES = 120, 36


class Slow(Exception):
    """It did not come in the time there was."""


@dataclass
class Terminal:
    """A child in a pty; `seen` holds what it wrote since the last `forget`."""

    argv: list[str]
    link_kbit: int = 0
    seen: bytearray = field(default_factory=bytearray)
    written: int = 0

    def __post_init__(self) -> None:
        """Start it."""
        self.began = time.perf_counter()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "", "LC_ALL": "C.UTF-8"}
        self.child = subprocess.Popen(
            self.argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def pump(self, seconds: float) -> None:
        """Read for at most so long, answering what a terminal answers."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        if not ready:
            return
        try:
            found = os.read(self.master, SIP if self.link_kbit else 65536)
        except OSError as error:
            raise Slow("it ended") from error
        if self.link_kbit:
            # A slow line: so many bytes take so long, and all that comes after waits.
            time.sleep(len(found) * 8 / 1000 / self.link_kbit)
        self.seen += found
        self.written += len(found)
        for question, answer in ANSWERS:
            for _ in range(found.count(question)):
                os.write(self.master, answer)

    def until(self, wanted: bytes, seconds: float) -> float:
        """Milliseconds until `wanted` and the end of its frame were written."""
        start = time.perf_counter()
        while True:
            at = self.seen.find(wanted)
            if at >= 0 and self.seen.find(FRAME_END, at) >= 0:
                return (time.perf_counter() - start) * 1000
            left = seconds - (time.perf_counter() - start)
            if left <= 0:
                raise Slow(f"no {wanted!r} within {seconds:.0f} s")
            self.pump(left)

    def settle(self, seconds: float) -> None:
        """Let it write for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.pump(left)

    def press(self, key: bytes, wanted: bytes, seconds: float) -> tuple[float, int]:
        """Milliseconds and bytes of one key."""
        self.seen.clear()
        before = self.written
        os.write(self.master, key)
        return self.until(wanted, seconds), self.written - before

    def memory_mb(self) -> float:
        """Resident memory."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_s(self) -> float:
        """Processor seconds so far."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Leave by its own key, else by force."""
        try:
            os.write(self.master, b"q")
            self.settle(0.3)
        except (OSError, Slow):
            pass
        try:
            self.child.wait(2)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        os.close(self.master)


@dataclass
class Figures:
    """What was measured of one program."""

    first_ms: float
    rows_ms: float
    open_ms: float = 0.0
    down: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    down_bytes: list[int] = field(default_factory=list)
    page_bytes: list[int] = field(default_factory=list)
    memory_mb: float = 0.0
    live_kb_s: float = 0.0
    cpu: float = 0.0


def measure(
    kind: str, rows: int, rate: int, keys: int, most_s: float, link_kbit: int = 0
) -> Figures:
    """Drive one program; Slow where it takes longer than `most_s` in all."""
    end = time.perf_counter() + most_s
    argv = [sys.executable, "-m", "tests.bench.tui_child", kind, str(rows), str(rate)]
    terminal = Terminal(argv, link_kbit)
    try:
        # Ours begins with the overview, whose rows are compounds of a hundred devices.
        begin = rows // 100 if kind == "ours" else rows
        opened = b"reading" if kind == "ours" else f" 1/{begin} ".encode()
        terminal.until(opened, end - time.perf_counter())
        first_ms = (time.perf_counter() - terminal.began) * 1000
        terminal.until(f" 1/{begin} ".encode(), end - time.perf_counter())
        found = Figures(first_ms, (time.perf_counter() - terminal.began) * 1000)
        terminal.settle(1.0)
        if kind == "ours":
            found.open_ms, _ = terminal.press(
                b"3", f" 1/{rows} ".encode(), end - time.perf_counter()
            )
        place = 1
        page = 0
        for number in range(keys):
            terminal.settle(0.05)
            # The page's size is learnt from where its first key leads.
            paging = number >= keys // 2
            if paging and not page:
                page = LINES - 4 if kind == "ours" else 0
            if paging and not page:
                break
            place += page if paging else 1
            key = PAGE if paging else DOWN
            took, size = terminal.press(
                key, f" {place}/{rows} ".encode(), end - time.perf_counter()
            )
            (found.page if paging else found.down).append(took)
            (found.page_bytes if paging else found.down_bytes).append(size)
        before, busy, start = terminal.written, terminal.cpu_s(), time.perf_counter()
        terminal.settle(min(3.0, max(0.5, end - time.perf_counter())))
        took_s = time.perf_counter() - start
        found.live_kb_s = (terminal.written - before) / 1000 / took_s
        found.cpu = (terminal.cpu_s() - busy) / took_s * 100
        found.memory_mb = terminal.memory_mb()
        return found
    finally:
        terminal.end()


def percentile(values: list[float], part: float) -> float:
    """A percentile by nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def line(label: str, found: Figures) -> str:
    """One line of the table."""
    down, page = found.down, found.page or found.down
    sizes = found.page_bytes or [0]
    return (
        f"{label:<28} {found.first_ms:8.0f} {found.rows_ms:8.0f} {statistics.median(down):8.1f}"
        f" {percentile(down, 0.95):8.1f} {statistics.median(page):8.1f}"
        f" {percentile(page, 0.95):8.1f} {found.memory_mb:7.0f}"
        f" {statistics.median(found.down_bytes):8.0f} {statistics.median(sizes):8.0f}"
        f" {found.live_kb_s:8.1f} {found.cpu:6.0f}"
    )


def main() -> int:
    """Measure and print; 1 where our own screens could not be measured."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    print(
        f"{rows} devices; pty {COLUMNS}x{LINES}; times in ms, from the key to the end of its frame"
    )
    print(
        f"{'':<28} {'first':>8} {'rows':>8} {'key p50':>8} {'key p95':>8} {'page p50':>8}"
        f" {'page p95':>8} {'RSS MB':>7} {'B/key':>8} {'B/page':>8} {'live kB/s':>8} {'CPU %':>6}"
    )
    still = measure("ours", rows, 0, 40, 14)
    print(line("screens, nothing changes", still), flush=True)
    ours = measure("ours", rows, rate, 40, 14)
    print(line(f"screens, {rate} changes/s", ours), flush=True)
    if "--link" in sys.argv:
        slow = measure("ours", rows, 200, 20, 40, 128)
        print(line("screens, 200/s, 128 kbit/s", slow), flush=True)
        return 0
    try:
        theirs = measure("datatable", rows, rate, 8, 60)
    except Slow as slow:
        print(f"DataTable, {rate} changes/s: {slow}")
        return 0
    print(line(f"DataTable, {rate} changes/s", theirs))
    print(
        f"ratio: a key {statistics.median(theirs.down) / statistics.median(ours.down):.0f} x,"
        f" opening {theirs.rows_ms / ours.rows_ms:.1f} x,"
        f" memory {theirs.memory_mb / ours.memory_mb:.1f} x"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
