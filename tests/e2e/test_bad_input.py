"""Garbage from every side: a clear error, a code of the contract, never a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from fleet.cli.main import run
from tests.support.line import EXAMPLE, FLEET

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def fleet(city: Path, *verb: str, state: str = "") -> tuple[int, str]:
    """Run one call in this process, as the command's entry point does; code and both streams."""
    said = io.StringIO()
    environment = {"FLEET_STATE": state, "FLEET_DEBUG": ""}
    with (
        patch.dict(os.environ, environment),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        code = run(["-C", str(city), "--lang", "en", "--non-interactive", *verb])
    assert "internal error" not in said.getvalue(), said.getvalue()
    return code, said.getvalue()


def process(city: Path, *verb: str, file_max: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command itself; `file_max` bounds any file it writes, as a full disk would."""

    def limit() -> None:
        if file_max:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_max, file_max))

    done = subprocess.run(
        [str(FLEET), "-C", str(city), "--lang", "en", "--non-interactive", *verb],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        env={k: v for k, v in os.environ.items() if not k.startswith("FLEET_")},
        preexec_fn=limit,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said and "internal error" not in said, said
    return done


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A copy of the example without its devices: nothing here gets as far as asking one."""
    shutil.copytree(EXAMPLE, tmp_path / "tongling", ignore=shutil.ignore_patterns(".fleet"))
    return tmp_path / "tongling"


PLANS = {
    "empty": b"",
    "noise": random.Random(28181).randbytes(4096),
    "null": b"null",
    "list": b"[]",
    "number": b"1e999",
    "nan": b'{"fleet": NaN}',
    "wrong shape": b'{"fleet": {"plan": {"works": 3}, "version": "x"}}',
    "fleet is text": b'{"fleet": "plan"}',
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "utf-16": '{"fleet": {}}'.encode("utf-16"),
    "nul": b'{"fleet": "\\u0000"}\0',
    "surrogate": b'{"fleet": {"plan": "\\ud800"}}',
    "big number": b'{"fleet": {"plan": {"city": ' + b"9" * 10_000 + b"}}}",
    "huge": b'{"fleet": "' + b"x" * 40_000_000 + b'"}',
}


@pytest.mark.parametrize("name", PLANS)
def test_a_file_that_is_no_plan_is_refused(city: Path, tmp_path: Path, name: str) -> None:
    """Goal: apply says that it is none (7)."""
    file = tmp_path / "plan.json"
    file.write_bytes(PLANS[name])

    code, said = fleet(city, "apply", str(file), "--yes")

    assert code == 7, said
    assert "error:" in said and len(said) < 2000


INVENTORY = {
    "empty": b"",
    "noise": random.Random(35114).randbytes(4096),
    "nul": b"compound: {id: x\0y}",
    "gb18030": "compound: {id: x, name: 翠湖}".encode("gb18030"),
    "list": b"- 1\n- 2\n",
    "tab": b"compound:\n\tid: x\n",
    "bomb": b"a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
    "deep": b"a: " + b"[" * 5000 + b"]" * 5000,
    "tag": b"compound: !!python/object/apply:os.system [id]\n",
    "merge": b"compound:\n  <<: {id: x}\n",
    "long line": b"compound: {id: " + b"x" * 200_000 + b"}",
    "huge": b"# padding\n" * 5_500_000,
    "bidi": "compound: {id: x, name: \u202eabc}".encode(),
}


@pytest.mark.parametrize("name", INVENTORY)
def test_inventory_garbage_is_told_with_its_place(city: Path, name: str) -> None:
    """Goal: exit 3 with file, line and column whatever stands in the file."""
    file = next(city.glob("340705-*/cuihu.yaml"))
    file.write_bytes(INVENTORY[name])

    code, said = fleet(city, "plan")

    assert code == 3, said
    assert "340705-tongguan/cuihu.yaml:" in said
    assert len(said) < 50_000


def test_unreadable_and_missing_places_are_named(city: Path, tmp_path: Path) -> None:
    """Goal: 3, with the path that is missing, a file, or a folder where a file is due."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for place in ("nowhere", "file", "empty", "file/below", "x" * 300):
        for verb in ("validate", "sim up"):
            code, said = fleet(tmp_path / place, *verb.split())
            assert code == 3, (place, verb, said)
    (city / "city.yaml").unlink()
    (city / "city.yaml").mkdir()
    assert fleet(city, "validate")[0] == 3
    (city / "city.yaml").rmdir()
    (city / "city.yaml").symlink_to("city.yaml")
    assert fleet(city, "plan")[0] == 3


VERBS = ("plan", "apply --yes", "rollout list", "stacks list", "sim up")


def test_a_state_folder_that_is_a_file(city: Path) -> None:
    """Goal: named; exit 1 from every verb that needs it."""
    (city / ".fleet").write_text("x")

    for verb in VERBS:
        code, said = fleet(city, *verb.split())
        assert code in (1, 10), (verb, said)
        assert ".fleet" in said


def test_a_state_folder_that_cannot_be_made(city: Path) -> None:
    """Goal: $FLEET_STATE below a file, or in /proc, where nobody can make a folder."""
    for state in (str(city / "city.yaml" / "state"), "/proc/fleet-state"):
        for verb in VERBS:
            code, said = fleet(city, *verb.split(), state=state)
            assert code in (1, 10), (verb, said)
            assert state in said, (verb, said)


def test_a_full_disk(city: Path) -> None:
    """Goal: the journal cannot be written (1): no audit, no act."""
    for verb in ("plan", "apply --yes"):
        done = process(city, *verb.split(), file_max=1000)
        assert done.returncode == 1, done.stderr
        assert "error: the " in done.stderr


# What is no vault at all breaks a rule (4: a secret in plain text); a damaged one cannot be opened.
VAULTS: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "cut": (lambda whole: whole[: len(whole) // 2], 9),
    "flipped": (lambda whole: whole[:-40] + b"0" * 39 + b"\n", 9),
    "header alone": (lambda whole: whole.splitlines()[0], 9),
    "noise": (lambda _: random.Random(1).randbytes(2000), 4),
    "empty": (lambda _: b"", 4),
    "clear": (lambda _: b"bootstrap: {camera: Visible0Password}\n", 4),
}


@pytest.mark.parametrize("damage", VAULTS)
def test_a_broken_vault(city: Path, damage: str) -> None:
    """Goal: 9 or 4, naming the file; not a byte of its content in the answer."""
    file = city / "secrets.vault.yaml"
    make, wanted = VAULTS[damage]
    file.write_bytes(make(file.read_bytes()))

    for verb, code in (("plan", wanted), ("sim up", 9)):
        seen, said = fleet(city, *verb.split())
        assert seen == code, (verb, said)
        assert "secrets.vault.yaml" in said
        assert "Visible0Password" not in said


def test_a_missing_vault(city: Path) -> None:
    """Goal: 9 or 3, naming the file, where it is not there or is a folder."""
    file = city / "secrets.vault.yaml"
    file.unlink()
    assert fleet(city, "plan")[0] in (3, 9)
    file.mkdir()
    seen, said = fleet(city, "plan")
    assert seen in (3, 9)
    assert "secrets.vault.yaml" in said


def test_rollout_files_that_were_damaged(city: Path) -> None:
    """Goal: a damaged lock file or plan folder is no crash of the verbs that list."""
    state = city / ".fleet"
    for name in ("locks", "plans", "run", "keys"):
        (state / name).mkdir(parents=True, mode=0o700)
    (state / "locks" / "compound_cuihu.lock").write_bytes(b"\xff\xfe garbage")
    (state / "plans" / "r1.json").write_bytes(b"\0")

    assert fleet(city, "rollout", "list")[0] == 0
    assert fleet(city, "rollout", "resume")[0] == 0
    assert fleet(city, "rollout", "show", "r1")[0] == 64


def test_a_damaged_city_key_is_not_replaced(city: Path) -> None:
    """Goal: 9; a new key would lock us out of every device."""
    keys = city / ".fleet" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / "city-key").write_text("not hex")

    code, said = fleet(city, "apply", "--yes", "--target", "cuihu-cam-01")

    assert code in (9, 5), said
    assert (keys / "city-key").read_text() == "not hex"


def test_odd_values_on_the_command_line(city: Path) -> None:
    """Goal: 64 (or 3, 7 where it names a place), whatever the bytes."""
    for call in (
        ["plan", "--target", "["],
        ["plan", "--target", ""],
        ["plan", "--target", "\udcff"],
        ["rollout", "show", "../../etc/passwd"],
        ["rollout", "undo", "\n"],
        ["explain", "x" * 10_000],
        ["stacks", "up", "../x", "--yes"],
        ["sim", "tamper", "cuihu-cam-01", "", ""],
        ["sim", "fault", "cuihu-cam-01", "drop", "-5"],
        ["journal", "tail", "-n", "-1"],
    ):
        code, said = fleet(city, *call)
        assert code == 64, (call, said)


def test_plan_output_that_cannot_be_written(city: Path, tmp_path: Path) -> None:
    """Goal: a folder, a missing folder, /dev/full: told before or after, never a crash."""
    for place in (tmp_path, tmp_path / "no" / "plan.json", Path("/dev/full")):
        code, said = fleet(city, "plan", "-o", str(place), "--target", "lianhu-cam-01")
        assert code in (1, 64), (place, said)


def test_json_errors_leave_stdout_clean(city: Path) -> None:
    """Goal: data and talk stay apart: with --format json stdout is JSON or nothing."""
    (city / "vault-password").write_bytes(b"another\n")
    done = process(city, "--format", "json", "plan")

    assert done.returncode == 9
    assert done.stdout == "" or json.loads(done.stdout)
    assert "error:" in done.stderr
