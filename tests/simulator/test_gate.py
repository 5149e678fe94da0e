"""Gate controllers seen by net-snmp, which we did not write: reads, SETs, security, faults."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest

from fleet.simulator.errors import SimError
from fleet.simulator.snmp.leaves import fixed, leaves
from fleet.simulator.spec import DeviceSpec, Personality, SnmpKeys, other_engine_id, other_serial
from tests.simulator.kit import AUTH, PRIV, USER, fields, program, running_gate, spec_of, until

pytestmark = pytest.mark.interop
ARC = "1.3.6.1.4.1.32473.28181"
SYS = "1.3.6.1.2.1.1"
BOTH: list[Personality] = ["a", "b"]
BRANCH = {"a": "1", "b": "2"}


async def snmp(
    tool: str,
    spec: DeviceSpec,
    *argv: str,
    auth: str = AUTH,
    user: str = USER,
    level: str = "authPriv",
    options: tuple[str, ...] = (),
) -> tuple[int, str]:
    """Run one net-snmp tool, one attempt; its code and all it said."""
    code, out, err = await program(
        tool, "-v3", "-l", level, "-u", user, "-a", "SHA-256", "-A", auth, "-x", "AES", "-X", PRIV,
        "-t", "3", "-r", "0", "-On", "-Oe", *options, f"{spec.address}:{spec.port}", *argv,
    )  # fmt: skip
    return code, out + err


def leaf(spec: DeviceSpec, name: int) -> str:
    """The OID of a setting."""
    return f"{ARC}.{BRANCH[spec.personality]}.2.{name}.0"


@pytest.mark.parametrize("personality", BOTH)
async def test_who_it_is(tmp_path: Path, personality: Personality) -> None:
    """sysObjectID tells the personality, the identity group its model and serial number."""
    spec = spec_of("gate", personality)
    arc = f"{ARC}.{BRANCH[personality]}"
    async with running_gate(spec, tmp_path) as device:
        code, out = await snmp("snmpget", spec, f"{SYS}.2.0", f"{arc}.1.1.0", f"{arc}.1.2.0")
        stats = device.store.stats()
    assert code == 0, out
    assert f"OID: .{arc}" in out
    assert spec.serial in out
    assert ("GC-100" if personality == "a" else "GC-200") in out
    assert (stats["sessions"], stats["logins"], stats["reads"], stats["failed_logins"]) == (
        1,
        1,
        1,
        0,
    )


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize("tool", ["snmpwalk", "snmpbulkwalk"])
async def test_a_walk_sees_every_object_in_order(
    tmp_path: Path, personality: Personality, tool: str
) -> None:
    """GETNEXT and GETBULK give each object once, in the order of OIDs, and come to an end."""
    spec = spec_of("gate", personality)
    async with running_gate(spec, tmp_path):
        code, out = await snmp(tool, spec, "1.3.6.1")
    assert code == 0, out
    seen = [tuple(map(int, oid.split("."))) for oid in re.findall(r"^\.([\d.]+) = ", out, re.M)]
    objects = sorted({*leaves(spec), *fixed(spec, False)})
    assert seen[: len(objects)] == objects
    assert set(seen[len(objects) :]) <= {objects[-1]}


@pytest.mark.parametrize("personality", BOTH)
async def test_one_set_writes_all_and_survives(tmp_path: Path, personality: Personality) -> None:
    """Six objects in one PDU: each changed one is logged in order, and all are there next time."""
    spec = spec_of("gate", personality)
    delay = "45" if personality == "b" else "4"
    asked = (
        (leaf(spec, 1), "i", "8"), (leaf(spec, 2), "i", delay), (leaf(spec, 3), "s", "card,qr"),
        (leaf(spec, 4), "i", "1"), (f"{SYS}.4.0", "s", "物业"), (f"{SYS}.6.0", "s", "East gate"),
    )  # fmt: skip
    wanted = {
        "open_time_s": 8, "close_delay_s": "4.5" if personality == "b" else 4,
        "auth_ways": ["card", "qr"], "forced_open_alarm": True, "contact": "物业",
        "location": "East gate",
    }  # fmt: skip
    async with running_gate(spec, tmp_path) as device:
        code, out = await snmp("snmpset", spec, *(word for row in asked for word in row))
        assert code == 0, out
        assert device.values() == wanted
        assert fields(device) == list(wanted)
        assert device.store.stats()["writes"] == 6
        again, _ = await snmp("snmpset", spec, *(word for row in asked for word in row))
        assert (again, device.store.stats()["writes"]) == (0, 6)
    async with running_gate(spec, tmp_path) as device:
        assert device.values() == wanted
        code, out = await snmp("snmpget", spec, leaf(spec, 1), leaf(spec, 3))
        assert (code, "INTEGER: 8" in out, 'STRING: "card,qr"' in out) == (0, True, True)


BAD: list[tuple[str, str, str, str]] = [
    (".2.1.0", "i", "61", "wrongValue"),
    (".2.1.0", "i", "0", "wrongValue"),
    (".2.1.0", "s", "8", "wrongType"),
    (".2.1.0", "u", "8", "wrongType"),
    (".2.2.0", "i", "-1", "wrongValue"),
    (".2.3.0", "s", "card,nose", "wrongValue"),
    (".2.3.0", "i", "1", "wrongType"),
    (".2.3.0", "s", "card," * 60, "wrongLength"),
    (".2.3.0", "s", "", "wrongValue"),
    (".2.4.0", "i", "3", "wrongValue"),
    (".1.2.0", "s", "other", "notWritable"),
    (".3.1.0", "i", "2", "notWritable"),
    (".2.9.0", "i", "2", "noCreation"),
    (".2.1.1", "i", "2", "noCreation"),
]


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize(("tail", "kind", "value", "why"), BAD)
@pytest.mark.parametrize("at", [0, 2])
async def test_a_set_is_kept_whole_or_not_at_all(
    tmp_path: Path,
    personality: Personality,
    tail: str,
    kind: str,
    value: str,
    why: str,
    at: int,
) -> None:
    """One bad variable at each place among good ones: it is named by index, nothing is kept."""
    spec = spec_of("gate", personality)
    bad = f"{ARC}.{BRANCH[personality]}{tail}"
    rows = [(f"{SYS}.4.0", "s", "somebody"), (leaf(spec, 4), "i", "1")]
    rows.insert(at, (bad, kind, value))
    async with running_gate(spec, tmp_path) as device:
        before = device.values()
        code, out = await snmp("snmpset", spec, *(word for row in rows for word in row))
        assert device.values() == before
        assert fields(device) == []
    assert code != 0
    assert why in out
    assert f"Failed object: .{bad}" in out


async def test_the_text_limit_is_in_octets(tmp_path: Path) -> None:
    """85 Chinese characters are 255 octets and fit; one more does not."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        assert (await snmp("snmpset", spec, f"{SYS}.6.0", "s", "门" * 85))[0] == 0
        code, out = await snmp("snmpset", spec, f"{SYS}.6.0", "s", "门" * 86)
        assert (code != 0, "wrongLength" in out) == (True, True)
        assert device.values()["location"] == "门" * 85
        code, out = await snmp("snmpset", spec, f"{SYS}.6.0", "x", "fffe")
        assert (code != 0, "wrongValue" in out) == (True, True)


