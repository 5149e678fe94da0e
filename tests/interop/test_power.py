"""The simulated power agent as net-snmp's own tools see and switch it (RFC 3621)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fleet.simulator.snmp.power import PowerAgent
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Kept, Store
from tests.app.test_repower import AUTH, PRIV, switch_spec

pytestmark = pytest.mark.interop
ENTRY = "1.3.6.1.2.1.105.1.1.1"


@dataclass
class Running:
    """An agent, and what it told of its ports."""

    spec: DeviceSpec
    store: Store
    power: list[tuple[str, bool]]


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Running]:
    """An agent with two ports in use."""
    spec, told = switch_spec(), list[tuple[str, bool]]()

    async def on_power(name: str, on: bool) -> None:
        told.append((name, on))

    store = Store(tmp_path / "sw.json", Kept)
    made = PowerAgent(spec, store, on_power)
    await made.start()
    try:
        yield Running(spec, store, told)
    finally:
        await made.stop()


async def snmp(tool: str, spec: DeviceSpec, *words: str, auth: str = AUTH) -> tuple[int, str]:
    """Run one of net-snmp's tools."""
    process = await asyncio.create_subprocess_exec(
        tool, "-v3", "-l", "authPriv", "-u", spec.snmp_user, "-a", "SHA-256", "-A", auth, "-x",
        "AES", "-X", PRIV, "-On", "-t", "5", "-r", "0", f"{spec.address}:{spec.snmp_port}", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_the_table_is_walked(agent: Running) -> None:
    """Goal: both columns of both ports, in the order of their identifiers."""
    code, out = await snmp("snmpwalk", agent.spec, ENTRY)

    assert code == 0, out
    assert [line.split(" ", 1)[0] for line in out.splitlines() if "INTEGER" in line] == [
        f".{ENTRY}.{column}.1.{port}" for column in (3, 6) for port in (5, 6)
    ]
    assert out.count("INTEGER: 1") == 2
    assert out.count("INTEGER: 3") == 2


async def test_a_port_is_switched_off_and_on(agent: Running) -> None:
    """Goal: the detection status follows, and what hangs there is told, once each."""
    off, _ = await snmp("snmpset", agent.spec, f"{ENTRY}.3.1.5", "i", "2")
    again, _ = await snmp("snmpset", agent.spec, f"{ENTRY}.3.1.5", "i", "2")
    _, seen = await snmp("snmpget", agent.spec, f"{ENTRY}.3.1.5", f"{ENTRY}.6.1.5")
    on, _ = await snmp("snmpset", agent.spec, f"{ENTRY}.3.1.5", "i", "1")

    assert (off, again, on) == (0, 0, 0)
    assert "INTEGER: 2" in seen
    assert "INTEGER: 1" in seen
    assert agent.power == [("c1-cam-1", False), ("c1-cam-1", True)]
    assert len(agent.store.kept.log) == 2


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((f"{ENTRY}.3.1.5", "i", "3"), "wrongValue"),
        ((f"{ENTRY}.3.1.5", "s", "off"), "wrongType"),
        ((f"{ENTRY}.6.1.5", "i", "1"), "notWritable"),
        ((f"{ENTRY}.3.1.9", "i", "1"), "noCreation"),
        ((f"{ENTRY}.3.1.5", "i", "2", f"{ENTRY}.3.1.9", "i", "2"), "noCreation"),
    ],
)
async def test_a_bad_set_changes_nothing(
    agent: Running, words: tuple[str, ...], error: str
) -> None:
    """Goal: RFC 3416's own errors; all of a PDU or none of it."""
    code, out = await snmp("snmpset", agent.spec, *words)

    assert code != 0
    assert error in out
    assert agent.power == []


async def test_a_wrong_key_is_refused(agent: Running) -> None:
    """Goal: nobody switches power without the key."""
    code, out = await snmp("snmpset", agent.spec, f"{ENTRY}.3.1.5", "i", "2", auth="Other-phrase-1")

    assert code != 0
    assert "Authentication failure" in out
    assert agent.power == []


async def test_a_port_that_was_off_is_off_after_a_restart(tmp_path: Path) -> None:
    """Goal: what hangs there is dark from the start, as at a real switch that kept its settings."""
    spec, told = switch_spec(), list[tuple[str, bool]]()

    async def on_power(name: str, on: bool) -> None:
        told.append((name, on))

    store = Store(tmp_path / "sw.json", lambda: Kept(leaves={"poe GE1/0/6": 2}))
    made = PowerAgent(spec, store, on_power)
    await made.start()
    await made.stop()

    assert told == [("c1-cam-2", False)]
