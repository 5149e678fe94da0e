"""Scripts on a Linux host: whole, over their own channel, with their exit code; no terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleet.drivers import complaints
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.talk import RESOURCE
from fleet.drivers.ssh.terminal import Channel
from fleet.model.change import Target
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.drivers.ssh.login import Line

OUTPUT_MAX = 4_000_000
_CHUNK = 65536
_POLL_S = 0.5


@dataclass(frozen=True)
class Ran:
    """What became of a script."""

    code: int
    out: str
    err: str


class Shell:
    """Runs scripts as root, by itself or by sudo without a password."""

    def __init__(self, line: Line, target: Target, pace: Pace) -> None:
        # The terminal that came with the login is not used: lines typed into it may never arrive.
        line.channel.close()
        self._client = line.client
        self._device = target.device
        self._pace = pace
        self._command = "sh -s"
        if self.run("id -u").out.strip() != "0":
            self._command = "sudo -n sh -s"

    def paced(self, pace: Pace) -> None:
        """Let another operation's time count from now on."""
        self._pace = pace

    def run(self, script: str, about: str = "sh") -> Ran:
        """Run a script to its end; its exit code is not judged.

        Raises:
            SessionClosed: the session ended before the script did.
            MalformedReply: it says too much.
            Overdue: the operation's time is over.
        """
        try:
            return self._run(script, about)
        except (OSError, EOFError):
            self._pace.left()
            raise sayings.session_closed(self._device, about) from None

    def must(self, script: str, about: str) -> str:
        """The output of a script that must not fail.

        Raises:
            WriteRefused: it failed; its last words are told.
        """
        ran = self.run(script, about)
        if ran.code != 0:
            words = (ran.err.strip() or ran.out.strip() or str(ran.code)).splitlines()[-1]
            why = text("{a}: {w}", "{a}：{w}", a=about, w=complaints.shown(words))
            raise complaints.write_refused(self._device, RESOURCE, why)
        return ran.out

    def _run(self, script: str, about: str) -> Ran:
        transport = self._client.get_transport()
        if transport is None or not transport.is_active():
            raise EOFError
        channel = transport.open_session(timeout=self._pace.left())
        try:
            channel.settimeout(self._pace.left())
            channel.exec_command(self._command)
            channel.sendall(f"export LC_ALL=C\n{script}\n".encode())
            channel.shutdown_write()
            out = self._whole(channel, about)
            err = bytearray()
            while channel.recv_stderr_ready():
                err += channel.recv_stderr(_CHUNK)
            if not channel.status_event.wait(self._pace.left()):
                raise EOFError
            code = channel.recv_exit_status()
        finally:
            channel.close()
        if code == -1:
            raise EOFError
        return Ran(code, out.decode(errors="replace"), err.decode(errors="replace"))

    def _whole(self, channel: Channel, about: str) -> bytes:
        """All that a script prints, to its end."""
        out = bytearray()
        while True:
            channel.settimeout(self._pace.at_most(_POLL_S))
            try:
                got = channel.recv(_CHUNK)
            except TimeoutError:
                continue
            if not got:
                return bytes(out)
            out += got
            if len(out) > OUTPUT_MAX:
                raise complaints.malformed(
                    self._device, about, text("it does not end", "输出没有尽头")
                )