@pytest.mark.parametrize(
    ("auth", "user", "said"),
    [("wrong-secret", USER, "Authentication failure"), (AUTH, "nobody", "Unknown user name")],
)
async def test_a_wrong_login_is_counted(tmp_path: Path, auth: str, user: str, said: str) -> None:
    """Wrong key and unknown user are refused, counted, and are no login."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        code, out = await snmp("snmpget", spec, f"{SYS}.4.0", auth=auth, user=user)
        device.sync()
        stats = device.store.stats()
        device.sync()
        assert device.store.stats() == stats
    assert code != 0
    assert said in out
    assert (stats["failed_logins"], stats["logins"], stats["reads"]) == (1, 0, 0)


@pytest.mark.parametrize("level", ["noAuthNoPriv", "authNoPriv"])
async def test_less_than_authpriv_is_refused(tmp_path: Path, level: str) -> None:
    """Neither reading nor writing without encryption."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        for argv in (("snmpget", f"{SYS}.4.0"), ("snmpset", f"{SYS}.4.0", "s", "x")):
            code, _ = await snmp(argv[0], spec, *argv[1:], level=level)
            assert code != 0
        assert fields(device) == []
        assert device.store.stats()["reads"] == 0


async def test_v2c_is_not_spoken(tmp_path: Path) -> None:
    """A community gets no answer."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path):
        code, out, err = await program(
            "snmpget", "-v2c", "-c", "public", "-t", "1", "-r", "0",
            f"{spec.address}:{spec.port}", f"{SYS}.2.0",
        )  # fmt: skip
    assert (code, "Timeout" in out + err) == (1, True)


async def test_an_object_that_is_not_there(tmp_path: Path) -> None:
    """noSuchObject for that one, values for the others."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path):
        code, out = await snmp("snmpget", spec, f"{SYS}.5.0", f"{SYS}.99.0")
    assert (code, spec.id in out, "No Such Object" in out) == (0, True, True)


