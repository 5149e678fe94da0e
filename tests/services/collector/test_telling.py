"""The collector as a process tells an alarm once, though it is killed and started again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.adapters.health_read import HealthReader
from fleet.health.telling import TELLING, TOLD
from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes
from fleet.wiring.journal import read_journal

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "inventories" / "tongling"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Path]:
    """The example with no device up, and a program that keeps what it is told."""
    folder, program = tmp_path / "tongling", tmp_path / "page"
    program.write_text(f"#!/bin/sh\ncat >>{tmp_path}/told\n")
    program.chmod(0o700)
    with block_of_loopback(example_probes(EXAMPLE)) as block:
        copy_city(EXAMPLE, folder, block)
        with (folder / "city.yaml").open("a", encoding="utf-8") as file:
            file.write(f"alarms:\n  routes:\n    page: {{by: command, argv: [{program}]}}\n")
        yield folder


def start(city: Path) -> subprocess.Popen[bytes]:
    """A collector of one district."""
    program = "from fleet.cli.main import main; main()"
    asked = ["-C", str(city), "collector", "run", "--district", "340722", "--poll", "1"]
    return subprocess.Popen(
        [sys.executable, "-c", program, *asked],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )


def until(what: Callable[[], object], why: str) -> None:
    """Poll until it holds."""
    end = time.monotonic() + 50
    while not what():
        assert time.monotonic() < end, f"waited in vain for {why}"
        time.sleep(0.1)


def beat(city: Path) -> float:
    """The collector's last sign of life."""
    rows = HealthReader.of(city / ".fleet")
    beats = {} if rows is None else rows.meta()
    return max((at for name, at in beats.items() if name.startswith("beat")), default=0.0)


def words(city: Path, kind: str) -> list[str]:
    """Whom the journal says was told or tried."""
    journal = read_journal(city / ".fleet")
    return [] if journal is None else [r.subject for r in journal.records(kind=kind)]


@pytest.mark.scenario
def test_a_cause_is_told_once_though_the_collector_is_killed(city: Path, tmp_path: Path) -> None:
    """Goal: eleven silent devices are one message, the way to the platform another; kill -9 and a
    new start send none a second time."""
    process = start(city)
    try:
        until(lambda: beat(city), "the first sign of life")
        until(lambda: len(words(city, TOLD)) == 2, "the first messages")
        process.kill()
        process.wait()
        seen = beat(city)
        process = start(city)
        until(lambda: beat(city) > seen + 7, "seven seconds of the second collector")
    finally:
        process.kill()
        process.wait()

    told = [json.loads(line) for line in (tmp_path / "told").read_text("utf-8").splitlines()]
    by_kind = {message["alarm"]["kind"]: message for message in told}
    assert len(by_kind) == len(told) == 2
    assert by_kind["uplink_unreachable"]["alarm"]["behind"] == ["lianhu"]
    message = by_kind["compound_unreachable"]
    assert message["event"] == "raised"
    assert len(message["alarm"]["behind"]) == 12
    assert message["compound_name"] in message["subject"]
    assert len(words(city, TELLING)) == len(words(city, TOLD)) == 2
