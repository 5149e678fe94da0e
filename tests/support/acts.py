"""Things that tests do to a city: verbs in the background, faults, other people's hands."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.line import Line

ENOUGH_S = 120.0


@dataclass
class Running:
    """A verb under way, in a session of its own; both streams go to `said`."""

    process: subprocess.Popen[bytes]
    said: Path

    @property
    def words(self) -> str:
        """What it has said so far."""
        return self.said.read_text("utf-8", "replace")

    def await_words(self, wanted: str) -> None:
        """Wait until it says so; AssertionError when it ends or takes too long before.

        A stage under way says "cameras …"; "cameras" alone stands in the plan before it.
        """
        until = time.monotonic() + ENOUGH_S
        while wanted not in self.words:
            assert self.process.poll() is None, self.words
            assert time.monotonic() < until, self.words
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        """Send a signal to the verb's own process, as a terminal or a service manager does."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end and return the exit code (negative: killed by that signal)."""
        code = self.process.wait(ENOUGH_S)
        assert "Traceback (most recent call last)" not in self.words, self.words
        return code


@contextmanager
def running(line: Line, folder: Path, *verb: str) -> Iterator[Running]:
    """Start a verb and go on; what is left of it at the end is killed, by its session."""
    said = folder / f"{verb[0]}-{time.monotonic_ns()}.said"
    with said.open("wb") as file:
        process = subprocess.Popen(
            line.argv(*verb),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=line.environment,
            start_new_session=True,
        )
    found = Running(process, said)
    try:
        yield found
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        line.outputs.append(found.words)


def give(line: Line, faults: Mapping[str, str]) -> None:
    """Give devices faults: device → fault and value, as in `late 2`; `none` takes them."""
    for device, fault in faults.items():
        kind, _, value = fault.partition(" ")
        line.tell(device, verb="fault", fault=kind, value=value or None)


def by_hand(line: Line, values: Mapping[str, tuple[str, str]]) -> None:
    """Somebody changes settings on devices: device → field and value."""
    for device, (field, value) in values.items():
        line.tell(device, verb="tamper", field=field, value=value)


def written(line: Line, before: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    """Fields that devices have written since their logs were as in `before`."""
    now = line.logs()
    new = {d: now[d] - before.get(d, Counter()) for d in now}
    return {d: fields for d, fields in new.items() if fields}


def faults_of(plan: Any) -> dict[str, str]:
    """Devices that a plan document could not observe, with the code of why."""
    return {d: str(f["code"]) for d, f in plan["fleet"]["plan"]["faults"].items()}


def vault(line: Line, plain: str) -> None:
    """Replace the city's vault, by Ansible's own program."""
    done = subprocess.run(
        [
            str(Path(line.argv()[0]).parent / "ansible-vault"),
            "encrypt",
            "--vault-password-file",
            str(line.city / "vault-password"),
            "--output",
            str(line.city / "secrets.vault.yaml"),
            "-",
        ],
        input=plain.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def vault_text(line: Line) -> str:
    """The city's vault in clear, by Ansible's own program."""
    done = subprocess.run(
        [
            str(Path(line.argv()[0]).parent / "ansible-vault"),
            "view",
            "--vault-password-file",
            str(line.city / "vault-password"),
            str(line.city / "secrets.vault.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