async def test_boots_grow_with_each_life(tmp_path: Path) -> None:
    """snmpEngineBoots is kept with the device and not in a folder that others sweep."""
    spec = spec_of("gate")
    for life in (1, 2, 3):
        async with running_gate(spec, tmp_path) as device:
            assert device.store.kept.boots == life
            assert (await snmp("snmpget", spec, f"{SYS}.5.0"))[0] == 0
    assert os.listdir(tmp_path) == [f"{spec.id}.json"]


async def test_a_replayed_life_is_out_of_time(tmp_path: Path) -> None:
    """After a restart a client that kept the old boots resynchronises by itself and goes on."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path):
        pass
    async with running_gate(spec, tmp_path):
        code, out = await snmp("snmpget", spec, f"{SYS}.5.0", options=("-Z", "1,1"))
    assert code == 0, out


async def test_tampering(tmp_path: Path) -> None:
    """Changed by hand: read over the network, neither logged nor counted; nonsense is named."""
    spec = spec_of("gate", "b")
    async with running_gate(spec, tmp_path) as device:
        await device.tamper("close_delay_s", "7")
        await device.tamper("auth_ways", "face")
        await device.tamper("forced_open_alarm", "true")
        await device.tamper("contact", "42")
        code, out = await snmp("snmpget", spec, leaf(spec, 2), leaf(spec, 3), leaf(spec, 4))
        assert (code, "INTEGER: 70" in out, '"face"' in out, "INTEGER: 1" in out) == (0, 1, 1, 1)
        assert device.store.stats()["writes"] == 0
        for field, words, why in (
            ("open_time_s", "99", "bad-value"),
            ("open_time_s", "true", "bad-value"),
            ("forced_open_alarm", "1", "bad-value"),
            ("auth_ways", "nose", "bad-value"),
            ("open_times", "9", "unknown-field"),
        ):
            with pytest.raises(SimError) as refused:
                await device.tamper(field, words)
            assert refused.value.code == why


@pytest.mark.parametrize(("fault", "stored"), [("keep-nothing", []), ("slow", ["contact"])])
async def test_faults_that_say_yes(tmp_path: Path, fault: str, stored: list[str]) -> None:
    """keep-nothing answers OK and stores nothing; slow stores and answers later."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault(fault, "0.3" if fault == "slow" else "")
        assert (await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x"))[0] == 0
        assert fields(device) == stored


async def test_refuse(tmp_path: Path) -> None:
    """resourceUnavailable to every SET; none takes it back."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault("refuse", "")
        code, out = await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x")
        assert (code != 0, "resourceUnavailable" in out) == (True, True)
        await device.set_fault("none", "")
        assert (await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x"))[0] == 0
        assert fields(device) == ["contact"]


async def test_late_applies_without_its_sender(tmp_path: Path) -> None:
    """The sender gives up after a second; later the value is there, once."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault("late", "1.5")
        code, out = await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x", options=("-t", "1"))
        assert (code != 0, "Timeout" in out) == (True, True)
        assert fields(device) == []
        await until(lambda: fields(device) == ["contact"])


async def test_drop_loses_the_answer(tmp_path: Path) -> None:
    """Stored, but the sender never hears of it."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault("drop", "10")
        code, out = await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x", options=("-t", "1"))
        assert (code != 0, "Timeout" in out) == (True, True)
        assert fields(device) == ["contact"]


@pytest.mark.parametrize(("when", "stored"), [("before", []), ("after", ["contact"])])
async def test_reboot(
    tmp_path: Path, when: str, stored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer, away, one boot more, and the value by the option; only once."""
    monkeypatch.setattr("fleet.simulator.faults.REBOOT_S", 0.3)
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault("reboot", when)
        code, _ = await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x", options=("-t", "1"))
        assert code != 0
        assert fields(device) == stored
        await until(lambda: device.store.kept.boots == 2)
        assert (await snmp("snmpset", spec, f"{SYS}.4.0", "s", "x"))[0] == 0
        assert fields(device) == ["contact"]


async def test_swap_identity(tmp_path: Path) -> None:
    """Another engine id and serial number answer to the same passwords, until none."""
    spec = spec_of("gate")
    assert isinstance(spec.keys, SnmpKeys)
    own, other = spec.keys.engine_id, other_engine_id(spec.keys.engine_id)
    serial = f"{ARC}.1.1.2.0"
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault("swap-identity", "")
        code, out = await snmp("snmpget", spec, serial)
        assert (code, other_serial(spec.serial) in out) == (0, True)
        assert (await snmp("snmpget", spec, serial, options=("-e", f"0x{other}")))[0] == 0
        assert (await snmp("snmpget", spec, serial, options=("-e", f"0x{own}", "-t", "1")))[0] != 0
        await device.set_fault("none", "")
        code, out = await snmp("snmpget", spec, serial, options=("-e", f"0x{own}"))
        assert (code, f'"{spec.serial}"' in out) == (0, True)


async def test_factory_new(tmp_path: Path) -> None:
    """No user is known, the settings are the factory's; none lets the user in again."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path) as device:
        await device.tamper("contact", "somebody")
        await device.set_fault("factory-new", "")
        assert device.values()["contact"] == ""
        code, out = await snmp("snmpget", spec, f"{SYS}.4.0")
        assert (code != 0, "Unknown user name" in out) == (True, True), out
        await device.set_fault("none", "")
        assert (await snmp("snmpget", spec, f"{SYS}.4.0"))[0] == 0


async def test_nonsense_is_dropped(tmp_path: Path) -> None:
    """Datagrams that are no SNMP get no answer and do no harm."""
    spec = spec_of("gate")
    loop = asyncio.get_running_loop()
    async with running_gate(spec, tmp_path):
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(spec.address, spec.port)
        )
        for junk in (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", bytes(1400), b"GET / HTTP/1.1\r\n"):
            transport.sendto(junk)
        await asyncio.sleep(0.1)
        transport.close()
        assert (await snmp("snmpget", spec, f"{SYS}.5.0"))[0] == 0


async def test_no_password_is_kept(tmp_path: Path) -> None:
    """Neither the memory nor the spec holds more than localized keys."""
    spec = spec_of("gate")
    async with running_gate(spec, tmp_path):
        kept = (tmp_path / f"{spec.id}.json").read_text()
    for told in (kept, repr(spec)):
        assert AUTH not in told
        assert PRIV not in told
