"""The demo's stage: runs the real command, prints what it prints, and checks what it came to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from fleet.cli.context import Context
from fleet.model.text import Text, text
from fleet.wiring.leftovers import calls_of, end_naming, keep, naming

COMMAND_S = 240
_END_S = 20
# What a killed call of the engine left has to be cleared before anything can be removed.
TEAR_DOWN = (("stacks", "recover", "--yes"), ("stacks", "destroy", "--yes"), ("sim", "down"))
_ROUNDS = 2


class StepFailed(Exception):
    """A check of the demo did not hold."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


class Story:
    """One run of the demo on a city copy of its own."""

    def __init__(self, ctx: Context, city: Path, steps: int, block: int) -> None:
        self.ctx = ctx
        self.city = city
        self.steps = steps
        self.block = block
        self.plan = city.parent / "plan.json"
        self._environment = {k: v for k, v in os.environ.items() if k != "FLEET_STATE"}
        self._started: list[subprocess.Popen[bytes]] = []

    def title(self, number: int, title: Text) -> None:
        """Open a step."""
        click.echo("")
        head = f"━━ {number}/{self.steps}  {self.ctx.render(title)} "
        click.echo(click.style(head, bold=True) if sys.stdout.isatty() else head)

    def tell(self, words: Text) -> None:
        """Say what is shown."""
        click.echo(self.ctx.render(words))

    def argv(self, *verb: str) -> list[str]:
        """A fleet command as a list of arguments."""
        program = Path(sys.executable).parent / "fleet"
        lang = ["--lang", self.ctx.lang]
        return [str(program), "-C", str(self.city), *lang, "--non-interactive", *verb]

    def run(self, *verb: str, want: int | Collection[int] = 0, lines: int = 40) -> str:
        """Run a verb, print at most `lines` of what it says, and check its exit code."""
        click.echo(f"$ fleet {' '.join(verb)}")
        said = []
        process = subprocess.Popen(
            self.argv(*verb),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=self._environment,
            text=True,
        )
        with _ended_in_time(process) as late:
            for line in process.stdout or ():
                said.append(line)
                if len(said) <= lines:
                    click.echo(f"  {line.rstrip()}")
            code = process.wait()
        self.check(
            not late.is_set(),
            text(
                "fleet {v} was not done after {s} s",
                "fleet {v} 在 {s} 秒后仍未结束",
                v=verb[0],
                s=COMMAND_S,
            ),
        )
        if len(said) > lines:
            more = text("  … {n} more lines", "  … 另有 {n} 行", n=len(said) - lines)
            click.echo(self.ctx.render(more))
        wanted = {want} if isinstance(want, int) else set(want)
        self.check(
            code in wanted,
            text(
                "fleet {v} ended with {c}, expected {w}",
                "fleet {v} 退出码为 {c}，应为 {w}",
                v=verb[0],
                c=code,
                w=sorted(wanted),
            ),
        )
        return "".join(said)

    def json(self, *verb: str) -> Any:  # noqa: ANN401  # each verb has its own JSON shape
        """Run a verb for its JSON, showing nothing."""
        done = subprocess.run(
            self.argv("--format", "json", *verb),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=self._environment,
            timeout=COMMAND_S,
            check=False,
        )
        return json.loads(done.stdout or b"null")

    def start(self, *verb: str) -> subprocess.Popen[bytes]:
        """Start a verb in a session of its own, to be killed."""
        click.echo(f"$ fleet {' '.join(verb)} &")
        process = subprocess.Popen(
            self.argv(*verb),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=self._environment,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def check(self, held: bool, otherwise: Text) -> None:
        """Go on only if a check holds."""
        if not held:
            raise StepFailed(otherwise)

    def edit(self, change: Callable[[str], str], *files: str) -> None:
        """Change YAML files of the city copy, as a person would in git."""
        for name in files:
            found = sorted(self.city.glob(name))
            self.check(bool(found), text("nothing to edit in {f}", "{f} 中没有可改之处", f=name))
            for file in found:
                before = file.read_text("utf-8")
                after = change(before)
                self.check(
                    before != after,
                    text("nothing to edit in {f}", "{f} 中没有可改之处", f=file.name),
                )
                file.write_text(after, "utf-8")

    def writes(self) -> dict[str, int]:
        """Writes counted by each simulated device."""
        stats = self.json("sim", "stats")
        return {name: entry["writes"] for name, entry in _entries(stats).items()}

    def log(self, device: str) -> list[str]:
        """The fields in a device's own write log, in order."""
        return [str(entry["field"]) for entry in self.json("sim", "log", device)]

    def tear_down(self, kept: bool) -> bool:
        """End servers and devices, and remove the folder; whether nothing is left running.

        What does not go by the verbs is ended by the folder that its arguments name. Neither
        Ctrl-C nor an end of the terminal cuts this short.
        """
        with _undisturbed():
            for process in self._started:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            end_naming(self.city, calls_of(self.city))
            refused = self._by_verbs()
            end_naming(self.city)
            clean = not naming(self.city)
            if kept or not clean:
                keep(self.city.parent)
            else:
                shutil.rmtree(self.city.parent, ignore_errors=True)
        if not clean:
            self.tell(
                text(
                    "not everything could be ended: {w}\n    → fleet -C {c} sim down",
                    "未能全部结束：{w}\n    → fleet -C {c} sim down",
                    w=refused,
                    c=self.city,
                )
            )
        elif kept:
            self.tell(text("kept: {d}", "已保留：{d}", d=self.city.parent))
        return clean

    def _by_verbs(self) -> str:
        """Run the verbs that end everything, again where one fails; what the last one said."""
        said = ""
        for _ in range(_ROUNDS):
            failed = False
            for verb in TEAR_DOWN:
                process = subprocess.Popen(
                    self.argv(*verb),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    stdin=subprocess.DEVNULL,
                    env=self._environment,
                    # A Ctrl-C is for the demo, and this is how it answers.
                    start_new_session=True,
                )
                with _ended_in_time(process):
                    _, words = process.communicate()
                if process.returncode:
                    failed, said = True, words.decode("utf-8", "replace").strip()
            if not failed:
                return ""
        return said


@contextmanager
def _ended_in_time(process: subprocess.Popen[Any]) -> Iterator[threading.Event]:
    """See that a child ends with the block, and within COMMAND_S; set if it had to be killed."""
    late = threading.Event()

    def give_up() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(COMMAND_S, give_up)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        if process.poll() is None:
            # Interrupted: to a verb that heard the Ctrl-C too, this is the second word.
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hear no signal that a person or a terminal sends while the block runs."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # Not SIG_IGN: the verbs would inherit that, and what they end or start with it.
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _entries(value: object, name: str = "") -> dict[str, Any]:
    """Every object that counts writes, by the name it lies under."""
    if isinstance(value, dict):
        if isinstance(value.get("writes"), int) and "reads" in value:
            return {str(value.get("device") or value.get("id") or name): value}
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found |= _entries(inner, key)
        return found
    if isinstance(value, list):
        return {k: v for inner in value for k, v in _entries(inner).items()}
    return {}
