"""A state folder with a real engine, real provider and real services, on addresses of its own."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi.call import Call
from fleet.adapters.pulumi.places import Places, stack_name
from fleet.adapters.pulumi.recovery import pending_operations
from fleet.adapters.supervision import Supervisor
from fleet.adapters.supervision.sockets import bound_udp
from fleet.model.collector import CollectorTerms
from fleet.model.stack import CredentialSpec, PlatformSpec
from fleet.ports.process import ProcessId
from tests.support.victims import words

ROOT = Path(__file__).parents[2]
GB_ID = "34070500001180000001"


def free_block() -> tuple[tuple[str, str], int]:
    """Two loopback addresses and a UDP port that nobody uses at this moment."""
    while True:
        third, fourth = random.randrange(1, 250), random.randrange(1, 250)
        addresses = (
            f"127.{random.randrange(100, 250)}.{third}.{fourth}",
            f"127.99.{third}.{fourth}",
        )
        port = random.randrange(20000, 30000)
        with contextlib.ExitStack() as stack:
            try:
                for address in addresses:
                    probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    probe.bind((address, port))
            except OSError:
                continue
        return addresses, port


def spec_for(district: str = "340705", sip_version: int = 1) -> PlatformSpec:
    """A platform with a device credential and one of a recorder, in each version so far."""
    addresses, port = free_block()
    return with_version(
        PlatformSpec(
            district=district,
            name="铜官区",
            server_id=f"{district}00002000000001",
            server_domain=f"{district}0000",
            addresses=addresses,
            port=port,
        ),
        sip_version,
    )


def with_version(spec: PlatformSpec, sip_version: int) -> PlatformSpec:
    """The same platform with the recorder's credential in versions 1 to `sip_version`."""
    sip = tuple(
        CredentialSpec(name=f"sip/{GB_ID}", version=v, purpose="sip", username=GB_ID)
        for v in range(1, sip_version + 1)
    )
    device = CredentialSpec(name="device/cam-1/admin", purpose="device", username="admin")
    return spec.model_copy(update={"credentials": (device, *sip)})


def with_collector(spec: PlatformSpec) -> PlatformSpec:
    """The same platform with a collector that hears notifications on the platform's addresses."""
    terms = CollectorTerms(
        poll_s=5.0,
        trap_addresses=spec.addresses,
        trap_port=free_block()[1],
        community="secret://generated/notifications",
    )
    return spec.model_copy(update={"collector": terms})


def empty_city(folder: Path, *districts: str) -> Path:
    """An inventory without compounds, so that a collector has nobody to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "city.yaml").write_text('city: {code: "340700", name: 铜陵市}\n', "utf-8")
    for code in districts or ("340705",):
        place = folder / f"{code}-x"
        place.mkdir(exist_ok=True)
        (place / "district.yaml").write_text(
            f'district: {{code: "{code}", name: 铜官区}}\n', "utf-8"
        )
    return folder


def processes_of(state: Path) -> dict[int, str]:
    """Every process that has this state folder in its arguments or environment: pid → arguments."""
    found = {}
    wanted = os.fsencode(state)
    for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if pid != os.getpid() and wanted in command + b"\0" + environment:
            found[pid] = command.replace(b"\0", b" ").decode("utf-8", "replace")
    return found


def bound(spec: PlatformSpec) -> set[str]:
    """The platform's addresses on which something is bound."""
    return {a for a in spec.addresses if (a, spec.port) in bound_udp()}


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until `what()` is true; AssertionError when it does not become so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def end_all(state: Path) -> None:
    """End what a test left of its own state folder, so that a failure leaks nothing."""
    record = Supervisor(state).record()
    if record is not None and Path(record.socket).parent.name.startswith("fleet-"):
        shutil.rmtree(Path(record.socket).parent, ignore_errors=True)
    for _ in range(3):
        for pid in processes_of(state):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


@contextlib.contextmanager
def caller(state: Path, spec: PlatformSpec, verb: str) -> Iterator[subprocess.Popen[str]]:
    """A process that calls the engine; its stdout tells each resource as it starts and ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.servers_caller", str(state), verb],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd() if (Path.cwd() / "tests").exists() else ROOT,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(spec.model_dump_json())
        process.stdin.close()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def await_line(process: subprocess.Popen[str], beginning: str) -> str:
    """Read the caller's lines up to the one that begins so."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(beginning):
            return line
    raise AssertionError(f"no line began with {beginning!r}")


def standing_call(state: Path, district: str) -> Call:
    """The engine call that is under way."""
    path = Places(state).call_record(stack_name(district))
    return Call.model_validate_json(path.read_bytes())


def noted(state: Path, district: str) -> tuple[str, ...]:
    """The operations that the engine's checkpoint says are under way."""
    return pending_operations(Places(state), stack_name(district))


def victim(state: Path, district: str, role: str) -> ProcessId:
    """The caller, engine or provider of the call that is under way."""
    call = standing_call(state, district)
    if role == "caller":
        return call.caller
    assert call.engine is not None
    if role == "engine":
        return call.engine
    # Among them is what the provider starts, which may have ended by the time it is looked at.
    below = LinuxProcesses().descendants(call.engine)
    return next(p for p in below if "pulumi-resource-fleet" in words(p))
