"""`fleet stacks` from outside: a city on free addresses, the real engine, exit codes, languages."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import servers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
FLEET = Path(sys.executable).with_name("fleet")
EXAMPLE = Path(__file__).parents[2] / "inventories" / "tongling"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Path]:
    """The example city, moved as a whole to a loopback block of its own."""
    target = tmp_path / "city"
    shutil.copytree(EXAMPLE, target, ignore=shutil.ignore_patterns(".fleet"))
    block = servers.free_block()[0][0].rsplit(".", 2)[0]
    for file in target.glob("*/*.yaml"):
        file.write_text(file.read_text("utf-8").replace("127.34.", f"{block}."), "utf-8")
    yield target
    servers.end_all(target / ".fleet")


def fleet(city: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command on the city."""
    environment = {k: v for k, v in os.environ.items() if k != "FLEET_STATE"}
    return subprocess.run(
        [FLEET, "-C", city, "--lang", "en", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def test_the_life_of_a_stack_by_its_verbs(city: Path) -> None:
    """Goal: each verb, its exit code and its output, from nothing to nothing."""
    refused = fleet(city, "stacks", "up", "340722")
    assert refused.returncode == 8, refused.stderr
    assert "not confirmed" in refused.stderr
    assert "Traceback" not in refused.stderr

    up = fleet(city, "stacks", "up", "340722", "--yes")
    assert up.returncode == 0, up.stderr
    assert "platform-340722 is up" in up.stdout
    assert "registrar-340722" in up.stderr
    assert "collector-340722" in up.stderr
    page = json.loads(fleet(city, "--format", "json", "status").stdout)
    assert set(page["health"]["collectors"]) == {"340722"}, "it has given its first sign of life"
    again = fleet(city, "stacks", "up", "340722", "--yes")
    assert again.returncode == 0
    assert "nothing to do" in again.stdout

    listed = json.loads(fleet(city, "--format", "json", "stacks", "list").stdout)
    assert [(s["district"], s["clean"]) for s in listed] == [("340705", False), ("340722", True)]
    assert fleet(city, "stacks", "refresh", "340722").returncode == 0
    outputs = json.loads(fleet(city, "--format", "json", "stacks", "outputs").stdout)
    assert set(outputs) == {"340722"}
    nothing = fleet(city, "stacks", "recover")
    assert nothing.returncode == 0
    assert "nothing to recover" in nothing.stderr

    state = city / ".fleet"
    guard = json.loads((state / "services/340722/registrar/guard.json").read_bytes())
    (state / "services/340722/registrar/config.json").unlink()
    os.kill(guard["pid"], signal.SIGKILL)
    drift = fleet(city, "--format", "json", "stacks", "refresh", "340722")
    assert drift.returncode == 2, drift.stderr
    assert [c["name"] for c in json.loads(drift.stdout)["340722"]] == ["registrar-340722"]
    assert fleet(city, "stacks", "up", "--yes", "340722").returncode == 0
    assert fleet(city, "stacks", "refresh", "340722").returncode == 0

    assert fleet(city, "--non-interactive", "stacks", "destroy").returncode == 8
    gone = fleet(city, "stacks", "destroy", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert servers.processes_of(state) == {}
    assert not (state / "services").exists()
    assert not (state / "pulumi").exists()
    assert fleet(city, "journal", "verify").returncode == 0
    empty = fleet(city, "stacks", "destroy", "--yes")
    assert empty.returncode == 0
    assert "no stack to remove" in empty.stderr


def test_wrong_words_and_missing_engine(city: Path, tmp_path: Path) -> None:
    """Goal: 64 for an unknown district, 10 with the cure where no engine is installed."""
    unknown = fleet(city, "stacks", "preview", "999999")
    assert unknown.returncode == 64
    assert "999999" in unknown.stderr
    bare = subprocess.run(
        [FLEET, "-C", city, "--lang", "zh", "stacks", "preview"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
    )
    assert bare.returncode == 10, bare.stderr
    assert "make setup" in bare.stderr
    assert "未安装 Pulumi 引擎" in bare.stderr
