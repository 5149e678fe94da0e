"""`fleet collector run` as a person starts it, and what it refuses before it begins."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.health_read import HealthReader
from fleet.model.collector import CollectorConfig
from fleet.model.errors import UsageError
from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes
from fleet.wiring.health import check, collect

EXAMPLE = Path(__file__).resolve().parents[3] / "inventories" / "tongling"
FLEET = Path(sys.executable).parent / "fleet"
CONFIG = CollectorConfig(city_dir="/x", state_dir="/y")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example in a block of its own, with no device up."""
    folder = tmp_path_factory.mktemp("run") / "tongling"
    with block_of_loopback(example_probes(EXAMPLE)) as block:
        copy_city(EXAMPLE, folder, block)
        yield folder


@pytest.mark.scenario
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_runs_until_it_is_told_to_stop(city: Path, number: signal.Signals, code: int) -> None:
    """Goal: it says that it watches, stores what it saw, and ends with the signal's code."""
    process = subprocess.Popen(
        [str(FLEET), "-C", str(city), "--lang", "zh", "collector", "run", "--district", "340722",
         "--poll", "2", "--listen", f"127.{random.randint(100, 250)}.3.3", "--trap-port", "21163"],
        stderr=subprocess.PIPE, env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert process.stderr is not None
    try:
        first = process.stderr.readline().decode()
        end = time.monotonic() + 40
        while time.monotonic() < end:
            rows = HealthReader.of(city / ".fleet")
            if rows is not None and len(rows.opens()) == 13:
                break
            time.sleep(0.2)
        process.send_signal(number)
        rest = process.stderr.read().decode()
        ended = process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()

    assert "正在监视" in first
    assert ":21163" in first
    assert "Traceback" not in rest
    assert ended == code
    assert rows is not None
    seen = {o.device: (o.state, o.cause) for o in rows.opens()}
    (line,) = (name for name in seen if name.startswith("uplink:340722:"))
    assert seen.pop(line) == ("offline", "refused"), "nobody listens there, says the machine"
    assert set(seen.values()) == {("offline", "unreachable")}


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "gate.example", "", "300.1.1.1"])
def test_an_address_that_is_none_is_refused_before_anything_starts(address: str) -> None:
    """Goal: answers would come from the wrong address."""
    with pytest.raises(UsageError, match="no address"):
        check(CONFIG.model_copy(update={"trap_addresses": (address,)}))


@pytest.mark.parametrize(
    "community", ["public", "vault/x", "secret://nowhere/x", "secret://vault/"]
)
def test_a_community_in_clear_is_refused(community: str) -> None:
    """Goal: a community is a kind of password: by reference or not at all."""
    with pytest.raises(UsageError, match="reference"):
        check(CONFIG.model_copy(update={"community": community}))


def test_what_is_right_passes() -> None:
    """Goal: no false refusal."""
    check(CONFIG)
    check(
        CONFIG.model_copy(
            update={"trap_addresses": ("127.0.0.1", "10.1.1.1"), "community": "secret://vault/snmp"}
        )
    )


async def test_a_port_that_cannot_be_bound_is_told_and_nothing_runs_on(
    city: Path, tmp_path: Path
) -> None:
    """Goal: a foreign address ends the start with its place, before a device is looked at for
    long; the lease is free again."""
    config = CollectorConfig(
        city_dir=str(city),
        state_dir=str(tmp_path / "state"),
        district="340722",
        trap_addresses=("192.0.2.1",),
    )
    for _ in range(2):
        with pytest.raises(UsageError, match=r"192\.0\.2\.1"):
            await asyncio.wait_for(collect(config, asyncio.Event()), 40)
