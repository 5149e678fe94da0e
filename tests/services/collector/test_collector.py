"""The collector as a process beside simulated devices: falls, kill -9, informs, status."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.health_read import HealthReader, history_file
from fleet.health.history import History
from fleet.health.times import stamp
from fleet.model.exitcodes import ExitCode
from fleet.wiring.build import load_city
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(300)]
DISTRICT = "340722"
POLL_S = 6.0
TRAP_PORT = 21162


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The example city with its devices up."""
    with line_up(tmp_path_factory.mktemp("collector")) as up:
        yield up


def address(line: Line) -> str:
    """An address of the line's own block for notifications."""
    return f"127.{line.block}.99.1"


@contextmanager
def collecting(line: Line, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """The service with its configuration file; ended by its id."""
    config = {
        "city_dir": str(line.city),
        "state_dir": str(line.state),
        "district": DISTRICT,
        "poll_s": POLL_S,
        "trap_addresses": [address(line)],
        "trap_port": TRAP_PORT,
        **more,
    }
    file = line.city.parent / "collector.json"
    file.write_text(json.dumps(config))
    told = line.city.parent / "collector.log"
    log = told.open("ab")
    before = told.stat().st_size
    process = subprocess.Popen(
        [sys.executable, "-m", "fleet.services.collector", "--config", str(file)],
        stderr=log,
        env=line.environment,
    )
    try:
        until(lambda: b"watching;" in told.read_bytes()[before:], "it watches")
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def until(done: Callable[[], Any], what: str) -> Any:
    """Ask again until there is an answer; two minutes is for ever on the slowest machine."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.3)
    raise AssertionError(f"never: {what}")


def health(line: Line) -> dict[str, str]:
    """Each device's state, as far as a collector has seen it."""
    rows = HealthReader.of(line.state)
    latest = {} if rows is None else History(rows, time.time).latest()
    return {d: i.state for d, i in latest.items() if not d.startswith("uplink:")}


def watches(line: Line) -> bool:
    """Whether a collector gives signs of life."""
    rows = HealthReader.of(line.state)
    return rows is not None and History(rows, time.time).fresh()


def standing(line: Line) -> dict[str, str]:
    """Alarms by kind and subject, with their ids."""
    rows = HealthReader(history_file(line.state)).alarms(time.time(), time.time() + 60)
    return {f"{r.kind} {r.subject}": r.id for r in rows if r.ended is None}


def test_status_without_a_collector_logs_in_to_nobody(line: Line) -> None:
    """Goal: all unknown, and no device saw a login; with --ask the recorders are asked."""
    page = line.json("status")

    assert page["health"]["watching"] is False
    assert page["health"]["unknown"] == len(page["health"]["devices"])
    assert sum(e["logins"] for e in line.stats().values()) == 0
    line.json("status", "--ask")
    asked = {d for d, e in line.stats().items() if e["logins"]}
    assert asked == {d for d in line.stats() if "-nvr-" in d}


def test_a_fall_a_kill_and_a_repair(line: Line) -> None:
    """Goal: one story. A camera hangs: an alarm. The collector is killed: its dead time is unknown,
    the alarm goes on, nothing closed is lost. The camera comes back while nobody watches: the new
    collector finds it by its first poll, and the repair nobody saw is not timed."""
    with collecting(line) as first:
        until(lambda: len(health(line)) == 12, "everybody is seen")
        until(lambda: set(health(line).values()) == {"online"}, "everybody is online")
        line.ok("sim", "fault", "lianhu-cam-01", "slow", "60")
        until(lambda: "device_unreachable lianhu-cam-01" in standing(line), "an alarm")
        alarm = standing(line)["device_unreachable lianhu-cam-01"]
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    reader = History(HealthReader(history_file(line.state)), time.time)
    before = [i for i in reader.intervals(stamp(0), stamp(time.time())) if i.end is not None]
    line.ok("sim", "fault", "lianhu-cam-01", "none")
    until(lambda: set(health(line).values()) == {"unknown"}, "dead time is unknown")
    page = line.json("status")
    assert page["health"]["watching"] is False
    assert page["health"]["unknown"] == len(page["health"]["devices"])
    assert alarm in {a["id"] for a in page["alarms"]}, "our blindness ends no alarm"
    with collecting(line):
        until(lambda: health(line).get("lianhu-cam-01") == "online", "the repair is found")
        until(lambda: "device_unreachable lianhu-cam-01" not in standing(line), "it is over")
        found = list(reader.intervals(stamp(0), stamp(time.time()), ["lianhu-cam-01"]))

        page = line.json("status")
        assert page["health"]["watching"] is True
        assert {d["state"] for d in page["health"]["devices"] if d["compound"] == "lianhu"} == {
            "online"
        }
        told = line.ok("alarms", "ack", alarm, "--reason", "restarted by hand")
        assert "lianhu-cam-01" in told.all
        line.ok("alarms", "silence", "lianhu-*", "--until", "2h", "--reason", "works")
        (listed,) = (a for a in line.json("alarms", "list", "--since", "1h") if a["id"] == alarm)
        assert listed["acknowledged"].endswith(": restarted by hand")
        assert listed["silenced_until"] > listed["ended"]

    states = [i.state for i in found]
    assert states[0] == "online"
    assert "offline" in states
    assert states[-2:] == ["unknown", "online"]
    assert all(a.end == b.begin for a, b in itertools.pairwise(found))
    after = {(i.device, i.begin) for i in reader.intervals(stamp(0), stamp(time.time()))}
    assert {(i.device, i.begin) for i in before} <= after
    assert {d: e["failed_logins"] for d, e in line.stats().items() if e["failed_logins"]} == {}


def test_the_collector_is_alone_and_its_state_is_private(line: Line) -> None:
    """Goal: a second one is refused by name of the first; every file 0600."""
    with collecting(line) as first:
        until(lambda: watches(line), "it watches")
        assert line.json("collector", "status")["fresh"] is True
        second = line.run("collector", "run", "--district", DISTRICT, timeout=60)

        assert second.code == ExitCode.STALE
        assert str(first.pid) in second.err
        modes = {p.name: p.stat().st_mode & 0o777 for p in (line.state / "health").iterdir()}
        assert {"health.db", "engine.json"} <= set(modes)
        assert set(modes.values()) == {0o600}


def test_a_gates_inform_is_an_alarm_and_outlasts_a_kill(line: Line) -> None:
    """Goal: net-snmp's inform with the gate's own login, answered only when stored: after kill -9
    right behind the answer it is there, and a repeat is a repeat."""
    with collecting(line) as first:
        until(lambda: watches(line), "it watches")
        assert inform(line, "lianhu-gate-01") == 0
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    kept = HealthReader(history_file(line.state)).traps(10)
    assert [(t.kind, t.version, t.oid) for t in kept] == [
        ("inform", "v3", "1.3.6.1.4.1.32473.28181.1.4.1")
    ]
    with collecting(line):
        until(
            lambda: "trap:1.3.6.1.4.1.32473.28181.1.4.1 lianhu-gate-01" in standing(line),
            "the alarm stands after the restart",
        )
        assert inform(line, "lianhu-gate-01") == 0, "our boots have grown, and it is answered"


def inform(line: Line, gate: str) -> int:
    """Send one as the gate would: from its address, with its login, by a private snmp.conf."""
    from fleet.adapters.secrets import open_store

    city = load_city(line.city)
    (device,) = (d for d in city.devices() if d.id == gate)
    secrets = open_store(line.city, city, line.state)
    assert device.login.auth is not None
    assert device.login.priv is not None
    folder = line.city.parent / "snmp"
    folder.mkdir(mode=0o700, exist_ok=True)
    lines = [
        "defVersion 3", "defSecurityLevel authPriv", f"defSecurityName {device.login.user}",
        "defAuthType SHA-256", "defPrivType AES",
        f"defAuthPassphrase {secrets.resolve(device.login.auth).reveal()}",
        f"defPrivPassphrase {secrets.resolve(device.login.priv).reveal()}",
        f"clientaddr {device.address}",
    ]  # fmt: skip
    conf = folder / "snmp.conf"
    with open(os.open(conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write("\n".join(lines) + "\n")
    try:
        done = subprocess.run(
            ["snmptrap", "-Ci", "-t", "3", "-r", "5", f"udp:{address(line)}:{TRAP_PORT}", "",
             "1.3.6.1.4.1.32473.28181.1.4.1"],
            env={"SNMPCONFPATH": str(folder), "SNMP_PERSISTENT_DIR": str(folder), "MIBS": "",
                 "PATH": os.environ.get("PATH", "")},
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        conf.unlink()
    return done.returncode


def test_a_changed_inventory_is_taken_up_and_a_broken_one_is_not(line: Line) -> None:
    """Goal: the collector that runs sees files change; what cannot be used leaves it at work."""
    file = next(line.city.glob(f"{DISTRICT}-*/lianhu.yaml"))
    log = line.city.parent / "collector.log"
    whole = file.read_text("utf-8")
    with collecting(line) as process:
        until(lambda: watches(line), "it watches")
        try:
            file.write_text("compound: [", "utf-8")
            until(lambda: "is not taken up as it is now" in log.read_text(), "it is refused")
            assert process.poll() is None
            file.write_text(whole + "# more\n", "utf-8")
            until(lambda: "the inventory has changed and is taken up" in log.read_text(), "taken")
            assert process.poll() is None
        finally:
            file.write_text(whole, "utf-8")


def test_a_bad_configuration_is_told_and_exits_1(tmp_path: Path) -> None:
    """Goal: no traceback; the place is named and no value."""
    file = tmp_path / "c.json"
    for content, said in (("{", "not valid"), ('{"city_dir": "x"}', "state_dir")):
        file.write_text(content)
        done = subprocess.run(
            [sys.executable, "-m", "fleet.services.collector", "--config", str(file)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    missing = subprocess.run(
        [sys.executable, "-m", "fleet.services.collector", "--config", str(tmp_path / "none")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert missing.returncode == 1
