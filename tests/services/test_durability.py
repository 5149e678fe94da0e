"""What survives: kill -9, restart, a damaged file, a full disk, a forsaken socket, an orphan."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.services.configfile import CannotRun
from fleet.services.registrar.configfile import read_config
from tests.services.device import GB_ID, ha1, status
from tests.services.running import PASSWORD, ROOT, Running

CHANNELS = [f"3407050100132{n:07d}" for n in range(1, 4)]


def test_bindings_survive_kill_9(registrar: Running) -> None:
    """Killed right after the 200 OK: the next one knows the recorder and takes its keepalives."""
    device = registrar.device()
    device.register(expires=7200)
    registrar.stop(signal.SIGKILL)

    registrar.start()

    binding = registrar.bindings()[GB_ID]
    assert (binding["registered"], binding["credential_version"]) == (True, 1)
    assert 7000 < float(str(binding["expires_in_s"])) <= 7200
    assert status(device.notify()) == 200


def test_catalog_and_keepalive_survive_a_restart(registrar: Running) -> None:
    """SIGTERM writes what was not written yet."""
    device = registrar.device()
    device.register()
    device.list(CHANNELS)
    registrar.wait_for(lambda: registrar.bindings()[GB_ID]["catalog"], "the catalog")
    device.notify()

    assert registrar.stop() == 0
    registrar.start()

    binding = registrar.bindings()[GB_ID]
    assert binding["catalog"] == CHANNELS
    assert isinstance(binding["keepalive_age_s"], float)
    assert isinstance(binding["catalog_age_s"], float)


def test_a_sign_off_survives_kill_9(registrar: Running) -> None:
    """What is gone stays gone."""
    device = registrar.device()
    device.register()
    device.register(expires=0)
    registrar.stop(signal.SIGKILL)

    registrar.start()

    assert not registrar.bindings()


def test_sigterm_leaves_nothing(registrar: Running) -> None:
    """Exit 0, the socket file removed, the ports free."""
    assert registrar.stop() == 0

    assert not registrar.socket.exists()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((f"{registrar.block}.1", registrar.port))
    assert registrar.log.rstrip().endswith("ended")


def test_a_forsaken_socket_is_replaced(registrar: Running) -> None:
    """The file of a killed predecessor is in nobody's way; the new one is private."""
    registrar.stop(signal.SIGKILL)
    assert registrar.socket.exists()

    registrar.start()

    assert stat.S_IMODE(registrar.socket.stat().st_mode) == 0o600
    assert registrar.ask({"verb": "status"})["ok"] is True


def test_a_second_registrar_refuses(registrar: Running) -> None:
    """The first lives: the second ends with 1 and a reason, and breaks nothing of the first."""
    second = registrar.spawn()

    assert second.wait(20) == 1
    assert "another process listens" in registrar.log
    assert registrar.ask({"verb": "status"})["ok"] is True
    assert status(registrar.device().register()) == 200


def test_something_else_at_the_sockets_name(stopped: Running) -> None:
    """An ordinary file there is not ours to remove."""
    stopped.socket.write_text("precious")

    assert stopped.spawn().wait(20) == 1
    assert stopped.socket.read_text() == "precious"


def test_a_taken_port(registrar: Running) -> None:
    """Somebody has one of the addresses: exit 1, a reason, and no socket file left."""
    registrar.stop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((f"{registrar.block}.2", registrar.port))

        assert registrar.spawn().wait(20) == 1

    assert "in use" in registrar.log
    assert not registrar.socket.exists()


def test_a_damaged_bindings_file(registrar: Running) -> None:
    """Put aside and told; devices log in anew."""
    registrar.device().register()
    registrar.stop()
    kept = registrar.folder / "bindings.json"
    kept.write_bytes(kept.read_bytes()[:-20])

    registrar.start()

    assert not registrar.bindings()
    assert (registrar.folder / "bindings.json.damaged").exists()
    assert status(registrar.device(last=12).register()) == 200


def test_bindings_that_cannot_be_written(registrar: Running) -> None:
    """No durable binding, no 200: the device is told 500 and tries again later."""
    device = registrar.device()
    (registrar.folder / "bindings.json").mkdir()

    refused = device.register()
    assert status(refused) == 500
    assert not registrar.bindings()

    (registrar.folder / "bindings.json").rmdir()
    assert status(device.register()) == 200


def test_a_sign_off_that_cannot_be_written(registrar: Running) -> None:
    """The binding stands until its end is durable."""
    device = registrar.device()
    device.register()
    kept = registrar.folder / "bindings.json"
    kept.unlink()
    kept.mkdir()

    assert status(device.register(expires=0)) == 500
    assert GB_ID in registrar.bindings()
    kept.rmdir()


def test_no_secret_on_disk_or_in_the_log(registrar: Running) -> None:
    """Passwords nowhere; HA1 in the configuration alone; every file that it makes is private."""
    registrar.device().register()
    registrar.device(last=13).register(password="wrong-password")
    registrar.stop()

    written = [path for path in registrar.folder.iterdir() if path != registrar.config]
    for path in written:
        content = path.read_text()
        assert PASSWORD not in content
        assert "wrong-password" not in content
        assert ha1(GB_ID, PASSWORD) not in content
    kept = registrar.folder / "bindings.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_bad_configuration_names_places_and_no_values(stopped: Running) -> None:
    """Exit 1 and where it is wrong; the values, HA1 among them, are not shown."""
    stopped.settings = {"port": "x", "accounts": [{"username": GB_ID, "ha1": "5ec3e7"}]}
    stopped.configure()

    assert stopped.spawn().wait(20) == 1
    assert "port" in stopped.log
    assert "accounts.0.version" in stopped.log
    assert "5ec3e7" not in stopped.log
    assert "Traceback" not in stopped.log


@pytest.mark.parametrize("addresses", [["0.0.0.0"], ["127.9.9.1", "0.0.0.0"], [], ["nvr"], [""]])
def test_wildcards_are_refused(stopped: Running, addresses: list[str]) -> None:
    """0.0.0.0 would answer from the wrong address; no address at all is no registrar."""
    stopped.settings = {"addresses": addresses}
    stopped.configure()

    with pytest.raises(CannotRun, match="must name each IPv4 address"):
        read_config(stopped.config)


def test_an_orphan_is_ended_by_the_next_start(registrar: Running) -> None:
    """A supervisor dies without its registrar's knowing: the next guarded start takes over."""
    registrar.stop()
    record = registrar.folder / "guard.json"
    service = [sys.executable, "-m", "fleet.services.registrar", "--config", str(registrar.config)]
    guard = [sys.executable, "-m", "fleet.services.guard", "--record", str(record), "--", *service]
    with (registrar.folder / "log").open("ab") as log:
        first = subprocess.Popen(guard, cwd=ROOT, stderr=log)
        registrar.wait_for(registrar.socket.exists, "the first one")
        second = subprocess.Popen(guard, cwd=ROOT, stderr=log)
    try:
        assert first.wait(20) == 0
        registrar.wait_for(lambda: _pid(record) == second.pid, "the record")
        registrar.wait_for(registrar.socket.exists, "the second one")
        assert status(registrar.device().register()) == 200
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def _pid(record: Path) -> int:
    return int(json.loads(record.read_bytes())["pid"])
