"""The whole line for end-to-end tests: the example city in a block of its own, devices up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes
from fleet.wiring.sim import simulators

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "inventories" / "tongling"
FLEET = Path(sys.executable).parent / "fleet"
VERB_S = 240


@dataclass
class Said:
    """What a verb said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Both streams."""
        return self.out + self.err

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    def verdict(self) -> Any:
        """The last line of an event stream."""
        return json.loads(self.out.splitlines()[-1])


@dataclass
class Line:
    """One city copy; `outputs` keeps every byte that any verb said, for the scan for secrets."""

    city: Path
    block: int
    environment: dict[str, str]
    outputs: list[str] = field(default_factory=list)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.city / ".fleet"

    def argv(self, *verb: str) -> list[str]:
        """A verb's argument list."""
        return [str(FLEET), "-C", str(self.city), "--non-interactive", *verb]

    def run(self, *verb: str, timeout: float = VERB_S) -> Said:
        """Run a verb to its end."""
        done = subprocess.run(
            self.argv(*verb),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            env=self.environment,
            check=False,
        )
        self.outputs += [done.stdout, done.stderr]
        assert "Traceback (most recent call last)" not in done.stdout + done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def ok(self, *verb: str) -> Said:
        """Run a verb that must end with 0."""
        said = self.run(*verb)
        assert said.code == 0, f"{verb}: {said.code}\n{said.all}"
        return said

    def json(self, *verb: str) -> Any:
        """Run a verb for its JSON."""
        return self.run("--format", "json", *verb).json()

    def start(self, *verb: str) -> subprocess.Popen[bytes]:
        """Start a verb in a session of its own."""
        return subprocess.Popen(
            self.argv(*verb),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=self.environment,
            start_new_session=True,
        )

    def stats(self) -> dict[str, dict[str, int]]:
        """The simulated devices' own counters, asked without a process of the command between."""
        with simulators(self.state) as devices:
            return devices.stats()

    def writes(self) -> int:
        """All writes of all devices."""
        return sum(entry["writes"] for entry in self.stats().values())

    def log(self, device: str) -> list[str]:
        """Fields of a device's own write log, in order."""
        with simulators(self.state) as devices:
            return [str(row["field"]) for row in devices.log(device)]

    def tell(self, device: str, **question: str | None) -> None:
        """Have a simulated device do something, as `sim fault` and `sim tamper` do."""
        with simulators(self.state) as devices:
            devices.ask(devices.process_of(device), {**question, "device": device})

    def logs(self) -> dict[str, Counter[str]]:
        """How often each field was written on each device that was written at all."""
        return {d: Counter(self.log(d)) for d, e in self.stats().items() if e["writes"]}

    def edit(self, glob: str, old: str, new: str) -> None:
        """Replace text in YAML files; there must be something to replace."""
        found = False
        for file in self.city.glob(glob):
            words = file.read_text("utf-8")
            if old in words:
                file.write_text(words.replace(old, new), "utf-8")
                found = True
        assert found, f"{old!r} is not in {glob}"

    def down(self) -> None:
        """End servers, then devices."""
        self.run("stacks", "destroy", "--yes")
        self.run("sim", "down")


@contextmanager
def line_up(folder: Path, **environment: str) -> Iterator[Line]:
    """A city copy in `folder` with its devices up; everything is ended afterwards."""
    with block_of_loopback(example_probes(EXAMPLE)) as block:
        copy_city(EXAMPLE, folder / "tongling", block)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "LC_", "LANG"))}
        env |= {"LC_ALL": "C.UTF-8", **environment}
        line = Line(folder / "tongling", block, env)
        try:
            line.ok("sim", "up")
            yield line
        finally:
            line.down()
