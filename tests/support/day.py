"""A city's whole day under observation: killed work, an undisturbed apply, and plain Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.secrets.store import open_store, references
from fleet.model.secret import SecretRef
from fleet.plan.platform import platform_spec
from fleet.wiring.build import load_city
from tests.support.acts import Running, running, vault_text
from tests.support.line import ROOT, Line
from tests.support.servers import processes_of
from tests.support.victims import kill, victims

SAMPLE_EVERY_S = 0.05
LIANHU = ("--target", "lianhu")


@dataclass
class Day:
    """A city after its day, what processes showed of themselves, and every secret by name.

    `codes` are those of plan, apply, plan, apply, undisturbed; `written` the devices' writes after
    each apply.
    """

    line: Line
    temp: Path
    seen: set[bytes] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


@contextmanager
def sampling(pid: int, seen: set[bytes]) -> Iterator[None]:
    """Look every 50 ms at arguments and environment of a process and all below it."""
    processes, over = LinuxProcesses(), threading.Event()
    root = processes.identify(pid)
    assert root is not None

    def look() -> None:
        while not over.wait(SAMPLE_EVERY_S):
            for process in (root, *processes.descendants(root)):
                for name in ("cmdline", "environ"):
                    try:
                        seen.add(Path(f"/proc/{process.pid}/{name}").read_bytes())
                    except OSError:
                        continue  # it ended in between

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def given(line: Line) -> dict[str, str]:
    """Every secret of the vault, by its path."""

    def leaves(node: object, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, Mapping):
            for key, inner in node.items():
                yield from leaves(inner, f"{path}/{key}")
        else:
            yield path, str(node)

    return dict(leaves(yaml.safe_load(vault_text(line)), "vault"))


def generated(line: Line) -> dict[str, str]:
    """Every secret that the city makes for itself, by its reference."""
    city = load_city(line.city)
    store = open_store(line.city, city, line.state, {})
    refs = {r for r in references(city) if r.source == "generated"}
    found = {str(r): store.resolve(r).reveal() for r in refs}
    declared = {c.name for d in city.districts if (s := platform_spec(d)) for c in s.credentials}
    assert declared <= {r.name for r in refs} | {r.name for r in _sip(line)}
    return found | {str(r): store.resolve(r).reveal() for r in _sip(line)}


def _sip(line: Line) -> list[SecretRef]:
    city = load_city(line.city)
    specs = [s for d in city.districts if (s := platform_spec(d))]
    return [
        SecretRef(source="generated", name=c.name, version=c.version)
        for s in specs
        for c in s.credentials
    ]


def keys(line: Line) -> dict[str, str]:
    """The contents of the key files; of a PEM one line amid the key."""
    found = {"vault-password": (line.city / "vault-password").read_text().strip()}
    for file in (line.state / "keys").iterdir():
        words = file.read_text().strip()
        found[file.name] = words.splitlines()[1] if "BEGIN" in words else words
    return found


@contextmanager
def watched(day: Day, folder: Path, *verb: str) -> Iterator[Running]:
    """A verb under way, its whole process tree under observation."""
    with running(day.line, folder, *verb) as found, sampling(found.process.pid, day.seen):
        yield found


def check(line: Line, folder: Path) -> subprocess.CompletedProcess[str]:
    """`ansible-playbook --check --diff` without fleet around it."""
    bin_ = Path(sys.executable).parent
    (line.city / "city.fleet.yml").write_text("plugin: compound.fleet.city\n", "utf-8")
    return subprocess.run(
        [
            *(bin_ / "ansible-playbook", "-i", line.city / "city.fleet.yml"),
            *("playbooks/site.yml", "--check", "--diff"),
        ],
        cwd=ROOT,
        env={
            **line.environment,
            "PATH": f"{bin_}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "ANSIBLE_HOME": str(folder / "temp" / "ansible"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def shown(line: Line) -> list[str]:
    """Arguments and environments of what goes on running: devices, supervisor, registrars."""
    found = []
    for pid in processes_of(line.state):
        for name in ("cmdline", "environ"):
            found.append(Path(f"/proc/{pid}/{name}").read_text("utf-8", "replace"))
    return found


def kill_amid_devices(day: Day, folder: Path) -> None:
    """An apply of one compound is killed while it sets passwords, and resumed."""
    with watched(day, folder, "apply", "--yes", *LIANHU) as apply:
        while not any(e["writes"] for d, e in day.line.stats().items() if "-cam-" in d):
            assert apply.process.poll() is None, apply.words
        apply.process.kill()
        apply.process.wait()
    with watched(day, folder, "rollout", "resume") as resume:
        assert resume.end() == 0, resume.words


def kill_amid_servers(day: Day, folder: Path, district: str) -> None:
    """The engine is killed as soon as there is a provider; recovery clears what it left."""
    with watched(day, folder, "stacks", "up", district, "--yes") as up:
        while not victims(up.process.pid, "provider"):
            assert up.process.poll() is None, up.words
        kill(victims(up.process.pid, "engine"))
        assert up.end() == 10, up.words
    day.line.ok("stacks", "recover", "--yes")


def undisturbed(day: Day, folder: Path) -> None:
    """Plan, apply of exactly that plan, plan, apply: what each ended with and wrote."""
    line, sealed = day.line, str(folder / "plan.json")
    day.codes.append(line.run("plan", "--detailed-exitcode", "-o", sealed).code)
    with watched(day, folder, "apply", sealed, "--yes") as apply:
        day.codes.append(apply.end())
    day.written.append(line.writes())
    day.codes.append(line.run("plan", "--detailed-exitcode").code)
    day.codes.append(line.run("apply", "--yes").code)
    day.written.append(line.writes())


def looked_at(day: Day, folder: Path) -> None:
    """Everything that only looks, by fleet and by plain Ansible; then the secrets are gathered."""
    line = day.line
    for verb in ("drift", "status --ask", "journal tail", "stacks outputs", "rollout show"):
        line.ok(*verb.split())
    line.ok("sim", "log", "cuihu-nvr-01")
    done = check(line, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    line.outputs += [done.stdout, done.stderr]
    day.secrets = given(line) | generated(line) | keys(line)
    day.seen |= {words.encode() for words in shown(line)}
