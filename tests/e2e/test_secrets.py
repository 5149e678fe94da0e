"""Canaries: after a whole day's work no secret stands anywhere but in the named key files."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.secrets.store import open_store, references
from fleet.model.secret import SecretRef
from fleet.plan.platform import platform_spec
from fleet.wiring.build import load_city
from tests.support.acts import Running, running, vault_text
from tests.support.canary import forms, scan
from tests.support.line import ROOT, Line, line_up
from tests.support.servers import processes_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

# The only files that may hold a secret in clear, and no other secret than their own.
KEY_FILES = re.compile(r"keys/(engine-passphrase|city-key|ca-key-\d{6}\.pem)|vault-password")
SAMPLE_EVERY_S = 0.05


@dataclass
class Day:
    """A city after its day, what processes showed of themselves, and every secret by name."""

    line: Line
    temp: Path
    seen: set[bytes] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)


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


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Plan, an apply that is killed, recovery, drift, plain Ansible: all under observation."""
    folder = tmp_path_factory.mktemp("secrets")
    temp = folder / "temp"
    temp.mkdir(mode=0o700)
    with line_up(folder, TMPDIR=str(temp)) as line:
        found = Day(line, temp)
        line.ok("plan", "-o", str(folder / "plan.json"))
        with watched(found, folder, "apply", str(folder / "plan.json"), "--yes") as apply:
            apply.await_words("cameras")
            apply.process.kill()
            apply.process.wait()
        line.ok("stacks", "recover", "--yes")
        with watched(found, folder, "rollout", "resume") as resume:
            assert resume.end() == 0, resume.words
        for verb in ("apply --yes", "drift", "status --ask", "journal tail", "stacks outputs"):
            line.ok(*verb.split())
        line.ok("rollout", "show")
        done = check(line, folder)
        assert done.returncode == 0, done.stdout + done.stderr
        line.outputs += [done.stdout, done.stderr]
        line.run("sim", "log", "cuihu-nvr-01")
        found.secrets = given(line) | generated(line) | keys(line)
        found.seen |= {words.encode() for words in shown(line)}
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


def test_there_is_something_to_look_for_and_somewhere_to_look(day: Day) -> None:
    """The scan is not empty: every source gave secrets, and the kill fell amid the work."""
    sources = {name.split(":")[0].split("/")[0] for name in day.secrets}
    assert sources >= {"vault", "secret", "vault-password", "city-key", "engine-passphrase"}
    assert len(day.secrets) > 40
    assert min(len(s) for s in day.secrets.values()) >= 8
    assert len([s for s in day.seen if b"ansible-playbook" in s]) >= 2
    assert any(b"pulumi" in s for s in day.seen)
    assert len(list((day.line.state / "plans").iterdir())) == 1


def test_the_scan_finds_what_is_there(day: Day) -> None:
    """Each key file is found to hold its own secret: the scan can see."""
    hits = scan([day.line.state / "keys", day.line.city / "vault-password"], day.secrets)

    assert {h.split(": ")[1].split(" ")[0] for h in hits} == set(keys(day.line))


def test_no_secret_in_any_file(day: Day) -> None:
    """State folder, city, temporary folder, sealed plan: only the named key files, their own."""
    hits = scan([day.line.city.parent], day.secrets)

    stray = [h for h in hits if not own(h)]
    assert stray == []


def own(hit: str) -> bool:
    """Whether a hit is a key file that holds its own key."""
    path, _, rest = hit.partition(": ")
    return bool(KEY_FILES.search(path)) and Path(path).name == rest.split(" ")[0]


def test_no_secret_in_any_output(day: Day) -> None:
    """Nothing that any verb printed, in either stream."""
    said = "\n".join(day.line.outputs).encode()

    assert len(said) > 10_000
    assert found_in(said, day.secrets) == []


def test_no_secret_in_arguments_or_environment(day: Day) -> None:
    """Caller, engine, provider, playbook, forks, services, devices."""
    assert found_in(b"\n".join(day.seen), day.secrets) == []


def found_in(data: bytes, secrets: Mapping[str, str]) -> list[str]:
    """Names of the secrets that stand in `data` in any form."""
    return [
        f"{name} ({form})"
        for name, secret in secrets.items()
        for form, word in forms(secret).items()
        if word in data
    ]


def test_nobody_else_can_read_the_state(day: Day) -> None:
    """Folders 0700; files and sockets 0600."""
    wrong = []
    for path in (day.line.state, *day.line.state.rglob("*")):
        seen = path.lstat()
        wanted = 0o700 if stat.S_ISDIR(seen.st_mode) else 0o600
        if stat.S_IMODE(seen.st_mode) != wanted and not stat.S_ISLNK(seen.st_mode):
            wrong.append(f"{stat.filemode(seen.st_mode)} {path.relative_to(day.line.state)}")
    assert wrong == []
    assert [p for p in day.line.state.rglob("*") if p.is_socket()]


def test_the_sealed_plan_holds_references(day: Day) -> None:
    """What is scanned above is a plan with passwords in it: by reference and version."""
    plan = json.loads((day.line.city.parent / "plan.json").read_text())

    changes = [c for w in plan["fleet"]["plan"]["works"] for s in w["steps"] for c in s["changes"]]
    assert len([c for c in changes if c["secret"]]) > 30
